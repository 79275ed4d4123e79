"""The life of a message as pure rules: what an outcome makes of it, and when to look again."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self

from msgspec import Struct
from msgspec.structs import replace

from notifications.transport import Outcome, Verdict


class MessageStatus(StrEnum):
    """Where a message stands."""

    QUEUED = "queued"
    SENDING = "sending"
    ACCEPTED = "accepted"
    RETRY = "retry"
    UNKNOWN = "unknown"
    """The body was sent and no answer came: the addressee may have it."""
    REFUSED = "refused"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    HELD = "held"
    """Installation, clock or operator keep it back."""


class Settlement(Struct, frozen=True, kw_only=True):
    """What one attempt makes of a message; `next_attempt_at` None: nothing is left to do."""

    status: MessageStatus
    attempts: int
    next_attempt_at: datetime | None = None


FIRST_DELAYS: Final = (
    *(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30)),
    *(timedelta(hours=hours) for hours in (1, 2, 3)),
)
REPEAT: Final = timedelta(hours=3)
SPREAD: Final = 0.2
# Counted in attempts, so that time in which the relay is away costs nothing: 45 waits, those above
# and 38 repeats, are 120 h 51 min.
MOST_ATTEMPTS: Final = 46
DOUBT_DELAY: Final = timedelta(minutes=15)
PROBE_DELAYS: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15))
FAULTS_TO_OPEN: Final = 3
ADDRESSES_TO_STOP_ALL: Final = 3
# One that falls silent after the final dot is a fault too: else the relay's bad day would put the
# whole queue in doubt.
_FAULTS: Final = {Verdict.RELAY_AWAY, Verdict.RELAY_FAULT, Verdict.IN_DOUBT}


class Circuit(Struct, frozen=True, kw_only=True):
    """What one daemon knows of its relay; open, it lets nothing through but a probe now and then.

    It opens when the relay cannot be reached, or after three faults in a row, and closes with the
    first answer about a mail. Faults with fewer than three addresses may be those mails' own: then
    it is open for these addresses only, and nobody else's mail waits.
    """

    faults: int = 0
    addresses: frozenset[str] = frozenset()
    """Whose mails failed since the last probe."""
    away: bool = False
    probes: int = 0
    probe_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """True while the relay is believed to be away or at fault."""
        return self.probe_at is not None

    def admits(self, now: datetime, address: str | None = None) -> bool:
        """Return whether mail may go to an address at `now`; None: to any address at all."""
        if self.probe_at is None or self._is_probe(now):
            return True
        stops_all = self.away or len(self.addresses) >= ADDRESSES_TO_STOP_ALL
        return not stops_all and address not in self.addresses

    def _is_probe(self, now: datetime) -> bool:
        """Return whether what goes out is a probe; one far ahead was put there by a wrong clock."""
        return self.probe_at is not None and not now < self.probe_at <= now + PROBE_DELAYS[-1]

    def heard(self, outcome: Outcome, *, address: str, now: datetime) -> Self:
        """Return the circuit as it is after `outcome` of a mail to `address`."""
        if outcome.verdict not in _FAULTS:
            return type(self)()
        is_probe = self._is_probe(now)
        failed = replace(
            self,
            faults=self.faults + 1,
            addresses=(frozenset() if is_probe else self.addresses) | {address},
            away=outcome.verdict is Verdict.RELAY_AWAY or (self.away and not is_probe),
        )
        opens = failed.away or failed.faults >= FAULTS_TO_OPEN
        if is_probe or (opens and not self.is_open):
            wait = PROBE_DELAYS[min(self.probes, len(PROBE_DELAYS) - 1)]
            return replace(failed, probes=self.probes + 1, probe_at=now + wait)
        return failed

    def opened_since(self, before: Self) -> bool:
        """Return whether it opened: true once per opening, and then an incident."""
        return self.is_open and not before.is_open


def after(  # noqa: PLR0913 - what it depends on
    outcome: Outcome, circuit: Circuit, *, attempts: int, doubts: int, now: datetime, jitter: float
) -> Settlement:
    """Return what an attempt makes of a message.

    Args:
        outcome: what the transport said.
        circuit: what this attempt left of it; open, what the relay failed of waits for its probe.
        attempts: how many were spent before this one.
        doubts: how many attempts ended in doubt, this one included.
        now: the instant of the outcome.
        jitter: from -1 to 1; spreads the repeats, so that a batch does not return as one.
    """
    spent = attempts + 1
    match outcome.verdict:
        case Verdict.ACCEPTED:
            return Settlement(status=MessageStatus.ACCEPTED, attempts=spent)
        case Verdict.REFUSED:
            return Settlement(status=MessageStatus.REFUSED, attempts=spent)
        case Verdict.IN_DOUBT:
            again = now + DOUBT_DELAY if doubts <= 1 else None
            return Settlement(status=MessageStatus.UNKNOWN, attempts=spent, next_attempt_at=again)
        case Verdict.DEFERRED:
            return _again(spent, now, jitter)
        case Verdict.RELAY_AWAY | Verdict.RELAY_FAULT if circuit.is_open:  # no attempt is spent
            return Settlement(
                status=MessageStatus.QUEUED, attempts=attempts, next_attempt_at=circuit.probe_at
            )
        case Verdict.RELAY_AWAY | Verdict.RELAY_FAULT:  # lengthens the waits, and expires nothing
            return _again(max(attempts, min(spent, len(FIRST_DELAYS) + 1)), now, jitter)


def _again(spent: int, now: datetime, jitter: float) -> Settlement:
    if spent >= MOST_ATTEMPTS:
        return Settlement(status=MessageStatus.EXPIRED, attempts=spent)
    delay = REPEAT * (1 + SPREAD * jitter)
    if spent <= len(FIRST_DELAYS):
        delay = FIRST_DELAYS[spent - 1]
    return Settlement(status=MessageStatus.RETRY, attempts=spent, next_attempt_at=now + delay)
