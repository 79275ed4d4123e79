"""What is left of a register when its process is gone: the files, and what the relay has.

Two of these with the same `key` have the same future: what the key leaves out is read by nobody
again (when a mail was settled, by which lease), or only rises, or is a number drawn by chance.
"""

import json
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from tests.chaos.judge import name_of
from tests.smtp_sink import Mail

DATABASE = "looptijd.db"
LOG = f"{DATABASE}-wal"
SHARED_MEMORY = f"{DATABASE}-shm"
EVENTS = "events.jsonl"
BY_CHANCE = re.compile(r"[0-9a-f]{16,}")
STEPS = "SELECT a.ref, o.name, o.status FROM occurrence o JOIN agreement a ON a.id = o.agreement_id"
ASKED = (
    "SELECT uid, installation, clock_held, restored, adoptions FROM register",
    "SELECT count(*), max(id) FROM policy",
    "SELECT id, ref, stage, ending, seq, next_alert_at, failures, last_error FROM agreement",
    "SELECT agreement_id, facts, plan FROM facts",
    "SELECT stream, seq, at, payload FROM event ORDER BY stream, seq",
    "SELECT day, through, events FROM seal",
    "SELECT * FROM occurrence ORDER BY agreement_id, name",
    "SELECT stream, value FROM private ORDER BY stream, value",
    "SELECT key, seq, facts FROM office",
    "SELECT id, message_id, status, address, merged_into, created_at, next_attempt_at FROM message",
    """SELECT id, attempts, in_doubt, doubts, content IS NULL, last_error FROM message
        WHERE next_attempt_at IS NOT NULL OR status = 'sending'""",
)
# How far the state folder and the file of events are behind the database.
HANDED = "SELECT max(handed_at) FROM message"
NUMBERED = "SELECT coalesce(max(number), 0) FROM event"

Handed = tuple[str, str, str]
"""A mail that the relay has: its Message-ID, its reader and its bytes, as a hash."""


def handed(mail: Mail) -> Handed:
    """Return what is remembered of a mail."""
    return name_of(mail), ",".join(mail.rcpt_tos), sha256(mail.content).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Remains:
    """Files by their names, the mail that the relay has, and when it is."""

    moment: datetime
    files: dict[str, bytes]
    relay: tuple[Handed, ...]
    key: str

    def put_back(self, folder: Path) -> None:
        """Let the folder hold these files and no others; a file that stays keeps its inode."""
        for path in files_of(folder):
            if str(path.relative_to(folder)) not in self.files:
                path.unlink()
        (folder / SHARED_MEMORY).unlink(missing_ok=True)
        for name, content in self.files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(content)


def files_of(folder: Path) -> Iterator[Path]:
    """Yield the files that outlive a process."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != SHARED_MEMORY and path.parent.name != "audit":
            yield path


class Looker:
    """Looks at a register from beside its process, as it would be found if that died now."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._database: sqlite3.Connection | None = None
        self._version: object = None
        self._told = ""

    def look(self, moment: datetime, relay: tuple[Handed, ...]) -> str:
        """Return the key of what there is."""
        behind = [self._mark(), *self._events(), *self._kept()]
        mails = sorted({(name, to) for name, to, _ in relay})
        whole = json.dumps([str(moment), self._rows(), behind, mails])
        return sha256(whole.encode()).hexdigest()

    def sees_a_commit(self) -> bool:
        """Tell whether somebody has committed since it was looked."""
        return self.ask("PRAGMA data_version") != [(self._version,)]

    def take(self, moment: datetime, relay: tuple[Handed, ...], key: str) -> Remains:
        """Return what there is."""
        files = {str(p.relative_to(self.folder)): p.read_bytes() for p in files_of(self.folder)}
        return Remains(moment=moment, files=files, relay=relay, key=key)

    def close(self) -> None:
        """Look no more; what is put back is looked at anew."""
        if self._database:
            self._database.close()
        self._database = self._version = None

    def ask(self, statement: str) -> list[tuple[object, ...]]:
        """Return the rows of a question."""
        if self._database is None:
            self._database = sqlite3.connect(
                self.folder / DATABASE, check_same_thread=False, isolation_level=None
            )
        return self._database.execute(statement).fetchall()

    def _rows(self) -> str:
        """Return what the database has; asked again only when somebody has committed."""
        ((version,),) = self.ask("PRAGMA data_version")
        if version != self._version:
            told = json.dumps([self.ask(statement) for statement in ASKED], default=str)
            self._told = sha256(BY_CHANCE.sub("#", told).encode()).hexdigest()
            self._version = version
        return self._told

    def _mark(self) -> object:
        """Return whether the state folder knows as much as the database."""
        ((handed_at,),), ((number,),) = self.ask(HANDED), self.ask(NUMBERED)
        for path in self.folder.glob("looptijd-*.json"):
            known = json.loads(path.read_bytes())
            same = str(handed_at)[:19] == known["handed_at"][:19].replace("T", " ")
            return known["events"] - int(str(number)), same or not handed_at
        return None

    def _events(self) -> Iterator[object]:
        """Yield how far the file of events is, whether its last line is torn, and its mark."""
        file, mark = self.folder / EVENTS, self.folder / f"{EVENTS}.mark"
        content = file.read_bytes() if file.exists() else b""
        *lines, rest = content.split(b"\n")
        yield BY_CHANCE.sub("#", lines[-1].decode()) if lines else None
        yield bool(rest)
        yield BY_CHANCE.sub("#", mark.read_text()) if mark.exists() else None

    def _kept(self) -> Iterator[str]:
        """Yield the mails that a directory holds."""
        yield from sorted(path.name for path in (self.folder / "mail").glob("*.eml"))
