"""Scale: a million agreements and 30 days of firing, ten thousand and ten years, on one machine.

By name only (`make bench BENCH=scale`): it takes an hour or more. SCALE=100000 takes fewer.
"""

import os
import resource
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

from benchmarks.measuring import Size, Table, stopwatch
from benchmarks.simulating import passes
from benchmarks.words import duration
from benchmarks.words import size as bytes_of
from benchmarks.world import SOURCE, a_register, in_force, to_next_alert
from tests.house import Town
from workflow.service.checking import verify, verify_seals
from workflow.service.reading import deadlines, lines

A_MONTH = timedelta(days=30)
TEN_YEARS = timedelta(days=3653)


def measure(size: Size) -> Iterator[Table]:
    many = size.of(int(os.environ.get("SCALE", "1_000_000")), 20)
    yield _fired(many, A_MONTH, "30 days in which every one has two alerts")
    yield _fired(max(many // 100, 10), TEN_YEARS, "ten years")


def _fired(count: int, period: timedelta, words: str) -> Table:
    facts: dict[str, str] = {}

    def told(what: str, work: Callable[[], object]) -> object:
        with stopwatch() as watch:
            found = work()
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        facts[what] = f"{duration(watch.seconds)}; at most {bytes_of(most)} of memory so far"
        return found

    with a_register(None, in_force(SOURCE), count) as town:
        end = to_next_alert(town) + period
        fired = told("firing", lambda: sum(passes(town, mails=False, until=end)))
        facts["fired"] = f"{fired:,}"
        town.clock.moment = end
        town.confirm()
        facts["on disk"] = bytes_of(_on_disk(town))
        told("a tick with nothing due", town.tick)
        told("`deadlines --within P30D`", lambda: deadlines(town.house, until=_day(town, A_MONTH)))
        told("`verify --quick`", lambda: verify_seals(town.house))
        assert told("`verify`", lambda: verify(town.house).problems) == []
        told("`list --attention`", lambda: lines(town.house, attention_only=True))
    return Table(title=f"{count:,} agreements, {words}", facts=facts)


def _day(town: Town, ahead: timedelta) -> date:
    return town.house.today() + ahead


def _on_disk(town: Town) -> int:
    return sum(file.stat().st_size for file in Path(town.folder).glob("register.db*"))
