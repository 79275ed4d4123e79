"""The kinds of text a fact may be: how each is read, written, limited and explained."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache, partial
from typing import Any, NewType

from msgspec import Struct

from states.model.period import Period, parse_period
from states.model.phrase import FieldName, Phrase, Refusal, listed, say

Key = NewType("Key", str)
Line = NewType("Line", str)
Reference = NewType("Reference", str)
Text = NewType("Text", str)
PrivateText = NewType("PrivateText", str)
Approximate = NewType("Approximate", str)
FactPath = NewType("FactPath", str)
DeadlineName = NewType("DeadlineName", str)  # rule:about:date, the name of a deadline on its date
Url = NewType("Url", str)

LONGEST_TEXT = 20_000
LONGEST_LINE = 300
LONGEST_REFERENCE = 64
EARLIEST, LATEST = date(1900, 1, 1), date(2299, 12, 31)


class StartRule(StrEnum):
    """When an agreement comes into force, if not on a fixed date."""

    LAST_SIGNATURE = "last_signature"
    OWN_SIGNATURE = "own_signature"
    UNKNOWN = "unknown"


Start = date | StartRule


class FactType(Struct, frozen=True):
    """How one kind of fact is read from text (ValueError when it can't), written, and explained.

    `names` are the words that it may be; the catalogue says each in every language.
    """

    parse: Callable[[str], Any]
    text: Callable[[Any], str]
    accepted: Phrase
    names: tuple[str, ...] = ()


class TwoReadings(Refusal, ValueError):
    """A text that may mean either of several things; the remedy names them."""

    def __init__(self, text: str, readings: Phrase) -> None:
        """Keep the readings, as they are written to mean one of them."""
        self.remedy = say("It may mean: {readings}. Write which.", readings=readings)
        super().__init__(say("“{value}” is not clear. {remedy}", value=text, remedy=self.remedy))


@lru_cache(maxsize=16384)
def parse_date(text: str) -> date:
    """Return the civil date in `text` (YYYY-MM-DD, 1900 to 2299); ValueError otherwise."""
    day = date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) else None
    if day is None or not EARLIEST <= day <= LATEST:
        raise ValueError(text)
    return day


@lru_cache(maxsize=4096)
def parse_amount(text: str) -> Decimal:
    """Return an amount of at most 12 digits with 2 decimals, not negative; ValueError otherwise."""
    if thousand := re.fullmatch(r"([1-9]\d{0,2})[.,](\d\d)0", text, re.ASCII):
        whole, cents = thousand.groups()
        raise TwoReadings(text, listed([f"{whole}{cents}0.00", f"{whole}.{cents}"]))
    if not re.fullmatch(r"\d{1,10}(\.\d{1,2})?", text, re.ASCII):
        raise ValueError(text)
    return Decimal(text).quantize(Decimal("0.01"))


@lru_cache(maxsize=4096)
def parse_line(text: str) -> str:
    """Return one line of printable text, its white space trimmed; ValueError otherwise."""
    line = _composed(text, LONGEST_LINE)
    if not line or len(line) > LONGEST_LINE or _hides_something(line):
        raise ValueError(text[:60])
    return line


def parse_text(text: str) -> str:
    """Return text of several lines, at most 20 kB; ValueError otherwise."""
    clean = _composed(text, LONGEST_TEXT).replace("\r\n", "\n")
    if len(clean.encode()) > LONGEST_TEXT or _hides_something(re.sub(r"[\n\t]", "", clean)):
        raise ValueError(text[:60])
    return clean


def _composed(text: str, longest: int) -> str:
    """Return text in normal form C; its length is judged first: composing marks takes long."""
    trimmed = text.strip()
    if len(trimmed) > longest:
        raise ValueError(text[:60])
    return unicodedata.normalize("NFC", trimmed)


def _hides_something(text: str) -> bool:
    """What is printable hides nothing; the rest is looked at a character at a time."""
    return not text.isprintable() and any(map(is_hidden, text))


def is_hidden(character: str) -> bool:
    """Control, format (bidi), surrogate and line-separator characters never stand in a fact."""
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}


def parse_approximate(text: str) -> str:
    """Return a date, a month or a year as it was written; ValueError when it does not exist."""
    if text == "unknown":
        return text
    parse_date(f"{text}-01-01"[:10] if len(text) in {len("2017"), len("2017-06")} else text)
    return text


def parse_url(text: str) -> str:
    """Return the address of a page on the web, without a name or password; ValueError otherwise."""
    if len(text) > LONGEST_LINE or not re.fullmatch(r"https?://[^\s@<>\"'\\]+", text, re.ASCII):
        raise ValueError(text[:60])
    return text


@lru_cache(maxsize=4096)
def parse_key(text: str) -> str:
    """Return a short name for a machine: letters, digits and hyphens; ValueError otherwise."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,62}", text):
        raise ValueError(text)
    return text


