"""Sorting more than memory should hold: texts wait in a private file, and come back in order."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing

Place = tuple[str, str, str]


def set_aside(texts: Iterable[str]) -> Iterator[str]:
    """Yield texts when the last one is there, in the order in which they came.

    So no transaction stays open, and nothing is half printed, while somebody reads page by page.
    """
    return in_order(((f"{number:012}", "", ""), text) for number, text in enumerate(texts))


def in_order(texts: Iterable[tuple[Place, str]]) -> Iterator[str]:
    """Yield texts in order of their keys; SQLite keeps a few in memory and the rest on disk.

    The file has no name and is gone with the process (https://sqlite.org/inmemorydb.html#temp_db).
    """
    with closing(sqlite3.connect("", isolation_level=None)) as file:
        file.execute("CREATE TABLE waiting (first, second, third, text)")
        file.execute("BEGIN")
        file.executemany("INSERT INTO waiting VALUES (?, ?, ?, ?)", ((*k, t) for k, t in texts))
        ordered = file.execute("SELECT text FROM waiting ORDER BY first, second, third")
        yield from (text for (text,) in ordered)
