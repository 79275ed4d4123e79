"""Reading Excel workbooks (.xlsx): each sheet with a known first row is a spreadsheet."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, time
from importlib import import_module
from io import BytesIO
from itertools import zip_longest
from typing import Any
from warnings import catch_warnings
from zipfile import BadZipFile, ZipFile

from msgspec.structs import replace

from states.model.phrase import Phrase, say
from workflow.intake.files.csv_columns import column_letters, is_table
from workflow.intake.files.csv_rows import Row, Sheet, found_in_rows
from workflow.intake.files.lines import Lines
from workflow.intake.files.records import FileProblem, Found, of_file

LARGEST_FILE = 100_000_000
LARGEST_UNPACKED = 1_000_000_000
AS_CSV = say("Save it as “CSV UTF-8” and name that file.")
NO_EXTRA = say("reading an Excel workbook needs the extra looptijd[excel].")
UNREADABLE = say("this is no Excel workbook that can be read.")
TOO_LARGE = say("this workbook is larger than 100 MB, or than 1 GB unpacked.")


def read_excel(lines: Lines) -> Iterator[Found | FileProblem]:
    """Yield the agreements or offices of a workbook; where none of its sheets is known, a problem.

    A cell whose formula was never computed is a problem too: it would be read as empty.
    """
    file = str(lines.path)
    content = lines.content(LARGEST_FILE + 1)
    try:
        wrong = _too_large(content)
        book = wrong or _Book(content)
    except ImportError:
        wrong = NO_EXTRA
    except Exception:  # noqa: BLE001 - whatever ails a stranger's file
        wrong = UNREADABLE
    if wrong:
        yield of_file(file, None, wrong, AS_CSV)
        return
    assert isinstance(book, _Book)
    for name in book.sheets():
        sheet = Sheet(file, name)
        yield from found_in_rows(sheet, book.rows(sheet))


def _too_large(content: bytes) -> Phrase | None:
    """Return what is wrong with the size of a workbook, which is a ZIP file."""
    with suppress(BadZipFile):
        unpacked = sum(part.file_size for part in ZipFile(BytesIO(content)).infolist())
        is_large = len(content) > LARGEST_FILE or unpacked > LARGEST_UNPACKED
        return TOO_LARGE if is_large else None
    return UNREADABLE


class _Book:
    """A workbook twice: with the values of its cells, and with what stands in them."""

    def __init__(self, content: bytes) -> None:
        """Open it; ImportError without the extra, anything else for what is no workbook."""
        load = import_module("openpyxl").load_workbook
        with catch_warnings(action="ignore"):
            self.values = load(BytesIO(content), read_only=True, data_only=True)
            self.entered = load(BytesIO(content), read_only=True)

    def sheets(self) -> list[str]:
        """Return the sheets of which the first row is known; the first sheet where none is."""
        every = [sheet.title for sheet in self.values.worksheets]
        known = [name for name in every if is_table(self._first_row(name))]
        return known or every[:1]

    def _first_row(self, name: str) -> list[str]:
        rows = self.rows(Sheet("", name))
        return next((row[1] for row in rows if not isinstance(row, FileProblem)), [])

    def rows(self, sheet: Sheet) -> Iterator[Row | FileProblem]:
        """Yield the number and the cells of each row that is not empty."""
        sheets = [book[sheet.name] for book in (self.values, self.entered)]
        for one in sheets:
            one.reset_dimensions()  # what a file says of its size is not to be believed
        pairs = zip_longest(
            *(_each(one.iter_rows(values_only=True)) for one in sheets), fillvalue=()
        )
        for number, (values, entered) in enumerate(pairs, start=1):
            cells = [*map(_text, values)]
            both = zip(values, entered, strict=False)
            uncomputed = [value is None and formula is not None for value, formula in both]
            if any(uncomputed):
                wrong = say("this cell has a formula that was never computed.")
                remedy = say("Open the workbook in Excel, save it, and try again.")
                column = column_letters(uncomputed.index(True))
                problem = of_file(sheet.file, number, wrong, remedy)
                yield replace(problem, sheet=sheet.name, column=column)
            elif any(cells):
                yield number, cells


def _each(rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """Yield rows; openpyxl warns of what it leaves out, such as colours."""
    while True:
        with catch_warnings(action="ignore"):
            row = next(rows, None)
        if row is None:
            return
        yield row


def _text(value: Any) -> str:
    """Return a cell as people would have typed it; a day has no hour."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.15g}"  # as many figures as Excel keeps
    if isinstance(value, datetime) and value.time() == time():
        value = value.date()
    return value.isoformat() if isinstance(value, date) else str(value).strip()
