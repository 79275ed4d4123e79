"""Sealing each day that has closed, and finding the day whose events are not those it sealed."""

from collections.abc import Iterator
from datetime import date, timedelta

from states.model.arithmetic import DAY
from states.model.phrase import Phrase, say
from workflow.app.app import App, policy_of
from workflow.engine.day_seals import OPEN, Seal, SealedHash
from workflow.store import register, seals
from workflow.store.database import Transaction

SET_BACK = timedelta(days=2)


def seal_closed_day(app: App) -> Seal | None:
    """Seal every event so far when the day has changed since the last seal; None when it has not.

    What is sealed is read without a lock: events through a settled number never change. Of two
    daemons that seal the same day one comes first, and the other leaves it at that.
    """
    now = app.clock.now()
    with app.reading() as connection:
        yesterday = policy_of(connection).day_of(now) - DAY
        through = seals.settled_through(connection) if _is_due(connection, yesterday) else None
    if through is None:
        return None  # not yet; or somebody writes: at the next tick
    with app.reading() as connection:
        previous = seals.last(connection)
        digest = SealedHash().add(seals.in_order(connection, previous.through, through))
    seal = digest.sealed(previous, day=yesterday, at=now, through=through)
    with app.writing() as connection:
        register.lock(connection)
        if seals.last(connection).id != previous.id:
            return None
        seals.add(connection, seal)
    return seal


def _is_due(connection: Transaction, yesterday: date) -> bool:
    """Tell whether yesterday still has to be sealed; a register that was made today has none.

    A last seal in the future was made under a clock that has been set back since: sealing goes on.
    """
    last = seals.last(connection)
    if last is OPEN:
        made = register.read(connection).created_at
        return policy_of(connection).day_of(made) <= yesterday
    return last.day < yesterday or last.day > yesterday + SET_BACK


# Checking ----------------------------------------------------------------------------------------


def broken_seals(connection: Transaction) -> Iterator[tuple[str, Phrase]]:
    """Yield each seal that does not follow from its events and the seal before it, by its day."""
    previous = OPEN
    for seal in seals.every(connection):
        if _again(connection, previous, seal) != seal:
            yield f"seal:{seal.day}", say("its events are not those that were sealed")
        previous = seal


def _again(connection: Transaction, previous: Seal, seal: Seal) -> Seal:
    """Return the seal as the events that it covers make it now."""
    events = seals.in_order(connection, previous.through, seal.through)
    return SealedHash().add(events).sealed(previous, day=seal.day, at=seal.at, through=seal.through)


def made_again(connection: Transaction) -> Iterator[Seal]:
    """Yield each seal as the whole ledger makes it now, in one scan from the beginning.

    No stored hash is believed: whoever rewrites the ledger rewrites the seals as well.
    """
    computed = OPEN
    for seal in seals.every(connection):
        computed = _again(connection, computed, seal)
        yield computed
