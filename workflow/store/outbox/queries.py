"""What is asked of the outbox: what was told, what waits, and why."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Select, bindparam, exists, func, literal, select

from notifications.retry_policy import FIRST_DELAYS, MessageStatus
from states.model.events import Role
from states.model.stage import Occurrence, OccurrenceName
from workflow.store.columns import NO_LATER
from workflow.store.outbox.messages import DIGEST, HANDOVER, OfficeCause, OutboxRow, named, rows_of
from workflow.store.register import Register
from workflow.store.tables import AGREEMENT, MESSAGE
from workflow.system.printable import impersonal

UNDER_WAY = (MessageStatus.QUEUED, MessageStatus.RETRY, MessageStatus.SENDING)


def _with_ref() -> Select[Any]:
    joined = MESSAGE.outerjoin(AGREEMENT, AGREEMENT.c.id == MESSAGE.c.agreement_id)
    return select(MESSAGE, AGREEMENT.c.ref).select_from(joined).order_by(MESSAGE.c.id)


def every(
    connection: Connection, *, status: str | None, ref: str | None, attention: bool = False
) -> Sequence[OutboxRow]:
    """Return the messages, of one status or one agreement when asked, or those that need a look."""
    query = _with_ref()
    query = query.where(MESSAGE.c.status == status) if status else query
    query = query.where(IS_LOST | IS_UNCOMPOSED) if attention else query
    return rows_of(connection, query.where(AGREEMENT.c.ref == ref) if ref else query)


ACCOUNT = (
    *("id", "agreement_id", "message_id", "rule", "cause", "role", "office", "generation"),
    *("status", "created_at", "attempts", "doubts", "refusals", "merged_into", "accepted_at"),
    *("reply", "last_error"),
)


def accounts(connection: Connection, numbers: Sequence[int] | None) -> Iterator[Mapping[str, Any]]:
    """Yield what became of the messages of these agreements, or of those about none.

    Nobody's address and no words: what an auditor gets.
    """
    which = MESSAGE.c.agreement_id
    chosen = which.is_(None) if numbers is None else which.in_(numbers)
    query = select(*(MESSAGE.c[name] for name in ACCOUNT)).where(chosen).order_by(MESSAGE.c.id)
    return (_impersonal(dict(row)) for row in connection.execute(query).mappings())


def _impersonal(row: dict[str, Any]) -> Mapping[str, Any]:
    """Return a row without the address that a relay repeats; a file in a folder has a mail's id."""
    file = f"{row['message_id'][1:-1]}.eml"
    said = {name: row[name] for name in ("reply", "last_error") if row[name] != file}
    return row | {name: impersonal(text) for name, text in said.items()}


def find(connection: Connection, number: int, *, lock: bool = False) -> OutboxRow | None:
    """Return one message, locked for writing when asked, or None."""
    query = _with_ref().where(MESSAGE.c.id == number)
    found = rows_of(connection, query.with_for_update(of=MESSAGE) if lock else query)
    return found[0] if found else None


MERGED = (
    select(MESSAGE)
    .where(MESSAGE.c.agreement_id.in_(bindparam("agreements", expanding=True)))
    .where(MESSAGE.c.merged_into.in_(bindparam("leads", expanding=True)))
    .order_by(MESSAGE.c.id)
)


def merged(connection: Connection, rows: Sequence[OutboxRow]) -> Sequence[OutboxRow]:
    """Return the rows that messages tell besides their own, about the same agreements."""
    agreements = [*{row.agreement_id for row in rows}]
    places = {"agreements": agreements, "leads": [row.id for row in rows]}
    return rows_of(connection, MERGED, places)


def merged_later(connection: Connection, row: OutboxRow, *, since: str = "") -> int | None:
    """Return the number of a later mail that tells, or told, the same reader of the same, or None.

    What is told of another office, whose own address was refused, is not the same; nor what has a
    cause before `since`, and was sent once more.
    """
    of_this_office = f"{row.rule}:{OfficeCause.parse(row.cause).office}:"
    query = (
        select(func.max(MESSAGE.c.id))
        .where(MESSAGE.c.agreement_id.is_(None), MESSAGE.c.id > row.id)
        .where(MESSAGE.c.cause.startswith(of_this_office, autoescape=True))
        .where(MESSAGE.c.cause >= since)
        .where(MESSAGE.c.rule == row.rule, MESSAGE.c.office == row.office)
        .where(
            MESSAGE.c.next_attempt_at.is_not(None)
            | (MESSAGE.c.status == MessageStatus.ACCEPTED.value)
        )
    )
    return connection.execute(query).scalar()


