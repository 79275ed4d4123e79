"""Planning: all dates of one agreement, from its facts to instants in UTC."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import count, islice
from typing import TypeVar

import pendulum

from benchmarks import by_hand, by_pendulum
from benchmarks.measuring import OURS, Size, Table, Target, in_turn, stopwatch
from states.dates.policy import Policy
from states.model.agreement import Agreement
from tests.agreements import VERBINDEND_LEIDEN, agreement
from workflow.engine.deadlines import derive, occurrences

PENDULUM, LIMIT = "pendulum", "the standard library, days remembered"
FIRST_TIME = "looptijd, days not met before"
TARGETS = (
    Target(beside=PENDULUM, at_least=8),
    Target(contender=FIRST_TIME, beside=PENDULUM, at_least=1),
)
BEGIN, PASSES, POLICY = date(2020, 3, 1), 4, Policy()
Start = TypeVar("Start", bound=date | Agreement)


def measure(size: Size) -> Iterator[Table]:
    every, many = _days(), size.of(500, 25)
    days = list(islice(every, many))
    theirs = [pendulum.date(day.year, day.month, day.day) for day in days]
    for day, same in zip(days, theirs, strict=True):
        dates = sorted(_dates(_agreement(day)))
        assert dates == sorted(by_hand.dates(day)) == sorted(by_pendulum.dates(same))
    contenders = {
        OURS: lambda: _time(_dates, [_agreement(day) for day in days * PASSES]),
        FIRST_TIME: lambda: _time(_dates, [_agreement(day) for day in islice(every, many)]),
        PENDULUM: lambda: _time(by_pendulum.dates, theirs * PASSES),
        LIMIT: lambda: _time(by_hand.dates, days * PASSES),
    }
    title = f"All {len(dates)} dates of one agreement, to UTC"
    times = in_turn(contenders, size.rounds)
    yield Table(title=title, unit="an agreement", times=times, targets=TARGETS)


def _days() -> Iterator[date]:
    """Yield one day after another; not the leap day, of which every library loses one (R1)."""
    days = (BEGIN + timedelta(days=number) for number in count())
    return (day for day in days if (day.month, day.day) != (2, 29))


def _agreement(start: date) -> Agreement:
    """Return the source case as it runs from a day; a new object has nothing worked out yet."""
    signed = {
        f"{party}.signed_on": start.isoformat()
        for party in (path.removesuffix(".name") for path in VERBINDEND_LEIDEN)
        if party.startswith("party.") and not party.endswith(".own")
    }
    return agreement({"stage": "active", "term.start": start.isoformat(), **signed})


def _dates(subject: Agreement) -> Iterator[datetime]:
    for occurrence in occurrences(derive(subject, POLICY, BEGIN), POLICY):
        yield occurrence.alert_at


def _time(dates: Callable[[Start], Iterable[datetime]], starts: Sequence[Start]) -> float:
    with stopwatch() as watch:
        for start in starts:
            list(dates(start))
    return watch.seconds / len(starts)
