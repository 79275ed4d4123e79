"""Excel workbooks: cells as Excel keeps them, problems with the sheet's own rows and columns."""

import sys
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from tests.files import found_in
from workflow.intake.files.read import read
from workflow.intake.files.records import FileProblem, Found

EMPTY_ZIP = b"PK\x05\x06" + bytes(18)
HEADS = [
    "kenmerk",
    "titel",
    "looptijd",
    "ingangsdatum",
    "bijdrage",
    "openbaar",
    "termijn 1 boekjaar",
]
ROW = ["A-1", "Convenant", "3 jaar", datetime(2027, 1, 1), 1000.5, True, 2027]


def workbook(path: Path, **sheets: list[list[Any]]) -> Path:
    """Write a workbook with a sheet for each list of rows."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    file = path / "register.xlsx"
    book.save(file)
    return file


def items(file: Path) -> tuple[list[Found], list[FileProblem]]:
    every = [*read([file])]
    found = [item for item in every if isinstance(item, Found)]
    return found, [item for item in every if isinstance(item, FileProblem)]


def places(problems: list[FileProblem]) -> list[tuple[str, int | None, str, str]]:
    return [(p.sheet, p.line, p.column, str(p.problem)) for p in problems]


def test_cells_are_read_as_excel_keeps_them(tmp_path: Path) -> None:
    (found,), problems = items(workbook(tmp_path, Blad1=[HEADS, ROW]))
    assert problems == []
    assert found.facts == {
        "ref": "A-1",
        "title": "Convenant",
        "term.length": "P3Y",
        "term.start": "2027-01-01",
        "contribution.amount": "1000.5",
        "public": "true",
        "instalment.1.fiscal_year": "2027",
    }


def test_a_sum_of_tenths_is_the_number_that_excel_shows(tmp_path: Path) -> None:
    (found,), _ = items(workbook(tmp_path, Blad1=[["kenmerk", "bijdrage"], ["A-1", 0.1 + 0.2]]))
    assert found.facts["contribution.amount"] == "0.3"


def test_empty_rows_and_columns_are_passed_over_and_rows_keep_their_numbers(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        [],
        HEADS,
        [],
        ROW,
        [None, None],
        ["A-2", "Tweede", None, date(2028, 2, 29)],
    ]
    found, problems = items(workbook(tmp_path, Blad1=rows))
    assert problems == []
    assert [(item.name, item.lines[""]) for item in found] == [("A-1", 4), ("A-2", 6)]
    assert found[1].facts["term.start"] == "2028-02-29"


def test_a_fact_knows_its_column_also_under_the_key_that_the_row_gives(tmp_path: Path) -> None:
    heads = ["kenmerk", "partij 1", "partij 1 sleutel", "partij 1 tekende op"]
    rows = [heads, ["A-1", "Gemeente Beek", "beek", "31-2-2027"]]
    (found,), _ = items(workbook(tmp_path, Blad1=rows))
    assert found.columns["party.beek.signed_on"] == "D (partij 1 tekende op)"


def test_sheets_of_agreements_and_offices_are_read_and_an_explanation_is_not(
    tmp_path: Path,
) -> None:
    file = workbook(
        tmp_path,
        Uitleg=[["Vul het volgende blad in."]],
        Overeenkomsten=[HEADS, ROW],
        Functies=[["sleutel", "naam"], ["sociaal-domein", "Sociaal Domein"]],
    )
    found, problems = items(file)
    assert problems == []
    assert [(item.sheet, item.is_office) for item in found] == [
        ("Overeenkomsten", False),
        ("Functies", True),
    ]


def test_a_wrong_heading_is_told_with_its_sheet_and_column(tmp_path: Path) -> None:
    rows = [["kenmerk", "titl", "kleur"], ["A-1", "Convenant", "rood"]]
    _, problems = items(workbook(tmp_path, Blad1=rows))
    assert places(problems) == [
        ("Blad1", 1, "B (titl)", "this column is not known."),
        ("Blad1", 1, "C (kleur)", "this column is not known."),
    ]


def test_a_workbook_without_a_known_sheet_says_what_its_first_row_lacks(tmp_path: Path) -> None:
    _, problems = items(workbook(tmp_path, Blad1=[["Overzicht"], ["x"]]))
    assert places(problems)[0] == ("Blad1", 1, "A (Overzicht)", "this column is not known.")


def test_a_formula_that_was_never_computed_is_a_problem_and_not_an_absent_fact(
    tmp_path: Path,
) -> None:
    rows = [["kenmerk", "titel", "bijdrage", "totaal"], ["A-1", "Een", "=500*2", "=C2*3"]]
    found, problems = items(workbook(tmp_path, Blad1=rows))
    assert found == []
    assert places(problems) == [
        ("Blad1", 2, "C", "this cell has a formula that was never computed."),
        ("Blad1", 2, "D", "this cell has a formula that was never computed."),
    ]


@pytest.mark.parametrize(
    "column, value, shown_as, fact",
    [
        ("kenmerk", 7, "000", "007"),
        ("kenmerk", 7, "General", "7"),
        ("kenmerk", 20260001.0, "0", "20260001"),
        ("contribution.indexation", 0.07, "0%", "7%"),
        ("stuk 1 datum", datetime(2026, 5, 1), "mmm\\-yy", "2026-05"),
        ("stuk 1 datum", datetime(2026, 5, 1), '[$-413]mmmm" "yyyy;@', "2026-05"),
        ("stuk 1 datum", datetime(2026, 5, 1), "yyyy", "2026"),
        ("stuk 1 datum", datetime(2026, 5, 1), "d-m-yyyy", "2026-05-01"),
        ("einddatum", datetime(2026, 12, 1), "mmm\\-yy", "2026-12"),  # no last day: a problem
    ],
)
def test_a_cell_says_what_is_seen_of_it(
    tmp_path: Path, column: str, value: Any, shown_as: str, fact: str
) -> None:
    beside = "doel" if column == "kenmerk" else "kenmerk"
    file = workbook(tmp_path, Blad1=[["titel", beside, column], ["T", "A-1", value]])
    book = load_workbook(file)
    book.worksheets[0]["C2"].number_format = shown_as
    book.save(file)
    (found,), problems = items(file)
    assert problems == []
    assert fact in found.facts.values()


@pytest.mark.parametrize(
    "column", ["kenmerk", "titel", "besluit 1 kenmerk", "termijn 1 betaalkenmerk", "doel"]
)
def test_a_reference_of_which_excel_made_a_date_is_no_reference(
    tmp_path: Path, column: str
) -> None:
    beside = "fase" if column == "kenmerk" else "kenmerk"
    file = workbook(tmp_path, Blad1=[[beside, column], [None, datetime(2026, 3, 2)]])
    found, problems = items(file)
    assert found == []
    assert places(problems) == [
        ("Blad1", 2, f"B ({column})", "the spreadsheet has made a date of this: 2026-03-02.")
    ]


@pytest.mark.parametrize(
    "value, shown_as, kept",
    [
        (17, '"SO-"0000', "17"),
        (2024.1, "0.00", "2024.1"),
        (202417, "0000-00", "202417"),
        (7, "000;-000", "7"),
        (2024.6, "0", "2024.6"),
    ],
)
def test_a_reference_that_excel_shows_otherwise_than_it_keeps_it_is_no_reference(
    tmp_path: Path, value: float, shown_as: str, kept: str
) -> None:
    """SO-0017 came in as 17, and 2024.10 as 2024.1; an amount is what it is, however shown."""
    file = workbook(tmp_path, Blad1=[["bijdrage", "kenmerk"], [value, value]])
    book = load_workbook(file)
    for cell in ("A2", "B2"):
        book.worksheets[0][cell].number_format = shown_as
    book.save(file)
    _, problems = items(file)
    sentence = f"the spreadsheet shows this otherwise than it keeps it: {kept}."
    assert places(problems) == [("Blad1", 2, "B (kenmerk)", sentence)]


@pytest.mark.parametrize(
    "value, shown_as", [(17.5, "0.0"), (12.25, "#0.00"), (17, "0_ ;[Red]\\-0\\ "), (17, "0;-0")]
)
def test_a_reference_that_excel_shows_as_it_keeps_it_is_one(
    tmp_path: Path, value: float, shown_as: str
) -> None:
    file = workbook(tmp_path, Blad1=[["kenmerk"], [value]])
    book = load_workbook(file)
    book.worksheets[0]["A2"].number_format = shown_as
    book.save(file)
    (found,), problems = items(file)
    assert (found.name, problems) == (str(value), [])


def test_a_merged_cell_is_a_problem_for_it_holds_for_its_first_row_only(tmp_path: Path) -> None:
    heads = ["kenmerk", "titel", "openbaar"]
    rows: list[list[Any]] = [
        heads,
        ["A-1", "T", "nee"],
        ["A-2", "T"],
        ["A-3", "T", "nee"],
        ["A-4", "T", None],
    ]
    file = workbook(tmp_path, Blad1=rows)
    book = load_workbook(file)
    for area in ("A1:B1", "C2:C3", "D4:E4"):
        book.worksheets[0].merge_cells(area)
    book.save(file)
    _, problems = items(file)
    told = [place for place in places(problems) if "merged" in place[3]]
    assert told == [("Blad1", 2, "C", "C2:C3 are one merged cell.")]


def test_a_table_below_a_title_is_not_left_out_beside_another(tmp_path: Path) -> None:
    lower: list[list[Any]] = [["Convenanten 2025", None], [], HEADS, ROW]
    found, problems = items(workbook(tmp_path, Nieuw=[HEADS, ROW], Oud=lower))
    assert [item.sheet for item in found] == ["Nieuw"]
    assert places(problems) == [("Oud", 1, "A (Convenanten 2025)", "this column is not known.")]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"kenmerk;titel\n", EMPTY_ZIP])
def test_what_is_no_workbook_is_one_problem(tmp_path: Path, content: bytes) -> None:
    _, problems = found_in(tmp_path, content, "register.xlsx")
    assert places(problems) == [("", None, "", "this is no Excel workbook that can be read.")]
    assert str(problems[0].remedy) == "Save it as “CSV UTF-8” and name that file."


@pytest.mark.parametrize(
    "whole, broken",
    [(b"</row></sheetData>", b"<"), (b'r="B2"', b'r="ZZZZ2"'), (b's="1"', b's="99"')],
)
def test_a_sheet_that_is_broken_in_a_workbook_that_opens_is_a_problem(
    tmp_path: Path, whole: bytes, broken: bytes
) -> None:
    """It ended as a fault inside looptijd, which pointed to `verify`."""
    file = workbook(tmp_path, Blad1=[HEADS, ROW])
    with zipfile.ZipFile(file) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    assert whole in sheet
    with zipfile.ZipFile(file, "w") as packed:
        for name, part in parts.items():
            packed.writestr(name, part.replace(whole, broken) if part is sheet else part)
    _, problems = items(file)
    assert places(problems)[-1:] == [
        ("Blad1", None, "", "this is no Excel workbook that can be read.")
    ]


@pytest.mark.parametrize(
    "part, megabytes",
    [("worksheets/sheet1.xml", 1100), ("sharedStrings.xml", 101), ("styles.xml", 6)],
)
def test_a_workbook_that_unpacks_to_much_is_not_unpacked(
    tmp_path: Path, part: str, megabytes: int
) -> None:
    """A file of 80 KB with 20 million styles cost minutes and gigabytes of memory."""
    file = tmp_path / "register.xlsx"
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed,
        packed.open(f"xl/{part}", "w") as unpacked,
    ):
        for _ in range(megabytes):
            unpacked.write(b"0" * 1_000_000)
    _, problems = items(file)
    sentence = (
        "this workbook is larger than 100 MB, or unpacked than 1 GB (its texts 100 MB, its styles"
        " 5 MB)."
    )
    assert places(problems) == [("", None, "", sentence)]


def test_without_the_extra_a_workbook_has_its_own_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = workbook(tmp_path, Blad1=[HEADS, ROW])
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    _, problems = items(file)
    sentence = "reading an Excel workbook needs the extra looptijd[excel]."
    assert places(problems) == [("", None, "", sentence)]
