"""`init --setup` as somebody at a terminal sees it: a pseudo-terminal asks, the test answers."""

import os
import pty
import re
import select
import time
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.acceptance.cli.test_terminal import a_terminal
from tests.acceptance.commands import PATIENCE, Operator
from tests.acceptance.processes import started, surroundings
from tests.smtp_sink import sink


def at_a_terminal(
    folder: Path, talk: Sequence[tuple[str, str]], columns: int = 0
) -> tuple[str, int]:
    """Answer each question when it is asked; return the screen and the exit code."""
    wide = {"COLUMNS": str(columns)} if columns else {}
    screen, terminal = pty.openpty()
    process = started(
        *("looptijd", "init", "--setup"),
        cwd=folder,
        env=surroundings(folder, wide),
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
    )
    os.close(terminal)
    seen = "".join(_answered(screen, question, answer) for question, answer in talk)
    seen += _read(screen, None)
    os.close(screen)
    return seen.replace("\r\n", "\n"), process.wait(PATIENCE)


def _answered(screen: int, question: str, answer: str) -> str:
    seen = _read(screen, question)
    os.write(screen, f"{answer}\n".encode())
    return seen


def _read(screen: int, question: str | None) -> str:
    """Read until a question was asked, or to the end."""
    read, until = b"", time.monotonic() + PATIENCE
    while question is None or question.encode() not in read:
        assert time.monotonic() < until, read.decode()
        if select.select([screen], [], [], 0.5)[0]:
            try:
                read += os.read(screen, 4096)
            except OSError:  # what Linux says when the other end is closed
                assert question is None, read.decode()
                return read.decode()
    return read.decode()


def questions(port: int) -> list[tuple[str, str]]:
    """Return what is asked of an installation that mails through a relay here, with answers."""
    return [
        ("Taal / language", "en"),
        ("Name of the municipality", "Gemeente Maastricht"),
        ("Name of this installation", "test"),
        ("Database", ""),
        ("How mail leaves", "smtp"),
        ("The relay's name", "127.0.0.1"),
        ("The relay's port [25]", "99999"),
        ("Write a whole number from 1 to 65535.", str(port)),
        ("Encryption", "none"),
        ("User name", ""),
        ("Sender", "Looptijd <looptijd@maastricht.example>"),
        ("Address of the operator", "beheer@maastricht.example"),
        ("Send a test mail? [Y/n]:", "yes"),
        ("To which address? [beheer@maastricht.example]", ""),
        ("Make the register now?", "y"),
    ]


def test_the_answers_become_a_configuration_a_test_mail_and_a_register(tmp_path: Path) -> None:
    with sink() as relay:
        screen, code = at_a_terminal(tmp_path, questions(relay.port))
        assert [mail.rcpt_tos for mail in relay.mails] == [["beheer@maastricht.example"]]
    assert code == 0, screen
    assert f"The relay 127.0.0.1:{relay.port} answers (tls: none)." in screen
    assert re.search(r"The register is ready: /\S+/\S+\.db\.\n$", screen)
    file = tmp_path / "looptijd.toml"
    assert oct(file.stat().st_mode)[-3:] == "640"
    assert tomllib.loads(file.read_text("utf-8"))["mail"] == {
        "transport": "smtp",
        "host": "127.0.0.1",
        "port": relay.port,
        "tls": "none",
        "username": "",
        "sender": "Looptijd <looptijd@maastricht.example>",
        "operator": "beheer@maastricht.example",
    }
    operator = Operator(folder=tmp_path)
    checks = operator.reads("doctor")["checks"]
    assert "test" in next(check["detail"] for check in checks if check["name"] == "installation")
    again = operator.runs("init", "--setup")
    assert (again.code, again.problems) == (
        2,
        ["looptijd: looptijd.toml is there already and stays as it is."],
    )


def test_the_language_may_be_answered_by_its_name_and_what_is_asked_folds_between_words(
    tmp_path: Path,
) -> None:
    talk = [
        ("Taal / language", "nederlands"),
        ("Naam van de gemeente", "Gemeente Zeist"),
        ("(een andere dan production voor een test)\r\n[production]:", ""),
        ("Database", ""),
        ("Hoe mail vertrekt", "fax"),
        ("“fax” is niet toegestaan. Dit kan: 'directory', 'smtp'.", ""),
        ("Map", ""),
        ("Afzender", ""),
        ("Adres van de beheerder", ""),
    ]
    talk.append(("Het register nu maken?", "n"))
    screen, code = at_a_terminal(tmp_path, talk, columns=80)
    assert code == 0, screen
    assert tomllib.loads((tmp_path / "looptijd.toml").read_text("utf-8"))["language"] == "nl"


def test_a_database_that_cannot_be_is_refused_when_it_is_answered(tmp_path: Path) -> None:
    talk = [
        *questions(0)[:3],
        ("Database", "proef!"),
        ("The database URL cannot be used. It is no such address.", "oracle://here/register"),
        ("The database URL cannot be used. It is no such address.", "sqlite:///:memory:"),
        ("The database URL cannot be used. It is no such address.", "sqlite:///x.db?mode=ro"),
        ("The database URL cannot be used. It is no such address.", ""),
        ("How mail leaves", ""),
        ("Folder", ""),
        *questions(0)[10:12],
    ]
    screen, code = at_a_terminal(tmp_path, [*talk, ("Make the register", "y")])
    assert code == 0, screen
    assert re.search(r"The register is ready: /\S+/\S+\.db\.\n$", screen)