LEAD = MESSAGE.alias("lead")
OF_ADDRESSEE = (MESSAGE.c.office == bindparam("office")) | (MESSAGE.c.role == Role.CASE_OWNER.value)
SENT = [MessageStatus.ACCEPTED.value, MessageStatus.UNKNOWN.value]
WITH_LEAD = MESSAGE.outerjoin(LEAD, LEAD.c.id == MESSAGE.c.merged_into)
STATUS = func.coalesce(LEAD.c.status, MESSAGE.c.status)
WAS_REFUSED = func.coalesce(LEAD.c.refusals, MESSAGE.c.refusals) > 0  # whatever became of it since
MAILS = func.count(func.coalesce(LEAD.c.id, MESSAGE.c.id).distinct())
MAY_HAVE_LEFT = STATUS.in_(SENT) | (func.coalesce(LEAD.c.doubts, MESSAGE.c.doubts) > 0)
MAILED_BEFORE = (
    select(MAILS)
    .select_from(WITH_LEAD)
    .where(
        MESSAGE.c.agreement_id == bindparam("agreement"),
        func.substr(MESSAGE.c.cause, 1, bindparam("length")) == bindparam("beginning"),
        MESSAGE.c.rule == bindparam("rule"),
        MESSAGE.c.role == bindparam("role"),
        MESSAGE.c.id < bindparam("number"),
        ~(MESSAGE.c.pointless & OF_ADDRESSEE),  # it told of another date, or another office
        MAY_HAVE_LEFT,
    )
)


def mailed_before(connection: Connection, row: OutboxRow) -> int:
    """Return how many mails of its deadline, or its action, went to this addressee before."""
    name = OccurrenceName.of(row.cause)
    beginning = f"{name.deadline}:" if name else "event:"
    places = {"agreement": row.agreement_id, "role": row.role, "number": row.id, "rule": row.rule}
    places |= {"beginning": beginning, "length": len(beginning), "office": row.office}
    return connection.execute(MAILED_BEFORE, places).scalar_one()


def asked_before(connection: Connection, row: OutboxRow) -> frozenset[str]:
    """Return the offices that mails of earlier steps of its deadline asked.

    Of each step the first row asks; the others go on where that was refused, or escalate.
    """
    deadline = f"{OccurrenceName.parse(row.cause).deadline}:"
    query = (
        select(func.min(MESSAGE.c.id))
        .where(MESSAGE.c.agreement_id == row.agreement_id, MESSAGE.c.cause != row.cause)
        .where(func.substr(MESSAGE.c.cause, 1, len(deadline)) == deadline)
        .where(MESSAGE.c.id < row.id)
        .group_by(MESSAGE.c.cause)
    )
    offices = (
        select(MESSAGE.c.office)
        .select_from(WITH_LEAD)
        .where(MESSAGE.c.id.in_(query), MAY_HAVE_LEFT | WAS_REFUSED, ~MESSAGE.c.pointless)
    )
    return frozenset(connection.execute(offices).scalars())


def of_the_same(connection: Connection, row: OutboxRow) -> Sequence[OutboxRow]:
    """Return the rows of the same agreement and cause, this one among them."""
    same = (MESSAGE.c.agreement_id == row.agreement_id) & (MESSAGE.c.cause == row.cause)
    return rows_of(connection, select(MESSAGE).where(same))


def first_queued(connection: Connection, row: OutboxRow) -> datetime:
    """Return when what a row tells was first queued; a copy says as its first how late that was.

    It goes by the cause that was queued: what the row tells may have another date since.
    """
    cause = select(MESSAGE.c.cause).where(MESSAGE.c.id == row.id).scalar_subquery()
    query = (
        select(func.min(MESSAGE.c.created_at))
        .where(MESSAGE.c.agreement_id == row.agreement_id, MESSAGE.c.cause == cause)
        .where(MESSAGE.c.late_by == row.late_by)
    )
    found: datetime = connection.execute(query).scalar_one()
    return found


def refused_by(connection: Connection, row: OutboxRow) -> list[tuple[str, str | None]]:
    """Return for which offices, and at what addresses, what a row tells was refused before it."""
    query = (
        select(MESSAGE.c.office, func.coalesce(LEAD.c.address, MESSAGE.c.address))
        .select_from(WITH_LEAD)
        .where(MESSAGE.c.agreement_id == row.agreement_id, MESSAGE.c.cause == row.cause)
        .where(MESSAGE.c.role == row.role, MESSAGE.c.id < row.id)
        .where(WAS_REFUSED)
    )
    return [(office, address) for office, address in connection.execute(query)]


