"""Publishing: every event of the ledger goes to the file that others follow, after its commit."""

import json
import re
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from states.model.events import Event
from workflow.app.app import App, is_held
from workflow.engine.ledger import LedgerEntry, decode
from workflow.outputs.events.file import EventsFile, Position, Writer
from workflow.store import seals
from workflow.store.database import Transaction
from workflow.system.files import not_written

AT_ONCE = 1000
PARTY = re.compile(r"\b(party[./])[a-z0-9_-]+")
CONTENT_TYPE = "application/json"
WIDTH = 12  # digits: as text, sequences sort in their own order
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
            lines = [_line(number, entry, source) for number, entry in some]
            writer.append(lines, Position(number, last.hash))
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


def _is_here(connection: Transaction, place: Position) -> bool:
    found = _next(connection, place.number - 1, place.number)
    return found is not None and found.hash == place.id


def _next(connection: Transaction, after: int, through: int) -> LedgerEntry | None:
    return next((entry for _, entry in seals.in_order(connection, after, through)), None)


def waits_since(connection: Transaction, events: EventsFile, through: int) -> datetime | None:
    """Return when the first event was recorded that is not in the file yet, or None."""
    place = events.place()
    waiting = _next(connection, place.number if place else 0, through)
    return waiting.at if waiting else None


# An event as a line ------------------------------------------------------------------------------


def _line(number: int, entry: LedgerEntry, source: str) -> bytes:
    """Return the event as one line of JSON."""
    document = _cloud_event(number, entry, source)
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return f"{text}\n".encode()


def _cloud_event(number: int, entry: LedgerEntry, source: str) -> dict[str, Any]:
    """Return an event as a CloudEvent 1.0, after the Dutch government's profile of it (NL-GOV).

    It tells that something happened and to what, not what was entered: a file that others copy
    cannot be told to forget. So there is no actor, no reason and no value of a fact in it; who is
    allowed to know those asks `looptijd show` and `looptijd history`.

    The same event gives the same parts. `time` is the instant at which it was recorded. `id` is the
    event's hash in the ledger, and `sequence` its number in the register, which may skip some.
    """
    kind, _, name = entry.stream.partition(":")
    event = decode(entry.payload)
    return {
        "specversion": "1.0",
        "id": entry.hash,
        "source": source,
        "type": f"nl.looptijd.{kind}.{event.action}",
        "subject": name or kind,
        "time": event.at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "sequence": f"{number:0{WIDTH}}",
        "datacontenttype": CONTENT_TYPE,
        "data": _data(event),
    }


def _data(event: Event) -> dict[str, Any]:
    """Return what happened, in the names of `looptijd history --json`; nothing that is empty."""
    parts = {
        "seq": event.seq,
        "on": event.on and event.on.isoformat(),
        "from": event.stage_before,
        "to": event.stage,
        "outcome": event.ending,
        "changed": [change.field for change in event.changes],
        "occurrence": event.occurrence,
        "superseded": [*event.superseded, *event.waived],
        "reopened": event.reopened,
        "nominal_on": event.nominal_on and event.nominal_on.isoformat(),
        "caught_up": event.caught_up,
        "late_by": event.late_by,
    }
    return {name: _without_parties(part) for name, part in parts.items() if part}


def _without_parties(part: Any) -> Any:
    """Return a part with `*` for the key of a party, which names it, in paths and occurrences."""
    if isinstance(part, str):
        return PARTY.sub(r"\1*", part)
    return [_without_parties(item) for item in part] if isinstance(part, list | tuple) else part
