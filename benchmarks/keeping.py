"""Keeping: what an agreement takes on disk after ten years with its mails, and what takes it."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from benchmarks.measuring import Size, Table
from benchmarks.simulating import passes
from benchmarks.words import factor
from benchmarks.words import size as bytes_of
from benchmarks.world import SOURCE, a_register, in_force
from tests.town import Town

HELD = """
SELECT t.tbl_name, sum(d.pgsize) FROM dbstat d JOIN sqlite_schema t ON t.name = d.name GROUP BY 1
"""
HOLDS = {
    "event": "the ledger, with its index",
    "message": "mails, as they were sent, with their indexes",
    "facts": "the facts as they are now",
    "occurrence": "what was recorded of each step",
    "agreement": "the state, with its indexes",
}


def measure(size: Size) -> Iterator[Table]:
    count = size.of(40, 1)
    with a_register(None, in_force(SOURCE), 0) as town:
        empty = _held(town)
    with a_register(None, in_force(SOURCE), count) as town:
        fired = sum(passes(town, mails=True))
        held = _held(town)
        held.subtract(empty)
        compact = _compact(town) / count
    each = {name: held[name] / count for name in HOLDS}
    total = sum(each.values())
    shown = {
        words: f"{bytes_of(each[name])}, {each[name] / total:.0%}" for name, words in HOLDS.items()
    }
    yield Table(
        title="An agreement after ten years",
        facts={
            "in all": f"**{bytes_of(total)}**, {factor(total / compact)} times the facts",
            "its facts as compact JSON": bytes_of(compact),
            **shown,
            "that is, after": f"{fired / count:.0f} firings",
        },
    )


def _held(town: Town) -> Counter[str]:
    """Return the bytes of the pages of each table and its indexes."""
    file = Path(town.folder, "register.db")
    with closing(sqlite3.connect(file)) as connection:
        return Counter(dict(connection.execute(HELD)))


def _compact(town: Town) -> int:
    """Return the bytes of the facts of all agreements: one object of path and text each."""
    return sum(len(row.facts.encode()) for row in town.query("SELECT facts FROM facts"))
