"""Date arithmetic on civil dates (R1 and R2 of docs/dates.md); each result says why."""

from calendar import monthrange
from datetime import date, timedelta

from msgspec import Struct

from states.model.period import Period
from states.model.phrase import Phrase, say

DAY, WEEK = timedelta(days=1), timedelta(days=7)
MONTH = timedelta(days=31)  # what is called soon; no date is counted so
MONTHS_IN_A_YEAR = 12
IN_EVERY_MONTH = 28  # days; a later day is not there in each month


class Dated(Struct, frozen=True):
    """A civil date with the date it was counted from; the explanation is written when asked."""

    day: date
    because: str
    anchor: "Dated | None" = None
    period: Period | None = None

    @property
    def reasons(self) -> tuple[str, ...]:
        """Return why it is this day and each day that it was counted from, the anchor first."""
        return (*(self.anchor.reasons if self.anchor else ()), self.because)

    @property
    def explanation(self) -> tuple[Phrase, ...]:
        """Return the steps of arithmetic that lead to this date, the anchor first."""
        before = self.anchor.explanation if self.anchor else ()
        origin = self.anchor.day if self.anchor else None
        places = {"day": self.day, "origin": origin, "period": self.period}
        return (*before, Phrase(self.because, places))


def given(day: date, because: Phrase) -> Dated:
    """Return a date that is a fact; `because` is a sentence that may name {day}."""
    return Dated(day, because.text)


# R1 ----------------------------------------------------------------------------------------------


def last_day(start: Dated, length: Period) -> Dated:
    """Return the last day (tot en met) of a term: (start + length) − 1 day.

    When the day start + length does not exist, the sum is the 1st of the month after it (R1);
    clamping, as every library does, would lose a day.
    """
    day = start_plus(start.day, length) - DAY
    return Dated(day, LAST_DAY.text, start, length)


LAST_DAY = say("{origin} plus {period}, less one day, is {day}: the last day (R1).")


def start_plus(start: date, length: Period) -> date:
    """Return the first day that a term of this length no longer holds (R1)."""
    year, month = _month_after(start, length.months)
    if start.day > IN_EVERY_MONTH and start.day > monthrange(year, month)[1]:
        year, month = _month_after(date(year, month, 1), 1)
        return date(year, month, 1) + timedelta(days=length.days)
    return date(year, month, start.day) + timedelta(days=length.days)


# R2 ----------------------------------------------------------------------------------------------


def before(anchor: Dated, period: Period) -> Dated:
    """Return the date `period` before the anchor: same day number, clamped to the month (R2)."""
    return Dated(minus(anchor.day, period), BEFORE.text, anchor, period)


def after(anchor: Dated, period: Period) -> Dated:
    """Return the date `period` after the anchor: same day number, clamped to the month (R2)."""
    return Dated(plus(anchor.day, period), AFTER.text, anchor, period)


BEFORE = say("{period} before {origin} is {day} (R2).")
AFTER = say("{period} after {origin} is {day} (R2).")


def minus(day: date, period: Period) -> date:
    """Return `day` less `period`, clamped to the last day of a shorter month."""
    return _clamped(day, -period.months) - timedelta(days=period.days)


def plus(day: date, period: Period) -> date:
    """Return `day` plus `period`, clamped to the last day of a shorter month."""
    return _clamped(day, period.months) + timedelta(days=period.days)


def _clamped(day: date, months: int) -> date:
    if not months:
        return day
    year, month = _month_after(day, months)
    if day.day <= IN_EVERY_MONTH:
        return date(year, month, day.day)
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def _month_after(day: date, months: int) -> tuple[int, int]:
    years, month = divmod(day.month - 1 + months, MONTHS_IN_A_YEAR)
    return day.year + years, month + 1
