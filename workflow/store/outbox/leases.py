"""What a lease allows: a row is written by who holds it, and by nobody who lost it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Connection, Integer, bindparam, case, func, or_, select, tuple_, update

from notifications.retry_policy import DOUBT_DELAY, MessageStatus
from notifications.transport import Lease
from workflow.store.outbox import messages
from workflow.store.outbox.messages import A_DAY, LEASE_LASTS, OPERATOR, WAITING, OutboxRow, rows_of
from workflow.store.tables import AGREEMENT, MESSAGE

POSTPONED = timedelta(hours=1)
# What is written of a row that goes back into the queue, and of one that leaves no more.
QUEUED = {"status": MessageStatus.QUEUED.value, "lease": None}
CANCELLED = {"status": MessageStatus.CANCELLED.value, "next_attempt_at": None, "lease": None}

IS_SENT = MESSAGE.c.status == MessageStatus.SENDING.value
# A lease may still write a row that is being sent, or one in doubt that waits.
MAY_BE_WRITTEN = IS_SENT | (MESSAGE.c.status == MessageStatus.UNKNOWN.value)
WRITING = update(MESSAGE).where(
    MESSAGE.c.id == bindparam("number"), MESSAGE.c.lease == bindparam("token"), MAY_BE_WRITTEN
)

# What follows is built once, as it is asked for every mail, of which a daemon sends many.
READY = MESSAGE.c.next_attempt_at <= bindparam("now")  # to be looked at by now
WAITS = MESSAGE.c.status.in_([*map(str, WAITING)])
HELD_UP = MESSAGE.c.last_error.is_not(None)
LATE = (  # nobody tried to send it yet, and it is over a day late, or was found out late (R7)
    (MESSAGE.c.status == MessageStatus.QUEUED.value)
    & MESSAGE.c.agreement_id.is_not(None)
    & MESSAGE.c.content.is_(None)
    & MESSAGE.c.last_error.is_(None)
    & or_(
        MESSAGE.c.late_by > A_DAY.total_seconds(),
        MESSAGE.c.caught_up,
        MESSAGE.c.next_attempt_at < bindparam("a_day_ago"),
    )
)

# Taking back.
ENDED = IS_SENT & READY
TAKE_BACK_UNSENT = update(MESSAGE).where(ENDED, MESSAGE.c.in_doubt.is_(False)).values(QUEUED)
LEAVE_TWICE_IN_DOUBT = (
    update(MESSAGE)
    .where(ENDED, MESSAGE.c.in_doubt, MESSAGE.c.doubts > 1)
    .values(status=MessageStatus.UNKNOWN.value, next_attempt_at=None)
)
TRY_DOUBTED_AGAIN = (
    update(MESSAGE)
    .where(ENDED, MESSAGE.c.in_doubt)
    .values(status=MessageStatus.UNKNOWN.value, next_attempt_at=bindparam("again"))
)

TOLD_IN = select(func.coalesce(MESSAGE.c.merged_into, MESSAGE.c.id)).where(
    MESSAGE.c.agreement_id == bindparam("agreement")
)
NOT_BEGUN = (
    select(MESSAGE.c.id)
    .where(MESSAGE.c.id.in_(TOLD_IN.scalar_subquery()))
    .where(IS_SENT, MESSAGE.c.doubts == 0)
    .with_for_update(skip_locked=True)
)

# Leasing.
ANY_READY = select(MESSAGE.c.id).where(READY).limit(1)
NEXT = (
    select(MESSAGE)
    .where(READY, WAITS)
    .order_by(MESSAGE.c.next_attempt_at, MESSAGE.c.id)
    .limit(bindparam("most", type_=Integer))
)
NEXT_OF_AGREEMENT = NEXT.join(AGREEMENT, AGREEMENT.c.id == MESSAGE.c.agreement_id).with_for_update(
    of=AGREEMENT, skip_locked=True
)
NEXT_IN_TIME = NEXT_OF_AGREEMENT.where(~LATE)
THIS_OF_AGREEMENT = NEXT_OF_AGREEMENT.where(MESSAGE.c.id == bindparam("number"))
NEXT_UNBOUND = NEXT.where(MESSAGE.c.agreement_id.is_(None)).with_for_update(skip_locked=True)
NEXT_OF_OPERATOR = NEXT_UNBOUND.where(MESSAGE.c.role == OPERATOR)
OF_AGREEMENTS = (
    select(MESSAGE)
    .where(
        MESSAGE.c.agreement_id.in_(bindparam("agreements", expanding=True)),
        WAITS,
        READY | HELD_UP,
    )
    .order_by(MESSAGE.c.id)
)
CLAIM = (
    update(MESSAGE)
    .where(MESSAGE.c.id.in_(bindparam("numbers", expanding=True)), READY | HELD_UP, WAITS)
    .values(
        status=MessageStatus.SENDING.value,
        lease=bindparam("token"),
        in_doubt=False,
        next_attempt_at=bindparam("until"),
    )
)

# Holding; the numbers apart are what the index is asked for.
ARE_HELD = (
    MESSAGE.c.id.in_(bindparam("numbers", expanding=True))
    & tuple_(MESSAGE.c.id, MESSAGE.c.lease).in_(bindparam("held", expanding=True))
    & MAY_BE_WRITTEN
)
LEASED = select(MESSAGE).where(ARE_HELD).with_for_update()
STILL_HELD = select(MESSAGE.c.id, MESSAGE.c.lease).where(ARE_HELD).with_for_update()
LAST_HANDED = select(func.max(MESSAGE.c.handed_at)).where(MESSAGE.c.handed_at.is_not(None))
DOUBT = (
    update(MESSAGE)
    .where(ARE_HELD, IS_SENT)
    .values(
        in_doubt=True,
        doubts=MESSAGE.c.doubts + case((MESSAGE.c.in_doubt, 0), else_=1),
        handed_at=bindparam("handed"),
        next_attempt_at=bindparam("until"),
    )
)
DOUBTED = select(MESSAGE.c.id, MESSAGE.c.lease).where(ARE_HELD, IS_SENT)


def _places(held: Sequence[Lease]) -> dict[str, Any]:
    return {"held": list(held), "numbers": [number for number, _ in held]}


def write(connection: Connection, row: OutboxRow, **values: Any) -> None:
    """Write a leased row, unless the lease was lost; or one that the mail of another was to tell.

    That one goes its own way again, with what is written.
    """
    number, token = row.held
    if row.merged_into is None:
        write_all(connection, [{"number": number, "token": token, **values}])
    else:
        told_there = (MESSAGE.c.id == number) & (MESSAGE.c.merged_into == row.merged_into)
        anew = update(MESSAGE).where(told_there).values(values | {"merged_into": None})
        connection.execute(anew)


def queue_again(
    connection: Connection, row: OutboxRow, next_attempt_at: datetime, error: str | None = None
) -> None:
    """Let a row wait for its turn, on its own; with an error noted it is gathered no more."""
    values = {"next_attempt_at": next_attempt_at, "last_error": error and error[:500]}
    write(connection, row, **QUEUED, **values)


def mark_pointless(connection: Connection, number: int) -> None:
    """Note of a row that is held that it tells of another date than its own."""
    connection.execute(update(MESSAGE).where(MESSAGE.c.id == number).values(pointless=True))


def take_over(
    connection: Connection, rows: Sequence[OutboxRow], lead: OutboxRow, now: datetime
) -> list[OutboxRow]:
    """Take rows that a leased mail was to tell under its lease, each to leave on its own.

    They are returned as they are kept, to be judged anew.
    """
    values = {"status": MessageStatus.SENDING.value, "next_attempt_at": now + LEASE_LASTS}
    for row in rows:
        write(connection, row, lease=lead.lease, last_error=None, **values)
    return [*leased(connection, [(row.id, lead.held[1]) for row in rows]).values()]


def write_all(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Write the same columns of leased rows, each by its `number` and `token`."""
    if rows:
        connection.execute(WRITING, rows)


