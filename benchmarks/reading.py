"""Reading: `list` and `show` on 10,000 agreements, beside a script that runs one query."""

from collections.abc import Iterator

from benchmarks.measuring import OURS, Limit, Size, Table, in_turn
from benchmarks.processes import LOOPTIJD, output, peer, running
from benchmarks.world import SOURCE, a_register, configured, in_force

QUERY = "a script with one query"
AT_MOST = 1.3
REF = "B-0000042"


def measure(size: Size) -> Iterator[Table]:
    count = size.of(10_000, 50)
    with a_register(None, in_force(SOURCE), count) as town:
        environment, file = configured(town), str(town.folder / "register.db")
        yield _compared(size, environment, ("show", REF), (file, REF), size.of(5, 1))
        yield _compared(size, environment, ("list",), (file,), 1)
        listed = output((*LOOPTIJD, "list"), environment).splitlines()
        assert sum(line.startswith("! B-") for line in listed) == count
        assert len(output(peer("one_query", file), environment).splitlines()) == count


def _compared(
    size: Size,
    environment: dict[str, str],
    ours: tuple[str, ...],
    theirs: tuple[str, ...],
    times: int,
) -> Table:
    contenders = {
        OURS: running((*LOOPTIJD, *ours), times, environment),
        QUERY: running(peer("one_query", *theirs), times, environment),
    }
    return Table(
        title=f"looptijd {' '.join(ours)}",
        unit="a process",
        times=in_turn(contenders, size.rounds),
        targets=(Limit(beside=QUERY, at_most=AT_MOST),),
    )
