"""What may happen to a database under load: restarts, crashes, connections that are cut."""

import itertools
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from tests.chaos.crowds import ALERT, Crowd
from tests.chaos.points import FailingCommits
from tests.databases import Server, admin_engine

STAYS_AWAY = 0.5  # seconds of ours for half an hour of theirs
CUT = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@contextmanager
def administrating(server: Server) -> Iterator[Engine]:
    """Give an engine that can create databases on a server."""
    admin = admin_engine(server.url)
    try:
        yield admin
    finally:
        admin.dispose()


def restarting(server: Server, times: int, every: float) -> None:
    """Restart a server again and again: now by the book, now as after a crash."""
    for mode in itertools.islice(itertools.cycle(("fast", "immediate")), times):
        time.sleep(every)
        server.stop(mode)  # type: ignore[arg-type]
        server.start()


def cutting(crowd: Crowd, times: int, every: float) -> int:
    """Cut every connection again and again; return how many were cut."""
    cut = 0
    for _ in range(times):
        time.sleep(every)
        cut += crowd.town.scalar(CUT)
    return cut


def failing_commits(chance: float, seed: int = 1) -> FailingCommits:
    """Let commits fail, as often before as after they took effect."""
    return FailingCommits(chance / 2, chance / 2, random.Random(seed))  # noqa: S311


def an_hour_away(crowd: Crowd, server: Server) -> None:
    """Take the database away while something falls due; bring it back when daemons said so.

    Each kind of trouble is said once; the daemon tries on meanwhile, some fifteen times here.
    """
    server.stop()
    crowd.move(ALERT)
    crowd.wait(lambda: {"tick_failed", "mail_failed"} <= {e["event"] for e in crowd.errors()})
    for moment in ("2018-06-29 08:30", "2018-06-29 09:00"):
        crowd.move(moment)
        time.sleep(STAYS_AWAY)
    server.start()
