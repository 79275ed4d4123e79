"""systemd's watchdog is fed by looks that really happened, and by nothing else."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace

from notifications.transport import Work
from scheduler import Daemon
from states.model.phrase import say
from tests.store import Unavailable
from tests.town import OFFICES, Town, running
from tests.watching import until, watching
from workflow.system.clock import MovableClock

PATIENCE = 30.0  # seconds, so that a test that fails ends
MESSAGES = 200  # more than wait to be read
A_WHILE = 1.5  # seconds in which many looks end, and the main thread goes around at least once


class Stuck(MovableClock):
    """A clock that answers, until a test makes who asks it hang."""

    def __init__(self, moment: datetime) -> None:
        super().__init__(moment)
        self.free = threading.Event()

    def now(self) -> datetime:
        """Return the moment, once free."""
        self.free.wait()
        return super().now()


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """Give the socket on which systemd would listen."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as shown:
        shown.bind(str(tmp_path / "notify"))
        shown.settimeout(A_WHILE)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield shown


def hears(systemd: socket.socket, within: float = A_WHILE) -> list[str]:
    """Return what is told until nothing is for a while; the watchdog's food once only."""
    systemd.settimeout(within)
    heard: list[str] = []
    try:
        while "WATCHDOG=1" not in heard:
            heard.append(systemd.recv(200).decode().partition("\n")[0])
    except TimeoutError:
        pass
    return heard


def test_a_daemon_that_hangs_does_not_feed_the_watchdog_and_one_that_goes_on_does(
    small_town: Town, systemd: socket.socket
) -> None:
    clock = Stuck(small_town.clock.moment)
    stuck = Town(replace(small_town.app, clock=clock), clock, small_town.folder)
    with watching(stuck) as daemon:
        assert hears(systemd) == []
        assert daemon.scheduler.running  # its main thread lives all the same
        clock.free.set()
        assert hears(systemd, PATIENCE) == ["WATCHDOG=1"]
        clock.free.clear()
        while hears(systemd):  # until the look that was under way has asked the clock again
            pass
        clock.free.set()
        assert hears(systemd, PATIENCE) == ["WATCHDOG=1"]


@pytest.mark.parametrize(
    "error", [Unavailable(say("The database is away.")), ZeroDivisionError("nobody expects it")]
)
def test_a_look_that_fails_is_a_look_and_says_so(
    small_town: Town, systemd: socket.socket, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def away(*_: object) -> None:
        raise error

    systemd.settimeout(PATIENCE)
    monkeypatch.setattr("scheduler.tick", away)
    with watching(small_town):
        assert systemd.recv(200).decode() == (
            "WATCHDOG=1\nSTATUS=Looked at 2017-06-01 10:00:00, but failed: see the log."
        )


def test_mail_that_stands_still_feeds_no_watchdog_and_is_told_until_it_goes_on(
    small_town: Town, systemd: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when its database answers no more: nothing that mail waits for ends by itself."""
    monkeypatch.setattr("scheduler.STANDSTILL_SECONDS", 1)
    free = threading.Event()
    agreement = running("A-1", start="2018-01-01")
    small_town.at("2018-06-01 10:00").register(OFFICES, agreement, history=True)
    small_town.at("2018-06-29 08:00")

    class Silent:
        def run(self, _work: Work, _stopping: Callable[[], bool]) -> None:
            free.wait(PATIENCE)

    with watching(small_town, Silent()) as daemon:
        told = "SELECT count(*) FROM heartbeat WHERE last_error LIKE 'mail has stood still%'"
        until(lambda: small_town.scalar(told))
        told_before = (b"WATCHDOG" in systemd.recv(200) for _ in range(MESSAGES))
        assert not all(told_before)
        assert b"WATCHDOG" not in systemd.recv(200)
        free.set()
        until(lambda: daemon.error is None)
        assert hears(systemd, PATIENCE)[-1] == "WATCHDOG=1"


def test_mail_that_has_nothing_to_send_does_not_stand_still(
    small_town: Town, systemd: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduler.STANDSTILL_SECONDS", 1)
    with watching(small_town) as daemon:
        began = time.monotonic()
        until(lambda: time.monotonic() - began > A_WHILE)
        while hears(systemd) != ["WATCHDOG=1"]:  # until what was told before has been heard
            assert time.monotonic() - began < PATIENCE
        assert daemon.error is None


def is_far(daemon: Daemon, job: str) -> bool:
    """Tell whether a job waits for more than a moment."""
    found = daemon.scheduler.get_job(job)
    return found is not None and found.next_run_time > datetime.now(UTC) + timedelta(seconds=9)


def test_a_job_that_begins_just_when_the_daemon_is_stopped_keeps_it_from_nothing(
    small_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    with watching(small_town) as daemon:
        daemon.pause = PATIENCE
        waiting = [partial(is_far, daemon, name) for name in daemon.jobs]
        until(lambda: all(each() for each in waiting))
        asked = daemon.scheduler.get_job

        def begun(name: str) -> object:
            """Return a job that the scheduler has begun by the time that who asks goes on."""
            found = asked(name)
            daemon.scheduler.remove_all_jobs()
            return found

        monkeypatch.setattr(daemon.scheduler, "get_job", begun)
    assert small_town.query("SELECT daemon FROM heartbeat") == [("stopped",)]
