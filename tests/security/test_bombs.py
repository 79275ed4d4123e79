"""Files made to hurt: each ends in one clear sentence, soon, without much memory."""

import os
import resource
import time
from pathlib import Path

import pytest

from states.model.phrase import Refusal
from tests.files import found_in, shown
from tests.security.clerk import Clerk
from tests.town import CASE, OFFICES, Town, running
from workflow.intake.files.read import read
from workflow.intake.files.records import MOST_FACTS, FileProblem
from workflow.intake.proposals.text import text_of
from workflow.intake.register import import_files
from workflow.system.configuration import configure

HEAD = '[[agreement]]\nref = "A-1"\n'
SOON = 3.0
MEGABYTES = 300

TOML = {
    "deep lists": ("a = " + "[" * 5000, "this is not valid TOML: too large or too deep."),
    "deep tables": ("a = " + "{a = " * 5000, "this is not valid TOML: too large or too deep."),
    "a long key": (".".join(["a"] * 20_000) + " = 1", "a key has more than 50 parts."),
    "a long header": (f"[agreement.{'.a' * 20_000}]", "a key has more than 50 parts."),
    "quoted keys": ('"=".' + ".".join(['"a"'] * 20_000) + " = 1", "a key has more than 50 parts."),
    "tables in tables": (
        "a = " + "{a = " * 100 + "1" + "}" * 100,
        "this key is too long, or stands too deep in groups.",
    ),
    "digits": ("a = " + "9" * 1_000_000, "this is not valid TOML: too large or too deep."),
    "hexadecimal digits": ("title = 0x" + "f" * 500_000, "this kind of value is not accepted."),
    "an exponent": ("title = 1e999999", "this kind of value is not accepted."),
    "not a number": ("title = nan", "this kind of value is not accepted."),
    "keys": ("\n".join(f"k{i} = 1" for i in range(20_000)), "there are more than 6000 facts."),
    "a key twice": ('ref = "A-2"', "this is not valid TOML: Cannot overwrite a value."),
    "a zero byte": ('title = "a\0b"', "this is not valid TOML: Illegal character '\\x00'."),
    "no header": (
        "# nothing\n" * 250_000,
        "this agreement or office is longer than 2 MB; nothing was read after it.",
    ),
}
NOT_AN_OBJECT = "this line is not a JSON object of at most 1 MB."
JSON = {
    "deep": ('{"a":' * 20_000, NOT_AN_OBJECT),
    "less deep": (
        '{"a":' * 900 + "1" + "}" * 900,
        "this key is too long, or stands too deep in groups.",
    ),
    "digits": ('{"a":' + "9" * 900_000 + "}", NOT_AN_OBJECT),
    "fewer digits": ('{"ref":' + "9" * 4000 + "}", "this kind of value is not accepted."),
    "not a number": ('{"title":NaN}', NOT_AN_OBJECT),
    "infinity": ('{"title":-Infinity}', NOT_AN_OBJECT),
    "a key twice": ('{"ref":"a","ref":"b"}', "“ref” stands more than once in one object."),
    "a long line": ('{"a":"' + "x" * 3_000_000 + '"}', NOT_AN_OBJECT),
    "a long key": (
        '{"' + "x" * 900_000 + '":1}',
        "this key is too long, or stands too deep in groups.",
    ),
    "keys": (
        "{" + ",".join(f'"k{i}":1' for i in range(70_000)) + "}",
        "there are more than 6000 facts.",
    ),
}
CSV = {
    "columns": (";".join(f"c{i}" for i in range(50_000)), "there are more than 5000 columns."),
    "marks on a letter": (
        "ref;a" + "\u0301\u0327" * 150_000 + "\n1;2",
        "this column is not known.",
    ),
    "an open quote": ('ref;titel\n"a;' + "x\n" * 100_000, "this row cannot be read."),
    "a long name": ("ref;" + "x" * 900_000 + "\n1;2", "this column is not known."),
}
FILES = [
    *((f"{HEAD}{text}", "file.toml", wrong) for text, wrong in TOML.values()),
    *((text, "file.jsonl", wrong) for text, wrong in JSON.values()),
    *((text, "file.csv", wrong) for text, wrong in CSV.values()),
]
NAMES = [*TOML, *(f"JSON, {name}" for name in JSON), *(f"CSV, {name}" for name in CSV)]


@pytest.mark.parametrize("content,name,wrong", FILES, ids=NAMES)
def test_a_bomb_is_a_problem_soon(tmp_path: Path, content: str, name: str, wrong: str) -> None:
    began, before = time.process_time(), highest()
    _, problems = found_in(tmp_path, content, name)

    assert [sentence for _, _, sentence in shown(problems) if wrong in sentence]
    assert time.process_time() - began < SOON
    assert highest() - before < MEGABYTES * 1024


