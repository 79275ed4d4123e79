"""Reading files: every format one agreement at a time, every problem with its line."""

import os
import tempfile
from collections.abc import Iterator
from errno import ENOENT, ENOSPC
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.language import language
from states.model.agreement import Agreement
from states.model.fact_fields import fields_of
from states.model.fact_types import parse_amount
from states.model.phrase import Refusal
from tests.files import found_in, shown
from workflow.engine.offices import Office
from workflow.intake.files import lines
from workflow.intake.files.lines import LONGEST_LINE
from workflow.intake.files.read import read
from workflow.intake.files.records import KEYED_BY, FileProblem, Found
from workflow.intake.files.toml import as_import_file
from workflow.intake.keys import as_kept

TWO = """
[[agreement]]
ref = "A-1"
title = "Eerste"
[agreement.term]
length = "P3Y"
[[agreement.party]]
key = "m"
name = "Gemeente Maastricht"

[[agreement]]
ref = "A-2"
title = "Tweede"
"""


# Lists -------------------------------------------------------------------------------------------


def groups_with_keys(cls: type) -> set[str]:
    """Return the names of the fields that hold several values, each under a key or a number."""
    found: set[str] = set()
    for name, field in fields_of(cls).items():
        if field.value:
            found |= ({name} if field.key else set()) | groups_with_keys(field.value)
    return found


def test_each_group_of_the_model_can_be_written_as_a_list() -> None:
    groups = groups_with_keys(Agreement) | groups_with_keys(Office)

    assert groups == KEYED_BY.keys(), "say in KEYED_BY by what its entries are told apart"


# TOML --------------------------------------------------------------------------------------------


def test_each_agreement_of_a_toml_file_is_read_by_itself_with_its_lines(tmp_path: Path) -> None:
    (first, second), problems = found_in(tmp_path, TWO)
    assert problems == []
    assert first.facts == {
        "ref": "A-1",
        "title": "Eerste",
        "term.length": "P3Y",
        "party.m.name": "Gemeente Maastricht",
    }
    assert (first.lines["ref"], first.lines["term.length"], first.lines["party.m.name"]) == (
        3,
        6,
        9,
    )
    assert (second.name, second.lines["title"]) == ("A-2", 13)


def test_one_agreement_that_is_not_toml_hides_no_other_and_no_other_problem(tmp_path: Path) -> None:
    broken = TWO.replace('"P3Y"', '"P3Y') + '\n[[agreement]]\nref = = "A-3"\n'
    found, problems = found_in(tmp_path, broken)
    assert [item.name for item in found] == ["A-2"]
    assert [problem.line for problem in problems] == [6, 16]


def test_a_header_inside_a_text_of_several_lines_begins_no_agreement(tmp_path: Path) -> None:
    for quotes in ('"""', "'''"):
        purpose = f"purpose = {quotes}\n[[agreement]]\nref is a key\n{quotes}\ntitle = "
        (first, second), problems = found_in(tmp_path, TWO.replace("title = ", purpose, 1))
        assert problems == []
        assert first.facts["purpose"] == "[[agreement]]\nref is a key\n"
        assert (first.name, second.name) == ("A-1", "A-2")


def test_what_stands_in_a_text_of_several_lines_moves_no_line_of_a_key(tmp_path: Path) -> None:
    told = "title = x\n[agreement.term]\nlength = y\n[[agreement]]\n"
    rest = 'ref = "A-1"\ntitle = "Eerste"\n[agreement.term]\nlength = "P3Y"\n'
    text = f'[[agreement]]\npurpose = """\n{told}"""\n{rest}'
    (first,), problems = found_in(tmp_path, text)
    assert problems == []
    assert first.lines == {"": 1, "purpose": 2, "ref": 8, "title": 9, "term": 10, "term.length": 11}


@pytest.mark.parametrize(
    "title",
    [
        """ "Eerste" # he said '''""",
        """ 'Eerste' # it's '''""",
        """ "Eerste ''' deel" """,
        """ "Eerste \\" ''' deel" """,
        ''' 'Eerste """ deel' ''',
        ''' """Eerste \\""" deel""" ''',
    ],
)
def test_quotes_in_a_line_open_no_text_of_several_lines(tmp_path: Path, title: str) -> None:
    (first, second), problems = found_in(tmp_path, TWO.replace('"Eerste"', title))
    assert problems == []
    assert (first.lines["term.length"], second.lines["title"]) == (6, 13)


