"""The Atw calendar of 2017 to 2040, day by day against a table checked by hand (R6)."""

from datetime import date, timedelta

import holidays as dutch_holidays
import pytest
from dateutil.easter import easter
from hypothesis import given as for_all
from hypothesis import strategies as st

from states.dates.policy import Policy
from states.dates.term_dates import FIXED_START
from states.dates.working_days import EQUATED_DAYS_KNOWN, WorkingDays, easter_sunday, holidays
from states.model.arithmetic import given
from states.model.stage import DATE_ITSELF, Deadline, Rule
from tests.agreements import local

DAYS = WorkingDays()
DAY = timedelta(days=1)

# Good Friday, Easter Monday, King's Day, Ascension Day, Whit Monday; and the days equated.
MOVABLE = """
2017  04-14 04-17 04-27 05-25 06-05
2018  03-30 04-02 04-27 05-10 05-21
2019  04-19 04-22 04-27 05-30 06-10
2020  04-10 04-13 04-27 05-21 06-01
2021  04-02 04-05 04-27 05-13 05-24
2022  04-15 04-18 04-27 05-26 06-06
2023  04-07 04-10 04-27 05-18 05-29  04-28 05-19
2024  03-29 04-01 04-27 05-09 05-20  05-10 12-27
2025  04-18 04-21 04-26 05-29 06-09  05-30
2026  04-03 04-06 04-27 05-14 05-25  01-02 05-15
2027  03-26 03-29 04-27 05-06 05-17  05-07
2028  04-14 04-17 04-27 05-25 06-05  04-28 05-26
2029  03-30 04-02 04-27 05-10 05-21
2030  04-19 04-22 04-27 05-30 06-10
2031  04-11 04-14 04-26 05-22 06-02
2032  03-26 03-29 04-27 05-06 05-17
2033  04-15 04-18 04-27 05-26 06-06
2034  04-07 04-10 04-27 05-18 05-29
2035  03-23 03-26 04-27 05-03 05-14
2036  04-11 04-14 04-26 05-22 06-02
2037  04-03 04-06 04-27 05-14 05-25
2038  04-23 04-26 04-27 06-03 06-14
2039  04-08 04-11 04-27 05-19 05-30
2040  03-30 04-02 04-27 05-10 05-21
"""
FIXED = ("01-01", "05-05", "12-25", "12-26")
ATW = {
    date.fromisoformat(f"{year}-{day}")
    for year, *days in map(str.split, MOVABLE.strip().splitlines())
    for day in (*days, *FIXED)
}
YEARS = range(2017, 2041)
EVERY_DAY = [date(2017, 1, 1) + n * DAY for n in range((date(2041, 1, 1) - date(2017, 1, 1)).days)]


def test_every_day_of_2017_to_2040_is_a_working_day_or_not_as_in_the_table() -> None:
    expected = [day for day in EVERY_DAY if day.isoweekday() <= 5 and day not in ATW]

    assert [day for day in EVERY_DAY if DAYS.why_not(day) is None] == expected


@pytest.mark.parametrize("year", YEARS)
def test_the_holidays_of_a_year_are_those_of_the_table(year: int) -> None:
    assert set(holidays(year)) == {day for day in ATW if day.year == year}


@pytest.mark.parametrize("year", YEARS)
def test_the_holidays_agree_with_the_common_package_but_for_what_it_lacks(year: int) -> None:
    package = set(
        dutch_holidays.country_holidays("NL", years=year, categories=("public", "optional"))
    )
    liberation_day = {date(year, 5, 5)}
    equated = {day for day in ATW if str(day) in EQUATED}
    sundays = {easter(year), easter(year) + 49 * DAY}  # nobody works on a Sunday anyway

    assert set(holidays(year)) - equated - liberation_day == package - liberation_day - sundays


EQUATED = {
    "2023-04-28",
    "2023-05-19",
    "2024-05-10",
    "2024-12-27",
    "2025-05-30",
    "2026-01-02",
    "2026-05-15",
    "2027-05-07",
    "2028-04-28",
    "2028-05-26",
}


@pytest.mark.parametrize("day", sorted(EQUATED))
def test_a_day_equated_by_royal_decree_is_no_working_day_and_says_so(day: str) -> None:
    why = DAYS.why_not(date.fromisoformat(day))

    assert str(why) == "a day equated with a holiday by royal decree"


def test_the_equated_days_are_known_from_2023_until_the_end_of_2028() -> None:
    assert (date(2023, 1, 1), date(2028, 12, 31)) == EQUATED_DAYS_KNOWN


def test_easter_is_that_of_dateutil_in_each_of_four_centuries() -> None:
    assert [easter_sunday(year) for year in range(1900, 2300)] == [
        easter(year) for year in range(1900, 2300)
    ]


@pytest.mark.parametrize(
    "day, because",
    [
        ("2021-05-05", "Liberation Day"),
        ("2024-03-29", "Good Friday"),
        ("2026-04-27", "King's Day"),
        ("2025-04-26", "a Saturday"),
        ("2025-04-27", "a Sunday"),
        ("2027-05-06", "Ascension Day"),
        ("2027-05-17", "Whit Monday"),
        ("2023-12-26", "Second Christmas Day"),
    ],
)
def test_a_day_off_says_why(day: str, because: str) -> None:
    assert str(DAYS.why_not(date.fromisoformat(day))) == because


def test_the_27th_of_april_is_no_kings_day_when_it_is_a_sunday() -> None:
    assert date(2025, 4, 27) not in holidays(2025)
    assert date(2036, 4, 26) in holidays(2036)


NEAREST = {
    "2025-12-28": ("2025-12-24", "2025-12-29"),
    "2026-01-02": ("2025-12-31", "2026-01-05"),
    "2027-05-06": ("2027-05-04", "2027-05-10"),
    "2020-04-11": ("2020-04-09", "2020-04-14"),
    "2020-07-10": ("2020-07-10", "2020-07-10"),
}


@pytest.mark.parametrize("day, nearest", NEAREST.items())
def test_the_nearest_working_days_around_a_day_are_these(
    day: str, nearest: tuple[str, str]
) -> None:
    asked = date.fromisoformat(day)

    assert (str(DAYS.on_or_before(asked)), str(DAYS.on_or_after(asked))) == nearest


@for_all(st.dates(date(2017, 1, 1), date(2040, 12, 31)))
def test_no_working_day_lies_between_a_day_and_its_nearest_ones(day: date) -> None:
    earlier, later = DAYS.on_or_before(day), DAYS.on_or_after(day)

    assert earlier <= day <= later
    assert DAYS.why_not(earlier) is None
    assert DAYS.why_not(later) is None
    between = [earlier + n * DAY for n in range(1, (later - earlier).days)]
    assert all(DAYS.why_not(one) for one in between)


def test_a_closing_day_moves_the_alert_and_not_the_date() -> None:
    carnival = WorkingDays(closed_days=frozenset({date(2026, 2, 16), date(2026, 2, 17)}))
    due = Deadline(
        rule=Rule.PAYMENT,
        about="1",
        nominal=given(date(2026, 2, 17), FIXED_START),
        steps=(DATE_ITSELF,),
    )

    at_home = Policy(working_days=carnival).occurrence(due, DATE_ITSELF)

    assert local(at_home.alert_at) == "Fri 2026-02-13 08:00"
    assert at_home.name == "payment:1:2026-02-17:P0D"
    assert str(carnival.why_not(date(2026, 2, 16))) == ("a day on which the municipality is closed")
