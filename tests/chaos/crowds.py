"""Several daemons that watch one register, each a process, and what all of them wrote."""

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from tests.agreements import at
from tests.chaos.homes import FileClock, Home, mail_to
from tests.chaos.judge import Judge
from tests.chaos.victims import Faults, born, ended, watch
from tests.smtp_sink import Script, Sink, sink
from tests.store import anything_due
from tests.town import OFFICES, Town, a_town, running, visiting

BEFORE, ALERT = "2018-06-29 07:59", "2018-06-29 08:00"
STEP = "evaluation:final:2018-09-30:-P3M"
PATIENCE = 900
REST = 0.5  # seconds: ten looks of a daemon
LONG_REST = 4.0  # while a mail is in doubt: a busy machine may be about to write what came of it


@dataclass
class Crowd:
    """A register on which everything falls due at once, its relay, and who watches it."""

    town: Town
    home: Home
    clock: FileClock
    relay: Sink
    daemons: list[BaseProcess]

    def due_now(self) -> float:
        """Let everything fall due; return the seconds until all of it has fired."""
        began = time.monotonic()
        self.move(ALERT)
        self.wait(lambda: not self._anything_due() or self._has_complained())
        return time.monotonic() - began

    def move(self, when: str) -> None:
        """Let it be a local time, for every process."""
        self.town.clock.moment = at(when)
        self.clock.move(at(when))

    def all_mailed(self) -> None:
        """Wait until no mail is left to look at, or until a daemon complains."""
        self.wait(lambda: not self.mails_left() or self._has_complained())

    def mails_left(self) -> int:
        """Return how many mails somebody has to look at again."""
        left: int = self.town.scalar("SELECT count(next_attempt_at) FROM message")
        return left

    def heal(self) -> None:
        """Let hours pass until no mail is left: a lease ends, and a doubt is tried once more."""
        for hour in range(10, 24):
            self._wait_for_rest()
            if not self.mails_left():
                return
            self.move(f"2018-06-29 {hour:02}:00")
        raise AssertionError(
            "mail is left: " + str(self.town.mails("status, next_attempt_at, last_error"))
        )

    def survives(self, due: int) -> None:
        """Let everything heal, stop, and judge."""
        self.heal()
        self.stop()
        judge(self, due)

    def _wait_for_rest(self) -> None:
        """Wait until nobody has done anything for a while, and no mail is under way.

        A lease lasts longer than any mail can take; a clock that we moved meanwhile would end it.
        """
        state: object = None
        while state != (state := self._state()):
            self.wait(lambda: not self._anything_due() and not self.relay.connected)
            time.sleep(LONG_REST if self.town.mails("id", where="in_doubt") else REST)

    def _state(self) -> object:
        return len(self.relay.mails), self.town.mails("id, status, next_attempt_at")

    def wait(self, condition: Callable[[], bool]) -> None:
        """Wait until something is true, while nobody dies."""
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end, "it did not happen in time"
            assert all(daemon.is_alive() for daemon in self.daemons), "a daemon died"
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop the daemons as systemd does; each ends well."""
        for daemon in self.daemons:
            assert daemon.pid
            os.kill(daemon.pid, signal.SIGTERM)
        while self.daemons:
            assert ended(self.daemons.pop()) == 0

    def log(self) -> list[dict[str, Any]]:
        """Return what all daemons wrote."""
        lines = [line for log in self._logs() for line in log.read_text().splitlines()]
        return [json.loads(line) for line in lines]

    def errors(self) -> list[dict[str, Any]]:
        """Return what daemons complained about."""
        return [line for line in self.log() if line["level"] not in {"info", "debug"}]

    def _has_complained(self) -> bool:
        return any('"level": "error"' in log.read_text() for log in self._logs())

    def _logs(self) -> list[Path]:
        return sorted(self.home.folder.glob("daemon-*.log"))

    def _anything_due(self) -> bool:
        with self.town.app.reading() as connection:
            return anything_due(connection, self.town.clock.now())


@contextmanager
def a_crowd(
    url: str,
    folder: Path,
    daemons: int,
    due: int,
    faults: Faults | None = None,
    *,
    script: Script | None = None,
) -> Iterator[Crowd]:
    """Give daemons that watch a register on which as many steps will fall due at once."""
    clock = FileClock(folder / "clock")
    with sink(script) as relay:
        town = a_town(url, folder, "2018-06-01 10:00", mail=mail_to(relay.port))
        contents = "".join(running(f"R-{number:05}") for number in range(due))
        town.register(OFFICES, contents, history=True).one_pass()
        home = Home(url=url, folder=folder, clock=clock, port=relay.port)
        crowd = Crowd(town, home, clock, relay, [])
        with visiting(town):
            crowd.move(BEFORE)
            town.one_pass()
            names = [f"daemon-{number}" for number in range(daemons)]
            crowd.daemons += [born(watch, replace(home, name=name), faults) for name in names]
            try:
                crowd.wait(
                    lambda: (
                        town.scalar("SELECT count(*) FROM heartbeat WHERE daemon NOT LIKE '@%'")
                        == daemons
                    )
                )
                yield crowd
            finally:
                for daemon in crowd.daemons:
                    daemon.kill()


def judge(crowd: Crowd, due: int, *, mailed: bool = True) -> None:
    """Each step was recorded once, and each mail was handed over once; nothing is missing.

    Also after faults: a copy is for processes that ended between the dot and the outcome, and
    these lived.
    """
    judge = Judge(crowd.town, crowd.relay)
    judge.after_a_kill()
    steps = Counter(step for _, step in judge.fired)
    assert steps == Counter({STEP: due}), steps
    assert judge.copies == 0, f"{judge.copies} copies"
    assert not mailed or len(judge.handed) == due, len(judge.handed)
    assert crowd.town.problems() == [], crowd.town.problems()
