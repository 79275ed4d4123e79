"""The file that other systems follow: a line an event, each once and in order, whatever is killed.

1. One process at a time writes: it holds a lock on a file beside it.
2. The last whole line says how far the file has come. What stands after it is a line that was torn
   when its writer was killed, and is cut off.
3. Lines are on the disk before the mark beside the file says so. The mark only counts when there
   are no lines: after an administrator moved the file away, a new one goes on where it ended.
"""

import fcntl
import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from msgspec import Struct

from notifications.folder import give_to_owner, make_folder
from states.model.events import Event
from states.model.phrase import Refusal, say
from workflow.app.app import OF_A_COPY, App, why_held
from workflow.engine.ledger import LedgerEntry, decode, owner_of
from workflow.store import seals
from workflow.store.database import Transaction
from workflow.system.files import not_written, put, refuse_what_is_no_file

BLOCK = 65_536
OWN, GROUP_READS = 0o600, 0o040
AT_ONCE = 1000
PARTY = re.compile(r"\b(party[./])[a-z0-9_-]+")
BEGIN = b'{"specversion":"1.0"'  # of each line
NOT_WRITTEN = b"\0"  # what a power cut may leave
CONTENT_TYPE = "application/json"
WIDTH = 12  # digits: as text, sequences sort in their own order


class Position(Struct, frozen=True):
    """How far a file has come: the number of the last event in it, and its id."""

    number: int
    id: str


class EventsFile:
    """A file of events with its lock and its mark; what cannot be read or written is an OSError."""

    def __init__(self, path: Path) -> None:
        """Prepare; nothing is made yet."""
        self.path = path
        self._mark, self._lock = (path.with_name(f"{path.name}{end}") for end in (".mark", ".lock"))

    def place(self) -> Position | None:
        """Return how far it has come, without changing anything; None when nothing was written."""
        with suppress(FileNotFoundError):
            if last := next(self.places(), None):
                return last
        with suppress(FileNotFoundError):
            return self._read(self._mark.read_bytes())
        return None

    @contextmanager
    def alone(self) -> Iterator[BinaryIO | None]:
        """Open it for the only writer; None while another process writes.

        What was opened stays so, also when the file is moved meanwhile. A link is not followed:
        root may be who writes, and the folder another's.
        """
        make_folder(self.path.parent)
        for each in (self.path, self._lock, self._mark):
            refuse_what_is_no_file(each)
        with self._lock.open("ab") as held:
            give_to_owner(held.fileno(), self.path.parent)
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield None
                return
            with _opened(self.path) as file:
                yield file

    def places(self) -> Iterator[Position]:
        """Yield the place after each event in it, the last first."""
        refuse_what_is_no_file(self.path)  # a pipe would keep us waiting
        with self.path.open("rb") as file:
            end = _whole(file)
            while end:
                start = _after_newline(file, end - 1)
                file.seek(start)
                yield self._read(file.read(end - start))
                end = start

    def _read(self, line: bytes) -> Position:
        try:
            parts = json.loads(line)
            return Position(int(parts["sequence"]), str(parts["id"]))
        except (ValueError, KeyError, TypeError) as error:
            raise self.not_ours() from error

    def cut_off(self, file: BinaryIO) -> None:
        """Cut off a line of ours that was torn; what is no line of ours is refused."""
        end = _whole(file)
        file.seek(end)
        if not BEGIN.startswith(file.read(len(BEGIN)).rstrip(NOT_WRITTEN)):
            raise self.not_ours()
        file.truncate(end)

    def not_written(self, error: OSError) -> Refusal:
        """Return the refusal that names which of the three it is; a draft is none of them."""
        beside = (each for each in (self._mark, self._lock) if str(each) == error.filename)
        return not_written(next(beside, self.path), error)

    def not_ours(self) -> Refusal:
        """Return the refusal of a file that cannot be gone on with."""
        return Refusal(
            say(
                "{file} does not end with an event of this register. Move it away, with {mark}: a"
                " new file begins with the first event.",
                file=str(self.path),
                mark=self._mark.name,
            )
        )

    def append(self, file: BinaryIO, lines: Sequence[bytes], place: Position) -> None:
        """Write whole lines to the disk, the last of them at this place, and then the mark."""
        file.write(b"".join(lines))
        file.flush()
        os.fsync(file.fileno())
        self.keep(place)

    def keep(self, place: Position) -> None:
        """Let the mark say so where it does not yet: a kill, or a full disk, comes between them."""
        text = json.dumps({"sequence": place.number, "id": place.id})
        mark = f"{text}\n".encode()
        with suppress(FileNotFoundError):
            if self._mark.read_bytes() == mark:
                return
        put(self._mark, mark, prepare=partial(give_to_owner, folder=self.path.parent))


def _opened(path: Path) -> BinaryIO:
    """Open the file to append; the group may read a new one where it may read the folder.

    So who follows it in another account needs one folder only, whatever the umask of the daemon.
    """
    is_new = not path.exists()
    file = path.open("a+b")
    if is_new:
        os.fchmod(file.fileno(), OWN | path.parent.stat().st_mode & GROUP_READS)
        give_to_owner(file.fileno(), path.parent)
    return file


def _whole(file: BinaryIO) -> int:
    """Return where the last whole line ends."""
    return _after_newline(file, file.seek(0, os.SEEK_END))


def _after_newline(file: BinaryIO, end: int) -> int:
    """Return the place after the last line's end before `end`, or 0."""
    while end > 0:
        start = max(0, end - BLOCK)
        file.seek(start)
        found = file.read(end - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


# Publishing: every event of the ledger goes to the file, after its commit ------------------------


def publish(app: App) -> int:
    """Write what was committed since the last time; return how many events that were.

    Events are written in the order of their numbers, none before all with a lower number are
    committed. Two daemons may share a file: one of them writes, the other leaves it at that.
    """
    events = events_file(app)
    if events is None:
        return 0
    with app.reading() as connection:
        ours = why_held(connection, app) not in OF_A_COPY
        through = seals.settled_through(connection) if ours else None
    if through is None:
        return 0  # not ours; or somebody writes: at the next tick
    try:
        with events.alone() as file:
            return _write(app, events, file, through) if file else 0
    except OSError as error:
        raise events.not_written(error) from error


def events_file(app: App) -> EventsFile | None:
    """Return the file that others follow, or None when none is configured."""
    name = app.settings.events.file
    return EventsFile(app.configuration.path(name)) if name else None


def _write(app: App, events: EventsFile, file: BinaryIO, through: int) -> int:
    source, written = app.settings.events.source, 0
    with app.reading() as connection:
        place = events.place()
        after = _begin(connection, events, place)
        events.cut_off(file)
        if place:
            events.keep(place)
        waiting = seals.in_order(connection, after, through)
        while some := list(islice(waiting, AT_ONCE)):
            number, last = some[-1]
            lines = [_line(number, entry, source) for number, entry in some]
            events.append(file, lines, Position(number, last.hash))
            written += len(some)
    return written


def _begin(connection: Transaction, events: EventsFile, place: Position | None) -> int:
    """Return the number after which to go on: that of the last event in the file that we have.

    A register that was put back lacks the last ones in the file. They did happen, and stay in it;
    what follows is what happened since.
    """
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
    kind, name = owner_of(entry.stream)
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
        "undoes": event.undoes,
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
