"""The columns of a spreadsheet: what their names in its first row stand for, and what it may have.

Each column is a key of the import file, or has a Dutch name for one. These tables are the only
place that knows the Dutch names. `N` stands for a number of one's own choice, which keeps the
columns of one party, instalment or decision together.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby

from msgspec import Struct
from msgspec.structs import replace

from notifications.typed import unaccented
from states.model.agreement import Agreement
from states.model.fact_fields import fields_of, pattern_at
from states.model.facts import Problem
from states.model.phrase import say
from workflow.intake.files.records import KEYED_BY
from workflow.intake.keys import keys, nearest_key


class Column(Struct, frozen=True):
    """A Dutch name, the key it stands for, and the cells of the template: of N one for each."""

    name: str
    key: str
    examples: tuple[str, ...] = ("",)


AGREEMENTS = (
    Column("kenmerk", "ref", ("SO-2026-0001",)),
    Column("titel", "title", ("Samenwerkingsovereenkomst Verbindend Leiden",)),
    Column("korte titel", "short_title", ("Verbindend Leiden",)),
    Column("doel", "purpose", ("Verbindend leiderschap bevorderen",)),
    Column("openbaar", "public", ("ja",)),
    Column("functie", "office", ("sociaal-domein",)),
    Column("dossierhouder", "case_owner.name", ("A. Voorbeeld",)),
    Column("e-mail dossierhouder", "case_owner.email", ("a.voorbeeld@maastricht.example",)),
    Column("fase", "stage"),
    Column("afloop", "outcome"),
    Column("looptijd", "term.length", ("3 jaar",)),
    Column("ingangsdatum", "term.start", ("01-01-2027",)),
    Column("einddatum", "term.last_day"),
    Column("eindigt voor", "term.ends_before"),
    Column("onbepaalde tijd", "term.open_ended"),
    Column("verlenging", "term.renewal", ("besluit",)),
    Column("verlengingsduur", "term.renewal_length"),
    Column("opzegtermijn", "term.notice"),
    Column("minimale looptijd", "term.minimum"),
    Column("evaluatie voor einde", "evaluation.final.before_end", ("3 maanden",)),
    Column("evaluatie op", "evaluation.final.on"),
    Column("evaluatiebepaling", "evaluation.final.clause", ("Artikel 7, derde lid",)),
    Column("evaluatie gehouden op", "evaluation.final.held_on"),
    Column("evaluatieverslag", "evaluation.final.report"),
    Column("evaluatieconclusie", "evaluation.final.conclusion"),
    Column("partij N", "party.N.name", ("Gemeente Maastricht", "Gemeente Beesel")),
    Column("partij N sleutel", "party.N.key", ("maastricht", "beesel")),
    Column("partij N eigen", "party.N.own", ("ja", "nee")),
    Column("partij N besloot op", "party.N.decided_on", ("", "")),
    Column("partij N tekende op", "party.N.signed_on", ("", "")),
    Column("partij N ondertekenaar", "party.N.signatory", ("", "")),
    Column("partij N hoedanigheid", "party.N.capacity", ("", "")),
    Column("soort bijdrage", "contribution.kind", ("bijdrage",)),
    Column("bijdrage", "contribution.amount", ("1.000,00",)),
    Column("bijdrage per", "contribution.every", ("1 jaar",)),
    Column("ontvanger", "contribution.payee", ("Gemeente Beesel",)),
    Column("functie betaling", "contribution.office"),
    Column("budgetpost", "contribution.budget_line", ("Lidmaatschappen en contributies",)),
    Column("totaal", "contribution.total", ("3.000,00",)),
    Column("termijn N bedrag", "instalment.N.amount"),
    Column("termijn N vervalt op", "instalment.N.due_on"),
    Column("termijn N boekjaar", "instalment.N.fiscal_year"),
    Column("termijn N betaald op", "instalment.N.paid_on"),
    Column("termijn N betaalkenmerk", "instalment.N.reference"),
    Column("afspraak N sleutel", "obligation.N.key", ("jaarverslag",)),
    Column("afspraak N", "obligation.N.what", ("jaarverslag over de samenwerking",)),
    Column("afspraak N door", "obligation.N.by", ("beesel",)),
    Column("afspraak N op", "obligation.N.on", ("01-04-2028",)),
    Column("afspraak N na ingang", "obligation.N.after_start"),
    Column("afspraak N voor einde", "obligation.N.before_end"),
    Column("afspraak N per", "obligation.N.every", ("1 jaar",)),
    Column("afspraak N functie", "obligation.N.office"),
    Column("afspraak N bepaling", "obligation.N.clause", ("Artikel 5",)),
    Column("beslispunt N", "decision_point.N.text", ("De overeenkomst ondertekenen",)),
    Column("stuk N", "document.N.title", ("Ontwerpovereenkomst",)),
    Column("stuk N datum", "document.N.dated", ("2026-05",)),
    Column("overleg op", "overleg.agreed_on"),
    Column("besluit N", "decision.N.outcome"),
    Column("besluit N op", "decision.N.on"),
    Column("besluit N kenmerk", "decision.N.reference"),
    Column("voortzetting N", "continuation.N.outcome"),
    Column("voortzetting N einddatum", "continuation.N.last_day"),
    Column("voortzetting N besloten op", "continuation.N.on"),
    Column("optie N", "extension.N.length"),
    Column("beëindigd op", "termination.on"),
    Column("beëindigd per", "termination.ends_on"),
    Column("voorganger", "predecessor"),
    Column("opvolger", "successor"),
)
OFFICES = (
    Column("sleutel", "key", ("sociaal-domein",)),
    Column("naam", "name", ("Portefeuille Sociaal Domein",)),
    Column("vervanger", "fallback"),
    Column("houder", "holder.name", ("wethouder Voorbeeld",)),
    Column("e-mail", "holder.email", ("wethouder@maastricht.example",)),
    Column("vanaf", "holder.from", ("01-01-2026",)),
    Column("tot en met", "holder.until"),
)
TABLES = {"csv": AGREEMENTS, "csv-offices": OFFICES}


def template(name: str) -> str:
    """Return the template `csv` (agreements) or `csv-offices`, as Dutch spreadsheets write it."""
    columns = list(_numbered(TABLES[name]))
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\n")
    writer.writerow([heading for heading, _ in columns])
    writer.writerow([example for _, example in columns])
    return text.getvalue()


def _numbered(columns: Sequence[Column]) -> Iterator[tuple[str, str]]:
    """Yield each column's name and example, those of the first party before those of the second."""
    for _, group in groupby(columns, key=lambda column: column.key.partition(".N.")[0]):
        alike = list(group)
        for number in range(max(len(column.examples) for column in alike)):
            for column in alike:
                yield column.name.replace("N", str(number + 1)), column.examples[number]


