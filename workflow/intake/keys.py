"""Which keys an import file may name, which of them only with --history, how each is kept."""

from collections.abc import Mapping
from functools import lru_cache

from notifications.typed import typed_fact
from states.model.agreement import EUROS, Agreement
from states.model.fact_fields import paths, pattern_at
from states.model.fact_types import fact_type_for
from states.model.stage import Ending
from states.rules.amendment import HELD, OWNED_BY_THE_PROCEDURE, fact_type_of

OUTCOME = "outcome"

# What an amendment leaves to the procedure, but a file about a past may tell.
STATED_BY_FILES = frozenset(
    {"ref", "stage", "predecessor", "successor", "continuation.", "case_owner."}
)
NEVER_WRITTEN = tuple(name for name in OWNED_BY_THE_PROCEDURE if name not in STATED_BY_FILES)
FOUND_BY_THE_PROCEDURE = (".started_for", ".taken_for")


@lru_cache(maxsize=1)
def keys() -> tuple[str, ...]:
    """Return the pattern of every key of an agreement's file."""
    written = (
        path
        for path in paths(Agreement)
        if not path.startswith(NEVER_WRITTEN) and not path.endswith(FOUND_BY_THE_PROCEDURE)
    )
    return (*written, *HELD, OUTCOME)


def as_kept(path: str, text: str, currency: str = EUROS) -> str:
    """Return the text of a fact as it is kept, however people wrote it."""
    fact_type = fact_type_for(Ending) if path == OUTCOME else fact_type_of(path)
    return typed_fact(text, fact_type, currency=currency)


def all_as_kept(facts: Mapping[str, str]) -> dict[str, str]:
    """Return the facts of an agreement as they are kept; amounts in its own currency."""
    currency = facts.get("contribution.currency", EUROS)
    return {path: as_kept(path, text, currency) for path, text in facts.items()}


@lru_cache(maxsize=4096)
def pattern_of(path: str) -> str | None:
    """Return the pattern of a key, such as party.PARTY.name; None when it is no key."""
    pattern = pattern_at(Agreement, path)
    return pattern if pattern in keys() else None


@lru_cache(maxsize=4096)
def is_group(path: str) -> bool:
    """Tell whether keys stand under this path, such as `contribution` or `party.beesel`."""
    group = f"{pattern_at(Agreement, path)}."
    return any(key.startswith(group) for key in keys())
