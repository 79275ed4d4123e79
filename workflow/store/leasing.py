"""Leasing: which rows of the outbox a daemon takes, and which it leaves to others."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, or_, select, update

from notifications.outbox import MessageStatus
from workflow.store.leases import give_back_lease
from workflow.store.messages import (
    A_DAY,
    AGREEMENT,
    LEASE,
    MESSAGE,
    OPERATOR,
    TRY_ONCE_MORE,
    WAITING,
)


def release(connection: Connection, now: datetime) -> None:
    """Take back the leases that ended: unsent rows wait again, one in doubt is tried once more.

    A row in doubt keeps its token until another lease takes it, so that a late answer still counts.
    """
    ended = (MESSAGE.c.status == MessageStatus.SENDING.value) & (MESSAGE.c.look_at <= now)
    connection.execute(
        update(MESSAGE)
        .where(ended, MESSAGE.c.in_doubt.is_(False))
        .values(status=MessageStatus.QUEUED.value, lease=None)
    )
    connection.execute(
        update(MESSAGE)
        .where(ended, MESSAGE.c.in_doubt, MESSAGE.c.doubts > 1)
        .values(status=MessageStatus.UNKNOWN.value, look_at=None)
    )
    connection.execute(
        update(MESSAGE)
        .where(ended, MESSAGE.c.in_doubt)
        .values(status=MessageStatus.UNKNOWN.value, look_at=now + TRY_ONCE_MORE)
    )


def look_within_a_lease(connection: Connection, now: datetime) -> None:
    """Look soon at what an attempt put off: the clock that it was put off by was wrong."""
    attempted = (MessageStatus.SENDING, MessageStatus.RETRY, MessageStatus.UNKNOWN)
    put_off = MESSAGE.c.status.in_([*map(str, attempted)]) | MESSAGE.c.last_error.is_not(None)
    far = MESSAGE.c.look_at > now + LEASE
    connection.execute(update(MESSAGE).where(far, put_off).values(look_at=now + LEASE))


def anything_waiting(connection: Connection, now: datetime) -> bool:
    """Tell whether there is mail to look at, without a lock."""
    return (
        connection.execute(select(MESSAGE.c.id).where(is_ready(now)).limit(1)).first() is not None
    )


def is_ready(now: datetime) -> Any:
    """Match what is to be looked at by now."""
    return MESSAGE.c.look_at <= now


def is_late(now: datetime) -> Any:
    """Match what nobody tried to send yet and is over a day late, or was found out late (R7)."""
    return (
        (MESSAGE.c.status == MessageStatus.QUEUED.value)
        & MESSAGE.c.agreement_id.is_not(None)
        & MESSAGE.c.content.is_(None)
        & MESSAGE.c.last_error.is_(None)
        & or_(
            MESSAGE.c.late_by > A_DAY.total_seconds(),
            MESSAGE.c.caught_up,
            MESSAGE.c.look_at < now - A_DAY,
        )
    )


def lease(  # noqa: PLR0913 - what is leased, and what is not
    connection: Connection,
    now: datetime,
    token: str,
    *,
    most: int = 1,
    only_operator: bool = False,
    spares_late: bool = False,
) -> Sequence[Any]:
    """Lease the next messages with everything new that waits about the same agreements.

    The agreements' rows are locked meanwhile, so that two daemons never part what belongs in one
    mail. One that is about no agreement goes alone. While the clock is held only operators are
    told. What is late is left for `lease_alone` when asked.
    """
    query = _next_of_agreement(now, most)
    query = query.where(~is_late(now)) if spares_late else query
    first = () if only_operator else connection.execute(query).all()
    unbound = _next_without_agreement(now, only_operator=only_operator)
    first = first or connection.execute(unbound).all()
    rows = _lease_with_siblings(connection, first, now, token) if first else ()
    if first and not rows and most > 1:  # one of them was changed meanwhile
        return lease(connection, now, token, spares_late=spares_late)
    return rows


def lease_alone(connection: Connection, number: int, now: datetime, token: str) -> Sequence[Any]:
    """Lease this message with everything new that waits about the same agreement."""
    query = _next_of_agreement(now).where(MESSAGE.c.id == number)
    first = connection.execute(query).all()
    return _lease_with_siblings(connection, first, now, token) if first else ()


def goes_alone(row: Any) -> bool:
    """Tell whether a message was composed before, or is about no agreement."""
    return row.content is not None or row.agreement_id is None


def _lease_with_siblings(
    connection: Connection, first: Sequence[Any], now: datetime, token: str
) -> Sequence[Any]:
    alone = [row for row in first if goes_alone(row)]
    numbers = {row.agreement_id for row in first if not goes_alone(row)}
    rows = [*alone, *(_new_of(connection, numbers, now) if numbers else ())]
    claimed = connection.execute(
        update(MESSAGE)
        .where(
            MESSAGE.c.id.in_([row.id for row in rows]),
            is_ready(now),
            MESSAGE.c.status.in_([*map(str, WAITING)]),
        )
        .values(
            status=MessageStatus.SENDING.value, lease=token, in_doubt=False, look_at=now + LEASE
        )
    )
    if claimed.rowcount == len(rows):
        return rows
    give_back_lease(connection, token, now)  # another has changed or taken some of them meanwhile
    return ()


def _next(now: datetime, most: int = 1) -> Select[Any]:
    waits = MESSAGE.c.status.in_([*map(str, WAITING)])
    in_order = select(MESSAGE).where(is_ready(now), waits)
    return in_order.order_by(MESSAGE.c.look_at, MESSAGE.c.id).limit(most)


def _next_of_agreement(now: datetime, most: int = 1) -> Select[Any]:
    joined = _next(now, most).join(AGREEMENT, AGREEMENT.c.id == MESSAGE.c.agreement_id)
    return joined.with_for_update(of=AGREEMENT, skip_locked=True)


def _next_without_agreement(now: datetime, *, only_operator: bool) -> Select[Any]:
    unbound = _next(now).where(MESSAGE.c.agreement_id.is_(None))
    unbound = unbound.where(MESSAGE.c.role == OPERATOR) if only_operator else unbound
    return unbound.with_for_update(skip_locked=True)


def _new_of(connection: Connection, agreements: set[int], now: datetime) -> Sequence[Any]:
    query = (
        select(MESSAGE)
        .where(
            MESSAGE.c.agreement_id.in_(agreements),
            MESSAGE.c.status == MessageStatus.QUEUED.value,
            MESSAGE.c.content.is_(None),
            is_ready(now),
        )
        .order_by(MESSAGE.c.id)
    )
    return connection.execute(query).all()
