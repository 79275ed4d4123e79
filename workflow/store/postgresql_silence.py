"""How long PostgreSQL is waited for: a lock, a statement, and a server that says nothing."""

import time
from collections.abc import Generator
from functools import partial
from typing import Any

from sqlalchemy import Engine, event

BUSY_SECONDS = 15
STATEMENT_SECONDS = 120
SILENT_SECONDS = STATEMENT_SECONDS + 30  # the server itself gives up first, and says so
# Between two statements code may decide for long. The server knows by the last four, as this side
# does by the connection's own, that the network is silent: then it lets go of what was locked.
OPTIONS = (
    f"-c lock_timeout={BUSY_SECONDS}s -c statement_timeout={STATEMENT_SECONDS}s"
    " -c idle_in_transaction_session_timeout=300s -c tcp_user_timeout=30s"
    " -c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3"
)
# A network that is silent: sent and unanswered for 30 s, or nothing heard for a minute.
CONNECTION = {
    "connect_timeout": BUSY_SECONDS,
    "tcp_user_timeout": 30_000,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "client_encoding": "utf8",  # whatever PGCLIENTENCODING says
}


def bound_silence(engine: Engine) -> None:
    """Give a server up that says nothing, though the network says that it is there."""
    event.listen(engine, "connect", partial(_bound, engine.dialect.loaded_dbapi.OperationalError))


def _bound(failure: type[Exception], connection: Any, _record: Any) -> None:
    wait = connection.wait  # what every statement, commit and look at a connection goes through
    silence = partial(_until_silent, connection, failure)
    connection.wait = lambda asked, *rest, **named: wait(silence(asked), *rest, **named)


def _until_silent(
    connection: Any, failure: type[Exception], asked: Generator[Any, Any, Any]
) -> Generator[Any, Any, Any]:
    """Pass on what comes; when nothing does, end the connection, which cannot be used any more."""
    try:
        wants, heard_at = next(asked), time.monotonic()
        while True:
            if ready := (yield wants):
                heard_at = time.monotonic()
            elif time.monotonic() - heard_at > SILENT_SECONDS:
                connection.close()
                raise failure("Connection timed out")
            wants = asked.send(ready)
    except StopIteration as done:
        return done.value
