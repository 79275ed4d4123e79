"""Starting: what nobody wants to wait for, beside a hello-world of click, in a warm cache."""

from collections.abc import Iterator, Mapping

from benchmarks.measuring import OURS, Limit, Size, Table, in_turn
from benchmarks.processes import LOOPTIJD, output, peer, running

HELLO = "click's hello-world"
AT_MOST = 1.4


def measure(size: Size) -> Iterator[Table]:
    times = size.of(10, 1)
    yield _compared("looptijd --version", size, times, ("--version",))
    yield _compared("looptijd --help", size, times, ("--help",))
    completing = {
        "_LOOPTIJD_COMPLETE": "bash_complete",
        "_HELLO_COMPLETE": "bash_complete",
        "COMP_WORDS": "program ",
        "COMP_CWORD": "1",
    }
    assert "plain,list" in output(LOOPTIJD, completing)
    assert "plain,greet" in output(peer("hello"), completing)
    yield _compared("completing a command", size, times, (), completing)


def _compared(
    title: str,
    size: Size,
    times: int,
    arguments: tuple[str, ...],
    environment: Mapping[str, str] | None = None,
) -> Table:
    contenders = {
        OURS: running((*LOOPTIJD, *arguments), times, environment),
        HELLO: running(peer("hello", *arguments), times, environment),
    }
    return Table(
        title=title,
        unit="a process",
        times=in_turn(contenders, size.rounds),
        targets=(Limit(beside=HELLO, at_most=AT_MOST),),
    )
