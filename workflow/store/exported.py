"""The SQLite file that leaves the register: what its tables hold stands in their own schema."""

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from decimal import Decimal
from pathlib import Path

EnterRow = Callable[[str, Mapping[str, object]], object]
SCHEMA = Path(__file__).with_suffix(".sql")


def sqlite_file(enter: Callable[[EnterRow], object]) -> bytes:
    """Return a file into which `enter` entered records, by the table and the names of columns."""
    with closing(sqlite3.connect(":memory:")) as file:
        file.executescript(SCHEMA.read_text(encoding="utf-8"))

        def one(table: str, record: Mapping[str, object]) -> None:
            columns, places = ", ".join(record), ", ".join("?" * len(record))
            values = [str(v) if isinstance(v, Decimal) else v for v in record.values()]
            file.execute(f"INSERT INTO {table} ({columns}) VALUES ({places})", values)  # noqa: S608 - names of ours

        enter(one)
        file.commit()
        return file.serialize()
