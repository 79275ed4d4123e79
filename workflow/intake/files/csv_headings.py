"""The first row of a spreadsheet: what each of its columns holds."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import lru_cache

from states.model.agreement import Agreement
from states.model.fact_fields import fields_of
from states.model.facts import Problem
from states.model.phrase import say
from workflow.intake.files.csv_columns import TABLES, Column
from workflow.intake.files.flatten import KEYED_BY
from workflow.intake.keys import keys, pattern_of

MOST_COLUMNS = 5000
LONGEST_NAME = 100
TOO_MANY = Problem(
    path="",
    problem=say("there are more than {most} columns.", most=MOST_COLUMNS),
    remedy=say("See: looptijd import --template {name}", name="csv"),
)
NUMBER = re.compile(r"\b\d+\b", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """One column: its place in a row, its name there, and the key it stands for."""

    place: int
    name: str
    key: str

    @property
    def label(self) -> str:
        """Return the column as its sheet shows it: D (looptijd)."""
        return f"{column_letters(self.place)} ({self.name})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Headings:
    """The columns that are known, how many there are with the others, and what is wrong.

    `labels` tells which column holds a key, or bears a name that is wrong.
    """

    known: list[Heading]
    width: int
    of_offices: bool
    problems: list[Problem]
    labels: Mapping[str, str] = field(default_factory=dict)


def headings_of(names: Sequence[str]) -> Headings:
    """Return what the columns of these names hold; a column without a name holds nothing.

    An unknown column is read as the one that was probably meant, so that its rows are judged too.
    """
    if len(names) > MOST_COLUMNS:
        return Headings(known=[], width=len(names), of_offices=False, problems=[TOO_MANY])
    of_offices = _holds("key", names, "csv-offices") and not _holds("ref", names, "csv")
    table = "csv-offices" if of_offices else "csv"
    known: dict[str, Heading] = {}
    problems: list[Problem] = []
    for place, name in enumerate(map(str.strip, names)):
        heading = _heading(place, name, table)
        if heading is None and name:
            problems.append(_unknown(name, table))
            meant = _heading(place, _suggest(name, table), table)
            heading = meant and replace(meant, name=name)
            known.update({heading.key: heading} if heading and heading.key not in known else {})
        elif heading and known.setdefault(heading.key, heading) is not heading:
            wrong = say("more than one column holds {key}.", key=heading.key)
            problems.append(Problem(path=name, problem=wrong, remedy=say("Keep one of them.")))
    as_named = (Heading(place=n, name=str(name), key=str(name)) for n, name in enumerate(names))
    return Headings(
        known=[*known.values()],
        width=len(names),
        of_offices=of_offices,
        problems=problems,
        labels={item.key: item.label for item in (*as_named, *known.values())},
    )


def is_table(names: Sequence[str]) -> bool:
    """Tell whether a row is the first of a spreadsheet of agreements or offices."""
    return _holds("key", names, "csv-offices") or _holds("ref", names, "csv")


def column_letters(place: int) -> str:
    """Return the letters of a column, counted from 0; after Z comes AA."""
    before, last = divmod(place, 26)
    return (column_letters(before - 1) if before else "") + chr(ord("A") + last)


def _holds(key: str, names: Sequence[str], table: str) -> bool:
    return any(_key_of(name, table) == key for name in names)


def _heading(place: int, name: str, table: str) -> Heading | None:
    key = _key_of(name, table)
    pattern = key if table == "csv-offices" else pattern_of(key) or _pattern_of_name(key)
    return Heading(place=place, name=name, key=key) if pattern in _patterns(table) else None


# Names -------------------------------------------------------------------------------------------


def _key_of(name: str, table: str) -> str:
    """Return the key that a name stands for; a number in it takes the place of N."""
    plain = _plain(name)
    number = NUMBER.search(plain)
    key = _keys_of(TABLES[table]).get(NUMBER.sub("0", plain))
    return key.replace("N", number[0]) if key and number else key or plain


@lru_cache(maxsize=2)
def _keys_of(columns: tuple[Column, ...]) -> Mapping[str, str]:
    return {_plain(column.name.replace("N", "0")): column.key for column in columns}


def _plain(name: str) -> str:
    """Return a name without case, accents, and more than one space in a row."""
    letters = unicodedata.normalize("NFKD", name[:LONGEST_NAME].casefold())
    return " ".join("".join(c for c in letters if not unicodedata.combining(c)).split())


@lru_cache(maxsize=2)
def _patterns(table: str) -> frozenset[str]:
    if table == "csv-offices":
        return frozenset(column.key for column in TABLES[table])
    return frozenset((*keys(), *_names_of_entries()))


def _names_of_entries() -> Iterator[str]:
    """Yield the keys that tell the entries of a list apart, such as party.PARTY.key."""
    for group, name in KEYED_BY.items():
        if name and group in fields_of(Agreement):
            yield f"{group}.{group.upper()}.{name}"


def _pattern_of_name(key: str) -> str:
    group, *rest = key.split(".")
    return ".".join([group, group.upper(), *rest[1:]])


# Problems ----------------------------------------------------------------------------------------


def _suggest(name: str, table: str) -> str:
    accepted = [text for column in TABLES[table] for text in (column.name, column.key)]
    return next(iter(get_close_matches(name[:LONGEST_NAME], accepted, n=1)), "")


def _unknown(name: str, table: str) -> Problem:
    near = _suggest(name, table)
    remedy = say("See: looptijd import --template {name}", name=table)
    return Problem(
        path=name[:LONGEST_NAME],
        problem=say("this column is not known."),
        remedy=say("Did you mean “{name}”?", name=near) if near else remedy,
    )