def merge(connection: Connection, number: int, lead: int, reason: str) -> None:
    """Settle a row that another row's mail tells."""
    values = CANCELLED | {"merged_into": lead, "last_error": reason}
    connection.execute(update(MESSAGE).where(MESSAGE.c.id == number).values(values))


def mark_body_sent(connection: Connection, held: Sequence[Lease], now: datetime) -> set[Lease]:
    """Commit that bodies are about to be sent and renew the leases; return those not lost.

    A lease counts one doubt, however often it is asked: the first commit may have gone unheard.
    `handed_at` only rises, whatever the clock does: by it a backup is known that lacks these mails.
    """
    before = connection.execute(LAST_HANDED).scalar()
    handed = max(now, before + timedelta(microseconds=1)) if before else now
    places = _places(held)
    connection.execute(DOUBT, places | {"handed": handed, "until": now + LEASE_LASTS})
    return {(number, token) for number, token in connection.execute(DOUBTED, places)}


def release(connection: Connection, held: Sequence[Lease], next_attempt_at: datetime) -> None:
    """Put rows of which certainly nothing was sent under this lease back in the queue."""
    no_doubt = case((MESSAGE.c.in_doubt, 1), else_=0)
    values = QUEUED | {
        "in_doubt": False,
        "doubts": MESSAGE.c.doubts - no_doubt,
        "next_attempt_at": next_attempt_at,
    }
    connection.execute(update(MESSAGE).where(ARE_HELD).values(values), _places(held))


