"""What was said of a date is not said again of the date that takes its place."""

from datetime import date

import pytest

from states.model.period import Period
from states.model.stage import Continuation
from states.rules.checks import warnings
from tests.agreements import (
    ENDLESS,
    NO_EVALUATION,
    NO_MONEY,
    YEAR_BY_YEAR,
    Changes,
    Walk,
    in_force,
    lines,
)


def amended(walk: Walk, when: str, **facts: str) -> Walk:
    named = {key.replace("__", "."): text for key, text in facts.items()}
    return walk.forget().do("amend", when, reason="x", facts=named)


@pytest.mark.parametrize("start", ["2017-10-11", "2017-10-13"])
def test_a_start_that_is_corrected_by_a_day_says_nothing_of_past_years_again(start: str) -> None:
    walk = amended(in_force().until("2020-08-10 09:00"), "2020-08-10 10:00", term__start=start)

    assert walk.shown() == []
    assert {name.split(":")[0] for name in walk.superseded()} >= {"payment", "evaluation"}
    walk.until("2020-08-18 00:00")
    assert walk.shown() == []


def test_what_was_not_yet_said_of_the_earlier_date_is_said_of_the_new_one() -> None:
    walk = amended(
        in_force().until("2018-10-16 00:00"), "2018-10-16 10:00", term__start="2017-10-11"
    )
    walk.until("2018-10-27 00:00")

    assert walk.shown() == lines("""
        Thu 2018-10-18 08:00 payment:2:2018-10-11:+P1W
        Thu 2018-10-25 08:00 payment:2:2018-10-11:+P2W
    """)


def test_a_date_that_came_into_the_past_only_now_is_told() -> None:
    walk = amended(
        in_force().until("2018-09-20 00:00"),
        "2018-09-20 10:00",
        instalment__2__due_on="2018-08-01",
    )
    walk.until("2018-09-22 00:00")

    assert walk.shown() == [
        "Thu 2018-09-20 10:00 payment:2:2018-08-01:P0D",
        "Fri 2018-09-21 08:00 payment:2:2018-08-01:+P1D",
    ]


def test_a_date_after_the_day_on_which_one_before_it_was_known_counts_from_itself() -> None:
    walk = amended(
        in_force().until("2018-09-20 00:00"),
        "2018-09-20 10:00",
        instalment__2__due_on="2018-08-01",
    )
    walk = amended(
        walk.until("2018-10-20 00:00"), "2018-10-20 10:00", instalment__2__due_on="2018-10-10"
    )
    walk.until("2018-11-20 00:00")

    assert walk.shown() == ["Wed 2018-10-24 08:00 payment:2:2018-10-10:+P2W"]


def test_the_past_of_an_import_is_not_said_when_its_start_is_corrected() -> None:
    ran = {
        "stage": "active",
        "decision.1.on": "2017-09-26",
        "decision.1.outcome": "as_proposed",
        "term.start": "2017-10-12",
    } | {
        f"party.{key}.signed_on": "2017-10-12"
        for key in ("maastricht", "limburg", "waterschap", "beesel", "cooperatie")
    }
    walk = Walk(ran, when="2019-01-07 10:00", history=True)
    amended(walk, "2019-01-08 10:00", term__start="2017-10-13")

    assert walk.shown() == []


def test_an_extension_is_a_term_of_its_own_of_which_all_is_said() -> None:
    walk = in_force({"evaluation.final.before_end": None, "evaluation.final.clause": None})
    walk.until("2020-10-10 00:00").forget()
    walk.do(
        "decide",
        "2020-10-10 10:00",
        outcome=Continuation.EXTEND,
        length=Period(0, 14),
        contribution=False,
    )

    assert [line for line in walk.shown() if "continuation" in line] == [
        "Sat 2020-10-10 10:00 continuation:term:2020-10-25:-P2W"
    ]


PLAN = {"obligation.plan.what": "plan voor de afronding", "obligation.plan.before_end": "P6M"}


