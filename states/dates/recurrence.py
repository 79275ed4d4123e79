"""Dates that follow each other by a period (R9), of money and of obligations alike."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import count

from states.model.agreement import Agreement
from states.model.arithmetic import MONTHS_IN_A_YEAR, Dated, plus, start_plus
from states.model.fact_types import LATEST
from states.model.period import Period
from states.model.stage import Unknown

MOST = 600
NOT_LATER = Period()


def always(_number: int) -> bool:
    """Return True: every date of the row is owed."""
    return True


@dataclass(frozen=True, slots=True)
class Span:
    """Which dates are looked at: of what has no end those up to the horizon.

    With `since` it is those from about then up to the horizon, whether there is an end or not.
    """

    horizon: date
    since: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """Dates that follow each other by a period, each counted from the anchor itself (R9).

    The first lies `offset` after the anchor. `first` and `following` say how one was counted.
    """

    anchor: Dated
    every: Period
    offset: Period = NOT_LATER
    first: str | None = None
    following: str

    def dates(self, through: date, skipped: int = 0) -> Iterator[Dated]:
        """Yield the dates up to `through`, without as many as are skipped.

        Whether one more falls within the term is judged by the sum of R1, so that three years
        yearly are three from 29 February too (docs/decisions/0005).
        """
        anchor = self.anchor
        for k in count(skipped):
            period = self.offset + self.every * k
            if start_plus(anchor.day, period) > through:
                return
            if period != NOT_LATER:
                yield Dated(plus(anchor.day, period), self.following, anchor, period)
            else:
                yield Dated(anchor.day, self.first, anchor) if self.first else anchor

    def before(self, day: date) -> int:
        """Return how many certainly fall before the month of a day, or before the day itself."""
        start, every = plus(self.anchor.day, self.offset), self.every
        months = (day.year - start.year) * MONTHS_IN_A_YEAR + day.month - start.month
        passed, each = (months, every.months) if every.months else ((day - start).days, every.days)
        return max(0, -(-passed // each) - bool(self.offset.days))

    def numbered(
        self,
        agreement: Agreement,
        end: Dated | Unknown,
        span: Span,
        entered: int,
        is_owed: Callable[[int], bool] = always,
    ) -> Iterator[tuple[int, Dated]]:
        """Yield the dates that are owed with their numbers, up to the end or as far as one looks.

        `entered` is the last number of which a fact is known. An agreement whose dates were touched
        since has no regular row of them, and gives all.
        """
        since = span.since if span.since and _is_regular_since(agreement, span.since) else None
        skipped = self.before(since) if since else 0
        through = end.day if isinstance(end, Dated) else LATEST
        counted = enumerate(self.dates(through, skipped), skipped + 1)
        most = LATEST if isinstance(end, Dated) and not since else span.horizon
        return _owed_within(most, counted, entered, is_owed)


def _is_regular_since(agreement: Agreement, since: date) -> bool:
    """Tell whether no date was written, became known late or was put off to `since` or later."""
    written = (item.due_on for item in agreement.instalment.values() if item.due_on)
    touched = (*written, *agreement.known_on.values(), *agreement.acknowledged.values())
    return all(day < since for day in touched)


def _owed_within(
    horizon: date,
    counted: Iterable[tuple[int, Dated]],
    entered: int,
    is_owed: Callable[[int], bool],
) -> Iterator[tuple[int, Dated]]:
    """Yield what is owed up to the horizon, and on to the first of which nothing is known yet.

    Of an agreement that was paid years ahead the instalment after those is what is due next, and
    where nothing is paid for years the first after them.
    """
    last = min(entered + 1, MOST)
    for number, due in counted:
        if due.day > horizon and number > last:
            return
        if is_owed(number):
            yield number, due
        else:
            last = max(last, number + 1)
