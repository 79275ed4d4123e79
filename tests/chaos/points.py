"""The points at which a process is killed, put into it from outside: the product has no hooks."""

import os
import random
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.store import leases, register
from workflow.agreements import tick
from workflow.app.app import App
from workflow.mail import delivery

# Which call tells what a transaction is about.
TOLD_BY: tuple[tuple[Any, str, str], ...] = (
    (register, "raise_high_water", "the mark"),
    (tick, "due_by_plan", "firing"),
    (leases, "lease", "the lease"),
    (delivery, "prepare", "the words"),
    (leases, "mark_body_sent", "the doubt"),
    (leases, "leased", "the outcome"),
)
CLAIMED = "after the claim"
BEFORE, AFTER = "before the commit of ", "after the commit of "
FIRING = (CLAIMED, *(when + what for what in ("the mark", "firing") for when in (BEFORE, AFTER)))
MAILING = tuple(
    when + what
    for what in ("the lease", "the words", "the doubt", "the outcome")
    for when in (BEFORE, AFTER)
)
# In the relay: before it answers, but 354 after that, and the final dot with and without the mail.
KEPT, LOST = "at the final dot, kept", "at the final dot, lost"
PHASES = {
    "at CONNECT": "CONNECT",
    "at EHLO": "EHLO",
    "at MAIL": "MAIL",
    "at RCPT": "RCPT",
    "at DATA": "DATA",
    "at 354": "354",
    KEPT: "BODY",
    LOST: "BODY",
    "at QUIT": "QUIT",
}
INSIDE = (*FIRING, *MAILING)
POINTS = (*INSIDE, *PHASES)


@dataclass
class Tripwire:
    """Kills its own process at a point, the first time or after some times."""

    point: str
    passes: int = 0
    about: str = ""

    def put_into(self, app: App) -> None:
        """Wrap what tells the points; only in this process, which ends with it."""
        for module, name, what in TOLD_BY:
            setattr(module, name, self._telling(getattr(module, name), what))
        dialect: Any = app.database.engine.dialect
        dialect.do_commit = self._around(dialect.do_commit)

    def reached(self, point: str) -> None:
        if point == self.point:
            self.passes -= 1
            if self.passes < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def _telling(self, call: Callable[..., Any], what: str) -> Callable[..., Any]:
        def shown(*arguments: Any, **options: Any) -> Any:
            result = call(*arguments, **options)
            self.about = what if result or what == "the mark" else ""
            if what == "firing" and result:
                self.reached(CLAIMED)
            return result

        return shown

    def _around(self, commit: Callable[[Any], None]) -> Callable[[Any], None]:
        def committed(connection: Any) -> None:
            about, self.about = self.about, ""
            self.reached(BEFORE + about)
            commit(connection)
            self.reached(AFTER + about)

        return committed


@dataclass
class FailingCommits:
    """Lets commits fail by chance: before they take effect, or after that."""

    before: float
    after: float
    chance: random.Random

    def put_into(self, app: App) -> None:
        """Wrap the commit, in this process only."""
        dialect: Any = app.database.engine.dialect
        commit = dialect.do_commit

        def failing(connection: Any) -> None:
            if self.chance.random() < self.before:
                self._lose(connection, app)
            commit(connection)
            if self.chance.random() < self.after:
                self._lose(connection, app)

        dialect.do_commit = failing

    @staticmethod
    def _lose(connection: Any, app: App) -> None:
        connection.rollback()
        if not app.database.is_sqlite:
            connection.dbapi_connection.close()
        raise app.database.engine.dialect.loaded_dbapi.OperationalError("lost by chance")
