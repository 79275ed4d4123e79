"""What may mail: the facts of the agreement and the passing of time, never a changed setting."""

from datetime import date, time

import pytest
from msgspec.structs import replace

from states.dates.policy import Alerts, Policy
from states.dates.working_days import WorkingDays
from states.model.period import Period
from states.model.stage import Ruling, Stage
from tests.agreements import Walk, at, in_force
from workflow.engine.engine import adopt

WEEKS = {n: Period(0, 7 * n) for n in range(1, 53)}
MONEY = ("contribution.amount", "contribution.every", "contribution.office")
NO_FINAL = dict.fromkeys(("evaluation.final.before_end", "evaluation.final.clause", *MONEY))


def adopted(alerts: Alerts, when: str, *new: str) -> Policy:
    return Policy(alerts=alerts, since=frozenset((step, at(when)) for step in new))


# A changed setting -------------------------------------------------------------------------------

LONGER = {
    "evaluation:-P6M": ("2020-04-20 10:00", Alerts(evaluation_before=(Period(6), Period(1)))),
    "evaluation:+P1W": ("2020-08-05 10:00", Alerts(evaluation_after=(WEEKS[1], WEEKS[6]))),
    "continuation:-P8W": ("2020-08-25 10:00", Alerts(continuation_before=(WEEKS[8], WEEKS[2]))),
    "payment:-P12W": ("2018-08-20 10:00", Alerts(payment_before=(WEEKS[12], Period()))),
    "payment:+P2D": ("2018-10-17 10:00", Alerts(payment_after=(Period(0, 2), WEEKS[2]))),
}


@pytest.mark.parametrize("step, adoption", LONGER.items())
def test_a_step_that_a_setting_introduced_after_its_alert_is_superseded_and_never_mailed(
    step: str, adoption: tuple[str, Alerts]
) -> None:
    when, alerts = adoption
    walk = in_force().until(when).forget()

    walk.adopt(adopted(alerts, when, step)).tick(when)

    assert walk.shown() == []
    assert walk.fired() == []
    rule, _, name = step.partition(":")
    silenced = walk.superseded()
    assert silenced
    assert all(item.startswith(f"{rule}:") and item.endswith(f":{name}") for item in silenced)


@pytest.mark.parametrize("month", range(1, 13))
def test_no_changed_setting_mails_anything_for_the_past(month: int) -> None:
    when = f"2020-{month:02}-15 12:00"
    every = Alerts(
        evaluation_before=tuple(WEEKS[n] for n in (50, 40, 30, 20, 10, 3)),
        evaluation_after=tuple(WEEKS[n] for n in (1, 3, 5, 7, 9)),
        continuation_before=tuple(WEEKS[n] for n in (51, 41, 31, 21, 11, 1)),
        payment_before=tuple(WEEKS[n] for n in (50, 40, 30, 20, 10, 3)),
        payment_after=tuple(WEEKS[n] for n in (3, 5, 10, 20, 50)),
        unsigned_after=(WEEKS[1], WEEKS[50]),
    )
    names = {
        "evaluation": (every.evaluation_before, every.evaluation_after),
        "continuation": (every.continuation_before, ()),
        "payment": (every.payment_before, every.payment_after),
        "unsigned": ((), every.unsigned_after),
    }
    new = [
        f"{rule}:{sign}{period}"
        for rule, both in names.items()
        for sign, periods in zip("-+", both, strict=True)
        for period in periods
    ]
    walk = in_force().until(when).forget()

    walk.adopt(adopted(every, when, *new)).tick(when)

    assert walk.shown() == []


def test_a_new_first_lead_that_opens_the_decision_moves_the_agreement_and_mails_nothing() -> None:
    when = "2020-08-20 10:00"
    walk = Walk(NO_FINAL).decided().signed().until(when).forget()
    alerts = Alerts(continuation_before=(WEEKS[8], WEEKS[6], WEEKS[2]))

    walk.adopt(adopted(alerts, when, "continuation:-P8W")).tick(when)

    assert walk.stage is Stage.CONTINUATION_DECISION
    assert walk.shown() == []


