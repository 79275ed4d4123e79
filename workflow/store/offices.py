"""Offices as rows, each a fold of its own stream in the ledger."""

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Connection, Row, insert, select, update

from states.model.events import Event, FactChange
from states.model.facts import build, difference, flatten
from states.model.phrase import Refusal, say
from workflow.engine.ledger import DAMAGE, entries, fold, office_stream
from workflow.engine.offices import Office
from workflow.engine.private_values import is_token
from workflow.store.database import Unavailable
from workflow.store.ledger import append, end, events, opened
from workflow.store.tables import OFFICE
from workflow.system.refusals import what_is_wrong

DAMAGED = (Refusal, *DAMAGE)
EVERY = select(OFFICE).order_by(OFFICE.c.key)


def every(connection: Connection) -> dict[str, Office]:
    """Return every office by its key."""
    rows = connection.execute(EVERY)
    return {row.key: _office(connection, row) for row in rows}


def _office(connection: Connection, row: Row[Any]) -> Office:
    """Return the office of a row; of one that cannot be read or is another's, what its ledger says.

    Else nobody's mail would leave, of whatever office, until somebody put a backup back.
    """
    try:
        office = build(Office, json.loads(row.facts))
    except DAMAGED as error:
        with suppress(*DAMAGED):
            return build(Office, _told(connection, row.key))
        raise Unavailable(
            say(
                "The office “{key}” cannot be read ({reason}). Somebody changed the database: put a"
                " backup back.",
                key=row.key,
                reason=what_is_wrong(error),
            )
        ) from error
    if office.key != row.key:
        with suppress(*DAMAGED):
            return build(Office, _told(connection, row.key))
    return replace(office, key=row.key)


def _told(connection: Connection, key: str) -> Mapping[str, str]:
    """Return the facts of an office by its ledger, which is what its row is a fold of."""
    return fold(events(connection, office_stream(key))).facts


def kept(connection: Connection) -> dict[str, tuple[tuple[int, str], Any]]:
    """Return for each office the number and hash of its last event, and its facts, as they stand.

    Facts that are no JSON are None.
    """
    found: dict[str, tuple[tuple[int, str], Any]] = {}
    for row in connection.execute(EVERY):
        found[row.key] = (row.seq, row.head), None
        with suppress(*DAMAGE):
            found[row.key] = (row.seq, row.head), json.loads(row.facts)
    return found


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


def locked(connection: Connection, key: str) -> Office | None:
    """Return an office, locked for writing; None when there is none of that key."""
    row = _locked(connection, key)
    return _office(connection, row) if row else None


def _locked(connection: Connection, key: str) -> Row[Any] | None:
    return connection.execute(select(OFFICE).where(OFFICE.c.key == key).with_for_update()).first()


# Writing -----------------------------------------------------------------------------------------


def save(connection: Connection, office: Office, **parts: Any) -> None:
    """Write an office that was entered or changed, with an event of these parts that says so."""
    _locked(connection, office.key)
    facts = flatten(office)
    changed = difference(_told(connection, office.key), facts)
    changes = tuple(FactChange(*change) for change in changed)
    _write(connection, office.key, facts, changes=changes, **parts)


def note(connection: Connection, key: str, **parts: Any) -> None:
    """Append an event to an office's stream whose changes leave its facts as they are.

    Its row is what the ledger says from here on, whatever it was.
    """
    _locked(connection, key)
    _write(connection, key, _told(connection, key), **parts)


def _write(connection: Connection, key: str, facts: Mapping[str, str], **parts: Any) -> None:
    """Write what an event makes of an office, new or known."""
    seq, head = end(connection, office_stream(key))
    event = Event(seq=seq + 1, **parts)
    written = entries(office_stream(key), head, [event])
    append(connection, written)
    values = {
        "seq": event.seq,
        "head": written[-1].hash,
        "facts": json.dumps(facts, ensure_ascii=False, separators=(",", ":")),
    }
    known = update(OFFICE).where(OFFICE.c.key == key).values(values)
    if not connection.execute(known).rowcount:
        connection.execute(insert(OFFICE).values(key=key, **values))
