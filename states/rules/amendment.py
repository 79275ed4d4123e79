"""Facts entered or corrected by path, by an import, an amendment or an amended decision."""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from msgspec.structs import replace

from states.dates.term_dates import due_of
from states.model.agreement import Agreement, Held
from states.model.arithmetic import Dated
from states.model.disputes import confirming
from states.model.fact_fields import fact_type_at, fields_of, keyed, paths, pattern_at
from states.model.fact_types import FactType, Key
from states.model.fact_words import field_name
from states.model.facts import MISSING, BadFacts, Problem, build, did_you_mean, flatten
from states.model.phrase import listed, say
from states.rules.checks import problems

UNKNOWN = "unknown"
MEANS_UNKNOWN = frozenset({"term.start"})
OWNED_BY_THE_PROCEDURE = (
    "ref",
    "stage",
    "ending",
    "known_on",
    "replaces",
    "acknowledged",
    "answered",
    "decision_started_for",
    "predecessor",
    "successor",
    "continuation.",
    "case_owner.",
)
HELD_KEYS = {"held_on": "on", "report": "report", "conclusion": "conclusion"}
HELD = tuple(f"evaluation.EVALUATION.{key}" for key in HELD_KEYS)


@lru_cache(maxsize=1)
def _happened() -> frozenset[str]:
    """Return the keys of what has happened to an agreement; how it ended, files call outcome."""
    return frozenset((*paths(Agreement, happened=True), *HELD, "outcome"))


def is_history(pattern: str) -> bool:
    """Tell whether a key belongs to an agreement that runs already."""
    return pattern in _happened()


def is_past(pattern: str) -> bool:
    """Tell whether a key holds the day on which something has happened."""
    happened = is_history(pattern) and pattern.endswith((".on", "_on"))
    return happened and not pattern.endswith(".ends_on")


@lru_cache(maxsize=1)
def amendable() -> tuple[str, ...]:
    """Return the patterns of the paths that an amendment may name, as import files write them."""
    written = [path for path in paths(Agreement) if not path.startswith(OWNED_BY_THE_PROCEDURE)]
    hidden = (".held.", ".started_for", ".waived_on", "decision.DECISION.outcome")
    kept = [path for path in written if not any(part in path for part in hidden)]
    return (*kept, "case_owner.name", "case_owner.email", *HELD)


@lru_cache(maxsize=4096)
def has_happened(path: str) -> bool:
    """Tell whether a fact is the day on which something has happened: none is yet to come."""
    return may_be_amended(path) and is_past(pattern_at(Agreement, path))


@lru_cache(maxsize=4096)
def held_fact(path: str) -> tuple[Key, str] | None:
    """Return the evaluation's key and the model's name of `evaluation.KEY.held_on` and the like."""
    group, key, name = keyed(path)
    return (Key(key), HELD_KEYS[name]) if group == "evaluation" and name in HELD_KEYS else None


@lru_cache(maxsize=4096)
def fact_type_of(path: str) -> FactType | None:
    """Return the kind of fact at a path as files and amendments write it, or None."""
    held = held_fact(path)
    return fact_type_at(Held, held[1]) if held else fact_type_at(Agreement, path)


def amended(agreement: Agreement, facts: Mapping[str, str]) -> Agreement:
    """Return the agreement with these facts; BadFacts names everything that is wrong with them.

    Each may be amended. What is disputed, assumed or inferred and entered, with the same value or
    another, is so no more.
    """
    return checked(with_facts(agreement, facts))


def with_facts(agreement: Agreement, facts: Mapping[str, str]) -> Agreement:
    """Return the agreement with facts that can be read each, whether or not they go together."""
    assert all(map(may_be_amended, facts)), [*facts]
    known = flatten(agreement)
    entered = dict(_by_model_paths(agreement, facts))
    for path, text in {**confirming(agreement, facts), **entered}.items():
        if text in {"", UNKNOWN} and path not in MEANS_UNKNOWN:
            known.pop(path, None)
        else:
            known[path] = text
    try:
        return build(Agreement, known)
    except BadFacts as error:
        raise BadFacts([_of_amending(agreement, entered, one) for one in error.problems]) from error


def _of_amending(agreement: Agreement, facts: Mapping[str, str], found: Problem) -> Problem:
    """Return a problem as it is to who amends: nothing is missing that was not taken away."""
    if found.problem is not MISSING:
        return found
    if found.path in facts:
        wrong, remedy = say("this fact cannot be taken away."), say("Give it another value.")
        return replace(found, problem=wrong, remedy=remedy)
    group, key, _ = keyed(found.path)
    if fields_of(Agreement)[group].key is None:
        return found
    absent, needed = _is_not_there(agreement, group, key), field_name(found.path)
    remedy = say("{remedy} A new one needs {field} as well.", remedy=absent.remedy, field=needed)
    return replace(absent, remedy=remedy)


def _is_not_there(agreement: Agreement, group: str, key: str) -> Problem:
    known = [str(name) for name in getattr(agreement, group)]
    return Problem(
        path=f"{group}.{key}",
        problem=say("there is no “{key}” here.", key=key),
        remedy=did_you_mean(key, known, say("Accepted here: {names}.", names=listed(known))),
    )


def checked(agreement: Agreement) -> Agreement:
    """Return the agreement if its facts go together; BadFacts names everything that does not."""
    found = problems(agreement)
    if found:
        raise BadFacts(found)
    return agreement


def _by_model_paths(agreement: Agreement, facts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Write `evaluation.KEY.held_on` as the model does: held for the date it has now."""
    for path, text in facts.items():
        held = held_fact(path)
        if held is None:
            yield path, text
            continue
        key, name = held
        if key not in agreement.evaluation:
            raise BadFacts([_is_not_there(agreement, "evaluation", key)])
        due = due_of(agreement, agreement.evaluation[key])
        if not isinstance(due, Dated):
            raise BadFacts([no_date_yet(path)])
        yield f"evaluation.{key}.held.{due.day}.{name}", text
        if name == "on" and text in {"", UNKNOWN}:  # what was not held has no report either
            gone = fields_of(Held).keys() - {name}
            yield from ((f"evaluation.{key}.held.{due.day}.{other}", UNKNOWN) for other in gone)


def as_amended(agreement: Agreement, path: str) -> str:
    """Return how an amendment writes a fact: of an evaluation, as held for the date it has now."""
    for key, evaluation in agreement.evaluation.items():
        due = due_of(agreement, evaluation)
        for name, kept in HELD_KEYS.items():
            if isinstance(due, Dated) and path == f"evaluation.{key}.held.{due.day}.{kept}":
                return f"evaluation.{key}.{name}"
    return path


def amendable_beside(path: str) -> list[str]:
    """Return the patterns in the group that a path begins with; none where that is no group."""
    top = path.partition(".")[0]
    return [pattern for pattern in amendable() if pattern.startswith(f"{top}.")]


def may_be_amended(path: str) -> bool:
    """Tell whether a path is one of those that an amendment may name."""
    return pattern_at(Agreement, path) in amendable()


def is_owned(path: str) -> bool:
    """Tell whether it is a fact that the procedure keeps for itself, or in a group of such."""
    if amendable_beside(path):
        return pattern_at(Agreement, path) in paths(Agreement)
    top = path.partition(".")[0]
    return any(own in {top, f"{top}."} for own in OWNED_BY_THE_PROCEDURE)


def no_date_yet(path: str) -> Problem:
    """Return what is wrong with an evaluation that is held while it has no date."""
    return Problem(
        path=path,
        problem=say("this evaluation has no date yet."),
        remedy=say("Enter what its date depends on first."),
    )
