"""The real daemon among faults: nothing that hangs, fails or jumps holds up another's alert."""

import errno
import logging
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import time_machine

from notifications.smtp import SmtpTransport
from scheduler import Daemon
from states.model.phrase import say
from tests.agreements import at
from tests.announced import DEFERRED, announced, at_offices
from tests.smtp_sink import sink
from tests.store import Unavailable, failing_at, go_away
from tests.town import ACCEPTED, OFFICES, Town, a_town, running, visiting
from tests.watching import Hanging, until, watching
from workflow.app.signs_of_life import leave_sign_of_life
from workflow.system.state_folder import StateFolder

EVALUATE = "evaluation:final:2018-09-30:-P3M"  # alerts on Friday 29 June 2018 at 08:00
SOON = 5.0  # seconds, for a daemon that looks 20 times a second on a busy machine


@pytest.fixture
def on_sqlite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """Give a town on SQLite, for what does not depend on the database, or on SQLite alone.

    It waits half a second for a lock, and not fifteen.
    """
    monkeypatch.setenv("LOOPTIJD_TEST_BUSY_SECONDS", "0.5")
    with visiting(a_town(f"sqlite:///{tmp_path / 'looptijd.db'}", tmp_path)) as made:
        yield made


def five(town: Town) -> Town:
    """Register five agreements whose evaluations are announced in June, July, … October."""
    texts = (running(f"A-{n}", start=f"2018-0{n}-01") for n in range(1, 6))
    return town.at("2018-06-01 10:00").register(OFFICES, *texts, history=True)


def fired(town: Town) -> list[str]:
    """Return which of the five have been alerted, in order."""
    return [f"A-{n}" for n in range(1, 6) if town.fired(f"A-{n}")]


# The daemon's own ---------------------------------------------------------------------------------


