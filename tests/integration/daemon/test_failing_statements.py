"""A statement that fails costs nothing: the daemon lives on, and comes to what it would have."""

import random
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from scheduler import NEVER, Daemon
from tests.contents import Contents, contents
from tests.town import OFFICES, Town, running, the_usual_town, visiting
from workflow.agreements import tick as ticking
from workflow.system.settings import Mail

MAIL = Mail(
    sender="Looptijd <looptijd@maastricht.example>",
    operator="beheer@maastricht.example",
    digest="monday",
)
OF_MONEY = running("A-3").replace("sociaal-domein", "financien")
SOME = 12
EXECUTES = ("do_execute", "do_executemany", "do_execute_no_params")
STANDS = (
    "SELECT ref, stage, seq, next_alert_at, failures, last_error FROM agreement ORDER BY ref",
    "SELECT agreement_id, name, status FROM occurrence ORDER BY agreement_id, name",
    "SELECT stream, seq FROM event ORDER BY stream, seq",
    "SELECT day, events FROM seal ORDER BY day",
    "SELECT cause, address, status, attempts, doubts, next_attempt_at FROM message ORDER BY 1, 2",
    "SELECT daemon, last_error FROM heartbeat ORDER BY daemon",
)


class Wire:
    """Counts what a database is asked, its commits included, and lets one of them fail."""

    def __init__(self, town: Town, *, is_full: bool) -> None:
        self.count = self.fails = 0
        self.is_full, self.counts = is_full, False
        dialect: Any = town.app.database.engine.dialect
        for name in (*EXECUTES, "do_commit"):
            setattr(dialect, name, self._around(getattr(dialect, name)))

    @contextmanager
    def failing(self, fails: int) -> Iterator[None]:
        """Count from one on, and let this one fail; 0: none."""
        self.count, self.fails, self.counts = 0, fails, True
        yield
        self.counts = False

    def _around(self, call: Any) -> Any:
        def asked(first: Any, *others: Any, **options: Any) -> Any:
            self.count += self.counts
            if self.counts and self.count == self.fails:
                self._fail(getattr(first, "connection", first))
            return call(first, *others, **options)

        return asked

    def _fail(self, held: Any) -> None:
        """Undo the transaction as a whole, as SQLite does of a full disk; or hang up."""
        driver = getattr(held, "driver_connection", held)
        if not self.is_full:
            driver.close()
            return
        driver.rollback()
        full = sqlite3.OperationalError("database or disk is full")
        full.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise full


@pytest.fixture
def town(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """Give three agreements of two offices, of which a daemon that stood still tells late.

    On Monday 2 July 2018 it has a day to seal, two digests, and a mail about two of them.
    """
    monkeypatch.setattr(ticking, "PAUSE_SECONDS", 0)
    with visiting(the_usual_town(database_url, tmp_path, mail=MAIL)) as made:
        made.at("2018-06-05 10:00").register(
            OFFICES, running("A-1"), running("A-2"), OF_MONEY, history=True
        )
        made.one_pass()
        made.relay.forget()
        made.at("2018-07-02 09:00").confirm()
        yield made


@pytest.mark.on_sqlite
def test_whatever_fails_once_as_on_a_full_disk_costs_nothing(town: Town) -> None:
    assert_whatever_fails_costs_nothing(town, is_full=True)


def test_a_connection_that_goes_at_any_statement_costs_nothing(town: Town) -> None:
    assert_whatever_fails_costs_nothing(town, is_full=False)


def assert_whatever_fails_costs_nothing(town: Town, *, is_full: bool) -> None:
    """Let one of all that is asked fail, and the daemon go on; do that for some of them."""
    kept, wire = contents(town.app.settings.database.url), Wire(town, is_full=is_full)

    def lived(fails: int = 0) -> tuple[object, ...]:
        put_back(town, kept)
        daemon = Daemon(town.app)
        daemon.name, daemon.transport = "a daemon", town.relay
        with wire.failing(fails):
            pass_time(daemon)
        daemon.beaten_at = NEVER  # a minute has passed
        pass_time(daemon)
        assert daemon.troubles.said == {}
        assert town.problems() == []
        stands = [[tuple(row) for row in town.query(query)] for query in STANDS]
        return stands, sorted(town.relay.shown())

    would_be = lived()
    assert sorted(to for to, _ in town.relay.shown()) == [
        "bastiaens@maastricht.example",
        "bastiaens@maastricht.example",
        "geld@maastricht.example",
        "geld@maastricht.example",
    ]
    points = range(1, wire.count + 1)
    for fails in random.Random(7).sample(points, SOME):  # noqa: S311 - a test's chance is repeatable
        assert (fails, *lived(fails)) == (fails, *would_be)
        assert wire.count >= fails


def put_back(town: Town, kept: Contents) -> None:
    """Let the register be as it was, and nothing be mailed."""
    town.close()
    kept.put_into(town.app.settings.database.url)
    for mark in town.folder.glob("looptijd-*"):  # else it would seem put back from a backup
        mark.unlink()
    town.app.database.checked = False
    town.relay.forget()


def pass_time(daemon: Daemon) -> None:
    """Let a daemon look and send, twice."""
    for _ in range(2):
        daemon.tick()
        daemon.mail()