def test_a_remark_with_quotes_hides_no_agreement(tmp_path: Path) -> None:
    found, problems = found_in(tmp_path, TWO.replace("title", '# he said """ and no more\ntitle'))
    assert ([item.name for item in found], problems) == (["A-1", "A-2"], [])


def test_offices_and_agreements_come_in_the_order_of_the_file(tmp_path: Path) -> None:
    found, _ = found_in(tmp_path, f'[[office]]\nkey = "o"\n{TWO}[[office]]\nkey = "p"\n')
    assert [(item.name, item.is_office) for item in found] == [
        ("o", True),
        ("A-1", False),
        ("A-2", False),
        ("p", True),
    ]


def test_agreements_of_one_line_each_are_read_too(tmp_path: Path) -> None:
    found, _ = found_in(tmp_path, 'agreement = [{ ref = "A-1" }, { ref = "A-2" }]\n')
    assert [item.name for item in found] == ["A-1", "A-2"]


def test_a_group_that_is_no_agreement_and_no_office_is_a_problem(tmp_path: Path) -> None:
    _, problems = found_in(tmp_path, '[[aggreement]]\nref = "A-1"\n')
    assert shown(problems) == [(None, "", "“aggreement” is not known.")]


def test_a_text_that_never_ends_is_a_problem_on_the_last_line(tmp_path: Path) -> None:
    _, problems = found_in(tmp_path, TWO + 'purpose = """\nnever\nends\n')
    assert shown(problems) == [(16, "", "this is not valid TOML: Unterminated string.")]


@pytest.mark.parametrize(
    "line, said",
    [
        ("titel foo", "na een sleutel ontbreekt het teken ="),
        ("title = Derde", "deze waarde kan niet; tekst hoort tussen aanhalingstekens"),
        ('title = "Derde', "een tekst heeft geen aanhalingsteken aan het eind van de regel"),
        ('title = "Derde" lid', "na de waarde staat nog iets op de regel"),
        ("x = 1\nx = 1", "deze sleutel staat er al"),
        ("on = 2024-02-31", "deze datum bestaat niet"),
        (r'title = "C:\stukken"', r"in een tekst staat een enkele \; schrijf \\"),
        ("a = " + "[" * 5000, "te groot of te diep"),
    ],
)
def test_what_is_no_toml_is_told_in_words(tmp_path: Path, line: str, said: str) -> None:
    _, (problem,) = found_in(tmp_path, f"[[agreement]]\n{line}\n")
    assert language("nl").say(problem.problem) == f"dit is geen geldige TOML: {said}."


def test_one_entry_may_stand_in_single_brackets(tmp_path: Path) -> None:
    """Each of its keys was told to be no key: “Did you mean party.name.name?”."""
    party = '[agreement.party]\nkey = "beesel"\nname = "Gemeente Beesel"\n'
    office = '[[office]]\nkey = "zorg"\n[office.holder]\nname = "wethouder Smit"\n'
    found, problems = found_in(tmp_path, f'[[agreement]]\nref = "A-1"\n{party}{office}')
    assert problems == []
    assert [item.facts for item in found] == [
        {"ref": "A-1", "party.beesel.name": "Gemeente Beesel"},
        {"key": "zorg", "holder.1.name": "wethouder Smit"},
    ]


def test_a_table_under_its_key_may_be_called_as_a_list_is(tmp_path: Path) -> None:
    """It was told to have no key of its own, or came in as `obligation.document.1`."""
    owed = '[agreement.obligation.evaluation]\nwhat = "Verslag"\n'
    named = '[agreement.obligation.document]\nwhat = "Stuk"\n'
    found, problems = found_in(tmp_path, f'[[agreement]]\nref = "A-1"\n{owed}{named}')
    text = '{"ref":"A-1","party":{"beesel":{"name":"Gemeente Beesel"},"limburg":null}}'
    more, of_json = found_in(tmp_path, text, "file.jsonl")
    assert problems == of_json == []
    assert [item.facts for item in (*found, *more)] == [
        {
            "ref": "A-1",
            "obligation.evaluation.what": "Verslag",
            "obligation.document.what": "Stuk",
        },
        {"ref": "A-1", "party.beesel.name": "Gemeente Beesel"},
    ]


