"""Firing on PostgreSQL, by one daemon and by several that share the work."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from psycopg_pool import ConnectionPool
from sqlalchemy import Engine, create_engine, make_url

from benchmarks import jobs, tasks
from benchmarks.daemons import a_crew, look_together
from benchmarks.measuring import OURS, Contender, Size, Table, Target, in_turn, stopwatch
from benchmarks.postgresql_databases import LASTING, conninfo, counts, disposed, opened, write
from benchmarks.rows import Firing, in_batches, recorded
from benchmarks.world import FILLED, FORTY, SOURCE, a_register, in_force, to_next_alert
from states.model.agreement import Agreement
from tests.databases import a_server, admin_engine, fresh_database
from tests.town import Town, an_app, visiting

LIMIT, PROCRASTINATE, APSCHEDULER = "raw psycopg", "procrastinate", "APScheduler"
TWO, FOUR = "looptijd, two daemons", "looptijd, four daemons"
CASES = (("the source case", SOURCE), ("forty instalments", FORTY))
TARGETS = (
    Target(beside=LIMIT, at_least=1 / 3),
    Target(beside=PROCRASTINATE, at_least=10),
    Target(beside=APSCHEDULER, at_least=6),
    Target(contender=TWO, beside=OURS, at_least=1.3),
)
AT_ONCE = 10

Making = Callable[[str], AbstractContextManager[Contender]]
"""Makes a contender of a database's URL."""


def measure(size: Size) -> Iterator[Table]:
    with a_server(LASTING) as server, disposed(admin_engine(server.url)) as admin:
        for words, changes in CASES[: size.of(2, 1)]:
            times = _times(admin, in_force(changes), size)
            yield Table(title=f"Firing, {words}", unit="a firing", times=times, targets=TARGETS)


def _times(admin: Engine, subject: Agreement, size: Size) -> dict[str, list[float]]:
    count, few = size.of(4000, 50), size.of(200, 10)
    with fresh_database(admin) as url, a_register(url, subject, 1) as model:
        script = recorded(model, size.rounds + 1)
    makings: dict[str, Making] = {
        OURS: partial(_daemons, 1, count),
        TWO: partial(_daemons, 2, count),
        FOUR: partial(_daemons, 4, count),
        LIMIT: partial(_raw, script, count),
        PROCRASTINATE: partial(_tasks, script, few),
        APSCHEDULER: partial(_jobs, script, few),
    }
    with fresh_database(admin) as filled:
        with a_register(filled, subject, count):
            pass
        return _with_a_copy_each(admin, filled, makings, size.rounds)


def _with_a_copy_each(
    admin: Engine, filled: str, makings: dict[str, Making], rounds: int
) -> dict[str, list[float]]:
    name = make_url(filled).database
    assert name
    with ExitStack() as stack:
        urls = {who: stack.enter_context(fresh_database(admin, like=name)) for who in makings}
        contenders = {who: stack.enter_context(makings[who](url)) for who, url in urls.items()}
        times = in_turn(contenders, rounds)
        written = [counts(urls[who]) for who in (OURS, TWO, FOUR, LIMIT)]
        assert all(one == written[0] for one in written), written
    return times


@contextmanager
def _daemons(number: int, count: int, url: str) -> Iterator[Contender]:
    with TemporaryDirectory() as name:
        app, clock = an_app(url, Path(name), FILLED)
        with (
            visiting(Town(app, clock, Path(name))) as town,
            a_crew(url, Path(name), number) as crew,
        ):

            def run() -> float:
                moment = to_next_alert(town)
                with stopwatch() as watch:
                    fired = look_together(crew, moment)
                assert fired == count
                return watch.seconds / count

            yield run


@contextmanager
def _raw(script: list[Firing], count: int, url: str) -> Iterator[Contender]:
    firings = iter(script)
    with closing(opened(url)) as connection:

        def run() -> float:
            batches = in_batches(next(firings), count)
            with stopwatch() as watch:
                for batch in batches:
                    write(connection, batch)
            return watch.seconds / count

        yield run


@contextmanager
def _tasks(script: list[Firing], count: int, url: str) -> Iterator[Contender]:
    firings, where = iter(script), conninfo(url)
    tasks.prepare(where)
    yield lambda: tasks.run(where, next(firings), count)


@contextmanager
def _jobs(script: list[Firing], count: int, url: str) -> Iterator[Contender]:
    """Its ten threads as they come, each with a connection that stays open."""
    firings = iter(script)
    pool = ConnectionPool(conninfo(url), min_size=AT_ONCE, max_size=AT_ONCE)
    with pool, disposed(create_engine(url)) as engine:

        def run() -> float:
            firing, store = next(firings), SQLAlchemyJobStore(engine=engine)

            def job(number: int) -> None:
                with pool.connection() as connection:
                    write(connection, firing.of([number]))

            return jobs.run(store, ThreadPoolExecutor(AT_ONCE), count, job)

        yield run
