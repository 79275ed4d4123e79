"""The agenda: each date that an office has to keep, and how often and when it changed.

A fold of the ledger. The dates are derived anew from the facts after each event, so that what an
amendment moved, closed or took away shows as one change of that date, at the instant of the event.
"""

import uuid
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from notifications.language import Language
from notifications.letter import CalendarEvent
from notifications.template_values import one_line
from states.dates.policy import Policy
from states.model.agreement import Agreement
from states.model.events import Event, apply
from states.model.facts import build
from states.model.phrase import Phrase, say
from states.model.stage import Rule, Stage
from states.process import RULES
from states.rules.rule import DeadlineRule
from workflow.engine.deadline_words import asked_on, subject
from workflow.engine.standing import DeadlineState, Standing, shown_through, standings


class DateState(StrEnum):
    """What a date asks for."""

    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"


class Shown(Struct, frozen=True, kw_only=True):
    """Everything that is shown of a date; another value is a change.

    `what` names it, `asked` says what is to be done and how much it is.
    """

    subject: str
    what: Phrase
    asked: Phrase
    office: str
    day: date
    state: DateState
    ref: str
    title: str
    called: str
    public: bool
    clause: str | None
    amount: Phrase | None


class CalendarDate(Struct, frozen=True, kw_only=True):
    """One date in one office's agenda, as it was after the event that changed it last."""

    shown: Shown
    sequence: int
    changed_at: datetime


def agenda(events: Iterable[Event], policy: Policy, horizon: date) -> list[CalendarDate]:
    """Return every date that was ever to be kept, in order; of what has no end up to `horizon`.

    What was to be kept until an event changed it was shown as far as lists looked on that day.
    """
    entries: dict[tuple[str, str], CalendarDate] = {}
    states = [*_states(events)]
    until = [*(shown_through(policy.day_of(event.at)) for event, _ in states[1:]), horizon]
    for (event, agreement), through in zip(states, until, strict=True):
        last = min(through, horizon)
        today = {shown.subject: shown for shown in _shown(agreement, policy, last)}
        for (office, name), entry in list(entries.items()):
            is_over = has_passed(name, entry.shown.day, policy.day_of(event.at))
            if is_over and name in today and today[name].state is DateState.CANCELLED:
                del today[name]
            found = today.get(name)
            if found is None or found.office != office:
                kept = is_over and found is None
                gone = _gone(entry.shown, public=agreement.public, kept=kept)
                _enter(gone, event, entries)
        for shown in today.values():
            _enter(shown, event, entries)
    return sorted(entries.values(), key=lambda entry: (entry.shown.day, entry.shown.ref))


def changed(before: Agreement, after: Agreement, policy: Policy, horizon: date) -> list[Shown]:
    """Return the dates that are to be kept on another day than before, or not any more.

    Of those that were kept on that day nothing is said.
    """
    if before is after:
        return []
    now = {shown.subject: shown for shown in _shown(after, policy, horizon)}
    were = {shown.subject: shown for shown in _shown(before, policy, horizon) if _is_open(shown)}
    gone = [
        shown
        for name, shown in were.items()
        if not (_stands(shown, now.get(name)) or has_passed(name, shown.day, horizon))
    ]
    taken_back = (_gone(shown, public=after.public) for shown in gone)
    days = {name: shown.day for name, shown in were.items()}
    moved = [one for one in now.values() if _is_open(one) and days.get(one.subject) != one.day]
    return [
        *(replace(shown, title=after.title, called=after.called) for shown in taken_back),
        *moved,
    ]


def _is_open(shown: Shown) -> bool:
    return shown.state is DateState.OPEN


def _stands(before: Shown, now: Shown | None) -> bool:
    if now is None or now.state is DateState.CANCELLED:
        return False
    return now.state is DateState.OPEN or now.day == before.day


def _states(events: Iterable[Event]) -> Iterator[tuple[Event, Agreement]]:
    """Yield each event after which the dates may differ, with the agreement as it was then."""
    facts: dict[str, str] = {}
    for event in events:
        apply(event.changes, facts)
        if event.stage and event.changed_something:
            known = build(Agreement, facts)
            yield event, replace(known, stage=event.stage, ending=event.ending)


def _shown(agreement: Agreement, policy: Policy, horizon: date) -> Iterator[Shown]:
    for standing in standings(agreement, policy, horizon):
        if RULES[standing.deadline.rule].has_date and standing.on:
            yield shown_of(standing, standing.on, agreement, _state(standing, agreement))


