"""Hands mail over by writing it into a folder: one .eml per accepted message, or nothing."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from msgspec import Struct

from notifications.folder import give_to_owner, make_folder, name_anew, sync
from notifications.transport import Outcome, Parcel, Verdict, Work

LONGEST_NAME = 200
"""Characters; file systems take 255 bytes."""


class DirectoryTransport(Struct, frozen=True):
    """Writes each mail into `folder`, which is made (0700) when it is missing.

    A file's name follows from the Message-ID alone: a mail that is handed over again after a crash
    stays one file. What the system refuses (disk full, read-only) counts as a relay that is away.
    """

    folder: Path

    def run(self, work: Work, stopping: Callable[[], bool]) -> None:
        """Lease, write and settle until `lease` returns None or `stopping` returns True."""
        while not stopping() and (parcel := work.lease()) is not None:
            outcome = self._deliver(parcel, work.mark_body_sent)
            if outcome is not None:
                work.settle(parcel, outcome)

    def _deliver(self, parcel: Parcel, mark_body_sent: Callable[[Parcel], bool]) -> Outcome | None:
        """Return what became of the parcel; None: its lease was lost and nothing was written."""
        with ExitStack() as held:
            try:
                draft = held.enter_context(self._draft(parcel.content))
            except OSError as error:
                return Outcome(Verdict.RELAY_AWAY, str(error))
            return self._publish(draft, parcel.message_id) if mark_body_sent(parcel) else None

    @contextmanager
    def _draft(self, content: bytes) -> Iterator[Path]:
        """Give a synced file (0600) that no reader takes for a mail; in the end it is gone."""
        make_folder(self.folder)
        descriptor, name = tempfile.mkstemp(dir=self.folder, prefix=".", suffix=".tmp")
        try:
            with os.fdopen(descriptor, "wb") as file:
                give_to_owner(descriptor, self.folder)
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            yield Path(name)
        finally:
            with suppress(OSError):
                Path(name).unlink()

    def _publish(self, draft: Path, message_id: str) -> Outcome:
        """Give the draft its name; a link never replaces a file, and is there whole or not."""
        name = file_name(message_id)
        try:
            # It is there already: handed over before a crash, under the same Message-ID.
            with suppress(FileExistsError):
                name_anew(draft, self.folder / name)
            sync(self.folder)
        except OSError as error:
            return Outcome(Verdict.RELAY_AWAY, str(error))
        return Outcome(Verdict.ACCEPTED, name)


def file_name(message_id: str) -> str:
    """Return the name of a Message-ID's file: another one for another id, and never a path."""
    name = quote(message_id.strip("<>"), safe="@+=")
    if len(name) > LONGEST_NAME:
        name = sha256(message_id.encode()).hexdigest()
    return f"{name}.eml"
