"""The weekly digest: one mail to each office with what comes, what is late and what was done.

A digest belongs to an ISO week. Its Message-ID is made of the office and the week, and the rows of
all offices are written together, so that a week is told once: whoever asks again finds them there.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from notifications.letter import Digest, Done, Fingerprint, Item
from states.dates.policy import Policy, instant
from states.model.agreement import Agreement
from states.model.phrase import Phrase, say
from states.rules.shared_actions import OWED
from workflow.app.app import App, is_held, policy_of
from workflow.engine.day_seals import OPEN, Seal
from workflow.engine.event_words import what_was_done
from workflow.engine.ledger import decode, stream_of
from workflow.engine.standing import Standing, standings
from workflow.mail.drafts import Draft, drafted, frame
from workflow.mail.overviews import item_of, reached, row_of
from workflow.store import agreements, ledger, offices, register, seals
from workflow.store.agreements import Stored
from workflow.store.database import Transaction
from workflow.store.outbox import messages, queries
from workflow.store.outbox.messages import OfficeCause, OutboxRow
from workflow.system.settings import WEEKDAYS

DIGEST = "digest"

AHEAD, A_WEEK = timedelta(days=90), timedelta(days=7)


# Queueing ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """What one office is told; it was done in the seven days before `day`."""

    day: date
    late: tuple[Item, ...]
    coming: tuple[Item, ...]
    done: tuple[Done, ...]
    seal: Seal

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to tell."""
        return not (self.late or self.coming or self.done)


def queue_digests(app: App, known: date | None = None) -> date | None:
    """Queue the digest that fell due last, for each office that keeps or pays for an agreement.

    Return its day; None when none is wanted or nothing may leave. That of the day `known` is queued
    already. What was registered after it fell due waits for the next one, so that an import does
    not bring two mails.
    """
    weekday, now = weekday_of(app), app.clock.now()
    if weekday is None:
        return None
    with app.reading() as connection:
        policy = policy_of(connection)
        day = digest_day(policy, weekday, now)
        if day == known:
            return day
        rows = _rows(connection, policy, day, now)
    with app.writing() as connection:
        register.lock(connection)
        if is_held(connection, app):
            return None
        if not messages.are_any_known(connection, [row["message_id"] for row in rows]):
            messages.queue(connection, rows)
    return day


def weekday_of(app: App) -> int | None:
    """Return on which day of the week digests leave, Monday being 0; None for never."""
    chosen = app.settings.mail.digest
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


def prepare_digest(app: App, row: OutboxRow, now: datetime) -> list[Draft]:
    """Turn a leased row into a draft, or cancel it, or let it wait for somebody in office.

    What it tells is read before the transaction that writes: it may take a while.
    """
    weekday, about = weekday_of(app), OfficeCause.parse(row.cause)
    day = _day(about.moment, weekday or 0)
    with app.reading() as connection:
        week = week_of(connection, policy_of(connection), about.office, day, now)

    with app.writing() as connection:
        office, reader = reached(connection, app, row, now)
        pointless = _pointless(connection, row, week, wanted=weekday is not None)
        if pointless or reader is None:
            return drafted(connection, app, row, pointless or row.office, now)
        common = frame(app, row.message_id, reader.box, now)
        return drafted(connection, app, row, digest(week, office.name, common), now)


def _pointless(
    connection: Transaction, row: OutboxRow, week: Week, *, wanted: bool
) -> Phrase | None:
    if not wanted:
        return say("digests are not wanted any more")
    if later := queries.merged_later(connection, row):
        return say("told in mail {number}", number=later)
    return say("there is nothing to tell") if week.is_empty else None


def digest(week: Week, office: str, common: dict[str, Any]) -> Digest:
    """Return the mail that tells an office of its week, before it has words."""
    return Digest(
        **common,
        kind=DIGEST,
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


def _day(moment: str, weekday: int) -> date:
    year, _, week = moment.partition("-W")
    return date.fromisocalendar(int(year), int(week), weekday + 1)


def week_of(connection: Transaction, policy: Policy, key: str, day: date, now: datetime) -> Week:
    """Return what an office has to know: how things stand now, and what was done before `day`."""
    kept, today = list(agreements.of_office(connection, key)), policy.day_of(now)
    found = [
        (item_of(agreement, standing), standing)
        for agreement in (stored.dossier.agreement for stored in kept)
        for standing in open_standings(agreement, policy, today)
        if key in {agreement.office, standing.office}  # its own office is told of everything
    ]
    found.sort(key=lambda pair: (pair[0].nominal_on, pair[0].ref))
    return Week(
        day=day,
        late=tuple(item for item, standing in found if _is_before(standing, today)),
        coming=tuple(item for item, standing in found if not _is_before(standing, today)),
        done=tuple(_done(connection, policy, key, day, kept)),
        seal=seals.last(connection),
    )


def open_standings(agreement: Agreement, policy: Policy, today: date) -> list[Standing]:
    """Return what its stage watches up to ninety days ahead, alerted or not, and has a date.

    Of an agreement whose dates cannot be derived the doctor tells.
    """
    with suppress(Exception):
        return [
            item
            for item in standings(agreement, policy, today, today + AHEAD)
            if item.is_open and item.on and item.on <= today + AHEAD
        ]
    return []


def _is_before(standing: Standing, today: date) -> bool:
    return standing.on is not None and standing.on < today


def _done(
    connection: Transaction, policy: Policy, key: str, day: date, kept: Sequence[Stored]
) -> Iterator[Done]:
    """Yield each agreement with which something was done; another office of what is owed."""
    since, until = (instant(on, time(), policy.timezone) for on in (day - A_WEEK, day))
    known = {stream_of(stored.ref): stored.dossier.agreement for stored in kept}
    found = ledger.between(connection, list(known), since, until)
    for stream, agreement in known.items():
        events = [decode(row.payload) for row in found.get(stream, ())]
        if agreement.office != key:
            events = [event for event in events if event.action in {action.name for action in OWED}]
        if what := what_was_done(events, agreement):
            yield Done(
                ref=agreement.ref, called=agreement.called, public=agreement.public, what=what
            )