def test_on_postgresql_its_owner_makes_the_register(tmp_path: Path) -> None:
    """The daemon's user was named, whose role may make no table."""
    talk = [
        *questions(0)[:3],
        ("Database", "postgresql+psycopg:///looptijd?host=/run/postgresql"),
        ("How mail leaves", ""),
        ("Folder", ""),
        *questions(0)[10:12],
    ]
    screen, code = at_a_terminal(tmp_path, [*talk, ("Make the register", "n")])
    assert code == 0, screen
    assert screen.endswith(
        "Make it as the role that owns the database (docs/postgresql.md):"
        " looptijd --config looptijd.toml init\n"
    )


def test_without_a_password_no_login_is_tried_and_what_was_not_tried_is_told(
    tmp_path: Path,
) -> None:
    with sink(users={"looptijd": "geheim"}) as relay:
        talk = questions(relay.port)
        talk[9] = ("User name", "looptijd")
        talk[10:10] = [("File with the password", "")]
        screen, code = at_a_terminal(tmp_path, [*talk[:13], ("Make the register", "n")])
        assert relay.count("AUTH") == 0
        assert relay.mails == []
    assert code == 0, screen
    assert f"The relay 127.0.0.1:{relay.port} answers (tls: none)." in screen
    assert "The login as looptijd was not tried, for there is no password here." in screen
    line = " ".join(screen.split())
    assert (
        "try it as the daemon does: sudo systemd-run --pipe --wait --collect -p User=looptijd -p"
        " LoadCredential=looptijd.mail.password:/etc/credstore/looptijd.mail.password"
        " /opt/looptijd/current/bin/looptijd mail test ADDRESS" in line
    )
    assert "Send a test mail?" not in screen


def test_a_relay_that_is_away_is_told_and_the_file_stays(tmp_path: Path) -> None:
    with sink() as relay:
        port = relay.port
    talk = [*questions(port)[:-1], ("Make the register", "n")]
    screen, code = at_a_terminal(tmp_path, talk)
    assert code == 0
    assert f"The relay 127.0.0.1:{port} cannot be used: " in screen
    assert f"The relay 127.0.0.1:{port} gives no connection: Connection refused." in screen
    assert screen.count("Correct looptijd.toml and try again: looptijd mail test ADDRESS\n") == 2
    assert screen.endswith(
        "Make it as the user of the daemon: looptijd --config looptijd.toml init\n"
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["looptijd.toml"]


def test_mail_that_goes_to_a_folder_is_not_tried_for_the_daemon_must_own_the_folder(
    tmp_path: Path,
) -> None:
    talk = [*questions(0)[:4], ("How mail leaves", ""), ("Folder", ""), *questions(0)[10:12]]
    screen, code = at_a_terminal(tmp_path, [*talk, ("Make the register", "n")])
    assert code == 0
    assert "test mail" not in screen
    assert sorted(path.name for path in tmp_path.iterdir()) == ["looptijd.toml"]


def test_a_password_that_cannot_be_read_is_told_and_no_login_is_tried(tmp_path: Path) -> None:
    with sink(users={"looptijd": "geheim"}) as relay:
        talk = questions(relay.port)
        talk[9] = ("User name", "looptijd")
        talk[10:10] = [("File with the password", "nowhere.txt")]
        screen, code = at_a_terminal(tmp_path, [*talk[:13], ("Make the register", "n")])
        assert relay.count("AUTH") == 0
    assert code == 0, screen
    _, _, told = screen.partition("looptijd.toml is written.\n")
    assert told.startswith(
        "mail.password_file: the file cannot be read: No such file or directory.\n"
        "Correct looptijd.toml and try again: looptijd mail test ADDRESS\n"
        "The login as looptijd was not tried, for there is no password here."
    )


def test_where_the_configuration_cannot_be_written_nothing_is_asked(tmp_path: Path) -> None:
    words = ("--lang", "en", "--config", "nowhere/new.toml", "init", "--setup")
    with a_terminal(Operator(folder=tmp_path), *words, columns=200) as terminal:
        terminal.shows(f"looptijd: The folder {tmp_path}/nowhere is missing or cannot be written.")
        assert terminal.ends() == 2


@pytest.mark.parametrize("config", ["looptijd.toml", "other.toml"])
def test_without_a_terminal_nothing_is_asked_and_nothing_written(
    config: str, tmp_path: Path
) -> None:
    ran = Operator(folder=tmp_path).runs("--lang", "en", "--config", config, "init", "--setup")
    assert ran.code == 2
    assert ran.err.startswith(
        f"looptijd: --setup asks questions, and there is no terminal. Write {config} yourself: "
    )
    assert list(tmp_path.iterdir()) == []
