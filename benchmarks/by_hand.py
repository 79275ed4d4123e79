"""All dates of an agreement of three years by the standard library: what can hardly be faster."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from benchmarks.by_pendulum import HOLIDAYS, SATURDAY

HERE = ZoneInfo("Europe/Amsterdam")
MIDNIGHT, MORNING, DAY = time(), time(8), timedelta(days=1)
CONTINUATION_BEFORE = tuple(timedelta(days=days) for days in (42, 14, 3))
PAYMENT_BEFORE = tuple(timedelta(weeks=weeks) for weeks in (8, 4, 0))
PAYMENT_AFTER = tuple(timedelta(days=days) for days in (1, 7, 14))
EVALUATION_AFTER = tuple(timedelta(weeks=weeks) for weeks in (2, 4, 6))


def dates(start: date) -> Iterator[datetime]:
    """Yield when each step alerts, in UTC."""
    last_day = _later(start, 36) - DAY
    yield _instant(start, MIDNIGHT)
    evaluation = _later(last_day, -3)
    for months in (0, 12, 24):
        due = _later(start, months)
        for lead in PAYMENT_BEFORE:
            yield _before(due - lead)
        for wait in PAYMENT_AFTER:
            yield _after(due + wait)
    for months in (-3, -1, 0):
        yield _before(_later(evaluation, months))
    for wait in EVALUATION_AFTER:
        yield _after(evaluation + wait)
    for lead in CONTINUATION_BEFORE:
        yield _before(last_day - lead)
    yield _instant(last_day + DAY, MIDNIGHT)


def _later(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


@cache
def _before(day: date) -> datetime:
    while day.weekday() >= SATURDAY or day in HOLIDAYS:
        day -= DAY
    return _instant(day, MORNING)


@cache
def _after(day: date) -> datetime:
    while day.weekday() >= SATURDAY or day in HOLIDAYS:
        day += DAY
    return _instant(day, MORNING)


@cache
def _instant(day: date, at: time) -> datetime:
    return datetime.combine(day, at, HERE).astimezone(UTC)
