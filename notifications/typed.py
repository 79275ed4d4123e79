"""What people type in either language, as it is stored: words, dates, amounts and periods.

Whatever `notifications.language` writes is read here, from the same catalogue. What is not
understood stays as it was typed, so that who reads it in full says what is accepted.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date, timedelta
from functools import lru_cache
from typing import TypeVar

from notifications.language import ARTICLE, LANGUAGES, language
from states.model import fact_types
from states.model.agreement import EUROS
from states.model.period import Period, parse_period
from states.model.phrase import FieldName, Phrase, listed, say

Word = TypeVar("Word", bound=str)
Said = Phrase | FieldName | str
Called = Callable[[Word], Iterable[Said]]

UNKNOWN = "unknown"
LONGEST_WORD = 300
DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}
UNITS = (Period(days=1), Period(days=7), Period(months=1), Period(months=12))
ALSO = {
    "yesterday": (say("yesterday"),),
    "today": (say("today"),),
    "tomorrow": (say("tomorrow"),),
    "true": (say("yes"),),
    "false": (say("no"),),
    "active": (say("in force"),),
    "activation": (say("the start"),),
    "start": (say("start date"),),
    "last_day": (say("end"), say("end date")),
    "ends_before": (say("end"),),
    "due_on": (say("due"),),
}
"""What else a name is called, beside what the catalogue says for the name itself."""

DAY_FIRST = re.compile(r"(\d{1,2})-(\d{1,2})-(\d{4})", re.ASCII)
IN_WORDS = re.compile(r"(?:([^\W\d]+) )?(\d{1,2}) ([^\W\d]{3,}) (\d{4})")
COUNTED = re.compile(r"(\d{1,5}) ?([^\W\d]+) ?")
CURRENCY = re.compile(r"^(€|EUR\b)\s*|\s*\beuro$", re.IGNORECASE)
BETWEEN_NUMBERS = re.compile(r"(?<=\d)[\W_]+(?=\d)")
GROUPED = re.compile(r"(\d{1,3}(?:([.,])\d{3})(?:\2\d{3})*|\d+)(?:([.,])(\d{1,2}|-))?", re.ASCII)


def typed_fact(
    text: str,
    fact_type: fact_types.FactType | None,
    today: date | None = None,
    currency: str = EUROS,
) -> str:
    """Return the text of a fact of this kind as it is stored; that it is unknown, in any words."""
    return word(text, (UNKNOWN,)) or typed(text, fact_type, today, currency)


def typed(
    text: str,
    fact_type: fact_types.FactType | None,
    today: date | None = None,
    currency: str = EUROS,
) -> str:
    """Return the text of this kind as it is stored; with `today` a day may be yesterday.

    An amount in euros is none where another `currency` is paid.
    """
    read = READERS.get(fact_type.parse) if fact_type else None
    if fact_type is None or not (read or fact_type.names) or _is_stored(text, fact_type):
        return text
    written = " ".join(text.split())
    if read is _amount and CURRENCY.search(written) and not CURRENCY.search(currency):
        return text
    return word(written, fact_type.names) or (read and read(written, today)) or text


def _is_stored(text: str, fact_type: fact_types.FactType) -> bool:
    with suppress(ValueError, ArithmeticError):
        fact_type.parse(text)
        return True
    return False


# Words -------------------------------------------------------------------------------------------


def word(text: str, names: Iterable[Word], called: Called[Word] = lambda _name: ()) -> Word | None:
    """Return which of these names is meant, by itself or as it is `called`; None for none of them.

    Case, accents, hyphens and spaces make no difference, but between the digits of two numbers;
    TwoReadings when several are called so.
    """
    known = [*names]
    if same := [name for name in known if name == text]:
        return same[0]
    meant = bare(text[:LONGEST_WORD])
    if meant.isdecimal() and meant != text.strip():
        return None  # -1 is no 1
    found = [
        name
        for name in known
        if meant == bare(name)
        or meant in spellings_of(name)
        or any(meant in spellings(item) for item in called(name))
    ]
    if len(found) > 1:
        raise fact_types.TwoReadings(text, listed(found))
    return found[0] if found and meant else None


def spellings(words: Said) -> frozenset[str]:
    """Return words as each language writes them, in plain letters."""
    if isinstance(words, str):
        return frozenset({bare(words)})
    return frozenset(bare(language(code).write(words)) for code in LANGUAGES)


@lru_cache(maxsize=1024)
def spellings_of(name: str) -> frozenset[str]:
    """Return a stored name as each language writes it, and what else it is called."""
    return frozenset().union(*map(spellings, (say(name), *ALSO.get(name, ()))))


def bare(text: str) -> str:
    """Return a text in plain letters, without an article before it; 1-2 does not become 12."""
    return "-".join(map(plain, BETWEEN_NUMBERS.split(ARTICLE.sub("", text))))


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """Return the letters and digits of a text, without accents and whatever their case."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", text).casefold()))


