"""The outbox's rows; every condition of a claim stands in SQL and is settled by the row count."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    bindparam,
    case,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)

from notifications.outbox import FIRST_DELAYS, MessageStatus
from states.change import Alert, Role
from workflow.store.bulk import insert_all
from workflow.tables import AgreementRow, MessageRow, RegisterRow

MESSAGE = MessageRow.__table__  # type: ignore[attr-defined]
AGREEMENT = AgreementRow.__table__  # type: ignore[attr-defined]
LEASE = timedelta(minutes=40)  # longer than notifications.smtp.Timeouts.longest
OPERATOR = "operator"  # the role of who is told of incidents
TRY_ONCE_MORE = timedelta(minutes=15)
PUT_OFF = timedelta(hours=1)
A_DAY = timedelta(days=1)
LATEST = 2**31 - 1  # seconds, 68 years: what PostgreSQL keeps; the ledger knows it exactly
WAITING = (MessageStatus.QUEUED, MessageStatus.RETRY, MessageStatus.UNKNOWN)


def message_id(  # noqa: PLR0913, PLR0917 - everything that a mail's identity is made of
    register: str, ref: str, cause: str, role: str, office: str, generation: int
) -> str:
    """Return the Message-ID of a mail: the same on retry, after a crash and after a restore."""
    name = f"{ref}|{cause}|{role}|{office}|{generation}"
    return f"<{uuid.uuid5(_uuid_of(register), name)}@{register}.looptijd>"


_uuid_of = lru_cache(maxsize=4)(uuid.UUID)


def thread_id(register: str, ref: str) -> str:
    """Return the Message-ID that every mail about an agreement refers to."""
    return message_id(register, ref, "thread", "", "", 0)


def rows_for(
    register: str, agreement_id: int, ref: str, alerts: Iterable[Alert], now: datetime
) -> list[dict[str, Any]]:
    """Return a row for each addressee of each alert."""
    return [
        {
            "agreement_id": agreement_id,
            "message_id": message_id(register, ref, alert.cause, who.role, who.office, 1),
            "rule": str(alert.rule),
            "cause": alert.cause,
            "role": who.role.value,
            "office": who.office,
            "generation": 1,
            "caught_up": alert.caught_up,
            "late_by": min(alert.late_by, LATEST),
            "escalates": alert.escalates,
            "status": MessageStatus.QUEUED.value,
            "look_at": alert.leaves_at,
            "created_at": now,
            "attempts": 0,
            "in_doubt": False,
            "doubts": 0,
        }
        for alert in alerts
        for who in alert.addressees
    ]


def queue(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Put messages into the outbox."""
    insert_all(connection, MESSAGE, rows)


def queue_once(connection: Connection, row: dict[str, Any]) -> None:
    """Put a message into the outbox unless one with its Message-ID is there already."""
    if _known(connection, row["message_id"]) is None:
        queue(connection, [row])


def queue_anew(connection: Connection, row: dict[str, Any]) -> None:
    """Put a message into the outbox; one with its Message-ID that is done is sent once more."""
    known = _known(connection, row["message_id"])
    if known is None:
        queue(connection, [row])
    elif known.look_at is None:
        number = resend(connection, known, row["created_at"])
        change_waiting(connection, number, [row["status"]], look_at=row["look_at"])


def are_any_known(connection: Connection, names: Sequence[str]) -> bool:
    """Tell whether a message with one of these Message-IDs was ever put into the outbox."""
    query = select(MESSAGE.c.id).where(MESSAGE.c.message_id.in_(names)).limit(1)
    return connection.execute(query).first() is not None


def _known(connection: Connection, name: str) -> Any:
    return connection.execute(select(MESSAGE).where(MESSAGE.c.message_id == name)).first()


def is_overview(row: Any) -> bool:
    """Tell whether a message is about an office and no single agreement."""
    return row.agreement_id is None and row.role != OPERATOR


# Leasing -----------------------------------------------------------------------------------------


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
        connection.execute(select(MESSAGE.c.id).where(_is_ready(now)).limit(1)).first() is not None
    )