def columns_for(labels: Mapping[str, str], *, of_offices: bool) -> dict[str, str]:
    """Return the column of each key and group that a row may lack: as it stands there, or its name.

    A group has that of its first key: `term` is “looptijd”, `party` is “partij 1”.
    """
    found: dict[str, str] = {}
    for column in TABLES["csv-offices" if of_offices else "csv"]:
        key = column.key.replace(".N.", ".1.")
        label = labels.get(key, column.name.replace("N", "1"))
        found.setdefault(key, label)
        found.setdefault(key.partition(".")[0], label)
    return found


def columns_of(labels: Mapping[str, str], group: str, entry: str) -> Iterator[tuple[str, str]]:
    """Yield the name of each key of an entry, and its column: as it stands there, or its name.

    A row may leave any of them empty. A holder has no number in its columns: its `entry` is empty.
    """
    for column in _columns_of_each(group):
        *_, name = column.key.split(".")
        key = ".".join(filter(None, (group, entry, name)))
        has_a_name = not entry or entry.isdecimal()
        yield name, labels.get(key, column.name.replace("N", entry) if has_a_name else key)


@lru_cache(maxsize=64)
def _columns_of_each(group: str) -> tuple[Column, ...]:
    columns = (column for table in TABLES.values() for column in table)
    starts = f"{group}.N." if group != "holder" else "holder."
    return tuple(column for column in columns if column.key.startswith(starts))


