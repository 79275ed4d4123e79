"""What is printed or logged is only read: no terminal acts on it, no line is forged."""

import io
import json
import logging
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import date

import pytest

from notifications.language import language
from scheduler import InWords, OneLine
from tests.security.clerk import Clerk
from tests.town import CASE, OFFICES, REF, Town
from workflow.cli.terminal import shown
from workflow.system.printable import log_line, one_line, printable, to_json

NASTY = "a\x1b[31mrood\x1b]0;titel\x07\x9b2J\u202eom\u2028regel\x7f\u200b\x00z"
HARMLESS = "a�[31mrood�]0;titel��2J�om�regel��" + "�z"


def test_a_text_is_shown_without_what_a_terminal_acts_on() -> None:
    assert printable(NASTY) == HARMLESS
    assert printable("één\ttwee\nΩ 漢字 e\u0301 “✓”") == "één\ttwee\nΩ 漢字 e\u0301 “✓”"
    assert one_line("a\nb") == "a b"


def test_json_keeps_every_text_and_holds_nothing_that_acts() -> None:
    text = to_json({"a": NASTY + "\ud800"}, indent=2)

    assert json.loads(text) == {"a": NASTY + "\ud800"}
    assert text.count("\n") == 2
    assert printable(text) == text


def test_markup_is_shown_as_it_was_typed() -> None:
    assert shown("[bold red]x[/] [link=http://a]b[/link] :smile:").plain == (
        "[bold red]x[/] [link=http://a]b[/link] :smile:"
    )


# Commands ----------------------------------------------------------------------------------------

READING = [
    ("list",),
    ("list", "--json"),
    ("show", REF),
    ("show", REF, "--json"),
    ("history", REF),
    ("history", REF, "--json"),
    ("deadlines",),
    ("why", REF),
    ("do", REF),
    ("mail", "list"),
    ("mail", "list", "--json"),
    ("office", "list"),
    ("office", "history", "sociaal-domein"),
    ("simulate", "--until", "2026-12-31"),
    ("doctor",),
    ("verify",),
]
MARKUP = "[bold red]x[/] [link=http://a]b[/link]"


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    """Give an operator whose register has markup and marks on letters in every free text."""
    clerk = Clerk(tmp_path_factory.mktemp("marked")).configures()
    clerk.does("init")
    zalgo = "Z" + "\u0301\u0327\u0334" * 20
    case = CASE.replace("Verbindend Leiden", f"{MARKUP} {zalgo}").replace(
        "Provincie Limburg", MARKUP
    )
    path = clerk.file("case.toml", OFFICES.replace("wethouder", MARKUP) + case)
    clerk.does("import", path)
    clerk.does("do", REF, "note", f"text={MARKUP}", "--reason", MARKUP, "--by", MARKUP)
    return clerk


