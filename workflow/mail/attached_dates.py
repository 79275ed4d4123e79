"""The dates that a mail hands over for a calendar: evaluation, decision, notice and payment."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime
from itertools import dropwhile

from msgspec.structs import replace

from notifications.letter import CalendarEvent
from states.model.agreement import Agreement
from states.model.events import Event, undo
from states.model.facts import build
from states.model.stage import Closed, OccurrenceName, Rule
from states.process import RULES
from workflow.app.app import App
from workflow.engine import calendar_dates
from workflow.engine.calendar_dates import CalendarDate, DateState, Shown, has_passed
from workflow.engine.decider import facts_of
from workflow.engine.ledger import decode, stream_of
from workflow.engine.private_values import ERASE
from workflow.engine.standing import Standing
from workflow.mail.context import MailContext, MailReason
from workflow.mail.recipients import MailCase
from workflow.store import ledger
from workflow.store.database import Transaction, is_away
from workflow.store.outbox import queries
from workflow.store.outbox.messages import OutboxRow

BEGINS = frozenset(rule.value for rule, declared in RULES.items() if declared.informs)
MOST_DATES = 50

log = logging.getLogger("looptijd")


def dates_to_keep(
    app: App, case: MailCase, reasons: Sequence[MailReason], changed: Sequence[Shown]
) -> tuple[CalendarEvent, ...]:
    """Return the dates of what is told, and those that `changed`: taken back, or on another day.

    At a beginning they are all that come, at an end what lapses; of many those nearest to today.
    """
    context, at = case.context, app.local(case.now)
    told = {shown.subject: shown for shown in _chosen(reasons, context)}
    chosen = {shown.subject: shown for shown in changed} | told
    nearest = sorted(chosen.values(), key=lambda shown: abs(shown.day - context.today))
    in_order = sorted(nearest[:MOST_DATES], key=lambda shown: (shown.day, shown.subject))
    return tuple(
        replace(
            calendar_dates.calendar_event(_entry(shown, context, at), case.register, app.language),
            changed=shown.subject not in told,
        )
        for shown in in_order
    )


def _chosen(reasons: Iterable[MailReason], context: MailContext) -> Iterator[Shown]:
    dated = [(s, s.on) for s in context.standings if s.on and RULES[s.deadline.rule].has_date]
    for one in reasons:
        if one.rule in BEGINS:
            open_now = [(s, day) for s, day in dated if s.deadline.closed is None]
            found = [(s, day) for s, day in open_now if day >= context.today]
        elif one.rule == Rule.EXPIRY:
            found = [(s, day) for s, day in dated if _lapses(s, day, context)]
        else:
            name = OccurrenceName.of(one.cause)
            found = [(s, day) for s, day in dated if name and s.deadline.name == name.deadline]
        for standing, day in found:
            lapses = standing.deadline.closed is Closed.ENDED
            state = DateState.CANCELLED if lapses else DateState.OPEN
            yield calendar_dates.shown_of(standing, day, context.agreement, state)


def _lapses(standing: Standing, day: date, context: MailContext) -> bool:
    """Tell whether a date asks nobody any more since the end; what had passed by then stays."""
    deadline = standing.deadline
    is_asked_no_more = deadline.closed is Closed.ENDED and not standing.is_open
    return is_asked_no_more and not has_passed(deadline.subject, day, context.today)


def _entry(shown: Shown, context: MailContext, at: datetime) -> CalendarDate:
    """Return a date without what the mail itself tells of it."""
    number = calendar_dates.sequence(context.version, stands=shown.state is DateState.OPEN)
    bare = replace(shown, clause=None, amount=None)
    return CalendarDate(shown=bare, sequence=number, changed_at=at)


def changed(connection: Transaction, case: MailCase, row: OutboxRow) -> Sequence[Shown]:
    """Return the dates that have changed since whom the mail of this row goes to was handed them.

    No mail waits for that: what cannot be compared is logged, and changes nothing.
    """
    context, reasons = case.context, queries.mailed_to(connection, row)
    if not reasons:
        return ()
    last = max(reasons, key=lambda earlier: (earlier.accepted_at, earlier.created_at))
    rows = ledger.after(connection, stream_of(context.agreement.ref), last.created_at)
    try:
        since = _since_it_was_made(connection, last, [decode(row.payload) for row in rows])
        before = _as_it_was(context.agreement, since)
        moved = calendar_dates.changed(before, context.agreement, context.policy, context.today)
        return [shown for shown in moved if _was_handed(shown, reasons)]
    except Exception as error:
        if is_away(error):
            raise
        log.exception("taking_back_failed", extra={"mail": row.id})
        return ()


def _since_it_was_made(
    connection: Transaction, last: queries.EarlierMail, events: Sequence[Event]
) -> Sequence[Event]:
    """Return of what happened since a mail was queued what happened since it was made.

    While it waited facts may have changed, which it told: its own Date says when it was made. Where
    that was erased, it is taken to have the facts of when it was queued.
    """
    if not any(event.changed_something and event.at <= last.accepted_at for event in events):
        return events
    content = queries.content_of(connection, last.number)
    if content is None:
        return events
    made = parsedate_to_datetime(BytesHeaderParser().parsebytes(content)["Date"])
    return [*dropwhile(lambda event: event.at <= made, events)]


def _as_it_was(agreement: Agreement, events: Sequence[Event]) -> Agreement:
    """Return an agreement as it was before its last events."""
    events = [event for event in events if event.action != ERASE]  # which names what is no fact
    if not any(event.changed_something for event in events):
        return agreement
    known = build(Agreement, undo(events, facts_of(agreement)))
    return replace(known, stage=events[0].stage_before or known.stage, ending=None)


def _was_handed(shown: Shown, reasons: Iterable[queries.EarlierMail]) -> bool:
    """Tell whether a mail was about this date, or about a beginning, which hands over them all."""
    names = (OccurrenceName.of(earlier.cause) for earlier in reasons)
    return any(name and (name.rule in BEGINS or name.subject == shown.subject) for name in names)
