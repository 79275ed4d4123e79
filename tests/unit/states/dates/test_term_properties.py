"""The term arithmetic against python-dateutil where that is right, and the difference where not."""

from calendar import monthrange
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from hypothesis import example
from hypothesis import given as for_all
from hypothesis import strategies as st

from states.dates.instalments import periodic
from states.dates.term_dates import FIXED_START
from states.model.arithmetic import given, last_day, minus, plus
from states.model.period import Period

DAYS = st.dates(date(1950, 1, 1), date(2250, 12, 31))
LONG_MONTHS = st.sampled_from([1, 3, 5, 7, 8, 10, 12])
LAST_DAYS = st.builds(date, st.integers(1950, 2250), LONG_MONTHS, st.integers(29, 31))
MONTHS = st.integers(1, 600)
NUMBER_OF_DAYS = st.integers(1, 5000)


def end(start: date, length: Period) -> date:
    return last_day(given(start, FIXED_START), length).day


def exists(start: date, months: int) -> bool:
    """Tell whether the month `months` later has the start's day number."""
    first = start.replace(day=1) + relativedelta(months=months)
    return start.day <= monthrange(first.year, first.month)[1]


@for_all(DAYS, MONTHS)
def test_months_before_and_after_a_date_are_those_of_dateutil(day: date, months: int) -> None:
    assert minus(day, Period(months)) == day - relativedelta(months=months)
    assert plus(day, Period(months)) == day + relativedelta(months=months)


@for_all(DAYS, NUMBER_OF_DAYS)
def test_days_before_and_after_a_date_are_plain_days(day: date, days: int) -> None:
    assert minus(day, Period(0, days)) == day - timedelta(days=days)
    assert plus(day, Period(0, days)) == day + timedelta(days=days)


@for_all(DAYS | LAST_DAYS, MONTHS)
@example(date(2024, 8, 31), 6)
def test_a_last_day_is_dateutils_sum_less_a_day_or_the_last_of_its_month_where_it_has_no_such_day(
    start: date, months: int
) -> None:
    clamped = start + relativedelta(months=months) - timedelta(days=1)

    if exists(start, months):
        assert end(start, Period(months)) == clamped
    else:
        assert end(start, Period(months)) == clamped + timedelta(days=1)
        assert (clamped + timedelta(days=2)).day == 1


@for_all(DAYS, MONTHS)
def test_terms_one_after_another_leave_no_gap_longer_than_the_days_a_month_lacks(
    start: date, months: int
) -> None:
    next_start = end(start, Period(months)) + timedelta(days=1)

    assert next_start > start
    assert next_start.day in {start.day, 1}


@for_all(DAYS)
def test_three_months_before_a_date_are_89_to_92_days(day: date) -> None:
    assert 89 <= (day - minus(day, Period(3))).days <= 92


@for_all(DAYS, MONTHS)
def test_a_date_counted_back_is_never_later_than_its_anchor(day: date, months: int) -> None:
    assert minus(day, Period(months)) < day < plus(day, Period(months))


@for_all(DAYS, MONTHS, MONTHS)
def test_a_longer_term_never_ends_earlier(start: date, one: int, other: int) -> None:
    shorter, longer = sorted([one, other])

    assert end(start, Period(shorter)) <= end(start, Period(longer))


@for_all(DAYS, DAYS, MONTHS)
def test_a_later_anchor_never_gives_an_earlier_date(one: date, other: date, months: int) -> None:
    earlier, later = sorted([one, other])

    assert minus(earlier, Period(months)) <= minus(later, Period(months))
    assert plus(earlier, Period(months)) <= plus(later, Period(months))
    assert end(earlier, Period(months)) <= end(later, Period(months))


@for_all(DAYS, st.integers(1, 24), st.integers(1, 60))
def test_instalments_follow_the_start_from_the_start_itself(
    start: date, every: int, number: int
) -> None:
    through = start + relativedelta(months=every * number) - timedelta(days=1)

    dues = [item.day for item in periodic(given(start, FIXED_START), Period(every)).dates(through)]

    assert dues == [start + relativedelta(months=every * k) for k in range(number)]
