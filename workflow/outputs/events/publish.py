"""Publishing: every event of the ledger goes to the file that others follow, after its commit."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from workflow.app.app import App, is_held
from workflow.engine.ledger import LedgerEntry
from workflow.outputs.events.cloud_event import line_of
from workflow.outputs.events.file import EventsFile, Place, Writer
from workflow.store import seals
from workflow.store.database import Transaction
from workflow.system.files import not_written

AT_ONCE = 1000
NOT_OURS = frozenset({"restored", "installation"})  # a copy never writes in the original's file


def publish(app: App) -> int:
    """Write what was committed since the last time; return how many events that were.

    Events are written in the order of their numbers, none before all with a lower number are
    committed. Two daemons may share a file: one of them writes, the other leaves it at that.
    """
    events = events_file(app)
    if events is None:
        return 0
    with app.reading() as connection:
        ours = is_held(connection, app) not in NOT_OURS
        through = seals.settled_through(connection) if ours else None
    if through is None:
        return 0  # not ours; or somebody writes: at the next tick
    try:
        with events.alone() as writer:
            return _write(app, events, writer, through) if writer else 0
    except OSError as error:
        raise not_written(events.path, error) from error


def events_file(app: App) -> EventsFile | None:
    """Return the file that others follow, or None when none is configured."""
    name = app.settings.events.file
    return EventsFile(app.configuration.path(name)) if name else None


def _write(app: App, events: EventsFile, writer: Writer, through: int) -> int:
    source, written = app.settings.events.source, 0
    with app.reading() as connection:
        after = _begin(connection, events)
        waiting = seals.in_order(connection, after, through)
        while some := list(islice(waiting, AT_ONCE)):
            number, last = some[-1]
            lines = [line_of(number, entry, source) for number, entry in some]
            writer.append(lines, Place(number, last.hash))
            written += len(some)
    return written


def _begin(connection: Transaction, events: EventsFile) -> int:
    """Return the number after which to go on: that of the last event in the file that we have.

    A register that was put back lacks the last ones in the file. They did happen, and stay in it;
    what follows is what happened since.
    """
    place = events.place()
    if place is None or _is_here(connection, place):
        return place.number if place else 0
    shared = next((item for item in events.places() if _is_here(connection, item)), None)
    if shared is None:
        raise events.not_ours()
    return shared.number


def _is_here(connection: Transaction, place: Place) -> bool:
    found = _next(connection, place.number - 1, place.number)
    return found is not None and found.hash == place.id


def _next(connection: Transaction, after: int, through: int) -> LedgerEntry | None:
    found: Iterator[tuple[int, LedgerEntry]] = seals.in_order(connection, after, through)
    return next((entry for _, entry in found), None)


def waits_since(connection: Transaction, events: EventsFile, through: int) -> datetime | None:
    """Return when the first event was recorded that is not in the file yet, or None."""
    place = events.place()
    waiting = _next(connection, place.number if place else 0, through)
    return waiting.at if waiting else None
