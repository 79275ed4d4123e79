"""Reading Excel workbooks (.xlsx): each sheet with a known first row is a spreadsheet."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from functools import cached_property, partial
from importlib import import_module
from io import BytesIO
from itertools import chain, compress, count, islice, zip_longest
from typing import Any
from warnings import filterwarnings
from zipfile import ZipFile

from states.model.phrase import Phrase, say
from workflow.intake.files.csv_columns import column_letters, is_table
from workflow.intake.files.csv_rows import DayCell, FigureCell, NumberedRow, Sheet, found_in_rows
from workflow.intake.files.lines import Lines
from workflow.intake.files.records import FileProblem, Found

LARGEST_FILE = 100_000_000
LARGEST_UNPACKED = 1_000_000_000
LARGEST_HELD = {"styles.xml": 5_000_000, "sharedStrings.xml": 100_000_000}  # in memory as a whole
A_MEGABYTE, LONGEST_TAG = 1_000_000, 200
MOST_ABOVE = 10  # rows above the headings of a table that is looked for
MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="(([A-Z]{1,3})(\d+):[A-Z]{1,3}\d+)"')
FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
AS_TYPED = re.compile(r"[#?]*0?(\.0+)?")  # no leading zeros, signs between thousands, letters
NO_SIGN = re.compile(r"_.|\\? |\[\w+\]|;.*")  # room, colours; how what is negative is shown
NOT_SEEN = re.compile(r'\[[^\]]*\]|"[^"]*"|\\.')  # colours, languages; what stands as it is
AS_CSV = say("Save it as “CSV UTF-8” and name that file.")
NO_EXTRA = say("reading an Excel workbook needs the extra looptijd[excel].")
UNREADABLE = say("this is no Excel workbook that can be read.")
TOO_LARGE = say(
    "this workbook is larger than 100 MB, or unpacked than 1 GB (its texts 100 MB, its styles"
    " 5 MB)."
)


def read_excel(lines: Lines) -> Iterator[Found | FileProblem]:
    """Yield the agreements or offices of a workbook; where none of its sheets is known, a problem.

    A cell whose formula was never computed is a problem too: it would be read as empty.
    """
    book = _opened(lines.content(LARGEST_FILE + 1))
    if isinstance(book, Phrase):
        yield lines.wrong(None, book, AS_CSV)
        return
    for sheet, rows in book.sheets(str(lines.path)):
        yield from found_in_rows(sheet, rows)


def _opened(content: bytes) -> "_Book | Phrase":
    """Return a workbook, or what is wrong with it."""
    try:
        return TOO_LARGE if _is_too_large(content) else _Book(content)
    except ImportError:
        return NO_EXTRA
    except Exception:  # noqa: BLE001 - whatever ails a stranger's file
        return UNREADABLE


def _is_too_large(content: bytes) -> bool:
    """Tell whether a workbook, which is a ZIP file, or anything in it is larger than is read."""
    parts = ZipFile(BytesIO(content)).infolist()
    holds_much = any(
        part.file_size > LARGEST_HELD.get(part.filename.rpartition("/")[2], LARGEST_UNPACKED)
        for part in parts
    )
    unpacked = sum(part.file_size for part in parts)
    return holds_much or len(content) > LARGEST_FILE or unpacked > LARGEST_UNPACKED


class _Book:
    """A workbook twice: with the values of its cells, and with what stands in them."""

    def __init__(self, content: bytes) -> None:
        """Open it; ImportError without the extra, anything else for what is no workbook."""
        load = import_module("openpyxl").load_workbook
        filterwarnings("ignore", module="openpyxl")  # of what it leaves out, such as colours
        self._load = partial(load, read_only=True, keep_links=False)
        self._content = content
        self.values = self._load(BytesIO(content), data_only=True)

    @cached_property
    def entered(self) -> Any:
        """Return it with its formulas."""
        return self._load(BytesIO(self._content))

    def sheets(self, file: str) -> Sequence[tuple[Sheet, Iterator[NumberedRow | FileProblem]]]:
        """Return the sheets with known headings, too low or not; the first sheet where none has."""
        every, known = [], []
        for one in self.values.worksheets:
            sheet = Sheet(file, one.title)
            rows = self.rows(sheet)
            above = [*islice(rows, MOST_ABOVE)]
            every.append((sheet, chain(above, rows)))
            if any(is_table(row[1]) for row in above if not isinstance(row, FileProblem)):
                known.append(every[-1])
        return known or every[:1]

    def rows(self, sheet: Sheet) -> Iterator[NumberedRow | FileProblem]:
        """Yield the number and the cells of each row that is not empty; damage is a problem."""
        try:
            yield from self._rows(sheet)
        except Exception:  # noqa: BLE001 - whatever ails a stranger's file
            yield sheet.wrong(None, UNREADABLE, AS_CSV)

    def _rows(self, sheet: Sheet) -> Iterator[NumberedRow | FileProblem]:
        merged, has_formulas = self._looked_through(sheet.name)
        books = (self.values, self.entered) if has_formulas else (self.values,)
        sheets = [book[sheet.name] for book in books]
        for one in sheets:
            one.reset_dimensions()  # what a file says of its size is not to be believed
        has_headings = False
        both = zip_longest(*(one.iter_rows() for one in sheets), fillvalue=())
        for number, (values, *entered) in enumerate(both, start=1):
            cells = [*map(_text, values)]
            pairs = (pair for row in entered for pair in zip(values, row, strict=False))
            uncomputed = [a.value is None and b.value is not None for a, b in pairs]
            for area, column in merged.get(number, {}).items() if has_headings else ():
                if column in map(column_letters, compress(count(), cells)):
                    wrong = say("{cells} are one merged cell.", cells=area)
                    remedy = say("Unmerge it, and fill in each cell that this holds for.")
                    yield sheet.wrong(number, wrong, remedy, column)
            for column in map(column_letters, compress(count(), uncomputed)):
                wrong = say("this cell has a formula that was never computed.")
                remedy = say("Open the workbook in Excel, save it, and try again.")
                yield sheet.wrong(number, wrong, remedy, column)
            if any(cells) and not any(uncomputed):
                has_headings = True
                yield number, cells

    def _looked_through(self, name: str) -> tuple[Mapping[int, Mapping[str, str]], bool]:
        """Return the area and first column of the merged cells that begin in each row.

        And whether a sheet has formulas: without, it is read once, in half the time.
        """
        found: dict[int, dict[str, str]] = {}
        rest, has_formulas = b"", False
        with self.values[name]._get_source() as source:  # noqa: SLF001 - not told when reading by row
            while read := source.read(A_MEGABYTE):
                text = rest + read
                has_formulas = has_formulas or FORMULA.search(text) is not None
                for area, column, row in MERGED.findall(text):
                    found.setdefault(int(row), {})[area.decode()] = column.decode()
                rest = text[text.rfind(b"<") :][-LONGEST_TAG:]
        return found, has_formulas


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