def tells(connection: Connection, row: OutboxRow, taken: Occurrence) -> bool:
    """Tell whether another row tells the same addressee of what took the place of a row's own.

    That is one of its date, or of its step and the date before.
    """
    deadline, own = f"{taken.deadline.name}:", OccurrenceName.parse(row.cause).deadline
    of_its_date = func.substr(MESSAGE.c.cause, 1, len(deadline)) == deadline
    of_its_step = MESSAGE.c.cause.in_({f"{own}:{taken.step.name}"} - {row.cause})
    same = (MESSAGE.c.agreement_id == row.agreement_id, MESSAGE.c.role == row.role)
    theirs = same if row.role == Role.CASE_OWNER else (*same, MESSAGE.c.office == row.office)
    query = select(MESSAGE.c.id).where(*theirs, of_its_date | of_its_step).limit(1)
    return connection.execute(query).first() is not None


MAILED_TO = (
    select(
        func.coalesce(LEAD.c.id, MESSAGE.c.id).label("number"),
        MESSAGE.c.cause,
        MESSAGE.c.created_at,
        func.coalesce(LEAD.c.accepted_at, MESSAGE.c.accepted_at).label("accepted_at"),
    )
    .outerjoin(LEAD, (LEAD.c.id == MESSAGE.c.merged_into) & LEAD.c.agreement_id.is_not(None))
    .where(
        MESSAGE.c.agreement_id == bindparam("agreement"),
        MESSAGE.c.role == bindparam("role"),
        OF_ADDRESSEE,
        func.coalesce(LEAD.c.accepted_at, MESSAGE.c.accepted_at).is_not(None),
    )
)


class EarlierMail(Struct, frozen=True):
    """What a mail was about, its number, when that was queued, and when it was accepted."""

    number: int
    cause: str
    created_at: datetime
    accepted_at: datetime


def mailed_to(connection: Connection, row: OutboxRow) -> Sequence[EarlierMail]:
    """Return what mails about the same agreement told the same addressee; accepted ones only."""
    places = {"agreement": row.agreement_id, "role": row.role, "office": row.office}
    return [EarlierMail(**found) for found in connection.execute(MAILED_TO, places).mappings()]


def content_of(connection: Connection, number: int) -> bytes | None:
    """Return a mail as it was handed over; None where it was erased."""
    return connection.execute(select(MESSAGE.c.content).where(MESSAGE.c.id == number)).scalar()


REACHED = (
    select(MESSAGE.c.message_id)
    .where(
        MESSAGE.c.agreement_id == bindparam("agreement"),
        func.lower(MESSAGE.c.address) == bindparam("address"),
        MESSAGE.c.accepted_at.is_not(None),
    )
    .order_by(MESSAGE.c.accepted_at.desc(), MESSAGE.c.id.desc())
    .limit(1)
)


def reached(connection: Connection, agreement: int, address: str) -> str | None:
    """Return the Message-ID of the last mail about an agreement that was accepted for an address.

    One of which nobody knows whether it arrived is not named, nor one of which that was erased.
    """
    places = {"agreement": agreement, "address": address.lower()}
    return connection.execute(REACHED, places).scalar()


def queued_of(connection: Connection, numbers: Sequence[int]) -> dict[int, dict[str, int]]:
    """Return for each of these agreements how many messages each cause has.

    One that another tells counts as long as that one is there.
    """
    is_there = MESSAGE.c.merged_into.is_(None) | LEAD.c.id.is_not(None)
    query = (
        select(MESSAGE.c.agreement_id, MESSAGE.c.cause, func.count())
        .outerjoin(LEAD, LEAD.c.id == MESSAGE.c.merged_into)
        .where(MESSAGE.c.agreement_id.in_(numbers), is_there)
        .group_by(MESSAGE.c.agreement_id, MESSAGE.c.cause)
    )
    return _counts(connection, query)


def _counts(connection: Connection, query: Select[Any]) -> dict[int, dict[str, int]]:
    """Return for each agreement how many messages there are of each kind that a query counts."""
    found: dict[int, dict[str, int]] = {}
    for number, kind, count in connection.execute(query):
        found.setdefault(number, {})[kind] = count
    return found


