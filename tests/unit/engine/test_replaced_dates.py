"""An amendment before, at and after an alert fired: the new date says which one it replaces."""

from datetime import date

from states.model.fact_types import DeadlineName
from states.model.stage import Ruling, Stage
from tests.agreements import (
    NO_EVALUATION,
    NO_MONEY,
    YEAR_BY_YEAR,
    Walk,
    amended,
    in_force,
    lines,
)


def evaluations(walk: Walk) -> list[str]:
    return [line for line in walk.shown() if "evaluation:final" in line]


def test_a_date_that_moved_before_anything_was_told_replaces_nothing() -> None:
    walk = amended(in_force(), "2018-01-10 10:00", term__length="P4Y")

    assert not walk.agreement.replaces


def test_a_date_that_moved_after_an_alert_names_the_one_it_replaces() -> None:
    walk = in_force().until("2020-04-20 00:00")
    amended(walk, "2020-04-20 10:00", term__length="P4Y")

    replaced = walk.agreement.replaces
    assert replaced[DeadlineName("evaluation:final:2021-07-11")] == date(2020, 7, 11)
    assert evaluations(walk.until("2021-07-12 00:00")) == lines("""
        Thu 2020-04-09 08:00 evaluation:final:2020-07-11:-P3M
        Fri 2021-04-09 08:00 evaluation:final:2021-07-11:-P3M
        Fri 2021-06-11 08:00 evaluation:final:2021-07-11:-P1M
        Fri 2021-07-09 08:00 evaluation:final:2021-07-11:P0D
    """)


def test_a_date_that_moved_again_before_it_was_told_names_the_one_that_was() -> None:
    walk = in_force(NO_MONEY).until("2020-04-20 00:00")
    amended(walk, "2020-04-20 10:00", term__length="P4Y")
    amended(walk, "2020-05-11 10:00", term__length="P42M")

    replaced = walk.agreement.replaces
    assert replaced[DeadlineName("evaluation:final:2021-01-11")] == date(2020, 7, 11)


def test_a_date_that_was_unknown_for_a_while_names_the_one_that_was_told_before() -> None:
    walk = in_force().until("2020-04-20 00:00")
    walk.do("suspend", "2020-04-20 10:00", moves_end=True)
    walk.do("resume", "2020-07-20 10:00")

    assert walk.agreement.replaces == {
        DeadlineName("evaluation:final:2020-10-10"): date(2020, 7, 11)
    }


def test_a_date_that_comes_back_as_it_was_replaces_nothing() -> None:
    walk = in_force().until("2020-04-20 00:00")
    walk.do("suspend", "2020-04-20 10:00", moves_end=True)
    amended(walk, "2020-04-21 10:00", suspension__1__moves_end="false")

    assert not walk.agreement.replaces


def test_a_payment_of_which_nothing_was_told_replaces_nothing() -> None:
    walk = in_force().until("2020-04-20 00:00")
    amended(walk, "2020-04-20 10:00", instalment__1__paid_on="2017-10-12", term__length="P4Y")

    assert [name for name in walk.agreement.replaces if name.startswith("payment")] == []


def test_a_day_to_which_a_proposal_was_held_over_before_replaces_no_later_one() -> None:
    walk = Walk().do("skip_overleg", "2017-06-15 10:00", reason="haast")
    for day, later in (("2017-07-04", 18), ("2017-07-18", 25)):
        until = date(2017, 7, later)
        walk.until(f"{day} 09:00")
        walk.do("decide", f"{day} 10:00", outcome=Ruling.HELD_OVER, until=until)
    walk.until("2017-07-25 09:00").do("decide", "2017-07-25 10:00", outcome=Ruling.AS_PROPOSED)

    assert walk.agreement.replaces == {
        DeadlineName("held_over:college:2017-07-25"): date(2017, 7, 18)
    }


def test_what_renews_once_its_end_is_taken_back_replaces_nothing() -> None:
    plan = {"obligation.plan.what": "plan", "obligation.plan.before_end": "P1M"}
    walk = in_force({**YEAR_BY_YEAR, **NO_EVALUATION, **plan}).until("2018-06-01 00:00").forget()
    walk.do("terminate", "2018-06-01 10:00", ends_on=date(2018, 10, 11))
    terminated = walk.events[0]
    walk.until("2018-10-20 00:00").take_back(terminated, "2018-10-20 10:00")

    # The plan was asked for by 11 September; the new term asks for one of its own.
    assert walk.agreement.extension
    assert not walk.agreement.replaces


def test_an_end_that_is_moved_out_and_back_has_the_old_occurrence_once() -> None:
    walk = in_force().until("2020-04-20 00:00")
    amended(walk, "2020-04-20 10:00", term__length="P4Y")
    amended(walk, "2020-04-21 10:00", term__length="P3Y").until("2020-07-11 00:00")

    assert evaluations(walk) == lines("""
        Thu 2020-04-09 08:00 evaluation:final:2020-07-11:-P3M
        Thu 2020-06-11 08:00 evaluation:final:2020-07-11:-P1M
        Fri 2020-07-10 08:00 evaluation:final:2020-07-11:P0D
    """)


def test_an_end_that_moves_back_past_a_fired_call_reopens_the_evaluation_without_a_mail() -> None:
    walk = in_force().until("2020-07-20 00:00")
    amended(walk, "2020-07-20 10:00", term__length="P4Y")
    assert walk.is_in("active")

    amended(walk.forget(), "2020-07-21 10:00", term__length="P3Y")
    assert walk.is_in("evaluation")
    assert evaluations(walk) == []


def test_an_end_that_moves_back_opens_an_evaluation_that_was_called_with_the_very_event() -> None:
    walk = in_force(NO_MONEY).until("2020-07-20 00:00").do("conclude", "2020-07-20 09:00").forget()
    amended(walk, "2020-07-20 10:00", term__length="unknown", term__last_day="2020-09-30")

    assert [(event.action, event.stage, event.occurrence) for event in walk.events] == [
        ("amend", Stage.EVALUATION, None),
        ("fire", Stage.EVALUATION, "evaluation:final:2020-06-30:+P2W"),
    ]
