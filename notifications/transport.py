"""What a transport is given and what it answers; the engine of the mail knows no SMTP."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

Lease = tuple[int, str]
"""A mail's number and the token of the lease that it is held under."""


class Verdict(StrEnum):
    """What became of one attempt to hand a mail over."""

    ACCEPTED = "accepted"
    """The relay said 250 after the final dot."""
    DEFERRED = "deferred"
    """A 4xx answer: try again later, an attempt is spent."""
    REFUSED = "refused"
    """A 5xx answer that is the recipient's fault (RFC 3463: 5.1.x, 5.2.1)."""
    RELAY_FAULT = "relay_fault"
    """It greeted us and did not take the mail, for no fault of the recipient: a 5xx answer (policy,
    AUTH, TLS, MAIL, DATA), no SMTP at all, silence or an end before the final dot."""
    RELAY_AWAY = "relay_away"
    """No connection, or no greeting: no mail at all can be handed over."""
    IN_DOUBT = "in_doubt"
    """The body was sent and no answer came: the relay may have it."""


class Outcome(Struct, frozen=True):
    """The verdict on one attempt, with the relay's own words."""

    verdict: Verdict
    reply: str = ""


class Parcel(Struct, frozen=True, kw_only=True):
    """One mail for one recipient, ready to hand over; `token` is the lease it is held under.

    `waits_since` is when it should have been looked at before it was leased, `drafted_at` when its
    reader was looked up.
    """

    id: int
    token: str
    sender: str
    recipient: str
    message_id: str
    content: bytes
    waits_since: datetime | None = None
    drafted_at: datetime | None = None

    @property
    def held(self) -> Lease:
        """Return its number with the lease that it is held under."""
        return self.id, self.token


class Work(Struct, frozen=True, kw_only=True):
    """The other end of a transport: where parcels come from and where outcomes go.

    `lease` returns the next parcel or None when there is none now. `hear` takes an outcome, which
    counts at once and is committed with the next `commit`. `commit` commits that the bodies of
    these parcels are about to be sent, with every outcome heard before, and returns what is `held`
    of those that may go; of the others the lease was lost, and nothing may be sent. `prepare` does
    a little ahead of time, for who waits for a relay; it returns False when nothing is left to do.
    """

    lease: Callable[[], Parcel | None]
    hear: Callable[[Parcel, Outcome], None]
    commit: Callable[[Sequence[Parcel]], Collection[Lease]]
    prepare: Callable[[], bool] = lambda: False

    def mark_body_sent(self, parcel: Parcel) -> bool:
        """Commit that one body is about to be sent; False when its lease was lost."""
        return parcel.held in self.commit([parcel])

    def settle(self, parcel: Parcel, outcome: Outcome) -> None:
        """Commit one outcome."""
        self.hear(parcel, outcome)
        self.commit(())


class Transport(Protocol):
    """Something that hands parcels over until none is left, or until it is told to stop."""

    def run(self, work: Work, stopping: Callable[[], bool]) -> None:
        """Lease, send and settle until `lease` returns None or `stopping` returns True."""
