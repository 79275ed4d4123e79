"""The weekly digest: one mail to each office with what comes, what is late and what was done.

A digest belongs to an ISO week. Its Message-ID is made of the office and the week, and the rows of
all offices are written together, so that a week is told once: whoever asks again finds them there.
"""

from datetime import date, datetime, timedelta
from typing import Any

from notifications.letter import Digest, Fingerprint
from states.phrase import Phrase, say
from states.policy import Policy, instant
from workflow.app.app import House, is_held, policy_of
from workflow.engine.day_seals import OPEN, Seal
from workflow.engine.offices import Office
from workflow.service.overviews import Outgoing, frame, key_of, row_of
from workflow.service.posting import Draft
from workflow.service.readers import Reader
from workflow.service.week import A_WEEK, Week, week_of
from workflow.store import agreements, offices, register
from workflow.store.database import Transaction
from workflow.store.outbox import messages, queries
from workflow.system.settings import WEEKDAYS

DIGEST = "digest"


# Queueing ----------------------------------------------------------------------------------------


def queue_digests(house: House, known: date | None = None) -> date | None:
    """Queue the digest that fell due last, for each office that keeps or pays for an agreement.

    Return its day; None when none is wanted or nothing may leave. That of the day `known` is queued
    already. What was registered after it fell due waits for the next one, so that an import does
    not bring two mails.
    """
    weekday, now = weekday_of(house), house.clock.now()
    if weekday is None:
        return None
    with house.reading() as connection:
        policy = policy_of(connection)
        day = digest_day(policy, weekday, now)
        if day == known:
            return day
        rows = _rows(connection, policy, day, now)
    with house.writing() as connection:
        register.lock(connection)
        if is_held(connection, house):
            return None
        if not messages.are_any_known(connection, [row["message_id"] for row in rows]):
            messages.queue(connection, rows)
    return day


def weekday_of(house: House) -> int | None:
    """Return on which day of the week digests leave, Monday being 0; None for never."""
    chosen = house.settings.mail.digest
    return WEEKDAYS.index(chosen) if chosen in WEEKDAYS else None


def digest_day(policy: Policy, weekday: int, now: datetime) -> date:
    """Return the last such day of the week of which the alert time has come."""
    today = policy.day_of(now)
    day = today - timedelta(days=(today.weekday() - weekday) % 7)
    return day if _begins(policy, day) <= now else day - A_WEEK


def _begins(policy: Policy, day: date) -> datetime:
    return instant(day, policy.alert_time, policy.timezone)


def _rows(
    connection: Transaction, policy: Policy, day: date, now: datetime
) -> list[dict[str, Any]]:
    year, week, _ = day.isocalendar()
    return [
        row_of(connection, DIGEST, key, f"{year}-W{week:02}", now)
        for key in sorted(offices.every(connection))
        if agreements.are_any_of(connection, key, before=_begins(policy, day))
    ]


# Composing ---------------------------------------------------------------------------------------


def prepare_digest(house: House, row: Any, token: str, now: datetime) -> list[Draft]:
    """Turn a leased row into a draft, or cancel it, or let it wait for somebody in office.

    What it tells is read before the transaction that writes: it may take a while.
    """
    weekday = weekday_of(house)
    day = _day(row, weekday or 0)
    with house.reading() as connection:
        week = week_of(connection, policy_of(connection), key_of(row), day, now)

    def pointless(connection: Transaction, _: Office) -> Phrase | None:
        if weekday is None:
            return say("digests are not wanted any more")
        if later := queries.is_told_later(connection, row):
            return say("told in mail {number}", number=later)
        return say("there is nothing to tell") if week.is_empty else None

    def told(office: Office, reader: Reader) -> Digest:
        return digest(week, office.name, frame(house, row.rule, row.message_id, reader.box, now))

    return Outgoing(pointless=pointless, told=told).draft(house, row, token, now)


def digest(week: Week, office: str, common: dict[str, Any]) -> Digest:
    """Return the mail that tells an office of its week, before it has words."""
    return Digest(
        **common,
        office=office,
        from_on=None,
        items=week.late,
        coming=week.coming,
        done=week.done,
        done_since=week.day - A_WEEK,
        done_through=week.day - timedelta(days=1),
        fingerprint=_fingerprint(week.seal),
    )


def _fingerprint(seal: Seal) -> Fingerprint | None:
    return None if seal is OPEN else Fingerprint(day=seal.day, hash=seal.hash)


def _day(row: Any, weekday: int) -> date:
    year, _, week = row.cause.rpartition(":")[2].partition("-W")
    return date.fromisocalendar(int(year), int(week), weekday + 1)