IS_QUEUED = MESSAGE.c.status == MessageStatus.QUEUED.value
HELD_UP_BY_US = MESSAGE.c.last_error.is_not(None) & (  # else by what the relay replied
    MESSAGE.c.reply.is_(None) | (MESSAGE.c.reply != MESSAGE.c.last_error)
)


IS_UNCOMPOSED = MESSAGE.c.next_attempt_at.is_not(None) & IS_QUEUED & HELD_UP_BY_US


def uncomposed(connection: Connection) -> Sequence[OutboxRow]:
    """Return the messages that wait because their words could not be composed, with the reason."""
    return rows_of(connection, _with_ref().where(IS_UNCOMPOSED))


def stuck(connection: Connection, before: datetime) -> int:
    """Return how many messages were there and should have been looked at before an instant.

    What is to be gathered as late may be there for a moment only.
    """
    waits = (MESSAGE.c.next_attempt_at < before) & (MESSAGE.c.created_at < before)
    return connection.execute(select(func.count()).select_from(MESSAGE).where(waits)).scalar_one()


def oldest_waiting(connection: Connection, now: datetime) -> datetime | None:
    """Return when the oldest message was made that could have left by now and is not done.

    One that was put off after an attempt waits as well; one whose time has not come does not.
    """
    put_off = MESSAGE.c.reply.is_not(None) | MESSAGE.c.last_error.is_not(None)
    waits = (MESSAGE.c.next_attempt_at <= now) | (MESSAGE.c.next_attempt_at.is_not(None) & put_off)
    return connection.execute(select(func.min(MESSAGE.c.created_at)).where(waits)).scalar()


def never_tried(connection: Connection, after: datetime) -> list[int]:
    """Return the messages that are looked at after an instant only, or never though none left.

    What is done says so: when it was accepted, or why it was stopped.
    """
    accepted = (MESSAGE.c.status == MessageStatus.ACCEPTED.value) & MESSAGE.c.accepted_at.is_(None)
    cancelled = (MESSAGE.c.status == MessageStatus.CANCELLED.value) & MESSAGE.c.last_error.is_(None)
    known = MESSAGE.c.status.in_([*MessageStatus]) & MESSAGE.c.status.not_in([*UNDER_WAY])
    forgotten = MESSAGE.c.next_attempt_at.is_(None) & (accepted | cancelled | ~known)
    late = (MESSAGE.c.rule != HANDOVER) & (MESSAGE.c.next_attempt_at > after)
    damaged = MESSAGE.c.status.not_in([*MessageStatus])
    query = select(MESSAGE.c.id).where(forgotten | late | damaged)
    return list(connection.execute(query.order_by(MESSAGE.c.id)).scalars())


def misnamed(connection: Connection, register: Register) -> list[int]:
    """Return the messages that wait whose Message-ID was made of something else than they say."""
    waits = MESSAGE.c.next_attempt_at.is_not(None)
    rows = rows_of(connection, _with_ref().where(waits))
    return [row.id for row in rows if not _is_named_for(row, register)]


def _is_named_for(row: OutboxRow, register: Register) -> bool:
    try:
        return row.message_id == named(row, register).message_id(register.uid)
    except ValueError:  # somebody made the register's own id another text
        return False


def number_borne(connection: Connection, ref: str, register: Register) -> int | None:
    """Return the number that the messages about an agreement bear of which the row is gone."""
    lost = MESSAGE.c.agreement_id.not_in(select(AGREEMENT.c.id))
    rows = rows_of(connection, select(MESSAGE, literal(ref).label("ref")).where(lost))
    return next((row.agreement_id for row in rows if _is_named_for(row, register)), None)


def causes_of(connection: Connection, rule: str) -> set[str]:
    """Return what caused the messages of one rule."""
    return {*connection.execute(select(MESSAGE.c.cause).where(MESSAGE.c.rule == rule)).scalars()}


def contents_waiting(connection: Connection, rule: str, address: str) -> Sequence[bytes]:
    """Return the messages of one rule that still have to leave for an address, as they leave."""
    waits = MESSAGE.c.next_attempt_at.is_not(None) & MESSAGE.c.content.is_not(None)
    query = select(MESSAGE.c.content).where(waits, MESSAGE.c.rule == rule)
    return connection.execute(query.where(MESSAGE.c.address == address)).scalars().all()


