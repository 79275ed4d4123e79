"""Statements that each worker compiles once, for all databases of a kind.

A database of a test is a database that nobody knew: SQLAlchemy would compile every statement anew
for it, which took more of a test's time than to run them. What a compiled statement depends on is
the kind of database and its version. Commands that run as processes know nothing of this.
"""

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import Dialect, Engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

COMPILED: Final[Any] = LRUCache(5_000)


class Alike(Dialect):
    """A dialect that equals any other of its kind and version: what one compiled, all find."""

    def __eq__(self, other: object) -> bool:
        """Tell whether both compile a statement in the same way."""
        return self is other or (type(other) is type(self) and version(self) == version(other))

    def __hash__(self) -> int:
        """Return what is the same before the first connection has told the version and after."""
        return hash(type(self))

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        """Let a new engine use what others compiled."""
        engine.update_execution_options(compiled_cache=COMPILED)


def version(dialect: object) -> object:
    """Return the version of the database; None before the first connection."""
    return getattr(dialect, "server_version_info", None)


class Sqlite(Alike, SQLiteDialect_pysqlite):
    """SQLite, its statements compiled once; `backwards` comes what no statement puts in order."""

    supports_statement_cache = True
    backwards = False

    def on_connect(self) -> Callable[[Any], None]:
        """Return what a new connection goes through."""
        usual = super().on_connect()

        def connected(connection: Any) -> None:
            usual(connection)
            connection.execute(f"PRAGMA reverse_unordered_selects = {Sqlite.backwards}")

        return connected


class Postgresql(Alike, PGDialect_psycopg):
    """PostgreSQL, its statements compiled once."""

    supports_statement_cache = True


def compile_once() -> None:
    """Let every engine that is made from now on share what is compiled."""
    registry.register("sqlite", __name__, Sqlite.__name__)
    registry.register("postgresql.psycopg", __name__, Postgresql.__name__)
