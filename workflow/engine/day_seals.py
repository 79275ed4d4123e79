"""Seals: each day that closes gets a fingerprint of every event so far, chained to the one before.

Whoever has the fingerprint of a day can show later that nothing was changed, left out or put in
before it: a chain per agreement cannot, once its whole stream is gone or was written anew.
"""

import hashlib
from collections.abc import Iterable
from datetime import UTC, date, datetime

from msgspec import Struct

from workflow.engine.ledger import GENESIS, LedgerEntry


class Seal(Struct, frozen=True, kw_only=True):
    """The seal of a day: it covers the events after the seal before it, through a number.

    `day` is the last civil day that it closes, in the policy's zone; `at` the instant (UTC) at
    which it was made; `events` counts what it covers.
    """

    id: int
    day: date
    at: datetime
    through: int
    events: int
    hash: str


OPEN = Seal(
    id=0, day=date.min, at=datetime.min.replace(tzinfo=UTC), through=0, events=0, hash=GENESIS
)


class SealedHash:
    """The running digest of events in the order in which they were committed."""

    def __init__(self) -> None:
        self.events = 0
        self._sum = hashlib.sha256()

    def add(self, events: Iterable[tuple[int, LedgerEntry]]) -> "SealedHash":
        """Take in events with their numbers; returns itself."""
        for number, entry in events:
            self.events += 1
            line = f"{number}\n{entry.stream}\n{entry.seq}\n{entry.hash}\n{entry.payload}\n"
            self._sum.update(line.encode())
        return self

    def sealed(self, previous: Seal, *, day: date, at: datetime, through: int) -> Seal:
        """Return the seal over what was taken in, chained to the one before it."""
        moment = at.astimezone(UTC).isoformat(timespec="seconds")
        parts = (previous.hash, day, moment, through, self.events, self._sum.hexdigest())
        return Seal(
            id=previous.id + 1,
            day=day,
            at=at,
            through=through,
            events=self.events,
            hash=hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest(),
        )
