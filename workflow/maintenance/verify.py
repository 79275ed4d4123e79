"""Checking: `verify` proves from the ledger that nothing was changed or missed."""

from collections.abc import Callable, Container, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from msgspec import Struct

from states.model.events import Event
from states.model.phrase import Phrase, say
from workflow.app.app import App, policy_of
from workflow.engine.day_seals import OPEN, Seal
from workflow.engine.ledger import AGREEMENT, office_stream, owner_of
from workflow.engine.private_values import token_for
from workflow.maintenance.compare import Comparison, compare, mail_is_gone, read_stream, row_differs
from workflow.maintenance.seal_days import broken_seals, made_again
from workflow.store import agreements, ledger, offices, register, schema, seals
from workflow.store.database import Transaction
from workflow.store.outbox import queries
from workflow.store.outbox.messages import HANDOVER, OfficeCause

# After the next alert time, at which those wait that were not tried.
LONGEST_WAIT = timedelta(days=1)
Finding = tuple[str, Phrase]
Seen = dict[str, int]
"""Each stream that was looked into, with how many events it has."""


class Verified(Struct, kw_only=True):
    """What `verify` found; `fingerprint` is the last seal, which stands for all before it."""

    agreements: int = 0
    events: int
    fingerprint: Seal
    problems: list[Finding]


def verify(app: App, advanced: Callable[[int], object] = bool) -> Verified:
    """Check every chain, every state, that nothing was missed, and every seal; from one moment.

    `advanced` is told of how many agreements more were checked.
    Nothing that was found in order earlier is left out: a mark that says so could be moved by
    whoever tampers (decision 0013).
    """
    seen: Seen = {}
    problems: list[Finding] = []
    with app.reading() as connection:
        policy, now = policy_of(connection), reached(connection, app)
        for batch in agreements.batches(connection):
            for item, found in compare(connection, batch, policy, now):
                seen[found.stream] = len(found.entries)
                problems += ((str(item.ref), problem) for problem in found.problems)
            advanced(len(batch))
        count = len(seen)
        problems += beyond_agreements(connection, now, seen)
        for stream in sorted(set(ledger.streams(connection)) - seen.keys()):
            problems.append((_named(stream), say("the ledger knows it, the register does not")))
        problems += broken_seals(connection)
        last = seals.last(connection)
    events = sum(seen.values())
    return Verified(agreements=count, events=events, fingerprint=last, problems=problems)


def reached(connection: Transaction, app: App) -> datetime:
    """Return the latest moment that there was: by a clock that went back nothing would be due."""
    now = app.clock.now()
    return max(now, register.read(connection).high_water or now)


def verify_seals(app: App) -> Verified:
    """Check the seals only: one scan of the ledger, without folding or deriving anything."""
    with app.reading() as connection:
        problems = list(broken_seals(connection))
        last = seals.last(connection)
        return Verified(events=last.through, fingerprint=last, problems=problems)


def verify_fingerprint(app: App, fingerprint: str, day: date) -> Verified:
    """Check that the register still has the fingerprint that somebody kept of a day."""
    with app.reading() as connection:
        made = {seal.id: seal for seal in made_again(connection)}
        seal = made.get(seals.last(connection, day).id, OPEN)
    kept = next((each for each in made.values() if each.hash == fingerprint), None)
    seal = kept if kept and kept.day == day else seal
    problems = [] if kept == seal else [(f"seal:{day}", _without_it(seal, day, kept))]
    return Verified(fingerprint=seal, events=seal.through, problems=problems)


def _without_it(seal: Seal, day: date, kept: Seal | None) -> Phrase:
    """Say why a fingerprint is not that of a day, of which the last seal is this one."""
    if kept:  # no change: somebody gave the day on which it was written down
        return say(
            "this is the register's fingerprint of {day}; --at names another day", day=kept.day
        )
    if seal is OPEN:
        return say("no day was sealed on or before {day}", day=day)
    if seal.day != day:
        return say(
            "this day is not sealed, or not any more; the last seal before it is of {day}",
            day=seal.day,
        )
    return say("the register has another fingerprint: something before it was changed")


# Streams -----------------------------------------------------------------------------------------


def _of_offices(connection: Transaction, seen: Seen) -> Iterator[Finding]:
    queued = queries.causes_of(connection, HANDOVER)
    for key, row in offices.kept(connection).items():
        found = read_stream(connection, office_stream(key))
        seen[found.stream] = len(found.entries)
        lost = (*found.unqueued, *_unqueued(key, found.events, queued))
        for problem in (*found.broken, *office_differs(found, row), *lost):
            yield found.stream, problem


def office_differs(found: Comparison, row: tuple[tuple[int, str], Any] | None) -> Iterator[Phrase]:
    """Yield what a row of an office says otherwise than its ledger; nothing of what has none."""
    if found.state:
        yield from row_differs(found, found.state, *(row or (None, None)))


def _unqueued(key: str, events: Sequence[Event], queued: Container[str]) -> Iterator[Phrase]:
    """Yield every handover whose mail is gone."""
    for event in events:
        cause = str(OfficeCause(HANDOVER, key, str(event.on)))
        if event.action == HANDOVER and cause not in queued:
            yield mail_is_gone(cause)


def _of_register(connection: Transaction, seen: Seen) -> Iterator[Finding]:
    """Check the register's own stream: policies and installation are as they were adopted."""
    found = read_stream(connection, register.STREAM)
    is_restored = bool(register.read(connection).restored)
    if not found.entries and is_restored and not ledger.lacks_the_first(connection):
        return  # of an older release: who adopts it begins it
    seen[found.stream] = len(found.entries)
    for problem in found.problems:
        yield found.stream, problem
    if found.state and found.state.facts != register.facts(connection):
        yield found.stream, say("its policies or its installation are not those that were adopted")


def beyond_agreements(connection: Transaction, now: datetime, seen: Seen) -> Iterator[Finding]:
    """Yield what is wrong with offices, the register itself and mail, and with what guards them.

    Some of it no chain shows: only somebody who writes the database can have done that.
    """
    yield from _of_offices(connection, seen)
    yield from _of_register(connection, seen)
    for stream, row in ledger.privates(connection):
        if token_for(row.salt, row.value) != row.token:
            yield _named(stream), say("a private value is not the one that was sealed")
    for name in schema.strange_triggers(connection):
        yield "database", say("a trigger is gone, changed or not looptijd's own: {name}", name=name)
    for stream in ledger.misplaced(connection):
        yield _named(stream), say("a private value stands here, and no event of it does")
    latest = policy_of(connection).next_alert_time(now) + LONGEST_WAIT
    for number in queries.never_tried(connection, latest):
        yield f"mail:{number}", say("it would not be tried when it should be")
    for number in queries.misnamed(connection, register.read(connection)):
        yield f"mail:{number}", say("it is not for whom, or about what, it was queued")


def _named(stream: str) -> str:
    """Return a stream as it is named to who reads: that of an agreement by its reference."""
    kind, ref = owner_of(stream)
    return ref if kind == AGREEMENT else stream
