"""Simulating: ten years ahead, per fired occurrence, beside firing the same for good."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from benchmarks.measuring import OURS, Limit, Size, Table, in_turn, stopwatch
from benchmarks.world import FILLED, SOURCE, a_register, in_force
from tests.agreements import at
from tests.town import Town
from workflow.agreements.simulate import simulate
from workflow.store import agreements
from workflow.store.outbox import queries

FIRING, MAILING = "firing", "firing and mailing, to a relay in memory"
AT_MOST = 1.5
TEN_YEARS = timedelta(days=3653)


def measure(size: Size) -> Iterator[Table]:
    count = size.of(1_000, 1)
    fired: dict[str, int] = {}

    def simulated() -> float:
        with a_register(None, in_force(SOURCE), count) as town, stopwatch() as watch:
            fired[OURS] = len(simulate(town.app, (), until=(at(FILLED) + TEN_YEARS).date()))
        return watch.seconds / fired[OURS]

    def watched(name: str) -> float:
        with a_register(None, in_force(SOURCE), count) as town, stopwatch() as watch:
            fired[name] = sum(passes(town, mails=name == MAILING))
        return watch.seconds / fired[name]

    yield Table(
        title=f"Ten years of {count:,} agreements",
        unit="a fired occurrence",
        times=in_turn(
            {OURS: simulated, FIRING: lambda: watched(FIRING), MAILING: lambda: watched(MAILING)},
            min(size.rounds, 2),
        ),
        targets=(Limit(beside=FIRING, at_most=AT_MOST), Limit(beside=MAILING, at_most=AT_MOST)),
    )
    assert len(set(fired.values())) == 1, fired


def passes(town: Town, *, mails: bool, until: datetime | None = None) -> Iterator[int]:
    """Let a daemon pass at each instant at which something happens, and yield how much fired."""
    while (moment := _next(town, mails=mails)) and (until is None or moment <= until):
        town.clock.moment = moment
        town.confirm()
        yield town.tick().fired
        if mails:
            town.deliver()


def _next(town: Town, *, mails: bool) -> datetime | None:
    with town.app.reading() as connection:
        looks = [agreements.next_look(connection)]
        looks += [queries.next_look(connection, town.clock.moment)] if mails else []
    return min(filter(None, looks), default=None)
