"""Firing on SQLite: rules, transition, ledger with its hash and outbox, all committed."""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from sqlalchemy import create_engine, event

from benchmarks import jobs
from benchmarks.measuring import OURS, Contender, Size, Table, Target, in_turn, stopwatch
from benchmarks.rows import Firing, in_batches, recorded, written_by
from benchmarks.sqlite_files import copied, counts, opened, write
from benchmarks.world import FORTY, SOURCE, a_register, in_force, to_next_alert
from states.model.agreement import Agreement
from tests.town import Town
from workflow.store.database import DURABLE

LIMIT, INSTALLED, TUNED = "raw sqlite3", "APScheduler as installed", "APScheduler tuned"
CASES = (("the source case", SOURCE), ("forty instalments", FORTY))
TARGETS = (
    Target(beside=LIMIT, at_least=1 / 5),
    Target(beside=INSTALLED, at_least=20),
    Target(beside=TUNED, at_least=5),
)


def measure(size: Size) -> Iterator[Table]:
    for words, changes in CASES[: size.of(2, 1)]:
        times = _times(in_force(changes), size)
        yield Table(title=f"Firing, {words}", unit="a firing", times=times, targets=TARGETS)


def _times(subject: Agreement, size: Size) -> dict[str, list[float]]:
    count, few = size.of(2000, 50), size.of(150, 10)
    with a_register(None, subject, 1) as model:
        script = recorded(model, size.rounds + 1)
    with a_register(None, subject, count) as town, ExitStack() as files:
        raw, slow, tuned = (copied(town, town.folder / name) for name in ("raw", "slow", "tuned"))
        connection = files.enter_context(closing(opened(raw, DURABLE)))
        kept = files.enter_context(closing(opened(tuned, DURABLE)))
        contenders = {
            OURS: _ours(town, count),
            LIMIT: _raw(connection, script, count),
            INSTALLED: _as_installed(slow, script, few),
            TUNED: _tuned(kept, town.folder / "store", script, few),
        }
        times = in_turn(contenders, size.rounds)
        assert counts(connection) == written_by(town)
    return times


def _ours(town: Town, count: int) -> Contender:
    def run() -> float:
        to_next_alert(town)
        with stopwatch() as watch:
            ticked = town.tick()
        assert ticked.fired == count
        return watch.seconds / count

    return run


def _raw(connection: sqlite3.Connection, script: list[Firing], count: int) -> Contender:
    firings = iter(script)

    def run() -> float:
        batches = in_batches(next(firings), count)
        with stopwatch() as watch:
            for batch in batches:
                write(connection, batch)
        return watch.seconds / count

    return run


def _as_installed(file: Path, script: list[Firing], count: int) -> Contender:
    """Its store, its ten threads and SQLite's journal as they come; each job opens its own."""
    opened(file, ("PRAGMA journal_mode = DELETE",)).close()
    firings, store = iter(script), f"sqlite:///{file}-store"

    def run() -> float:
        firing = next(firings)

        def job(number: int) -> None:
            with closing(opened(file)) as connection:
                write(connection, firing.of([number]))

        return jobs.run(SQLAlchemyJobStore(url=store), ThreadPoolExecutor(10), count, job)

    return run


def _tuned(
    connection: sqlite3.Connection, store: Path, script: list[Firing], count: int
) -> Contender:
    """A log of changes for the store's file and for the data's, one thread, one connection."""
    firings, engine = iter(script), create_engine(f"sqlite:///{store}")

    @event.listens_for(engine, "connect")
    def _prepare(opened: sqlite3.Connection, _record: object) -> None:
        for pragma in DURABLE:
            opened.execute(pragma)

    def run() -> float:
        firing = next(firings)

        def job(number: int) -> None:
            write(connection, firing.of([number]))

        return jobs.run(SQLAlchemyJobStore(engine=engine), ThreadPoolExecutor(1), count, job)

    return run
