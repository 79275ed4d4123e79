"""One agreement in a register that forgets nothing: every step of a property test goes through it.

What is written goes through the ledger's text and back, as the store does; the state that the next
step begins with is the one that was read again.
"""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from msgspec.structs import fields, replace

from states.dates.policy import Alerts, Policy
from states.model.agreement import Agreement
from states.model.events import Alert, Change, Dossier, Event, Plan, Record, Status
from states.model.facts import build
from states.model.phrase import Refusal
from states.model.stage import Occurrence
from states.rules.action import Request
from tests.agreements import Changes, agreement, at
from workflow.engine import policies
from workflow.engine.deadlines import derive, is_open, occurrences
from workflow.engine.decider import facts_of, facts_text
from workflow.engine.engine import adopt, as_of, fire_due, perform, register
from workflow.engine.ledger import GENESIS, FoldedState, LedgerEntry, breaks, decode, entries, fold
from workflow.engine.plan import DueRow, from_plan
from workflow.engine.requests import action_of, request_of

STREAM = "agreement:SO-2017-0042"


@dataclass(kw_only=True, eq=False, repr=False)
class Seen:
    """What an operator sees of an agreement: what they ask for is drawn from it."""

    dossier: Dossier
    policy: Policy
    now: datetime
    events: Sequence[Event] = ()

    @property
    def agreement(self) -> Agreement:
        """Return the agreement as it is stored."""
        return self.dossier.agreement

    @property
    def today(self) -> date:
        return self.policy.day_of(self.now)