@pytest.fixture(scope="module")
def overwritten(marked: Clerk, tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    """Give the same with what no entrance lets in, as an older release may have stored it."""
    clerk = Clerk(tmp_path_factory.mktemp("overwritten")).configures()
    shutil.copy(marked.folder / "looptijd.db", clerk.folder)
    with sqlite3.connect(clerk.folder / "looptijd.db") as database:
        database.execute("UPDATE private SET value = ?", (f"{NASTY}@b.nl",))
        database.execute("UPDATE agreement SET failures = 9, last_error = ?", (NASTY,))
        database.execute("INSERT INTO heartbeat VALUES (?, '2026-01-01 00:00:00', ?)", (NASTY,) * 2)
    database.close()
    return clerk


@pytest.mark.parametrize("arguments", READING, ids=" ".join)
def test_every_screen_shows_what_stands_there_and_acts_on_nothing(
    overwritten: Clerk, arguments: tuple[str, ...]
) -> None:
    output = overwritten.runs(*arguments).output

    assert output
    assert printable(output) == output


def test_markup_stands_on_the_screens_as_it_was_typed(marked: Clerk) -> None:
    for arguments in (("show", REF), ("history", REF), ("list",), ("office", "list")):
        assert MARKUP in marked.does(*arguments).replace("\n", " ")


@pytest.mark.parametrize(
    "arguments",
    [
        ("show", "A\x1b[31m"),
        ("do", REF, "amend", "title=A\x1b[31m\nlooptijd: alles is goed", "--reason", "x"),
        ("do", REF, "A\x1b[31m"),
        ("do", REF, "note", "text=x", "--by", "A\x1b[31m"),
        ("do", REF, "note", "text=x", "--reason", "A\x1b[31m"),
        ("list", "--office", "A\x1b[31m"),
        ("mail", "show", "A\x1b[31m"),
        ("mail", "test", "A\x1b[31m"),
        ("why", REF, "A\x1b[31m"),
        ("deadlines", "--until", "A\x1b[31m"),
        ("erase", "A\x1b[31m", "--reason", "x"),
        ("import", "A\x1b[31m.toml"),
        ("office", "handover", "sociaal-domein", "--to", "A\x1b[31m", "--email", "a@b.nl"),
    ],
    ids=" ".join,
)
def test_a_refusal_quotes_without_acting(marked: Clerk, arguments: tuple[str, ...]) -> None:
    for more in ((), ("--json",)):
        result = marked.runs(*arguments, *more)

        assert result.exit_code in {2, 4}
        assert "\x1b" not in result.output
        assert "\nlooptijd: alles is goed" not in result.output


def test_what_is_told_beside_the_output_acts_on_nothing(marked: Clerk) -> None:
    nota = marked.file("nota.txt", "Voorstel\nDe overeenkomst duurt drie jaar.\n")
    source = {"field": "title", "quote": "niet te vinden"}
    draft = marked.file("draft.jsonl", json.dumps({"title": "A\x1b[31m", "source": [source]}))
    file = marked.folder / "A\x1b[31m"
    for arguments in (
        ("new", "--from", nota, "--draft", draft),
        ("new", "--from", nota, "--output", file.with_suffix(".toml")),
        ("export", "--csv", "--output", file.with_suffix(".csv")),
    ):
        output = marked.runs(*arguments).output
        assert "A�[31m" in output
        assert "\x1b" not in output


def test_a_key_of_a_file_is_quoted_without_acting(clerk: Clerk) -> None:
    path = clerk.file("a.toml", '[[agreement]]\nref = "A-1"\n"\\u001b[31mkey\\u202e" = 1\n')
    result = clerk.runs("import", path)

    assert (result.exit_code, "�[31mkey�" in result.output) == (2, True)


# The log -----------------------------------------------------------------------------------------


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    handler, logger = logging.StreamHandler(stream), logging.getLogger("looptijd")
    handler.setFormatter(OneLine())
    before, level = logger.handlers[:], logger.level
    logger.handlers[:], logger.propagate = [handler], False
    logger.setLevel(logging.INFO)
    yield stream
    logger.handlers[:] = before
    logger.setLevel(level)


def test_a_line_of_the_log_is_one_json_object_whatever_it_tells(log: io.StringIO) -> None:
    logging.getLogger("looptijd").error(
        "relay_at_fault", extra={"reply": f'{NASTY}\r\n{{"level": "info"}}'}
    )
    (line,) = log.getvalue().splitlines()

    assert json.loads(line)["level"] == "error"
    assert printable(line) == line


def test_the_log_tells_no_address_and_no_words_of_an_error(log: io.StringIO) -> None:
    try:
        date.fromisoformat("wethouder Gerats <gerats@maastricht.example>")
    except ValueError:
        logging.getLogger("looptijd").exception("composing_failed", extra={"mail": 1})
    logging.getLogger("looptijd").info(
        "mail", extra={"reply": "550 <gerats@maastricht.example>: no"}
    )
    first, second = map(json.loads, log.getvalue().splitlines())

    assert "Gerats" not in str(first)
    assert (first["error"], "test_screen.py" in first["where"]) == ("ValueError", True)
    assert second["reply"] == "550 <(address)>: no"


def test_an_address_in_any_part_of_a_line_is_left_out() -> None:
    line = log_line({"a": "postgresql://u:secret@host/d", "b": "x@y.nl,z@y.nl", "c": 1})

    assert "@" not in line
    assert "secret" not in line


def test_a_year_of_mail_logs_no_name_and_no_address(town: Town, log: io.StringIO) -> None:
    town.in_force(until="2018-11-30 12:00")

    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert len(lines) > 10
    for word in ("Gerats", "Bastiaens", "Janssen", "team geld", "@", "Verbindend Leiden"):
        assert word not in log.getvalue()


def test_at_a_terminal_the_daemon_speaks_in_a_line_that_acts_on_nothing() -> None:
    record = logging.makeLogRecord(
        {
            "msg": "fire",
            "created": 0.0,
            "ref": f"A-1{NASTY}\nB",
            "occurrence": "payment:2:2018-10-12:-P4W",
            "reply": "250 piet@example.org",
        }
    )
    told = InWords(language("nl")).format(record)
    assert (
        told[8:] == f"  een signalering  A-1{HARMLESS} B, 250 (address), termijn 2, 4 weken ervoor"
    )