def test_a_step_that_a_setting_introduced_before_its_alert_fires_in_time() -> None:
    when = "2020-05-01 10:00"
    walk = in_force().until(when).forget()
    alerts = Alerts(evaluation_before=(Period(1), WEEKS[1]))

    walk.adopt(adopted(alerts, when, "evaluation:-P1W")).tick(when).until("2020-07-05 00:00")

    assert walk.shown() == [
        "Thu 2020-06-11 08:00 evaluation:final:2020-07-11:-P1M",
        "Fri 2020-07-03 08:00 evaluation:final:2020-07-11:-P1W",
    ]


def test_a_new_step_that_is_due_by_a_fact_of_the_agreement_itself_is_caught_up() -> None:
    when = "2017-10-01 10:00"
    alerts = Alerts(payment_before=(WEEKS[12], WEEKS[2]), payment_after=())
    policy = adopted(alerts, when, "payment:-P12W", "payment:-P2W")

    walk = Walk().decided().adopt(policy).forget().signed("2017-10-12 10:00")

    assert "Thu 2017-10-12 10:00 payment:1:2017-10-12:-P2W" in walk.shown()


def test_a_step_that_was_planned_before_and_only_moved_fires() -> None:
    walk = in_force().until("2018-10-12 07:00").forget()
    earlier = replace(Policy(), alert_time=time(7))

    walk.adopt(earlier).tick("2018-10-12 07:30")

    assert walk.shown() == ["Fri 2018-10-12 07:30 payment:2:2018-10-12:P0D"]


def test_a_new_closing_day_that_moves_an_alert_into_the_past_silences_nothing() -> None:
    walk = in_force().until("2018-10-11 12:00").forget()
    closed = WorkingDays(closed_days=frozenset({date(2018, 10, 12)}))

    walk.adopt(Policy(working_days=closed)).tick("2018-10-11 12:00")

    assert walk.shown() == ["Thu 2018-10-11 12:00 payment:2:2018-10-12:P0D"]


def test_what_fired_does_not_fire_again_when_its_alert_moves_into_the_future() -> None:
    walk = in_force().until("2018-10-12 08:00").forget()

    walk.adopt(replace(Policy(), alert_time=time(16)))
    walk.do("note", "2018-10-12 10:00", text="Gebeld.").until("2018-10-14 00:00")

    assert walk.shown() == []


# History -----------------------------------------------------------------------------------------

RUNNING = {
    "stage": "active",
    "decision.1.on": "2017-09-26",
    "decision.1.outcome": "as_proposed",
    "party.maastricht.signed_on": "2017-10-12",
    "party.limburg.signed_on": "2017-10-12",
    "party.waterschap.signed_on": "2017-10-12",
    "party.beesel.signed_on": "2017-10-12",
    "party.cooperatie.signed_on": "2017-10-12",
}


def test_history_mails_nothing_for_what_fell_due_before_it_was_registered() -> None:
    walk = Walk(RUNNING, when="2019-01-02 10:00", history=True)

    assert walk.stage is Stage.ACTIVE
    assert walk.shown() == []
    assert walk.until("2019-08-01 00:00").shown() == []


def test_history_mails_what_falls_due_afterwards() -> None:
    walk = Walk(RUNNING, when="2019-01-02 10:00", history=True).until("2019-08-16 08:00")

    assert walk.shown() == ["Fri 2019-08-16 08:00 payment:3:2019-10-12:-P8W"]


def test_history_stands_in_the_stage_that_its_facts_demand() -> None:
    walk = Walk(RUNNING, when="2020-08-01 10:00", history=True)

    assert walk.stage is Stage.EVALUATION
    assert walk.shown() == []


# Steps that are asked again ----------------------------------------------------------------------


def test_a_payment_that_is_taken_back_is_reminded_of_again() -> None:
    walk = in_force().until("2018-10-12 08:00").do("pay", "2018-10-12 10:00", instalment="2")
    undone = {"instalment.2.paid_on": "unknown"}

    walk.forget().do("amend", "2018-10-15 07:00", reason="teruggeboekt", facts=undone)

    assert walk.events[0].reopened == (
        "payment:2:2018-10-12:+P1D",
        "payment:2:2018-10-12:+P1W",
        "payment:2:2018-10-12:+P2W",
    )
    assert walk.until("2018-10-27 00:00").fired() == [
        "Mon 2018-10-15 08:00 payment:2:2018-10-12:+P1D",
        "Fri 2018-10-19 08:00 payment:2:2018-10-12:+P1W",
        "Fri 2018-10-26 08:00 payment:2:2018-10-12:+P2W",
    ]


