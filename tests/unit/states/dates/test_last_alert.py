"""After which step of a deadline no other alerts, while the term runs."""

from datetime import date

import pytest

from states.dates.policy import Policy
from states.model.arithmetic import Dated
from states.model.period import Period
from states.model.stage import DATE_ITSELF, Deadline, Rule
from states.rules.deadline_rules import steps

ON = date(2018, 10, 12)
LEAD, LATER, LATEST = steps((Period(days=28),), (Period(days=14), Period(days=42)))


def is_last(
    step: int, *, today: date = date(2018, 1, 1), end: date | None = None, follow_ups: int = 2
) -> bool:
    every = (LEAD, DATE_ITSELF, LATER, LATEST)
    deadline = Deadline(
        rule=Rule.EVALUATION,
        about="final",
        nominal=Dated(ON, ""),
        steps=every[: 2 + follow_ups],
        escalate_until=end,
    )
    return Policy().is_last(deadline, every[step], today)


def test_the_last_step_is_the_last() -> None:
    assert [is_last(step) for step in range(4)] == [False, False, False, True]


@pytest.mark.parametrize("step", [0, 1])
def test_without_follow_ups_nothing_comes_after_the_date_itself(step: int) -> None:
    assert is_last(step, follow_ups=0) is (step == 1)


@pytest.mark.parametrize(
    "end, last", [(date(2018, 10, 20), 1), (date(2018, 10, 26), 2), (date(2018, 12, 31), 3)]
)
def test_what_would_come_after_the_end_never_comes(end: date, last: int) -> None:
    assert [is_last(step, end=end) for step in range(last + 1)] == [False] * last + [True]


def test_a_mail_that_leaves_after_every_step_is_the_last_whatever_it_is_about() -> None:
    assert is_last(0, today=date(2018, 11, 24))
    assert not is_last(0, today=date(2018, 11, 23))  # the last one leaves at 08:00
