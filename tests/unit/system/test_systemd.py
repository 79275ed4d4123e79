"""What the daemon and systemd tell each other."""

import errno
import io
import json
import logging
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import scheduler
from workflow.system.systemd import is_journal, notify


@contextmanager
def listening(address: str) -> Iterator[socket.socket]:
    """Listen where systemd would, for at most a second."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as shown:
        shown.bind(address)
        shown.settimeout(1)
        yield shown


@pytest.mark.parametrize("kind", ["file", "abstract"])
def test_systemd_is_told_over_a_file_or_an_abstract_socket(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = str(tmp_path / "notify") if kind == "file" else f"@looptijd-test-{os.getpid()}"
    monkeypatch.setenv("NOTIFY_SOCKET", name)
    with listening(name if kind == "file" else f"\0{name[1:]}") as shown:
        notify("READY=1", "STATUS=Started.")
        assert shown.recv(100) == b"READY=1\nSTATUS=Started."


@pytest.mark.parametrize("address", ["", "/nowhere/notify"])
def test_without_systemd_nothing_happens(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    notify("READY=1")


def logged_to(stream: io.TextIOWrapper) -> str:
    """Return what stands in a file after the daemon's log told three things there."""
    log = logging.getLogger("looptijd")
    before = log.handlers[:], log.level, log.propagate
    elsewhere = logging.getLogger("apscheduler").handlers[:]
    try:
        scheduler.log_to(stream)
        log.info("started")
        log.warning("batch_undone")
        log.error("tick_failed", extra={"reason": "two\nlines"})
    finally:
        log.handlers[:], level, log.propagate = before
        log.setLevel(level)  # a level that is only assigned leaves what was asked before as it was
        logging.getLogger("apscheduler").handlers[:] = elsewhere
    stream.flush()
    return Path(stream.name).read_text(encoding="utf-8")


def test_the_journal_gets_the_level_of_each_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (tmp_path / "journal").open("w", encoding="utf-8") as stream:
        found = os.fstat(stream.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{found.st_dev}:{found.st_ino}")
        lines = logged_to(stream).splitlines()
    assert [line[:10] for line in lines] == ['<6>{"at": ', '<4>{"at": ', '<3>{"at": ']
    assert lines[2].endswith('"event": "tick_failed", "reason": "two\\nlines"}')


class FullOnce(io.FileIO):
    """A file on a disk that is full at the first write, and has room then."""

    is_full = True

    def write(self, content: Any) -> int:
        """Refuse it once."""
        if self.is_full:
            self.is_full = False
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(content)


def test_a_line_that_the_disk_had_no_room_for_follows_and_no_traceback_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with io.TextIOWrapper(io.BufferedWriter(FullOnce(tmp_path / "log", "w"))) as stream:
        monkeypatch.setattr(logging, "raiseExceptions", True)
        monkeypatch.setattr(sys, "stderr", stream)
        lines = logged_to(stream).splitlines()
    assert [json.loads(line)["event"] for line in lines] == [
        "started",
        "batch_undone",
        "tick_failed",
    ]


def test_a_log_that_somebody_led_elsewhere_has_no_levels_before_its_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOURNAL_STREAM", "9:12345")  # what systemd gave, before `2> file`
    with (tmp_path / "log").open("w", encoding="utf-8") as stream:
        assert [line[0] for line in logged_to(stream).splitlines()] == ["{", "{", "{"]


def test_a_stream_without_a_file_is_no_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOURNAL_STREAM", "9:12345")
    assert not is_journal(io.StringIO())
