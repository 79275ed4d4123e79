"""Periods of whole months or whole days, as ISO 8601 writes them."""

import re
from functools import lru_cache

from msgspec import Struct

_GRAMMAR = re.compile(
    r"P(?=\d)(?:(\d{1,3})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?", re.ASCII
)
LONGEST_IN_MONTHS = 1200
LONGEST_IN_DAYS = 36525


class Period(Struct, frozen=True, order=True):
    """A length in calendar months or in days, never in both (R2 counts them apart)."""

    months: int = 0
    days: int = 0

    def __str__(self) -> str:
        """Return the canonical ISO 8601 text: P12M is P1Y and P7D is P1W."""
        months = f"{self.months}M" if self.months % 12 else f"{self.months // 12}Y"
        days = f"{self.days // 7}W" if self.days and self.days % 7 == 0 else f"{self.days}D"
        if not self.months:
            return f"P{days}"
        return f"P{months}{days}" if self.days else f"P{months}"

    def __add__(self, other: "Period") -> "Period":
        """Return the sum of two lengths (R1: an extension adds its length to the original)."""
        return Period(self.months + other.months, self.days + other.days)

    def __mul__(self, times: int) -> "Period":
        """Return the length `times` over (R9 counts each instalment from the start)."""
        return Period(self.months * times, self.days * times)


@lru_cache(maxsize=4096)
def parse_period(text: str) -> Period:
    """Return the period that `text` names; ValueError when it is not one of at most 100 years."""
    match = _GRAMMAR.fullmatch(text)
    if not match:
        raise ValueError(text)
    years, months, weeks, days = (int(part or 0) for part in match.groups())
    period = Period(years * 12 + months, weeks * 7 + days)
    if (period.months and period.days) or not (
        period.months <= LONGEST_IN_MONTHS and period.days <= LONGEST_IN_DAYS
    ):
        raise ValueError(text)
    return period
