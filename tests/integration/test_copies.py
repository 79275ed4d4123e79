"""Databases that tests have one after the other: nothing of one test is there for the next."""

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from tests.databases import BESIDE, Copies

ROW = "INSERT INTO event (stream, seq, at, payload, hash) VALUES ('x', 1, now(), '{}', 'h')"
OTHERS = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
AND application_name <> :beside AND pid <> pg_backend_pid()
"""


def run(url: str, statement: str) -> None:
    """Run a statement as whoever owns the database."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text(statement))


def test_the_next_finds_no_row_and_numbers_begin_at_one(migrated_databases: Copies) -> None:
    with migrated_databases.one() as first:
        run(first, ROW)
    with migrated_databases.one() as second:
        engine = create_engine(second, poolclass=NullPool)
        with engine.begin() as connection:
            assert connection.execute(text("SELECT count(*) FROM event")).scalar() == 0
            connection.execute(text(ROW))
            assert connection.execute(text("SELECT number FROM event")).scalar() == 1
    assert second == first


@pytest.mark.parametrize(
    "change",
    [
        "DROP TRIGGER event_is_never_changed ON event",
        "ALTER TABLE event DISABLE TRIGGER event_is_never_changed",
        f"{ROW}; ALTER TABLE event ENABLE ALWAYS TRIGGER event_is_never_changed",
        "ALTER TABLE office ADD COLUMN more text",
        "ALTER TABLE office ALTER COLUMN facts DROP NOT NULL",
        "ALTER TABLE office ALTER COLUMN facts SET DEFAULT 'x'",
        "CREATE TABLE other (id integer)",
        "CREATE VIEW other AS SELECT 1 AS one",
        "CREATE FUNCTION other() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "CREATE SCHEMA other",
        "CREATE INDEX other ON event (hash)",
        "GRANT SELECT ON event TO PUBLIC",
        "INSERT INTO private SELECT i, i, i, i FROM generate_series(1, 9) AS i; ANALYZE private",
        "UPDATE alembic_version SET version_num = '9999'",
        "DELETE FROM alembic_version",
    ],
)
def test_the_next_does_not_get_what_differs_by_more_than_rows(
    migrated_databases: Copies, change: str
) -> None:
    with migrated_databases.one() as first:
        run(first, change)
    with migrated_databases.one() as second:
        assert second != first


def test_who_stays_connected_in_the_middle_of_something_is_sent_away(
    migrated_databases: Copies,
) -> None:
    with migrated_databases.one() as first:
        engine = create_engine(first, poolclass=NullPool)
        left = engine.connect()
        left.execute(text(ROW))
    with migrated_databases.one() as second:
        again = create_engine(second, poolclass=NullPool)
        with again.connect() as connection:
            assert connection.execute(text(OTHERS), {"beside": BESIDE}).scalar() == 0
            assert connection.execute(text("SELECT count(*) FROM event")).scalar() == 0
    assert second == first
    left.invalidate()
    left.close()


def test_two_at_the_same_time_have_one_each(migrated_databases: Copies) -> None:
    with migrated_databases.one() as first, migrated_databases.one() as second:
        assert first != second
