"""The meeting of the college that leaves time, on dates worked out by hand."""

from datetime import date

import pytest

from states.dates.college import College, Meeting
from states.dates.policy import Policy
from states.dates.working_days import WorkingDays
from states.model.period import Period
from states.model.stage import Rule

TUESDAYS = College(meets=1)
CARNIVAL = frozenset({date(2026, 2, 16), date(2026, 2, 17), date(2026, 2, 18)})
HOUSE = Policy(
    working_days=WorkingDays(closed_days=CARNIVAL),
    recess=((date(2026, 7, 13), date(2026, 8, 21)), (date(2026, 12, 21), date(2027, 1, 1))),
)


def met(rule: Rule, due: date, today: date = date(2026, 1, 5)) -> date | None:
    found = TUESDAYS.meeting_for(rule, due, HOUSE, today)
    return found.on if found else None


@pytest.mark.parametrize(
    "rule, due, on",
    [
        (Rule.CONTINUATION, date(2026, 3, 31), date(2026, 3, 31)),  # a Tuesday itself
        (Rule.CONTINUATION, date(2026, 3, 30), date(2026, 3, 24)),
        (Rule.HELD_OVER, date(2026, 6, 1), date(2026, 5, 26)),
        (Rule.NOTICE, date(2026, 3, 31), date(2026, 3, 17)),  # two weeks for the letter
        (Rule.NOTICE, date(2026, 3, 30), date(2026, 3, 10)),
        (Rule.CONTINUATION, date(2026, 2, 20), date(2026, 2, 10)),  # closed on the 17th
        (Rule.CONTINUATION, date(2026, 8, 24), date(2026, 7, 7)),  # six weeks of recess
        (Rule.CONTINUATION, date(2027, 1, 4), date(2026, 12, 15)),  # over the turn of the year
        (Rule.NOTICE, date(2027, 1, 18), date(2026, 12, 15)),
        (Rule.CONTINUATION, date(2026, 5, 5), date(2026, 4, 28)),  # Liberation Day, a Tuesday
    ],
)
def test_the_last_meeting_that_leaves_time_is_named(rule: Rule, due: date, on: date) -> None:
    assert met(rule, due) == on


def test_a_meeting_lies_ahead_or_is_not_named() -> None:
    due = date(2026, 3, 31)
    assert met(Rule.NOTICE, due, today=date(2026, 3, 17)) == date(2026, 3, 17)
    assert met(Rule.NOTICE, due, today=date(2026, 3, 18)) is None
    assert met(Rule.CONTINUATION, date(2026, 8, 21), today=date(2026, 7, 13)) is None


@pytest.mark.parametrize("rule", [Rule.PAYMENT, Rule.EVALUATION, Rule.EXPIRY, Rule.OBLIGATION])
def test_what_the_college_does_not_decide_on_has_no_meeting(rule: Rule) -> None:
    assert met(rule, date(2026, 3, 31)) is None


def test_without_a_weekday_no_date_is_guessed() -> None:
    today = date(2026, 1, 5)
    assert College().meeting_for(Rule.NOTICE, date(2026, 3, 31), HOUSE, today) is None


def test_papers_are_in_so_long_before_the_meeting() -> None:
    thursdays = College(meets=3, papers=Period(days=14))
    found = thursdays.meeting_for(Rule.CONTINUATION, date(2026, 1, 9), HOUSE, date(2025, 12, 1))
    assert found == Meeting(on=date(2026, 1, 8), papers_by=date(2025, 12, 25))
