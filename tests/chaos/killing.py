"""A series of kills: day by day processes die at a point or at random, and others go on."""

import asyncio
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path

from msgspec.structs import replace

from tests.chaos.homes import Home, mail_to
from tests.chaos.judge import Judge
from tests.chaos.points import FIRING, INSIDE, LOST, PHASES, Tripwire
from tests.chaos.victims import born, ended, pass_once, watch
from tests.chaos.world import Truth, a_world
from tests.smtp_sink import Script, sink
from tests.store import anything_due, anything_waiting
from tests.town import Town, visiting
from workflow.agreements.tick import tick
from workflow.mail.delivery import Outbox, transport_of

AT_RANDOM = "at random"
LONGEST_LIFE = 0.4  # seconds: about what a pass takes that nobody disturbs
AN_HOUR = timedelta(hours=1)  # longer than a lease
HOW_MANY_PASS = range(3)
ONCE = (*INSIDE, "at QUIT")  # a pass comes there once, or as often as mails go together
HOURS_OF_ATTACK, HOURS_OF_REST = range(8), range(8, 13)


@dataclass
class Assassin:
    """Sits in the relay and kills who speaks to it, in one phase of SMTP."""

    point: str = ""
    passes: int = 0
    victim: BaseProcess | None = None

    def script(self) -> Script:
        """Return the relay's script."""
        return {phase: self._waiting_in(phase) for phase in PHASES.values()}

    def aim(self, point: str, passes: int) -> None:
        """Wait for the next process at a point, after some have passed it."""
        self.point, self.passes, self.victim = point, passes, None

    def _waiting_in(self, phase: str) -> Callable[[], Awaitable[str]]:
        async def step() -> str:
            if PHASES.get(self.point) == phase:
                self.passes -= 1
                if self.passes < 0:
                    return await self._kill()
            return ""

        return step

    async def _kill(self) -> str:
        while not self.victim:  # noqa: ASYNC110 - the other thread knows no loop
            await asyncio.sleep(0.001)
        kill(self.victim)
        return "451 4.3.0 Lost" if self.point == LOST else ""


def kill(victim: BaseProcess) -> None:
    """Kill a process, unless another connection of it has been its end already."""
    assert victim.pid
    with suppress(ProcessLookupError):
        os.kill(victim.pid, signal.SIGKILL)


@dataclass
class Series:
    """One register that lives through its time under attack."""

    town: Town
    home: Home
    assassin: Assassin
    judge: Judge
    chance: random.Random
    kills: Counter[str] = field(default_factory=Counter)

    def run(self, truth: Truth, wanted: Counter[str]) -> "Series":
        """Attack each day while kills are `wanted`, then rest until all is done; judge all of it.

        What was killed is taken from `wanted`.
        """
        for moment in truth.moments:
            for hour in HOURS_OF_ATTACK:
                self.town.clock.moment = moment + hour * AN_HOUR
                point = self._choice(wanted)
                if not point or not self._killed(point):
                    break
                self.kills[point] += 1
                wanted[point] -= 1
                self.judge.after_a_kill()
            for hour in HOURS_OF_REST:
                self.town.clock.moment = moment + hour * AN_HOUR
                self._pass_unharmed()
        self.judge.in_the_end(truth)
        return self

    def _choice(self, wanted: Counter[str]) -> str | None:
        """Choose a point that what is to be done now can come to; None when nothing can."""
        now = self.town.clock.now()
        with self.town.app.reading() as connection:
            due = anything_due(connection, now)
            waiting = anything_waiting(connection, now)
        left = [point for point in (+wanted).elements() if due or point not in FIRING]
        return self.chance.choice(left) if left and (due or waiting) else None

    def _killed(self, point: str) -> bool:
        """Let a process live now that dies at a point; False when it never came there."""
        home = replace(self.home, clock=self.town.clock)
        if point == AT_RANDOM:
            victim = born(watch, home)
            time.sleep(self.chance.uniform(0, LONGEST_LIFE))
            kill(victim)
        else:
            passes = self.chance.choice(HOW_MANY_PASS) if point not in ONCE else 0
            self.assassin.aim(point, passes)
            tripwire = Tripwire(point, passes) if point in INSIDE else None
            self.assassin.victim = victim = born(pass_once, home, tripwire)
        code = ended(victim)
        self.assassin.aim("", 0)
        wanted = code in {0, -signal.SIGKILL}
        assert wanted, f"{point}: ended as {code}\n{self.home.log.read_text(encoding='utf-8')}"
        return code != 0

    def _pass_unharmed(self) -> None:
        tick(self.town.app)
        Outbox(self.town.app).deliver(transport_of(self.town.app), lambda: False)


@contextmanager
def a_series(url: str, folder: Path, seed: int) -> Iterator[Series]:
    """Give a series on a fresh register, which mails to a relay of its own."""
    assassin = Assassin()
    with sink(assassin.script()) as relay:
        town = a_world(url, folder, mail=mail_to(relay.port))
        home = Home(url=url, folder=folder, clock=town.clock, port=relay.port)
        chance = random.Random(seed)  # noqa: S311 - a test's chance is repeatable
        with visiting(town):
            yield Series(town, home, assassin, Judge(town, relay), chance)
