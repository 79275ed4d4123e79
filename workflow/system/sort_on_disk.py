"""Sorting more than memory should hold: texts wait in a private file, and come back in order."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing

from states.model.phrase import Refusal, say
from workflow.system.os_errors import in_words

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
        try:
            file.execute("CREATE TABLE waiting (first, second, third, text)")
            file.execute("BEGIN")
            file.executemany("INSERT INTO waiting VALUES (?, ?, ?, ?)", ((*k, t) for k, t in texts))
            ordered = file.execute("SELECT text FROM waiting ORDER BY first, second, third")
            yield from (text for (text,) in ordered)
        except sqlite3.Error as error:
            raise Refusal(
                say(
                    "There is no room for temporary files: {reason}. Name a folder in TMPDIR that"
                    " has some.",
                    reason=in_words(str(error)),
                )
            ) from error
