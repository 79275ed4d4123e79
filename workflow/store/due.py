"""What is due, read with the records of the steps that are near only (decision 0020).

What an agreement has behind it is not read: of forty paid instalments that took six times as long
as all the rest of a firing.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Text, and_, literal, type_coerce

from states.model.agreement import Agreement
from workflow.store.agreements import (
    AGREEMENT,
    OCCURRENCE,
    Recorded,
    Stored,
    Unreadable,
    agreement_of,
    moment_of,
    query_of_due,
    stored,
    whole,
)
from workflow.store.bulk import select_pairs
from workflow.store.ledger import EVENT

Asks = Callable[[Agreement, datetime, datetime], list[str] | None]
"""Names the steps that are near, given when the last event was and when something was due; None:
all have to be read."""

Opened = tuple[Agreement, datetime, list[str]]
SETTLED_AT = type_coerce(EVENT.c.at, Text).label("settled_at")
STREAM = literal("agreement:") + AGREEMENT.c.ref
RECORD = ("agreement_id", "name", "status", "at")
LAST = and_(EVENT.c.stream == STREAM, EVENT.c.seq == AGREEMENT.c.seq)


def due_near(
    connection: Connection, now: datetime, most: int, asks: Asks, *, only: int | None = None
) -> list[Stored | Unreadable]:
    """Return and lock what `due` does; a dossier holds what is near only, where that suffices."""
    query = query_of_due(now, most, only).outerjoin(EVENT, LAST).add_columns(SETTLED_AT)
    rows = connection.execute(query).all()
    opened = {row.id: near for row in rows if (near := _opened(row, asks))}
    recorded = _recorded_near(connection, opened)
    found = [stored(row, recorded[row.id], *opened[row.id][:2]) for row in rows if row.id in opened]
    return [*found, *whole(connection, [row.id for row in rows if row.id not in opened])]


def _opened(row: Row[Any], asks: Asks) -> Opened | None:
    """Return an agreement and what has to be known of it; None when all of it has to be read.

    So it is where a failure was noted, as that moved the moment at which something was due. A row
    that was written while this one waited has no last event yet: it is read again.
    """
    if row.failures:
        return None
    try:
        agreement, settled_at = agreement_of(row), moment_of(row.settled_at)
        names = asks(agreement, settled_at, moment_of(row.moment))
    except Exception:  # noqa: BLE001 - whatever is wrong with one is told when all of it is read
        return None
    return None if names is None else (agreement, settled_at, names)


def _recorded_near(
    connection: Connection, opened: Mapping[int, Opened]
) -> Mapping[int, list[Recorded]]:
    found: dict[int, list[Recorded]] = {number: [] for number in opened}
    pairs = [(number, name) for number, (_, _, names) in opened.items() for name in names]
    for number, *rest in select_pairs(connection, RECORD, OCCURRENCE, pairs):
        found[number].append(rest)
    return found
