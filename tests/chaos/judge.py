"""The judge: what must hold after each kill, and what must be there in the end."""

import json
import re
import time
from collections import Counter
from collections.abc import Callable

from sqlalchemy import select

from tests.audits import exported, judged
from tests.chaos.world import Truth, reason_of_row, steps_of
from tests.databases import BESIDE
from tests.smtp_sink import Mail, Sink
from tests.store import MESSAGE
from tests.town import Town

PATIENCE = 30
UNKNOWN = "shown as unknown, never sent"  # after two doubts


class Judge:
    """Holds the database against the relay; every message that it raises names what is wrong."""

    def __init__(self, town: Town, relay: Sink) -> None:
        self.town, self.relay = town, relay
        self.seen = 0
        self.fired: dict[tuple[str, str], int] = {}
        self.handed: Counter[str] = Counter()
        self.gaps: Counter[str] = Counter()
        """How often a process ended after the relay had accepted, and before that was written."""
        self.doubts: Counter[str] = Counter()
        """How often a process ended after it had committed that the body goes out."""

    @property
    def figures(self) -> Counter[str]:
        """Return what a table tells of a series."""
        visible = sum(times > 1 and name not in self.handed for name, times in self.doubts.items())
        return Counter(
            {
                "fired": len(self.fired),
                "mails": len(self.handed),
                "in the gap": self.gaps.total(),
                "copies": self.copies,
                UNKNOWN: visible,
            }
        )

    @property
    def copies(self) -> int:
        """How many second copies the relay got."""
        return self.handed.total() - len(self.handed)

    def after_a_kill(self) -> None:
        """Wait until the dead are gone; then nothing is fired twice, and no mail without a gap."""
        self._wait_for_silence()
        self._each_step_once()
        self._each_mail_once()
        self._find_doubts()
        if self.town.app.database.is_sqlite:
            assert self.town.scalar("PRAGMA quick_check") == "ok"

    def in_the_end(self, truth: Truth) -> None:
        """Hold everything against what a run that nobody attacked came to."""
        self.after_a_kill()
        assert steps_of(self.town) == truth.steps
        fired = {(f"agreement:{ref}", step) for ref, step, how in truth.steps if how == "fired"}
        assert set(self.fired) == fired
        self._everybody_got_theirs(truth)
        problems = self.town.problems()
        assert not problems, problems
        assert judged(exported(self.town)) == (0, [])
        if self.town.app.database.is_sqlite:
            assert self.town.scalar("PRAGMA integrity_check") == "ok"

    def _everybody_got_theirs(self, truth: Truth) -> None:
        """Each mail came to its reader, or is shown as unknown after two doubts; no other came."""
        shown = reason_of_row(self.town)
        for mail in self.relay.mails:
            assert mail.rcpt_tos == [truth.mails[shown[name_of(mail)]]], "to another reader"
        name_by_told = {what: name for name, what in shown.items()}
        for name in {name_by_told[what] for what in truth.mails} - set(self.handed):
            assert self.doubts[name] > 1, f"{name} is lost"
            assert self._status(name) == ("unknown", None), f"{name} is lost and nobody sees it"

    # What is looked at ---------------------------------------------------------------------------

    def _wait_for_silence(self) -> None:
        """Wait until the relay and the database have seen that the dead have hung up."""
        until(lambda: not self.relay.connected)
        if not self.town.app.database.is_sqlite:
            others = (
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
                " AND application_name <> :beside"
            )
            until(lambda: not self.town.scalar(others, beside=BESIDE))

    def _each_step_once(self) -> None:
        rows = self.town.query(
            "SELECT stream, seq, payload FROM event WHERE payload LIKE '%\"occurrence\":%'"
        )
        for stream, seq, payload in rows:
            step = (stream, json.loads(payload)["occurrence"])
            assert self.fired.setdefault(step, seq) == seq, f"{step} fired twice"

    def _each_mail_once(self) -> None:
        fresh = [name_of(mail) for mail in self.relay.mails[self.seen :]]
        self.seen += len(fresh)
        for name in fresh:
            self.handed[name] += 1
            assert self.handed[name] <= 1 + self.gaps[name], f"{name} came twice, and in no gap"
        for name, status, in_doubt in self._rows(fresh):
            if (status, in_doubt) == ("sending", True):
                self.gaps[name] += 1
            else:
                assert status == "accepted", f"the relay has {name}, and the outbox says {status}"

    def _rows(self, names: list[str]) -> list[tuple[str, str, bool]]:
        columns = MESSAGE.c.message_id, MESSAGE.c.status, MESSAGE.c.in_doubt
        with self.town.app.database.read() as connection:
            rows = connection.execute(select(*columns).where(MESSAGE.c.message_id.in_(names)))
            return [tuple(row) for row in rows]

    def _find_doubts(self) -> None:
        query = "SELECT message_id FROM message WHERE status = 'sending' AND in_doubt"
        self.doubts.update(row.message_id for row in self.town.query(query))

    def _status(self, name: str) -> tuple[str, object]:
        query = "SELECT status, next_attempt_at FROM message WHERE message_id = :name"
        ((status, next_attempt_at),) = self.town.query(query, name=name)
        return status, next_attempt_at


def name_of(mail: Mail) -> str:
    """Return the Message-ID of a mail as the relay got it."""
    found = re.search(rb"^Message-ID: (<[^>]+>)", mail.content, re.MULTILINE | re.IGNORECASE)
    assert found
    return found[1].decode()


def until(condition: Callable[[], bool]) -> None:
    """Wait until something is true of other processes."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.002)
