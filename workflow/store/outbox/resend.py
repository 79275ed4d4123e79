"""Changing what waits or was sent: once more, to another office, stopped, or all together."""

from collections.abc import Callable, Iterable
from datetime import datetime
from operator import attrgetter
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Connection, exists, func, insert, or_, select, update

from notifications.retry_policy import MessageStatus
from states.model.agreement import Agreement
from states.model.events import Addressee, Change, Role
from states.model.stage import OccurrenceName
from workflow.engine.alerts import addressees_of
from workflow.store import register
from workflow.store.agreements import Stored
from workflow.store.outbox import leases, messages
from workflow.store.outbox.queries import SENT_ANEW, merged
from workflow.store.tables import AGREEMENT, MESSAGE

COPIED = ("agreement_id", "rule", "caught_up", "late_by", "escalates")
GIVEN_UP = [MessageStatus.REFUSED.value, MessageStatus.EXPIRED.value]
ENDED = [*GIVEN_UP, MessageStatus.CANCELLED.value, MessageStatus.HELD.value]


def readdress(
    connection: Connection,
    row: messages.OutboxRow,
    office: str,
    now: datetime,
    waits_since: datetime,
) -> None:
    """Queue what a refused mail told for another office; the same office is asked once only.

    The office that it bears was not asked yet where another, that was asked by then, refused it, or
    who held it then.
    """
    own, ref = register.read(connection), _ref_of(connection, row)
    name = replace(messages.named(replace(row, ref=ref), own), office=office)
    if office == row.office:
        name = replace(name, generation=name.generation + 1)
    copied = {name: getattr(row, name) for name in COPIED}
    anew = messages.fresh(own.uid, name, now) | {"next_attempt_at": waits_since}
    messages.queue_once(connection, copied | anew)


def resend(
    connection: Connection,
    row: messages.OutboxRow,
    now: datetime,
    told_in: Callable[[int], str] = str,
) -> int:
    """Queue a message once more on purpose, under a Message-ID of its own; return its number.

    What it told besides comes along, with `told_in` its number as the reason that it goes no way of
    its own; a catch-up mail finds that by its cause.
    """
    told = merged(connection, [row])
    in_order = sorted((row, *told), key=attrgetter("id"))  # the newest step of a date stays that
    anew = {one.id: _anew(connection, one, now) for one in in_order}
    number = anew.pop(row.id)
    for other in anew.values():
        leases.merge(connection, other, number, told_in(number))
    return number


def _anew(connection: Connection, row: messages.OutboxRow, now: datetime) -> int:
    connection.execute(select(MESSAGE.c.id).where(MESSAGE.c.id == row.id).with_for_update())
    own, ref = register.read(connection), _ref_of(connection, row)
    query = select(func.max(MESSAGE.c.generation)).where(
        MESSAGE.c.agreement_id == row.agreement_id,
        MESSAGE.c.cause == row.cause,
        MESSAGE.c.role == row.role,
        MESSAGE.c.office == row.office,
    )
    generation = connection.execute(query).scalar_one()
    name = replace(messages.named(replace(row, ref=ref), own), generation=generation + 1)
    copied = {name: getattr(row, name) for name in COPIED} | _words(row, name.message_id(own.uid))
    anew = insert(MESSAGE).values(copied | messages.fresh(own.uid, name, now))
    [number] = connection.execute(anew).inserted_primary_key or []
    return int(number)


def _words(row: messages.OutboxRow, new_id: str) -> dict[str, Any]:
    """Return what is copied of an incident: it was composed when it was queued, never anew."""
    if row.role != messages.OPERATOR or row.content is None:
        return {}
    content = row.content.replace(row.message_id.encode(), new_id.encode())
    return {"address": row.address, "subject": row.subject, "content": content}


def stop_all(connection: Connection, now: datetime, status: MessageStatus, reason: str) -> int:
    """Stop every message that could leave now, incidents excepted; return how many."""
    statement = update(MESSAGE).where(_could_leave(now)).values(_stopped(status, reason))
    return connection.execute(statement).rowcount


def _stopped(status: MessageStatus, reason: str) -> dict[str, Any]:
    done = {"status": status.value, "next_attempt_at": None, "lease": None}
    return done | {"last_error": reason, "pointless": False}


def take_back(connection: Connection, agreement: int, cause: str, reason: str) -> None:
    """Cancel what waits to tell of an action that was taken back, unless it may have left.

    A mail that tells more, or is under way, is judged when it is composed anew.
    """
    waits = MESSAGE.c.status.in_([*map(str, messages.TO_LEAVE)])
    tells_it = (MESSAGE.c.agreement_id == agreement) & (MESSAGE.c.cause == cause)
    leads = select(MESSAGE.c.merged_into).where(
        MESSAGE.c.agreement_id == agreement, MESSAGE.c.merged_into.is_not(None)
    )
    alone = (MESSAGE.c.doubts == 0) & MESSAGE.c.id.not_in(leads)
    statement = update(MESSAGE).where(tells_it, waits, alone)
    connection.execute(statement.values(_stopped(MessageStatus.CANCELLED, reason)))