def release_lease(connection: Connection, token: str, next_attempt_at: datetime) -> None:
    """Put every row of a lease under which nothing was sent back in the queue."""
    theirs = update(MESSAGE).where(MESSAGE.c.lease == token, IS_SENT)
    connection.execute(theirs.values(QUEUED | {"next_attempt_at": next_attempt_at}))


def postpone(connection: Connection, held: Sequence[Lease], now: datetime, error: str) -> None:
    """Put leased rows off for an hour, with the reason."""
    values = QUEUED | {"next_attempt_at": now + POSTPONED, "last_error": error[:500]}
    connection.execute(update(MESSAGE).where(ARE_HELD).values(values), _places(held))


def leased(connection: Connection, held: Sequence[Lease]) -> dict[Lease, OutboxRow]:
    """Return, locked, those of these messages that are still held under their leases."""
    return {row.held: row for row in rows_of(connection, LEASED, _places(held))}


def still_held(connection: Connection, rows: Sequence[OutboxRow]) -> set[Lease]:
    """Return, locked, which of these leases have not ended."""
    found = connection.execute(STILL_HELD, _places([row.held for row in rows]))
    return {(number, token) for number, token in found}


def recall(connection: Connection, agreement: int, now: datetime) -> None:
    """Take back what a daemon has written about an agreement and not begun to send.

    It is judged anew, and so is the mail that tells it among others. What a daemon writes just now
    is left to it: nobody waits for that.
    """
    if free := connection.scalars(NOT_BEGUN, {"agreement": agreement}).all():
        values = QUEUED | {"next_attempt_at": now}
        connection.execute(update(MESSAGE).where(MESSAGE.c.id.in_(free)).values(values))


def reclaim(connection: Connection, now: datetime) -> None:
    """Take back the leases that ended: unsent rows wait again, one in doubt is tried once more.

    A row in doubt keeps its token until another lease takes it, so that a late answer still counts.
    """
    connection.execute(TAKE_BACK_UNSENT, {"now": now})
    connection.execute(LEAVE_TWICE_IN_DOUBT, {"now": now})
    connection.execute(TRY_DOUBTED_AGAIN, {"now": now, "again": now + DOUBT_DELAY})


