"""Dutch and English: phrases, dates, amounts and periods as people write them."""

import gettext
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import pendulum

from states.model.period import Period
from states.model.phrase import FieldName, Named, Phrase, say

LANGUAGES = ("nl", "en")
CATALOGUES = Path(__file__).parent / "locale"
NOT_KNOWN = say("unknown")
ONE_DOT = re.compile(r"(?<!\.)\.\.(?=\s|$)")  # a name that ends with a dot ends the sentence
ARTICLE = re.compile(r"^(de|het|een|the|an?) ", re.IGNORECASE)
AMOUNT = re.compile(r"(€|\b[A-Z]{3}) (?=\d)")
NEAR_IN_DAYS = 90
BRIEF_MONTHS = {
    "nl": ("jan", "feb", "mrt", "apr", "mei", "juni", "juli", "aug", "sep", "okt", "nov", "dec"),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "June", "July", "Aug", "Sep", "Oct", "Nov", "Dec"),
}
OneAndMany = tuple[str, str]
UNITS: Mapping[str, tuple[OneAndMany, OneAndMany, OneAndMany, OneAndMany]] = {
    "nl": (("jaar", "jaar"), ("maand", "maanden"), ("week", "weken"), ("dag", "dagen")),
    "en": (("year", "years"), ("month", "months"), ("week", "weeks"), ("day", "days")),
}


class Language:
    """One language: writes every value that a phrase may hold."""

    def __init__(self, code: str) -> None:
        """Read the catalogue of `code` (nl or en); English is the language of the phrases."""
        self.code = code
        self._catalogue = gettext.translation(
            "looptijd", CATALOGUES, languages=[code], fallback=code == "en"
        )
        self._writers: Mapping[type, Callable[[Any], str]] = {
            str: str,
            Phrase: self.say,
            FieldName: self.field,
            Named: self.named,
            datetime: self.moment,
            date: self.day,
            Decimal: self.number,
            Period: self.period,
        }

    def say(self, phrase: Phrase) -> str:
        """Return the phrase in this language, its values written out."""
        places = {name: self.write(value) for name, value in phrase.values.items()}
        written = self._catalogue.gettext(phrase.text).format(**places)
        return ONE_DOT.sub(".", written) if ".." in written else written

    def write(self, value: Any) -> str:
        """Return a value as people write it; None is unknown."""
        if value is None:
            return self.say(NOT_KNOWN)
        for kind, writer in self._writers.items():
            if isinstance(value, kind):
                return writer(value)
        return str(value)

    def named(self, value: Named) -> str:
        """Return a name in words, which whoever types it may write too: conform, as proposed."""
        return self.say(Phrase(value.name)).replace("_", " ")

    def field(self, name: FieldName) -> str:
        """Return what somebody types for a fact: bijdrage.bedrag; in English its path."""
        if self.code == "en":
            return name.path
        return ".".join(w if isinstance(w, str) else self._typed(w) for w in name.words)

    def _typed(self, words: Phrase) -> str:
        """Return words as one that is typed: looptijd, eerste-dag."""
        return ARTICLE.sub("", self.say(words)).strip().replace(" ", "-")

    def day(self, day: date) -> str:
        """Return a date with its weekday: vrijdag 10 juli 2020."""
        return _formatted(day, "dddd D MMMM YYYY", self.code)

    def short_day(self, day: date | None) -> str:
        """Return a date without its weekday: 11 juli 2020; None is unknown."""
        return _formatted(day, "D MMMM YYYY", self.code) if day else self.write(None)

    def brief_day(self, day: date, today: date | None = None) -> str:
        """Return a date as a subject has it: 11 juli; with its year when it is not near today."""
        is_near = today is not None and abs((day - today).days) <= NEAR_IN_DAYS
        year = "" if is_near else f" {day.year}"
        return f"{day.day} {BRIEF_MONTHS[self.code][day.month - 1]}{year}"

    def moment(self, moment: datetime) -> str:
        """Return a local instant to the minute: vrijdag 10 juli 2020 08:00."""
        return f"{self.day(moment.date())} {moment:%H:%M}"

    def period(self, period: Period) -> str:
        """Return a period in words: 3 jaar, 18 maanden, 2 weken, 30 dagen."""
        return _in_words(period, self.code)

    def number(self, amount: Decimal) -> str:
        """Return an amount without its currency: 1.000,00."""
        text = f"{amount:,.2f}"
        return text if self.code == "en" else text.translate(str.maketrans(",.", ".,"))


def unbroken(text: str) -> str:
    """Return text in which no amount is parted from its currency at the end of a line."""
    return AMOUNT.sub("\\1\N{NO-BREAK SPACE}", text)


@lru_cache(maxsize=4096)
def _formatted(day: date, pattern: str, code: str) -> str:
    """Return a date as pendulum writes it, which takes 30 µs: a list names the same days often."""
    return pendulum.date(day.year, day.month, day.day).format(pattern, locale=code)


@lru_cache(maxsize=1024)
def _in_words(period: Period, code: str) -> str:
    """Return a period as it is agreed on: 30 days are no 4 weeks and 2 days."""
    year, month, week, day = UNITS[code]
    months = _counted(period.months, month, 12, year)
    days = _counted(period.days, day, 7, week)
    return " ".join(filter(None, (months, days))) or f"0 {day[1]}"


def _counted(count: int, unit: OneAndMany, size: int, larger: OneAndMany) -> str:
    """Return how many there are, in the larger unit where that leaves nothing over."""
    if count % size == 0:
        count, unit = count // size, larger
    return f"{count} {unit[count != 1]}" if count else ""


@lru_cache(maxsize=len(LANGUAGES))
def language(code: str) -> Language:
    """Return the language of this code, read once."""
    return Language(code)
