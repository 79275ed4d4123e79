"""A year of ten agreements, with its process killed at every point, once and twice.

A process that is killed leaves its files and what the relay has; nothing else goes on. So a year is
a graph: its nodes are what is left at a moment (`Remains`), and its edges a process that lives
through that moment, whole or up to a point. What two kills leave alike has one future, and is lived
through once; that is how all pairs of points can be tried. That a process that really dies leaves
what is said here is tried apart, with SIGKILL (`kills`).
"""

import errno
import itertools
import json
import logging
import os
import signal
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from sqlite3 import OperationalError
from typing import NoReturn
from unittest.mock import patch

from notifications import group_commit
from scheduler import NEVER
from tests.agreements import at
from tests.audits import exported
from tests.chaos.homes import mail_to
from tests.chaos.meter import AFTER_COMMIT, BEFORE_COMMIT, METER, STATEMENT, WRITES, Torn
from tests.chaos.remains import DATABASE, STEPS, Handed, Looker, Remains, handed
from tests.chaos.year import END, Life, Year
from tests.smtp_sink import Mail
from tests.town import Town, visiting
from workflow.outputs.audit import check

IN_DOUBT = "SELECT message_id FROM message WHERE in_doubt OR status = 'unknown' OR doubts > 0"
NOT_KNOWN = "SELECT message_id FROM message WHERE status = 'unknown' AND next_attempt_at IS NULL"
SETTLED = "SELECT message_id FROM message WHERE status = 'accepted'"


LEASED = "SELECT message_id FROM message WHERE status = 'sending'"
Point = tuple[str, int, str]
"""A point of the year: the node of its moment, its number there and its kind."""


class Broken(AssertionError):
    """A promise that was not kept, and after which kills."""


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What comes of a year that nobody attacks: each step, and each mail with its reader."""

    steps: set[tuple[object, ...]]
    mails: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Lived:
    """One process's life through a moment: its points, what each would leave, and what is next."""

    points: tuple[tuple[str, str], ...]
    """Of each point its kind, and the key of what a kill there leaves."""
    next: str


