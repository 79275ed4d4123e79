"""The ledger's rows: appended, read in order, never changed."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec.structs import asdict
from sqlalchemy import ColumnElement, Connection, Row, bindparam, func, select, text

from states.model.events import Event
from workflow.engine.ledger import GENESIS, LedgerEntry, decode, stream_of
from workflow.engine.private_values import Private
from workflow.store.bulk import in_pages, insert_all, rows_with
from workflow.store.tables import EVENT, PRIVATE

WRITERS = 7_104_311  # PostgreSQL's advisory lock that says: somebody is appending


def append(connection: Connection, rows: list[LedgerEntry]) -> None:
    """Append rows; the key (stream, seq) refuses a second event in the same place."""
    if rows:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock_shared({WRITERS})"))
        insert_all(connection, EVENT, [*map(asdict, rows)])


OF_STREAM = select(EVENT).where(EVENT.c.stream == bindparam("of")).order_by(EVENT.c.seq)
AFTER = OF_STREAM.where(EVENT.c.at > bindparam("moment"))
LAST = (
    select(EVENT.c.seq, EVENT.c.hash)
    .where(EVENT.c.stream == bindparam("of"))
    .order_by(EVENT.c.seq.desc())
    .limit(1)
)


def read(connection: Connection, stream: str) -> list[LedgerEntry]:
    """Return the rows of a stream in order."""
    return [*map(entry, connection.execute(OF_STREAM, {"of": stream}))]


def events(connection: Connection, stream: str) -> Iterator[Event]:
    """Return the events of a stream in order; UnreadableEvent at one that somebody changed."""
    return (decode(row.payload) for row in read(connection, stream))


def entry(row: Row[Any]) -> LedgerEntry:
    """Return a row of the table as an event of the ledger."""
    return LedgerEntry(row.stream, row.seq, row.at, row.payload, row.hash)


def after(connection: Connection, stream: str, moment: datetime) -> list[LedgerEntry]:
    """Return the rows of a stream that are later than an instant, in order."""
    return [*map(entry, connection.execute(AFTER, {"of": stream, "moment": moment}))]


def read_all(
    connection: Connection, streams: Sequence[str], *then: ColumnElement[bool]
) -> Mapping[str, list[LedgerEntry]]:
    """Return the rows of streams, each in order; one without rows is absent."""
    found: dict[str, list[LedgerEntry]] = {}
    query = select(EVENT).where(*then).order_by(EVENT.c.stream, EVENT.c.seq)
    for row in rows_with(connection, query, EVENT.c.stream, streams):
        found.setdefault(row.stream, []).append(entry(row))
    return found


def between(
    connection: Connection, streams: Sequence[str], since: datetime, until: datetime
) -> Mapping[str, list[LedgerEntry]]:
    """Return the rows of streams from an instant up to another, each in order."""
    return read_all(connection, streams, since <= EVENT.c.at, EVENT.c.at < until)


def end(connection: Connection, stream: str) -> tuple[int, str]:
    """Return the number and the hash of a stream's last event; 0 and the genesis for none."""
    row = connection.execute(LAST, {"of": stream}).first()
    return (row.seq, row.hash) if row else (0, GENESIS)


def streams(connection: Connection) -> Iterator[str]:
    """Yield the name of every stream."""
    yield from connection.execute(
        select(EVENT.c.stream).distinct().order_by(EVENT.c.stream)
    ).scalars()


def last_events(connection: Connection, only: str | None = None) -> Mapping[str, datetime]:
    """Return for each stream, or for one, the instant of its last event."""
    query = select(EVENT.c.stream, func.max(EVENT.c.at)).group_by(EVENT.c.stream)
    query = query if only is None else query.where(EVENT.c.stream == only)
    return dict(connection.execute(query).all())


def count(connection: Connection) -> int:
    """Return how many events the ledger holds."""
    return connection.execute(select(func.count()).select_from(EVENT)).scalar_one()


def lacks_the_first(connection: Connection) -> bool:
    """Tell whether what happened first is gone: the events are numbered from 1 on."""
    first = connection.execute(select(func.min(EVENT.c.number))).scalar()
    return first is not None and first > 1


def is_new(connection: Connection) -> bool:
    """Tell whether nothing happened yet but that the register was made."""
    return connection.execute(select(EVENT.c.number).offset(1).limit(1)).first() is None


def size_of_agreements(connection: Connection) -> tuple[int, int]:
    """Return how many agreements the ledger speaks of, and how many events it holds of them."""
    query = select(func.count(EVENT.c.stream.distinct()), func.count())
    of_agreements = EVENT.c.stream.startswith(stream_of(""))
    agreements, events = connection.execute(query.where(of_agreements)).one()
    return agreements, events


# Private values ----------------------------------------------------------------------------------


def keep_private(connection: Connection, stream: str, privates: Sequence[Private]) -> None:
    """Keep private values apart from the ledger, under their tokens."""
    keep_all_private(connection, [(stream, privates)])


def keep_all_private(
    connection: Connection, of_stream: Iterable[tuple[str, Sequence[Private]]]
) -> None:
    """Keep the private values of many streams."""
    values = [
        {"token": item.token, "stream": stream, "salt": item.salt, "value": item.value}
        for stream, privates in of_stream
        for item in privates
    ]
    insert_all(connection, PRIVATE, values)


VALUES, TOKENS = select(PRIVATE.c.token, PRIVATE.c.value), select(PRIVATE.c.token)


def opened(connection: Connection, tokens: Sequence[str]) -> Mapping[str, str]:
    """Return the values behind these tokens; an erased one is absent."""
    rows = rows_with(connection, VALUES, PRIVATE.c.token, tokens)
    return {row.token: row.value for row in rows}


def kept(connection: Connection, tokens: Collection[str]) -> set[str]:
    """Return which of these tokens still have a value."""
    rows = rows_with(connection, TOKENS, PRIVATE.c.token, tokens)
    return {row.token for row in rows}


def privates(connection: Connection) -> Iterator[tuple[str, Private]]:
    """Yield the stream of every private value, and the value with its salt, in batches."""
    for row in in_pages(connection, select(PRIVATE), PRIVATE.c.token, ""):
        yield row.stream, Private(row.token, row.salt, row.value)


def misplaced(connection: Connection) -> list[str]:
    """Return the stream under which each private value stands whose token no event of it holds."""
    holds = (EVENT.c.stream == PRIVATE.c.stream) & EVENT.c.payload.contains(PRIVATE.c.token)
    query = select(PRIVATE.c.stream).distinct().where(~select(EVENT.c.number).where(holds).exists())
    return list(connection.execute(query.order_by(PRIVATE.c.stream)).scalars())


def privates_of(connection: Connection, tokens: Sequence[str]) -> Iterator[Private]:
    """Yield the private values behind these tokens with their salts; an erased one is absent."""
    query = select(PRIVATE).order_by(PRIVATE.c.token)
    for row in rows_with(connection, query, PRIVATE.c.token, tokens):
        yield Private(row.token, row.salt, row.value)