def test_of_what_passed_while_it_was_paid_the_newest_is_caught_up_when_it_is_taken_back() -> None:
    walk = in_force().until("2018-10-12 08:00").do("pay", "2018-10-12 10:00", instalment="2")
    undone = {"instalment.2.paid_on": "unknown"}

    walk.forget().do("amend", "2018-10-20 10:00", reason="teruggeboekt", facts=undone)

    assert walk.shown() == ["Sat 2018-10-20 10:00 payment:2:2018-10-12:+P1W"]
    assert walk.events[-1].caught_up


def test_a_date_that_moves_out_and_back_does_not_mail_what_it_mailed_before() -> None:
    walk = in_force().until("2020-07-10 08:00").forget()
    later, back = {"term.length": "P4Y"}, {"term.length": "P3Y"}

    walk.do("amend", "2020-07-13 10:00", reason="x", facts=later)
    assert walk.is_in("active")
    walk.do("amend", "2020-07-14 10:00", reason="x", facts=back)

    assert walk.is_in("evaluation")
    assert walk.shown() == []


def test_a_date_that_moves_gets_its_own_alerts() -> None:
    walk = in_force().until("2020-07-10 08:00").forget()

    walk.do("amend", "2020-07-13 10:00", reason="x", facts={"term.length": "P4Y"})
    walk.until("2021-07-10 00:00")

    assert [line for line in walk.fired() if "evaluation" in line] == [
        "Fri 2021-04-09 08:00 evaluation:final:2021-07-11:-P3M",
        "Fri 2021-06-11 08:00 evaluation:final:2021-07-11:-P1M",
        "Fri 2021-07-09 08:00 evaluation:final:2021-07-11:P0D",
    ]
    assert walk.is_in("evaluation")


def test_an_evaluation_without_a_follow_up_before_the_end_does_not_escalate() -> None:
    # The end is 11 October: two weeks after 4 October the term is over.
    walk = Walk({"evaluation.final.before_end": "P1W"}).decided().signed().forget()
    walk.until("2020-10-11 12:00")

    told = [alert for alert in walk.alerts if alert.cause.startswith("evaluation:final")]
    assert [(alert.cause, alert.escalates) for alert in told] == [
        ("evaluation:final:2020-10-04:-P3M", False),
        ("evaluation:final:2020-10-04:-P1M", False),
        ("evaluation:final:2020-10-04:P0D", False),
    ]


def test_the_last_follow_up_before_the_end_escalates_and_not_one_that_comes_after_it() -> None:
    # Two weeks after 20 September is before the end, 11 October; six weeks after is not.
    walk = Walk({"evaluation.final.before_end": "P3W"}).decided().signed().forget()
    walk.until("2020-10-11 12:00")

    told = [alert for alert in walk.alerts if alert.cause.startswith("evaluation:final")]
    assert [alert.cause for alert in told if alert.escalates] == [
        "evaluation:final:2020-09-20:+P2W"
    ]


# What became known late ---------------------------------------------------------------------------


def test_what_nobody_was_asked_to_meet_does_not_wait_because_it_became_known_late() -> None:
    walk = Walk().do("submit", "2017-06-15 10:00").do("agree", "2017-07-05 16:00")

    walk.do("decide", "2017-12-01 10:00", on=date(2017, 9, 26), outcome=Ruling.AS_PROPOSED)
    walk.until("2018-12-01 10:00")

    assert walk.shown() == [
        "Fri 2017-12-01 10:00 event:4",
        "Fri 2017-12-01 10:00 unsigned:signatures:2017-09-26:+P8W",
    ]


def test_of_a_policy_that_changes_nothing_nothing_is_open_again() -> None:
    walk = in_force().until("2020-04-20 10:00")
    assert "evaluation:final:2020-07-11:-P3M" in walk.dossier.recorded
    same = adopt(walk.dossier, Policy(), Policy(), at("2020-04-20 10:00"))
    assert same.open_again == frozenset()


def test_what_a_policy_does_not_need_any_more_is_not_open_again() -> None:
    walk = in_force({"contribution.payee": None}).until("2018-09-20 10:00")
    assert "missing_fact:contribution.payee:2017-06-22:P0D" in walk.dossier.recorded

    never_asked = replace(Alerts(), payment_before=(), payment_after=())
    change = adopt(walk.dossier, Policy(), Policy(alerts=never_asked), at("2018-09-20 10:00"))

    assert change.open_again == frozenset()
