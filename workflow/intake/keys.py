"""Which keys an import file may name, which of them only with --history, how each is kept."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import lru_cache
from itertools import zip_longest

from notifications.typed import typed_fact
from states.model.agreement import EUROS, Agreement
from states.model.fact_fields import paths, pattern_at
from states.model.fact_types import fact_type_for
from states.model.stage import Ending
from states.rules.amendment import HELD, OWNED_BY_THE_PROCEDURE, fact_type_of

OUTCOME = "outcome"
SOME_THAT_ARE_LIKE_IT, A_LITTLE_ALIKE = 5, 0.5

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


def nearest_key(path: str, patterns: Iterable[str]) -> str | None:
    """Return the key with the path's own entries that is most like it, as is its last part."""
    known = {key.lower(): key for key in (_with_entries_of(path, one) for one in patterns)}
    last, names = _last(path.lower()), {_last(key) for key in known}
    if not get_close_matches(last, names, n=1, cutoff=A_LITTLE_ALIKE):
        return None  # as of most that are no misspelling: it costs little to see
    for near in get_close_matches(path.lower(), known, n=SOME_THAT_ARE_LIKE_IT):
        if get_close_matches(_last(near), [last]):
            return known[near]
    return None


def _last(path: str) -> str:
    return path.rpartition(".")[2]


def _with_entries_of(path: str, pattern: str) -> str:
    """Return a pattern as the path would name it: `party.beek.name`; where it names none, by 1."""
    parts, own = pattern.split("."), path.split(".")
    if not parts[-1].isupper():
        own.pop()  # the name of a fact is no entry
    pairs = zip_longest(parts, own[: len(parts)], fillvalue="1")
    return ".".join(entry if part.isupper() else part for part, entry in pairs)


@lru_cache(maxsize=4096)
def is_group(path: str) -> bool:
    """Tell whether keys stand under this path, such as `contribution` or `party.beesel`."""
    group = f"{pattern_at(Agreement, path)}."
    return any(key.startswith(group) for key in keys())