def shown_of(standing: Standing, day: date, agreement: Agreement, state: DateState) -> Shown:
    """Return what is shown of a deadline on its day."""
    deadline = standing.deadline
    return Shown(
        subject=deadline.subject,
        what=subject(deadline, public=agreement.public),
        asked=asked_on(agreement, deadline, standing.money),
        office=standing.office,
        day=day,
        state=state,
        ref=agreement.ref,
        title=agreement.title,
        called=agreement.called,
        public=agreement.public,
        clause=deadline.clause,
        amount=standing.money.words if standing.money else None,
    )


def _state(standing: Standing, agreement: Agreement) -> DateState:
    if standing.state is DeadlineState.DONE:
        return DateState.DONE
    agreed = standing.state is DeadlineState.NOT_ASKED and agreement.stage is Stage.SIGNING
    return DateState.OPEN if standing.is_open or agreed else DateState.CANCELLED


def has_passed(subject: str, day: date, today: date) -> bool:
    """Tell whether something could be done until a day that is over: nothing lapses there."""
    return _rule_of(subject).overdue is None and day < today


def _rule_of(subject: str) -> DeadlineRule:
    return RULES[Rule(subject.partition(":")[0])]


def _gone(shown: Shown, *, public: bool, kept: bool = False) -> Shown:
    """Return a date that is not in this agenda any more; one that was kept stays kept.

    What is not public now is named nowhere, also not where its dates stood when it still was.
    """
    rule = _rule_of(shown.subject)
    what = rule.noun if rule.has_own_words and not public else shown.what
    state = shown.state if kept or shown.state is DateState.DONE else DateState.CANCELLED
    return replace(shown, state=state, public=public, what=what)


def _enter(shown: Shown, event: Event, entries: dict[tuple[str, str], CalendarDate]) -> None:
    """Enter what is shown now if it differs; what never was to be kept does not get in."""
    key = (shown.office, shown.subject)
    known = entries.get(key)
    if known.shown == shown if known else shown.state is not DateState.OPEN:
        return
    number = sequence(event.seq, stands=shown.state is not DateState.CANCELLED)
    entries[key] = CalendarDate(shown=shown, sequence=number, changed_at=event.at)


# A date in every calendar and mail ---------------------------------------------------------------

STANDS = {DateState.DONE: say("Done: {what}"), DateState.CANCELLED: say("Cancelled: {what}")}


def _unique_name(register: str, ref: str, subject: str) -> str:
    """Return the UID of a date; it stays the same for ever and tells nothing of the agreement."""
    return f"{uuid.uuid5(uuid.UUID(register), f'{ref}|date|{subject}')}@{register}.looptijd"


def sequence(event: int, *, stands: bool) -> int:
    """Return the SEQUENCE of a date as it was after an event of its agreement (RFC 5545, 3.8.7.4).

    It grows with the number of that event, so whichever of a mail and a calendar is read last, the
    newer one counts. A date that goes to another office is taken back from the first by the same
    event: where it stands it is the newer.
    """
    return 2 * event + stands


def calendar_event(entry: CalendarDate, register: str, language: Language) -> CalendarEvent:
    """Return one date as an event; of a non-public agreement it names the number only."""
    shown = entry.shown
    named = f"{one_line(shown.called)} ({shown.ref})"
    return CalendarEvent(
        uid=_unique_name(register, shown.ref, shown.subject),
        sequence=entry.sequence,
        changed_at=entry.changed_at,
        day=shown.day,
        summary=f"{_what(shown, language)}: {named if shown.public else shown.ref}",
        description="\n".join(_description(shown, language)),
        cancelled=shown.state is DateState.CANCELLED,
        private=not shown.public,
    )


def _what(shown: Shown, language: Language) -> str:
    stands = STANDS.get(shown.state)
    what = language.say(say(stands.text, what=shown.what) if stands else shown.asked)
    return what[:1].upper() + what[1:]


def _description(shown: Shown, language: Language) -> Iterator[str]:
    if shown.public:
        yield one_line(shown.title)
        if shown.amount:
            priced = language.say(say("{what}: {amount}", what=shown.what, amount=shown.amount))
            yield priced[:1].upper() + priced[1:]
        if shown.clause:
            yield f"“{one_line(shown.clause)}”"
