"""Overviews: one mail that tells an office all that is open, at a handover or after an import."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any

from notifications.letter import Item, Overview
from states.dates.policy import Policy
from states.model.agreement import Agreement
from states.model.events import Dossier, Role, Status
from states.model.phrase import Phrase, say
from states.model.stage import Occurrence
from workflow.app.app import App, policy_of
from workflow.engine.deadlines import occurrences
from workflow.engine.offices import Office
from workflow.engine.standing import DeadlineState, Standing, standings
from workflow.mail.drafts import Draft, drafted, frame
from workflow.mail.recipients import Reader, asked_of, boxes_of, holder_of
from workflow.mail.topics import money_of, request_in_full
from workflow.store import agreements, ledger, offices, register
from workflow.store.database import Transaction
from workflow.store.outbox import messages, queries, resend
from workflow.store.outbox.messages import MailName, OfficeCause, OutboxRow

HANDOVER, SUMMARY = "handover", "summary"
MOST_ITEMS = 50
ASKING = {DeadlineState.AHEAD, DeadlineState.ASKED, DeadlineState.LATE}


# What is open ------------------------------------------------------------------------------------


def open_items(connection: Transaction, policy: Policy, key: str, now: datetime) -> list[Item]:
    """Return what an office was or should have been alerted to and is still open.

    The most urgent comes first: in order of date.
    """
    found = [
        item_of(stored.dossier.agreement, standing)
        for stored in agreements.of_office(connection, key)
        for standing in open_of(stored.dossier, policy, now)
        if standing.office == key
    ]
    return sorted(found, key=lambda item: (item.nominal_on or date.max, item.ref))


def offices_asked(dossier: Dossier, policy: Policy, now: datetime) -> set[str]:
    """Return the offices that should act on something that is open in an agreement."""
    return {standing.office for standing in open_of(dossier, policy, now)}


def open_of(dossier: Dossier, policy: Policy, now: datetime) -> list[Standing]:
    """Return the deadlines that are open; of one that cannot be derived the doctor tells."""
    with suppress(Exception):
        return [*_alerted(dossier, policy, now)]
    return []


def _alerted(dossier: Dossier, policy: Policy, now: datetime) -> Iterator[Standing]:
    for item in standings(dossier.agreement, policy, policy.day_of(now)):
        if item.state in ASKING and any(
            step.alert_at <= now or _has_fired(step, dossier)
            for step in occurrences([item.deadline], policy)
        ):
            yield item


def _has_fired(step: Occurrence, dossier: Dossier) -> bool:
    record = dossier.recorded.get(step.name)
    return record is not None and record.status is Status.FIRED


def item_of(agreement: Agreement, standing: Standing) -> Item:
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
        money=money_of(agreement, standing),
    )


# Queueing ----------------------------------------------------------------------------------------


def queue_handover(
    connection: Transaction, key: str, since: date, leaves_at: datetime, now: datetime
) -> None:
    """Queue the mail to who holds an office from a day on; it is composed when it leaves."""
    row = row_of(connection, HANDOVER, key, since.isoformat(), now)
    resend.queue_anew(connection, row | {"next_attempt_at": leaves_at})


def queue_summaries(connection: Transaction, now: datetime, keys: Collection[str]) -> list[str]:
    """Queue for each of these offices one mail with what is open; return those that are known."""
    overview = sorted(set(offices.every(connection)).intersection(keys))
    moment = now.astimezone(UTC).isoformat(timespec="seconds")
    for key in overview:
        messages.queue_once(connection, row_of(connection, SUMMARY, key, moment, now))
    return overview


def row_of(
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

    What is open is read before the transaction that writes: it may take a while.
    """
    key = OfficeCause.parse(row.cause).office
    with app.reading() as connection:
        items = open_items(connection, policy_of(connection), key, now)
    with app.writing() as connection:
        office, reader = reached(connection, app, row, now)
        pointless = _pointless(connection, row, office, items, app.local(now).date())
        if pointless or reader is None:
            return drafted(connection, app, row, pointless or row.office, now)
        common = frame(app, row.message_id, reader.box, now)
        return drafted(connection, app, row, _overview(row, office.name, items, common), now)


def reached(
    connection: Transaction, app: App, row: OutboxRow, now: datetime
) -> tuple[Office, Reader | None]:
    """Return the office that a row is about, and who reads it today if anybody can be reached."""
    known = offices.reachable(connection)
    opened = ledger.opened(connection, [*boxes_of(known)])
    reader = holder_of(app, known, opened, asked_of(known, row), app.local(now).date())
    return known[OfficeCause.parse(row.cause).office], reader


def _pointless(
    connection: Transaction, row: OutboxRow, office: Office, items: Sequence[Item], today: date
) -> Phrase | None:
    if row.rule == HANDOVER:
        holder = office.holder_on(today)
        changed = holder is not None and holder.starts != _since(row)
        return say("another holds the office meanwhile") if changed else None
    later = queries.merged_later(connection, row)
    if later:
        return say("told in mail {number}", number=later)
    return None if items else say("nothing is open any more")


def _overview(
    row: OutboxRow, office: str, items: Sequence[Item], common: dict[str, Any]
) -> Overview:
    return Overview(
        **common,
        kind=row.rule,
        office=office,
        from_on=_since(row),
        items=tuple(items[:MOST_ITEMS]),
        more=len(items[MOST_ITEMS:]),
    )


def _since(row: OutboxRow) -> date | None:
    """Return the first day of who takes over; a summary has none."""
    since = OfficeCause.parse(row.cause).moment
    return date.fromisoformat(since) if row.rule == HANDOVER else None
