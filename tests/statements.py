"""Statements that each worker compiles once, for all databases of a kind.

A database of a test is a database that nobody knew: SQLAlchemy would compile every statement anew
for it, which took more of a test's time than to run them. What a compiled statement depends on is
the kind of database and its version. Commands that run as processes know nothing of this.

So a worker knows at its end what it asked which kind of database, and a run of the whole suite that
both kinds were asked everything: tests whose subject is no database ask SQLite alone.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Dialect, Engine, TextClause
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

COMPILED: Final[Any] = LRUCache(5_000)
OF_A_SIMULATION: Final[Any] = LRUCache(1_000)  # its copy of a register is always on SQLite
# What only an SQLite file has: rows that it let go without what belongs to them, whole tables of an
# earlier release, and what a simulation looks at next, which a benchmark asks of a register.
ITS_OWN: Final = re.compile(
    r"NOT IN \(SELECT agreement\.id|max\(anon_1\.id\)|^SELECT (\w+\.\w+,? )+\nFROM \w+$"
    r"|min\(message\.next_attempt_at\).*\nWHERE message\.last_error IS NULL$",
    re.DOTALL,
)
VALUE: Final = re.compile(r":\w+|__\[\w+\]")  # one, or as many as there are in a list


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
        is_copy = Path(engine.url.database or "").name == "scratch.db"
        engine.update_execution_options(compiled_cache=OF_A_SIMULATION if is_copy else COMPILED)


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


def asked() -> dict[str, list[str]]:
    """Return what each kind of database was asked, in words that are of no kind.

    What is written as text is left out: a test's own, and what one kind alone understands.
    """
    asked: dict[str, set[str]] = {}
    for compiled in COMPILED.values():
        if not isinstance(compiled.statement, TextClause):
            words = VALUE.sub(":", str(compiled.statement))
            asked.setdefault(compiled.dialect.name, set()).add(words)
    return {kind: sorted(statements) for kind, statements in asked.items()}


def not_of_postgresql(asked: Mapping[str, list[str]]) -> list[str]:
    """Return what SQLite was asked and PostgreSQL was not."""
    missing = {*asked.get("sqlite", ())} - {*asked.get("postgresql", ())}
    return sorted(statement for statement in missing if not ITS_OWN.search(statement))
