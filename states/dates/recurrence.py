"""Dates that follow each other by a period (R9), of money and of obligations alike."""

from collections.abc import Callable, Iterator
from datetime import date
from itertools import count

from msgspec import Struct

from states.model.arithmetic import Dated, plus, start_plus
from states.model.fact_types import LATEST
from states.model.period import Period
from states.model.stage import Unknown

MOST = 600
NOT_LATER = Period()


class Recurrence(Struct, frozen=True, kw_only=True):
    """Dates that follow each other by a period, each counted from the anchor itself (R9).

    The first lies `offset` after the anchor. `first` and `following` say how one was counted.
    `from_start` tells that the term is counted from the anchor as well.
    """

    anchor: Dated
    every: Period
    offset: Period = NOT_LATER
    from_start: bool = True
    first: str | None = None
    following: str

    def dates(self, through: date) -> Iterator[Dated]:
        """Yield the dates up to `through`.

        Whether one more falls within a term that is counted from the anchor too is judged by the
        sum of R1, so that three years yearly are three from 29 February too (docs/decisions/0005).
        """
        anchor, falls = self.anchor, start_plus if self.from_start else plus
        for k in count():
            period = self.offset + self.every * k
            if falls(anchor.day, period) > through:
                return
            if period != NOT_LATER:
                yield Dated(plus(anchor.day, period), self.following, anchor, period)
            else:
                yield Dated(anchor.day, self.first, anchor) if self.first else anchor

    def numbered(
        self,
        end: Dated | Unknown,
        horizon: date,
        entered: int,
        is_owed: Callable[[int], bool] | None = None,
    ) -> Iterator[tuple[int, Dated]]:
        """Yield the dates that are owed with their numbers, up to the end or as far as one looks.

        `entered` is the last number of which a fact is known; what is owed is told as far as the
        first of which none is. Of an agreement that was paid years ahead the instalment after those
        is what is due next, and where nothing is paid for years the first after them.
        """
        through, most = (end.day, LATEST) if isinstance(end, Dated) else (LATEST, horizon)
        last = min(entered + 1, MOST)
        for number, due in enumerate(self.dates(through), 1):
            if due.day > most and number > last:
                return
            if is_owed is None or is_owed(number):
                yield number, due
            else:
                last = max(last, number + 1)
