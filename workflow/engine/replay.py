"""Replaying what operators entered, each in force from the date it happened on."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from states.dates.policy import Policy, instant
from states.model.agreement import Agreement
from states.model.events import ENGINE, REGISTER, Change, Dossier, Event, Record, apply
from states.model.facts import build
from states.process import PROCESS
from workflow.engine.alerts import alert_of_action
from workflow.engine.decider import Decider, facts_of
from workflow.engine.ledger import fold

STAGE = ("stage",)
NOTHING: Mapping[str, str] = {}
Enter = Callable[[Dossier, Policy, datetime], Change]


class Replay(Struct, frozen=True):
    """One agreement as it was known at the beginning, and what was entered later, by moment."""

    ref: str
    known: list[Event]
    found_out: Mapping[str, str]
    recorded: Mapping[str, Record]
    changes: list[tuple[datetime, Enter]]

    def begin(self, policy: Policy, now: datetime) -> Change:
        """Return the change that registers what was known; the past mails nothing."""
        agreement = _applied(None, self.known, self.found_out)
        decider = Decider(Dossier(agreement=agreement, recorded=self.recorded), policy, now)
        decider.enter(agreement, action=REGISTER, actor=ENGINE, history=True)
        return decider.change()


def replay(events: list[Event], policy: Policy, begin: datetime) -> Replay:
    """Return the operators' events as they would have been entered on the dates they happened."""
    # Of what time made, the facts that were there by then; what it makes later it makes again.
    entered = [e for e in events if e.actor != ENGINE or (e.changes and e.at <= begin)]
    first, *others = _in_order(_moments(entered, policy, begin))
    dated = [first, *sorted(others, key=lambda item: item[0])]
    known = [event for moment, event in dated if moment <= begin]
    later = [(moment, _entering(event)) for moment, event in dated if moment > begin]
    ref = next(c.new for c in events[0].changes if c.field == "ref")
    by_then = fold(event for event in events if event.at <= begin)
    return Replay(ref or "", known, by_then.found_out, by_then.recorded, later)


def _moments(
    entered: list[Event], policy: Policy, begin: datetime
) -> Iterator[tuple[datetime, Event]]:
    """Yield when each event is in force: on its date, or with the next dated one after it."""
    following = entered[-1].at
    moments: list[tuple[datetime, Event]] = []
    for event in reversed(entered):
        if event.on is not None:
            following = _moment(event, policy)
        moments.append((following if event.on else min(following, event.at), event))
    yield begin, moments.pop()[1]
    yield from reversed(moments)


def _moment(event: Event, policy: Policy) -> datetime:
    """Return when a dated event is in force; a date ahead (set_start) is a fact when it is said."""
    assert event.on
    if policy.day_of(event.at) <= event.on:
        return event.at
    return instant(event.on, policy.alert_time, policy.timezone)


def _in_order(dated: Iterable[tuple[datetime, Event]]) -> Iterator[tuple[datetime, Event]]:
    """Let no correction come before what it corrects: of one fact the last word stays the last."""
    latest: dict[tuple[str, ...], datetime] = {}
    for moment, event in dated:
        touched = {tuple(change.field.split(".")[:2]) for change in event.said}
        touched |= {STAGE} if event.moved else set()
        in_force = max([moment, *(latest[fact] for fact in touched if fact in latest)])
        latest |= dict.fromkeys(touched, in_force)
        yield in_force, event


def _entering(event: Event) -> Enter:
    def enter(dossier: Dossier, policy: Policy, now: datetime) -> Change:
        decider = Decider(dossier, policy, now)
        decider.fire_moves()
        after = _applied(decider.agreement, [event])
        decider.enter(after, action=event.action, actor=event.actor, on=event.on)
        done = event.stage_before and PROCESS[event.stage_before].action(event.action)
        if done and done.mailed:
            decider.alerts.append(alert_of_action(decider.events[-1], after))
        decider.fire_moves()
        decider.fire_reminders()
        return decider.change()

    return enter


def _applied(
    before: Agreement | None, events: list[Event], found_out: Mapping[str, str] = NOTHING
) -> Agreement:
    facts = dict(facts_of(before) if before else found_out)
    stage, ending = (before.stage, before.ending) if before else (None, None)
    for event in events:
        apply(event.said, facts)
        if event.moved and event.stage:
            stage, ending = event.stage, event.ending
    agreement = build(Agreement, facts)
    return replace(agreement, stage=stage, ending=ending) if stage else agreement
