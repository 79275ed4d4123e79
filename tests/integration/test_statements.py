"""What each worker compiles once is compiled once, and never for another kind of database."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, literal, select, text
from sqlalchemy.pool import NullPool
from sqlalchemy.util import LRUCache

from tests.statements import COMPILED, Postgresql, Sqlite, asked, not_of_postgresql


def ask(url: str, number: int, name: str) -> int | None:
    """Ask a database that nobody knew for a number under a name."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        return connection.execute(select(literal(number).label(name))).scalar()


def test_what_was_compiled_for_one_database_is_found_for_the_next(
    database_url: str, another_url: str
) -> None:
    assert ask(database_url, 1, "compiled_once") == 1
    known = len(COMPILED)

    assert ask(another_url, 2, "compiled_once") == 2
    assert len(COMPILED) == known

    assert ask(another_url, 3, "compiled_anew") == 3
    assert len(COMPILED) == known + 1


def test_another_kind_or_version_of_database_finds_nothing_of_it() -> None:
    first, same, newer = Sqlite(), Sqlite(), Sqlite()
    other: Any = Postgresql
    first.server_version_info = same.server_version_info = (3, 40, 0)
    newer.server_version_info = (3, 45, 0)

    assert first == same
    assert hash(first) == hash(same)
    assert first != newer
    assert first != other()


def test_what_a_database_was_asked_is_told_whatever_the_values(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.statements.COMPILED", LRUCache(10))
    engine = create_engine(f"sqlite:///{tmp_path / 'one.db'}", poolclass=NullPool)
    with engine.connect() as connection:
        for some in ([1], [2, 3]):
            connection.execute(select(literal(1).label("one")).where(literal(1).in_(some)))
        connection.execute(text("SELECT 1"))
    assert asked() == {"sqlite": ["SELECT : AS one \nWHERE : IN (:)"]}


def test_what_sqlite_was_asked_and_postgresql_was_not_is_named() -> None:
    both = {"sqlite": ["one", "other"], "postgresql": ["locked", "one"]}
    assert not_of_postgresql(both) == ["other"]
    assert not_of_postgresql({"sqlite": ["one"]}) == ["one"]
    assert not_of_postgresql({}) == []
