"""Overviews: one mail to an office with all that is open, at a handover, after an import, weekly.

The weekly one is the digest: what comes, what is late and what was done. It belongs to an ISO week.
Its Message-ID is made of the office and the week, and the rows of all offices are written together,
so that a week is told once: whoever asks again finds them there.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from msgspec.structs import replace

from notifications.letter import Digest, DoneItem, Fingerprint, Item, Overview, Week
from states.dates.policy import Policy, instant
from states.model.agreement import Agreement
from states.model.arithmetic import WEEK
from states.model.events import Dossier, Event, Role, Status
from states.model.phrase import Phrase, say
from states.rules.shared_actions import OWED
from workflow.app.app import App, policy_of, why_held
from workflow.engine.day_seals import OPEN
from workflow.engine.event_words import what_was_done
from workflow.engine.ledger import decode, stream_of
from workflow.engine.offices import Holder, Office
from workflow.engine.standing import ASKS, DeadlineState, Standing, standings
from workflow.mail.drafts import NOTHING_LEFT, Draft, drafted, frame, told_in
from workflow.mail.recipients import Reader, asked_of, boxes_of, holder_of
from workflow.mail.topics import request_in_full
from workflow.store import agreements, ledger, offices, register, seals
from workflow.store.agreements import Stored
from workflow.store.database import Transaction
from workflow.store.outbox import leases, messages, queries, resend
from workflow.store.outbox.messages import DIGEST, HANDOVER, MailName, OfficeCause, OutboxRow
from workflow.system.settings import weekday_of

SUMMARY = "summary"
AHEAD = timedelta(days=90)


# What is open ------------------------------------------------------------------------------------


def open_items(connection: Transaction, policy: Policy, key: str, now: datetime) -> list[Item]:
    """Return what an office was or should have been alerted to and is still open.

    To what another office is asked in its agreements it was alerted once that escalated. The most
    urgent comes first: in order of date.
    """
    known = offices.every(connection)
    found = [
        _item_for(key, dossier.agreement, standing, known.get(standing.office))
        for dossier in (stored.dossier for stored in agreements.of_office(connection, key))
        for standing in open_of(dossier, policy, now)
        if standing.office == key
        or (dossier.agreement.office == key and _has_escalated(standing, policy, now))
    ]
    return sorted(found, key=_by_date)


def _has_escalated(standing: Standing, policy: Policy, now: datetime) -> bool:
    steps = policy.occurrences(standing.deadline)
    return any(policy.escalates(it.deadline, it.step) and it.alert_at <= now for it in steps)


def _by_date(item: Item) -> tuple[date, str]:
    return item.nominal_on or date.max, item.ref


def offices_asked(dossier: Dossier, policy: Policy, now: datetime) -> set[str]:
    """Return the offices that should act on something that is open in an agreement."""
    return {standing.office for standing in open_of(dossier, policy, now)}


def open_of(dossier: Dossier, policy: Policy, now: datetime) -> list[Standing]:
    """Return the deadlines that are open; of one that cannot be derived the doctor tells."""
    with suppress(Exception):
        return [*_alerted(dossier, policy, now)]
    return []


def _alerted(dossier: Dossier, policy: Policy, now: datetime) -> Iterator[Standing]:
    fired = {name for name, record in dossier.recorded.items() if record.status is Status.FIRED}
    for item in standings(dossier.agreement, policy, policy.day_of(now)):
        steps = policy.occurrences(item.deadline)
        if item.state in ASKS and any(it.alert_at <= now or it.name in fired for it in steps):
            yield item


def open_item(agreement: Agreement, standing: Standing) -> Item:
    """Return a deadline with a date as something that is open."""
    return Item(
        ref=agreement.ref,
        called=agreement.called,
        public=agreement.public,
        what=request_in_full(agreement, standing),
        nominal_on=standing.on,
        overdue=standing.state is DeadlineState.LATE,
        passed=standing.state is DeadlineState.PASSED,
        by_itself=standing.request is None,
        money=standing.ours(agreement),
    )


# Queueing ----------------------------------------------------------------------------------------


def queue_handover(
    connection: Transaction, policy: Policy, key: str, since: date, now: datetime
) -> None:
    """Queue the mail to who holds an office from a day on; it is composed when it leaves."""
    row = _row_of(connection, HANDOVER, key, since.isoformat(), now)
    resend.queue_anew(connection, row | {"next_attempt_at": leaves_at(since, policy, now)})


def leaves_at(first_day: date, policy: Policy, now: datetime) -> datetime:
    """Return when that mail leaves: at once, or at the first alert time from a day to come on."""
    if first_day <= policy.day_of(now):
        return now
    return policy.next_alert_time(instant(first_day, time(), policy.timezone))


def queue_summaries(connection: Transaction, now: datetime, keys: Collection[str]) -> list[str]:
    """Queue for each of these offices one mail with what is open; return those that are known."""
    overview = sorted(set(offices.every(connection)).intersection(keys))
    moment = now.astimezone(UTC).isoformat(timespec="seconds")
    for key in overview:
        resend.queue_anew(connection, _row_of(connection, SUMMARY, key, moment, now))
    return overview


def _row_of(
    connection: Transaction, rule: str, key: str, moment: str, now: datetime
) -> dict[str, Any]:
    """Return a row of the outbox about one office, as what it is on some moment; not tried yet."""
    cause = str(OfficeCause(rule, key, moment))
    uid = register.read(connection).uid
    name = MailName("", cause, Role.OFFICE.value, key)
    return {"rule": rule} | messages.fresh(uid, name, now)


# Composing ---------------------------------------------------------------------------------------


def prepare_overview(app: App, row: OutboxRow, now: datetime) -> list[Draft]:
    """Turn a leased row into a draft, or cancel it, or let it wait for somebody in office.

    What it tells is read before the transaction that writes: it may take a while.
    """
    with app.reading() as connection:
        content = _content(connection, app, row, now)
    with app.writing() as connection:
        policy = policy_of(connection)
        at, since = policy.local(now), _since(row)
        if since and since > at.date():  # somebody had it tried before its day
            leases.queue_again(connection, row, leaves_at(since, policy, now))
            return []
        office, reader = _reached(connection, app, row, at.date())
        holder = office.holder_on(at.date())
        pointless = _pointless(connection, app, row, content, holder)
        if pointless or reader is None:
            return drafted(connection, app, row, pointless or row.office, now)
        common = frame(app, row.message_id, Reader(reader.box, office.name), at)
        mail = replace(_overview(row, content, common), stands_in=reader.office != office.name)
        return drafted(connection, app, row, mail, now)


def _content(
    connection: Transaction, app: App, row: OutboxRow, now: datetime
) -> Week | Sequence[Item]:
    """Return what an office is told: its week, or what is open."""
    about, policy = OfficeCause.parse(row.cause), policy_of(connection)
    if row.rule != DIGEST:
        return open_items(connection, policy, about.office, now)
    year, _, week = about.moment.partition("-W")
    weekday = weekday_of(app.settings.mail.digest) or 0
    day = date.fromisocalendar(int(year), int(week), weekday + 1)
    return week_of(connection, policy, about.office, day, now)


def _reached(
    connection: Transaction, app: App, row: OutboxRow, today: date
) -> tuple[Office, Reader | None]:
    """Return the office that a row is about, and who reads it today if anybody can be reached."""
    known = offices.reachable(connection)
    opened = ledger.opened(connection, [*boxes_of(known)])
    reader = holder_of(app, known, opened, asked_of(known, row), today)
    return known[OfficeCause.parse(row.cause).office], reader


def _pointless(
    connection: Transaction,
    app: App,
    row: OutboxRow,
    content: Week | Sequence[Item],
    holder: Holder | None,
) -> Phrase | None:
    """Return why there is nothing to mail any more, or None where there is."""
    if row.rule == HANDOVER:
        changed = holder is not None and holder.starts != _since(row)
        return say("another holds the office meanwhile") if changed else None
    if row.rule == DIGEST and weekday_of(app.settings.mail.digest) is None:
        return say("digests are not wanted any more")
    since = row.cause if row.rule == DIGEST else ""  # no older week tells what was done since
    if later := queries.merged_later(connection, row, since=since):
        return told_in(later)
    if isinstance(content, Week):
        return say("there is nothing to tell") if content.is_empty else None
    return None if content else NOTHING_LEFT


def _overview(row: OutboxRow, content: Week | Sequence[Item], common: dict[str, Any]) -> Overview:
    if isinstance(content, Week):
        return Digest(**common, kind=DIGEST, items=content.late, week=content)
    return Overview(**common, kind=row.rule, from_on=_since(row), items=tuple(content))


def _since(row: OutboxRow) -> date | None:
    """Return the first day of who takes over; another overview has none."""
    since = OfficeCause.parse(row.cause).moment
    return date.fromisoformat(since) if row.rule == HANDOVER else None


# The digest --------------------------------------------------------------------------------------


def queue_digests(app: App, known: date | None = None) -> date | None:
    """Queue the digest that fell due last, for each office that keeps an agreement, pays or acts.

    Return its day; None when none is wanted or nothing may leave. That of the day `known` is queued
    already. What was registered after it fell due waits for the next one, so that an import does
    not bring two mails.
    """
    weekday, now = weekday_of(app.settings.mail.digest), app.clock.now()
    if weekday is None:
        return None
    with app.reading() as connection:
        policy = policy_of(connection)
        day = _digest_day(policy, weekday, now)
        if day == known:
            return day
        rows = _rows(connection, policy, day, now)
    with app.writing() as connection:
        register.lock(connection)
        if why_held(connection, app):
            return None
        if not messages.are_any_known(connection, [row["message_id"] for row in rows]):
            messages.queue(connection, rows)
    return day


def _digest_day(policy: Policy, weekday: int, now: datetime) -> date:
    """Return the last such day of the week of which the alert time has come."""
    today = policy.day_of(now)
    day = today - timedelta(days=(today.weekday() - weekday) % 7)
    return day if _begins(policy, day) <= now else day - WEEK


def _begins(policy: Policy, day: date) -> datetime:
    return instant(day, policy.alert_time, policy.timezone)


def _rows(
    connection: Transaction, policy: Policy, day: date, now: datetime
) -> list[dict[str, Any]]:
    year, week, _ = day.isocalendar()
    return [
        _row_of(connection, DIGEST, key, f"{year}-W{week:02}", now)
        for key in sorted(offices.every(connection))
        if agreements.are_any_of(connection, key, before=_begins(policy, day))
    ]


def week_of(connection: Transaction, policy: Policy, key: str, day: date, now: datetime) -> Week:
    """Return what an office has to know: how things stand now, and what was done before `day`."""
    kept, today = list(agreements.of_office(connection, key)), policy.day_of(now)
    known, seal = offices.every(connection), seals.last(connection)
    found = [
        _item_for(key, agreement, standing, known.get(standing.office))
        for agreement in (stored.dossier.agreement for stored in kept)
        for standing in open_standings(agreement, policy, today)
        if key in {agreement.office, standing.office}  # its own office is told of everything
    ]
    found.sort(key=_by_date)
    return Week(
        day=day,
        late=tuple(item for item in found if item.nominal_on and item.nominal_on < today),
        coming=tuple(item for item in found if item.nominal_on and item.nominal_on >= today),
        done=tuple(_done(connection, policy, key, day, kept)),
        fingerprint=None if seal is OPEN else Fingerprint(day=seal.day, hash=seal.hash),
    )


def _item_for(reader: str, agreement: Agreement, standing: Standing, asked: Office | None) -> Item:
    """Return what is open; what is asked of another office than the reader's names that one."""
    item = open_item(agreement, standing)
    if asked is None or asked.key == reader or item.by_itself:
        return item
    return replace(item, what=say("{what}, by {office}", what=item.what, office=asked.name))


