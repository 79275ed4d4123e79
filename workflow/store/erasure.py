"""Erasing for good: private values and composed mails leave their rows, and the file as well."""

import sqlite3
from collections.abc import Callable, Collection, Iterator
from collections.abc import Set as AbstractSet
from typing import Any

from sqlalchemy import Connection, delete, or_, select

from workflow.engine.private_values import CONTACT_FIELDS, TOKEN
from workflow.store.bulk import AT_ONCE, in_pages, in_parts
from workflow.store.database import Database
from workflow.store.outbox.messages import OutboxRow
from workflow.store.tables import EVENT, MESSAGE, PRIVATE


def streams_with(connection: Connection, tokens: AbstractSet[str]) -> set[str]:
    """Return the streams in which these tokens are contact data; a successor has its parent's."""
    if not tokens:
        return set()
    enters = or_(*(EVENT.c.payload.contains(field) for field in CONTACT_FIELDS))
    query = select(EVENT.c.stream, EVENT.c.payload).where(enters)
    rows = connection.execute(query.execution_options(yield_per=AT_ONCE))
    return {row.stream for row in rows if not tokens.isdisjoint(TOKEN.findall(row.payload))}


def streams_where(connection: Connection, holds: Callable[[str], bool]) -> list[str]:
    """Return the streams that have an event of which this holds, in order."""
    query = select(EVENT.c.stream, EVENT.c.payload).order_by(EVENT.c.number)
    rows = connection.execute(query.execution_options(yield_per=AT_ONCE))
    return [*dict.fromkeys(row.stream for row in rows if holds(row.payload))]


def erase(connection: Connection, tokens: Collection[str]) -> None:
    """Delete private values with their salts; SQLite overwrites what it deletes."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete = ON")
    for some in in_parts(sorted(tokens)):
        connection.execute(delete(PRIVATE).where(PRIVATE.c.token.in_(some)))


# Mail --------------------------------------------------------------------------------------------


def mails(connection: Connection) -> Iterator[OutboxRow]:
    """Yield every mail, in batches."""
    for row in in_pages(connection, select(MESSAGE), MESSAGE.c.id, 0):
        yield OutboxRow(**row._asdict())


# The file ----------------------------------------------------------------------------------------


def compact(database: Database) -> bool:
    """Write an SQLite file anew and empty its log, so that nothing erased stays; False if it can't.

    PostgreSQL clears away by itself (autovacuum).
    """
    if not database.is_sqlite:
        return True
    with database.engine.connect() as opened:
        driver: Any = opened.connection.driver_connection
        try:
            driver.execute("PRAGMA secure_delete = ON")
            driver.execute("VACUUM")
            busy, *_ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.Error:
            return False
    return not busy