# The first row -----------------------------------------------------------------------------------

MOST_COLUMNS = 5000
LONGEST_NAME = 100
TOO_MANY = Problem(
    path="",
    problem=say("there are more than {most} columns.", most=MOST_COLUMNS),
    remedy=say("See: looptijd import --template {name}", name="csv"),
)
NUMBER = re.compile(r"\b\d+\b", re.ASCII)


class Heading(Struct, frozen=True, kw_only=True):
    """One column: its place in a row, its name there, and the key it stands for."""

    place: int
    name: str
    key: str

    @property
    def label(self) -> str:
        """Return the column as its sheet shows it: D (looptijd)."""
        return f"{column_letters(self.place)} ({self.name})"


class Headings(Struct, frozen=True, kw_only=True):
    """The columns that are known, what all are called, and what is wrong.

    `labels` tells which column holds a key, or bears a name that is wrong.
    """

    known: list[Heading]
    names: Sequence[str]
    of_offices: bool
    problems: list[Problem]
    labels: Mapping[str, str] = {}


def headings_of(names: Sequence[str]) -> Headings:
    """Return what the columns of these names hold; a column without a name may hold nothing.

    An unknown column is read as the one that was probably meant, so that its rows are judged too.
    """
    if len(names) > MOST_COLUMNS:
        return Headings(known=[], names=names, of_offices=False, problems=[TOO_MANY])
    of_offices = _holds("key", names, "csv-offices") and not _holds("ref", names, "csv")
    table = "csv-offices" if of_offices else "csv"
    known: dict[str, Heading] = {}
    guessed: dict[str, Heading] = {}
    problems: list[Problem] = []
    for place, name in enumerate(map(str.strip, names)):
        heading = _heading(place, name, table)
        if heading is None and name:
            near = _suggest(name, table)
            problems.append(_unknown(name, near, table))
            is_meant = NUMBER.findall(near) == NUMBER.findall(name)
            nearest = _heading(place, near, table) if is_meant else None
            if nearest:
                guessed.setdefault(nearest.key, replace(nearest, name=name))
        elif heading and known.setdefault(heading.key, heading) is not heading:
            wrong = say("more than one column holds {key}.", key=heading.key)
            problems.append(Problem(path=name, problem=wrong, remedy=say("Keep one of them.")))
    for key, meant in guessed.items():
        known.setdefault(key, meant)
    as_named = (Heading(place=n, name=str(name), key=str(name)) for n, name in enumerate(names))
    return Headings(
        known=[*known.values()],
        names=names,
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
    pattern = key if table == "csv-offices" else pattern_at(Agreement, key)
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
    return " ".join(unaccented(name[:LONGEST_NAME]).split())


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


# Problems ----------------------------------------------------------------------------------------


def _suggest(name: str, table: str) -> str:
    """Return the column that was probably meant, with the number that stands in the name or 1."""
    number = NUMBER.search(name)
    names = (column.name.replace("N", number[0] if number else "1") for column in TABLES[table])
    return nearest_key(_plain(name), (*names, *_patterns(table))) or ""


def _unknown(name: str, near: str, table: str) -> Problem:
    remedy = say("See: looptijd import --template {name}", name=table)
    return Problem(
        path=name[:LONGEST_NAME],
        problem=say("this column is not known."),
        remedy=say("Did you mean “{name}”?", name=near) if near else remedy,
    )
