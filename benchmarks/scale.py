"""Scale: a million agreements and 30 days of firing, ten thousand and ten years, on one machine.

By name only (`make bench BENCH=scale`): it takes hours. SCALE=100000 takes fewer.
"""

import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

from benchmarks import asking
from benchmarks.measuring import Size, Table, stopwatch
from benchmarks.simulating import passes
from benchmarks.words import duration
from benchmarks.words import size as bytes_of
from benchmarks.world import SOURCE, a_register, in_force, to_next_alert
from tests.town import Town
from workflow.maintenance.seal_days import seal_closed_day

TEN_YEARS = timedelta(days=3653)
QUESTIONS: dict[str, asking.Question] = {
    "`deadlines --within P30D`": asking.next_month,
    "`list --attention`": asking.attention,
    "`verify --quick`": asking.seals,
    "`verify`": asking.ledger,
}


def measure(size: Size) -> Iterator[Table]:
    many = size.of(int(os.environ.get("SCALE", "1_000_000")), 20)
    yield _fired(many, asking.A_MONTH, "30 days in which every one has two alerts")
    yield _fired(max(many // 100, 10), TEN_YEARS, "ten years")


def _fired(count: int, period: timedelta, words: str) -> Table:
    facts: dict[str, str] = {}
    with a_register(None, in_force(SOURCE), count) as town:
        end = to_next_alert(town) + period
        watched = _measured(lambda: sum(passes(town, mails=False, until=end)))
        facts["firing"], facts["fired"] = _words(0, *watched[1:]), f"{watched[0]:,}"
        town.clock.moment = end
        town.confirm()
        facts["on disk"] = bytes_of(_on_disk(town))
        facts["a tick with nothing due"] = _words(*_measured(lambda: town.tick().fired))
        facts["sealing all of it, as one day"] = _words(*_measured(lambda: _sealed(town)))
        for words_of_it, question in QUESTIONS.items():
            facts[words_of_it] = _words(*_asked(town, question))
    return Table(title=f"{count:,} agreements, {words}", facts=facts)


def _sealed(town: Town) -> int:
    seal = seal_closed_day(town.app)
    assert seal
    return seal.through


Measured = tuple[int, float, int]
"""What came of it, the seconds that it took, and the most bytes that the process has held."""


def _measured(work: Callable[[], int]) -> Measured:
    with stopwatch() as watch:
        found = work()
    return found, watch.seconds, getrusage(RUSAGE_SELF).ru_maxrss * 1024


def _asked(town: Town, question: asking.Question) -> Measured:
    """Ask in a process of its own, as a command does, so that its memory is its own as well."""
    url = town.app.settings.database.url
    with get_context("forkserver").Pool(1) as apart:
        return apart.apply(_answer, (question, url, town.folder, town.clock.moment))


def _answer(question: asking.Question, url: str, folder: Path, moment: datetime) -> Measured:
    return _measured(lambda: question(url, folder, moment))


def _words(found: int, seconds: float, most: int) -> str:
    return f"{duration(seconds)}; memory at most {bytes_of(most)}" + f"; {found:,} found" * bool(
        found
    )


def _on_disk(town: Town) -> int:
    return sum(file.stat().st_size for file in Path(town.folder).glob("register.db*"))