def look_within_a_lease(connection: Connection, now: datetime) -> None:
    """Look soon at what an attempt put off, or was queued later than now: by a wrong clock."""
    attempted = (MessageStatus.SENDING, MessageStatus.RETRY, MessageStatus.UNKNOWN)
    put_off = MESSAGE.c.status.in_([*map(str, attempted)]) | MESSAGE.c.last_error.is_not(None)
    at_once = MESSAGE.c.next_attempt_at == MESSAGE.c.created_at
    put_off |= (MESSAGE.c.created_at > now) & ((MESSAGE.c.rule != messages.HANDOVER) | at_once)
    far = MESSAGE.c.next_attempt_at > now + LEASE_LASTS
    connection.execute(
        update(MESSAGE).where(far, put_off).values(next_attempt_at=now + LEASE_LASTS)
    )


def look_no_later(connection: Connection, moment: datetime) -> None:
    """Let what waits for an alert time leave at this one, which is sooner by another policy."""
    waits = (MESSAGE.c.status == MessageStatus.QUEUED.value) & MESSAGE.c.last_error.is_(None)
    far = (MESSAGE.c.next_attempt_at > moment) & (MESSAGE.c.rule != messages.HANDOVER)
    connection.execute(update(MESSAGE).where(waits, far).values(next_attempt_at=moment))


def anything_waiting(connection: Connection, now: datetime) -> bool:
    """Tell whether there is mail to look at, without a lock."""
    return connection.execute(ANY_READY, {"now": now}).first() is not None


def lease(
    connection: Connection, now: datetime, token: str, *, most: int = 1, spares_late: bool = False
) -> Sequence[OutboxRow]:
    """Lease the next messages with everything that waits about the same agreements.

    The agreements' rows are locked meanwhile, so that two daemons never part what belongs in one
    mail. One that is about no agreement goes alone. What is late is left for `lease_alone` when
    asked.
    """
    query = NEXT_IN_TIME if spares_late else NEXT_OF_AGREEMENT
    first = rows_of(connection, query, {"now": now, "a_day_ago": now - A_DAY, "most": most})
    first = first or rows_of(connection, NEXT_UNBOUND, {"now": now, "most": 1})
    rows = _lease_with_siblings(connection, first, now, token)
    if first and not rows and most > 1:  # one of them was changed meanwhile
        return lease(connection, now, token, spares_late=spares_late)
    return rows


def lease_of_operator(connection: Connection, now: datetime, token: str) -> Sequence[OutboxRow]:
    """Lease the next incident: nothing else leaves while the clock is held."""
    first = rows_of(connection, NEXT_OF_OPERATOR, {"now": now, "most": 1})
    return _lease_with_siblings(connection, first, now, token)


def lease_alone(
    connection: Connection, number: int, now: datetime, token: str
) -> Sequence[OutboxRow]:
    """Lease this message with everything that waits about the same agreement."""
    first = rows_of(connection, THIS_OF_AGREEMENT, {"now": now, "most": 1, "number": number})
    return _lease_with_siblings(connection, first, now, token)


def _lease_with_siblings(
    connection: Connection, first: Sequence[OutboxRow], now: datetime, token: str
) -> Sequence[OutboxRow]:
    """Return them as they waited, but under the lease.

    What the relay did not take, or nobody read, goes along early with what tells the same.
    """
    if not first:
        return ()
    rows = [row for row in first if row.goes_alone]
    numbers = {row.agreement for row in first if not row.goes_alone}
    if numbers:
        found = rows_of(connection, OF_AGREEMENTS, {"now": now, "agreements": [*numbers]})
        waiting = [row for row in found if not row.goes_alone]  # as it was asked above
        told = {_told(row) for row in waiting if row.is_ready(now)}
        rows += [row for row in waiting if row.is_ready(now) or _told(row) in told]
    claimed = connection.execute(
        CLAIM,
        {
            "numbers": [row.id for row in rows],
            "now": now,
            "token": token,
            "until": now + LEASE_LASTS,
        },
    )
    if claimed.rowcount == len(rows):
        return [replace(row, lease=token) for row in rows]
    release_lease(connection, token, now)  # another has changed or taken some of them meanwhile
    return ()


def _told(row: OutboxRow) -> tuple[int, str, str]:
    return row.agreement, row.role, row.tells_of
