"""What happens to one agreement in one transaction, in order."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from msgspec import json
from msgspec.structs import replace

from states.dates.policy import Policy
from states.model import events
from states.model.agreement import Agreement
from states.model.facts import difference, flatten
from states.model.memo import remembered
from states.model.stage import Closed, Deadline, Occurrence, OccurrenceName, Rule, Stage, Step
from states.process import RULES, settle
from workflow.engine import deadlines
from workflow.engine.alerts import Fired, addressees_of, alerts_of
from workflow.engine.plan import PlannedFor, late_by, planned
from workflow.engine.policies import step_name

NOT_FACTS = frozenset({"stage", "ending"})


@remembered
def facts_of(agreement: Agreement) -> Mapping[str, str]:
    """Return the facts of an agreement as text, without the stage that follows from them."""
    return {path: text for path, text in flatten(agreement).items() if path not in NOT_FACTS}


def facts_text(agreement: Agreement) -> str:
    """Return the facts of an agreement as they are kept."""
    return json.encode(facts_of(agreement)).decode()


def _changes(known: Mapping[str, str], after: Agreement) -> tuple[events.FactChange, ...]:
    """Return what an agreement says otherwise than the facts that were known."""
    return tuple(events.FactChange(*each) for each in difference(known, facts_of(after)))


def _with_mails(
    happened: Iterable[events.Event], alerts: Iterable[events.Alert]
) -> Iterator[events.Event]:
    """Yield the events, each with how many messages it queues: a lost one can be told later."""
    mails = Counter[str]()
    for alert in alerts:
        mails[alert.cause] += len(alert.addressees)
    for event in happened:
        number = mails[event.cause]
        yield replace(event, mails=number) if number else event


def _asked(agreement: Agreement, name: str) -> tuple[object, ...]:
    """Return who is asked by a step, and the case owner."""
    asked = addressees_of(agreement, OccurrenceName.parse(name), escalates=True)
    return *asked, agreement.case_owner


def _place(occurrence: Occurrence) -> int:
    """Return which of its steps it is: an acknowledgement may hold an earlier one back longer."""
    return occurrence.deadline.steps.index(occurrence.step)


def _deadline_of(name: str) -> str:
    return OccurrenceName.parse(name).deadline


def _is_not_ended(settled: Agreement, _rule: Rule | None, _to: Stage) -> bool:
    """Take only the move out of the end: what the end had closed is asked again."""
    return settled.stage is not Stage.ENDED


class Decider:
    """Facts are entered and steps fire, one event after another; nothing outside is touched."""

    def __init__(self, dossier: events.Dossier, policy: Policy, now: datetime) -> None:
        """Begin where the dossier stands, at an instant in UTC."""
        self.policy, self.now = policy, now
        self.today: date = policy.day_of(now)
        self.agreement = dossier.agreement
        self.recorded = dict(dossier.recorded)
        self.seq = dossier.seq
        self.events: list[events.Event] = []
        self.fired: list[Fired] = []
        self.alerts: list[events.Alert] = []
        self.open_again: frozenset[str] = frozenset()
        self.reopened: frozenset[str] = frozenset()
        self.asks_others: frozenset[str] = frozenset()
        self.closed: frozenset[str] = frozenset()
        self.cause: datetime | None = None
        self.is_entered = False
        self.due_since: dict[str, datetime | None] = {}
        self.waited_for: Collection[str] | None = None

    # What happens --------------------------------------------------------------------------------

    def enter(
        self,
        after: Agreement,
        *,
        history: bool = False,
        undone: events.Event | None = None,
        since: Collection[events.Event] = (),
        **who: Any,
    ) -> None:
        """Enter new facts, and the stage that they demand; `who` is the event's who, what and why.

        With `history` every step whose alert lies in the past is superseded unsaid. What the event
        `undone` closed is asked again where it is open; `since` are the events after that one.
        """
        before, known = self.agreement, facts_of(self.agreement) if self.seq else {}
        told = self.told() if self.seq else frozenset[str]()
        due = {item.name for item in self._due()} if self.seq else set[str]()
        there = {deadline.name for deadline in self._deadlines()} if self.seq else set[str]()
        replaced, taken_back = self._replaced(after), self._closed_by(undone, since)
        runs = settle(after, self.policy, self.now, _is_not_ended)
        if not history:
            runs = self._with_what_is_known_of_dates(runs, after, replaced)
        self.agreement = runs
        self.cause, self.is_entered = self.now, True
        again = self._reopen(taken_back)
        gone = self._past() if history else self._vanished(due) | self._said_of(replaced)
        self._record(gone, events.Status.SUPERSEDED)  # such a step brings no move about any more
        self._settle(self.now)
        still = self.told()
        self.open_again |= still - told
        self.reopened |= {name for name in self.open_again if _deadline_of(name) in there}
        self.asks_others |= {name for name in still if _asked(before, name) != _asked(after, name)}
        self.closed = told - still
        self._append(
            before,
            changes=_changes(known, self.agreement),
            reopened=again,
            gone=gone,
            **who,
        )

    def _closed_by(self, undone: events.Event | None, since: Collection[events.Event]) -> set[str]:
        """Return what an event closed, and what was closed since of all that is closed by now.

        Other settings may have brought steps of what it had settled. What is since goes by the
        order of the events: of one second there may be several, and clocks are set back.
        """
        if undone is None:
            return set()
        closed = {item.name for item in self._all_steps() if item.deadline.closed}
        after = (*since, *self.events)
        later = {name for event in after for name in (*event.superseded, *event.waived)}
        return closed & later | {*undone.superseded, *undone.waived}

    def _replaced(self, after: Agreement) -> Mapping[str, Deadline]:
        """Return what has another date now; an extension is a term of its own, asked about anew."""
        if not self.seq or len(self.agreement.extension) != len(after.extension):
            return {}
        here = self._deadlines()
        return deadlines.replaced_dates(here, deadlines.derive(after, self.policy, self.today))

    def _said_of(self, replaced: Mapping[str, Deadline]) -> set[str]:
        """Return the steps in the past that were said, or left unsaid, of the date before.

        So is what is older than such a step: it is not told after it.
        """
        past = [
            item
            for item in (self._all_steps() if replaced else ())
            if item.alert_at <= self.now
            and item.deadline.closed is None
            and item.name not in self.recorded
            and item.deadline.name in replaced
        ]
        newest = {
            item.deadline.name: _place(item)
            for item in past
            if self._was_due(replaced[item.deadline.name], item.step)
        }
        return {item.name for item in past if _place(item) <= newest.get(item.deadline.name, -1)}

    def _was_due(self, deadline: Deadline, step: Step) -> bool:
        """Tell whether a step of the date before fired, or its time had come while it was asked."""
        before = self.policy.occurrence(deadline, step)
        record = self.recorded.get(before.name)
        if record is None or record.status is events.Status.FIRED:
            return record is not None
        return deadline.closed is None and before.alert_at <= record.at

    def _with_what_is_known_of_dates(
        self, runs: Agreement, after: Agreement, earlier: Mapping[str, Deadline]
    ) -> Agreement:
        """Keep which dates became known after themselves, and which replace one that was told.

        What it renews to by itself, out of its end again, takes the place of nothing.
        """
        entered = deadlines.derive(after, self.policy, self.today)
        replaced = deadlines.moved_dates(self._alerted(), entered) if self.seq else {}
        derived = deadlines.derive(runs, self.policy, self.today)
        known = self._known_dates(self._deadlines() if self.seq else (), after)
        late = deadlines.known_too_late(known, earlier, derived, self.today)
        # What is open without a date is named so (`Deadline.name`); it has one again.
        known_again = {f"{item.subject}:{None}" for item in derived if item.nominal_on}
        replaces = {**after.replaces, **replaced}
        if not (late or replaced or known_again & replaces.keys()):
            return runs
        return replace(
            runs,
            known_on={**after.known_on, **late},
            replaces={name: day for name, day in replaces.items() if name not in known_again},
        )

    def fire_moves(self) -> None:
        """Fire each due step that moves the agreement, in order of alert; derive anew each time."""
        while moving := [item for item in self._due() if self._moves(item)]:
            first = min(moving, key=lambda item: item.alert_at)
            self.cause = max(first.alert_at, self.cause or first.alert_at)
            self._fire(first, settled_at=self.cause if self.waited_for is None else self.now)

    def _older_than(self, occurrence: Occurrence) -> set[str]:
        """Return the steps before this one that are due as well, or that wait although it fires."""
        deadline = occurrence.deadline
        return {
            item.name
            for item in self._watched_steps()
            if item.deadline.name == deadline.name
            and item.name not in self.recorded
            and (item.alert_at <= self.now or deadline.waits_until)
            and _place(item) < _place(occurrence)
        }

    def fire_reminders(self) -> None:
        """Fire of each deadline the newest due step; the older ones are superseded."""
        of_deadline: dict[str, list[Occurrence]] = {}
        for item in self._due():
            of_deadline.setdefault(item.deadline.name, []).append(item)
        for due in of_deadline.values():
            loud = [i for i in due if not (self._is_silent(i) or self._is_overtaken(i))]
            names = {item.name for item in due}
            if loud:
                latest = max(loud, key=_place)
                self._fire(latest, settled_at=self.now, gone=names - {latest.name})
            else:
                self._append(self.agreement, action=events.SUPERSEDE, gone=names)

    def catch_up(self) -> None:
        """Take everything that is due: moves, then reminders, then what time alone demands."""
        self.fire_moves()
        self.fire_reminders()
        if self._settle_by_time():
            self.catch_up()

    def ask_again(self) -> None:
        """Ask again what was closed ahead of its time; what is past by now goes unsaid."""
        if again := self._reopen():
            past = {item.name for item in self._open() if item.alert_at <= self.now}
            gone = past.intersection(again)
            self._append(self.agreement, action=events.REOPEN, reopened=again, gone=gone)

    def _settle_by_time(self) -> bool:
        """Take a move that time demands and that no unrecorded step brings about, if there is one.

        What it makes watched and is due is due because of it, and is taken then.
        """
        before = self.agreement
        self._settle(self.now)
        if self.agreement.stage is before.stage:
            return False
        self._append(before, action=events.SETTLE, **self._made_by_time(before))
        self.cause = self.now
        return True

    def change(self, *, successor: Agreement | None = None) -> events.Change:
        """Return everything that has to be written."""
        still_open = {item.deadline.name for item in self._all_steps() if not item.deadline.closed}
        fired_alerts = alerts_of(self.fired, still_open, self.closed, self.agreement, self.policy)
        alerts = (*self.alerts, *fired_alerts)
        coming = self._coming()
        return events.Change(
            dossier=events.Dossier(agreement=self.agreement, recorded=self.recorded, seq=self.seq),
            events=tuple(_with_mails(self.events, alerts)),
            alerts=alerts,
            next_alert_at=coming[0].alert_at if coming else None,
            open_again=self.open_again,
            reopened=self.reopened,
            asks_others=self.asks_others,
            plan=self._plan(coming),
            successor=successor,
        )

    def awaited(self) -> frozenset[str]:
        """Return the names of the steps that are watched now and still ask for something."""
        return frozenset(item.name for item in self._watched_steps())

    def told(self) -> frozenset[str]:
        """Return the names of the steps that fired of what is open, and of the moves that stand.

        Also those that other settings have left out since: their mail may wait, or have left.
        Of renewals the last: what the ones before it brought is over.
        """
        fired = self._fired_names()
        open_now = {deadline.name for deadline in self._deadlines() if self._is_told(deadline)}
        steps = {name for name in fired if _deadline_of(name) in open_now}
        if RULES[Rule.RENEWAL].stands(self.agreement):
            renewals = (name for name in fired if OccurrenceName.parse(name).rule is Rule.RENEWAL)
            steps |= {*sorted(renewals)[-1:]}
        return frozenset(steps)

    def _is_told(self, deadline: Deadline) -> bool:
        rule = RULES[deadline.rule]
        return rule.stands(self.agreement) if rule.at_midnight else not deadline.closed

    # What is due ---------------------------------------------------------------------------------

    def _deadlines(self) -> Sequence[Deadline]:
        return deadlines.derive(self.agreement, self.policy, self.today)

    def _all_steps(self) -> Sequence[Occurrence]:
        return deadlines.steps(self.agreement, self.policy, self.today)

    def _watched_steps(self) -> Sequence[Occurrence]:
        return deadlines.watched_steps(self.agreement, self.policy, self.today)

    def _known_dates(self, there: Iterable[Deadline], agreement: Agreement) -> set[str]:
        """Return the deadlines that are there, and those that were: an undo brings them back."""
        were = map(_deadline_of, self.recorded)
        return {*(deadline.name for deadline in there), *were, *agreement.known_on}

    def _alerted(self) -> dict[str, date]:
        """Return the dates of open deadlines of which something was alerted, by their subject.

        Of one without a date, or of whose date nothing was told, that is the date it replaces.
        """
        told, derived = self.agreement.replaces, self._deadlines()
        fired = {*map(_deadline_of, self._fired_names())}
        dates = (
            (item.subject, item.nominal_on if item.name in fired else told.get(item.name))
            for item in derived
            if not (item.nominal_on and item.closed)
        )
        return {subject: day for subject, day in dates if day}

    def _fired_names(self) -> set[str]:
        fired = events.Status.FIRED
        return {name for name, record in self.recorded.items() if record.status is fired}

    def _open(self) -> list[Occurrence]:
        return [item for item in self._all_steps() if item.name not in self.recorded]

    def _due(self) -> list[Occurrence]:
        due = [
            item
            for item in self._watched_steps()
            if item.alert_at <= self.now and item.name not in self.recorded
        ]
        for item in due:
            self.due_since.setdefault(item.name, self.cause)
        return due

    def _moves(self, occurrence: Occurrence) -> bool:
        step = occurrence.step
        return step.renews or step.moves_to not in {None, self.agreement.stage}

    def _is_caught_up(self, occurrence: Occurrence) -> bool:
        """Tell whether a fact of this very agreement came after the step's alert (R7).

        What takes effect at midnight is in time all day.
        """
        cause = self.due_since.get(occurrence.name)
        if cause is None or not occurrence.step.at_midnight:
            return cause is not None and occurrence.alert_at < cause
        return self.policy.day_of(occurrence.alert_at) < self.policy.day_of(cause)

    def _is_silent(self, occurrence: Occurrence) -> bool:
        """Tell whether only a later policy introduced this step: it never mails for the past.

        While a policy is adopted that is every step in the past that nobody was waiting for, but
        for what came with a move that it brings at once.
        """
        if self.waited_for is not None and occurrence.alert_at < self.now:
            return not (occurrence.name in self.waited_for or self._is_caught_up(occurrence))
        since = dict(self.policy.since).get(step_name(occurrence))
        introduced_late = since is not None and occurrence.alert_at < since
        return introduced_late and not self._is_caught_up(occurrence)

    def _is_overtaken(self, occurrence: Occurrence) -> bool:
        """Tell whether a step of its date fired that is no earlier, also of earlier settings."""
        deadline = occurrence.deadline
        own = self.policy.natural_day(deadline, occurrence.step)
        fired = map(OccurrenceName.parse, self._fired_names())
        steps = (name.step for name in fired if name.deadline == deadline.name)
        return any(self.policy.natural_day(deadline, step) >= own for step in steps)

    def _late_by(self, occurrence: Occurrence) -> int:
        since = max(occurrence.alert_at, self.due_since.get(occurrence.name) or occurrence.alert_at)
        return late_by(since, self.now)

    def _coming(self) -> list[Occurrence]:
        """Return when to look again: open steps, and others whose move is yet to come."""
        coming = [
            item
            for item in self._watched_steps()
            if item.name not in self.recorded or (item.step.moves_to and item.alert_at > self.now)
        ]
        coming += filter(self._moves_though_closed, self._all_steps())
        return sorted(coming, key=lambda item: item.alert_at)

    def _moves_though_closed(self, item: Occurrence) -> bool:
        """Tell whether the facts will demand its stage at a step that asks for nothing any more."""
        if not (item.deadline.closed and item.step.moves_to and item.alert_at > self.now):
            return False
        moved = settle(self.agreement, self.policy, item.alert_at)
        return item.step.moves_to is moved.stage is not self.agreement.stage

    def _plan(self, coming: list[Occurrence]) -> events.Plan | None:
        agreement = self.agreement
        row = PlannedFor(agreement.ref, agreement.stage, self.seq, facts_text(agreement))
        return planned(coming, agreement, row, self.policy, self.now)

    # Settling and recording ----------------------------------------------------------------------

    def _settle(self, moment: datetime) -> None:
        """Follow the facts, but leave each move to the due step that brings it about."""
        self.agreement = settle(self.agreement, self.policy, moment, self._is_brought)

    def _is_brought(self, settled: Agreement, rule: Rule | None, to: Stage) -> bool:
        self.agreement = settled
        return rule is not None and any(
            item.deadline.rule is rule and item.step.moves_to is to for item in self._due()
        )

    def _fire(
        self, occurrence: Occurrence, *, settled_at: datetime, gone: Iterable[str] = ()
    ) -> None:
        before = self.agreement
        gone = {*gone, *self._older_than(occurrence)}
        caught_up, late = self._is_caught_up(occurrence), self._late_by(occurrence)
        self.recorded[occurrence.name] = events.Record(events.Status.FIRED, self.now)
        due = {item.name for item in self._due()}
        self._settle(settled_at)
        gone = {*gone, *self._vanished(due)}
        event = self._append(
            before,
            action=events.FIRE,
            occurrence=occurrence.name,
            nominal_on=occurrence.deadline.nominal_on,
            caught_up=caught_up,
            late_by=late,
            gone=gone,
            **self._made_by_time(before),
        )
        if not self._is_silent(occurrence):
            self.fired.append(Fired(occurrence, event, by_operator=self.is_entered))

    def _made_by_time(self, before: Agreement) -> dict[str, Any]:
        """Return what an event tells of a renewal: its facts, and what it asks again.

        What had to be done before the new term began is known since that day, unless it was before.
        """
        if before.extension is self.agreement.extension:
            return {}
        began = self.policy.day_of(self.cause or self.now)
        there = deadlines.derive(before, self.policy, began)
        found = deadlines.derive(self.agreement, self.policy, began)
        known = self._known_dates(there, self.agreement)
        late = deadlines.known_too_late(known, {}, found, began)
        known_on = {**self.agreement.known_on, **late}
        self.agreement = replace(self.agreement, known_on=known_on)
        changes = _changes(facts_of(before), self.agreement)
        return {"changes": changes, "reopened": self._reopen() if changes else ()}

    def _vanished(self, due: set[str]) -> set[str]:
        """Return what was due on a date that is a date no more; it goes, but not unrecorded."""
        return due and due - {item.name for item in self._all_steps()}

    def _append(self, before: Agreement, *, gone: Iterable[str] = (), **parts: Any) -> events.Event:
        self._record(gone, events.Status.SUPERSEDED)
        closing = [
            i for i in self._all_steps() if i.deadline.closed and i.name not in self.recorded
        ]
        waived = [i.name for i in closing if i.deadline.closed is Closed.WAIVED]
        self._record(waived, events.Status.WAIVED)
        closed = [i.name for i in closing if i.deadline.closed is not Closed.WAIVED]
        self._record(closed, events.Status.SUPERSEDED)
        self.seq += 1
        event = events.Event(
            seq=self.seq,
            at=self.now,
            stage_before=before.stage if self.seq > 1 else None,
            stage=self.agreement.stage,
            ending=self.agreement.ending,
            superseded=(*sorted(gone), *closed),
            waived=tuple(waived),
            **{"actor": events.ENGINE, **parts},
        )
        self.events.append(event)
        return event

    def _record(self, names: Iterable[str], status: events.Status) -> None:
        self.recorded.update(dict.fromkeys(names, events.Record(status, self.now)))

    def _past(self) -> set[str]:
        """Return what lies in the past, of the term that runs now: renewals come first."""
        self.agreement = settle(self.agreement, self.policy, self.now)
        return {item.name for item in self._open() if item.alert_at <= self.now}

    def _reopen(self, taken_back: Collection[str] = ()) -> tuple[str, ...]:
        again = deadlines.asked_again(
            self.agreement, self.recorded, self.policy, self.today, taken_back
        )
        for name in again:
            del self.recorded[name]
        return again
