"""Offices as rows, each a fold of its own stream in the ledger."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Connection, Row, insert, select, update

from states.model.events import Event, FactChange
from states.model.facts import build, difference, flatten
from states.model.phrase import Refusal, say
from workflow.engine.ledger import GENESIS, entries, office_stream
from workflow.engine.offices import Office
from workflow.engine.private_values import is_token
from workflow.store.database import Unavailable
from workflow.store.ledger import append, opened
from workflow.store.tables import OFFICE
from workflow.system.refusals import what_is_wrong


def every(connection: Connection) -> dict[str, Office]:
    """Return every office by its key."""
    rows = connection.execute(select(OFFICE).order_by(OFFICE.c.key))
    return {row.key: _office(row) for row in rows}


def _office(row: Row[Any]) -> Office:
    """Return the office of a row; one that cannot be read is no agreement's fault."""
    try:
        return build(Office, json.loads(row.facts))
    except (Refusal, ValueError, TypeError, AttributeError) as error:
        raise Unavailable(
            say(
                "The office “{key}” cannot be read ({reason}). Somebody changed the database: put a"
                " backup back.",
                key=row.key,
                reason=what_is_wrong(error),
            )
        ) from error


def reachable(connection: Connection) -> dict[str, Office]:
    """Return every office with the holders that mail can reach: who was erased is not there."""
    known = every(connection)
    addresses = [item.email for office in known.values() for item in office.holder.values()]
    there = opened(connection, addresses)
    return {
        key: replace(
            office,
            holder={
                number: item
                for number, item in office.holder.items()
                if item.email in there or not is_token(item.email)
            },
        )
        for key, office in known.items()
    }


def ends(connection: Connection) -> Mapping[str, tuple[int, str]]:
    """Return for each office the number and the hash of its last event."""
    rows = connection.execute(select(OFFICE.c.key, OFFICE.c.seq, OFFICE.c.head))
    return {row.key: (row.seq, row.head) for row in rows}


def locked(connection: Connection, key: str) -> Office | None:
    """Return an office, locked for writing; None when there is none of that key."""
    row = _locked(connection, key)
    return _office(row) if row else None


def _locked(connection: Connection, key: str) -> Row[Any] | None:
    return connection.execute(select(OFFICE).where(OFFICE.c.key == key).with_for_update()).first()


# Writing -----------------------------------------------------------------------------------------


def save(
    connection: Connection,
    office: Office,
    now: datetime,
    actor: str,
    *,
    action: str = "office",
    **why: Any,
) -> None:
    """Write an office that was entered or changed, with the event that says so, when and why."""
    row = _locked(connection, office.key)
    facts = flatten(office)
    known: dict[str, str] = json.loads(row.facts) if row else {}
    changes = tuple(FactChange(*change) for change in difference(known, facts))
    what = {"at": now, "actor": actor, "action": action, "changes": changes}
    _write(connection, row, office.key, facts, **what, **why)


def note(connection: Connection, key: str, **parts: Any) -> None:
    """Append an event to an office's stream whose changes leave its facts as they are."""
    row = _locked(connection, key)
    assert row
    _write(connection, row, key, json.loads(row.facts), **parts)


def _write(
    connection: Connection, row: Row[Any] | None, key: str, facts: Mapping[str, str], **parts: Any
) -> None:
    """Write what an event makes of an office; `row` is None when it is new."""
    event = Event(seq=(row.seq if row else 0) + 1, **parts)
    written = entries(office_stream(key), row.head if row else GENESIS, [event])
    append(connection, written)
    values = {
        "seq": event.seq,
        "head": written[-1].hash,
        "facts": json.dumps(facts, ensure_ascii=False, separators=(",", ":")),
    }
    if row:
        connection.execute(update(OFFICE).where(OFFICE.c.key == key).values(values))
    else:
        connection.execute(insert(OFFICE).values(key=key, **values))
