"""A register's PostgreSQL database for others: opened, written to without looptijd, and counted."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg
from psycopg.conninfo import make_conninfo
from sqlalchemy import Engine, make_url

from benchmarks.rows import WRITTEN, Batch

LASTING = "-c fsync=on -c synchronous_commit=on -c full_page_writes=on"
"""A server's own defaults: what was committed survives a power cut."""


def conninfo(url: str) -> str:
    """Return where a database is, in libpq's words."""
    address = make_url(url)
    return make_conninfo(
        host=str(address.query["host"]), user=address.username, dbname=address.database
    )


@contextmanager
def disposed(engine: Engine) -> Iterator[Engine]:
    """Close an engine's connections at the end."""
    yield engine
    engine.dispose()


def opened(url: str) -> psycopg.Connection:
    """Open a database; who writes says when to commit."""
    return psycopg.connect(conninfo(url), autocommit=True)


def write(connection: psycopg.Connection, batch: Batch) -> None:
    """Write a batch in one transaction, in psycopg's pipeline; nobody was first."""
    with connection.transaction(), connection.cursor() as cursor:
        for statement, values in batch:
            cursor.executemany(statement, values)
            assert cursor.rowcount == len(values)


def counts(url: str) -> dict[str, int]:
    """Return how many rows each table that a firing adds to has."""
    with closing(opened(url)) as connection:
        rows = [connection.execute(f"SELECT count(*) FROM {name}").fetchone() for name in WRITTEN]
    return {name: row[0] for name, row in zip(WRITTEN, rows, strict=True) if row}
