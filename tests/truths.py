"""What is true of an agreement after every step, whatever was asked of it and however late."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

from states.dates.policy import Alerts
from states.model.agreement import Agreement
from states.model.events import Change
from states.model.stage import Stage
from states.process import PROCESS
from states.rules.checks import problems
from tests import oracle_dates, oracle_missing, oracle_steps
from tests.desk import Desk
from workflow.engine.deadlines import derive, occurrences
from workflow.engine.engine import fire_due

A_YEAR = timedelta(days=365)
BEFORE_SIGNING = ("draft", "bestuurlijk_overleg", "college_decision")


def every_move_is_declared(desk: Desk) -> None:
    for event in desk.latest:
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


def the_state_is_the_fold_of_the_ledger(desk: Desk) -> None:
    state = desk.folded()
    assert state.facts == desk.facts
    assert (state.stage, state.ending) == (desk.agreement.stage, desk.agreement.ending)
    assert dict(state.recorded) == dict(desk.dossier.recorded)
    assert state.seq == desk.dossier.seq == len(desk.rows)


def looking_again_changes_nothing(desk: Desk) -> None:
    if desk.is_settled:
        again: Change = fire_due(desk.dossier, desk.policy, desk.now)
        assert (again.events, again.alerts) == ((), ())
        assert again.next_alert_at == desk.next_alert_at
        assert desk.next_alert_at is None or desk.next_alert_at > desk.now


def the_stage_is_the_one_that_the_facts_demand(desk: Desk) -> None:
    agreement = desk.agreement
    if desk.is_settled and _ran(agreement):
        assert agreement.stage.value == oracle_steps.stage(desk.facts, desk.settings, desk.now)
        ended = oracle_steps.ending(desk.facts) if agreement.stage is Stage.ENDED else None
        assert agreement.ending == ended


def _ran(agreement: Agreement) -> bool:
    never_began = agreement.ending in {"withdrawn", "rejected"}
    return not never_began and agreement.stage.value not in BEFORE_SIGNING


def each_occurrence_fires_once_and_is_told_once(desk: Desk) -> None:
    fired = [event.occurrence for event in desk.events if event.occurrence]
    assert len(fired) == len(set(fired))
    told = [alert.cause for alert in desk.alerts]
    assert len(told) == len(set(told))
    for event in desk.latest:
        gone = [*event.superseded, *event.waived]
        assert len(gone) == len(set(gone))
        earlier = {past.occurrence for past in desk.events[: event.seq]}
        assert not earlier & {*gone, *event.reopened}


def what_fires_is_told_while_it_makes_sense(desk: Desk) -> None:
    """Every deadline that fired and still asks for something was told of, by its newest step."""
    derived = derive(desk.agreement, desk.policy, desk.today)
    open_ones = {item.obligation for item in derived if not item.closed}
    told = {alert.cause.rpartition(":")[0] for alert in desk.told}
    fired = {event.occurrence.rpartition(":")[0] for event in desk.latest if event.occurrence}
    moves = {name for name in fired if name.startswith(MOVES)}
    assert fired & open_ones - moves <= told
    assert bool(moves) <= bool({name for name in told if name.startswith(MOVES)})


MOVES = ("activation:", "expiry:", "renewal:")


def what_is_planned_is_what_the_facts_demand(desk: Desk) -> None:
    if not desk.is_settled:
        return
    horizon = desk.today + timedelta(days=300)
    expected = {
        name: at
        for asked in _demanded(desk)
        for name, at in oracle_steps.alerts(asked, desk.facts)
        if name not in desk.dossier.recorded
    }
    planned = {name: item.alert_at for name, item in desk.planned().items()}
    if oracle_dates.paid_through(desk.facts) is None:
        planned, expected = _near(planned, horizon), _near(expected, horizon)
    assert planned == expected


def _demanded(desk: Desk) -> Iterator[oracle_steps.Asked]:
    facts, agreement, ahead = desk.facts, desk.agreement, desk.today + 9 * A_YEAR
    stage, ending = agreement.stage.value, agreement.ending
    yield from oracle_steps.asked(facts, stage, ending, desk.settings, ahead)
    if stage in ("signing", *oracle_steps.RUNNING):
        yield from oracle_missing.asked(facts, desk.settings, ahead)


def _near(steps: dict[str, datetime], horizon: date) -> dict[str, datetime]:
    return {name: at for name, at in steps.items() if name.split(":")[2] <= horizon.isoformat()}


def no_lead_is_late_and_no_follow_up_early(desk: Desk) -> None:
    for event in desk.latest:
        if not event.occurrence:
            continue
        nominal, step = event.nominal_on, event.occurrence.rpartition(":")[2]
        fired_on = desk.policy.day_of(event.at)
        assert nominal
        if step.startswith("+"):
            assert fired_on > nominal
        elif not (event.caught_up or event.late_by or _was_put_off(desk, event.occurrence)):
            assert fired_on <= nominal


def _was_put_off(desk: Desk, occurrence: str) -> bool:
    return occurrence.rpartition(":")[0] in desk.agreement.acknowledged


def what_actions_made_of_the_facts_goes_together(desk: Desk) -> None:
    assert not problems(desk.agreement)
    assert not [problem for item in desk.successors for problem in problems(item)]


def a_setting_mails_nothing_for_the_past(desk: Desk, alerts: Alerts) -> None:
    """Adopt these leads and follow-ups, and look: only what was planned before is mailed.

    A renewal on the next day is a fact of that day: what it brings is caught up.
    """
    planned, adopted_at = set(desk.planned()), desk.now
    told = list(desk.adopt(alerts).alerts)
    later = desk.tick(adopted_at + timedelta(days=1)).alerts
    told += [alert for alert in later if not alert.caught_up]
    for alert in told:
        assert alert.cause in planned or _alert_at(desk, alert.cause) >= adopted_at


def _alert_at(desk: Desk, occurrence: str) -> datetime:
    derived = derive(desk.agreement, desk.policy, desk.today)
    return next(i.alert_at for i in occurrences(derived, desk.policy) if i.name == occurrence)


TRUTHS: tuple[Callable[[Desk], None], ...] = (
    every_move_is_declared,
    the_state_is_the_fold_of_the_ledger,
    looking_again_changes_nothing,
    the_stage_is_the_one_that_the_facts_demand,
    each_occurrence_fires_once_and_is_told_once,
    what_fires_is_told_while_it_makes_sense,
    what_is_planned_is_what_the_facts_demand,
    no_lead_is_late_and_no_follow_up_early,
    what_actions_made_of_the_facts_goes_together,
)
