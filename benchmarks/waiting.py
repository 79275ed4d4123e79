"""Waiting: what an operator's action takes while a daemon fires all that fell due at once."""

import random
import time
from collections.abc import Callable, Iterator

from benchmarks.daemons import a_crew
from benchmarks.measuring import Size, Table
from benchmarks.words import duration
from benchmarks.world import SOURCE, a_register, fill, in_force, to_next_alert
from tests.agreements import agreement
from tests.town import Town

LONGEST = 0.3  # seconds
THINKING = 0.1  # seconds at most between two actions
APART = "O-0000000"  # an agreement of which nothing is due


def measure(size: Size) -> Iterator[Table]:
    due = size.of(50_000, 100)
    with a_register(None, in_force(SOURCE), due) as town:
        fill(town.app, agreement({}), 1, of=APART[0])
        idle = _waits(town, lambda done: done == size.of(200, 5))
        busy = _while_firing(town, due)
    yield Table(
        title="An operator's note is written",
        unit="a wait",
        times={"nothing is due": idle, f"{due:,} alerts fall due": busy},
        notes=(_judged(busy),),
    )


def _judged(waits: list[float]) -> str:
    worst, met = max(waits), "met" if max(waits) <= LONGEST else "**missed**"
    shown = f"the longest wait is **{duration(worst)}**, wanted ≤ {duration(LONGEST)}: {met}"
    return f"{len(waits)} notes while they fired; {shown}."


def _while_firing(town: Town, due: int) -> list[float]:
    url = town.app.database.engine.url.render_as_string(hide_password=False)
    with a_crew(url, town.folder, 1) as (daemon,):
        daemon.send(to_next_alert(town))
        waits = _waits(town, lambda _: daemon.poll())
        assert daemon.recv() == due
    return waits


def _waits(town: Town, is_over: Callable[[int], bool]) -> list[float]:
    """Act again and again, after some thinking each time; return how long each action took."""
    thought = random.Random(1)  # noqa: S311 - any moments will do
    waits: list[float] = []
    while not is_over(len(waits)) or not waits:
        time.sleep(thought.uniform(0, THINKING))
        began = time.perf_counter()
        town.do_with(APART, "note", text="gebeld")
        waits.append(time.perf_counter() - began)
    return waits
