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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from notifications.folder import make_folder
from states.model.phrase import Refusal, say
from workflow.system.files import write_whole

BLOCK = 65_536
OWN, GROUP_READS = 0o600, 0o040


class NotOurs(Refusal):
    """The file holds something that no looptijd has written, or not of this register."""


@dataclass(frozen=True, slots=True)
class Position:
    """How far a file has come: the number of the last event in it, and its id."""

    number: int
    id: str


class EventsFile:
    """A file of events with its lock and its mark; what cannot be read or written is an OSError."""

    def __init__(self, path: Path) -> None:
        """Prepare; nothing is made yet."""
        self.path = path
        self._mark = path.with_name(f"{path.name}.mark")

    def place(self) -> Position | None:
        """Return how far it has come, without changing anything; None when nothing was written."""
        with suppress(FileNotFoundError), self.path.open("rb") as file:
            if end := _whole(file):
                return self._at(file, _after_newline(file, end - 1), end)
        with suppress(FileNotFoundError):
            return self._read(self._mark.read_bytes())
        return None

    @contextmanager
    def alone(self) -> "Iterator[Writer | None]":
        """Give the only writer, its torn line cut off; None while another process writes."""
        make_folder(self.path.parent)
        lock = self.path.with_name(f"{self.path.name}.lock")
        with lock.open("ab") as held:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield None
                return
            with _opened(self.path) as file:
                whole = _whole(file)
                file.truncate(whole)
                yield Writer(self, file)

    def places(self) -> Iterator[Position]:
        """Yield the place after each event in it, the last first."""
        with self.path.open("rb") as file:
            end = _whole(file)
            while end:
                start = _after_newline(file, end - 1)
                yield self._at(file, start, end)
                end = start

    def _at(self, file: BinaryIO, start: int, end: int) -> Position:
        file.seek(start)
        return self._read(file.read(end - start))

    def _read(self, line: bytes) -> Position:
        try:
            parts = json.loads(line)
            return Position(int(parts["sequence"]), str(parts["id"]))
        except (ValueError, KeyError, TypeError) as error:
            raise self.not_ours() from error

    def not_ours(self) -> NotOurs:
        """Return the refusal of a file that cannot be gone on with."""
        return NotOurs(
            say(
                "{file} does not end with an event of this register. Move it away, with {mark}: a"
                " new file begins with the first event.",
                file=str(self.path),
                mark=self._mark.name,
            )
        )

    def remember(self, place: Position) -> None:
        """Keep how far it has come beside the file."""
        text = json.dumps({"sequence": place.number, "id": place.id})
        write_whole(self._mark, f"{text}\n".encode())


class Writer:
    """Who appends to a file; the handle stays with it, also when it is moved meanwhile."""

    def __init__(self, events: EventsFile, file: BinaryIO) -> None:
        """Begin after the last whole line."""
        self._events, self._file = events, file

    def append(self, lines: Sequence[bytes], place: Position) -> None:
        """Write whole lines to the disk, the last of them at this place."""
        self._file.write(b"".join(lines))
        self._file.flush()
        os.fsync(self._file.fileno())
        self._events.remember(place)


def _opened(path: Path) -> BinaryIO:
    """Open the file to append; the group may read a new one where it may read the folder.

    So who follows it in another account needs one folder only, whatever the umask of the daemon.
    """
    is_new = not path.exists()
    file = path.open("a+b")
    if is_new:
        os.fchmod(file.fileno(), OWN | path.parent.stat().st_mode & GROUP_READS)
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
