"""From what somebody types for a fact to its path: as it is printed, or as files write it."""

import re
from collections.abc import Iterator
from difflib import get_close_matches

from notifications.typed import LONGEST_WORD, plain, spellings, spellings_of, word
from states.model.agreement import Agreement
from states.model.fact_fields import fields_of
from states.model.fact_types import TwoReadings
from states.model.fact_words import called, fact_words, field_name, words_of_part
from states.model.facts import flatten
from states.model.phrase import Phrase, listed, say
from states.rules.amendment import amendable, amendable_beside, is_owned, may_be_amended
from workflow.system.suggest import ALIKE

NUMBERS = re.compile(r"\d{1,4}", re.ASCII)
KEYED_BY_NUMBER = ("instalment.INSTALMENT", "decision.DECISION", "document.DOCUMENT")


def path_of(agreement: Agreement, text: str) -> str:
    """Return the path of the fact that is meant; of none what was typed, its group by its name.

    TwoReadings when it may be several.
    """
    if may_be_amended(text):
        return text
    said = text[:LONGEST_WORD]
    found = [*dict.fromkeys(_said_in_full(agreement, said))] or [*_dotted(agreement, said)]
    if len(found) > 1:
        raise TwoReadings(text, listed(map(field_name, found)))
    return found[0] if found else _with_group(text)


def _said_in_full(agreement: Agreement, text: str) -> Iterator[str]:
    """Yield the facts that a sentence calls so: het bedrag van termijn 5."""
    typed = spellings(text)
    for path in _possible(agreement, text):
        if typed <= spellings(fact_words(path, agreement)):
            yield path


def _possible(agreement: Agreement, text: str) -> Iterator[str]:
    """Yield the path of each fact that the agreement has or may have, also of what is numbered."""
    facts = [path.split(".") for path in flatten(agreement)]
    for pattern in amendable():
        parts = pattern.split(".")
        known = max((place for place, part in enumerate(parts, 1) if part.isupper()), default=0)
        heads = {".".join(fact[:known]) for fact in facts if _begins(fact, parts[:known])}
        if pattern.startswith(KEYED_BY_NUMBER):
            heads |= {f"{parts[0]}.{number}" for number in NUMBERS.findall(text)}
        yield from (".".join(filter(None, (head, *parts[known:]))) for head in sorted(heads))


def _begins(fact: list[str], parts: list[str]) -> bool:
    return len(fact) >= len(parts) and all(
        part.isupper() or part == own for part, own in zip(parts, fact, strict=False)
    )


def _dotted(agreement: Agreement, text: str) -> Iterator[str]:
    """Yield the paths whose parts are called as those of the text: bijdrage.bedrag."""
    typed = text.split(".")
    for pattern in amendable():
        parts = pattern.split(".")
        if len(parts) == len(typed):
            meant = [_part(agreement, parts[0], *pair) for pair in zip(parts, typed, strict=True)]
            if all(meant):
                yield ".".join(filter(None, meant))


def _part(agreement: Agreement, top: str, part: str, text: str) -> str | None:
    if not part.isupper():
        return word(text, [part], lambda name: (words_of_part(top, name),))
    return _key(agreement, part, text) or text


def _key(agreement: Agreement, group: str, text: str) -> str | None:
    """Return the key of a party or an evaluation that is named as it is called."""
    if group == "PARTY":
        return word(text, agreement.party, lambda key: (agreement.party[key].name,))
    if group == "EVALUATION":
        return word(text, agreement.evaluation, lambda key: (called(agreement.evaluation[key]),))
    return None


def _with_group(text: str) -> str:
    first, dot, rest = text.partition(".")
    tops = [name for name, item in fields_of(Agreement).items() if dot or item.is_fact]
    top = word(first, tops, lambda name: (words_of_part(name, name),))
    return f"{top or first}{dot}{rest}"


# What is none ------------------------------------------------------------------------------------


def not_amendable(path: str, text: str) -> Phrase:
    """Return that a path, typed so, is no fact or none to amend; what is meant, what is there."""
    groups = dict.fromkeys(map(_group, amendable()))
    names = listed(map(field_name, amendable_beside(path) or groups))
    remedy = say("Accepted here: {names}. See the manual's page on import files.", names=names)
    problem = say("this field cannot be amended.")
    if not is_owned(path):
        problem = say("this is no fact that looptijd knows.")
        if near := nearest(path, text):
            accepted = say("Accepted here: {names}.", names=names)
            remedy = say(
                "Did you mean “{near}”? {accepted}", near=field_name(near), accepted=accepted
            )
    found = {"path": text[:LONGEST_WORD], "problem": problem, "remedy": remedy}
    return Phrase("{path}: {problem} {remedy}", found)


def _group(pattern: str) -> str:
    top, sign, _ = pattern.partition(".")
    return f"{top}.…" if sign else top


def nearest(path: str, text: str) -> str | None:
    """Return the fact whose name is most like the last word of a text, in the path's group."""
    path = _with_near_group(path)
    if may_be_amended(path):
        return path
    known: dict[str, str] = {}
    top = path.partition(".")[0]
    itself = [top] if may_be_amended(top) else []
    without_key = [pattern for pattern in amendable() if pattern.islower()]
    beside = amendable_beside(path) or itself or without_key
    for pattern in sorted(beside, key=lambda one: one.count(".") != path.count(".")):
        group, last = pattern.partition(".")[0], pattern.rpartition(".")[2]
        called = spellings(words_of_part(group, last)) | spellings_of(last)
        known = {**dict.fromkeys(called, pattern), **known}
    near = get_close_matches(plain(text.rpartition(".")[2]), known, n=1, cutoff=ALIKE)
    return _with_keys_of(path, known[near[0]]) if near else None


def _with_near_group(path: str) -> str:
    """Return a path with the group that its first word resembles, where it has several words."""
    first, dot, rest = path.partition(".")
    groups = dict.fromkeys(top for top, sign, _ in (p.partition(".") for p in amendable()) if sign)
    called = {
        spelling: group
        for group in groups
        for spelling in spellings(words_of_part(group, group)) | spellings_of(group)
    }
    near = get_close_matches(plain(first), called, n=1, cutoff=ALIKE) if dot else []
    return f"{called[near[0]]}.{rest}" if near else path


def _with_keys_of(path: str, pattern: str) -> str:
    """Return a pattern with the path's own keys in it, as far as it has them."""
    parts, own = pattern.split("."), path.split(".")[:-1]
    own += parts[len(own) :]
    return ".".join(key if part.isupper() else part for part, key in zip(parts, own, strict=False))
