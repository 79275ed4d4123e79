"""Offices: the chain of fallbacks, and the first day on which nobody is reached through it."""

from collections.abc import Mapping
from datetime import date

import pytest

from notifications.language import language
from states.model.fact_types import Key, Line, PrivateText
from tests.agreements import agreement
from workflow.engine.ledger import stream_in_words
from workflow.engine.offices import Holder, Office, first_gap, offices_of, problems, resolve

TODAY, IN_EIGHT_WEEKS = date(2018, 5, 1), date(2018, 6, 26)
Days = tuple[str, str | None]


def holder(days: Days) -> Holder:
    first, last = days
    return Holder(
        name=PrivateText("n"),
        email=PrivateText("e"),
        starts=date.fromisoformat(first),
        until=date.fromisoformat(last) if last else None,
    )


def office(key: str, *held: Days, fallback: str | None = None) -> Office:
    return Office(
        key=Key(key),
        name=Line(key),
        fallback=Key(fallback) if fallback else None,
        holder=dict(enumerate(map(holder, held), start=1)),
    )


def offices(*some: Office) -> Mapping[str, Office]:
    return {item.key: item for item in some}


GAPS: list[tuple[str, list[Days], list[Days], str | None]] = [
    ("held without an end", [("2014-01-01", None)], [], None),
    ("ends, nobody follows", [("2014-01-01", "2018-05-31")], [], "2018-06-01"),
    ("followed at once", [("2014-01-01", "2018-05-31"), ("2018-06-01", None)], [], None),
    ("followed later", [("2014-01-01", "2018-05-31"), ("2018-06-04", None)], [], "2018-06-01"),
    ("ends on the last day", [("2014-01-01", "2018-06-26")], [], None),
    ("ends the day before the last", [("2014-01-01", "2018-06-25")], [], "2018-06-26"),
    ("ends today", [("2014-01-01", "2018-05-01")], [], "2018-05-02"),
    ("ended long ago", [("2014-01-01", "2016-05-01")], [], "2018-05-01"),
    ("another stands in", [("2014-01-01", "2018-05-31")], [("2014-01-01", None)], None),
    (
        "who stands in goes earlier",
        [("2014-01-01", "2018-05-31")],
        [("2014-01-01", "2018-05-20")],
        "2018-06-01",
    ),
    (
        "who stands in goes later",
        [("2014-01-01", "2018-05-31")],
        [("2014-01-01", "2018-06-10")],
        "2018-06-11",
    ),
    (
        "who stands in comes too late",
        [("2014-01-01", "2018-05-31")],
        [("2018-06-02", None)],
        "2018-06-01",
    ),
]


@pytest.mark.parametrize(
    "own,above,expected", [case[1:] for case in GAPS], ids=[c[0] for c in GAPS]
)
def test_the_first_day_on_which_nobody_is_reached(
    own: list[Days], above: list[Days], expected: str | None
) -> None:
    known = offices(office("b", *own, fallback="a"), office("a", *above))
    day = first_gap(known, "b", TODAY, IN_EIGHT_WEEKS)
    assert day == (date.fromisoformat(expected) if expected else None)


def test_an_office_that_is_not_there_is_not_held() -> None:
    assert first_gap(offices(), "b", TODAY, IN_EIGHT_WEEKS) == TODAY
    assert resolve(offices(), "b", TODAY) is None


def test_an_agreements_offices_are_its_own_and_the_one_that_pays() -> None:
    assert offices_of(agreement()) == ["sociaal-domein", "financien"]
    assert offices_of(agreement({"contribution.office": None})) == ["sociaal-domein"]
    assert offices_of(agreement({"contribution.office": "sociaal-domein"})) == ["sociaal-domein"]


def test_what_is_wrong_with_an_office_names_it_and_not_its_ledger() -> None:
    dutch = language("nl")

    assert dutch.say(stream_in_words("office:financien")) == "functie “financien”"
    assert dutch.say(stream_in_words("SO-2017-0042")) == "SO-2017-0042"


@pytest.mark.parametrize(
    "wrong, said",
    [
        (
            office("east", ("2018-05-02", "2018-05-01")),
            "office.east.holder: a holder's last day 2018-05-01 lies before the first.",
        ),
        (office("east", fallback="west"), "office.east.fallback: there is no office “west”."),
    ],
)
def test_an_office_that_cannot_be_so_is_named(wrong: Office, said: str) -> None:
    assert [f"{item.path}: {item.problem}" for item in problems(offices(wrong))] == [said]


def test_a_holder_may_leave_on_the_first_day() -> None:
    assert [*problems(offices(office("east", ("2018-05-01", "2018-05-01"))))] == []
