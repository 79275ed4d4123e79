"""The store as tests see it: the only place outside its own tests that knows its modules."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import event, func, select
from sqlalchemy.exc import OperationalError

from workflow.store import agreements, ledger, register
from workflow.store.agreements import Damaged, Stored, anything_due, due, next_look, the_agreement
from workflow.store.database import Database, Rejected, Transaction, Unavailable
from workflow.store.due import due_by_plan
from workflow.store.migrate import migrate
from workflow.store.offices import locked as locked_office
from workflow.store.offices import save as save_office
from workflow.store.outbox import leases, queries, resend
from workflow.store.outbox.leases import anything_waiting, lease, reclaim
from workflow.store.register import sign_off, stopped_at
from workflow.store.tables import MESSAGE, TABLES

__all__ = [
    "MESSAGE",
    "Damaged",
    "Database",
    "Rejected",
    "Stored",
    "Transaction",
    "Unavailable",
    "agreements",
    "anything_due",
    "anything_waiting",
    "due",
    "due_by_plan",
    "lease",
    "leases",
    "ledger",
    "locked_office",
    "next_look",
    "queries",
    "reclaim",
    "register",
    "resend",
    "save_office",
    "sign_off",
    "stopped_at",
    "the_agreement",
]


def held(connection: Transaction, ref: str) -> Stored:
    """Read an agreement and hold its lock until the transaction ends."""
    found = agreements.find(connection, ref, lock=True)
    assert isinstance(found, Stored)
    return found


def failed(connection: Transaction, ref: str, again_at: datetime, error: str) -> bool:
    """Note that a firing failed, and when it is tried again."""
    return agreements.note_failure(connection, agreements.locked(connection, ref), again_at, error)


NEXT_MAIL = select(func.min(MESSAGE.c.next_attempt_at))


def next_moments(connection: Transaction) -> list[datetime]:
    """Return when the next mail and the next alert are looked at; of what waits."""
    mail = connection.execute(NEXT_MAIL).scalar()
    return [moment for moment in (mail, agreements.next_look(connection)) if moment]


def next_attempts(connection: Transaction) -> list[datetime | None]:
    """Return for each mail when it is looked at again; None when it is done."""
    query = select(MESSAGE.c.next_attempt_at).order_by(MESSAGE.c.id)
    return list(connection.execute(query).scalars())


def high_water(connection: Transaction) -> datetime:
    """Return the latest moment that a daemon has seen."""
    moment = register.read(connection).high_water
    assert moment
    return moment


def tables() -> list[str]:
    """Return the names of all tables."""
    return [table.name for table in TABLES.sorted_tables]


def make_tables(url: str) -> None:
    """Make the tables in an empty database, and leave it."""
    database = Database(url)
    database.make_folder()
    migrate(database)
    database.engine.dispose()


@contextmanager
def at_savepoints(database: Database, does: Callable[[Transaction], object]) -> Iterator[None]:
    """Do something at each savepoint, before what is tried there."""

    def begins(connection: Transaction, _name: Any) -> None:
        does(connection)

    event.listen(database.engine, "savepoint", begins)
    try:
        yield
    finally:
        event.remove(database.engine, "savepoint", begins)


def grow_no_more(connection: Transaction) -> None:
    """Let an SQLite file be as large as it can be, as on a full disk."""
    pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
    connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")


def go_away(connection: Transaction) -> None:
    """Break a connection off."""
    driver: Any = connection.connection.driver_connection
    driver.close()


def commit_unheard(connection: Transaction) -> None:
    """Commit all that was done, and break the connection off before anybody is told."""
    driver: Any = connection.connection.driver_connection
    driver.commit()
    driver.close()


def full_disk() -> OperationalError:
    """Return what SQLite says where the disk is full."""
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode = sqlite3.SQLITE_FULL
    return OperationalError(None, None, error)


def find_the_disk_full(connection: Transaction) -> None:
    """Undo the transaction as a whole, as SQLite does, and say that the disk is full."""
    driver: Any = connection.connection.driver_connection
    driver.rollback()
    raise full_disk()


@contextmanager
def failing_at(
    database: Database, number: int, does: Callable[[Transaction], object] = find_the_disk_full
) -> Iterator[list[str]]:
    """Do something once, before this of the statements and commits that are asked, counted from 0.

    All that is asked is given, as it comes; below zero nothing is done.
    """
    every = list[str]()

    def comes(connection: Transaction, _cursor: Any = None, asked: str = "COMMIT", *_: Any) -> None:
        every.append(asked)
        if len(every) == number + 1:
            does(connection)

    for name in ("before_cursor_execute", "commit"):
        event.listen(database.engine, name, comes)
    try:
        yield every
    finally:
        for name in ("before_cursor_execute", "commit"):
            event.remove(database.engine, name, comes)