def test_a_lead_that_was_left_out_of_an_earlier_date_is_not_said_after_the_day_itself() -> None:
    walk = in_force(NO_MONEY).until("2020-03-01 00:00").forget()
    walk.do("terminate", "2020-03-01 10:00", ends_on=date(2020, 6, 15))
    terminated = walk.events[0]  # -P1M is said of 15 March; -P3M, which is older, is not
    walk.until("2020-08-01 00:00").forget().take_back(terminated, "2020-08-01 10:00")

    assert walk.shown() == []
    assert walk.is_in("evaluation")


def test_an_extension_that_is_taken_back_says_nothing_again() -> None:
    walk = in_force(PLAN).until("2020-04-20 00:00")
    walk.tick("2020-08-20 09:00")  # the newest fires: +P6W; +P2W is superseded
    walk.do("conclude", "2020-08-20 10:00").do(
        "decide",
        "2020-08-20 11:00",
        outcome=Continuation.EXTEND,
        length=Period(12),
        contribution=False,
    )
    extended = walk.events[-1]
    walk.forget().take_back(extended, "2020-08-20 12:00").until("2020-10-10 00:00")

    assert [line for line in walk.fired() if "obligation" in line] == []


@pytest.mark.parametrize("paid_at", ["2018-09-20 10:00", "2018-09-20 09:59"])
def test_what_was_said_of_the_date_before_is_not_told_when_a_payment_is_taken_back(
    paid_at: str,
) -> None:
    """The payment came after the amendment: within a second, or by a clock that was set back."""
    moved = {"instalment__2__due_on": "2018-10-10"}
    walk = amended(in_force().until("2018-09-20 00:00"), "2018-09-20 10:00", **moved)
    walk.do("pay", paid_at, instalment="2", on=date(2018, 9, 20))
    paid = walk.events[-1]
    walk.forget().take_back(paid, "2018-09-20 10:05").until("2018-10-09 00:00")

    assert walk.shown() == []  # -P4W was told of 12 October, on Friday 14 September


def test_a_late_date_whose_payment_is_taken_back_keeps_the_day_it_became_known() -> None:
    payee = {"contribution.payee": None}
    walk = Walk(payee).decided().signed().forget()
    walk.do("pay", "2017-10-16 10:00", instalment="1", on=date(2017, 10, 16))
    walk.take_back(walk.events[-1], "2017-10-18 10:00").until("2017-12-31 00:00")

    assert [line for line in walk.shown() if "payee" in line] == lines("""
        Thu 2017-11-09 08:00 missing_fact:contribution.payee:2017-06-22:+P4W
        Thu 2017-12-07 08:00 missing_fact:contribution.payee:2017-06-22:+P8W
    """)


# Alerts that were held back ----------------------------------------------------------------------


def test_a_lead_that_was_held_back_goes_when_the_date_itself_comes() -> None:
    walk = in_force().until("2020-06-08 00:00").forget()
    walk.do(
        "acknowledge",
        "2020-06-08 10:00",
        occurrence="evaluation:final:2020-07-11:-P3M",
        until=date(2020, 7, 15),
    ).until("2020-07-26 00:00")

    assert [line for line in walk.shown() if "evaluation" in line] == [
        "Fri 2020-07-10 08:00 evaluation:final:2020-07-11:P0D"
    ]
    assert "evaluation:final:2020-07-11:-P1M" in walk.superseded()


def test_of_what_was_held_back_only_the_newest_fires() -> None:
    walk = in_force().until("2017-10-14 00:00").forget()
    walk.do(
        "acknowledge",
        "2017-10-14 10:00",
        occurrence="payment:1:2017-10-12:+P1D",
        until=date(2017, 11, 10),
    ).until("2017-12-01 00:00")

    # +P2W escalates and waits for nobody; +P1W, held back, is older.
    assert [line for line in walk.shown() if "payment" in line] == [
        "Thu 2017-10-26 08:00 payment:1:2017-10-12:+P2W"
    ]
    assert "payment:1:2017-10-12:+P1W" in walk.superseded()