def bring_back(connection: Connection, stored: Stored, change: Change, now: datetime) -> None:
    """Queue what steps that are open again had to tell and was cancelled as pointless.

    That is as if it had never been tried. What left, and told of the date that had taken the place
    of theirs, or told another office, is told once more. Where another mail was to tell it, it is
    that one that left or is queued.
    """
    rows = to_bring_back(connection, stored, change)
    if not rows:
        return
    numbers = [row.merged_into or row.id for row in rows]
    query = select(MESSAGE).where(MESSAGE.c.id.in_(numbers)).order_by(MESSAGE.c.id)
    mails = {mail.id: mail for mail in messages.rows_of(connection, query.with_for_update())}
    anew = {"status": MessageStatus.QUEUED.value, "next_attempt_at": now}
    unheard = {"attempts": 0, "reply": None, "last_error": None, "lease": None, "merged_into": None}
    for row in rows:
        mail = mails.get(row.merged_into or row.id, row)
        if mail.status == MessageStatus.ACCEPTED or mail.doubts or row.status in GIVEN_UP:
            _anew(connection, row, now)
        elif mail.status not in GIVEN_UP:
            is_this = MESSAGE.c.id == mail.id
            connection.execute(update(MESSAGE).where(is_this).values(anew | unheard))
            asks = update(MESSAGE).where(MESSAGE.c.id == row.id)
            connection.execute(asks.values(pointless=False))


def to_bring_back(
    connection: Connection, stored: Stored, change: Change
) -> list[messages.OutboxRow]:
    """Return the rows that `bring_back` would queue: those that told nobody, or not as they say.

    Not those that were sent since, or given up; nor those told in a mail that was, or was stopped.
    What another office was told, or refused, is told when its own is asked again.
    """
    causes = change.open_again | change.asks_others
    if not causes:
        return []
    of_these = (MESSAGE.c.agreement_id == stored.id) & MESSAGE.c.cause.in_(causes)
    lead = MESSAGE.alias("lead")
    ended = exists().where(lead.c.id == MESSAGE.c.merged_into, lead.c.status.in_(ENDED))
    may = of_these & MESSAGE.c.pointless & ~SENT_ANEW & ~ended
    rows = messages.rows_of(connection, select(MESSAGE).where(may).order_by(MESSAGE.c.id))
    before, after = stored.dossier.agreement, change.dossier.agreement

    def is_to_leave(row: messages.OutboxRow) -> bool:
        is_given_up = row.status in GIVEN_UP
        has_left = row.merged_into or row.doubts or row.status == MessageStatus.ACCEPTED
        is_asked, is_back = _is_asked(after, row), not _is_asked(before, row)
        is_open_again = row.cause in change.open_again - (set() if is_asked else change.reopened)
        is_anew = not is_given_up and (is_open_again or not has_left)
        return is_anew or (is_asked and is_back)

    return [row for row in rows if is_to_leave(row)]


def _is_asked(agreement: Agreement, row: messages.OutboxRow) -> bool:
    name = OccurrenceName.parse(row.cause)
    asked = addressees_of(agreement, name, escalates=row.escalates)
    return Addressee(Role(row.role), row.office) in asked


def send_together(connection: Connection, now: datetime) -> int:
    """Let every message that could leave now be gathered as what is late; return how many.

    One that was in doubt when the backup was made keeps its words and its reader, and goes alone.
    """
    waits = MESSAGE.c.status.in_([*map(str, (*messages.WAITING, MessageStatus.SENDING))])
    late = {"content": None, "last_error": None, "next_attempt_at": now - messages.MAKES_LATE}
    composed_anew = _could_leave(now) & waits & (MESSAGE.c.doubts == 0)
    connection.execute(update(MESSAGE).where(composed_anew).values(leases.QUEUED | late))
    query = select(func.count()).select_from(MESSAGE).where(_could_leave(now))
    return connection.execute(query).scalar_one()


def _could_leave(now: datetime) -> Any:
    """Match what may leave now, and what a daemon of an earlier life was sending; no incidents."""
    was_leaving = MESSAGE.c.status == MessageStatus.SENDING.value
    return or_(MESSAGE.c.next_attempt_at <= now, was_leaving) & (
        MESSAGE.c.role != messages.OPERATOR
    )


def change_waiting(
    connection: Connection, number: int, statuses: Iterable[str], **values: Any
) -> bool:
    """Change a message that is in one of these statuses; False when it is not any more."""
    statement = update(MESSAGE).where(MESSAGE.c.id == number, MESSAGE.c.status.in_([*statuses]))
    return connection.execute(statement.values(values)).rowcount == 1


def _ref_of(connection: Connection, row: messages.OutboxRow) -> str:
    ref = connection.execute(select(AGREEMENT.c.ref).where(AGREEMENT.c.id == row.agreement_id))
    return ref.scalar_one() if row.agreement_id else ""


def queue_anew(connection: Connection, row: dict[str, Any]) -> None:
    """Put a mail about an office into the outbox; where the newest of its name left, once more.

    That is also where it may have left. One that waits is composed when its turn comes; what was
    composed and not begun waits again.
    """
    known = _newest(connection, row)
    turn = {"next_attempt_at": row["next_attempt_at"]}
    if known is None:
        messages.queue(connection, [row])
    elif known.doubts or known.next_attempt_at is None:
        number = resend(connection, known, row["created_at"])
        change_waiting(connection, number, [row["status"]], **turn)
    else:
        anew = {"status": row["status"], "lease": None}
        change_waiting(connection, known.id, [MessageStatus.SENDING], **anew, **turn)


def _newest(connection: Connection, row: dict[str, Any]) -> messages.OutboxRow | None:
    """Return, locked, what was queued last about no agreement under the name of this row."""
    same = (MESSAGE.c[part] == row[part] for part in ("cause", "role", "office"))
    query = select(MESSAGE).where(MESSAGE.c.agreement_id.is_(None), *same)
    newest = query.order_by(MESSAGE.c.generation.desc()).limit(1).with_for_update()
    return next(iter(messages.rows_of(connection, newest)), None)
