"""What fires from a plan, and what makes a plan count for nothing."""

import json
from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from states.dates.policy import Policy
from states.model.events import ENGINE, Addressee, Alert, Event, Plan, Role
from states.model.stage import Stage
from tests.agreements import NO_EVALUATION, at, local
from tests.audits import findings
from tests.chance import RAN
from tests.clerk import Clerk
from workflow.engine import plan as planning
from workflow.engine.decider import facts_text
from workflow.engine.engine import as_demanded
from workflow.engine.plan import DueRow, Firing, PlannedFor, from_plan, is_as_demanded

POLICY = Policy()
DAY_AFTER, WEEK_AFTER = at("2017-10-13 08:00"), at("2017-10-19 08:00")
FIRST, SECOND = "payment:1:2017-10-12:+P1D", "payment:1:2017-10-12:+P1W"


@pytest.fixture
def clerk() -> Clerk:
    """Give the source case, signed on 12 October 2017: its first payment is due on that day."""
    return Clerk(RAN, "2017-10-12 10:00")


def kept(clerk: Clerk) -> Plan:
    assert clerk.plan
    return clerk.plan


def row_of(clerk: Clerk) -> DueRow:
    """Return its row on 13 October, of two events: registered, and told on the day itself."""
    return DueRow(
        id=7,
        ref="SO-2017-0042",
        stage=Stage.ACTIVE,
        ending=None,
        seq=2,
        head=clerk.rows[-1].hash,
        next_alert_at=DAY_AFTER,
        facts=facts_text(clerk.agreement),
    )


def test_a_plan_holds_what_comes_up_to_the_first_moment_of_which_more_is_needed(
    clerk: Clerk,
) -> None:
    steps = json.loads(kept(clerk).steps)

    # The step after the last lies on 17 August 2018, more than three hundred days ahead.
    assert [(step[0], local(datetime.fromisoformat(step[1]))) for step in steps] == [
        (FIRST, "Fri 2017-10-13 08:00"),
        (SECOND, "Thu 2017-10-19 08:00"),
        (None, "Thu 2017-10-26 08:00"),
    ]


def test_a_plan_says_its_instants_as_every_release_of_this_version_does(clerk: Clerk) -> None:
    """An older one beside it compares the texts, and `verify` would find what is not wrong."""
    first, *_, last = json.loads(kept(clerk).steps)

    assert first[:2] == [FIRST, "2017-10-13T06:00:00+00:00"]
    assert last[:2] == [None, "2017-10-26T06:00:00+00:00"]


def test_a_reminder_fires_from_the_plan_as_the_facts_demand(clerk: Clerk) -> None:
    row = row_of(clerk)
    readers = (Addressee(Role.FINANCE, "financien"), Addressee(Role.CASE_OWNER, "sociaal-domein"))

    assert from_plan(row, kept(clerk), POLICY, DAY_AFTER + timedelta(seconds=61)) == Firing(
        row=row,
        event=Event(
            seq=3,
            at=DAY_AFTER + timedelta(seconds=61),
            actor=ENGINE,
            action="fire",
            stage_before=Stage.ACTIVE,
            stage=Stage.ACTIVE,
            occurrence=FIRST,
            nominal_on=at("2017-10-12 10:00").date(),
            late_by=61,
            mails=2,
        ),
        alert=Alert(
            rule="payment",
            cause=FIRST,
            leaves_at=DAY_AFTER + timedelta(seconds=61),
            addressees=readers,
            late_by=61,
        ),
        next_alert_at=WEEK_AFTER,
    )


def test_most_of_what_an_agreement_is_reminded_of_fires_from_plans(clerk: Clerk) -> None:
    clerk.until(at("2019-10-12 10:00"))

    reminders = [event for event in clerk.events if event.action == "fire" and not event.changes]
    assert (clerk.fired_from_plans, len(reminders)) == (8, 13)


# What does not fit -------------------------------------------------------------------------------

ROWS: dict[str, Callable[[DueRow], DueRow]] = {
    "another fact": lambda row: replace(row, facts=row.facts.replace("P3Y", "P4Y")),
    "another agreement": lambda row: replace(row, ref="SO-2017-0043"),
    "another stage": lambda row: replace(row, stage=Stage.EVALUATION),
    "an event that the plan does not know": lambda row: replace(row, seq=3),
    "an event that is gone": lambda row: replace(row, seq=1),
    "more events than the plan has steps": lambda row: replace(row, seq=4),
    "another next look": lambda row: replace(row, next_alert_at=WEEK_AFTER),
}
PLANS: dict[str, Callable[[Plan], Plan]] = {
    "a step less": lambda plan: replace(
        plan, steps=json.dumps(json.loads(plan.steps)[:1] + json.loads(plan.steps)[2:])
    ),
    "another reader": lambda plan: replace(plan, steps=plan.steps.replace("financien", "inkoop")),
    "another event": lambda plan: replace(plan, seq=1),
    "another key": lambda plan: replace(plan, key=plan.key[::-1]),
}
POLICIES: dict[str, Policy] = {
    "another alert time": replace(POLICY, alert_time=time(9)),
    "another zone": replace(POLICY, timezone="Europe/London"),
    "a step that is adopted later": replace(POLICY, since=frozenset({("payment:+P1D", DAY_AFTER)})),
}


