"""Which keys an import file may name, which of them only with --history, and what each holds."""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from states.model.agreement import Agreement
from states.model.fact_fields import fields_of
from states.model.fact_types import FactType, Line, Text, fact_type_for
from states.rules.amendment import HELD_KEYS, OWNED_BY_THE_PROCEDURE

OUTCOME = "outcome"
KINDS_OF_HELD: Mapping[str, Any] = {"on": date, "report": Line, "conclusion": Text}

# What an amendment leaves to the procedure, but a file about a past may tell.
STATED_BY_FILES = frozenset(
    {"ref", "stage", "predecessor", "successor", "continuation.", "case_owner."}
)
NEVER_WRITTEN = tuple(name for name in OWNED_BY_THE_PROCEDURE if name not in STATED_BY_FILES)
FOUND_BY_THE_PROCEDURE = (".started_for", ".taken_for")

# What has happened to an agreement that runs already.
HAPPENED = frozenset(
    {
        "stage",
        "outcome",
        "successor",
        "party.PARTY.decided_on",
        "party.PARTY.decision",
        "party.PARTY.signed_on",
        "party.PARTY.signatory",
        "party.PARTY.capacity",
        "party.PARTY.power_of_attorney",
        "instalment.INSTALMENT.paid_on",
        "instalment.INSTALMENT.paid_amount",
        "instalment.INSTALMENT.reference",
        "instalment.INSTALMENT.waived_on",
        "evaluation.EVALUATION.held_on",
        "evaluation.EVALUATION.report",
        "evaluation.EVALUATION.conclusion",
    }
)
HAPPENED_IN = (
    "overleg.",
    "decision.",
    "continuation.",
    "extension.",
    "suspension.",
    "termination.",
    "evaluation.EVALUATION.held.",
)


def is_history(pattern: str) -> bool:
    """Tell whether a key belongs to an agreement that runs already."""
    return pattern in HAPPENED or pattern.startswith(HAPPENED_IN)


def is_past(pattern: str) -> bool:
    """Tell whether a key holds the day on which something has happened."""
    happened = is_history(pattern) and pattern.endswith((".on", "_on"))
    return happened and not pattern.endswith(".ends_on")


@lru_cache(maxsize=1)
def keys() -> Mapping[str, FactType]:
    """Return the pattern of every key of an agreement's file, with the kind of its value."""
    written = {
        path: fact_type
        for path, fact_type in _fact_types(Agreement)
        if not path.startswith(NEVER_WRITTEN) and not path.endswith(FOUND_BY_THE_PROCEDURE)
    }
    held = {f"evaluation.EVALUATION.{key}": KINDS_OF_HELD[name] for key, name in HELD_KEYS.items()}
    return (
        written
        | {key: _fact_type(kind) for key, kind in held.items()}
        | {OUTCOME: _fact_type(Line)}
    )


def _fact_type(kind: Any) -> FactType:
    fact_type = fact_type_for(kind)
    assert fact_type
    return fact_type


def _fact_types(cls: type, prefix: str = "") -> Iterator[tuple[str, FactType]]:
    for fact_field in fields_of(cls).values():
        path = f"{prefix}{fact_field.name}" + (
            f".{fact_field.name.upper()}" if fact_field.key else ""
        )
        if fact_field.fact_type:
            yield path, fact_field.fact_type
        else:
            assert fact_field.value
            yield from _fact_types(fact_field.value, f"{path}.")


# From a path to its pattern ----------------------------------------------------------------------

ANY = "*"
Branches = dict[str, Any]


@lru_cache(maxsize=1)
def _tree() -> Branches:
    tree: Branches = {}
    for pattern in keys():
        *groups, last = (ANY if part.isupper() else part for part in pattern.split("."))
        branch = tree
        for group in groups:
            branch = branch.setdefault(group, {})
        branch[last] = pattern
    return tree


@lru_cache(maxsize=4096)
def pattern_of(path: str) -> str | None:
    """Return the pattern of a key, such as party.PARTY.name; None when it is no key."""
    found = _reached(path)
    return found if isinstance(found, str) else None


def is_group(path: str) -> bool:
    """Tell whether keys stand under this path, such as `contribution` or `party.beesel`."""
    return isinstance(_reached(path), dict)


def _reached(path: str) -> Any:
    branch: Any = _tree()
    for part in path.split("."):
        if not isinstance(branch, dict):
            return None
        branch = branch.get(part) or branch.get(ANY)
    return branch
