"""One mail and two workers: every order in which things can happen, breadth first.

What an event makes of the row is asked of the product's own statements and rules, once for each
row and event, in a transaction that is rolled back. Whether a look is due is kept and not when, so
that the states are finitely many.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import insert, select, update

from notifications.retry_policy import MOST_ATTEMPTS, Circuit, MessageStatus
from notifications.transport import Outcome, Parcel, Verdict
from tests.store import MESSAGE, Transaction, leases
from tests.store import resend as resending
from tests.town import CASE, OFFICES, Town
from workflow.mail.outcomes import Attempt, settle
from workflow.mail.queue import STOPPED

FINAL = frozenset({"accepted", "refused", "expired", "cancelled"})
WORKERS = ("a", "b")
LAST_ATTEMPT = MOST_ATTEMPTS - 1  # fewer attempts are as none: they only make waits longer
DEAD = "of a dead process"
MINE, OTHER = "mine", "another's"
REPLY = "550 5.1.1 or whatever the relay said"

# The relay's answers: what they say, whether it kept the mail, whether they open the circuit.
BEFORE_THE_BODY = {
    "4xx": (Verdict.DEFERRED, False, False),
    "5xx, the address": (Verdict.REFUSED, False, False),
    "5xx, policy": (Verdict.RELAY_FAULT, False, False),
    "5xx, policy, the third": (Verdict.RELAY_FAULT, False, True),
    "away": (Verdict.RELAY_AWAY, False, True),
}
AFTER_THE_BODY = {
    "250": (Verdict.ACCEPTED, True, False),
    "4xx after the dot": (Verdict.DEFERRED, False, False),
    "5xx after the dot, the address": (Verdict.REFUSED, False, False),
    "dropped before the dot": (Verdict.RELAY_FAULT, False, False),
    "dropped before the dot, the third": (Verdict.RELAY_FAULT, False, True),
    "dropped after the dot, kept": (Verdict.IN_DOUBT, True, False),
    "dropped after the dot, lost": (Verdict.IN_DOUBT, False, False),
}
ANSWERS = BEFORE_THE_BODY | AFTER_THE_BODY


class Row(Struct, frozen=True, kw_only=True):
    """What stands in the outbox; `is_due` None: nobody looks at it again."""

    status: str = "queued"
    lease: str | None = None
    in_doubt: bool = False
    doubts: int = 0
    attempts: int = 0
    is_due: bool | None = True
    is_accepted: bool = False
    is_passed_on: bool = False


class Worker(Struct, frozen=True):
    """Where a worker stands: idle, leased, granted (the body may go), or what it has heard.

    `in_time`: its lease has not run out, and nobody has stopped the mail.
    """

    phase: str = "idle"
    in_time: bool = False


class State(Struct, frozen=True):
    """The row, the workers, and what the world knows beside them."""

    row: Row
    workers: tuple[Worker, ...] = (Worker(), Worker())
    copies: int = 0
    """How often the relay kept the mail."""
    doubts: int = 0
    """How many bodies left, or may have, of which no answer was written while their lease ran."""
    asked: int = 0
    """How often an operator had it tried again."""


STARTS = (
    State(Row()),
    State(Row(attempts=LAST_ATTEMPT, status="retry")),
    State(Row(status="unknown", lease=DEAD, in_doubt=True, doubts=1), copies=1, doubts=1),
)


class Broken(AssertionError):
    """A promise that does not hold, with the events that led there."""


@dataclass
class Outbox:
    """The product's own transitions of one row."""

    town: Town
    made: dict[tuple[Any, ...], tuple[Row, bool]] = field(default_factory=dict)

    @cached_property
    def now(self) -> datetime:
        return self.town.clock.now()

    @cached_property
    def number(self) -> int:
        self.town.register(OFFICES, CASE)
        columns = {
            "message_id": "<m@x>",
            "rule": "activation",
            "cause": "event:1",
            "role": "office",
        }
        rest = {"office": "sociaal-domein", "generation": 1, "created_at": self.now, "late_by": 0}
        agreement = self.town.scalar("SELECT id FROM agreement")
        with self.town.app.database.write() as connection:
            values = {**columns, **rest, "agreement_id": agreement, **self._columns(Row())}
            flags = {"caught_up": False, "escalates": False}
            done = connection.execute(insert(MESSAGE).values(values | flags))
        assert done.inserted_primary_key
        number: int = done.inserted_primary_key[0]
        return number

    def after(
        self, row: Row, event: Callable[..., bool], who: str = "", *about: str
    ) -> tuple[Row, bool]:
        """Return what an event makes of a row, and whether it was granted."""
        other = row.lease if row.lease != who else None  # whoever it is, it is another
        asked = replace(row, lease=OTHER if other else row.lease and MINE)
        key = (asked, event.__name__, *about)
        if key not in self.made:
            self.made[key] = self._tried(asked, event, *([MINE] if who else []), *about)
        found, granted = self.made[key]
        return replace(found, lease={MINE: who, OTHER: other}.get(found.lease or "")), granted

    def _tried(self, row: Row, event: Callable[..., bool], *about: str) -> tuple[Row, bool]:
        number, database = self.number, self.town.app.database
        with database.engine.connect() as connection, database.beginning(connection):
            change = update(MESSAGE).where(MESSAGE.c.id == number)
            connection.execute(change.values(self._columns(row)))
            granted = event(connection, *about)
            found = self._read(connection, row)
            connection.rollback()
        return found, granted

    def _columns(self, row: Row) -> dict[str, Any]:
        is_fresh = row.status in {"queued", "sending"} and not row.attempts and not row.doubts
        looks = {None: None, True: self.now, False: self.now + timedelta(hours=1)}
        return {
            "status": row.status,
            "lease": row.lease,
            "in_doubt": row.in_doubt,
            "doubts": row.doubts,
            "attempts": row.attempts,
            "next_attempt_at": looks[row.is_due],
            "accepted_at": self.now if row.is_accepted else None,
            "content": None if is_fresh else b"words",
        }

    def _read(self, connection: Transaction, before: Row) -> Row:
        found = connection.execute(select(MESSAGE).where(MESSAGE.c.id == self.number)).one()
        others = connection.execute(select(MESSAGE.c.id).where(MESSAGE.c.id > self.number)).first()
        look = found.next_attempt_at
        return Row(
            status=found.status,
            lease=found.lease,
            in_doubt=found.in_doubt,
            doubts=found.doubts,
            attempts=found.attempts if found.attempts >= LAST_ATTEMPT else 0,
            is_due=None if look is None else look <= self.now,
            is_accepted=found.accepted_at is not None,
            is_passed_on=before.is_passed_on or others is not None,
        )

    # Events, each as the product does it ----------------------------------------------------------

    def look(self, connection: Transaction, who: str) -> bool:
        leases.reclaim(connection, self.now)
        return bool(leases.lease(connection, self.now, who, most=20))

    def ask(self, connection: Transaction, who: str) -> bool:
        return bool(leases.mark_body_sent(connection, [(self.number, who)], self.now))

    def put_back(self, connection: Transaction, who: str) -> bool:
        leases.release(connection, [(self.number, who)], self.now)
        return True

    def settle(self, connection: Transaction, who: str, answer: str) -> bool:
        verdict, _, opens = ANSWERS[answer]
        outcome, circuit = Outcome(verdict, REPLY), Circuit()
        for _ in range(3 if opens else 1):
            circuit = circuit.heard(outcome, address="x@x.example", now=self.now)
        parcel = Parcel(
            id=self.number, token=who, sender="", recipient="", message_id="<m@x>", content=b""
        )
        attempt = Attempt(
            parcel=parcel, outcome=outcome, at=self.now, circuit=circuit, opened=False
        )
        return bool(settle(connection, self.town.app, [attempt]))

    def retry(self, connection: Transaction) -> bool:
        values = {"status": "queued", "next_attempt_at": self.now}
        return resending.change_waiting(connection, self.number, STOPPED, **values)

    def cancel(self, connection: Transaction) -> bool:
        values = {"status": "cancelled", "next_attempt_at": None}
        return resending.change_waiting(connection, self.number, STOPPED, **values)

    def hold(self, connection: Transaction) -> bool:
        held = MessageStatus.HELD
        return bool(resending.stop_all(connection, self.now, held, "adopted"))


