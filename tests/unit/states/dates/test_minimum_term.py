"""The minimum term of what is open-ended, and the first day on which that can end."""

from datetime import date

import pytest

from states.dates.tacit_renewal import earliest_end, minimum_end, notice_for
from states.dates.term_dates import day_of
from states.model.arithmetic import Dated
from states.model.period import Period
from states.model.stage import Unknown
from states.rules.checks import problems
from tests.agreements import ENDLESS, Changes, Walk, agreement

LEAVABLE: Changes = {**ENDLESS, "term.minimum": "P2Y", "evaluation.final.on": "2019-01-01"}
CLAUSE = {
    "source.1.field": "term.minimum",
    "source.1.quote": "Opzeggen kan niet in de eerste 24 maanden.",
}
LATER = date(2018, 5, 1)


def endless(**more: str) -> Walk:
    """Return an open-ended agreement, in force from 12 October 2017."""
    return Walk({**LEAVABLE, **more}).decided().signed()


def test_the_minimum_term_ends_on_its_last_day_by_r1() -> None:
    assert day_of(minimum_end(endless().agreement)) == date(2019, 10, 11)
    leap = {"term.minimum": "P1Y", "term.start": "2024-02-29"}
    assert day_of(minimum_end(agreement({**LEAVABLE, **leap}))) == date(2025, 2, 28)


def test_before_anybody_signed_nobody_knows_when_it_can_end() -> None:
    signing, nobody = Walk(LEAVABLE).decided().agreement, "the agreement has not been signed by: "
    for found in (minimum_end(signing), earliest_end(signing, LATER)):
        assert isinstance(found, Unknown)
        assert str(found.because).startswith(f"{nobody}Gemeente Maastricht, Provincie Limburg, ")


def test_it_cannot_end_before_its_minimum_term_is_over() -> None:
    walk = endless()
    early = walk.objections("terminate", "2018-05-01 10:00", ends_on=date(2019, 10, 10))

    assert early == [
        (
            "It cannot end before 2019-10-11, for its minimum term is P2Y (term.minimum)."
            " Where all parties agree otherwise, amend that first."
        )
    ]
    assert walk.objections("terminate", "2018-05-01 10:00", ends_on=date(2019, 10, 11)) == []


def test_the_objection_names_the_clause() -> None:
    early = endless(**CLAUSE).objections("terminate", "2018-05-01 10:00", on=LATER)

    assert early == [
        (
            "It cannot end before 2019-10-11: “Opzeggen kan niet in de eerste 24 maanden.”"
            " Where all parties agree otherwise, amend term.minimum first."
        )
    ]


@pytest.mark.parametrize(
    "minimum, notice, today, earliest",
    [
        ("P2Y", None, LATER, date(2019, 10, 11)),
        ("P2Y", "P6M", LATER, date(2019, 10, 11)),
        ("P2Y", "P6M", date(2019, 8, 31), date(2020, 2, 29)),
        (None, "P6M", date(2019, 8, 31), date(2020, 2, 29)),
        (None, None, LATER, None),
    ],
)
def test_the_first_day_on_which_it_can_end_takes_the_notice_into_account(
    minimum: str | None, notice: str | None, today: date, earliest: date | None
) -> None:
    walk = Walk({**LEAVABLE, "term.minimum": minimum, "term.notice": notice}).decided().signed()

    assert day_of(earliest_end(walk.agreement, today)) == earliest


def test_notice_for_the_end_of_the_minimum_term_is_given_by_the_earlier_reading() -> None:
    end = minimum_end(endless().agreement)

    assert isinstance(end, Dated)
    assert notice_for(end, Period(6)).day == date(2019, 4, 10)


def test_what_was_terminated_has_its_end_and_no_first_one() -> None:
    walk = endless()
    walk.do("terminate", "2018-05-01 10:00", reason="opgezegd", on=LATER, ends_on=date(2020, 1, 1))

    assert earliest_end(walk.agreement, LATER) is None


def test_of_what_is_not_in_force_no_notice_leads_to_an_end() -> None:
    walk = Walk(
        {**LEAVABLE, "term.minimum": None, "term.notice": "P6M", "term.start": "2020-01-01"}
    )
    assert earliest_end(walk.agreement, LATER) is None
    least = Walk({**LEAVABLE, "term.notice": "P6M", "term.start": "2018-01-01"})
    assert day_of(earliest_end(least.agreement, date(2019, 10, 1))) == date(2019, 12, 31)


def test_what_was_withdrawn_has_no_end_to_come() -> None:
    walk = Walk({**LEAVABLE, "term.notice": "P6M", "term.start": "2018-01-01"})
    walk.do("withdraw", "2017-06-02 10:00")

    assert earliest_end(walk.agreement, LATER) is None


def test_only_what_is_open_ended_has_a_minimum_term() -> None:
    found = problems(agreement({"term.minimum": "P1Y"}))

    assert [(item.path, str(item.problem)) for item in found] == [
        ("term.minimum", "only an open-ended agreement has a minimum term.")
    ]
