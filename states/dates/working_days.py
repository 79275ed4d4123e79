"""The working days of the Algemene termijnenwet (Atw) and a municipality's own closing days."""

import tomllib
from datetime import date
from functools import lru_cache
from pathlib import Path

from msgspec import Struct

from states.model.arithmetic import DAY
from states.model.phrase import Phrase, say

_DATA = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
EQUATED_DAYS: frozenset[date] = frozenset(_DATA["equated_days"])
EQUATED_DAYS_KNOWN: tuple[date, date] = (_DATA["known_from"], _DATA["known_until"])

SATURDAY, SUNDAY = 5, 6


def easter_sunday(year: int) -> date:
    """Return Easter Sunday of a Gregorian year (the algorithm of Meeus, Jones and Butcher)."""
    # 1. The year's place in the 19-year cycle of the moon, and its century.
    golden, (century, rest) = year % 19, divmod(year, 100)
    # 2. The age of the moon, corrected for leap centuries.
    correction = century - century // 4 - (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + correction + 15) % 30
    # 3. The Sunday after the full moon.
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


@lru_cache(maxsize=512)
def holidays(year: int) -> dict[date, Phrase]:
    """Return the holidays of a year under Atw article 3, with those equated by royal decree."""
    easter = easter_sunday(year)
    kings_day = date(year, 4, 27)
    days = {
        date(year, 1, 1): say("New Year's Day"),
        easter - 2 * DAY: say("Good Friday"),
        easter + 1 * DAY: say("Easter Monday"),
        kings_day - DAY * (kings_day.weekday() == SUNDAY): say("King's Day"),
        date(year, 5, 5): say("Liberation Day"),
        easter + 39 * DAY: say("Ascension Day"),
        easter + 50 * DAY: say("Whit Monday"),
        date(year, 12, 25): say("Christmas Day"),
        date(year, 12, 26): say("Second Christmas Day"),
    }
    equated = say("a day equated with a holiday by royal decree")
    return days | {day: equated for day in EQUATED_DAYS if day.year == year and day not in days}


class WorkingDays(Struct, frozen=True, kw_only=True, cache_hash=True):
    """Monday to Friday, less the Atw holidays (R6), less our own closed days."""

    closed_days: frozenset[date] = frozenset()

    def why_not(self, day: date) -> Phrase | None:
        """Return why nobody works on `day`, or None when it is a working day."""
        if day.weekday() >= SATURDAY:
            return say("a Saturday") if day.weekday() == SATURDAY else say("a Sunday")
        if holiday := holidays(day.year).get(day):
            return holiday
        return say("a day on which the municipality is closed") if day in self.closed_days else None

    def on_or_before(self, day: date) -> date:
        """Return the last working day on or before `day`."""
        while self.why_not(day):
            day -= DAY
        return day

    def on_or_after(self, day: date) -> date:
        """Return the first working day on or after `day`."""
        while self.why_not(day):
            day += DAY
        return day
