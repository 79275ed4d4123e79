"""What operators ask: the list, one agreement, its deadlines and why, its history."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, time
from itertools import islice
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from notifications.typed import word
from states.dates.policy import Policy, instant
from states.dates.term_dates import end_of, start_of
from states.model.agreement import Agreement
from states.model.arithmetic import DAY
from states.model.events import Dossier, Event, Record, Status
from states.model.phrase import Phrase, say
from states.model.stage import Closed, Deadline, Occurrence, Unknown
from states.process import RULES
from states.rules.checks import warnings
from states.rules.gaps import Gap, gaps, open_gaps
from workflow.agreements.act import Possible, possible_for
from workflow.agreements.attention import AttentionInput, Concern, ConcernKind, attention, concern
from workflow.agreements.explanations import explain_alert, explain_deadline
from workflow.agreements.search import EVERYTHING, Filter
from workflow.app.app import App, policy_and_today, policy_of
from workflow.engine.alerts import office_asked
from workflow.engine.deadline_words import EARLIER_DATE, past_step, subject
from workflow.engine.deadlines import derive, is_open
from workflow.engine.ledger import decode, stream_of
from workflow.engine.offices import Office, Offices
from workflow.engine.past_dates import state_of_past
from workflow.engine.private_values import ERASED, is_token, tokens_in
from workflow.engine.standing import STATE_WORDS, DeadlineState, Standing, shown_through, standings
from workflow.store import agreements, ledger, offices, register
from workflow.store.agreements import Stored, StoredRow, Unreadable, the_agreement, the_row
from workflow.store.database import Transaction
from workflow.store.outbox import queries
from workflow.system.refusals import NotFound
from workflow.system.sort_on_disk import Place
from workflow.system.suggest import suggest

# list --------------------------------------------------------------------------------------------


class ListRow(Struct, frozen=True, kw_only=True):
    """One agreement in the list."""

    dossier: Dossier
    next_on: date | None
    next_rule: str | None
    standings: Sequence[Standing]
    shown_through: date
    """Until when it is listed where it has no end."""
    attention: list[Concern]

    @property
    def agreement(self) -> Agreement:
        """Return the agreement itself."""
        return self.dossier.agreement


class UnreadableRow(Struct, frozen=True, kw_only=True):
    """A row of the list of which only the reference and the stage's text can be read."""

    ref: str
    stage: str
    attention: list[Concern]
    next_on: None = None


Listed = ListRow | UnreadableRow
NUMBER, NUMBER_DIGITS = re.compile(r"\d+"), 6
LAST = "~"  # sorts after every date
URGENCY = [*ConcernKind]
SETTLED = frozenset({Closed.PAID, Closed.FULFILLED, Closed.WAIVED})


def by_urgency(line: Listed) -> tuple[int, str]:
    """Return the place of a row: what asks for attention first, then by its next date."""
    kinds = {concern.kind for concern in line.attention}
    urgency = min((URGENCY.index(kind) for kind in kinds), default=len(URGENCY))
    return urgency, line.next_on.isoformat() if line.next_on else LAST


def lines(
    app: App, asked: Filter = EVERYTHING, *, attention_only: bool = False
) -> Iterator[Listed]:
    """Yield the agreements that are asked for, or those of them that ask for attention.

    One that cannot be read stands in every list: nobody can tell where it belongs.
    """
    with app.reading() as connection:
        reader = ListReader(connection, app)
        if asked.office is not None:
            asked = replace(asked, office=the_office(reader.offices, asked.office).key)
        for stored in agreements.each(connection):
            if isinstance(stored, Unreadable) or asked.takes(stored.dossier.agreement):
                line = reader.line(stored)
                if line.attention or not attention_only:
                    yield line


def line_of(app: App, ref: str) -> Listed:
    """Return the line of one agreement."""
    with app.reading() as connection:
        stored = the_agreement(connection, ref)
        return ListReader(connection, app, stored.dossier.agreement).line(stored)


def office_key(app: App, text: str) -> str:
    """Return the key of the office that is named by key or name."""
    with app.reading() as connection:
        return the_office(offices.every(connection), text).key


