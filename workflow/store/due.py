"""What is due, as rows with their plans: of what fires from a plan no agreement is made."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from states.model.events import Plan, Record, Status
from states.model.stage import Ending, Stage
from workflow.engine.ledger import entries, stream_of
from workflow.engine.plan import DueRow, Firing
from workflow.store import agreements
from workflow.store.tables import FACTS

Fires = Callable[[DueRow, Plan], Firing | None]
Kept = tuple[str, Plan | None]

KEPT = select(FACTS.c.agreement_id, FACTS.c.facts, FACTS.c.plan).where(
    FACTS.c.agreement_id.in_(bindparam("numbers", expanding=True))
)


def due_by_plan(
    connection: Connection, now: datetime, most: int, fires: Fires, *, only: int | None = None
) -> tuple[list[Firing], list[agreements.StoredRow]]:
    """Lock what is due; return what fires from a plan, and whole what has to be decided.

    Plans are read when the rows are locked: PostgreSQL gives what is joined as it was before.
    """
    rows = agreements.due_rows(connection, now, most, only)
    kept = kept_of(connection, [row.id for row in rows])
    found = {row.id: _firing(row, kept.get(row.id), fires) for row in rows}
    firings = [firing for firing in found.values() if firing]
    return firings, agreements.whole(
        connection, [number for number, firing in found.items() if not firing]
    )


def kept_of(connection: Connection, numbers: Sequence[int]) -> dict[int, Kept]:
    """Return the facts of some agreements as they are kept, with what fires next of each."""
    rows = connection.execute(KEPT, {"numbers": numbers}) if numbers else ()
    return {number: (facts, agreements.plan_of(plan)) for number, facts, plan in rows}


def _firing(row: Row[Any], kept: Kept | None, fires: Fires) -> Firing | None:
    """Return what fires from a plan; None where a look failed, or where anything is wrong."""
    facts, plan = kept or ("", None)
    if plan is None or row.failures:
        return None
    try:
        due = DueRow(
            id=row.id,
            ref=row.ref,
            stage=Stage(row.stage),
            ending=Ending(row.ending) if row.ending else None,
            seq=row.seq,
            head=row.head,
            next_alert_at=agreements.moment_of(row.moment),
            facts=facts,
        )
        return fires(due, plan)
    except Exception:  # noqa: BLE001 - whatever is wrong with one is told when all of it is read
        return None


def save_fired(connection: Connection, firings: Sequence[Firing]) -> None:
    """Write reminders that fired; Conflict when an agreement has moved on meanwhile."""
    written = [
        (item, entries(stream_of(item.row.ref), item.row.head, (item.event,))) for item in firings
    ]
    values = [
        {"seq": item.event.seq, "head": rows[-1].hash, "next_alert_at": item.next_alert_at}
        for item, rows in written
    ]
    found = [{"id": item.row.id, "seq": item.row.seq} for item in firings]
    agreements.advance(connection, found, values, [rows for _, rows in written])
    fired = ((item, Record(Status.FIRED, item.event.at)) for item in firings)
    agreements.insert_records(
        connection, {item.row.id: ({}, {item.event.cause: record}) for item, record in fired}
    )
