"""What one firing writes, row by row, so that others can write the very same without looptijd."""

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from benchmarks.world import BATCH, to_next_alert
from tests.town import Town

MODEL = "B-0000000"  # benchmarks.world numbers references from 0, the database its rows from 1
WRITTEN = ("event", "occurrence", "message")
CHANGED = ("stage", "ending", "seq", "head", "next_alert_at", "failures", "last_error")

Values = tuple[object, ...]
Batch = list[tuple[str, list[Values]]]
"""Statements, each with the values of all its rows."""
Row = dict[str, object]


@dataclass(frozen=True, kw_only=True)
class Firing:
    """The rows that one firing of the model wrote; with another number they are another's."""

    changed: Row
    inserted: dict[str, list[Row]]
    mark: str

    def of(self, numbers: Iterable[int]) -> Batch:
        """Return the statements, each with the values of these agreements."""
        every = list(numbers)
        changed = [(*self.changed.values(), number, self.read) for number in every]
        inserted = (
            [tuple(_of(row, number)) for number in every for row in rows]
            for rows in self.inserted.values()
        )
        return list(zip(self.statements, (changed, *inserted), strict=True))

    @property
    def read(self) -> int:
        """Return the number of the event before it: the guard that nobody was first."""
        return int(str(self.changed["seq"])) - len(self.inserted["event"])

    @cached_property
    def statements(self) -> list[str]:
        """Return one statement for each table."""
        sets = ", ".join(f"{name} = {self.mark}" for name in self.changed)
        guard = f"id = {self.mark} AND seq = {self.mark}"
        return [f"UPDATE agreement SET {sets} WHERE {guard}", *map(self._insert, self.inserted)]

    def _insert(self, table: str) -> str:
        names = list(self.inserted[table][0])
        marks = ", ".join([self.mark] * len(names))
        return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"


def _of(row: Row, number: int) -> Iterator[object]:
    for name, value in row.items():
        match name:
            case "agreement_id":
                yield number
            case "stream":
                yield str(value).replace(MODEL, f"B-{number - 1:07}")
            case "message_id":
                yield f"<{uuid.uuid4()}{str(value)[37:]}"
            case _:
                yield value


def in_batches(firing: Firing, count: int) -> list[Batch]:
    """Return the rows of agreements 1 to `count`, in as many batches as looptijd makes of them."""
    end = count + 1
    return [firing.of(range(start, min(start + BATCH, end))) for start in range(1, end, BATCH)]


def written_by(town: Town) -> dict[str, int]:
    """Return how many rows looptijd has in each table that a firing adds to."""
    counts = town.counts()
    return {name: counts[name] for name in WRITTEN}


def recorded(town: Town, rounds: int) -> list[Firing]:
    """Let the only agreement of a register fire so many times, and return what each wrote."""
    return [_one(town) for _ in range(rounds)]


def _one(town: Town) -> Firing:
    to_next_alert(town)
    assert town.tick().fired == 1
    (changed,) = town.query(f"SELECT {', '.join(CHANGED)} FROM agreement")
    return Firing(
        changed=changed._asdict(),
        inserted={
            "event": _newest(town, "event", "at", f"stream LIKE '%{MODEL}'"),
            "occurrence": _newest(town, "occurrence", "at"),
            "message": _newest(town, "message", "created_at"),
        },
        mark="?" if town.app.database.is_sqlite else "%s",
    )


def _newest(town: Town, table: str, when: str, only: str = "1 = 1") -> list[Row]:
    """Return the rows of the newest instant, without what is empty or numbered by the database."""
    newest = f"SELECT max({when}) FROM {table} WHERE {only}"
    rows = town.query(f"SELECT * FROM {table} WHERE {only} AND {when} = ({newest})")
    return [
        {
            name: value
            for name, value in row._asdict().items()
            if value is not None and name not in {"id", "number"}
        }
        for row in rows
    ]