def unaccented(text: str) -> str:
    """Return a text in small letters without accents."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


# Dates, amounts, periods -------------------------------------------------------------------------


def _date(text: str, today: date | None) -> str | None:
    """Return a day that exists; another is told as it was typed."""
    written = _written_day(text, today)
    with suppress(ValueError):
        return written and str(fact_types.parse_date(written))
    return None


def _written_day(text: str, today: date | None) -> str | None:
    if today and (name := word(text, DAYS)):
        return str(today + timedelta(days=DAYS[name]))
    if found := DAY_FIRST.fullmatch(text):
        return f"{found[3]}-{found[2]:0>2}-{found[1]:0>2}"
    found = IN_WORDS.fullmatch(text)
    months = [*_months_that_begin(found[3])] if found else []
    if not found or len(months) != 1:
        return None
    written = f"{found[4]}-{months[0]:02}-{found[2]:0>2}"
    return written if found[1] is None or _is_on(written, found[1]) else None


def _months_that_begin(letters: str) -> Iterator[int]:
    for month in range(1, 13):
        if any(name.startswith(plain(letters)) for name in _names_of(month)):
            yield month


@lru_cache(maxsize=12)
def _names_of(month: int) -> frozenset[str]:
    """Return what a month is called, whole and as a subject has it: maart and mrt."""
    spoken, day = [*map(language, LANGUAGES)], date(2000, month, 1)
    written = [one.short_day(day) for one in spoken] + [one.brief_day(day) for one in spoken]
    return frozenset(plain(text.split()[1]) for text in written)


def _is_on(written: str, weekday: str) -> bool:
    """Tell whether a date that exists is on this day of the week."""
    with suppress(ValueError):
        day = fact_types.parse_date(written)
        return any(plain(language(c).day(day)).startswith(plain(weekday)) for c in LANGUAGES)
    return False


def _period(text: str, _today: date | None) -> str | None:
    parts = [_counted(*part.groups()) for part in COUNTED.finditer(text)]
    is_counted = parts and None not in parts and not COUNTED.sub("", text)
    with suppress(ValueError):
        counted = sum(filter(None, parts), Period())
        return str(parse_period(str(counted) if is_counted else text.upper()))
    return None


def _counted(count: str, letters: str) -> Period | None:
    units = [unit for unit in UNITS if _is_called(unit, plain(letters))]
    return units[0] * int(count) if len(units) == 1 else None


def _is_called(unit: Period, letters: str) -> bool:
    names = (language(c).period(unit * n).split()[1] for c in LANGUAGES for n in (1, 2))
    return any(plain(name).startswith(letters) for name in names)


def _amount(text: str, _today: date | None) -> str | None:
    """Return an amount without signs between thousands; what has two readings keeps its own."""
    text = CURRENCY.sub("", text)
    found = GROUPED.fullmatch(text)
    if not found or (found[2] and found[2] == found[3]):
        return None
    whole, cents = re.sub("[.,]", "", found[1]), (found[4] or "00").replace("-", "00")
    ambiguous = found[2] and not found[4] and found[1].count(found[2]) == 1
    return text if ambiguous else f"{whole}.{cents}"


READERS: Mapping[Callable[[str], object], Callable[[str, date | None], str | None]] = {
    fact_types.parse_date: _date,
    fact_types.parse_start: _date,
    fact_types.parse_approximate: _date,
    parse_period: _period,
    fact_types.parse_amount: _amount,
}
