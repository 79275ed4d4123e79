"""A daemon whose disk is full or read-only waits, says so once, and goes on by itself."""

import resource
import shutil
import signal
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from tests.acceptance.commands import WITHOUT_PRIVILEGE, Operator, Watcher, a_daemon, quick, until

CONFIGURED = ("--config", "looptijd.toml")
TOO_LITTLE = 3000  # bytes in a file: less than a page of the database or a mail, more than the log
LATER = "2100-01-01T12:00:00+00:00"


def said(daemon: Watcher, event: str) -> list[str]:
    """Return with which reasons an event stands in the log."""
    return [line.get("reason", "") for line in daemon.lines() if line["event"] == event]


def waiting(operator: Operator) -> int:
    """Return how many mails wait or are being sent."""
    rows = operator.reads("mail", "list")
    return sum(row["status"] in {"queued", "sending", "retry"} for row in rows)


def handed_over(operator: Operator) -> list[str]:
    """Return the Message-IDs of the mails that are files, in order."""
    files = (operator.folder / "mail").glob("*.eml")
    return sorted(f"<{path.stem}>" for path in files)


@contextmanager
def a_mail_waits(operator: Operator, *, first: tuple[str, ...] = ()) -> Iterator[Watcher]:
    """Run a daemon that has sent everything, and stop it in its tracks while one more is queued."""
    with a_daemon(operator, *CONFIGURED, first=first) as daemon:
        until(lambda: waiting(operator) == 0)
        daemon.pauses()
        operator.does("mail", "resend", "1")
        yield daemon
        daemon.stops()


def fails(daemon: Watcher, reason: str) -> None:
    """Let the daemon go on, and hold that it says what fails once, however often it tries."""
    daemon.process.send_signal(signal.SIGCONT)
    until(lambda: "mail_failed" in daemon.events())
    time.sleep(3)  # three more tries
    assert said(daemon, "mail_failed") == [f"The database cannot be used: {reason}."]


def goes_on(daemon: Watcher, operator: Operator) -> None:
    """Hold that what failed is over, and that each mail that was accepted is one file."""
    until(lambda: "mail_goes_on" in daemon.events())
    until(lambda: waiting(operator) == 0)
    accepted = operator.reads("mail", "list", "--status", "accepted")
    assert handed_over(operator) == sorted(row["message_id"] for row in accepted)
    assert operator.reads("verify")["ok"]
    until(lambda: operator.reads_whatever_the_code("doctor")["ok"])  # the next look tells it


def test_where_no_file_can_grow_everything_waits_and_then_goes_on(case_decided: Operator) -> None:
    with a_mail_waits(quick(case_decided)) as daemon:
        limits = resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (TOO_LITTLE, limits[1]))
        fails(daemon, f"{case_decided.folder}/looptijd.db: disk I/O error")
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, limits)
        goes_on(daemon, case_decided)


def test_on_a_disk_that_is_full_everything_waits_and_then_goes_on(
    case_decided: Operator, small_disk: Path
) -> None:
    for file in case_decided.folder.glob("looptijd*.[dj]*"):  # the register and its state
        shutil.copy(file, small_disk)
    moved = quick(case_decided, f'[database]\nurl = "sqlite:///{small_disk / "looptijd.db"}"\n')
    with a_mail_waits(moved) as daemon:
        filler = small_disk / "filler"
        with filler.open("wb", buffering=0) as stream, suppress(OSError):
            while stream.write(b"0" * 512):
                pass
        full = f"{small_disk}/looptijd.db: database or disk is full"
        fails(
            daemon,
            f"{full}. Make room on its disk, and try again: nothing that was recorded is lost",
        )
        filler.unlink()
        goes_on(daemon, case_decided)


def test_a_file_that_may_only_be_read_is_waited_for(case_decided: Operator) -> None:
    first = (sys.executable, "-c", WITHOUT_PRIVILEGE)
    with a_mail_waits(quick(case_decided), first=first) as daemon:
        swap(case_decided, 0o444)
        file = case_decided.folder / "looptijd.db"
        fails(daemon, f"{file} cannot be opened: Permission denied")
        late = case_decided.at(LATER).runs("doctor", "--json")
        failed = {check["name"] for check in late.json()["checks"] if not check["ok"]}
        assert (late.code, "daemon" in failed) == (1, True)
        swap(case_decided, 0o644)
        goes_on(daemon, case_decided)


def test_a_file_that_could_only_be_read_when_it_was_opened_is_written_when_it_may_be(
    case_decided: Operator,
) -> None:
    """As after a power cut: the disk comes up read-only, and is put right while the daemon runs."""
    file, first = case_decided.folder / "looptijd.db", (sys.executable, "-c", WITHOUT_PRIVILEGE)
    file.chmod(0o444)
    with a_daemon(quick(case_decided), *CONFIGURED, first=first) as daemon:
        until(lambda: "tick_failed" in daemon.events())
        file.chmod(0o644)
        until(lambda: "tick_goes_on" in daemon.events())
        daemon.stops()


def swap(operator: Operator, mode: int) -> None:
    """Put a copy in the place of the database's file, with other permissions."""
    database, copy = operator.folder / "looptijd.db", operator.folder / "copy.db"
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    copy.chmod(mode)
    for log in ("looptijd.db-wal", "looptijd.db-shm"):
        (operator.folder / log).unlink(missing_ok=True)
    copy.replace(database)