def agreements_of(app: App, refs: Iterable[str]) -> dict[str, Agreement]:
    """Return the agreements of these references as they are stored, as far as they can be read."""
    with app.reading() as connection:
        found = {ref: agreements.find(connection, ref) for ref in refs}
    return {ref: it.dossier.agreement for ref, it in found.items() if isinstance(it, Stored)}


def size(app: App) -> int:
    """Return how many agreements there are."""
    with app.reading() as connection:
        return agreements.count(connection)


def the_office(known: Offices, key: str) -> Office:
    """Return one of these offices, or refuse and name those there are."""
    name = word(key, known, lambda name: (known[name].name,))
    if name is None:
        remedy = suggest(key, known)
        raise NotFound(say("There is no office “{key}”. {remedy}", key=key, remedy=remedy))
    return known[name]


def damaged(ref: str, stage: str, error: Phrase | str) -> UnreadableRow:
    """Return the row of an agreement that cannot be read, with what is wrong with it."""
    sentence = say("It cannot be read, or its dates cannot be derived: {error}", error=error)
    return UnreadableRow(ref=ref, stage=stage, attention=[concern(sentence, ConcernKind.BLOCKED)])


class ListReader:
    """What is read once for many agreements; with `only`, no more than this one asks for."""

    def __init__(self, connection: Transaction, app: App, only: Agreement | None = None) -> None:
        self.now = app.clock.now()
        self.policy = policy_of(connection)
        self.today = self.policy.day_of(self.now)
        self.offices = offices.reachable(connection)
        self.last_events = ledger.last_events(connection, stream_of(only.ref) if only else None)
        self.uncomposed = {
            row.agreement_id: row.last_error for row in queries.uncomposed(connection)
        }
        self.lost = queries.lost_by_agreement(connection)
        tied = (only.predecessor, only.successor) if only else None
        self.stages = agreements.stages(connection, tied)
        self.never_began = agreements.never_began(connection, tied)

    def line(self, stored: StoredRow) -> Listed:
        """Return an agreement's line; whatever one of them raises stays with it."""
        if isinstance(stored, Unreadable):
            return damaged(stored.ref, stored.stage, stored.error)
        try:
            return self.judged(stored)
        except Exception as error:  # noqa: BLE001 - the others are listed all the same
            return damaged(stored.ref, stored.dossier.agreement.stage, repr(error))

    def judged(self, stored: Stored) -> ListRow:
        """Return the line of an agreement whose dates can be derived."""
        agreement, horizon = stored.dossier.agreement, shown_through(self.today)
        found = standings(agreement, self.policy, self.today, horizon)
        following = next_alert((item.deadline for item in found), stored.dossier, self.policy)
        look = AttentionInput(
            agreement=agreement,
            standings=found,
            offices=self.offices,
            policy=self.policy,
            today=self.today,
            now=self.now,
            last_event_at=self.last_events[stream_of(agreement.ref)],
            failures=stored.failures,
            lost=self.lost.get(stored.id, {}),
            uncomposed=self.uncomposed.get(stored.id),
            stages=self.stages,
            never_began=self.never_began,
        )
        return ListRow(
            dossier=stored.dossier,
            next_on=self.policy.day_of(following.alert_at) if following else None,
            next_rule=following.deadline.rule if following else None,
            standings=found,
            shown_through=horizon,
            attention=attention(look),
        )


def next_alert(derived: Iterable[Deadline], dossier: Dossier, policy: Policy) -> Occurrence | None:
    """Return the first step of these deadlines that has yet to fire."""
    planned = (
        item
        for deadline in derived
        if deadline.nominal_on and is_open(deadline, dossier.agreement)
        for item in _first_of(deadline, dossier, policy)
    )
    return min(planned, key=lambda item: item.alert_at, default=None)


def _first_of(deadline: Deadline, dossier: Dossier, policy: Policy) -> Iterator[Occurrence]:
    """Yield the first step that has yet to fire; all of them where some are put off."""
    steps = (s for s in policy.occurrences(deadline) if s.name not in dossier.recorded)
    return steps if deadline.waits_until else islice(steps, 1)


# deadlines and why -------------------------------------------------------------------------------


