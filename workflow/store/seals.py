"""The seals' rows, and the ledger in the order in which it was written."""

from collections.abc import Iterator
from datetime import date

from msgspec.structs import asdict
from sqlalchemy import Connection, func, insert, select, text

from workflow.engine.day_seals import OPEN, Seal
from workflow.engine.ledger import LedgerEntry
from workflow.store.bulk import in_pages
from workflow.store.ledger import WRITERS, entry
from workflow.store.tables import EVENT, SEAL


def every(connection: Connection) -> list[Seal]:
    """Return every seal, the oldest first."""
    found = connection.execute(select(SEAL).order_by(SEAL.c.id)).mappings()
    return [Seal(**row) for row in found]


def last(connection: Connection, on: date | None = None) -> Seal:
    """Return the newest seal, or the newest that closes no day after `on`; OPEN when none does."""
    query = select(SEAL).order_by(SEAL.c.id.desc()).limit(1)
    query = query if on is None else query.where(SEAL.c.day <= on)
    row = connection.execute(query).mappings().first()
    return Seal(**row) if row else OPEN


def add(connection: Connection, seal: Seal) -> None:
    """Write a seal; its key refuses a second one in the same place."""
    connection.execute(insert(SEAL).values(asdict(seal)))


# The order of events -----------------------------------------------------------------------------


def settled_through(connection: Connection) -> int | None:
    """Return the number through which every event is committed; None while somebody writes.

    PostgreSQL gives numbers before the commit: an event of a transaction that still runs may have
    a lower number than one that is committed. SQLite has one writer at a time.
    """
    if connection.dialect.name == "postgresql":
        alone = connection.execute(text(f"SELECT pg_try_advisory_xact_lock({WRITERS})"))
        if not alone.scalar():
            return None
    return connection.execute(select(func.max(EVENT.c.number))).scalar() or 0


def in_order(connection: Connection, after: int, through: int) -> Iterator[tuple[int, LedgerEntry]]:
    """Yield the events after a number, through another, in the order in which they were written."""
    query = select(EVENT).where(EVENT.c.number <= through)
    for row in in_pages(connection, query, EVENT.c.number, after):
        yield row.number, entry(row)
