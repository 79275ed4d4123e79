"""Offices as rows, each a fold of its own stream in the ledger."""

import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from states.change import Event, FactChange
from states.facts import build, difference, flatten
from workflow.ledger import GENESIS, entries, office_stream
from workflow.offices import Office
from workflow.store.ledger import append
from workflow.tables import OfficeRow

OFFICE = OfficeRow.__table__  # type: ignore[attr-defined]


def every(connection: Connection) -> Mapping[str, Office]:
    """Return all offices by key."""
    rows = connection.execute(select(OFFICE).order_by(OFFICE.c.key))
    return {row.key: build(Office, json.loads(row.facts)) for row in rows}


def save(connection: Connection, office: Office, now: datetime, actor: str) -> None:
    """Write an office that was entered or changed, with the event that says so."""
    row = connection.execute(
        select(OFFICE).where(OFFICE.c.key == office.key).with_for_update()
    ).first()
    known: dict[str, str] = json.loads(row.facts) if row else {}
    facts = flatten(office)
    event = Event(
        seq=(row.seq if row else 0) + 1,
        at=now,
        actor=actor,
        action="office",
        changes=tuple(FactChange(*change) for change in difference(known, facts)),
    )
    written = entries(office_stream(office.key), row.head if row else GENESIS, [event])
    append(connection, written)
    values = {
        "seq": event.seq,
        "head": written[-1].hash,
        "facts": json.dumps(facts, ensure_ascii=False, separators=(",", ":")),
    }
    if row:
        connection.execute(update(OFFICE).where(OFFICE.c.key == office.key).values(values))
    else:
        connection.execute(insert(OFFICE).values(key=office.key, **values))