class DeadlineLine(Struct, frozen=True, kw_only=True):
    """One step of one deadline, or a deadline whose date is unknown."""

    agreement: Agreement
    deadline: Deadline
    occurrence: Occurrence | None
    status: Status
    state: DeadlineState
    office: str
    recorded: Record | None
    of_date: tuple[Phrase, ...]
    of_alert: tuple[Phrase, ...] = ()

    @property
    def explanation(self) -> tuple[Phrase, ...]:
        """Return why the date is what it is, then what moved the alert."""
        return self.of_date + self.of_alert


def deadlines(app: App, ref: str, *, until: date | None = None) -> list[DeadlineLine]:
    """Return every step of one agreement in order of alert, unknown ones last."""
    with app.reading() as connection:
        policy, today = policy_and_today(connection, app)
        dossier = the_agreement(connection, ref).dossier
        found = [*steps_of(dossier, policy, today, max(today, until or today))]
    return sorted((line for line in found if _within(line, until, policy)), key=by_alert)


def to_come(app: App, *, until: date | None = None) -> Iterator[DeadlineLine]:
    """Yield what is planned or unknown, of one agreement after another, as they are read.

    With `until` only the agreements are read of which something may fire by then.
    """
    with app.reading() as connection:
        policy, today = policy_and_today(connection, app)
        every = _looked_at_by(connection, until, policy)
        for line in _steps_of_all(every, policy, today, max(today, until or today)):
            if is_to_come(line, policy, today) and _within(line, until, policy):
                yield line


def waits_for_the_decision(line: DeadlineLine) -> bool:
    """Tell whether an alert leaves only where its agreement is decided or signed by then."""
    return line.status is Status.PLANNED and line.state is DeadlineState.NOT_ASKED


def never_left(line: DeadlineLine, policy: Policy, today: date) -> bool:
    """Tell whether an alert's day went by while nothing was watched yet, as of a draft."""
    if not waits_for_the_decision(line):
        return False
    return line.occurrence is not None and policy.day_of(line.occurrence.alert_at) < today


def is_to_come(line: DeadlineLine, policy: Policy, today: date) -> bool:
    """Tell whether an alert is still to leave; of a date that is not known nobody can say."""
    there = line.status in {Status.PLANNED, Status.UNKNOWN}
    return there and not never_left(line, policy, today)


def status_in_words(line: DeadlineLine, policy: Policy, today: date) -> Phrase:
    """Return where an alert stands; of one that nothing watches yet, what has to come first."""
    if never_left(line, policy, today):
        return say("did not leave: {why}", why=STATE_WORDS[line.state])
    if waits_for_the_decision(line):
        return say("planned, but {why}", why=STATE_WORDS[line.state])
    return say(line.status.value)


def _looked_at_by(connection: Transaction, until: date | None, policy: Policy) -> Iterator[Stored]:
    if until is None:
        return agreements.every(connection)
    end = instant(until + DAY, time(), policy.timezone)
    return agreements.looked_at_before(connection, end)


def _steps_of_all(
    every: Iterable[Stored], policy: Policy, today: date, horizon: date
) -> Iterator[DeadlineLine]:
    """Yield the steps of all agreements; of one that raises `list` and `doctor` tell."""
    for stored in every:
        with suppress(Exception):
            yield from [*steps_of(stored.dossier, policy, today, horizon)]


def _within(line: DeadlineLine, until: date | None, policy: Policy) -> bool:
    if until is None:
        return True
    return line.occurrence is not None and policy.day_of(line.occurrence.alert_at) <= until


def by_alert(line: DeadlineLine) -> Place:
    """Return the place of a line in the order of alerts; of one moment the first date leads.

    A tenth instalment stands behind the ninth.
    """
    at = line.occurrence.alert_at.isoformat() if line.occurrence else LAST
    numbered = NUMBER.sub(lambda found: found[0].zfill(NUMBER_DIGITS), line.deadline.subject)
    return at, line.agreement.ref, f"{line.deadline.nominal_on} {numbered}"


