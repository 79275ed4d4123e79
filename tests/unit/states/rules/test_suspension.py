"""Suspension: the agreement rests; its end moves by the days that it rested, or does not."""

from datetime import date

import pytest

from states.dates.instalments import payments
from states.dates.term_dates import end_of
from states.model.stage import Unknown
from tests.agreements import Walk, in_force, last_day


def suspended(*, moves_end: bool) -> Walk:
    return in_force().do("suspend", "2019-01-01 10:00", on=date(2019, 1, 1), moves_end=moves_end)


def test_while_it_rests_an_end_that_moves_is_unknown_and_says_why() -> None:
    end = end_of(suspended(moves_end=True).agreement)

    assert isinstance(end, Unknown)
    assert str(end.because) == (
        "the agreement has been suspended since 2019-01-01; its end moves until it is resumed"
    )


def test_the_end_moves_by_the_days_up_to_the_resumption_and_all_that_hangs_on_it() -> None:
    walk = suspended(moves_end=True).do("resume", "2019-03-02 10:00", on=date(2019, 3, 2))

    assert last_day(walk) == date(2020, 12, 10)  # 31 days of January, 28 of February, 1 of March
    walk.forget().until("2020-10-01 00:00")
    assert [line for line in walk.fired() if "evaluation:final" in line][:3] == [
        "Wed 2020-06-10 08:00 evaluation:final:2020-09-10:-P3M",
        "Mon 2020-08-10 08:00 evaluation:final:2020-09-10:-P1M",
        "Thu 2020-09-10 08:00 evaluation:final:2020-09-10:P0D",
    ]


def test_a_suspension_that_does_not_move_the_end_moves_no_date_at_all() -> None:
    walk = suspended(moves_end=False)

    assert last_day(walk) == date(2020, 10, 11)
    walk.do("resume", "2019-03-02 10:00", on=date(2019, 3, 2))
    assert last_day(walk) == date(2020, 10, 11)


def test_what_was_said_of_the_end_can_be_corrected_at_the_resumption() -> None:
    walk = suspended(moves_end=False)
    walk.do("resume", "2019-03-02 10:00", on=date(2019, 3, 2), moves_end=True)

    assert last_day(walk) == date(2020, 12, 10)


def test_two_suspensions_move_the_end_by_their_days_together() -> None:
    walk = suspended(moves_end=True).do("resume", "2019-01-11 10:00", on=date(2019, 1, 11))
    walk.do("suspend", "2019-06-01 10:00", on=date(2019, 6, 1), moves_end=True)
    walk.do("resume", "2019-06-06 10:00", on=date(2019, 6, 6))

    assert last_day(walk) == date(2020, 10, 26)


def test_a_suspension_adds_no_instalments_and_moves_none() -> None:
    walk = suspended(moves_end=True).do("resume", "2020-01-01 10:00", on=date(2020, 1, 1))

    assert last_day(walk) == date(2021, 10, 11)
    dues = [item.due.day for item in payments(walk.agreement, date(2030, 1, 1))]  # type: ignore[union-attr]
    assert dues == [date(2017, 10, 12), date(2018, 10, 12), date(2019, 10, 12)]


def test_nothing_expires_while_an_end_that_moves_is_unknown() -> None:
    walk = suspended(moves_end=True).until("2021-06-01 00:00")

    assert walk.is_in("active")


def test_a_resumption_that_is_forgotten_is_asked_for() -> None:
    walk = suspended(moves_end=True).forget().until("2019-07-01 00:00")

    assert [line for line in walk.shown() if "missing_fact" in line] == [
        "Mon 2019-04-01 08:00 missing_fact:suspension.1.resumed_on:2019-04-01:P0D",
        "Mon 2019-04-29 08:00 missing_fact:suspension.1.resumed_on:2019-04-01:+P4W",
        "Mon 2019-05-27 08:00 missing_fact:suspension.1.resumed_on:2019-04-01:+P8W",
    ]


def test_an_evaluation_that_was_asked_for_rests_with_the_agreement() -> None:
    walk = in_force().until("2020-07-20 00:00")
    assert walk.is_in("evaluation")

    walk.do("suspend", "2020-07-20 10:00", on=date(2020, 7, 20), moves_end=True)
    assert walk.is_in("active")


@pytest.mark.parametrize(
    "action, day, sentence",
    [
        ("resume", date(2019, 1, 1), "The agreement is not suspended."),
        (
            "suspend",
            date(2017, 10, 1),
            "The agreement did not run on 2017-10-01, before 2017-10-12.",
        ),
    ],
)
def test_a_running_agreement_refuses(action: str, day: date, sentence: str) -> None:
    walk = in_force()
    assert walk.objections(action, "2019-01-01 10:00", on=day, moves_end=True) == [sentence]


@pytest.mark.parametrize(
    "action, day, sentence",
    [
        ("suspend", date(2019, 2, 1), "The agreement has been suspended since 2019-01-01 already."),
        ("resume", date(2018, 12, 31), "The agreement was suspended later, on 2019-01-01."),
    ],
)
def test_a_resting_agreement_refuses(action: str, day: date, sentence: str) -> None:
    walk = suspended(moves_end=True)
    assert walk.objections(action, "2019-02-01 10:00", on=day, moves_end=True) == [sentence]
