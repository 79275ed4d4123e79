"""Idling: a tick with nothing due on ever more agreements, and the daemon that waits."""

from collections.abc import Iterator
from contextlib import ExitStack
from statistics import median

from sqlalchemy import select

from benchmarks.idle_daemon import costs, latencies
from benchmarks.measuring import OURS, Contender, Limit, Size, Table, Times, in_turn, repeated
from benchmarks.plot import plot
from benchmarks.report import PAGE
from benchmarks.world import SOURCE, a_register, in_force
from tests.town import Town
from workflow.store.tables import AGREEMENT

SELECT = "a bare indexed SELECT"
FLAT = 1.2
COPIES = """
INSERT INTO agreement (ref, stage, ending, seq, head, next_alert_at, failures)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :more)
SELECT 'C-' || i, stage, ending, seq, head, next_alert_at, failures
FROM n, (SELECT * FROM agreement LIMIT 1)
"""


def measure(size: Size) -> Iterator[Table]:
    yield _ticks([1000, 10_000, 100_000, 1_000_000] if not size.quick else [10, 100], size)
    yield costs(size)
    yield latencies(size)


def _ticks(counts: list[int], size: Size) -> Table:
    """Measure a tick and its peer on each register; the copies share one another's dates."""
    with ExitStack() as stack:
        contenders: dict[str, Contender] = {}
        for count in counts:
            town = stack.enter_context(a_register(None, in_force(SOURCE), 1))
            town.change(COPIES, more=count - 1)
            town.tick()
            contenders |= _of(town, count, size.of(200, 5))
        times = in_turn(contenders, size.rounds)
    drawn = plot("A tick with nothing due, by the number of agreements", _lines(counts, times))
    if not size.quick:
        (PAGE.parent / "performance-idle.svg").write_text(drawn, encoding="utf-8")
    least, most = _name(OURS, counts[0]), _name(OURS, counts[-1])
    return Table(
        title="A tick with nothing due",
        unit="a look",
        times=times,
        targets=(Limit(contender=most, beside=least, at_most=FLAT),),
    )


def _of(town: Town, count: int, repeats: int) -> dict[str, Contender]:
    now, engine = town.clock.now(), town.app.database.engine
    assert town.scalar("SELECT count(*) FROM agreement") == count
    query = select(AGREEMENT.c.id).where(AGREEMENT.c.next_alert_at <= now).limit(1)

    def bare() -> None:
        with engine.connect() as connection:
            assert connection.execute(query).first() is None

    return {
        _name(OURS, count): lambda: repeated(town.tick, repeats),
        _name(SELECT, count): lambda: repeated(bare, repeats),
    }


def _name(who: str, count: int) -> str:
    return f"{who}, {count:,} agreements"


def _lines(counts: list[int], times: Times) -> dict[str, list[tuple[float, float]]]:
    return {
        who: [(count, median(times[_name(who, count)])) for count in counts]
        for who in (OURS, SELECT)
    }