def test_what_was_said_of_a_date_is_not_said_again_of_one_that_was_held_back() -> None:
    dated: Changes = {"evaluation.final.before_end": None, "evaluation.final.on": "2020-07-11"}
    walk = in_force({**NO_MONEY, **dated}).until("2020-07-20 00:00")
    asked, until = "evaluation:final:2020-07-11:P0D", date(2020, 8, 30)
    walk.do("acknowledge", "2020-07-20 10:00", occurrence=asked, until=until)
    amended(walk, "2020-07-21 10:00", evaluation__final__on="2020-07-01").until("2020-09-01 00:00")
    assert walk.shown()[2] == "Wed 2020-08-12 08:00 evaluation:final:2020-07-01:+P6W"

    # +P6W escalates and is not held back: +P4W comes after it, on 31 August.
    amended(walk, "2020-09-01 10:00", evaluation__final__on="2020-07-11").until("2020-09-20 00:00")
    assert walk.shown() == []


# Escalation --------------------------------------------------------------------------------------


@pytest.mark.parametrize("rests", [False, True], ids=["open-ended", "suspended"])
def test_an_evaluation_without_a_known_end_escalates_at_its_last_step(rests: bool) -> None:  # noqa: FBT001
    dated: Changes = {"evaluation.final.before_end": None, "evaluation.final.on": "2020-07-11"}
    walk = in_force(dated)
    if rests:
        walk.do("suspend", "2020-01-01 10:00", on=date(2020, 1, 1), moves_end=True)
    else:
        walk = in_force({**ENDLESS, **dated})
    walk.until("2020-09-01 00:00")

    escalated = [alert.cause for alert in walk.alerts if alert.escalates]
    assert [cause for cause in escalated if "evaluation" in cause] == [
        "evaluation:final:2020-07-11:+P6W"
    ]


# What happens in whatever stage ------------------------------------------------------------------

INTERIM: Changes = {
    "evaluation.final.before_end": None,
    "evaluation.final.clause": None,
    "evaluation.last.before_end": "P1M",
    "evaluation.last.final": "false",
}


def test_an_interim_evaluation_that_falls_due_while_it_is_decided_is_told_and_can_be_held() -> None:
    walk = in_force(INTERIM).until("2020-09-01 00:00")
    assert walk.is_in("continuation_decision")

    walk.forget().until("2020-09-12 00:00")
    assert [line for line in walk.shown() if "evaluation" in line] == [
        "Fri 2020-09-11 08:00 evaluation:last:2020-09-11:P0D"
    ]
    assert walk.is_in("continuation_decision")
    walk.do("conclude", "2020-09-14 10:00").forget().until("2020-10-01 00:00")
    assert walk.is_in("continuation_decision")
    assert [line for line in walk.shown() if "evaluation" in line] == []


def test_a_signature_after_a_fixed_last_day_is_recorded() -> None:
    walk = Walk({"term.length": None, "term.last_day": "2018-12-31"}).decided()
    walk.signed("2019-02-01 10:00")

    assert (walk.stage.value, walk.ending) == ("ended", "lapsed")
    assert [str(warning) for warning in warnings(walk.agreement)] == [
        "The agreement starts with a signature of 2019-02-01, after its last day 2018-12-31."
    ]


def test_nothing_was_said_of_a_date_that_nobody_was_asked_about() -> None:
    walk = in_force({**YEAR_BY_YEAR, **NO_EVALUATION, **NO_MONEY}).until("2018-07-09 12:00")
    walk.do("terminate", "2018-07-09 12:00", on=date(2018, 7, 9), ends_on=date(2018, 7, 31))
    terminated = walk.events[-1]  # the notice for that end would have been by 29 April
    walk.until("2018-07-11 10:00").forget().take_back(terminated, "2018-07-11 10:00")
    assert walk.shown() == ["Wed 2018-07-11 10:00 notice:term:2018-07-10:P0D"]
