"""The tables as statements name them, as a module: what SQLModel makes of the rows, without it."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Column, String, Table
from sqlalchemy.sql.schema import ScalarElementColumnDefault
from sqlmodel import AutoString

from workflow.store import columns, rows

MIGRATIONS = Path(rows.__file__).parent / "migrations" / "versions"
HEAD = '''"""The schemas that migrations make, in order, and the tables as statements name them.

Generated from `workflow.store.rows` and the migrations by docs/generate.py: run `make docs`.
"""

import sqlalchemy as sa

from workflow.store import columns
'''


def module() -> str:
    """Return the source of `workflow.store.tables`."""
    numbers = (f'    "{file.name[:4]}",' for file in sorted(MIGRATIONS.glob("0*.py")))
    schemas = "\n".join(("SCHEMAS = (", *numbers, ")"))
    tables = map(_table, rows.Row.metadata.sorted_tables)
    return "\n".join((HEAD, schemas, "TABLES = sa.MetaData()", *tables)) + "\n"


def _table(table: Table) -> str:
    lines = "\n".join(f"    {_column(column)}," for column in table.c)
    return f'{table.name.upper()} = sa.Table(\n    "{table.name}",\n    TABLES,\n{lines}\n)'


def _column(column: Column[object]) -> str:
    return f"sa.Column({', '.join(_arguments(column))})"


def _arguments(column: Column[object]) -> Iterator[str]:
    """Yield what statements need; that it may not be NULL, say, is for the database."""
    yield f'"{column.name}"'
    yield _kind(column)
    yield from (f'sa.ForeignKey("{key.target_fullname}")' for key in column.foreign_keys)
    if column.primary_key:
        yield "primary_key=True"
    if isinstance(column.default, ScalarElementColumnDefault):
        yield f"default={column.default.arg!r}"


def _kind(column: Column[object]) -> str:
    kind = String if isinstance(column.type, AutoString) else type(column.type)
    return f"{'columns' if kind.__module__ == columns.__name__ else 'sa'}.{kind.__name__}"
