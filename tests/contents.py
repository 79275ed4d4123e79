"""All that a database holds, taken out of it once and put into others as it was.

Each of the others has the same tables, and whatever stands in it goes. Of PostgreSQL it takes who
may pass over the triggers of the ledger; nobody else may know of it.
"""

import sqlite3
import weakref
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import make_url

from tests.databases import transaction
from tests.store import tables

UNGUARDED = "SET LOCAL session_replication_role = replica"
NUMBERS = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'"
SCHEMA = "SELECT sql FROM sqlite_master ORDER BY name"
BEGUN = (
    "SELECT uid FROM register WHERE uid LIKE '00000000-%'",  # a test gave it
    "SELECT installation, rules_version, created_at FROM register",
    "SELECT high_water, clock_held, restored, adoptions, reconciled_at FROM register",
    "SELECT adopted_at, payload FROM policy ORDER BY id",
    "SELECT stream, seq, at FROM event ORDER BY number",
    "SELECT count(*) FROM heartbeat",
)


class Contents(Protocol):
    """What a database held."""

    def put_into(self, url: str) -> None:
        """Let another hold it too."""


def contents(url: str) -> Contents:
    """Return what a database holds now."""
    return of_sqlite(url) if url.startswith("sqlite") else of_postgresql(url)


def begun(url: str) -> tuple[object, ...]:
    """Return all by which new registers differ, but for the names that were drawn for them."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(file_of(url))) as file:
            return tuple(tuple(file.execute(query)) for query in (*BEGUN, SCHEMA))
    with transaction(url) as connection:
        return tuple(tuple(connection.execute(query.encode())) for query in BEGUN)


# SQLite ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SqliteContents:
    """A copy in memory."""

    copy: sqlite3.Connection

    def put_into(self, url: str) -> None:
        """Write every page anew; by its number the file still knows that it is no copy."""
        with closing(sqlite3.connect(file_of(url))) as file:
            (number,) = file.execute("PRAGMA user_version").fetchone()
            self.copy.backup(file)
            file.execute(f"PRAGMA user_version = {number}")


def of_sqlite(url: str) -> SqliteContents:
    """Return what an SQLite file holds."""
    copy = sqlite3.connect(":memory:", check_same_thread=False)
    with closing(sqlite3.connect(file_of(url))) as file:
        file.backup(copy)
    contents = SqliteContents(copy)
    weakref.finalize(contents, copy.close)
    return contents


def file_of(url: str) -> str:
    """Return the path of an SQLite file."""
    return make_url(url).database or ""


# PostgreSQL --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PostgresContents:
    """The rows of each table, as PostgreSQL writes them, and the last number of each sequence."""

    rows: dict[str, bytes]
    numbers: dict[str, int | None]

    def put_into(self, url: str) -> None:
        """Take out what is there and copy all rows in."""
        numbers = (
            f"SELECT setval('{name}', {number or 1}, {bool(number)})"
            for name, number in self.numbers.items()
        )
        gone = (f"DELETE FROM {name}" for name in self.rows)  # noqa: S608 - our own tables
        with transaction(url) as connection:
            connection.execute("; ".join([UNGUARDED, *gone, *numbers]).encode())
            for name, rows in self.rows.items():
                if rows:
                    with connection.cursor().copy(f"COPY {name} FROM STDIN".encode()) as writing:
                        writing.write(rows)


def of_postgresql(url: str) -> PostgresContents:
    """Return what a database of PostgreSQL holds."""
    rows = {}
    with transaction(url) as connection:
        for name in tables():
            with connection.cursor().copy(f"COPY {name} TO STDOUT".encode()) as reading:
                rows[name] = b"".join(map(bytes, reading))
        return PostgresContents(rows, dict(connection.execute(NUMBERS)))