def steps_of(
    dossier: Dossier, policy: Policy, today: date, horizon: date
) -> Iterator[DeadlineLine]:
    """Yield every step that is planned or unknown, and everything that was recorded."""
    known: set[str] = set()
    found = standings(dossier.agreement, policy, today, horizon)
    for item in found:
        if item.on is None and not item.deadline.closed:
            yield _line(dossier, item, None, policy)
    for item in found:
        for occurrence in policy.occurrences(item.deadline):
            known.add(occurrence.name)
            if occurrence.name in dossier.recorded or not item.deadline.closed:
                yield _line(dossier, item, _when_recorded(occurrence, dossier, policy), policy)
    yield from _of_the_past(dossier, found, policy, today, known)


def _when_recorded(occurrence: Occurrence, dossier: Dossier, policy: Policy) -> Occurrence:
    """Return a step as it was: what was recorded before an acknowledgement did not wait for it."""
    record = dossier.recorded.get(occurrence.name)
    if record is None or record.at >= occurrence.alert_at:
        return occurrence
    return policy.occurrence(replace(occurrence.deadline, waits_until=None), occurrence.step)


def _of_the_past(
    dossier: Dossier, found: Sequence[Standing], policy: Policy, today: date, known: set[str]
) -> Iterator[DeadlineLine]:
    """Yield what was recorded by other settings, or for dates that the agreement no longer has.

    What was settled stays so while its date is not known, for a fact is disputed.
    """
    stand: Mapping[str, Standing] = {item.deadline.name: item for item in found}
    undated = [item for item in found if item.on is None and item.deadline.closed in SETTLED]
    settled = {item.deadline.subject: item.state for item in undated}
    for name, record in dossier.recorded.items():
        if name in known:
            continue
        deadline, step = past_step(name, dossier.agreement)
        if standing := stand.get(deadline.name):
            occurrence = policy.occurrence(standing.deadline, step)
            yield _line(dossier, standing, _when_recorded(occurrence, dossier, policy), policy)
        else:
            yield DeadlineLine(
                agreement=dossier.agreement,
                deadline=deadline,
                occurrence=policy.occurrence(deadline, step),
                status=record.status,
                state=settled.get(deadline.subject)
                or state_of_past(dossier.agreement, deadline, today),
                office=office_asked(dossier.agreement, deadline),
                recorded=record,
                of_date=(EARLIER_DATE,),
            )


def _line(
    dossier: Dossier, standing: Standing, occurrence: Occurrence | None, policy: Policy
) -> DeadlineLine:
    record = dossier.recorded.get(occurrence.name) if occurrence else None
    status = Status.PLANNED if occurrence else Status.UNKNOWN
    return DeadlineLine(
        agreement=dossier.agreement,
        deadline=standing.deadline,
        occurrence=occurrence,
        status=record.status if record else status,
        state=standing.state,
        office=standing.office,
        recorded=record,
        of_date=(*explain_deadline(standing.deadline, dossier.agreement),),
        of_alert=(*explain_alert(occurrence, policy),) if occurrence else (),
    )


# show --------------------------------------------------------------------------------------------


class AgreementDetails(Struct, frozen=True, kw_only=True):
    """Everything about one agreement; private values are opened, or marked as erased."""

    line: ListRow
    steps: list[DeadlineLine]
    warnings: list[Phrase]
    gaps: list[Gap]
    offices: Offices
    private: Mapping[str, str]
    today: date
    possible: list[Possible] = []

    @property
    def agreement(self) -> Agreement:
        """Return the agreement itself."""
        return self.line.agreement

    @property
    def unknown_because(self) -> Phrase | None:
        """Return why its first or its last day is not known, or None."""
        days = start_of(self.agreement), end_of(self.agreement)
        return next((day.because for day in days if isinstance(day, Unknown)), None)

    @property
    def states(self) -> Mapping[str, DeadlineState]:
        """Return how each deadline stands, by what it is about."""
        return {item.deadline.subject: item.state for item in self.line.standings}

    def opened(self, text: str) -> str | Phrase:
        """Return a private value as it is read."""
        return self.private.get(text, ERASED) if is_token(text) else text


def details(app: App, ref: str) -> AgreementDetails:
    """Return one agreement with its deadlines, what can be done now, and what is suspect."""
    with app.reading() as connection:
        return details_of(connection, app, ref)


