"""Reading Excel workbooks (.xlsx): each sheet with a known first row is a spreadsheet."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime, time
from importlib import import_module
from io import BytesIO
from itertools import compress, count, islice, zip_longest
from typing import Any
from warnings import filterwarnings
from zipfile import BadZipFile, ZipFile

from msgspec.structs import replace

from states.model.phrase import Phrase, say
from workflow.intake.files.csv_columns import column_letters, is_table
from workflow.intake.files.csv_rows import DayCell, FigureCell, Row, Sheet, found_in_rows
from workflow.intake.files.lines import Lines
from workflow.intake.files.records import FileProblem, Found, of_file

LARGEST_FILE = 100_000_000
LARGEST_UNPACKED = 1_000_000_000
A_MEGABYTE, LONGEST_TAG = 1_000_000, 200
MOST_ABOVE = 10  # rows above the headings of a table that is looked for
MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="(([A-Z]{1,3})(\d+):[A-Z]{1,3}\d+)"')
AS_TYPED = re.compile(r"[#?]*0?(\.0+)?")  # no leading zeros, signs between thousands, letters
NO_SIGN = re.compile(r"_.|\\? |\[\w+\]|;.*")  # room, colours; how what is negative is shown
NOT_SEEN = re.compile(r'\[[^\]]*\]|"[^"]*"|\\.')  # colours, languages; what stands as it is
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
        filterwarnings("ignore", module="openpyxl")  # of what it leaves out, such as colours
        self.values = load(BytesIO(content), read_only=True, data_only=True)
        self.entered = load(BytesIO(content), read_only=True)

    def sheets(self) -> list[str]:
        """Return the sheets with known headings, too low or not; the first sheet where none has."""
        every = [sheet.title for sheet in self.values.worksheets]
        known = [name for name in every if any(map(is_table, self._first_rows(name)))]
        return known or every[:1]

    def _first_rows(self, name: str) -> list[list[str]]:
        rows = islice(self.rows(Sheet("", name)), MOST_ABOVE)
        return [row[1] for row in rows if not isinstance(row, FileProblem)]

    def rows(self, sheet: Sheet) -> Iterator[Row | FileProblem]:
        """Yield the number and the cells of each row that is not empty; damage is a problem."""
        try:
            yield from self._rows(sheet)
        except Exception:  # noqa: BLE001 - whatever ails a stranger's file
            yield replace(of_file(sheet.file, None, UNREADABLE, AS_CSV), sheet=sheet.name)

    def _rows(self, sheet: Sheet) -> Iterator[Row | FileProblem]:
        sheets = [book[sheet.name] for book in (self.values, self.entered)]
        for one in sheets:
            one.reset_dimensions()  # what a file says of its size is not to be believed
        pairs = zip_longest(*(one.iter_rows() for one in sheets), fillvalue=())
        merged = self._merged(sheet.name)
        has_headings = False
        for number, (values, entered) in enumerate(pairs, start=1):
            cells = [*map(_text, values)]
            both = zip(values, entered, strict=False)
            uncomputed = [a.value is None and b.value is not None for a, b in both]
            for area, column in merged.get(number, {}).items() if has_headings else ():
                if column in map(column_letters, compress(count(), cells)):
                    wrong = say("{cells} are one merged cell.", cells=area)
                    remedy = say("Unmerge it, and fill in each cell that this holds for.")
                    problem = of_file(sheet.file, number, wrong, remedy)
                    yield replace(problem, sheet=sheet.name, column=column)
            if any(uncomputed):
                wrong = say("this cell has a formula that was never computed.")
                remedy = say("Open the workbook in Excel, save it, and try again.")
                column = column_letters(uncomputed.index(True))
                problem = of_file(sheet.file, number, wrong, remedy)
                yield replace(problem, sheet=sheet.name, column=column)
            elif any(cells):
                has_headings = True
                yield number, cells

    def _merged(self, name: str) -> Mapping[int, Mapping[str, str]]:
        """Return the area and first column of the merged cells that begin in each row."""
        found: dict[int, dict[str, str]] = {}
        rest = b""
        with self.values[name]._get_source() as source:  # noqa: SLF001 - not told when reading by row
            while read := source.read(A_MEGABYTE):
                text = rest + read
                for area, column, row in MERGED.findall(text):
                    found.setdefault(int(row), {})[area.decode()] = column.decode()
                rest = text[text.rfind(b"<") :][-LONGEST_TAG:]
        return found


def _text(cell: Any) -> str:
    """Return a cell as people see it: 007, 2%, a month without a day; a day has no hour."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number(value, cell.number_format)
    if isinstance(value, datetime) and value.time() == time():
        value = value.date()
    if isinstance(value, date):
        return DayCell(_day(value, cell.number_format))
    return str(value).strip()


def _number(value: float, shown_as: str) -> str:
    if shown_as.endswith("%"):
        return f"{value * 100:.15g}%"
    if shown_as.strip("0") == "" and value == int(value):
        return f"{int(value):0{len(shown_as)}}"
    text = str(value) if isinstance(value, int) else f"{value:.15g}"  # as many as Excel keeps
    shown = NO_SIGN.sub("", shown_as)
    decimals = len(shown.partition(".")[2])
    is_kept = AS_TYPED.fullmatch(shown) and f"{value:.{decimals}f}" == text
    return text if is_kept or shown in {"General", "@"} else FigureCell(text)


def _day(value: date, shown_as: str) -> str:
    """Return a date, or the month or year that is seen of it."""
    seen = NOT_SEEN.sub("", shown_as).lower()
    if "d" in seen or isinstance(value, datetime):
        return value.isoformat()
    return value.strftime("%Y-%m" if "m" in seen else "%Y")
