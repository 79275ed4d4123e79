"""What follows from an agreement is worked out once; asked with something else, it is anew."""

from datetime import date

from states.dates.policy import Policy
from states.model.agreement import Agreement
from states.model.memo import last_remembered
from tests.agreements import Changes, agreement
from workflow.engine.deadlines import derive

OPEN_ENDED: Changes = {
    "term.length": None,
    "term.open_ended": "true",
    "term.start": "2017-10-12",
    "contribution.every": "P1Y",
}


def test_only_what_was_asked_last_is_remembered() -> None:
    asked: list[int] = []

    @last_remembered
    def following(_subject: Agreement, number: int) -> int:
        asked.append(number)
        return number * 10

    one, other = agreement(), agreement()
    found = [following(one, 1), following(one, 1), following(other, 1), following(one, 2)]

    assert [*found, following(one, 1)] == [10, 10, 10, 20, 10]
    assert asked == [1, 1, 2, 1]


def test_deadlines_are_those_of_the_day_that_is_asked() -> None:
    subject = agreement(OPEN_ENDED)

    def payments(today: date) -> int:
        found = derive(subject, Policy(), today)
        return sum(deadline.rule == "payment" for deadline in found)

    # each 12 October up to a period, the longest lead and a year later: 7 December 2019, and 2029
    assert (payments(date(2017, 10, 12)), payments(date(2027, 10, 12))) == (3, 13)