def open_standings(agreement: Agreement, policy: Policy, today: date) -> list[Standing]:
    """Return what its stage watches up to ninety days ahead, alerted or not, and has a date.

    What has passed and cannot be done any more asks for nothing. Of an agreement whose dates cannot
    be derived the doctor tells.
    """
    with suppress(Exception):
        return [
            item
            for item in standings(agreement, policy, today, today + AHEAD)
            if item.is_open and item.state is not DeadlineState.PASSED
            if item.on and item.on <= today + AHEAD
        ]
    return []


def _done(
    connection: Transaction, policy: Policy, key: str, day: date, kept: Sequence[Stored]
) -> Iterator[DoneItem]:
    """Yield each agreement with which something was done; another office of what is owed."""
    since, until = (instant(on, time(), policy.timezone) for on in (day - WEEK, day))
    known = {stream_of(stored.ref): stored.dossier.agreement for stored in kept}
    found = ledger.between(connection, list(known), since, until)
    for stream, agreement in known.items():
        events = _that_stand([decode(row.payload) for row in found.get(stream, ())])
        if agreement.office != key:
            events = [event for event in events if event.action in {action.name for action in OWED}]
        if what := what_was_done(events, agreement):
            yield DoneItem(
                ref=agreement.ref, called=agreement.called, public=agreement.public, what=what
            )


def _that_stand(events: Sequence[Event]) -> Sequence[Event]:
    """Leave out what was taken back in the same days, and the taking back."""
    known, gone = {event.seq for event in events}, {event.undoes for event in events}
    return [event for event in events if event.seq not in gone and event.undoes not in known]
