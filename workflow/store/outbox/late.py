"""What is late in the outbox: found, claimed together, and carried by one catch-up mail."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, exists, insert, select, update

from notifications.retry_policy import MessageStatus
from workflow.store.bulk import in_parts
from workflow.store.outbox.leases import CANCELLED, LATE
from workflow.store.outbox.messages import A_DAY, LEASE_LASTS, OutboxRow, rows_of
from workflow.store.tables import MESSAGE

EVERY = (
    select(MESSAGE)
    .where(MESSAGE.c.next_attempt_at.is_not(None), LATE)
    .order_by(MESSAGE.c.next_attempt_at, MESSAGE.c.id)
)
STILL_LATE = (
    select(MESSAGE)
    .where(MESSAGE.c.id.in_(bindparam("ids", expanding=True)), LATE)
    .order_by(MESSAGE.c.id)
    .with_for_update()
)


def every(connection: Connection, now: datetime) -> Sequence[OutboxRow]:
    """Return everything that is late, also what may leave at a later hour only; the oldest first.

    Nothing is locked: what is done with it is settled by `lock`.
    """
    return rows_of(connection, EVERY, {"a_day_ago": now - A_DAY})


def lock(connection: Connection, ids: Sequence[int], now: datetime) -> Sequence[OutboxRow]:
    """Lock these messages and return those that are still late and nobody has taken."""
    a_day_ago = now - A_DAY
    locked = (
        rows_of(connection, STILL_LATE, {"ids": some, "a_day_ago": a_day_ago})
        for some in in_parts(sorted(ids))
    )
    return [row for rows in locked for row in rows]


def lease_catch_up(
    connection: Connection, row: dict[str, Any], now: datetime, token: str
) -> OutboxRow:
    """Put a catch-up mail into the outbox under a lease; one that carried the same comes back."""
    leased = {
        "status": MessageStatus.SENDING.value,
        "lease": token,
        "in_doubt": False,
        "next_attempt_at": now + LEASE_LASTS,
    }
    same = MESSAGE.c.message_id == row["message_id"]
    back = update(MESSAGE).where(same, MESSAGE.c.status == MessageStatus.CANCELLED.value)
    if not connection.execute(back.values(leased | {"last_error": None})).rowcount:
        connection.execute(insert(MESSAGE).values(row | leased))
    return rows_of(connection, select(MESSAGE).where(same))[0]


def merge_all(connection: Connection, ids: Sequence[int], lead: int, reason: str) -> None:
    """Settle rows that another row's mail tells, with what these rows told for others before."""
    values = CANCELLED | {"merged_into": lead, "last_error": reason}
    for some in in_parts(ids):
        theirs = MESSAGE.c.id.in_(some) | MESSAGE.c.merged_into.in_(some)
        connection.execute(update(MESSAGE).where(theirs).values(values))


def merged_for(connection: Connection, cause: str) -> Sequence[OutboxRow]:
    """Return the rows that a catch-up mail tells; one that was sent once more has the same."""
    leads = select(MESSAGE.c.id).where(MESSAGE.c.cause == cause, MESSAGE.c.agreement_id.is_(None))
    query = select(MESSAGE).where(MESSAGE.c.merged_into.in_(leads))
    return rows_of(connection, query.order_by(MESSAGE.c.agreement_id, MESSAGE.c.id))


def was_accepted(connection: Connection, cause: str) -> bool:
    """Tell whether a catch-up mail left once, the first time or when it was sent once more."""
    its = (MESSAGE.c.cause == cause) & MESSAGE.c.agreement_id.is_(None)
    left = exists().where(its, MESSAGE.c.status == MessageStatus.ACCEPTED.value)
    return bool(connection.execute(select(left)).scalar())
