"""Copying rows from one database to another: for simulations, backups and restores."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, Table, func, insert, select, text

from workflow.store.database import saying_unavailable
from workflow.store.tables import TABLES

ROWS_AT_ONCE = 1000
OF_A_PROCESS = frozenset({"heartbeat"})
HIGHEST = "SELECT setval(pg_get_serial_sequence('{table}', '{column}'), max({column})) FROM {table}"


def copy_rows(
    source: Connection, target: Connection, name: str, agreements: list[int] | None = None
) -> None:
    """Copy a table as it is, or only the rows of these agreements."""
    table = TABLES.tables[name]
    query = select(table)
    if agreements is not None:
        owner = table.c.id if name == "agreement" else table.c.agreement_id
        query = query.where(owner.in_(agreements))
    _copy(source, target, table, query, bool)


def copy_carriers(source: Connection, target: Connection) -> None:
    """Copy the mails in which those of several agreements were told.

    Without them a new mail takes the number of one, and with it what that one told.
    """
    table = TABLES.tables["message"]
    carriers = table.c.id.in_(select(table.c.merged_into)) & table.c.agreement_id.is_(None)
    _copy(source, target, table, select(table).where(carriers), bool)


def copy_all(
    source: Connection, target: Connection, advanced: Callable[[int], object] = bool
) -> int:
    """Copy every table but the signs of life into empty ones; return how many rows there were.

    `advanced` is told of how many rows more were copied.
    """
    tables = _tables()
    rows = sum(_copy(source, target, table, select(table), advanced) for table in tables)
    if target.dialect.name == "postgresql":
        for table in tables:
            _go_on_counting(target, table)
    return rows


def count_all(source: Connection) -> int:
    """Return how many rows there are to copy."""
    counts = (select(func.count()).select_from(table) for table in _tables())
    return sum(source.execute(query).scalar_one() for query in counts)


def _tables() -> list[Table]:
    return [table for table in TABLES.sorted_tables if table.name not in OF_A_PROCESS]


def _copy(
    source: Connection,
    target: Connection,
    table: Table,
    query: Select[Any],
    advanced: Callable[[int], object],
) -> int:
    copied = 0
    for rows in _read(source, query):
        target.execute(insert(table), [dict(row) for row in rows])
        copied += len(rows)
        advanced(len(rows))
    return copied


def _read(source: Connection, query: Select[Any]) -> Iterator[Sequence[RowMapping]]:
    """Yield the rows; Unavailable when it is the source that fails, and not yet for the target."""
    with saying_unavailable():
        found = source.execute(query.execution_options(yield_per=ROWS_AT_ONCE))
        yield from found.mappings().partitions()


def _go_on_counting(target: Connection, table: Table) -> None:
    """Let PostgreSQL number the next rows after those that were copied."""
    column = table.autoincrement_column
    if column is not None:
        target.execute(text(HIGHEST.format(table=table.name, column=column.name)))
