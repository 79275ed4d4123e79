"""What PostgreSQL is told beyond SQLAlchemy: where a connection may go, how long one waits.

A connection that leaves this machine must be encrypted. A lock, a statement and a server that says
nothing are waited for, but not for ever.
"""

import logging
import re
import time
from collections.abc import Generator, Iterator, Mapping
from functools import partial
from ipaddress import ip_address
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, event

from states.model.phrase import Phrase, say
from workflow.store.columns import NO_INSTANT
from workflow.store.tables import TABLES

VERIFIED = "verify-full"
# What may name a server behind the URL's back: only what the URL itself says of TLS holds then.
ELSEWHERE = ("service", "conninfo", "dsn")
# What may hold a password behind the URL's question mark.
SECRETS = frozenset({"password", "sslpassword", "conninfo", "dsn"})
PORT = re.compile(r"(?<=[^:]):\d*$")
BUSY_SECONDS = 15
STATEMENT_SECONDS = 120
LASTING = (
    "SELECT set_config('synchronous_commit', 'on', false)"
    " WHERE current_setting('synchronous_commit') = 'off'"
)
TEXT = 0  # how psycopg asks for values
NO_VALUE = {"timestamptz": NO_INSTANT, "date": NO_INSTANT.date()}
SILENT_SECONDS = STATEMENT_SECONDS + 30  # the server itself gives up first, and says so
# Between two statements code may decide for long. The server knows by the last four, as this side
# does by the connection's own, that the network is silent: then it lets go of what was locked.
OPTIONS = (
    f"-c lock_timeout={BUSY_SECONDS}s -c statement_timeout={STATEMENT_SECONDS}s"
    " -c idle_in_transaction_session_timeout=300s -c tcp_user_timeout=30s"
    " -c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3"
    " -c datestyle=ISO -c quote_all_identifiers=off"  # in no other way is it read, and compared
)
# A network that is silent: sent and unanswered for 30 s, or nothing heard for a minute.
CONNECTION = {
    "connect_timeout": BUSY_SECONDS,
    "tcp_user_timeout": 30_000,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "client_encoding": "utf8",  # whatever PGCLIENTENCODING says
    "fallback_application_name": "looptijd",  # what pg_stat_activity shows
}

# What the application's role may do beside reading and appending, as deploy/postgresql.sql has it.
RIGHTS = {
    "agreement": ("UPDATE",),
    "facts": ("UPDATE",),
    "occurrence": ("UPDATE", "DELETE"),
    "office": ("UPDATE",),
    "message": ("UPDATE",),
    "register": ("UPDATE",),
    "heartbeat": ("UPDATE", "DELETE"),
    "private": ("DELETE",),
}
SEQUENCES = """
SELECT sequencename FROM pg_sequences WHERE schemaname = current_schema()
AND NOT has_sequence_privilege(format('%I.%I', schemaname, sequencename), 'USAGE')
"""
NOT_ALLOWED = "42501"  # the SQLSTATE of "permission denied" and "must be owner"
GRANTING = say(
    "looptijd init and restore are for the role that owns the database; what the others may do, a"
    " superuser grants after each: psql --file deploy/postgresql.sql DATABASE"
)


# What the driver can't do it raises as well; its words would stand between the lines of the log.
logging.getLogger("psycopg").setLevel(logging.CRITICAL)


# Where it goes -----------------------------------------------------------------------------------


def refused(
    host: str | None, query: Mapping[str, Any], environ: Mapping[str, str]
) -> Phrase | None:
    """Return why a server may not be connected to, or None.

    `host` and `query` are the URL's, `environ` has libpq's variables for what the URL leaves out. A
    lesser sslmode encrypts at best, for whoever answers; verify-full knows who it is.
    """
    named = [name for name in ELSEWHERE if name in query]
    named += ["PGSERVICE"] if environ.get("PGSERVICE") else []
    mode = query.get("sslmode") or ("" if named else environ.get("PGSSLMODE", ""))
    far = [*named, *(one for one in _hosts(host, query, environ) if not _is_here(one))]
    if not far or mode == VERIFIED:
        return None
    return say(
        "The database is beyond this machine ({host}), so its URL must end with"
        " ?sslmode=verify-full&sslrootcert=FILE. The file holds the certificate of the authority"
        " that signed the server's.",
        host=far[0],
    )