def _is_ready(now: datetime) -> Any:
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
            _is_ready(now),
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
    in_order = select(MESSAGE).where(_is_ready(now), waits)
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
            _is_ready(now),
        )
        .order_by(MESSAGE.c.id)
    )
    return connection.execute(query).all()


# What the lease allows ---------------------------------------------------------------------------


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


COPIED = ("agreement_id", "rule", "cause", "role", "caught_up", "late_by", "escalates")


def readdress(connection: Connection, row: Any, office: str, now: datetime) -> None:
    """Queue what a refused mail told for another office; the same office is asked once only."""
    register, ref = _register_and_ref(connection, row)
    of_offices = (r for r in (row, *carried(connection, row.id)) if r.role != Role.CASE_OWNER)
    for told in of_offices:
        new_id = message_id(register, ref, told.cause, told.role, office, told.generation)
        known = connection.execute(select(MESSAGE.c.id).where(MESSAGE.c.message_id == new_id))
        if known.first() is None:
            copied = {name: getattr(told, name) for name in COPIED}
            queue(connection, [copied | fresh(new_id, office, told.generation, now)])


def fresh(new_id: str, office: str, generation: int, now: datetime) -> dict[str, Any]:
    """Return the columns of a row that has not been tried yet."""
    return {
        "message_id": new_id,
        "office": office,
        "generation": generation,
        "status": MessageStatus.QUEUED.value,
        "look_at": now,
        "created_at": now,
        "attempts": 0,
        "in_doubt": False,
        "doubts": 0,
    }


def resend(connection: Connection, row: Any, now: datetime) -> int:
    """Queue a message once more on purpose, under a Message-ID of its own; return its number."""
    register, ref = _register_and_ref(connection, row)
    generation = (
        1
        + connection.execute(
            select(func.max(MESSAGE.c.generation)).where(
                MESSAGE.c.agreement_id == row.agreement_id,
                MESSAGE.c.cause == row.cause,
                MESSAGE.c.role == row.role,
                MESSAGE.c.office == row.office,
            )
        ).scalar_one()
    )
    new_id = message_id(register, ref, row.cause, row.role, row.office, generation)
    copied = {name: getattr(row, name) for name in COPIED} | _words(row, new_id)
    inserted = connection.execute(
        insert(MESSAGE).values(copied | fresh(new_id, row.office, generation, now))
    )
    number: int = inserted.inserted_primary_key[0]  # type: ignore[index]
    return number


def _words(row: Any, new_id: str) -> dict[str, Any]:
    """Return what is copied of an incident: it was composed when it was queued, never anew."""
    if row.role != OPERATOR or row.content is None:
        return {}
    content = row.content.replace(row.message_id.encode(), new_id.encode())
    return {"address": row.address, "subject": row.subject, "content": content}


def stop_all(connection: Connection, now: datetime, status: MessageStatus, reason: str) -> int:
    """Stop every message that could leave now, incidents excepted; return how many."""
    values = {"status": status.value, "look_at": None, "lease": None, "last_error": reason}
    statement = update(MESSAGE).where(_could_leave(now)).values(values)
    return connection.execute(statement).rowcount


def send_together(connection: Connection, now: datetime) -> int:
    """Let every message that could leave now be gathered as what is late; return how many.

    One that was in doubt when the backup was made keeps its words and its reader, and goes alone.
    """
    waits = MESSAGE.c.status.in_([*map(str, (*WAITING, MessageStatus.SENDING))])
    anew = {
        "status": MessageStatus.QUEUED.value,
        "content": None,
        "last_error": None,
        "lease": None,
    }
    late = anew | {"look_at": now - A_DAY - timedelta(seconds=1)}
    composed_anew = _could_leave(now) & waits & (MESSAGE.c.doubts == 0)
    connection.execute(update(MESSAGE).where(composed_anew).values(late))
    query = select(func.count()).select_from(MESSAGE).where(_could_leave(now))
    return connection.execute(query).scalar_one()


def _could_leave(now: datetime) -> Any:
    """Match what may leave now, and what a daemon of an earlier life was sending; no incidents."""
    was_leaving = MESSAGE.c.status == MessageStatus.SENDING.value
    return or_(_is_ready(now), was_leaving) & (MESSAGE.c.role != OPERATOR)