def parse_reference(text: str) -> str:
    """Return the number of an agreement, which is never a path or an option; ValueError else."""
    if len(text) > LONGEST_REFERENCE or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", text):
        raise ValueError(text[:60])
    return text


@lru_cache(maxsize=1024)
def _parse_number(text: str) -> int:
    """Return a number written in one way only: 01 would be a second key for what 1 holds."""
    if not re.fullmatch(r"0|[1-9]\d{0,3}", text, re.ASCII):
        raise ValueError(text)
    return int(text)


def _one_of(members: Mapping[str, StrEnum | bool], text: str) -> StrEnum | bool:
    """Return a member by its name; a third of what asking its class takes."""
    if text not in members:
        raise ValueError(text)
    return members[text]


BOOLS = {"true": True, "yes": True, "false": False, "no": False}


def parse_start(text: str) -> Start:
    """Return a date, or the rule from which the start follows; ValueError otherwise."""
    return parse_date(text) if text[:1].isdigit() else StartRule(text)


def _in_words(names: Iterable[str]) -> Phrase:
    """Return the words that a fact may be, as the reader says each."""
    return listed(FieldName(str(name), (say(name),)) for name in names)


A_DATE = say("Write a date that exists, such as 2017-10-12 or 12-10-2017.")
A_PERIOD = say(
    "Write a period of at most 100 years, such as 3 years, 6 weeks, P3Y or P18M."
    " Years and months do not go together with weeks and days."
)
AN_AMOUNT = say("Write an amount, such as 1000.00 or 1.000,00.")
A_LINE = say("Write one line of printable text, at most 300 characters.")
A_TEXT = say("Write printable text of at most 20 kB.")
A_KEY = say("Write a short name of small letters, digits and hyphens, such as maastricht.")
A_REFERENCE = say("Write letters, digits, dots, underscores and hyphens, such as SO-2017-0042.")
A_NUMBER = say("Write a whole number of at most four digits, such as 1.")
AN_ADDRESS = say("Write the address of a page, such as https://example.org/a.")

# What names a path stands in one itself; a dot would part it.
DOTTED = FactType(lambda text: text.replace("/", "."), lambda name: name.replace(".", "/"), A_LINE)
_FACT_TYPES: dict[Any, FactType] = {
    date: FactType(parse_date, date.isoformat, A_DATE),
    Period: FactType(parse_period, str, A_PERIOD),
    Decimal: FactType(parse_amount, str, AN_AMOUNT),
    Line: FactType(parse_line, str, A_LINE),
    Reference: FactType(parse_reference, str, A_REFERENCE),
    Text: FactType(parse_text, str, A_TEXT),
    PrivateText: FactType(str, str, A_LINE),
    Approximate: FactType(
        parse_approximate, str, say("Write a date, a month or a year that exists, such as 2017-06.")
    ),
    DeadlineName: DOTTED,
    FactPath: DOTTED,
    Url: FactType(parse_url, str, AN_ADDRESS),
    Key: FactType(parse_key, str, A_KEY),
    int: FactType(_parse_number, str, A_NUMBER),
    bool: FactType(
        partial(_one_of, BOOLS),
        lambda value: "true" if value else "false",
        say("Write {yes} or {no}.", yes=say("yes"), no=say("no")),
        ("true", "false"),
    ),
    Start: FactType(
        parse_start,
        str,
        say(
            "Write a date that exists, such as 2018-01-01, or: {words}.", words=_in_words(StartRule)
        ),
        tuple(StartRule),
    ),
}


@lru_cache(maxsize=64)
def fact_type_for(kind: Any) -> FactType | None:
    """Return how facts of this kind are read and written; None for a value made of facts."""
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        members = {str(member): member for member in kind}
        accepted = say("Accepted here: {names}.", names=_in_words(kind))
        return FactType(partial(_one_of, members), str, accepted, tuple(members))
    return _FACT_TYPES.get(kind)
