"""A fork is the process that the real script would have been, whatever surrounds it."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.acceptance.cli.test_terminal import a_terminal
from tests.acceptance.commands import PATIENCE, REF, Operator
from tests.acceptance.processes import SERVER, Forked, started, surroundings, usual

JULY = "2020-07-09T23:30:00+00:00"  # in Amsterdam it is the tenth


def ended(operator: Operator, *words: str, **more: Any) -> tuple[int, bytes, bytes]:
    """Run a command and return its exit code and the very bytes on its two streams."""
    common: dict[str, Any] = {
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        "cwd": operator.folder,
    }
    env = surroundings(operator.folder, operator.environment)
    with started("looptijd", *words, env=env, real=operator.real, **common | more) as process:
        out, err = process.communicate(timeout=PATIENCE)
    assert isinstance(process, Forked) is not operator.real
    return process.returncode, out or b"", err or b""


@pytest.mark.parametrize(
    "words,environment",
    [
        (("--help",), {}),
        (("--help",), {"COLUMNS": "60"}),
        (("--help",), {"LOOPTIJD_LANGUAGE": "nl"}),
        (("show", REF), {"COLUMNS": "60", "FORCE_COLOR": "1"}),
        (("show", REF), {"NO_COLOR": "1", "FORCE_COLOR": "1", "TERM": "xterm-256color"}),
        (("show", REF), {"LOOPTIJD_LANGUAGE": "nl"}),
        (("show", "SO-2017-0043"), {}),
        (("list", "--json"), {"TZ": "Pacific/Auckland"}),
        (("deadlines", "--json"), {"LOOPTIJD_CALENDAR__TIMEZONE": "Europe/Amsterdam"}),
        (("do", REF, "amend", "titel=\udcff", "--reason", "x"), {}),
        (("lijst",), {"LOOPTIJD_LANGUAGE": "nl"}),
        (("list",), {"LOOPTIJD_MAIL__PORT": "x"}),
        (("list",), {"LOOPTIJD_TEST_RAISE": "1"}),
    ],
)
def test_a_fork_says_and_ends_as_the_script(
    registered: Operator, words: tuple[str, ...], environment: Mapping[str, str]
) -> None:
    operator = replace(registered, environment=environment).at(JULY)
    assert ended(operator, *words) == ended(replace(operator, real=True), *words)


@pytest.mark.parametrize(
    "name,value",
    [("LC_ALL", "C"), ("LANG", "nl_NL.ISO-8859-1"), ("PYTHONUTF8", "0"), ("PYTHONPATH", "/")],
)
def test_what_is_read_at_the_start_is_left_to_the_script(
    operator: Operator, name: str, value: str
) -> None:
    env = {**usual(), name: value}
    with started("looptijd", "--version", env=env, stdout=subprocess.PIPE) as process:
        assert not isinstance(process, Forked)
        assert process.communicate(timeout=PATIENCE)[0].startswith(b"looptijd")


def test_a_fork_has_three_streams_and_its_own_place_and_leaves_the_server_as_it_was(
    operator: Operator,
) -> None:
    asked = {"LOOPTIJD_LANGUAGE": "en"}
    first = replace(operator, environment=asked)
    assert "Usage" in first.does("--help")
    assert "Gebruik" in operator.does("--help")
    there = operator.folder / "there"
    there.mkdir()
    assert operator.runs("init", at=there).code == 0
    assert [path.name for path in operator.folder.iterdir()] == ["there"]


@pytest.mark.parametrize("words", [("--version",), ("list", "--json")])
def test_what_cannot_be_written_ends_a_fork_as_it_ends_the_script(
    registered: Operator, words: tuple[str, ...]
) -> None:
    with Path("/dev/full").open("wb") as full:
        code, _, err = ended(registered, *words, stdout=full)
        really, _, said = ended(replace(registered, real=True), *words, stdout=full)
    assert code == really == 1
    assert err == said == b"looptijd: What is printed cannot be written: No space left on device.\n"


def test_a_reader_that_has_gone_ends_a_fork_as_it_ends_the_script(registered: Operator) -> None:
    for operator in (registered, replace(registered, real=True)):
        reading, writing = os.pipe()
        os.close(reading)
        assert ended(operator, "list", stdout=writing) == (1, b"", b"")
        os.close(writing)


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_a_signal_ends_a_fork_as_it_ends_the_script(
    registered: Operator, by: signal.Signals
) -> None:
    forked = interrupted(registered, by)
    assert forked == interrupted(replace(registered, real=True), by)
    assert forked in (-by, 130)


def interrupted(operator: Operator, by: signal.Signals) -> int:
    """Send a signal to a command that waits for an answer in a terminal; return how it ended."""
    with a_terminal(operator, "do", REF, "note") as terminal:
        terminal.asks("What is to be noted:")
        terminal.process.send_signal(by)
        return terminal.ends()


def test_the_server_ends_with_who_started_it() -> None:
    ours, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
    number = theirs.fileno()
    with subprocess.Popen([sys.executable, "-P", SERVER, str(number)], pass_fds=[number]) as server:
        theirs.close()
        ours.close()
        assert server.wait(PATIENCE) == 0