def highest() -> int:
    """Return the most memory that this process has taken so far, in kilobytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@pytest.mark.parametrize("name", ["file.toml", "file.jsonl", "file.csv"])
def test_a_line_that_never_ends_ends_the_reading(tmp_path: Path, name: str) -> None:
    (tmp_path / name).symlink_to("/dev/zero")
    began = time.process_time()
    problems = [str(getattr(item, "problem", "")) for item in read([tmp_path / name])]
    assert "this line is far too long; nothing was read after it." in problems
    assert time.process_time() - began < SOON


@pytest.mark.parametrize("name", ["file.toml", "file.jsonl", "file.csv", "file.xlsx"])
def test_a_pipe_that_has_a_name_is_not_waited_for(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    (problem,) = read([tmp_path / name])
    assert isinstance(problem, FileProblem)
    assert str(problem.problem) == "this is a pipe."


def test_a_proposal_that_never_ends_is_too_large() -> None:
    with pytest.raises(Refusal, match="/dev/zero is larger than 20 MB"):
        text_of(Path("/dev/zero"))


def test_facts_that_are_all_wrong_are_told_soon(small_town: Town) -> None:
    parties = "\n".join(f'[[agreement.party]]\nkey = "k{i}"\nname = ""' for i in range(2900))
    began = time.process_time()
    result = small_town.importing(
        CASE.replace("[[agreement.party]]", f"{parties}\n[[agreement.party]]", 1)
    )

    assert len(result.problems) > 2900
    assert time.process_time() - began < 4 * SOON


def test_a_file_of_mistakes_is_not_read_to_its_end(small_town: Town) -> None:
    path = small_town.file("x\n" * 200_000, "file.jsonl")
    problems = import_files(small_town.app, [path], by="x").problems
    assert len(problems) < 10_100
    assert "there are more than 10000 problems; the reading stopped." in map(
        str, (problem.problem for problem in problems)
    )


def test_a_notice_period_of_a_century_of_months_holds_up_no_tick(small_town: Town) -> None:
    """It has to be given before 1,200 renewals; each term was reached renewal by renewal."""
    tacit = '[agreement.term]\nrenewal = "tacit"\nrenewal_length = "P1M"\nnotice = "P100Y"'
    money = '[agreement.contribution]\namount = "10.00"\nevery = "P1Y"\n'
    written = running("A-1").replace("[agreement.term]", tacit) + money
    town, began = small_town.at("2018-01-03 10:00"), time.process_time()
    town.register(OFFICES, written, history=True)
    town.tick()
    assert time.process_time() - began < 4 * SOON


@pytest.mark.parametrize("count, wrong", [(6000, False), (6001, True)])
def test_so_many_facts_of_one_agreement_are_read_and_no_more(
    tmp_path: Path, count: int, *, wrong: bool
) -> None:
    titles = ",".join(['{"title":"x"}'] * (count - 1))  # the reference is a fact as well
    found, problems = found_in(tmp_path, f'{{"ref":"A-1","document":[{titles}]}}', "file.jsonl")
    assert [str(item.problem) for item in problems] == ["there are more than 6000 facts."] * wrong
    assert len(found[0].facts) == 6000


def test_the_most_facts_of_one_agreement_are_more_than_its_instalments_need() -> None:
    assert MOST_FACTS >= 600 * 8


# Settings ----------------------------------------------------------------------------------------

SETTINGS = {
    "digits": "[mail]\nport = " + "9" * 5000,
    "hexadecimal digits": "[mail]\nport = 0x" + "f" * 50_000,
    "deep": "[mail]\nport = " + "[" * 5000,
    "not a number": "[mail]\nport = nan",
    "an exponent": "[mail]\nport = 1e400",
    "a line end": '[mail]\nsender = "A\\r\\nBcc: b@c.nl <a@b.nl>"',
    "another line end": '[municipality]\nname = "A\\u2028B"',
    "a zero byte": '[mail]\ndirectory = "a\\u0000b"',
    "a path for a zone": '[calendar]\ntimezone = "../../etc/passwd"',
    "a long name": f'[municipality]\nname = "{"x" * 400}"',
    "a large file": "# x\n" * 300_000 + "x",
}


@pytest.mark.parametrize("name", SETTINGS)
def test_a_bomb_in_the_settings_is_one_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / "looptijd.toml").write_text(SETTINGS[name])
    with pytest.raises(Refusal) as refused:
        configure(str(tmp_path / "looptijd.toml"))

    assert (refused.value.exit_code, len(refused.value.sentences)) == (2, 1)


@pytest.mark.parametrize(
    "name,value",
    [
        ("LOOPTIJD_MAIL__PORT", "9" * 5000),
        ("LOOPTIJD_ALERTS__PAYMENT_BEFORE", "[" * 100_000),
        ("LOOPTIJD_ALERTS__PAYMENT_BEFORE", '["P' + "9" * 9999 + 'Y"]'),
    ],
)
def test_a_bomb_in_the_environment_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Refusal) as refused:
        configure(None)

    assert len(refused.value.sentences) == 1


# The command -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.toml", "a.jsonl", "a.csv"])
def test_the_command_tells_a_bomb_with_exit_code_2(clerk: Clerk, name: str) -> None:
    deep = {"a.toml": HEAD + "a=" + "[" * 9999, "a.jsonl": "[" * 9999, "a.csv": "ref;\0\n1;2"}
    result = clerk.runs("import", clerk.file(name, deep[name]))

    assert result.exit_code == 2
    assert "Traceback" not in result.output


@pytest.mark.parametrize("arguments", [("show", "\udcff"), ("do", "A-1", "note", "text=\udcff")])
def test_text_that_is_no_utf_8_is_refused(clerk: Clerk, arguments: tuple[str, ...]) -> None:
    result = clerk.runs(*arguments)

    assert (result.exit_code, "is not text in UTF-8." in result.output) == (2, True)