@dataclass
class Graph:
    """What has been lived through, by the key of what it began with."""

    year: Year
    looker: Looker
    remains: dict[str, Remains] = field(default_factory=dict)
    lived: dict[str, Lived] = field(default_factory=dict)
    came_by: dict[str, str] = field(default_factory=dict)
    """How a node was found: after which point of which moment."""
    end: str = END
    begins: str = ""
    ends: set[str] = field(default_factory=set)
    truth: "Truth" = None  # type: ignore[assignment]
    kept: set[str] = field(default_factory=set)
    """The nodes of the year that nobody attacks, where processes are begun again and again."""
    judged: int = 0
    copies: int = 0
    unknown: int = 0

    # A life -----------------------------------------------------------------------------------

    def live(self, key: str, *, watched: bool) -> Lived:
        """Live through the moment of a node, as a fresh process does; keep what each kill leaves.

        Where that comes to what was found before, or to the end, the register is judged as it is.
        """
        begun, last = self.put_back(key), key
        points: list[tuple[str, str]] = []
        life = Passing(self, begun)

        def reached(kind: str) -> None:
            nonlocal last
            if kind not in {STATEMENT, BEFORE_COMMIT} or self.looker.sees_a_commit():
                how = f"{begun.moment} point {len(points)}, {kind}"
                last = self.found(begun.moment, life.relay(), f"{self.came_by[key]}; {how}")
            points.append((kind, last))

        following = life.through(reached if watched else None)
        if life.troubles:
            raise Broken(f"{self.came_by[key]}; {begun.moment}: {life.troubles}")
        return Lived(points=tuple(points), next=self.come_to(following, life.relay(), key))

    def come_to(self, moment: datetime, relay: tuple[Handed, ...], key: str) -> str:
        """Keep what a life came to; judge it where it is known already, or at the end."""
        known = set(self.remains)
        found = self.found(moment, relay, self.came_by[key])
        if moment > at(self.end):
            self.ends.add(found)
        if self.truth and (found in known or found in self.ends):
            self.judge(moment, relay, self.came_by[key], is_end=found in self.ends)
        return found

    def found(self, moment: datetime, relay: tuple[Handed, ...], how: str) -> str:
        """Keep what there is now, unless its like is known; return its key."""
        key = self.looker.look(moment, relay)
        if key not in self.remains:
            self.remains[key] = self.looker.take(moment, relay, key)
            self.came_by[key] = how
        return key

    def put_back(self, key: str) -> Remains:
        """Let the folder be as it was left."""
        self.looker.close()  # first: who closes a database may write into it
        self.remains[key].put_back(self.year.folder)
        return self.remains[key]

    # The graph --------------------------------------------------------------------------------

    def begin(self) -> None:
        """Make the register; then live the year that nobody attacks."""
        town = self.year.begin()
        moment = town.clock.moment
        town.close()
        self.begins = self.found(moment, (), "the beginning")
        last = self.remains[self.follow(self.begins, watched=True)]
        mails = {name: to for name, to, _ in last.relay}
        self.truth = Truth(steps=set(self.looker.ask(STEPS)), mails=mails)
        self.judge(last.moment, last.relay, "nobody attacks", is_end=True)
        self.kept = {self.begins, *self.path()}

    def follow(self, key: str, *, watched: bool) -> str:
        """Go on from a node until the end, or until what was lived through already; return it."""
        while key not in self.lived and key not in self.ends:
            lived = self.lived[key] = self.live(key, watched=watched)
            if self.kept and key not in self.kept:
                self.remains[key].files.clear()  # lived through: nobody begins there again
            key = lived.next
        return key

    def path(self) -> list[str]:
        """Return the nodes of the year that nobody attacks."""
        keys = [self.begins]
        while (key := self.lived[keys[-1]].next) not in self.ends:
            keys.append(key)
        return keys

    def points(self) -> list[Point]:
        """Return each point of that year: its node, its number there and its kind."""
        return [
            (key, number, kind)
            for key in self.path()
            for number, (kind, _) in enumerate(self.lived[key].points)
        ]

    def left_at(self, point: Point) -> str:
        """Return what a kill at a point of that year leaves."""
        return self.lived[point[0]].points[point[1]][1]

    def one_of_each(self) -> list[Point]:
        """Return a point for each state that kills leave."""
        return [*{self.left_at(point): point for point in self.points()}.values()]

    def left_by(self, keys: list[str]) -> list[str]:
        """Return what kills during these lives leave, each once."""
        left = [found for key in keys for _, found in self.lived[key].points]
        return list(dict.fromkeys(left))

    def attack(self, left: list[str], *, watched: bool) -> list[str]:
        """Go on from what kills left; return the lives that were new."""
        before = set(self.lived)
        for key in left:
            self.follow(key, watched=watched)
        return [key for key in self.lived if key not in before]

    def points_after(self) -> dict[str, int]:
        """Return how many points follow each node that was watched, up to the end of the year."""
        count = dict.fromkeys(self.ends, 0)
        for begun in self.lived:
            way, key = [], begun
            while key not in count:
                way.append(key)
                key = self.lived[key].next
            for passed in reversed(way):
                lived = self.lived[passed]
                count[passed] = len(lived.points) + count[lived.next]
        return count

    # The judge --------------------------------------------------------------------------------

    def judge(
        self, moment: datetime, relay: tuple[Handed, ...], where: str, *, is_end: bool
    ) -> None:
        """Let the outside checker judge the register; at the end nothing may be missing."""
        self.judged += 1
        if self.looker.ask("PRAGMA integrity_check") != [("ok",)]:
            raise Broken(f"{where}: the file is damaged")
        app = self.year.opened(moment)
        with visiting(Town(app, app.clock, self.year.folder)) as town:  # type: ignore[arg-type]
            if found := [*findings(town)]:
                raise Broken(f"{where}: {found}")
        names = {name: to for name, to, _ in relay}
        accepted = {str(name) for (name,) in self.looker.ask(SETTLED)}
        if lost := accepted - names.keys():
            raise Broken(f"{where}: {lost} are called accepted, and the relay has none")
        if wrong := {name for name, to in names.items() if self.truth.mails.get(name) != to}:
            raise Broken(f"{where}: {wrong} went to another reader, or should not be")
        if is_end:
            self._nothing_is_missing(where, names)

    def _nothing_is_missing(self, where: str, names: dict[str, str]) -> None:
        steps = set(self.looker.ask(STEPS))
        if steps != self.truth.steps:
            raise Broken(f"{where}: {steps ^ self.truth.steps}")
        shown = {str(name) for (name,) in self.looker.ask(NOT_KNOWN)}
        if lost := self.truth.mails.keys() - names.keys() - shown:
            raise Broken(f"{where}: {lost} are lost, and nobody sees it")
        self.unknown += bool(self.truth.mails.keys() - names.keys())