class Clerk(Seen):
    """The agreement, its ledger, its mails, the policy in force and the clock."""

    events: list[Event]

    def __init__(self, changes: Changes, when: str, *, history: bool = False) -> None:
        """Register the source case with changes, under the default policy."""
        self.now = at(when)
        self.adopted = [(self.now, policies.encode(Policy()))]
        self.policy = policies.in_force(tuple(self.adopted))
        self.rows: list[LedgerEntry] = []
        self.events = []
        self.alerts: list[Alert] = []
        self.next_alert_at: datetime | None = None
        self.plan: Plan | None = None
        self.fired_from_plans = 0
        self.dossier = Dossier(agreement=agreement(changes))
        self.successors: list[Agreement] = []
        self._write(
            register(self.agreement, self.policy, self.now, actor="griffier", history=history)
        )

    @property
    def settings(self) -> dict[str, tuple[str, ...]]:
        """Return the leads and follow-ups in force, as ISO periods."""
        alerts = self.policy.alerts
        return {f.name: tuple(map(str, getattr(alerts, f.name))) for f in fields(alerts)}

    @property
    def facts(self) -> Mapping[str, str]:
        return facts_of(self.agreement)

    @property
    def is_settled(self) -> bool:
        """Tell whether somebody has looked at this very instant."""
        return self.written_at == self.now

    # What happens --------------------------------------------------------------------------------

    def tick(self, now: datetime) -> Change:
        """Let the daemon look at an instant; what fires from the plan is what the facts demand."""
        self.now = now
        change = self._planned()
        if change is None:
            return self._write(fire_due(self.dossier, self.policy, self.now))
        assert replace(change, plan=None) == self._in_full(change)
        return self._write(change)

    def _planned(self) -> Change | None:
        """Return what fires from the plan; None where the facts are needed."""
        if self.plan is None or self.next_alert_at is None or self.next_alert_at > self.now:
            return None
        row = DueRow(
            id=1,
            ref=self.agreement.ref,
            stage=self.agreement.stage,
            ending=self.agreement.ending,
            seq=self.dossier.seq,
            head=self.rows[-1].hash,
            next_alert_at=self.next_alert_at,
            facts=facts_text(self.agreement),
        )
        firing = from_plan(row, self.plan, self.policy, self.now)
        if firing is None:
            return None
        self.fired_from_plans += 1
        fired = {firing.event.cause: Record(Status.FIRED, self.now)}
        recorded = {**self.dossier.recorded, **fired}
        return Change(
            dossier=replace(self.dossier, recorded=recorded, seq=firing.event.seq),
            events=(firing.event,),
            alerts=(firing.alert,),
            next_alert_at=firing.next_alert_at,
            plan=self.plan,
        )

    def _in_full(self, change: Change) -> Change:
        """Return what a look at everything gives, without the closed steps that it files as well.

        What was closed while it lay beyond the horizon is recorded whenever somebody looks at it.
        """
        full = fire_due(self.dossier, self.policy, self.now)
        derived = derive(full.dossier.agreement, self.policy, self.today)
        closed = {i.name for i in occurrences(derived, self.policy) if i.deadline.closed}
        filed = closed & (full.dossier.recorded.keys() - change.dossier.recorded.keys())
        recorded = {n: r for n, r in full.dossier.recorded.items() if n not in filed}
        events = tuple(
            replace(
                event,
                superseded=tuple(name for name in event.superseded if name not in filed),
                waived=tuple(name for name in event.waived if name not in filed),
            )
            for event in full.events
        )
        dossier = replace(full.dossier, recorded=recorded)
        return replace(full, events=events, dossier=dossier, plan=None)

    def until(self, end: datetime) -> None:
        """Let a daemon that is never late look, from alert to alert."""
        while self.next_alert_at and self.next_alert_at <= end:
            moment = self.next_alert_at
            self.tick(moment)
            assert self.next_alert_at is None or self.next_alert_at > moment, "it stands still"
        self.now = max(self.now, end)

    def act(self, name: str, pairs: Mapping[str, str]) -> Change | Refusal:
        """Do what an operator asks, or return why it is refused."""
        now_there = as_of(self.dossier, self.policy, self.now)
        current = replace(self.dossier, agreement=now_there)
        try:
            action = action_of(current, name, self.today)
            request = request_of(current, action, pairs, self.today)
            change = perform(
                self.dossier, action, request, self.policy, self.now, actor="griffier", reason="x"
            )
        except Refusal as refusal:
            return refusal
        return self._write(change)

    def take_back(self, event: Event) -> Change | Refusal:
        """Undo a recording after which no other was made, or return why it is refused."""
        there = as_of(self.dossier, self.policy, self.now)
        since = [later for later in self.events if later.seq > event.seq]
        request = Request(today=self.today, undoes=event, since=since)
        try:
            action = action_of(replace(self.dossier, agreement=there), "undo", self.today)
            if objections := action.refusals(there, request):
                return Refusal(*objections)
            change = perform(
                self.dossier, action, request, self.policy, self.now, actor="griffier", reason="x"
            )
        except Refusal as refusal:
            return refusal
        return self._write(change)

    def adopt(self, alerts: Alerts, **calendar: Any) -> Change:
        """Adopt other leads and follow-ups, or another calendar, and derive the agreement anew."""
        proposed = replace(self.policy, alerts=alerts, **calendar)
        self.adopted.append((self.now, policies.encode(proposed)))
        old, self.policy = self.policy, policies.in_force(tuple(self.adopted))
        return self._write(adopt(self.dossier, old, self.policy, self.now))

    def copy(self) -> "Clerk":
        """Return this clerk once more, so that one story can go on in two ways."""
        other = copy(self)
        other.adopted, other.successors = list(self.adopted), list(self.successors)
        other.rows, other.events, other.alerts = [*self.rows], [*self.events], [*self.alerts]
        return other

    def planned(self) -> dict[str, Occurrence]:
        """Return every step that is watched, open and not recorded, by name."""
        derived = derive(self.agreement, self.policy, self.today)
        return {
            item.name: item
            for item in occurrences(derived, self.policy)
            if item.name not in self.dossier.recorded and is_open(item.deadline, self.agreement)
        }

    # The ledger ----------------------------------------------------------------------------------

    def _write(self, change: Change) -> Change:
        self.written_at, self.before = self.now, self.dossier
        head = self.rows[-1].hash if self.rows else GENESIS
        self.rows.extend(entries(STREAM, head, change.events))
        self.latest = change.events
        self.events.extend(change.events)
        self.shown = change.alerts
        self.alerts.extend(change.alerts)
        self.next_alert_at = change.next_alert_at
        self.plan = change.plan if change.events else self.plan
        if change.successor:
            self.successors.append(change.successor)
        self.dossier = replace(change.dossier, agreement=_read_again(change.dossier.agreement))
        return change

    def folded(self) -> FoldedState:
        """Return what the ledger amounts to, read from its text; its chain is whole."""
        assert not list(breaks(STREAM, self.rows))
        return fold(decode(row.payload) for row in self.rows)


def _read_again(agreement: Agreement) -> Agreement:
    facts = dict(facts_of(agreement)) | {"stage": agreement.stage.value}
    if agreement.ending:
        facts["ending"] = agreement.ending.value
    again = build(Agreement, facts)
    assert again == agreement, "what is stored is what is read"
    return again