def change_waiting(
    connection: Connection, number: int, statuses: Iterable[str], **values: Any
) -> bool:
    """Change a message that is in one of these statuses; False when it is not any more."""
    statement = update(MESSAGE).where(MESSAGE.c.id == number, MESSAGE.c.status.in_([*statuses]))
    return connection.execute(statement.values(values)).rowcount == 1


def _register_and_ref(connection: Connection, row: Any) -> tuple[str, str]:
    uid = connection.execute(select(RegisterRow.__table__.c.uid)).scalar_one()  # type: ignore[attr-defined]
    ref = connection.execute(select(AGREEMENT.c.ref).where(AGREEMENT.c.id == row.agreement_id))
    return uid, ref.scalar_one() if row.agreement_id else ""


# Reading -----------------------------------------------------------------------------------------


def _with_ref() -> Select[Any]:
    joined = MESSAGE.outerjoin(AGREEMENT, AGREEMENT.c.id == MESSAGE.c.agreement_id)
    return select(MESSAGE, AGREEMENT.c.ref).select_from(joined).order_by(MESSAGE.c.id)


def every(connection: Connection, *, status: str | None, ref: str | None) -> Sequence[Any]:
    """Return the messages, of one status or one agreement when asked."""
    query = _with_ref()
    query = query.where(MESSAGE.c.status == status) if status else query
    return connection.execute(query.where(AGREEMENT.c.ref == ref) if ref else query).all()


def find(connection: Connection, number: int) -> Any:
    """Return one message, or None."""
    return connection.execute(_with_ref().where(MESSAGE.c.id == number)).first()


def leased(connection: Connection, held: Sequence[Held]) -> dict[Held, Any]:
    """Return, locked, those of these messages that are still held under their leases."""
    rows = connection.execute(LEASED, _places(held))
    return {(row.id, row.lease): row for row in rows}


def carried(connection: Connection, number: int) -> Sequence[Any]:
    """Return the rows that one message tells besides its own."""
    query = select(MESSAGE).where(MESSAGE.c.carried_by == number).order_by(MESSAGE.c.id)
    return connection.execute(query).all()


def carried_by_all(connection: Connection, rows: Sequence[Any]) -> Sequence[Any]:
    """Return the rows that messages tell besides their own, about the same agreements."""
    query = select(MESSAGE).where(
        MESSAGE.c.agreement_id.in_({row.agreement_id for row in rows}),
        MESSAGE.c.carried_by.in_([row.id for row in rows]),
    )
    return connection.execute(query.order_by(MESSAGE.c.id)).all()


def is_told_later(connection: Connection, row: Any) -> int | None:
    """Return the number of a later mail that will tell the same reader of the same, or None.

    What is told of another office, whose own address was refused, is not the same.
    """
    of_this_office = ":".join([*row.cause.split(":", 2)[:2], ""])
    query = (
        select(func.max(MESSAGE.c.id))
        .where(MESSAGE.c.agreement_id.is_(None), MESSAGE.c.id > row.id)
        .where(MESSAGE.c.cause.startswith(of_this_office, autoescape=True))
        .where(MESSAGE.c.rule == row.rule, MESSAGE.c.office == row.office)
        .where(MESSAGE.c.look_at.is_not(None))
    )
    return connection.execute(query).scalar()


TOLD_BEFORE = (
    select(func.count())
    .select_from(MESSAGE)
    .where(
        MESSAGE.c.agreement_id == bindparam("agreement"),
        func.substr(MESSAGE.c.cause, 1, bindparam("length")) == bindparam("beginning"),
        MESSAGE.c.role == bindparam("role"),
        MESSAGE.c.id < bindparam("number"),
        MESSAGE.c.status.not_in([MessageStatus.CANCELLED.value, MessageStatus.EXPIRED.value])
        | MESSAGE.c.carried_by.is_not(None),
    )
)


def told_before(connection: Connection, row: Any, obligation: str) -> int:
    """Return how many mails of this deadline went to this addressee before."""
    places = {"agreement": row.agreement_id, "role": row.role, "number": row.id}
    places |= {"beginning": f"{obligation}:", "length": len(obligation) + 1}
    return connection.execute(TOLD_BEFORE, places).scalar_one()


