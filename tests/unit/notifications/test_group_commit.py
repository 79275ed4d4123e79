"""Workers that commit together: who waits for whom, and for how long."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from msgspec.structs import replace

from notifications.group_commit import PATIENCE, GroupCommit
from notifications.transport import Outcome, Parcel, Verdict
from tests.smtp_sink import Mailroom

ACCEPTED, REFUSED = Outcome(Verdict.ACCEPTED), Outcome(Verdict.REFUSED)


class Room(Mailroom):
    """Notes which bodies each commit lets go, and which outcomes were heard by then."""

    def __init__(self, count: int, *, lost: frozenset[int] = frozenset()) -> None:
        super().__init__(*map(parcel, range(1, count + 1)), lost=lost)
        self.commits: list[tuple[list[int], list[int]]] = []
        self.is_away = False

    def commit(self, bodies: Sequence[Parcel]) -> set[tuple[int, str]]:
        if self.is_away:
            raise OSError("The database is away")
        self.commits.append(([body.id for body in bodies], [*self.outcomes]))
        return super().commit(bodies)


def parcel(number: int) -> Parcel:
    recipient, message_id = f"{number}@maastricht.example", f"<{number}@maastricht.example>"
    return Parcel(
        id=number, token="t", sender="", recipient=recipient, message_id=message_id, content=b""
    )


def with_leased(room: Room, then: Callable[[GroupCommit, list[Parcel]], Awaitable[None]]) -> None:
    """Lease everything, and go on from there."""

    async def go() -> None:
        together = GroupCommit(room.work)
        leased = [together.lease() for _ in list(room.waiting)]
        await then(together, [one for one in leased if one])

    asyncio.run(go())


def test_workers_that_are_ready_commit_together() -> None:
    async def all_ask(together: GroupCommit, leased: list[Parcel]) -> None:
        assert await asyncio.gather(*map(together.mark_body_sent, leased)) == [True, False, True]

    room = Room(3, lost=frozenset({2}))
    with_leased(room, all_ask)
    assert room.commits == [([1, 2, 3], [])]


def test_a_worker_whose_relay_is_slow_holds_up_the_others_for_a_moment_only() -> None:
    async def one_asks(together: GroupCommit, leased: list[Parcel]) -> None:
        assert await asyncio.wait_for(together.mark_body_sent(leased[0]), 10)

    room = Room(2)
    with_leased(room, one_asks)
    assert room.commits == [([1], [])]


def test_a_commit_waits_anew_for_who_leases_however_long_that_took() -> None:
    async def one_leases_slowly(together: GroupCommit, leased: list[Parcel]) -> None:
        asked = asyncio.create_task(together.mark_body_sent(leased[0]))
        await asyncio.sleep(0)
        room.waiting.append(parcel(3))
        assert together.lease()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert room.commits == []
        await asyncio.gather(asked, together.mark_body_sent(leased[1]))

    class Slow(Room):
        def lease(self) -> Parcel | None:
            time.sleep(2 * PATIENCE if self.waiting == [parcel(3)] else 0)
            return super().lease()

    room = Slow(2)
    with_leased(room, one_leases_slowly)
    assert room.commits == [([1, 2], [])]


def test_no_body_is_let_go_of_a_worker_that_was_told_to_stop_while_it_waited() -> None:
    async def one_is_cancelled(together: GroupCommit, leased: list[Parcel]) -> None:
        first, second = (asyncio.create_task(together.mark_body_sent(one)) for one in leased[:2])
        await asyncio.sleep(0)  # both wait for the third
        second.cancel()
        await asyncio.sleep(0)
        assert await together.mark_body_sent(leased[2])
        assert await first

    room = Room(3)
    with_leased(room, one_is_cancelled)
    assert room.commits == [([1, 3], [])]


def test_nobody_waits_for_a_worker_whose_mail_was_settled_before_it_asked() -> None:
    async def one_was_refused(together: GroupCommit, leased: list[Parcel]) -> None:
        await together.settle(leased[0], REFUSED)
        other = asyncio.create_task(together.mark_body_sent(leased[1]))
        await asyncio.sleep(0)
        assert room.commits == [([], [1]), ([2], [1])]
        assert await other

    room = Room(2)
    with_leased(room, one_was_refused)


def test_an_outcome_is_committed_at_once_and_waits_for_no_body() -> None:
    async def one_ended(together: GroupCommit, leased: list[Parcel]) -> None:
        await together.settle(leased[0], ACCEPTED)
        assert room.commits == [([], [1])]

    room = Room(2)
    with_leased(room, one_ended)


def test_outcomes_and_bodies_that_come_at_the_same_time_share_a_commit() -> None:
    async def all_come(together: GroupCommit, leased: list[Parcel]) -> None:
        first, second, third, _ = leased
        await asyncio.gather(
            together.settle(first, ACCEPTED),
            together.settle(second, ACCEPTED),
            together.mark_body_sent(third),
        )

    room = Room(4)
    with_leased(room, all_come)
    assert room.commits == [([3], [1, 2])]


def test_after_a_refusal_the_next_in_the_chain_is_asked_for_at_once() -> None:
    async def one_refused(together: GroupCommit, leased: list[Parcel]) -> None:
        assert together.lease() is None
        room.waiting.append(parcel(2))
        assert together.lease() is None  # one worker has looked for all
        await together.settle(leased[0], REFUSED)
        assert together.lease() == parcel(2)

    room = Room(1)
    with_leased(room, one_refused)
    assert room.commits == [([], [1])]


def test_without_a_commit_everybody_who_asked_hears_why() -> None:
    async def all_ask(together: GroupCommit, leased: list[Parcel]) -> None:
        room.is_away = True
        asked = await asyncio.gather(*map(together.mark_body_sent, leased), return_exceptions=True)
        assert [str(one) for one in asked] == ["The database is away"] * 2
        room.is_away = False
        assert await together.mark_body_sent(leased[0])

    room = Room(2)
    with_leased(room, all_ask)


def test_what_comes_next_is_prepared_piece_by_piece_while_the_relay_works() -> None:
    pieces = [True, True, False]
    room = Room(1)

    async def go() -> None:
        together = GroupCommit(replace(room.work, prepare=lambda: pieces.pop(0)))
        first = together.lease()
        assert first
        assert await together.mark_body_sent(first)
        while pieces:  # noqa: ASYNC110 - done between the workers' turns
            await asyncio.sleep(0.001)

    asyncio.run(asyncio.wait_for(go(), 10))