@pytest.mark.parametrize("change", ROWS.values(), ids=ROWS)
def test_a_row_that_is_not_as_the_plan_was_made_for_is_decided_from_the_facts(
    clerk: Clerk, change: Callable[[DueRow], DueRow]
) -> None:
    assert from_plan(change(row_of(clerk)), kept(clerk), POLICY, DAY_AFTER) is None


@pytest.mark.parametrize("change", PLANS.values(), ids=PLANS)
def test_a_plan_that_somebody_changed_counts_for_nothing(
    clerk: Clerk, change: Callable[[Plan], Plan]
) -> None:
    assert from_plan(row_of(clerk), change(kept(clerk)), POLICY, DAY_AFTER) is None


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
def test_a_plan_of_another_policy_counts_for_nothing(clerk: Clerk, policy: Policy) -> None:
    assert from_plan(row_of(clerk), kept(clerk), policy, DAY_AFTER) is None


def test_a_plan_of_another_release_counts_for_nothing(
    clerk: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "__version__", "0.0.9")
    planning._rules_of.cache_clear()

    assert from_plan(row_of(clerk), kept(clerk), POLICY, DAY_AFTER) is None
    planning._rules_of.cache_clear()


def test_no_step_is_left_out_by_a_plan_that_is_said_to_be_older(clerk: Clerk) -> None:
    row, older = replace(row_of(clerk), next_alert_at=WEEK_AFTER), replace(kept(clerk), seq=1)

    assert from_plan(row, older, POLICY, WEEK_AFTER) is None


def test_a_stage_that_time_brings_without_an_alert_is_looked_at_before_reminders_go_on() -> None:
    monthly = {**RAN, **NO_EVALUATION, "term.length": "P6M", "contribution.every": "P1M"}
    clerk = Clerk({**monthly, "term.start": "2017-10-12"}, "2018-05-01 10:00", history=True)
    clerk.act("decide", {"outcome": "stop"})
    clerk.act("amend", {"term.start": "2018-04-30", "correction": "yes"})
    assert clerk.agreement.stage is Stage.ACTIVE
    clerk.until(at("2018-10-01 10:00"))
    moved = [event for event in clerk.events if event.stage_before is not event.stage][-1]
    assert (moved.action, moved.stage) == ("settle", Stage.CONTINUATION_DECISION)
    assert local(moved.at) == "Mon 2018-09-17 08:00"
    assert not findings(clerk)


def test_two_reminders_that_wait_are_decided_from_the_facts(clerk: Clerk) -> None:
    assert from_plan(row_of(clerk), kept(clerk), POLICY, WEEK_AFTER) is None


# What the reconciler asks ------------------------------------------------------------------------


def source_of(clerk: Clerk) -> PlannedFor:
    """Return what the plan was derived from, as the register knows it by now."""
    agreement = clerk.agreement
    return PlannedFor(agreement.ref, agreement.stage, clerk.dossier.seq, facts_text(agreement))


def forged(clerk: Clerk, change: Callable[[list[Any]], object]) -> Plan:
    """Return the plan with its steps changed, under a key that fits them."""
    steps = json.loads(kept(clerk).steps)
    change(steps)
    text = json.dumps(steps, separators=(",", ":"))
    key = planning._key(source_of(clerk), text, POLICY)
    return Plan(seq=2, key=key, steps=text)


FORGERIES: dict[str, Callable[[list[Any]], object]] = {
    "a step less": lambda steps: steps.pop(0),
    "the last step less": lambda steps: steps.pop(1),
    "another moment": lambda steps: steps[0].__setitem__(1, "2017-10-14T06:00:00+00:00"),
    "another reader": lambda steps: steps[1][3].pop(),
    "a later end": lambda steps: steps[2].__setitem__(1, "2017-11-26T07:00:00+00:00"),
}


@pytest.mark.parametrize("change", FORGERIES.values(), ids=FORGERIES)
def test_a_plan_that_says_something_else_than_the_facts_is_seen(
    clerk: Clerk, change: Callable[[list[Any]], object]
) -> None:
    demanded = as_demanded(clerk.dossier, POLICY, clerk.now).plan

    assert is_as_demanded(kept(clerk), source_of(clerk), POLICY, demanded)
    assert not is_as_demanded(forged(clerk, change), source_of(clerk), POLICY, demanded)


def test_a_plan_is_as_demanded_long_after_it_was_made(clerk: Clerk) -> None:
    plan = kept(clerk)
    clerk.tick(DAY_AFTER)
    later = as_demanded(clerk.dossier, POLICY, at("2017-10-18 10:00")).plan

    assert later
    assert json.loads(later.steps)[0][0] == SECOND
    assert is_as_demanded(plan, source_of(clerk), POLICY, later)
