"""The register's own stream in the ledger: its policies, its installation, and who adopted what."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from states.change import ENGINE, Event, FactChange
from states.facts import difference
from workflow.ledger import decode, entries, fold
from workflow.sealing import Envelope
from workflow.store import ledger, register

STREAM = "register"


def facts(connection: Connection) -> dict[str, str]:
    """Return what the register's own rows say, as facts of path and text."""
    row = register.read(connection)
    policies = {
        f"policy.{policy.id}": f"{_moment(policy.adopted_at)} {policy.payload}"
        for policy in register.adopted(connection)
    }
    return {"uid": row.uid, "installation": row.installation, **policies}


def known(connection: Connection) -> dict[str, str]:
    """Return the same facts as the ledger has them."""
    events = (decode(row.payload) for row in ledger.read(connection, STREAM))
    return dict(fold(events).facts)


def is_begun(connection: Connection) -> bool:
    """Tell whether the stream exists: a register of an older release has none."""
    return ledger.end(connection, STREAM)[0] > 0


def note_changes(connection: Connection, **who: Any) -> None:
    """Append an event with all that changed of the register's own facts: `who`, what and why."""
    register.lock(connection)
    changed = difference(known(connection), facts(connection))
    note(connection, changes=tuple(FactChange(*change) for change in changed), **who)


def note(connection: Connection, **parts: Any) -> None:
    """Append an event to the register's stream."""
    register.lock(connection)
    seq, head = ledger.end(connection, STREAM)
    ledger.append(connection, entries(STREAM, head, [Event(seq=seq + 1, **parts)]))


def note_by(connection: Connection, by: str, **what: Any) -> None:
    """Append what changed of the register itself, its actor sealed; `what` is action and moment."""
    envelope = Envelope()
    actor = by if by == ENGINE else envelope.seal(by)
    note_changes(connection, actor=actor, **what)
    ledger.keep_private(connection, STREAM, envelope.privates)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
