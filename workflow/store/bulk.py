"""Rows in bulk: they are read in parts, and written as text and tuples, as the driver takes them.

Core binds each row by name: the rows of a firing are written at 0.61 of the driver's own speed
with it, and at 0.85 like this.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import Column, Connection, Dialect, Row, Select, Table, bindparam
from sqlalchemy.sql.schema import ScalarElementColumnDefault

RowValues = Sequence[Mapping[str, Any]]
"""Rows by column; all name the same columns, in the same order."""
T = TypeVar("T")
AT_ONCE = 500  # of what one statement names or reads
NO_LETTER = "\N{REPLACEMENT CHARACTER}"  # stands where a byte is none any more


def in_parts(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Yield items in order, as many as one statement may name."""
    return (items[start : start + AT_ONCE] for start in range(0, len(items), AT_ONCE))


def rows_with(
    connection: Connection, query: Select[Any], column: Column[Any], values: Collection[Any]
) -> Iterator[Row[Any]]:
    """Yield the rows of a query of which a column has one of these values, asked for in parts."""
    for some in in_parts(sorted(values)):
        yield from connection.execute(_with(query, column), {"some": some})


@lru_cache(maxsize=64)
def _with(query: Select[Any], column: Column[Any]) -> Select[Any]:
    """Return the query of the rows of which a column has `some` values, built once."""
    return query.where(column.in_(bindparam("some", type_=column.type, expanding=True)))


def in_pages(
    connection: Connection, query: Select[Any], by: Column[Any], after: object
) -> Iterator[Row[Any]]:
    """Yield the rows of a query in order of a column, from after a value, a page at a time."""
    query = query.order_by(by).limit(AT_ONCE)
    while page := rows_after(after, by.key, connection.execute(query.where(by > after))):
        yield from page
        after = getattr(page[-1], by.key)


def rows_after(after: Any, name: str, rows: Iterable[T]) -> list[T]:
    """Return the rows of a page whose value comes after another: SQLite may give one once more.

    It asks by the bytes that stand there. A text that is no UTF-8 any more is read as another one.
    """
    found = ((row, getattr(row, name)) for row in rows)
    return [row for row, value in found if NO_LETTER not in str(value) or value > after]


def insert_all(connection: Connection, table: Table, rows: RowValues, *, or_none: str = "") -> None:
    """Insert rows of two columns or more, with the table's defaults; none is fine.

    `or_none` names a column whose values are unique: a row is left out where one has its value.
    """
    if not rows:
        return
    names, rest = _defaults(table, tuple(rows[0]))
    columns = (*rows[0], *names)
    marks = ", ".join([_mark(connection)] * len(columns))
    statement = f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608
    statement += f" ON CONFLICT ({or_none}) DO NOTHING" if or_none else ""
    bound = _bound(connection.dialect, table, rows)
    connection.exec_driver_sql(statement, [(*row, *rest) for row in bound])


@lru_cache(maxsize=64)
def _defaults(table: Table, given: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    """Return the names and values of the columns that the rows leave to their defaults."""
    left = {
        column.name: column.default.arg
        for column in table.c
        if column.name not in given and isinstance(column.default, ScalarElementColumnDefault)
    }
    return tuple(left), tuple(left.values())


def update_all(connection: Connection, table: Table, rows: RowValues, found: RowValues) -> int:
    """Write each row where one stands as it was found; return how many did."""
    if not rows:
        return 0
    mark = _mark(connection)
    new = ", ".join(f"{name} = {mark}" for name in rows[0])
    old = " AND ".join(f"{name} = {mark}" for name in found[0])
    statement = f"UPDATE {table.name} SET {new} WHERE {old}"  # noqa: S608 - of the columns' names
    values = zip(*(_bound(connection.dialect, table, part) for part in (rows, found)), strict=True)
    return connection.exec_driver_sql(statement, [(*row, *key) for row, key in values]).rowcount


def _mark(connection: Connection) -> str:
    return "?" if connection.dialect.paramstyle == "qmark" else "%s"


def _bound(dialect: Dialect, table: Table, rows: RowValues) -> Iterator[tuple[Any, ...]]:
    """Yield rows as tuples of what the driver takes; what is the same in many is bound once."""
    columns = zip(*(row.values() for row in rows), strict=True)
    binding = _binding(dialect, table, tuple(rows[0]))
    return zip(*map(_column, binding, columns), strict=True)


def _column(bind: Callable[[Any], Any] | None, values: tuple[Any, ...]) -> Iterable[Any]:
    if bind is None:
        return values
    known = {value: bind(value) for value in set(values)}
    return [known[value] for value in values]


@lru_cache(maxsize=64)
def _binding(
    dialect: Dialect, table: Table, columns: tuple[str, ...]
) -> tuple[Callable[[Any], Any] | None, ...]:
    types = (table.c[name].type.dialect_impl(dialect) for name in columns)
    return tuple(kind.bind_processor(dialect) for kind in types)
