"""Processes that are born warm and may be killed: forked from one that has imported everything."""

import multiprocessing
import signal
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from typing import Protocol

from scheduler import STOPS, Daemon
from tests.chaos.homes import Home
from workflow.agreements.tick import tick
from workflow.app.app import App
from workflow.mail.delivery import Outbox, transport_of

PATIENCE = 60
PAUSE = 0.05  # seconds between two looks
_warm: ForkServerContext = multiprocessing.get_context("forkserver")
_warm.set_forkserver_preload(["tests.chaos.warmth"])


class Faults(Protocol):
    """Something that goes wrong in one process."""

    def put_into(self, app: App) -> None:
        """Let it go wrong in this application."""
        ...


def pass_once(home: Home, faults: Faults | None = None) -> None:
    """Look and send once, as a daemon does."""
    app = home.opened()
    if faults:
        faults.put_into(app)
    tick(app)
    Outbox(app).deliver(transport_of(app), lambda: False)
    app.database.close()


def send(home: Home) -> None:
    """Hand over what waits, each mail by itself, however late it is."""
    app = home.opened()
    Outbox(app, gathers=False).deliver(transport_of(app), lambda: False)
    app.database.close()


def watch(home: Home, faults: Faults | None = None) -> None:
    """Be a daemon until a signal comes; it looks more often than a real one."""
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    app = home.opened()
    if faults:
        faults.put_into(app)
    daemon = Daemon(app, pause=PAUSE)
    daemon.start()
    daemon.watch()
    app.database.close()


def born(work: object, *arguments: object) -> BaseProcess:
    """Start a process that does `work`."""
    process = _warm.Process(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]
    process.start()
    return process


def ended(process: BaseProcess) -> int:
    """Wait for the end of a process; return its exit code, or minus the signal that killed it."""
    process.join(PATIENCE)
    code = process.exitcode
    assert code is not None, "it hangs"
    process.close()
    return code
