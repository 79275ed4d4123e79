"""Contenders that take turns (A B A B …), and how much one of them is faster than another."""

import gc
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import ClassVar

from benchmarks.words import duration

OURS = "looptijd"

Contender = Callable[[], float]
"""Runs once and returns what it took, in seconds a unit; preparing and clearing up do not count."""


class Absent(Exception):
    """What a benchmark needs is not on this machine; the words say what."""


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much is measured: whole for `make bench`, quick for the smoke test and `QUICK=1`."""

    quick: bool
    rounds: int

    def of(self, whole: int, quick: int) -> int:
        """Return a number of things to measure with."""
        return quick if self.quick else whole


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of some figures, with the least and the greatest of them."""

    low: float
    middle: float
    high: float

    @classmethod
    def over(cls, figures: Iterable[float]) -> "Spread":
        """Return the spread of at least one figure."""
        every = sorted(figures)
        return cls(every[0], median(every), every[-1])


Times = Mapping[str, list[float]]
"""What each contender took, one figure a round."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """How many times as fast as another contender we want to be: 0.25 is a quarter of its speed."""

    beside: str
    at_least: float
    contender: str = OURS
    words: ClassVar[str] = "times as fast"

    def reached(self, times: Times) -> Spread:
        """Return the ratio of speeds, round by round: what slowed both in a round cancels out."""
        return _ratio(times[self.beside], times[self.contender])

    def is_met(self, reached: Spread) -> bool:
        """Tell whether the median reaches the target."""
        return reached.middle >= self.at_least


@dataclass(frozen=True, kw_only=True)
class Limit:
    """How many times as much as another contender we may take: 1.4 is 40 % more."""

    beside: str
    at_most: float
    contender: str = OURS
    words: ClassVar[str] = "times as much"

    def reached(self, times: Times) -> Spread:
        """Return the ratio of what was taken, round by round."""
        return _ratio(times[self.contender], times[self.beside])

    def is_met(self, reached: Spread) -> bool:
        """Tell whether the median stays within the limit."""
        return reached.middle <= self.at_most


def _ratio(these: list[float], those: list[float]) -> Spread:
    return Spread.over(this / that for this, that in zip(these, those, strict=True))


@dataclass(frozen=True, kw_only=True)
class Table:
    """What one comparison gave: seconds a unit (or bytes, as `shown` words them) of each contender.

    `facts` are rows of words beside the figures; `notes` are lines of Markdown under them.
    """

    title: str
    unit: str = ""
    times: Times = field(default_factory=dict)
    targets: tuple[Target | Limit, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    shown: Callable[[float], str] = duration


def in_turn(contenders: Mapping[str, Contender], rounds: int) -> dict[str, list[float]]:
    """Let each contender run once a round, and before that once unmeasured; return the figures.

    Of one round nothing is wanted but that it runs: then nothing goes before it.
    The order turns around every round, so that nobody always comes after the same other.
    """
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(-1 if rounds > 1 else 0, rounds):
        names = list(contenders)[:: 1 if number % 2 else -1]
        for name in names:
            took = contenders[name]()
            if number >= 0:
                times[name].append(took)
    return times


class Watch:
    """A stopwatch: `with stopwatch() as watch: …`, then `watch.seconds`."""

    seconds: float = 0


@contextmanager
def stopwatch() -> Iterator[Watch]:
    """Measure what happens inside, in seconds; what earlier work left is collected before."""
    watch = Watch()
    gc.collect()
    began = time.perf_counter()
    yield watch
    watch.seconds = time.perf_counter() - began


def repeated(work: Callable[[], object], times: int) -> float:
    """Do something many times and return the seconds that one took."""
    with stopwatch() as watch:
        for _ in range(times):
            work()
    return watch.seconds / times