def not_taken(connection: Connection) -> tuple[int, str]:
    """Return how many messages the relay turned away for no fault of theirs, and its last words.

    One that it puts off for the usual time is no concern yet; one that it still puts off is.
    """
    retry = MessageStatus.RETRY.value
    at_fault = IS_QUEUED & MESSAGE.c.reply.is_not(None) & ~HELD_UP_BY_US
    for_long = (MESSAGE.c.status == retry) & (MESSAGE.c.attempts > len(FIRST_DELAYS))
    turned_away = select(MESSAGE.c.reply).where(
        MESSAGE.c.next_attempt_at.is_not(None), at_fault | for_long
    )
    latest_first = turned_away.order_by(MESSAGE.c.next_attempt_at.desc())
    replies = connection.execute(latest_first).scalars().all()
    return len(replies), (replies[0] or "").rstrip(".") if replies else ""


def next_look(connection: Connection, after: datetime) -> datetime | None:
    """Return when the next message that nothing has held up yet has to be looked at."""
    at = MESSAGE.c.next_attempt_at
    query = select(func.min(at)).where(MESSAGE.c.last_error.is_(None), at > after, at < NO_LATER)
    return connection.execute(query).scalar()


def by_status(connection: Connection, *only: ColumnElement[bool]) -> dict[str, int]:
    """Return how many messages, of all or of some, stand in each status."""
    query = select(MESSAGE.c.status, func.count()).where(*only).group_by(MESSAGE.c.status)
    return dict(connection.execute(query).all())


ANEW = MESSAGE.alias("anew")


def _anew(row: Any, *conditions: Any) -> Any:
    about_the_same = (ANEW.c.agreement_id == row.c.agreement_id) | (
        ANEW.c.agreement_id.is_(None) & row.c.agreement_id.is_(None)
    )
    return exists().where(
        about_the_same,
        *(ANEW.c[name] == row.c[name] for name in ("cause", "role", "office")),
        ANEW.c.generation > row.c.generation,
        *conditions,
    )


SENT_ANEW = _anew(MESSAGE)
LOST = [MessageStatus.REFUSED.value, MessageStatus.EXPIRED.value, MessageStatus.UNKNOWN.value]
# One that was cancelled told nobody, unless another told it or nothing was to be told any more.
STANDS = (ANEW.c.status != MessageStatus.CANCELLED.value) | (
    ANEW.c.merged_into.is_not(None) | ANEW.c.pointless
)


def _whose(row: Any) -> Any:
    """Return a digest's cause without its week.

    PostgreSQL may ask it of any mail, also of one whose cause is shorter: of no negative length.
    """
    return func.substr(row.c.cause, 1, func.abs(func.length(row.c.cause) - len("2018-W20")))


# What a digest had open stands in that of a later week.
A_LATER_WEEK = exists().where(
    (MESSAGE.c.rule == DIGEST) & (ANEW.c.rule == DIGEST) & (_whose(ANEW) == _whose(MESSAGE)),
    ANEW.c.cause > MESSAGE.c.cause,
    ANEW.c.status == MessageStatus.ACCEPTED.value,
)
IS_LOST = MESSAGE.c.status.in_(LOST) & ~_anew(MESSAGE, STANDS) & ~A_LATER_WEEK
CARRIED = MESSAGE.alias("carried")
# One that was sent once more has the cause of the first, into which what it carries was merged.
ABOUT_NONE = MESSAGE.c.agreement_id.is_(None) & LEAD.c.agreement_id.is_(None)
WITH_CARRIED = MESSAGE.outerjoin(LEAD, ABOUT_NONE & (LEAD.c.cause == MESSAGE.c.cause)).outerjoin(
    CARRIED, (CARRIED.c.merged_into == LEAD.c.id) & ~_anew(CARRIED, STANDS)
)


def lost(connection: Connection) -> dict[str, int]:
    """Return how many messages were refused, expired or left in doubt, and not told since."""
    return by_status(connection, IS_LOST)


def lost_by_agreement(connection: Connection) -> dict[int, dict[str, int]]:
    """Return how many mails of each agreement were refused, expired or left in doubt.

    A catch-up counts for each agreement that it tells of, once; what was sent once more does not.
    """
    about = func.coalesce(CARRIED.c.agreement_id, MESSAGE.c.agreement_id)
    query = (
        select(about, MESSAGE.c.status, func.count(MESSAGE.c.id.distinct()))
        .select_from(WITH_CARRIED)
        .where(IS_LOST, about.is_not(None))
        .group_by(about, MESSAGE.c.status)
    )
    return _counts(connection, query)
