"""Facts as text: a value of the model is a flat mapping from dotted path to text, and back.

An import file, an amendment, an event in the ledger and the stored state all speak of facts by the
same paths (`term.length`, `party.KEY.signed_on`); this module is the one place that knows how.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, TypeVar

from msgspec import Struct

from states.model.fact_fields import FactField, fields_of
from states.model.fact_types import FactType, is_hidden
from states.model.fact_words import field_name
from states.model.phrase import Phrase, Refusal, say

T = TypeVar("T")
Tree = Mapping[str, Any]


class Problem(Struct, frozen=True, kw_only=True):
    """What is wrong with one fact: where it stands, what is wrong, and what is accepted."""

    path: str
    problem: Phrase
    remedy: Phrase


class BadFacts(Refusal):
    """Facts that do not fit the model; carries every problem at once."""

    def __init__(self, problems: list[Problem]) -> None:
        sentence = "{path}: {problem} {remedy}"
        super().__init__(
            *(
                say(sentence, path=field_name(p.path), problem=p.problem, remedy=p.remedy)
                for p in problems
            )
        )
        self.problems = problems


# Text to value -----------------------------------------------------------------------------------


def build(cls: type[T], facts: Mapping[str, str]) -> T:
    """Return the value of `cls` that the facts describe; BadFacts names every problem."""
    shape: type = cls
    problems: list[Problem] = []
    tree = grouped(facts, problems)
    value: T
    try:
        value = _reader_of(shape)(tree)
    except Exception:  # noqa: BLE001 - whatever is wrong: all of it is named, or raised again
        value = _build(cls, tree, "", problems)
    if problems:
        raise BadFacts(problems)
    return value


def grouped(facts: Mapping[str, str], problems: list[Problem]) -> Tree:
    """Return facts by the groups in which they stand; one that is a group as well is a problem."""
    tree: dict[str, Any] = {}
    for path, text in facts.items():
        node, (groups, last) = tree, _parted(path)
        for group in groups:
            node = node.setdefault(group, {})
            if isinstance(node, str):
                problems.append(not_a_table(path.rpartition(".")[0]))
                node = {}
        if node.setdefault(last, text) is not text:
            problems.append(not_a_table(path))
    return tree


@lru_cache(maxsize=4096)
def _parted(path: str) -> tuple[tuple[str, ...], str]:
    """Return the groups in which a fact stands, and its own name; agreements share their paths."""
    *groups, last = path.split(".")
    return tuple(groups), last


@lru_cache(maxsize=64)
def _reader_of(cls: type) -> Callable[[Tree], Any]:
    """Return what makes a value of groups of facts, or raises: what is stored is seldom wrong."""
    reads = {name: _read(fact_field) for name, fact_field in fields_of(cls).items()}
    return lambda tree: cls(**{name: reads[name](part) for name, part in tree.items()})


def _read(fact_field: FactField) -> Callable[[Any], Any]:
    one = fact_field.fact_type.parse if fact_field.fact_type else _reader_of(fact_field.value)
    if fact_field.key is None:
        return one
    key = fact_field.key.parse
    return lambda table: {key(name): one(part) for name, part in table.items()}


# What is wrong with a text -----------------------------------------------------------------------

MISSING, REQUIRED = say("this key is missing."), say("It is required.")


def _build(cls: type, tree: Tree, path: str, problems: list[Problem]) -> Any:
    known = fields_of(cls)
    problems.extend(_unknown(f"{path}{name}", name, known) for name in tree.keys() - known.keys())
    values = {
        name: _fill(known[name], part, f"{path}{name}", problems)
        for name, part in tree.items()
        if name in known
    }
    missing = [s.name for s in known.values() if s.required and s.name not in values]
    problems.extend(
        Problem(path=f"{path}{name}", problem=MISSING, remedy=REQUIRED) for name in missing
    )
    return None if missing else cls(**values)


def _fill(fact_field: FactField, part: Any, path: str, problems: list[Problem]) -> Any:
    if fact_field.key is None:
        return _one(fact_field, part, path, problems)
    if not isinstance(part, Mapping):
        problems.append(not_a_table(path))
        return {}
    return {
        _taken(fact_field.key, key, f"{path}.{key}", problems): _one(
            fact_field, item, f"{path}.{key}", problems
        )
        for key, item in part.items()
    }


def _one(fact_field: FactField, part: Any, path: str, problems: list[Problem]) -> Any:
    if fact_field.fact_type:
        return _taken(fact_field.fact_type, part, path, problems)
    if not isinstance(part, Mapping):
        problems.append(not_a_table(path))
        return None
    assert fact_field.value
    return _build(fact_field.value, part, f"{path}.", problems)


def _taken(fact_type: FactType, text: Any, path: str, problems: list[Problem]) -> Any:
    try:
        return fact_type.parse(text)
    except (ValueError, TypeError, ArithmeticError, AttributeError) as error:
        remedy = getattr(error, "remedy", fact_type.accepted)
        # Without characters that would act on the reader's screen.
        shown = "".join("\N{REPLACEMENT CHARACTER}" if is_hidden(c) else c for c in str(text))
        problems.append(not_taken(path, shown, remedy))
        return None


def not_taken(path: str, text: str, remedy: Phrase) -> Problem:
    """Return that what was written for a fact cannot stand, and what can; of a long text a part."""
    wrong = say("“{value}” is not accepted.", value=text[:60])
    return Problem(path=path, problem=wrong, remedy=remedy)


def _unknown(path: str, name: str, known: Mapping[str, FactField]) -> Problem:
    remedy = did_you_mean(name, known, say("Accepted here: {names}.", names=", ".join(known)))
    return Problem(path=path, problem=say("this key is not known."), remedy=remedy)


def did_you_mean(text: str, known: Iterable[str], otherwise: Phrase) -> Phrase:
    """Return which of the names that are known was probably meant; `otherwise` for none of them."""
    near = get_close_matches(text, [*known], n=1)
    return say("Did you mean “{name}”?", name=near[0]) if near else otherwise


def not_a_table(path: str) -> Problem:
    """Return what is wrong where keys were expected and a value stands."""
    wrong = say("a group of keys is expected here.")
    return Problem(path=path, problem=wrong, remedy=say("See the manual's page on import files."))


# Value to text -----------------------------------------------------------------------------------


def flatten(value: Any) -> dict[str, str]:
    """Return every known fact of a value as path and text; what is unknown is absent."""
    return dict(_pairs(value, ""))


def _pairs(value: Any, prefix: str) -> Iterator[tuple[str, str]]:
    cls: type = type(value)
    for fact_field in fields_of(cls).values():
        path, part = f"{prefix}{fact_field.name}", getattr(value, fact_field.name)
        if fact_field.key:
            found = {f"{path}.{fact_field.key.text(key)}": item for key, item in part.items()}
        else:
            found = {} if part is None else {path: part}
        for at, item in found.items():
            if fact_field.fact_type:
                yield at, fact_field.fact_type.text(item)
            else:
                yield from _pairs(item, f"{at}.")


def difference(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[tuple[str, Any, Any]]:
    """Yield (path, old text or None, new text or None) of every fact that differs."""
    for path in [*old, *(path for path in new if path not in old)]:
        if old.get(path) != new.get(path):
            yield path, old.get(path), new.get(path)
