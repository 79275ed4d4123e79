"""What is true of an agreement after every step, whatever was asked of it and however late."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

from states.dates.policy import Alerts
from states.model.agreement import Agreement
from states.model.events import Change, Status
from states.model.stage import Stage
from states.process import PROCESS
from states.rules.checks import problems
from tests import oracle_dates, oracle_missing, oracle_steps
from tests.clerk import Clerk
from workflow.engine.deadlines import derive, occurrences
from workflow.engine.engine import fire_due

A_YEAR = timedelta(days=365)
BEFORE_SIGNING = ("draft", "bestuurlijk_overleg", "college_decision")


def every_move_is_declared(clerk: Clerk) -> None:
    for event in clerk.latest:
        if event.stage_before and event.stage:
            begins = {event.stage_before, *_declared_for(event.action, event.stage_before)}
            assert event.stage in {to for begin in begins for to in BY_ITSELF[begin]}


def _declared_for(action: str, stage: Stage) -> tuple[Stage, ...]:
    declared = PROCESS[stage].action(action)
    return declared.leads_to if declared else ()


def _by_itself(stage: Stage) -> set[Stage]:
    """Return the stages that facts and time can lead to from here, and this one."""
    found, todo = {stage}, [stage]
    while todo:
        new = [move.to for move in PROCESS[todo.pop()].transitions if move.to not in found]
        found.update(new)
        todo.extend(new)
    return found


BY_ITSELF = {stage: _by_itself(stage) for stage in Stage}


def the_state_is_the_fold_of_the_ledger(clerk: Clerk) -> None:
    state = clerk.folded()
    assert state.facts == clerk.facts
    assert (state.stage, state.ending) == (clerk.agreement.stage, clerk.agreement.ending)
    assert dict(state.recorded) == dict(clerk.dossier.recorded)
    assert state.seq == clerk.dossier.seq == len(clerk.rows)


def looking_again_changes_nothing(clerk: Clerk) -> None:
    if clerk.is_settled:
        again: Change = fire_due(clerk.dossier, clerk.policy, clerk.now)
        assert (again.events, again.alerts) == ((), ())
        assert again.next_alert_at == clerk.next_alert_at
        assert clerk.next_alert_at is None or clerk.next_alert_at > clerk.now


def the_stage_is_the_one_that_the_facts_demand(clerk: Clerk) -> None:
    agreement = clerk.agreement
    if clerk.is_settled and _ran(agreement):
        assert agreement.stage.value == oracle_steps.stage(clerk.facts, clerk.settings, clerk.now)
        ended = oracle_steps.ending(clerk.facts) if agreement.stage is Stage.ENDED else None
        assert agreement.ending == ended


def _ran(agreement: Agreement) -> bool:
    never_began = agreement.ending in {"withdrawn", "rejected"}
    return not never_began and agreement.stage.value not in BEFORE_SIGNING


def each_occurrence_fires_once_and_is_told_once(clerk: Clerk) -> None:
    fired = [event.occurrence for event in clerk.events if event.occurrence]
    assert len(fired) == len(set(fired))
    shown = [alert.cause for alert in clerk.alerts]
    assert len(shown) == len(set(shown))
    for event in clerk.latest:
        gone = [*event.superseded, *event.waived]
        assert len(gone) == len(set(gone))
        earlier = {past.occurrence for past in clerk.events[: event.seq]}
        assert not earlier & {*gone, *event.reopened}


def what_fires_is_told_while_it_makes_sense(clerk: Clerk) -> None:
    """Every deadline that fired and still asks for something was told of, by its newest step."""
    derived = derive(clerk.agreement, clerk.policy, clerk.today)
    open_ones = {item.name for item in derived if not item.closed}
    shown = {alert.cause.rpartition(":")[0] for alert in clerk.shown}
    fired = {event.occurrence.rpartition(":")[0] for event in clerk.latest if event.occurrence}
    moves = {name for name in fired if name.startswith(MOVES)}
    assert fired & open_ones - moves <= shown
    assert bool(moves) <= bool({name for name in shown if name.startswith(MOVES)})


MOVES = ("activation:", "expiry:", "renewal:")


def what_is_planned_is_what_the_facts_demand(clerk: Clerk) -> None:
    if not clerk.is_settled:
        return
    horizon = clerk.today + timedelta(days=300)
    expected = {
        name: at
        for asked in _demanded(clerk)
        for name, at in oracle_steps.alerts(asked, clerk.facts)
        if not _is_filed(clerk, name, at)
    }
    planned = {name: item.alert_at for name, item in clerk.planned().items()}
    if None in (oracle_dates.paid_through(clerk.facts), oracle_dates.coming_end(clerk.facts)):
        planned, expected = _near(planned, horizon), _near(expected, horizon)
    assert planned == expected


def _is_filed(clerk: Clerk, name: str, at: datetime) -> bool:
    """Tell whether a step is recorded for good; one closed ahead of its time is asked again."""
    record, waits = clerk.dossier.recorded.get(name), clerk.agreement.acknowledged
    is_early = record and record.status is not Status.FIRED and record.at < at
    return record is not None and not (is_early and name.rpartition(":")[0] not in waits)


def _demanded(clerk: Clerk) -> Iterator[oracle_steps.Asked]:
    facts, agreement, ahead = clerk.facts, clerk.agreement, clerk.today + 9 * A_YEAR
    stage, ending = agreement.stage.value, agreement.ending
    yield from oracle_steps.asked(facts, stage, ending, clerk.settings, ahead)
    if stage in ("signing", *oracle_steps.RUNNING):
        yield from oracle_missing.asked(facts, clerk.settings, ahead)


def _near(steps: dict[str, datetime], horizon: date) -> dict[str, datetime]:
    return {name: at for name, at in steps.items() if name.split(":")[2] <= horizon.isoformat()}


def no_lead_is_late_and_no_follow_up_early(clerk: Clerk) -> None:
    for event in clerk.latest:
        if not event.occurrence:
            continue
        nominal, step = event.nominal_on, event.occurrence.rpartition(":")[2]
        fired_on = clerk.policy.day_of(event.at)
        assert nominal
        if step.startswith("+"):
            assert fired_on > nominal
        elif not (event.caught_up or event.late_by or _was_put_off(clerk, event.occurrence)):
            assert fired_on <= nominal


def _was_put_off(clerk: Clerk, occurrence: str) -> bool:
    """Tell whether the date itself waits; a lead that waits goes when the date comes."""
    deadline, _, step = occurrence.rpartition(":")
    return step == "P0D" and deadline in clerk.agreement.acknowledged


def an_amendment_says_nothing_again(clerk: Clerk) -> None:
    """What was said of a date that is a date no more is not said of the one in its place."""
    if _amends(clerk):
        before = derive(clerk.before.agreement, clerk.policy, clerk.today)
        there = {item.name for item in derive(clerk.agreement, clerk.policy, clerk.today)}
        gone = {i.subject: i.name for i in before if i.name not in there}
        for alert in clerk.shown:
            deadline, _, step = alert.cause.rpartition(":")
            old = gone.get(deadline.rpartition(":")[0])
            record = clerk.before.recorded.get(f"{old}:{step}")
            assert record is None or record.status is not Status.FIRED, alert.cause


def _amends(clerk: Clerk) -> bool:
    amended = any(event.action == "amend" for event in clerk.latest)
    return amended and len(clerk.before.agreement.extension) == len(clerk.agreement.extension)


def what_actions_made_of_the_facts_goes_together(clerk: Clerk) -> None:
    assert not problems(clerk.agreement)
    assert not [problem for item in clerk.successors for problem in problems(item)]


def a_setting_mails_nothing_for_the_past(clerk: Clerk, alerts: Alerts) -> None:
    """Adopt these leads and follow-ups, and look: only what was planned before is mailed.

    So is what a late renewal brings by the settings that go, which are taken first. A renewal on
    the next day is a fact of that day: what it brings is caught up.
    """
    planned, adopted_at = set(clerk.planned()), clerk.now
    planned |= {alert.cause for alert in clerk.copy().tick(adopted_at).alerts}
    shown = list(clerk.adopt(alerts).alerts)
    later = clerk.tick(adopted_at + timedelta(days=1)).alerts
    shown += [alert for alert in later if not alert.caught_up]
    for alert in shown:
        assert alert.cause in planned or _alert_at(clerk, alert.cause) >= adopted_at


def _alert_at(clerk: Clerk, occurrence: str) -> datetime:
    derived = derive(clerk.agreement, clerk.policy, clerk.today)
    return next(i.alert_at for i in occurrences(derived, clerk.policy) if i.name == occurrence)


TRUTHS: tuple[Callable[[Clerk], None], ...] = (
    every_move_is_declared,
    the_state_is_the_fold_of_the_ledger,
    looking_again_changes_nothing,
    the_stage_is_the_one_that_the_facts_demand,
    each_occurrence_fires_once_and_is_told_once,
    what_fires_is_told_while_it_makes_sense,
    what_is_planned_is_what_the_facts_demand,
    no_lead_is_late_and_no_follow_up_early,
    an_amendment_says_nothing_again,
    what_actions_made_of_the_facts_goes_together,
)
