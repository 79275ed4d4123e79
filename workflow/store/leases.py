"""What a lease allows: a row is written by who holds it, and by nobody who lost it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, case, func, or_, select, tuple_, update

from notifications.outbox import MessageStatus
from workflow.store.messages import LEASE, MESSAGE, PUT_OFF

Held = tuple[int, str]
"""A row's number and the token of the lease that it is held under."""
# A lease may still write a row that is being sent, or one in doubt that waits.
MAY_BE_WRITTEN = or_(
    MESSAGE.c.status == MessageStatus.SENDING.value, MESSAGE.c.status == MessageStatus.UNKNOWN.value
)
WRITING = update(MESSAGE).where(
    MESSAGE.c.id == bindparam("number"), MESSAGE.c.lease == bindparam("token"), MAY_BE_WRITTEN
)


# Built once, as they are asked at every commit; the numbers apart are what the index is asked for.
ARE_HELD = (
    MESSAGE.c.id.in_(bindparam("numbers", expanding=True))
    & tuple_(MESSAGE.c.id, MESSAGE.c.lease).in_(bindparam("held", expanding=True))
    & MAY_BE_WRITTEN
)
LEASED = select(MESSAGE).where(ARE_HELD).with_for_update()
LAST_HANDED = select(func.max(MESSAGE.c.handed_at)).where(MESSAGE.c.handed_at.is_not(None))
DOUBT = (
    update(MESSAGE)
    .where(ARE_HELD, MESSAGE.c.status == MessageStatus.SENDING.value)
    .values(
        in_doubt=True,
        doubts=MESSAGE.c.doubts + case((MESSAGE.c.in_doubt, 0), else_=1),
        handed_at=bindparam("handed"),
        look_at=bindparam("until"),
    )
    .returning(MESSAGE.c.id)
)


def _places(held: Sequence[Held]) -> dict[str, Any]:
    return {"held": list(held), "numbers": [number for number, _ in held]}


def write(connection: Connection, number: int, token: str, **values: Any) -> bool:
    """Write a leased row; False when the lease was lost."""
    return write_all(connection, [{"number": number, "token": token, **values}]) == 1


def write_all(connection: Connection, rows: list[dict[str, Any]]) -> int:
    """Write the same columns of leased rows, each of its `number` and `token`; return how many."""
    return connection.execute(WRITING, rows).rowcount if rows else 0


def carry(connection: Connection, number: int, lead: int, reason: str) -> None:
    """Settle a row that another row's mail tells."""
    connection.execute(
        update(MESSAGE)
        .where(MESSAGE.c.id == number)
        .values(
            status=MessageStatus.CANCELLED.value,
            look_at=None,
            lease=None,
            carried_by=lead,
            last_error=reason,
        )
    )


def doubt(connection: Connection, held: Sequence[Held], now: datetime) -> set[int]:
    """Commit that bodies are about to be sent and renew the leases; return those not lost.

    A lease counts one doubt, however often it is asked: the first commit may have gone unheard.
    `handed_at` only rises, whatever the clock does: by it a backup is known that lacks these mails.
    """
    before = connection.execute(LAST_HANDED).scalar()
    handed = max(now, before + timedelta(microseconds=1)) if before else now
    places = _places(held) | {"handed": handed, "until": now + LEASE}
    return set(connection.execute(DOUBT, places).scalars())


def give_back(connection: Connection, held: Sequence[Held], look_at: datetime) -> None:
    """Put rows of which certainly nothing was sent under this lease back in the queue."""
    no_doubt = case((MESSAGE.c.in_doubt, 1), else_=0)
    values = {
        "status": MessageStatus.QUEUED.value,
        "lease": None,
        "in_doubt": False,
        "doubts": MESSAGE.c.doubts - no_doubt,
        "look_at": look_at,
    }
    connection.execute(update(MESSAGE).where(ARE_HELD).values(values), _places(held))


def give_back_lease(connection: Connection, token: str, look_at: datetime) -> None:
    """Put every row of a lease under which nothing was sent back in the queue."""
    connection.execute(
        update(MESSAGE)
        .where(MESSAGE.c.lease == token, MESSAGE.c.status == MessageStatus.SENDING.value)
        .values(status=MessageStatus.QUEUED.value, lease=None, look_at=look_at)
    )


def put_off(connection: Connection, held: Sequence[Held], now: datetime, error: str) -> None:
    """Put leased rows off for an hour, with the reason."""
    values = {
        "status": MessageStatus.QUEUED.value,
        "lease": None,
        "look_at": now + PUT_OFF,
        "last_error": error[:500],
    }
    connection.execute(update(MESSAGE).where(ARE_HELD).values(values), _places(held))


def release_carried(connection: Connection, number: int, now: datetime) -> None:
    """Let a carried row go on its own again: its reader is another one now."""
    connection.execute(
        update(MESSAGE)
        .where(MESSAGE.c.id == number)
        .values(status=MessageStatus.QUEUED.value, carried_by=None, look_at=now, last_error=None)
    )


def leased(connection: Connection, held: Sequence[Held]) -> dict[Held, Any]:
    """Return, locked, those of these messages that are still held under their leases."""
    rows = connection.execute(LEASED, _places(held))
    return {(row.id, row.lease): row for row in rows}
