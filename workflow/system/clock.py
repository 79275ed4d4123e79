"""The system clock, read here only; zone data comes from the locked tzdata package."""

import time
import zoneinfo
from datetime import UTC, datetime, timedelta

zoneinfo.reset_tzpath(())


class SystemClock:
    """The machine's clock, read anew each time, and held against the time since boot."""

    def __init__(self) -> None:
        self._began: datetime | None = None
        self.trust()

    def now(self) -> datetime:
        """Return the instant in UTC, to the second, as everything is told to the second."""
        return datetime.now(UTC).replace(microsecond=0)

    def drift(self) -> timedelta:
        """Return how far the clock was moved by hand since both were held; sleep counts."""
        began = self._began
        return self.now() - self._since_boot() - began if began else timedelta()

    def forget(self) -> None:
        """Hold the clocks against each other no more: the one on the wall may be put right."""
        self._began = None

    def trust(self) -> None:
        """Hold both clocks against each other as they stand, unless they are."""
        self._began = self._began or self.now() - self._since_boot()

    @staticmethod
    def _since_boot() -> timedelta:
        return timedelta(seconds=int(time.clock_gettime(time.CLOCK_BOOTTIME)))


class MovableClock:
    """A clock that is moved by hand: for simulations, the demo and tests."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        """Return the instant at which the clock stands."""
        return self.moment.astimezone(UTC)

    def drift(self) -> timedelta:
        """Return nothing: this clock is meant to be moved."""
        return timedelta()

    def forget(self) -> None:
        """Do nothing: no move of this clock is held against it."""

    def trust(self) -> None:
        """Do nothing either."""


Clock = SystemClock | MovableClock