# JSON Lines --------------------------------------------------------------------------------------


def test_json_lines_are_read_line_by_line_whatever_their_texts_hold(tmp_path: Path) -> None:
    lines = '{"ref":"A-1","title":"een\u2028regel\x0b"}\n\n[1]\n{"ref":\n{"ref":"A-2"}'
    found, problems = found_in(tmp_path, lines, "file.jsonl")
    wrong = "this line is not a JSON object of at most 1 MB."
    assert [item.name for item in found] == ["A-2"]
    assert shown(problems) == [(1, "", wrong), (3, "", wrong), (4, "", wrong)]
    found, problems = found_in(tmp_path, lines.replace("\x0b", ""), "file.jsonl")
    assert [(item.name, item.lines[""]) for item in found] == [("A-1", 1), ("A-2", 5)]


@pytest.mark.parametrize("value", ["2017-10-12T10:00:00", "10:00:00"])
def test_a_time_is_no_value(tmp_path: Path, value: str) -> None:
    _, problems = found_in(tmp_path, f'[[agreement]]\nref = "A"\ntitle = {value}\n')
    assert shown(problems) == [(3, "title", "this kind of value is not accepted.")]


@pytest.fixture
def handed_over(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let somebody hand over a workbook through a pipe."""
    reading, writing = os.pipe()
    os.write(writing, b"PK\x03\x04 and more")
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as stream:
        monkeypatch.setattr("sys.stdin", stream)
        yield


@pytest.mark.usefixtures("handed_over")
def test_a_workbook_that_is_handed_over_is_known_by_its_first_signs() -> None:
    lines.take_in()
    assert lines.Lines(lines.STANDARD_INPUT).suffix() == ".xlsx"


def full() -> None:
    raise OSError(ENOSPC, os.strerror(ENOSPC))


@pytest.mark.usefixtures("handed_over")
@pytest.mark.parametrize(
    "name, value, told",
    [
        ("LARGEST_HANDED_OVER", -1, "What is handed over is larger than 1 GB: name a file."),
        ("TemporaryFile", full, f"{gettempdir()} cannot be written: No space left on device."),
    ],
)
def test_what_has_no_room_when_it_is_handed_over_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: object, told: str
) -> None:
    monkeypatch.setattr(lines, name, value)
    with pytest.raises(Refusal) as refused:
        lines.take_in()
    assert str(refused.value) == told


@pytest.mark.usefixtures("handed_over")
def test_where_no_folder_takes_what_is_handed_over_that_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nowhere = FileNotFoundError(ENOENT, "No usable temporary directory found in ['/tmp']")
    monkeypatch.setattr(tempfile, "gettempdir", Mock(side_effect=nowhere))
    with pytest.raises(Refusal) as refused:
        lines.take_in()
    assert str(refused.value) == (
        "No folder takes temporary files. Name one in TMPDIR that can be written."
    )


def test_null_is_an_absent_fact(tmp_path: Path) -> None:
    (found,), problems = found_in(tmp_path, '{"ref":"A-1","purpose":null}', "file.jsonl")
    assert (found.facts, problems) == ({"ref": "A-1"}, [])


def test_a_key_of_null_is_absent_too(tmp_path: Path) -> None:
    text = '{"ref":"A-1","instalment":[{"number":null,"amount":"5.00"}]}'
    _, problems = found_in(tmp_path, text, "file.jsonl")
    assert shown(problems) == [(1, "instalment", "entry 1 has no “number” of its own.")]


def test_a_line_of_over_a_megabyte_is_a_problem_and_the_next_line_is_read(tmp_path: Path) -> None:
    long = '{"ref":"A-1","title":"' + "x" * LONGEST_LINE + '"}\n{"ref":"A-2"}\n'
    found, problems = found_in(tmp_path, long, "file.jsonl")
    assert [(item.name, item.lines[""]) for item in found] == [("A-2", 2)]
    assert shown(problems) == [(1, "", "this line is not a JSON object of at most 1 MB.")]


# Files -------------------------------------------------------------------------------------------


def test_a_byte_order_mark_is_no_part_of_a_file(tmp_path: Path) -> None:
    mark = b"\xef\xbb\xbf"
    assert found_in(tmp_path, mark + TWO.encode())[0][1].name == "A-2"
    assert found_in(tmp_path, mark + b'{"ref":"A-1"}', "file.jsonl")[0][0].name == "A-1"
    assert found_in(tmp_path, mark + b"kenmerk\nA-1\n", "file.csv")[0][0].name == "A-1"


def test_text_in_another_encoding_is_a_problem_with_its_line(tmp_path: Path) -> None:
    for name in ("file.toml", "file.csv", "file.jsonl"):
        _, problems = found_in(tmp_path, "kenmerk\nCoöperatie\n".encode("cp1252"), name)
        assert (2, "", "this line is not text in UTF-8.") in shown(problems)


@pytest.mark.parametrize(
    "name, remedy",
    [
        ("nota.pdf", "If it is a proposal, run: looptijd new --from FILE"),
        ("NOTA.DOCX", "If it is a proposal, save it as a PDF and run: looptijd new --from FILE"),
        (
            "register.xls",
            "Save it as an Excel workbook (.xlsx) or as “CSV UTF-8”, and name that file.",
        ),
    ],
)
def test_of_a_file_of_another_program_it_is_told_how_it_comes_in(
    tmp_path: Path, name: str, remedy: str
) -> None:
    (problem,) = found_in(tmp_path, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\n", name)[1]
    assert (problem.line, str(problem.problem)) == (None, "a file of this kind is not read.")
    assert str(problem.remedy) == remedy


def test_a_folder_is_a_problem_and_the_files_beside_it_are_read(tmp_path: Path) -> None:
    (tmp_path / "good.toml").write_text(TWO)
    problem, *found = read([tmp_path, tmp_path / "good.toml"])
    assert isinstance(problem, FileProblem)
    assert str(problem.problem) == "the file cannot be read (Is a directory)."
    assert len(found) == 2


def test_the_reading_tells_every_byte_of_a_file_once(tmp_path: Path) -> None:
    content = TWO + "purpose = 'é'\n" + "#" * (2 * LONGEST_LINE) + "\n# end"
    (tmp_path / "file.toml").write_text(content)
    told_bytes: list[int] = []
    list(read([tmp_path / "file.toml"], told_bytes.append))
    assert sum(told_bytes) == len(content.encode())


# Written by us ------------------------------------------------------------------------------------

VALUES = st.text("aé€\"\\'#=[]0-", min_size=1, max_size=20)
WRITTEN = st.dictionaries(
    st.sampled_from(["title", "purpose", "term.start", "party.beek.name", "document.1.title"]),
    VALUES | st.dates().map(str) | st.sampled_from(["true", "12", '"', "a\\b"]),
)


@given(WRITTEN)
def test_an_import_file_that_we_write_reads_back_as_the_same_facts(facts: dict[str, str]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.toml"
        path.write_text(as_import_file(facts, ["a remark"]), encoding="utf-8")
        (found,) = read([path])
    assert isinstance(found, Found)
    assert dict(found.facts) == {path: as_kept(path, text) for path, text in facts.items()}


@pytest.mark.parametrize(
    "name, content",
    [
        ("file.toml", '[[agreement]]\nref = "A"\n[agreement.contribution]\namount = {}\n'),
        ("file.jsonl", '{{"ref": "A", "contribution": {{"amount": {}}}}}\n'),
    ],
)
@pytest.mark.parametrize("amount", ["1.000", "10.000"])
def test_a_thousand_that_is_written_without_quotes_is_not_one_euro(
    tmp_path: Path, name: str, content: str, amount: str
) -> None:
    (found,), problems = found_in(tmp_path, content.format(amount), name)
    assert problems == []
    with pytest.raises(ValueError, match="It may mean"):
        parse_amount(found.facts["contribution.amount"])
