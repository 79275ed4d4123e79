"""Daemons that fire together on one register, each a process of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path

from tests.chaos.victims import born, ended
from tests.town import an_app
from workflow.agreements.tick import tick

Orders = Connection
"""A moment goes to a daemon, and how many steps it fired comes back; None lets it end."""


def watch(url: str, folder: Path, orders: Orders) -> None:
    """Be a daemon: look once at each moment that is ordered."""
    app, clock = an_app(url, folder)
    while moment := orders.recv():
        clock.moment = moment
        orders.send(tick(app).fired)
    app.database.close()


def look_together(crew: list[Orders], moment: datetime) -> int:
    """Let every daemon look at a moment; return how many steps they fired, when all are done."""
    for orders in crew:
        orders.send(moment)
    return sum(orders.recv() for orders in crew)


@contextmanager
def a_crew(url: str, folder: Path, count: int) -> Iterator[list[Orders]]:
    """Yield so many daemons that wait for orders, and let them end."""
    pipes = [Pipe() for _ in range(count)]
    processes = [born(watch, url, folder, theirs) for _, theirs in pipes]
    crew = [ours for ours, _ in pipes]
    yield crew
    for orders in crew:
        orders.send(None)
    for process in processes:
        assert ended(process) == 0
