"""Reading spreadsheets (CSV): an agreement or office, and a row for each obligation or holder."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from notifications.typed import typed
from states.model.agreement import Agreement
from states.model.fact_fields import fields_of, keyed
from states.model.fact_types import parse_key, parse_line, parse_reference, parse_text
from states.model.facts import Problem
from states.model.phrase import Phrase, say
from states.rules.amendment import fact_type_of
from workflow.intake.files import csv_columns, records
from workflow.intake.files.lines import SEPARATOR, Lines
from workflow.intake.files.records import KEYED_BY, FileProblem, Found, of_file

SEPARATORS = (";", ",", "\t")
HOLDER, OBLIGATION = "holder.", "obligation."
OF_THE_OFFICE = ("name", "fallback")
NO_VALUE = re.compile(r"#{2,}|#N/[AB]|#[A-Z/0]+[!?]")  # #REF!, #VERW!, a column too narrow
AS_TEXT = say("Format the cell as text, and type it again.")
NumberedRow = tuple[int, list[str]]
TEXTS = {parse_key, parse_line, parse_reference, parse_text}


class DayCell(str):
    """A cell that a workbook keeps as a date, whatever was typed: of 2-3 it makes 2 March."""

    __slots__ = ()


class FigureCell(str):
    """A number that a workbook shows otherwise than it keeps it: 17 as SO-0017, 1.1 as 1.10."""

    __slots__ = ()


class Sheet(Struct, frozen=True):
    """Where rows stand: a file, a sheet of a workbook, and the column of each key."""

    file: str
    name: str = ""
    labels: dict[str, str] = {}

    def found(self, **parts: Any) -> Found:
        """Return what was found here."""
        return Found(file=self.file, sheet=self.name, **parts)

    def wrong(
        self, line: int | None, problem: Phrase, remedy: Phrase, column: str = ""
    ) -> FileProblem:
        """Return a problem of the sheet, of one of its rows, or of the cell in a column of it."""
        found = of_file(self.file, line, problem, remedy)
        return replace(found, sheet=self.name, column=column)

    def problems(self, line: int, problems: Iterable[Problem]) -> Iterator[FileProblem]:
        """Return problems of one row."""
        row = self.found(name="", facts={}, lines={"": line}, columns=self.labels)
        return map(row.problem, problems)


def read_rows(lines: Lines) -> Iterator[Found | FileProblem]:
    """Yield the agreements or offices of a spreadsheet; a wrong column or row is a problem."""
    return found_in_rows(Sheet(str(lines.path)), _rows(lines))


def found_in_rows(
    sheet: Sheet, rows: Iterable[NumberedRow | FileProblem]
) -> Iterator[Found | FileProblem]:
    """Yield the agreements or offices of rows, of which the first names the columns."""
    headings: csv_columns.Headings | None = None
    holders, agreement = Holders(sheet), AgreementRows(sheet)
    for row in rows:
        if isinstance(row, FileProblem):
            yield row
        elif headings is None:
            headings = csv_columns.headings_of(row[1])
            sheet.labels.update(headings.labels)
            yield from sheet.problems(row[0], headings.problems)
        elif not headings.known:
            continue  # its first row names nothing, which is a problem
        elif (facts := _facts(row, headings)) is None:
            wrong = say("this row has more cells than there are columns.")
            yield sheet.wrong(row[0], wrong, say("Put text with a separator between quotes."))
        elif wrong_cells := [*_wrong_cells(sheet, row, headings)]:
            yield from wrong_cells
        elif headings.of_offices:
            yield from sheet.problems(row[0], holders.add(facts, row[0]))
        elif facts:
            yield from agreement.add(facts, row[0])
    yield from agreement.found()
    yield from holders.offices()


# Rows --------------------------------------------------------------------------------------------


def _rows(lines: Lines) -> Iterator[NumberedRow | FileProblem]:
    """Yield the number of the first line and the cells of each row that is not empty."""
    text = iter(lines)
    first = next((line for line in text if line.strip()), "")
    separator = max(SEPARATORS, key=first.count)
    if first.lower().startswith(SEPARATOR):
        first = next(text, "")
    reader = csv.reader(chain([first], text), delimiter=separator, strict=True)
    while True:
        begins = lines.number + 1 if reader.line_num else lines.number
        try:
            cells = [cell.strip() for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error:
            remedy = say("Look at its quotes and line breaks; a cell holds at most 20 kB.")
            yield lines.wrong(begins, say("this row cannot be read."), remedy)
        else:
            if any(cells):
                yield begins, cells


def _facts(row: NumberedRow, headings: csv_columns.Headings) -> dict[str, str] | None:
    """Return the cells that are not empty by key; None when some stand under no column."""
    cells = row[1]
    if any(cells[len(headings.names) :]):
        return None
    return {
        heading.key: cells[heading.place]
        for heading in headings.known
        if heading.place < len(cells) and cells[heading.place]
    }


def _wrong_cells(
    sheet: Sheet, row: NumberedRow, headings: csv_columns.Headings
) -> Iterator[FileProblem]:
    """Yield a problem for each cell that is under no name, or shows what is no fact of its kind."""
    known = {heading.place: heading for heading in headings.known}
    for place, cell in enumerate(row[1]):
        heading = known.get(place)
        if cell and not headings.names[place].strip():
            wrong = say("this cell stands under a column without a name.")
            remedy = say("Name the column, or empty it.")
        elif cell.startswith("#") and NO_VALUE.fullmatch(cell):
            wrong = say("the spreadsheet has no value here: “{value}”.", value=cell)
            remedy = say("Correct the formula, or make the column wider.")
        elif isinstance(cell, DayCell) and heading and _is_text(heading.key, headings):
            wrong = say("the spreadsheet has made a date of this: {value}.", value=cell)
            remedy = AS_TEXT
        elif isinstance(cell, FigureCell) and heading and _is_text(heading.key, headings):
            wrong = say(
                "the spreadsheet shows this otherwise than it keeps it: {value}.", value=cell
            )
            remedy = AS_TEXT
        else:
            continue
        column = heading.label if heading else csv_columns.column_letters(place)
        yield sheet.wrong(row[0], wrong, remedy, column)


def _is_text(key: str, headings: csv_columns.Headings) -> bool:
    fact_type = None if headings.of_offices else fact_type_of(key)
    return fact_type is not None and fact_type.parse in TEXTS


# Agreements --------------------------------------------------------------------------------------


class AgreementRows:
    """Collects the rows of one agreement: the first, and those that follow with more obligations.

    A row of the same reference that says anything else is an agreement of its own: a problem.
    """

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self._facts: dict[str, str] = {}
        self._owed: set[frozenset[tuple[str, str]]] = set()
        self._lines: dict[str, int] = {}
        self._columns: dict[str, str] = {}
        self._entries: dict[str, str] = {}  # what those of later rows are called in their columns

    def add(self, facts: dict[str, str], line: int) -> Iterator[Found | FileProblem]:
        """Keep a row; yield the agreement of the rows before it, if it is of another."""
        labels = self.sheet.labels
        owed = {path for path in facts if path.startswith(OBLIGATION)}
        more = frozenset((path, facts[path]) for path in owed)
        again = facts.keys() - owed
        is_same = "ref" in again and all(self._facts.get(path) == facts[path] for path in again)
        if not (owed and is_same and more not in self._owed):
            yield from self.found()
            self._facts, self._owed = facts, {more}
            self._lines, self._columns, self._entries = {"": line}, {**labels}, {}
            return
        self._owed.add(more)
        for path in owed:
            _, entry, name = keyed(path)
            own = f"{entry}-{line}"  # where it has no key of its own
            self._entries[own] = entry
            self._facts[f"{OBLIGATION}{own}.{name}"] = facts[path]
            self._columns[f"{OBLIGATION}{own}.{name}"] = labels[path]
            for name in (own, facts.get(f"{OBLIGATION}{entry}.key", own)):
                self._lines[f"{OBLIGATION}{name}"] = line

    def found(self) -> Iterator[Found | FileProblem]:
        """Yield the agreement of the rows up to now, and what is wrong with it."""
        if not self._facts:
            return
        problems: list[Problem] = []
        named = _named(self._facts, problems)
        columns = dict(self._columns_of_entries(named))
        for path, at in named.items():  # a group has the column of its key, or of its first fact
            columns[path] = self._columns[at]
            group = at.rpartition(".")[0]
            its_key = f"{group}.{KEYED_BY.get(group.partition('.')[0])}"
            column = self._columns[its_key if its_key in self._facts else at]
            columns.setdefault(path.rpartition(".")[0] or path, column)
        found = self.sheet.found(
            name="",
            facts={path: self._facts[at] for path, at in named.items()},
            lines=self._lines,
            columns=csv_columns.columns_for(self.sheet.labels, of_offices=False)
            | self._columns
            | columns,
        )
        yield from records.found_as_kept(found, problems)

    def _columns_of_entries(self, named: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Yield the column of each key of each entry, also of what the row leaves empty."""
        entries = {keyed(path)[:2]: keyed(at) for path, at in named.items()}
        for (group, key), (_, entry, name) in entries.items():
            if name:
                in_columns = self._entries.get(entry, entry)
                for last, column in csv_columns.columns_of(self.sheet.labels, group, in_columns):
                    yield f"{group}.{key}.{last}", column