@dataclass
class Search:
    """Goes through the states by the number of events that lead to them."""

    outbox: Outbox
    came_from: dict[State, tuple[State | None, str]] = field(default_factory=dict)
    depth: int = 0
    is_complete: bool = False

    def run(self, depth: int) -> "Search":
        """Go so deep, or until nothing new is found; raise Broken where a promise is."""
        self.came_from |= dict.fromkeys(STARTS, (None, ""))
        front = [*STARTS]
        while front and self.depth < depth:
            self.depth += 1
            front = [new for state in front for new in self._new(state)]
        self.is_complete = not front
        return self

    @property
    def statuses(self) -> Counter[str]:
        """Return in how many states the mail has each status."""
        return Counter(state.row.status for state in self.came_from)

    def _new(self, state: State) -> Iterator[State]:
        for event, found in self._moves(state):
            try:
                _judge(state, found)
            except AssertionError as broken:
                story = "\n".join([*self._story(state), event])
                raise Broken(f"{broken}\n{story}\n{found}") from broken
            after = _in_order(found)
            if after not in self.came_from:
                self.came_from[after] = state, event
                yield after

    def _story(self, state: State) -> list[str]:
        events: list[str] = []
        before: State | None = state
        while before:
            before, event = self.came_from[before]
            events.append(event)
        return events[::-1]

    # What can happen ------------------------------------------------------------------------------

    def _moves(self, state: State) -> Iterator[tuple[str, State]]:
        for place, name in enumerate(WORKERS):
            for event, then in self._moves_of(state, place, name):
                yield f"{name}: {event}", then
        row, idle = state.row, all(worker.phase == "idle" for worker in state.workers)
        if row.is_due is False:
            yield "time passes", self._later(state)
        if not state.asked and self.outbox.after(row, self.outbox.retry)[1]:
            after, _ = self.outbox.after(row, self.outbox.retry)
            yield "an operator retries", replace(self._stopped(state, after), asked=1)
        after, done = self.outbox.after(row, self.outbox.cancel)
        if done:
            yield "an operator cancels", self._stopped(state, after)
        if idle and row.status in {"queued", "sending", "retry", "unknown"}:
            after, _ = self.outbox.after(row, self.outbox.hold)
            yield "a backup is adopted, mail is held", replace(state, row=after)

    @staticmethod
    def _later(state: State) -> State:
        """Let time pass until the row is looked at: a lease that was given has run out then."""
        ends = state.row.status == "sending"
        workers, doubts = list(state.workers), state.doubts
        for place, worker in enumerate(workers):
            if ends and worker.in_time:
                doubts += _may_have_left(worker)
                workers[place] = replace(worker, in_time=False)
        return replace(
            state,
            row=replace(state.row, is_due=True),
            workers=tuple(workers),
            doubts=min(doubts, 3),
        )

    @staticmethod
    def _stopped(state: State, row: Row) -> State:
        workers = tuple(replace(worker, in_time=False) for worker in state.workers)
        return replace(state, row=row, workers=workers)

    def _moves_of(self, state: State, place: int, name: str) -> Iterator[tuple[str, State]]:
        worker, outbox, row = state.workers[place], self.outbox, state.row
        if worker.phase == "idle":
            after, leased = outbox.after(row, outbox.look, name)
            yield (
                "looks",
                _with(state, place, Worker("leased", in_time=True) if leased else worker, after),
            )
            return
        yield "is killed", self._killed(state, place, name)
        if worker.phase == "leased":
            after, granted = outbox.after(row, outbox.ask, name)
            then = Worker("granted", in_time=True) if granted else Worker()
            yield "asks", _with(state, place, then, after)
            unheard = replace(worker, in_time=worker.in_time or granted)
            yield "asks, the answer is lost", _with(state, place, unheard, after)
            after, _ = outbox.after(row, outbox.put_back, name)
            yield "is told to stop", _with(state, place, Worker(), after)
            for answer in BEFORE_THE_BODY:
                yield answer, _with(state, place, replace(worker, phase=answer), row)
        elif worker.phase == "granted":
            for answer, (_, is_kept, _) in AFTER_THE_BODY.items():
                heard = _with(state, place, replace(worker, phase=answer), row)
                yield answer, replace(heard, copies=min(state.copies + is_kept, 4))
        else:
            after, _ = outbox.after(row, outbox.settle, name, worker.phase)
            doubts = state.doubts + (ANSWERS[worker.phase][0] is Verdict.IN_DOUBT)
            settled = _with(state, place, Worker(), after)
            yield "settles", replace(settled, doubts=min(doubts, 3))

    @staticmethod
    def _killed(state: State, place: int, name: str) -> State:
        worker, row = state.workers[place], state.row
        lease = DEAD if row.lease == name else row.lease
        doubts = state.doubts + (_may_have_left(worker) and worker.in_time)
        dead = _with(state, place, Worker(), replace(row, lease=lease))
        return replace(dead, doubts=min(doubts, 3))


