"""Planning: all dates of one agreement, from its facts to instants in UTC."""

from collections.abc import Iterator

from benchmarks.measuring import OURS, Size, Table, Target, in_turn, repeated
from states.policy import Policy
from tests.agreements import agreement, at
from workflow.deadlines import derive, occurrences


def measure(size: Size) -> Iterator[Table]:
    subject, policy, today = agreement({}), Policy(), at("2018-01-01 10:00").date()
    times = size.of(2000, 20)

    def ours() -> float:
        return repeated(lambda: list(occurrences(derive(subject, policy, today), policy)), times)

    yield Table(
        title="All dates of one agreement, to UTC",
        unit="an agreement",
        times=in_turn({OURS: ours}, size.rounds),
        targets=(Target(beside=OURS, at_least=1),),
    )
