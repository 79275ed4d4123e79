"""A register's SQLite file for others: copied, opened, written to without looptijd, and counted."""

import sqlite3
from contextlib import closing
from pathlib import Path

from benchmarks.rows import WRITTEN, Batch
from tests.town import Town
from workflow.store.database import FOREIGN_KEYS, busy_timeout
from workflow.store.postgresql import BUSY_SECONDS


def copied(town: Town, path: Path) -> Path:
    """Copy a town's database to a file, and return the file."""
    source = town.app.database.engine.url.database
    assert source
    with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(path)) as there:
        here.backup(there)
    return path


def opened(path: Path, pragmas: tuple[str, ...] = ()) -> sqlite3.Connection:
    """Open a file as looptijd does, apart from its journal; any thread may use the connection."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    for pragma in (*pragmas, FOREIGN_KEYS, busy_timeout(BUSY_SECONDS)):
        connection.execute(pragma)
    return connection


def write(connection: sqlite3.Connection, batch: Batch) -> None:
    """Write a batch in one transaction; nobody was first."""
    connection.execute("BEGIN IMMEDIATE")
    for statement, values in batch:
        assert connection.executemany(statement, values).rowcount == len(values)
    connection.execute("COMMIT")


def counts(connection: sqlite3.Connection) -> dict[str, int]:
    """Return how many rows each table that a firing adds to has."""
    return {
        name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in WRITTEN
    }
