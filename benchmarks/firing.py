"""Firing on SQLite: rules, transition, ledger with its hash and outbox, all committed."""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from sqlalchemy import create_engine, event

from benchmarks import jobs
from benchmarks.measuring import OURS, Contender, Size, Table, Target, in_turn, stopwatch
from benchmarks.rows import Firing, recorded
from benchmarks.world import BATCH, FORTY, SOURCE, a_register, in_force, to_next_alert
from states.agreement import Agreement
from tests.house import Town
from workflow.database import DURABLE, SQLITE_PRAGMAS

LIMIT, INSTALLED, TUNED = "raw sqlite3", "APScheduler as installed", "APScheduler tuned"
TARGETS = (
    Target(beside=LIMIT, at_least=1 / 4),
    Target(beside=INSTALLED, at_least=25),
    Target(beside=TUNED, at_least=5),
)
BY_DEFAULT = ("PRAGMA journal_mode = DELETE",)


def measure(size: Size) -> Iterator[Table]:
    for words, changes in (("the source case", SOURCE), ("forty instalments", FORTY)):
        times = _times(in_force(changes), size)
        yield Table(title=f"Firing, {words}", unit="a firing", times=times, targets=TARGETS)


def _times(subject: Agreement, size: Size) -> dict[str, list[float]]:
    count, jobs_count = size.of(5000, 50), size.of(250, 10)
    with a_register(None, subject, 1) as model:
        script = recorded(model, size.rounds + 1)
    with a_register(None, subject, count) as town, ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        raw, installed, tuned = (_copied(town, folder / name) for name in ("raw", "job", "wal"))
        connection = stack.enter_context(closing(_opened(raw, DURABLE)))
        contenders = {
            OURS: _ours(town, count),
            LIMIT: _raw(connection, script, count),
            INSTALLED: _as_installed(installed, script, jobs_count),
            TUNED: _tuned(tuned, script, jobs_count),
        }
        times = in_turn(contenders, size.rounds)
        assert _counts(connection) == tuple(town.counts()[name] for name in WRITTEN)
    return times


def _ours(town: Town, count: int) -> Contender:
    def run() -> float:
        to_next_alert(town)
        with stopwatch() as watch:
            ticked = town.tick()
        assert ticked.fired == count
        return watch.seconds / count

    return run


# The same rows without looptijd ------------------------------------------------------------------

WRITTEN = ("event", "occurrence", "message")


def _copied(town: Town, path: Path) -> Path:
    source = town.house.database.engine.url.database
    assert source
    with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(path)) as there:
        here.backup(there)
    return path


def _opened(path: Path, pragmas: tuple[str, ...]) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    for pragma in (*pragmas, *SQLITE_PRAGMAS):
        connection.execute(pragma)
    return connection


def _counts(connection: sqlite3.Connection) -> tuple[int, ...]:
    return tuple(
        connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]  # noqa: S608
        for name in WRITTEN
    )


def _raw(connection: sqlite3.Connection, script: list[Firing], count: int) -> Contender:
    firings = iter(script)

    def run() -> float:
        firing = next(firings)
        starts = range(1, count + 1, BATCH)
        batches = [firing.of(range(s, min(s + BATCH, count + 1))) for s in starts]
        with stopwatch() as watch:
            for batch in batches:
                _write(connection, batch)
        return watch.seconds / count

    return run


def _write(
    connection: sqlite3.Connection, batch: list[tuple[str, list[tuple[object, ...]]]]
) -> None:
    connection.execute("BEGIN IMMEDIATE")
    for statement, values in batch:
        assert connection.executemany(statement, values).rowcount == len(values)
    connection.execute("COMMIT")


def _as_installed(path: Path, script: list[Firing], count: int) -> Contender:
    """Its store, its ten threads and SQLite's journal as they come; each job opens its own."""
    _opened(path, BY_DEFAULT).close()
    store, firings = f"sqlite:///{path}-store", iter(script)

    def run() -> float:
        firing = next(firings)

        def write(number: int) -> None:
            with closing(_opened(path, ())) as connection:
                _write(connection, firing.of([number]))

        numbers = range(1, count + 1)
        return jobs.run(SQLAlchemyJobStore(url=store), ThreadPoolExecutor(10), numbers, write)

    return run


def _tuned(path: Path, script: list[Firing], count: int) -> Contender:
    """Each file with its log of changes, one thread, and one connection that stays open."""
    engine, firings = create_engine(f"sqlite:///{path}-store"), iter(script)
    connection = _opened(path, DURABLE)

    @event.listens_for(engine, "connect")
    def _prepare(opened: sqlite3.Connection, _record: object) -> None:
        for pragma in DURABLE:
            opened.execute(pragma)

    def run() -> float:
        firing = next(firings)
        return jobs.run(
            SQLAlchemyJobStore(engine=engine),
            ThreadPoolExecutor(1),
            range(1, count + 1),
            lambda number: _write(connection, firing.of([number])),
        )

    return run
