"""A daemon that watches a town inside a test: its threads are real, its signals come from here."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from notifications.transport import Transport, Work
from scheduler import STOPS, Daemon
from tests.town import Town

PAUSE = 0.05  # seconds between two passes
PATIENCE = 30.0


class Hanging:
    """A relay that takes a mail and says nothing, until the daemon stops or the test lets it go."""

    def __init__(self, then: Transport) -> None:
        """Hang first; once let go, hand everything to another transport."""
        self.then = then
        self.taken, self.let_go = threading.Event(), threading.Event()

    def run(self, work: Work, stopping: Callable[[], bool]) -> None:
        """Hang with the first mail that is leased."""
        if self.let_go.is_set():
            self.then.run(work, stopping)
        elif parcel := work.lease():
            assert work.mark_body_sent(parcel)
            self.taken.set()
            while not stopping() and not self.let_go.wait(0.02):
                pass


@contextmanager
def watching(town: Town, transport: Transport | None = None) -> Iterator[Daemon]:
    """Let the real daemon watch a town; it stops by a signal, as systemd stops it."""
    daemon = Daemon(town.app, pause=PAUSE)
    daemon.transport = transport or town.relay

    def watch() -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
        daemon.watch()

    thread = threading.Thread(target=watch)
    daemon.start()
    thread.start()
    try:
        yield daemon
    finally:
        assert thread.ident
        signal.pthread_kill(thread.ident, signal.SIGTERM)
        thread.join(PATIENCE)
        assert not thread.is_alive()


def until(condition: Callable[[], object], seconds: float = PATIENCE) -> float:
    """Wait until something is true; return how many seconds it took, or fail."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "it did not happen in time"
        time.sleep(0.02)
    return time.monotonic() - began
