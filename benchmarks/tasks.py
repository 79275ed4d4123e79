"""procrastinate: a task for each deadline that writes what a firing writes."""

import asyncio

from procrastinate import App, PsycopgConnector
from procrastinate.types import JSONDict
from psycopg_pool import AsyncConnectionPool

from benchmarks.measuring import stopwatch
from benchmarks.rows import Firing

AT_ONCE = 10  # measured on two cores: 4 and 20 are no faster


def prepare(conninfo: str) -> None:
    """Make procrastinate's own tables in a database."""
    asyncio.run(_prepare(conninfo))


async def _prepare(conninfo: str) -> None:
    async with App(connector=PsycopgConnector(conninfo=conninfo)).open_async() as app:
        await app.schema_manager.apply_schema_async()


def run(conninfo: str, firing: Firing, count: int) -> float:
    """Let tasks 1 to `count` fall due; return the seconds a task until a worker has done them."""
    return asyncio.run(_run(conninfo, firing, count))


async def _run(conninfo: str, firing: Firing, count: int) -> float:
    app = App(connector=PsycopgConnector(conninfo=conninfo, min_size=AT_ONCE, max_size=AT_ONCE))
    pool = AsyncConnectionPool(conninfo, min_size=AT_ONCE, max_size=AT_ONCE, open=False)
    done = 0

    @app.task
    async def fire(number: int) -> None:
        nonlocal done
        async with pool.connection() as connection, connection.cursor() as cursor:
            for statement, values in firing.of([number]):
                await cursor.executemany(statement, values)
                assert cursor.rowcount == len(values)
        done += 1

    async with app.open_async(), pool:
        due: list[JSONDict] = [{"number": number} for number in range(1, count + 1)]
        await fire.batch_defer_async(*due)
        await pool.wait()
        with stopwatch() as watch:
            await app.run_worker_async(
                concurrency=AT_ONCE, wait=False, listen_notify=False, install_signal_handlers=False
            )
    assert done == count
    return watch.seconds / count