class Passing:
    """One process on its way through a moment, and the mail that it hands over."""

    def __init__(self, graph: Graph, begun: Remains) -> None:
        self.graph, self.begun = graph, begun
        self.doubts = {str(name) for (name,) in graph.looker.ask(IN_DOUBT)}
        self.handed: list[Handed] = []
        self.life = Life(graph.year, begun.moment, lambda mail: self.handed.append(handed(mail)))
        self.troubles: list[str] = []

    def relay(self) -> tuple[Handed, ...]:
        """Return what the relay has by now."""
        return self.begun.relay + tuple(self.handed)

    def through(self, listener: Callable[[str], None] | None) -> datetime:
        """Live, with somebody who is told of each point; return the next moment."""
        if listener:
            with METER.telling(listener):
                self.life.live()
        else:
            self.life.live()
        return self.end()

    def end(self) -> datetime:
        """End the process well; return when the next is wanted."""
        following = self.life.next_moment()
        self.life.end()
        self.troubles = self.life.troubles
        self._judge_mail()
        return following

    def _judge_mail(self) -> None:
        """A second copy only of what was in doubt, and the same to the letter."""
        where = f"{self.graph.came_by[self.begun.key]}; {self.begun.moment}"
        before = {name: (to, content) for name, to, content in self.begun.relay}
        for name, to, content in self.relay()[len(self.begun.relay) :]:
            if name in before:
                if name not in self.doubts:
                    raise Broken(f"{where}: {name} came twice, and nobody was in doubt")
                if before[name] != (to, content):
                    raise Broken(f"{where}: the second copy of {name} is another mail")
                self.graph.copies += 1
            before[name] = (to, content)
            self.doubts -= {name}


def findings(town: Town) -> Iterator[str]:
    """Yield what the outside checker and `verify` find.

    The checker in this process, for its own way is to ask for more of them.
    """
    folder = str(exported(town))
    check.REGISTER.clear()
    check.begin(folder)
    for line in check.lines_of(folder, "agreements.jsonl"):
        ref, found, _ = check.judged(line)
        yield from (f"{ref}: {finding}" for finding in found)
    yield from (f"{ref}: {problem}" for ref, problem in town.problems())


@contextmanager
def a_graph(folder: Path, end: str = END) -> Iterator[Graph]:
    """Give the year on SQLite, lived through once, whose mail goes to a relay of its own."""
    METER.folder = str(folder)
    url = f"sqlite:///{folder / DATABASE}"
    year = Year(url=url, folder=folder, mail=mail_to(25, connections=1))
    graph = Graph(year, Looker(folder), end=end)
    year.watched_by(METER)
    with quiet(), closing(graph.looker), closing(year):
        graph.begin()
        yield graph


@contextmanager
def quiet() -> Iterator[None]:
    """Let nothing depend on how fast the machine is, and nobody read the log."""
    log = logging.getLogger("looptijd")
    before = log.level
    log.setLevel(logging.CRITICAL)
    try:
        with patch.object(group_commit, "PAUSE", 0):
            yield
    finally:
        log.setLevel(before)


# Processes that really die, and calls that fail --------------------------------------------------


