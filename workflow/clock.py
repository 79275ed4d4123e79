"""The system clock, read here only; zone data comes from the locked tzdata package."""

import zoneinfo
from datetime import UTC, datetime
from typing import Protocol

zoneinfo.reset_tzpath(())


class Clock(Protocol):
    """Something that knows what time it is."""

    def now(self) -> datetime:
        """Return the instant in UTC."""
        ...


class SystemClock:
    """The machine's clock, read anew each time."""

    def now(self) -> datetime:
        """Return the instant in UTC, to the second, as everything is told to the second."""
        return datetime.now(UTC).replace(microsecond=0)


class MovableClock:
    """A clock that is moved by hand: for simulations, the demo and tests."""

    def __init__(self, moment: datetime) -> None:
        """Stand at an instant."""
        self.moment = moment

    def now(self) -> datetime:
        """Return the instant at which the clock stands."""
        return self.moment.astimezone(UTC)