def details_of(connection: Transaction, app: App, ref: str) -> AgreementDetails:
    """Return the same in a transaction, for who reads more of it."""
    stored = the_agreement(connection, ref)
    reader = ListReader(connection, app, stored.dossier.agreement)
    possible = possible_for(connection, stored, reader.policy, reader.now)
    return replace(whole_of(connection, reader.judged(stored), reader), possible=possible)


def whole_of(connection: Transaction, line: ListRow, reader: ListReader) -> AgreementDetails:
    """Return everything about an agreement whose line was read, but what can be done with it."""
    agreement, policy, today = line.agreement, reader.policy, reader.today
    return AgreementDetails(
        line=line,
        steps=sorted(steps_of(line.dossier, policy, today, today), key=by_alert),
        warnings=[*warnings(agreement), *_in_recess(agreement, reader)],
        gaps=open_gaps(agreement, today),
        offices=reader.offices,
        private=ledger.opened(connection, tokens_in(agreement)),
        today=today,
    )


def _in_recess(agreement: Agreement, reader: ListReader) -> Iterator[Phrase]:
    """Warn when an evaluation or decision falls inside a recess of the municipality."""
    for deadline in derive(agreement, reader.policy, reader.today):
        day = deadline.nominal_on
        if deadline.closed or day is None or not RULES[deadline.rule].needs_meeting:
            continue
        for first, last in reader.policy.recess:
            if first <= day <= last:
                yield say(
                    "{what} falls on {day}, in the recess from {first} to {last}.",
                    what=subject(deadline),
                    day=day,
                    first=first,
                    last=last,
                )


# check -------------------------------------------------------------------------------------------


class Answered(Struct, frozen=True, kw_only=True):
    """What will hurt, and the reason with which it was answered; None while it is open."""

    gap: Gap
    answer: str | None


def look_before_signing(app: App, ref: str) -> list[Answered]:
    """Return what will hurt after signing, each with its last answer."""
    with app.reading() as connection:
        _, today = policy_and_today(connection, app)
        agreement = the_agreement(connection, ref).dossier.agreement
        noted = events_of(connection, stream_of(agreement.ref)) if agreement.answered else []
    answers = {
        change.field: line.event.reason
        for line in noted
        for change in line.event.changes
        if change.field.startswith("answered.") and change.new
    }
    return [
        Answered(gap=gap, answer=answers.get(f"answered.{gap.field.replace('.', '/')}"))
        for gap in gaps(agreement, today)
    ]


# history -----------------------------------------------------------------------------------------


class HistoryLine(Struct, frozen=True, kw_only=True):
    """One event with its place in the chain; private values are opened, or marked as erased."""

    event: Event
    hash: str


def history(app: App, ref: str) -> list[HistoryLine]:
    """Return the events of an agreement in order."""
    with app.reading() as connection:
        the_row(connection, ref)
        return events_of(connection, stream_of(ref))


def register_history(app: App) -> list[HistoryLine]:
    """Return the events of the register itself: policies, adoptions, confirmed clocks."""
    with app.reading() as connection:
        return events_of(connection, register.STREAM)


def events_of(connection: Transaction, stream: str) -> list[HistoryLine]:
    """Return the events of a stream in order, opened."""
    rows = ledger.read(connection, stream)
    events = [decode(row.payload) for row in rows]
    values = ledger.opened(connection, [t for event in events for t in _tokens(event)])
    return [
        HistoryLine(event=opened(event, values), hash=row.hash)
        for event, row in zip(events, rows, strict=True)
    ]


def _tokens(event: Event) -> Iterator[str]:
    texts = [event.actor, event.reason]
    texts += [text for change in event.changes for text in (change.old, change.new)]
    return (text for text in texts if text and is_token(text))


def opened(event: Event, values: Mapping[str, str]) -> Event:
    """Return the event with its private values opened; what was erased says so."""

    def open_(text: Any) -> Any:
        return values.get(text, ERASED.text) if is_token(text) else text

    return replace(
        event,
        actor=open_(event.actor),
        reason=open_(event.reason),
        changes=tuple(replace(c, old=open_(c.old), new=open_(c.new)) for c in event.changes),
    )