LEAD = MESSAGE.alias("lead")
TOLD_TO = (
    select(MESSAGE.c.rule, MESSAGE.c.cause, MESSAGE.c.created_at)
    .outerjoin(LEAD, (LEAD.c.id == MESSAGE.c.carried_by) & LEAD.c.agreement_id.is_not(None))
    .where(
        MESSAGE.c.agreement_id == bindparam("agreement"),
        MESSAGE.c.role == bindparam("role"),
        MESSAGE.c.office == bindparam("office"),
        func.coalesce(LEAD.c.accepted_at, MESSAGE.c.accepted_at).is_not(None),
    )
)


def told_to(connection: Connection, row: Any) -> Sequence[Any]:
    """Return what mails about the same agreement told the same addressee; accepted ones only."""
    places = {"agreement": row.agreement_id, "role": row.role, "office": row.office}
    return connection.execute(TOLD_TO, places).all()


def told(connection: Connection, numbers: Sequence[int]) -> dict[int, dict[str, int]]:
    """Return for each of these agreements how many messages each cause has."""
    query = (
        select(MESSAGE.c.agreement_id, MESSAGE.c.cause, func.count())
        .where(MESSAGE.c.agreement_id.in_(numbers))
        .group_by(MESSAGE.c.agreement_id, MESSAGE.c.cause)
    )
    found: dict[int, dict[str, int]] = {}
    for number, cause, count in connection.execute(query):
        found.setdefault(number, {})[cause] = count
    return found


def uncomposed(connection: Connection) -> Sequence[Any]:
    """Return the messages that wait because their words could not be composed, with the reason."""
    query = _with_ref().where(
        MESSAGE.c.look_at.is_not(None),
        MESSAGE.c.content.is_(None),
        MESSAGE.c.last_error.is_not(None),
    )
    return connection.execute(query).all()


def stuck(connection: Connection, before: datetime) -> int:
    """Return how many messages should have been looked at before an instant."""
    query = select(func.count()).select_from(MESSAGE).where(MESSAGE.c.look_at < before)
    return connection.execute(query).scalar_one()


def not_taken(connection: Connection) -> tuple[int, str]:
    """Return how many messages the relay turned away for no fault of theirs, and its last words.

    One that it puts off for the usual time is no concern yet; one that it still puts off is.
    """
    queued, retry = MessageStatus.QUEUED.value, MessageStatus.RETRY.value
    at_fault = (MESSAGE.c.status == queued) & MESSAGE.c.reply.is_not(None)
    for_long = (MESSAGE.c.status == retry) & (MESSAGE.c.attempts > len(FIRST_DELAYS))
    turned_away = select(MESSAGE.c.reply).where(MESSAGE.c.look_at.is_not(None), at_fault | for_long)
    replies = connection.execute(turned_away.order_by(MESSAGE.c.look_at.desc())).scalars().all()
    return len(replies), (replies[0] or "").rstrip(".") if replies else ""


def next_look(connection: Connection) -> datetime | None:
    """Return when the next message that nothing has held up yet has to be looked at."""
    query = select(func.min(MESSAGE.c.look_at)).where(MESSAGE.c.last_error.is_(None))
    return connection.execute(query).scalar()


def by_status(connection: Connection) -> dict[str, int]:
    """Return how many messages stand in each status."""
    query = select(MESSAGE.c.status, func.count()).group_by(MESSAGE.c.status)
    return {key: value for key, value in connection.execute(query)}  # noqa: C416 - rows, not pairs


def refused_by_agreement(connection: Connection) -> dict[int, int]:
    """Return how many mails of each agreement were lost; a catch-up counts for each it tells of."""
    lost = [MessageStatus.REFUSED.value, MessageStatus.EXPIRED.value]
    lead = MESSAGE.alias("lead")
    shared = lead.c.agreement_id.is_(None) & lead.c.status.in_(lost)
    query = (
        select(MESSAGE.c.agreement_id, func.count())
        .outerjoin(lead, lead.c.id == MESSAGE.c.carried_by)
        .where(MESSAGE.c.status.in_(lost) | shared)
        .group_by(MESSAGE.c.agreement_id)
    )
    return {key: value for key, value in connection.execute(query)}  # noqa: C416 - rows, not pairs