def test_a_daemon_whose_scheduler_dies_ends_so_that_it_is_started_again(
    small_town: Town, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It watched over a thread that was gone, and nothing fired any more."""
    daemon = Daemon(small_town.app)
    monkeypatch.setattr("scheduler._signal_to_stop", lambda _seconds: 0)
    monkeypatch.setattr(daemon.scheduler, "_main_loop", lambda: None)
    daemon.scheduler.start()
    with caplog.at_level(logging.CRITICAL, "looptijd"):
        assert daemon.watch() == 1
    assert [record.getMessage() for record in caplog.records] == ["scheduler_died"]


def test_a_job_that_raises_what_nobody_expects_is_told_and_begins_again(
    small_town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    begun: list[str] = []

    def raises_at_first() -> None:
        begun.append("tick")
        if len(begun) == 1:
            raise ZeroDivisionError

    with caplog.at_level(logging.ERROR, "looptijd"), watching(small_town) as daemon:
        daemon.jobs["tick"] = raises_at_first
        until(lambda: len(begun) > 1)
    (told,) = caplog.records
    assert (told.name, told.levelname) == ("apscheduler.executors.tick", "ERROR")
    assert told.exc_info
    assert told.exc_info[0] is ZeroDivisionError


def test_when_a_mail_does_not_leave_the_relay_is_greeted_within_a_minute(
    small_town: Town,
) -> None:
    announced(small_town).relay.answers(ACCEPTED)
    daemon = Daemon(small_town.app)
    daemon.transport = small_town.relay
    daemon.mail()
    assert daemon.greets_after == 24 * 3600
    small_town.change("UPDATE message SET status = 'queued', next_attempt_at = created_at")
    small_town.relay.answers(DEFERRED)
    daemon.mail()
    assert daemon.greets_after == 60


def test_mail_of_which_each_pass_fails_is_told_until_one_does_not(small_town: Town) -> None:
    """What is leased and given back each time seems to have waited for a moment only."""
    announced(small_town)
    daemon = Daemon(small_town.app)
    daemon.name, daemon.transport = "a daemon", small_town.relay
    with failing_at(small_town.app.database, 0, go_away):
        daemon.mail()
    daemon.tick()
    (told,) = small_town.checks("daemon_error")
    assert str(told.detail) == (
        "a daemon reported: The database cannot be used: Cannot operate on a closed database."
    )
    daemon.mail()
    daemon.tick()
    assert small_town.checks("daemon_error") == []


def test_of_mail_that_leaves_again_it_is_not_told_any_more_while_the_rest_waits(
    small_town: Town,
) -> None:
    """After a database was away there may be thousands, in one pass."""
    announced(small_town, *at_offices("sociaal-domein", "financien"))
    daemon = Daemon(small_town.app)
    daemon.name, daemon.transport = "a daemon", small_town.relay
    with failing_at(small_town.app.database, 0, go_away):
        daemon.mail()
    told: list[int] = []

    def looks(_parcel: object) -> None:
        daemon.tick()
        told.append(len(small_town.checks("daemon_error")))

    small_town.relay.before_settling = looks
    daemon.mail()
    assert told == [1, 0]


# One's fault is nobody else's --------------------------------------------------------------------


def test_while_a_relay_hangs_every_alert_fires_in_time_and_its_mail_leaves_afterwards(
    town: Town,
) -> None:
    five(town)
    relay = Hanging(town.relay)
    with watching(town, relay):
        town.at("2018-06-29 08:00")
        assert relay.taken.wait(SOON)
        for number, day in ((2, "2018-07-31"), (3, "2018-08-31"), (4, "2018-09-28")):
            town.at(f"{day} 08:00")
            assert until(partial(town.fired, f"A-{number}")) < SOON
        assert town.relay.attempts == []
        relay.let_go.set()
        until(lambda: {"A-2", "A-3", "A-4"} <= shown(town))


def shown(town: Town) -> set[str]:
    """Return of which agreements the relay accepted a mail."""
    return {mail.subject.rpartition("(")[2][:3] for mail in town.relay.accepted}


def test_an_agreement_that_fails_and_an_office_that_nobody_holds_delay_nobody(
    town: Town,
) -> None:
    five(town)
    town.change(  # what the ledger has already cannot be written, nor mended from it
        "INSERT INTO event (stream, seq, at, payload, hash) SELECT stream, seq + 1, at, payload,"
        " hash FROM event WHERE stream = 'agreement:A-1' ORDER BY seq DESC LIMIT 1"
    )
    town.register('[[office]]\nkey = "nergens"\nname = "Opgeheven functie"\n')
    town.do_with("A-2", "amend", reason="opgeheven", office="nergens")
    with watching(town):
        town.at("2018-06-29 08:00")
        until(lambda: town.scalar("SELECT max(failures) FROM agreement"))
        town.at("2018-07-31 08:00")
        assert until(lambda: "A-2" in fired(town)) < SOON
        town.at("2018-08-31 08:00")
        assert until(lambda: "A-3" in fired(town)) < SOON
        until(lambda: shown(town) == {"A-3"})
    assert fired(town) == ["A-2", "A-3"]


# The wall clock is moved under the daemon --------------------------------------------------------


@pytest.mark.parametrize("hours", [-1, 1, -13, 13, 24 * 36, 24 * 365 * 182])
def test_a_wall_clock_that_is_moved_stops_no_tick(on_sqlite: Town, hours: int) -> None:
    """The jobs wait for a wall clock's time: set back, they would sleep as long as it was moved."""
    five(on_sqlite)
    with time_machine.travel(at("2018-06-01 10:00"), tick=True) as wall, watching(on_sqlite):
        on_sqlite.at("2018-06-29 08:00")
        until(lambda: fired(on_sqlite) == ["A-1"])
        wall.shift(timedelta(hours=hours))
        on_sqlite.at("2018-07-31 08:00")
        assert until(lambda: fired(on_sqlite) == ["A-1", "A-2"]) < 2 * SOON
        until(lambda: len(on_sqlite.relay.accepted) == 2)


# The database is away ----------------------------------------------------------------------------


def events(caplog: pytest.LogCaptureFixture, *ends: str) -> list[str]:
    """Return what the daemon logged of its troubles, that begin and that end."""
    shown = [record.getMessage() for record in caplog.records]
    return [name for name in shown if name.endswith(ends or ("_failed", "_goes_on"))]


def test_a_file_that_is_deleted_is_told_once_and_the_daemon_goes_on_when_it_is_back(
    on_sqlite: Town, caplog: pytest.LogCaptureFixture
) -> None:
    five(on_sqlite)
    file, aside = on_sqlite.folder / "looptijd.db", on_sqlite.folder / "aside.db"
    caplog.set_level("INFO", "looptijd")
    with watching(on_sqlite) as daemon:
        since = time.monotonic()
        until(lambda: daemon.waits_since.get("tick", 0) > since)  # between two passes
        file.rename(aside)
        until(lambda: daemon.error)
        since = time.monotonic()
        until(lambda: daemon.waits_since.get("tick", 0) > since + 0.5)  # several more tries
        gone = f"The file of the database is gone: {file}."
        assert daemon.error == gone
        # A pass that the renaming met half-way has another reason.
        of_it = [r.getMessage() for r in caplog.records if vars(r).get("reason") == gone]
        assert sorted(of_it) == ["heartbeat_failed", "mail_failed", "tick_failed"]
        on_sqlite.at("2018-06-29 08:00")
        aside.rename(file)
        until(lambda: len(on_sqlite.relay.accepted) == 1)
        until(lambda: len(events(caplog, "_goes_on")) == 3)
    assert fired(on_sqlite) == ["A-1"]
    assert on_sqlite.problems() == []
    assert sorted(events(caplog)[-3:]) == ["heartbeat_goes_on", "mail_goes_on", "tick_goes_on"]


def test_a_state_folder_that_cannot_be_written_is_told_and_told_when_it_can_again(
    on_sqlite: Town, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")  # as of what is open, it names none

    monkeypatch.setattr("scheduler.HEARTBEAT_SECONDS", 0)
    caplog.set_level("INFO", "looptijd")
    on_sqlite.at("2018-06-01 10:00").confirm()
    with watching(on_sqlite), monkeypatch.context() as full:
        full.setattr(StateFolder, "_write", is_full)
        five(on_sqlite)
        until(lambda: events(caplog) == ["state_folder_failed"])
        reason = f"{on_sqlite.app.state.path} cannot be written: No space left on device."
        assert vars(caplog.records[-1])["reason"] == reason
        full.undo()
        until(lambda: events(caplog) == ["state_folder_failed", "state_folder_goes_on"])


def test_a_sign_of_life_that_could_not_be_written_is_written_at_the_next_look(
    small_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    fails = [Unavailable(say("The database is away."))]

    def fails_once(*parts: Any) -> None:
        if fails:
            raise fails.pop()
        leave_sign_of_life(*parts)

    monkeypatch.setattr("scheduler.leave_sign_of_life", fails_once)
    with watching(small_town):
        until(lambda: small_town.scalar("SELECT count(*) FROM heartbeat"))  # within the minute
    assert fails == []


def replace_file(town: Town, other: Path) -> None:
    """Put another file in the place of the register's, as the manual says: without its log."""
    for log in ("looptijd.db-wal", "looptijd.db-shm"):
        (town.folder / log).unlink(missing_ok=True)
    other.replace(town.folder / "looptijd.db")


def test_a_file_that_is_replaced_is_the_one_that_is_worked_on(on_sqlite: Town) -> None:
    five(on_sqlite)
    file, copy = on_sqlite.folder / "looptijd.db", on_sqlite.folder / "copy.db"
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    with watching(on_sqlite) as daemon:
        until(lambda: daemon.beaten_at > 0)
        old = os.open(file, os.O_RDONLY)
        replace_file(on_sqlite, copy)
        on_sqlite.at("2018-06-29 08:00")
        until(lambda: len(on_sqlite.relay.accepted) == 1)
    os.close(old)
    with closing(sqlite3.connect(file)) as database:
        names = database.execute("SELECT name FROM occurrence WHERE status = 'fired'").fetchall()
    assert names == [(EVALUATE,)]
    assert on_sqlite.problems() == []


def test_a_file_that_is_replaced_by_no_register_is_refused(on_sqlite: Town) -> None:
    five(on_sqlite).tick()
    other = on_sqlite.folder / "other.db"
    with closing(sqlite3.connect(other)) as database:
        database.execute("CREATE TABLE notes (line TEXT)")
    replace_file(on_sqlite, other)
    with pytest.raises(Unavailable, match=r"had a register with \d+ events"):
        on_sqlite.tick()


def test_a_file_that_another_program_holds_locked_is_waited_for(
    on_sqlite: Town, caplog: pytest.LogCaptureFixture
) -> None:
    five(on_sqlite)
    caplog.set_level("INFO", "looptijd")
    database = on_sqlite.app.database
    held = sqlite3.connect(
        on_sqlite.folder / "looptijd.db", isolation_level=None, check_same_thread=False
    )
    with closing(held), watching(on_sqlite) as daemon:
        until(lambda: daemon.beaten_at > 0)
        held.execute("BEGIN IMMEDIATE")
        with database.engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 500
        on_sqlite.at("2018-06-29 08:00")
        until(lambda: "tick_failed" in events(caplog), 60)
        assert daemon.error == "The database cannot be used: database is locked."
        assert fired(on_sqlite) == []
        held.execute("ROLLBACK")
        until(lambda: fired(on_sqlite) == ["A-1"])
        until(lambda: len(on_sqlite.relay.accepted) == 1)
    assert events(caplog).count("tick_failed") == 1
    assert on_sqlite.problems() == []


def test_a_greeting_that_the_register_could_not_be_told_is_told_five_minutes_later(
    on_sqlite: Town, caplog: pytest.LogCaptureFixture
) -> None:
    """What it was told before, such as a wrong password, would stand there for a day."""
    caplog.set_level("INFO", logger="looptijd")
    leave_sign_of_life(on_sqlite.app, "@relay server", "535 5.7.8 No")
    with sink() as taken, closing(sqlite3.connect(on_sqlite.folder / "looptijd.db")) as held:
        relay = SmtpTransport(
            host="localhost", port=taken.port, tls="none", username="", password=""
        )
        daemon = Daemon(on_sqlite.app)
        daemon.name = "server:1"
        held.execute("BEGIN IMMEDIATE")
        daemon.greet(relay)
        held.execute("ROLLBACK")
        daemon.greeted_at -= 300
        daemon.greet(relay)
        daemon.greeted_at -= 300
        daemon.greet(relay)
        assert taken.connections == 2
    assert events(caplog) == ["greeting_failed", "greeting_goes_on"]
    assert (
        on_sqlite.scalar("SELECT last_error FROM heartbeat WHERE daemon = '@relay server'") is None
    )