def _hosts(host: str | None, query: Mapping[str, Any], environ: Mapping[str, str]) -> Iterator[str]:
    """Yield every host and address that is named; libpq takes the address where there are both."""
    yield from _listed(query.get("host") or host or environ.get("PGHOST"))
    yield from _listed(host)
    yield from _listed(query.get("hostaddr") or environ.get("PGHOSTADDR"))


def _listed(names: Any) -> Iterator[str]:
    for part in [names] if isinstance(names, str) else names or ():
        yield from filter(None, map(str.strip, part.split(",")))


def _is_here(host: str) -> bool:
    """Tell whether a host is a socket's folder or this machine's loopback."""
    if host.startswith(("/", "@")):
        return True
    name = host if host.count(":") > 1 else PORT.sub("", host)
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name.lower() == "localhost"


# What it may do ----------------------------------------------------------------------------------


def lacking_rights(connection: Connection) -> dict[str, list[str]]:
    """Return of each table and sequence what who asks may not do there and the application does.

    Who may not even read is refused sooner.
    """
    may = sa.func.has_table_privilege
    wanted = {table: ("INSERT", *RIGHTS.get(table, ())) for table in TABLES.tables}
    lacking = {
        table: [right for right in rights if not connection.scalar(sa.select(may(table, right)))]
        for table, rights in wanted.items()
    }
    counted = connection.execute(sa.text(SEQUENCES)).scalars()
    return {name: rights for name, rights in lacking.items() if rights} | {
        name: ["USAGE"] for name in counted
    }


def is_read_only(connection: Connection) -> bool:
    """Tell whether nobody, or who asks, can write there: on a standby, or as a server was set."""
    asked = "SELECT pg_is_in_recovery() OR current_setting('default_transaction_read_only')::bool"
    return bool(connection.exec_driver_sql(asked).scalar())


# What its connections do -------------------------------------------------------------------------


def prepare(engine: Engine) -> None:
    """Let connections do what SQLAlchemy and the driver leave out."""
    driver = engine.dialect.loaded_dbapi
    event.listen(engine, "connect", partial(_bound_silence, driver.OperationalError))
    event.listen(engine, "connect", _wait_for_the_disk)
    event.listen(engine, "connect", partial(_read_any_day, driver.DataError))
    event.listen(engine, "checkin", _forget_reading)


def _bound_silence(failure: type[Exception], connection: Any, _record: Any) -> None:
    """Give a server up that says nothing, though the network says that it is there."""
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


def _wait_for_the_disk(connection: Any, _record: Any) -> None:
    """Wait for the disk at each commit, also where a server was set not to: mail goes by it."""
    with connection.cursor() as cursor:
        cursor.execute(LASTING)
    connection.commit()


def _forget_reading(connection: Any, _record: Any) -> None:
    """Leave it to the server whether a connection that has only read may write afterwards.

    SQLAlchemy says that it may, over what an administrator has set to keep a database as it is.
    """
    if connection is not None and not connection.closed:
        connection.read_only = None


def _read_any_day(failure: type[Exception], connection: Any, _record: Any) -> None:
    """Read instants and days that Python has not, such as infinity, as what somebody damaged.

    Who writes one into a row would keep the driver from giving any other.
    """
    kinds = connection.adapters
    for name, first in NO_VALUE.items():
        number = kinds.types[name].oid
        known = kinds.get_loader(number, TEXT)
        loader = type("Forgiving", (_Forgiving,), {"of": known, "first": first, "failure": failure})
        kinds.register_loader(number, loader)


class _Forgiving:
    """What reads a kind of value: psycopg's own reader, but for what that refuses."""

    format = TEXT
    of: Any
    first: Any
    failure: type[Exception]

    def __init__(self, number: int, context: Any) -> None:
        self._read = self.of(number, context).load

    def load(self, data: Any) -> Any:
        """Return the value that PostgreSQL wrote."""
        try:
            return self._read(data)
        except self.failure:
            return self.first