def _named(facts: Mapping[str, str], problems: list[Problem]) -> dict[str, str]:
    """Return the path of each fact, with the key or number that the row gives its entry.

    Each is mapped to the path that its column has.
    """
    named: dict[str, str] = {}
    given: dict[str, str] = {}
    told, wrong = set[str](), dict[str, Problem]()
    for path in facts:
        group, entry, name = keyed(path)
        keyed_by = KEYED_BY.get(group)
        its_key = f"{group}.{entry}.{keyed_by}"
        key = facts.get(its_key, entry) if keyed_by and name else None
        is_no_day = keyed_by == "last_day" and key == entry and entry.isdecimal()
        if key is None:
            named[path] = path
        elif is_no_day or "." in key or given.setdefault(f"{group}.{key}", its_key) != its_key:
            wrong[its_key] = records.no_key_of_its_own(its_key, entry, keyed_by)
        elif name != keyed_by:
            told.add(its_key)
            named[f"{group}.{typed(key, fields_of(Agreement)[group].key)}.{name}"] = path
    problems += wrong.values()
    problems += [records.nothing_told(its_key) for its_key in given.values() if its_key not in told]
    return named


class Holders:
    """Collects the rows of a file; the offices are known when all of it was read."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self._facts: dict[str, dict[str, str]] = {}
        self._lines: dict[str, dict[str, int]] = {}
        self._columns: dict[str, dict[str, str]] = {}
        self._holders: dict[str, int] = {}

    def add(self, facts: Mapping[str, str], line: int) -> list[Problem]:
        """Keep a row; return what contradicts an earlier row of the same office."""
        key = facts.get("key", "")
        known = self._facts.setdefault(key, {"key": key} if key else {})
        lines = self._lines.setdefault(key, {"": line})
        columns = self._columns.setdefault(key, {})
        problems = [
            Problem(
                path=name,
                problem=say("an earlier row of this office says “{value}”.", value=known[name]),
                remedy=say("Write the same, or leave the cell empty."),
            )
            for name in OF_THE_OFFICE
            if name in facts and known.get(name, facts[name]) != facts[name]
        ]
        if any(path.startswith(HOLDER) for path in facts):
            number = self._holders[key] = self._holders.get(key, 0) + 1
            lines[f"{HOLDER}{number}"] = line
            its_columns = csv_columns.columns_of(self.sheet.labels, "holder", "")
            columns |= {f"{HOLDER}{number}.{name}": column for name, column in its_columns}
        for path, text in facts.items():
            named = path.replace(HOLDER, f"{HOLDER}{self._holders.get(key)}.")
            known.setdefault(named, text)
            lines.setdefault(named, line)
            columns.setdefault(named, self.sheet.labels[path])
        return problems

    def offices(self) -> Iterator[Found | FileProblem]:
        """Yield each office with its holders."""
        for key, facts in self._facts.items():
            lines = self._lines[key]
            columns = (
                csv_columns.columns_for(self.sheet.labels, of_offices=True) | self._columns[key]
            )
            found = self.sheet.found(
                name=key, facts=facts, lines=lines, columns=columns, is_office=True
            )
            yield from records.found_as_kept(found, ())
