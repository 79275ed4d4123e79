"""What a transport is given and what it answers; the engine of the mail knows no SMTP."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


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


@dataclass(frozen=True, slots=True)
class Outcome:
    """The verdict on one attempt, with the relay's own words."""

    verdict: Verdict
    reply: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One mail for one recipient, ready to hand over; `token` is the lease it is held under."""

    id: int
    token: str
    sender: str
    recipient: str
    message_id: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """The other end of a transport: where parcels come from and where outcomes go.

    `lease` returns the next parcel or None when there is none now; `doubt` commits that the body is
    about to be sent and returns False when the lease was lost (then nothing may be sent); `settle`
    commits the outcome.
    """

    lease: Callable[[], Parcel | None]
    doubt: Callable[[Parcel], bool]
    settle: Callable[[Parcel, Outcome], None]


class Transport(Protocol):
    """Something that hands parcels over until none is left, or until it is told to stop."""

    def run(self, work: Work, stopping: Callable[[], bool]) -> None:
        """Lease, send and settle until `lease` returns None or `stopping` returns True."""
        ...