def _with(state: State, place: int, worker: Worker, row: Row) -> State:
    workers = list(state.workers)
    workers[place] = worker
    return replace(state, row=row, workers=tuple(workers))


def _in_order(state: State) -> State:
    """Return the state with its workers in order: they have no names, only leases."""
    first, second = state.workers
    if (first.phase, first.in_time, state.row.lease == "a") <= (
        second.phase,
        second.in_time,
        state.row.lease == "b",
    ):
        return state
    lease = {"a": "b", "b": "a"}.get(state.row.lease or "", state.row.lease)
    return replace(state, row=replace(state.row, lease=lease), workers=(second, first))


def _may_have_left(worker: Worker) -> bool:
    return worker.phase == "granted" or worker.phase in AFTER_THE_BODY


# What must hold ----------------------------------------------------------------------------------


def _judge(before: State, state: State) -> None:
    """Hold a step against the promises."""
    row = state.row
    holders = [worker for worker in state.workers if worker.in_time]
    assert len(holders) <= 1, "two workers are in one lease"
    leaving = [w for w in state.workers if w.phase == "granted" and w.in_time]
    assert not leaving or row.in_doubt, "a body may go, and nobody noted it"
    if row.status != before.row.status or row.is_accepted != before.row.is_accepted:
        assert before.row.status != "accepted", "an accepted mail is not final"
    if state.copies > before.copies:
        assert state.copies <= 1 + before.doubts, "a second copy, and no doubt before it"
    assert state.copies <= 2 + state.asked, "a third copy that nobody asked for"
    assert row.is_accepted == (row.status == "accepted"), "accepted without its moment"
    assert not row.is_accepted or state.copies, "accepted, and the relay never said so"
    if row.is_due is None:
        assert row.status in {*FINAL, "held", "unknown"}, "it waits, and nobody looks"
        assert row.status != "unknown" or row.doubts > 1, "given up after one doubt"
        assert row.status != "refused" or row.is_passed_on, "refused, and nobody else is told"
        assert row.status != "expired" or row.attempts >= MOST_ATTEMPTS, "expired too early"
    else:
        assert row.status in {"queued", "sending", "retry", "unknown"}, "it ended, and is looked at"
        tries = row.doubts - (row.status == "sending")
        assert tries <= 1 + state.asked, "tried on after two doubts, and nobody asked"
    assert row.status != "sending" or row.lease, "it is sent under no lease"
    assert row.doubts >= 0, "fewer than no doubts"


def breadth_first(town: Town, depth: int) -> Search:
    """Return the search, so deep."""
    # What it asks by itself is not what the product asks.
    town.app.database.engine.update_execution_options(compiled_cache={})
    return Search(Outbox(town)).run(depth)