def kill(graph: Graph, key: str, number: int) -> str:
    """Let a process of its own die by SIGKILL at a point; return the key of what it left."""
    begun = graph.put_back(key)
    died, mails = killed(graph.year, begun.moment, number)
    assert died, f"{begun.moment}: point {number} never came"
    return graph.looker.look(begun.moment, begun.relay + mails)


def killed(year: Year, moment: datetime, number: int) -> tuple[bool, tuple[Handed, ...]]:
    """Let a process die at a point; return whether it came to that, and what the relay got."""
    with tempfile.TemporaryFile() as relay:
        if not (victim := os.fork()):
            _die(year, moment, number, relay.fileno())
        _, status = os.waitpid(victim, 0)
        assert status in {0, signal.SIGKILL}, f"{moment}: it ended with {status}"
        relay.seek(0)
        mails = tuple((name, to, content) for name, to, content in map(json.loads, relay))
    return status != 0, mails


def _die(year: Year, moment: datetime, number: int, relay: int) -> NoReturn:
    """Live in a fork, up to a point; what the relay keeps outlives it."""
    left, code = itertools.count(number, -1), 1

    def reached(_kind: str) -> None:
        if not next(left):
            os.kill(os.getpid(), signal.SIGKILL)

    def kept(mail: Mail) -> None:
        os.write(relay, json.dumps(handed(mail)).encode() + b"\n")

    try:
        with METER.telling(reached):
            Life(year, moment, kept).live()
        code = 0
    finally:
        os._exit(code)


OF_SQLITE = (OperationalError("disk I/O error"), OperationalError("database or disk is full"))
OF_FILES = (OSError(errno.EIO, "Input/output error"), OSError(errno.ENOSPC, "No space left"))
ERRORS: Mapping[str, Sequence[Exception]] = {
    STATEMENT: OF_SQLITE,
    BEFORE_COMMIT: OF_SQLITE,
    AFTER_COMMIT: OF_SQLITE,
    WRITES: (Torn(errno.ENOSPC, "No space left"), *OF_FILES),
}


def fail(graph: Graph, key: str, number: int, which: int) -> None:
    """Let what a process asks at a point fail, once; it lives, looks again, and goes on.

    A process that lives makes no copy.
    """
    begun = graph.put_back(key)
    life, left, failed = Passing(graph, begun), itertools.count(number, -1), ""

    def reached(kind: str) -> None:
        nonlocal failed
        if not next(left):
            errors = ERRORS.get(kind, OF_FILES)
            error = errors[which % len(errors)]
            failed = f"{begun.moment} point {number}, {kind}: {error!r}"
            raise error

    with METER.telling(reached, fails=True):
        life.life.live()
    assert failed, f"{begun.moment}: point {number} never came"
    life.life.daemon.beaten_at = NEVER  # a minute has passed
    life.life.live()
    following = life.end()
    if life.troubles:
        raise Broken(f"{failed}: {life.troubles}")
    if len({name for name, *_ in life.handed}) < len(life.handed):
        raise Broken(f"{failed}: a second copy, and nobody died")
    came_by, graph.came_by[key] = graph.came_by[key], failed
    graph.follow(graph.come_to(following, life.relay(), key), watched=False)
    graph.came_by[key] = came_by


def stop(graph: Graph, key: str, number: int) -> None:
    """Tell a process to stop at a point: it holds no lease when it ends, and another goes on."""
    begun = graph.put_back(key)
    life, left = Passing(graph, begun), itertools.count(number, -1)
    daemon = life.life.daemon

    def reached(_kind: str) -> None:
        if not next(left):
            daemon.stopping.set()

    with METER.telling(reached):
        life.life.live()
    daemon._sign_off()  # the rest of a stop is of threads, and there are none
    life.end()
    where = f"{begun.moment}, stopped at point {number}"
    assert daemon.stopping.is_set(), f"{where}: it never came"
    if life.troubles or (leased := graph.looker.ask(LEASED)):
        raise Broken(f"{where}: {life.troubles} {leased}")
    came_by, graph.came_by[key] = graph.came_by[key], where
    graph.follow(graph.come_to(begun.moment, life.relay(), key), watched=False)
    graph.came_by[key] = came_by
