"""All dates of an agreement of three years by pendulum, as somebody writes them who knows it."""

from collections.abc import Iterator

import pendulum
from pendulum import Date, DateTime, Duration

from states.dates.working_days import holidays

HERE = pendulum.timezone("Europe/Amsterdam")
SATURDAY = 5
HOLIDAYS = frozenset(day for year in range(2019, 2046) for day in holidays(year))
EVALUATION_BEFORE = tuple(Duration(months=months) for months in (3, 1, 0))
EVALUATION_AFTER = tuple(Duration(weeks=weeks) for weeks in (2, 4, 6))
CONTINUATION_BEFORE = tuple(Duration(days=days) for days in (42, 14, 3))
PAYMENT_BEFORE = tuple(Duration(weeks=weeks) for weeks in (8, 4, 0))
PAYMENT_AFTER = tuple(Duration(days=days) for days in (1, 7, 14))


def dates(start: Date) -> Iterator[DateTime]:
    """Yield when each step alerts, in UTC."""
    last_day = start.add(years=3).subtract(days=1)
    yield _instant(start, 0)
    for years in range(3):
        yield from _steps(start.add(years=years), PAYMENT_BEFORE, PAYMENT_AFTER)
    yield from _steps(last_day.subtract(months=3), EVALUATION_BEFORE, EVALUATION_AFTER)
    yield from _steps(last_day, CONTINUATION_BEFORE)
    yield _instant(last_day.add(days=1), 0)


def _steps(
    day: Date, before: tuple[Duration, ...], after: tuple[Duration, ...] = ()
) -> Iterator[DateTime]:
    for lead in before:
        yield _instant(_on_or_before(day - lead), 8)
    for wait in after:
        yield _instant(_on_or_after(day + wait), 8)


def _instant(day: Date, hour: int) -> DateTime:
    return pendulum.datetime(day.year, day.month, day.day, hour, tz=HERE).in_timezone(pendulum.UTC)


def _on_or_before(day: Date) -> Date:
    while day.weekday() >= SATURDAY or day in HOLIDAYS:
        day = day.subtract(days=1)
    return day


def _on_or_after(day: Date) -> Date:
    while day.weekday() >= SATURDAY or day in HOLIDAYS:
        day = day.add(days=1)
    return day
