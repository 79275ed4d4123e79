"""The state folder: how far the register had come, kept outside of the database.

A backup that is put back cannot know what happened after it: the folder does. It holds a file a
register with the number of its last event and the instant of the last mail that was handed over,
and one with the tokens of who was erased. Number and instant only rise, and are written after the
commit; when the database has less, it was restored. Who adopts a restored register begins anew: the
number of adoptions counts before all else.
"""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime
from functools import partial
from glob import escape
from pathlib import Path
from tempfile import TemporaryFile
from typing import Annotated
from urllib.parse import quote

from msgspec import Meta, Struct, convert

from notifications.folder import give_to_owner, make_folder
from workflow.system.files import locked, nearest, put

LONGEST_NAME, LONGEST_MARK = 100, 4096
NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # has a local time in every zone


class Mark(Struct, frozen=True, kw_only=True):
    """How far a register has come: its last event's number, and when mail was last handed over."""

    register: str
    events: int
    handed_at: Annotated[datetime, Meta(tz=True)]
    adoptions: int

    def is_ahead_of(self, other: "Mark") -> bool:
        """Tell whether something happened that the other does not know of."""
        if self.adoptions != other.adoptions:
            return self.adoptions > other.adoptions
        return self.events > other.events or self.handed_at > other.handed_at


class StateFolder:
    """A folder for its owner only (0700); what cannot be read or written raises OSError."""

    def __init__(self, path: Path, installation: str) -> None:
        """Prepare; nothing is made yet. A copy under another installation has a mark of its own."""
        self.path = path
        self.installation = quote(installation, safe="")[:LONGEST_NAME]

    def mark(self, register: str) -> Mark | None:
        """Return how far a register had come, or None when nothing is known of it here.

        A damaged mark is as good as none, and written anew.
        """
        try:
            kept = json.loads(self._file(register).read_bytes())
            return convert({**kept, "register": register}, Mark)
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def known(self) -> Iterator[tuple[Path, Mark]]:
        """Yield how far each register of this installation had come, with the file that says so."""
        for file in sorted(self.path.glob(f"looptijd-{'?' * 36}-{escape(self.installation)}.json")):
            register = file.name.removeprefix("looptijd-")[:36]
            if mark := self.mark(register):
                yield file, mark

    def raise_to(self, mark: Mark) -> None:
        """Keep a mark; what is kept never falls."""
        with self._locked():
            known = None
            with suppress(PermissionError):  # a file in our folder that is not ours is replaced
                known = self.mark(mark.register)
            if known is None or mark.is_ahead_of(known):
                self._write(mark, known or mark)

    def is_usable(self, register: str) -> bool:
        """Tell whether who asks may write here and read what is kept; makes nothing."""
        mark = self._file(register)
        readable = not os.path.lexists(mark) or os.access(mark, os.R_OK)
        return readable and os.access(nearest(self.path), os.W_OK | os.X_OK)

    def try_out(self) -> None:
        """Write something that nobody sees, to be sure that a mark could be; makes the folder."""
        with self._locked(), TemporaryFile(dir=self.path) as file:
            file.write(bytes(LONGEST_MARK))
            file.flush()

    # What was erased -----------------------------------------------------------------------------

    def note_erased(self, register: str, tokens: Sequence[str]) -> None:
        """Keep the tokens of names and addresses that were erased: a backup forgets them too.

        A link is not followed: root may be who erases, and the folder another's.
        """
        if tokens:
            how = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
            with (
                self._locked(),
                os.fdopen(os.open(self._erased(register), how, 0o600), "a") as file,
            ):
                os.fchmod(file.fileno(), 0o600)
                give_to_owner(file.fileno(), self.path)
                file.writelines(f"\n{token}\n" for token in tokens)  # the last line may be torn
                file.flush()
                os.fsync(file.fileno())

    def erased(self, register: str) -> list[str]:
        """Return the tokens that were ever erased; what is damaged between them hides no other."""
        try:
            return self._erased(register).read_text(encoding="ascii", errors="replace").split()
        except FileNotFoundError:
            return []

    # The files -----------------------------------------------------------------------------------

    def _file(self, register: str) -> Path:
        return self.path / f"looptijd-{register}-{self.installation}.json"

    def _erased(self, register: str) -> Path:
        return self.path / f"looptijd-{register}.erased"

    def _write(self, mark: Mark, known: Mark) -> None:
        """Replace the file as a whole; what a power cut may lose is younger than the database.

        Whoever may enter the folder may read it: operators who share it have to know of a backup
        what the daemon knows, and it names nobody.
        """
        both = (mark, known) if mark.adoptions == known.adoptions else (mark,)
        kept = {
            "adoptions": mark.adoptions,
            "events": max(each.events for each in both),
            "handed_at": max(each.handed_at for each in both).isoformat(),
        }
        put(
            self._file(mark.register),
            json.dumps(kept).encode(),
            mode=0o644,
            synced=False,
            prepare=partial(give_to_owner, folder=self.path),
        )

    def _locked(self) -> AbstractContextManager[None]:
        """Let one process at a time write; makes the folder."""
        make_folder(self.path)
        return locked(self.path)
