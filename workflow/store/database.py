"""Connections to SQLite and PostgreSQL: how they open, begin, and tell their failures."""

import errno
import os
import re
import sqlite3
import stat
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from sqlalchemy import Connection, Engine, NestedTransaction, create_engine, event, exc
from sqlalchemy.engine import make_url

from notifications.folder import give_to_owner, make_folder
from states.model.phrase import Phrase, Refusal, say
from workflow.store import columns, postgresql
from workflow.system.configuration import BESIDE
from workflow.system.os_errors import in_words, reason_of

# What a use case holds while it works: one transaction, which only the store knows how to ask.
Transaction = Connection
File = tuple[int, int]  # its device and its inode

# A mail as it was sent is some two kilobytes: on pages of four, a third stayed empty. A file that
# is there keeps its pages; the log of changes stays as small as with pages of four.
PAGES = ("PRAGMA page_size = 16384", "PRAGMA wal_autocheckpoint = 250")
DURABLE = (*PAGES, "PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL")
SCRATCH = ("PRAGMA journal_mode = MEMORY", "PRAGMA synchronous = OFF")
ASK_AGAIN_SECONDS = 0.002
SQLITE_URL = re.compile(r"[^?]*(\?timeout=[0-9.]+)?")  # a file, and its only option
FOREIGN_KEYS = "PRAGMA foreign_keys = ON"
OWNER_ONLY = 0o600
DAMAGED = say(
    "If the configuration names the right file, it is damaged: move it away, with its -wal and"
    " -shm, and put a backup back: looptijd restore FILE"
)
FULL = say("Make room on its disk, and try again: nothing that was recorded is lost.")
CORRUPT = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
DISK_FULL = "53100"  # PostgreSQL's code
NOT_OPENED = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY})


ONE_MOMENT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


class Unavailable(Refusal):
    """The database cannot be used: away, busy, full, read-only, not initialised or too new."""

    exit_code = 5


class Malformed(Unavailable):
    """SQLite's file cannot be read as a database, or not any more."""


class Rejected(Unavailable):
    """The database works, and does not take what was to be written: nothing was."""


NOT_TAKEN = (exc.IntegrityError, exc.DataError)


def is_away(error: Exception) -> bool:
    """Tell whether the database is gone, which is the fault of nothing that was worked on.

    Within a transaction it is the driver's error still. One page that is damaged is not the whole.
    """
    if isinstance(error, exc.DBAPIError):
        is_of_one = isinstance(error, NOT_TAKEN) or _code(error) == sqlite3.SQLITE_CORRUPT
        return not is_of_one
    return isinstance(error, Unavailable) and not isinstance(error, Rejected)


@contextmanager
def attempt(connection: Connection) -> Iterator[NestedTransaction]:
    """Undo what fails, so that the rest of the transaction may go on; but not without a database.

    Of a full disk SQLite undoes the transaction as a whole and says so to nobody: what came after
    it would be kept, each statement by itself.
    """
    nested = connection.begin_nested()
    try:
        yield nested
    except Exception as error:
        if not is_away(error):
            nested.rollback()
        raise
    if nested.is_active:
        nested.commit()


class Database:
    """One database; every transaction that writes begins with the lock it needs."""

    def __init__(self, url: str, *, durable: bool = True) -> None:
        """Prepare connections to an SQLAlchemy URL; nothing is opened yet.

        Only a scratch copy may do without waiting for the disk.
        """
        self.checked = False
        self.register: str | None = None  # whose it is, once it was checked
        self.makes = False
        self.has_written = False
        self.identified: File | None = None  # that holds its own number, which is committed
        self._file: File | None = None
        try:
            self.engine = _engine(url, DURABLE if durable else SCRATCH)
        except (exc.ArgumentError, exc.NoSuchModuleError, ImportError, ValueError) as error:
            # Never the error's own words: they may quote the password.
            lacking = say("The driver of PostgreSQL is not installed.")
            wrong = lacking if isinstance(error, ImportError) else say("It is no such address.")
            raise Unavailable(
                say(
                    "The database URL cannot be used. {wrong} Accepted: sqlite:///FILE or"
                    " postgresql+psycopg://USER@HOST/NAME (with the extra looptijd[postgresql]).",
                    wrong=wrong,
                )
            ) from None

    def make_folder(self) -> None:
        """Make the folder of an SQLite file and the file, for their owner only, whatever umask.

        SQLite gives its log and its shared memory the mode of the file, and its owner. What root
        makes is its folder's owner's, or the daemon could not open it.
        """
        self.makes = True
        file = self.engine.url.database
        if self.is_sqlite and file:
            try:
                make_folder(Path(file).parent)
                made = os.open(file, os.O_RDWR | os.O_CREAT, OWNER_ONLY)
                if os.fstat(made).st_uid == 0:
                    give_to_owner(made, Path(file).absolute().parent)
                os.close(made)
            except OSError as error:
                reason = reason_of(error)
                wrong = say(
                    "{file} cannot be made, the file of the database: {reason}.",
                    file=file,
                    reason=reason,
                )
                if os.path.lexists(file):
                    reason = say("{file} cannot be opened: {reason}", file=file, reason=reason)
                    wrong = say("The database cannot be used: {reason}.", reason=reason)
                raise Unavailable(wrong) from error

    @property
    def is_sqlite(self) -> bool:
        """Tell which of the two databases this is."""
        return self.engine.dialect.name == "sqlite"

    @property
    def file(self) -> str | None:
        """Return the path of an SQLite file, as the URL names it; PostgreSQL has none."""
        return self.engine.url.database if self.is_sqlite else None

    @property
    def place(self) -> str:
        """Return where the register stands: the file's path, or the address without a password."""
        url = self.engine.url
        if self.is_sqlite:
            return str(Path(url.database or "").absolute())
        return str(url.difference_update_query(postgresql.SECRETS))

    @property
    def has_password(self) -> bool:
        """Tell whether a password stands in the URL."""
        url = self.engine.url
        return bool(url.password or url.query.keys() & postgresql.SECRETS)

    def _refuse_missing_file(self) -> None:
        """Refuse a missing SQLite file: only `init` makes one, others would leave an empty one.

        A file that was deleted or replaced stays open, and what is written to it is lost: then the
        connections are dropped, and the register is checked anew when the file is there again.
        """
        file = self.engine.url.database
        if not self.is_sqlite or not file:
            return
        known, found = self._file, _identity(file)
        if known and found != known:
            self.engine.dispose()
            self.checked = False
        if found is None and known:
            raise Unavailable(say("The file of the database is gone: {file}.", file=file))
        if found is None and not self.makes:
            raise Unavailable(
                say(
                    "There is no register in {file}. Where there was one, its disk may not be"
                    " mounted. To make one: looptijd init; or name the configuration of another,"
                    " with --config FILE or LOOPTIJD_CONFIG.",
                    file=file,
                )
            )
        self._file = found

    def read(self) -> AbstractContextManager[Connection]:
        """Give a connection that only reads, from one moment in time.

        PostgreSQL has to be asked for one moment; SQLite's log of changes gives it.
        """
        return self._opened({} if self.is_sqlite else ONE_MOMENT)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Yield a connection whose work is committed as a whole, or not at all."""
        with self._opened({"immediate": True}) as connection:
            yield connection
            commits = connection.in_transaction()
        self.has_written |= commits

    @contextmanager
    def _opened(self, options: Mapping[str, Any]) -> Iterator[Connection]:
        """Open a connection for one transaction.

        SQLite opens a file that may not be written to be read, and says nothing; it may be written
        by now, but never by connections that were opened then, nor beside one of them.
        """
        self._refuse_missing_file()
        pool = self.engine.pool
        try:
            with saying_unavailable(self.file), self.engine.connect() as opened:
                connection = opened.execution_options(**options)
                with self.beginning(connection):
                    yield connection
        except Unavailable as refusal:
            if _code(refusal.__cause__) in NOT_OPENED:
                self.close()
            raise
        finally:
            if self.engine.pool is not pool:
                pool.dispose()  # ours was out when all were closed, and has come back to it

    @contextmanager
    def beginning(self, connection: Connection) -> Iterator[None]:
        """Begin a transaction and end it; one that writes asks SQLite for its lock at once.

        A deferred BEGIN ends in lock errors (decision 0003). No listener of the engine does this:
        then every statement would ask who listens.
        """
        with connection.begin():
            if self.is_sqlite and connection.get_execution_options().get("immediate"):
                _begin_immediate(connection)
            elif self.is_sqlite:
                connection.exec_driver_sql("BEGIN")
            yield

    def copied_as(self, connection: Connection) -> str | None:
        """Return the name of an SQLite file that is a copy of the one that was written last."""
        last = connection.exec_driver_sql("PRAGMA user_version").scalar() if self._file else 0
        return Path(self.engine.url.database or "").name if last not in {0, self._number} else None

    def keep_identity(self, connection: Connection) -> File | None:
        """Let an SQLite file hold its own inode, for a copy of it has another one; return it.

        Only who has committed that can say that it is identified.
        """
        if self._file != self.identified:
            connection.exec_driver_sql(f"PRAGMA user_version = {self._number}")
        return self._file

    @property
    def _number(self) -> int:
        """Return the inode as far as a header has room for it."""
        return self._file[1] % 2**31 if self._file else 0

    def empty_log(self) -> None:
        """Bring all that SQLite's log holds into the file, which is to be taken alone.

        Who closes it does so as well, and says nothing where the disk has no room for both.
        """
        with saying_unavailable(self.file), self.engine.connect() as opened:
            busy = opened.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar()
        if busy:
            reason = in_words("database is locked")
            raise Unavailable(say("The database cannot be used: {reason}.", reason=reason))

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def _identity(file: str) -> File | None:
    """Return which file stands under a name; None when none does."""
    try:
        status = os.stat(file)  # noqa: PTH116 - each transaction asks
    except FileNotFoundError:
        return None
    except OSError as error:
        reason = say("{file} cannot be opened: {reason}", file=file, reason=reason_of(error))
        raise Unavailable(say("The database cannot be used: {reason}.", reason=reason)) from error
    return status.st_dev, status.st_ino


def refuse_unfit(connection: Connection) -> None:
    """Refuse a database that cannot hold every name: the one that it cannot would stop its mail.

    Where a role may use no schema of PostgreSQL, each table counts as missing.
    """
    is_sqlite = connection.dialect.name == "sqlite"
    may_see = is_sqlite or connection.exec_driver_sql("SELECT current_schema()").scalar()
    if not may_see:
        hidden = say("This role may use no schema of the database, so it sees no register there.")
        raise Unavailable(say("{problem} {line}", problem=hidden, line=postgresql.GRANTING))
    asked = "PRAGMA encoding" if is_sqlite else "SHOW server_encoding"
    encoding = connection.exec_driver_sql(asked).scalar()
    if encoding not in {"UTF-8", "UTF8"}:
        raise Unavailable(
            say(
                "The database keeps its texts in {encoding}, and looptijd needs UTF-8. Make another"
                " database with that encoding, and run: looptijd init",
                encoding=encoding,
            )
        )


@contextmanager
def saying_unavailable(file: str | None = None) -> Iterator[None]:
    """Turn what the driver raises into one sentence for an operator; `file` is SQLite's."""
    try:
        yield
    except NOT_TAKEN as error:
        raise Rejected(
            say("The database does not take what was written: {reason}.", reason=_reason(error))
        ) from error
    except exc.DBAPIError as error:
        reason = _not_opened(error, file) or _reason(error)
        unusable = say("The database cannot be used: {reason}.", reason=reason)
        if getattr(error.orig, "sqlstate", None) == postgresql.NOT_ALLOWED:
            unusable = say("{problem} {line}", problem=unusable, line=postgresql.GRANTING)
        if _is_full(error):
            unusable = say("{problem} {line}", problem=unusable, line=FULL)
        if _code(error) in CORRUPT:
            raise Malformed(say("{problem} {line}", problem=unusable, line=DAMAGED)) from error
        raise Unavailable(unusable) from error
    except (ValueError, TypeError, exc.MultipleResultsFound) as error:
        if not _is_of_a_row(error):
            raise
        raise Unavailable(
            say(
                "The database holds a value that cannot be read: {reason}. Somebody changed it:"
                " put it right, or put a backup back.",
                reason=str(error),
            )
        ) from error


def _is_of_a_row(error: Exception) -> bool:
    """Tell whether a value of a row could not be read: SQLite keeps any text as an instant."""
    *_, (innermost, _) = traceback.walk_tb(error.__traceback__)
    module = str(innermost.f_globals["__name__"])
    return module.startswith(("sqlalchemy.", columns.__name__))


def _not_opened(error: exc.DBAPIError, file: str | None) -> Phrase | None:
    """Return what the system says of a file that SQLite can't open or write, or its log beside.

    SQLite has one sentence for a lack of rights, a disk that is read-only and one without inodes.
    A disk that is full or fails, or a damaged file, may be that of a backup or a scratch copy, for
    which nobody moves the register away: its file tells.
    """
    code = _code(error)
    if file and (_is_full(error) or code in {sqlite3.SQLITE_IOERR, *CORRUPT}):
        return say("{what}: {reason}", what=file, reason=_reason(error))
    if file is None or code not in NOT_OPENED:
        return None
    logs, folder = _beside(file), str(Path(os.path.realpath(file)).parent)
    try:
        for name in (file, *filter(os.path.exists, logs)):
            _refuse_unwritable(name)
    except OSError as wrong:
        reason = reason_of(wrong)
        return say("{file} cannot be opened: {reason}", file=wrong.filename, reason=reason)
    try:
        with TemporaryFile(dir=folder):
            return None
    except OSError as wrong:
        reason = reason_of(wrong)
        return say("no file can be made in {folder}: {reason}", folder=folder, reason=reason)


def _refuse_unwritable(file: str) -> None:
    """Raise the OSError with which a file would be opened, and open none.

    Who closes a file lets go of each lock that this process has on it: another command would then
    take the log away in which a daemon goes on writing (https://sqlite.org/howtocorrupt.html, 2.2).
    """
    found = os.stat(file)  # noqa: PTH116 - as the others here
    wrong = errno.EISDIR if stat.S_ISDIR(found.st_mode) else 0
    if not wrong and not os.access(file, os.R_OK | os.W_OK):
        wrong = errno.EROFS if os.statvfs(file).f_flag & os.ST_RDONLY else errno.EACCES
    if wrong:
        raise OSError(wrong, os.strerror(wrong), file)


def _is_full(error: exc.DBAPIError) -> bool:
    """Tell whether the disk is full, or has no room for what SQLite's processes share."""
    no_room = getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_IOERR_SHMSIZE
    is_full = getattr(error.orig, "sqlstate", None) == DISK_FULL
    return no_room or is_full or _code(error) == sqlite3.SQLITE_FULL


def _code(error: BaseException | None) -> int:
    """Return SQLite's number for what is wrong; of another database or fault 0."""
    return int(getattr(getattr(error, "orig", None), "sqlite_errorcode", 0)) & 0xFF


def _reason(error: exc.DBAPIError) -> Phrase | str:
    """Return the driver's own first line; parameters are hidden, so no value can leak.

    Where a full disk has no room for its shared memory either, SQLite speaks of an error only.
    """
    if getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_IOERR_SHMSIZE:
        return in_words("database or disk is full")
    lines = str(error.orig).strip().splitlines()
    return in_words(lines[0].rstrip(".") if lines else type(error).__name__)


def _engine(url: str, durability: tuple[str, ...]) -> Engine:
    if _parts_password(url):
        raise Unavailable(
            say("In the database URL the password's @ is written as %40, and its % as %25.")
        )
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        # A driver by name is no file's to the configuration; what is in memory is gone with us;
        # and what follows a ? may be the rest of a file's name.
        is_file = address.database not in {None, "", ":memory:"}
        if address.drivername != "sqlite" or not is_file or not SQLITE_URL.fullmatch(url):
            raise exc.ArgumentError(address.database)
        engine = create_engine(address, hide_parameters=True)
        pragmas = (*durability, FOREIGN_KEYS, busy_timeout(_patience()))
        event.listen(engine, "do_connect", partial(_let_logs_follow, str(address.database)))
        event.listen(engine, "connect", partial(_prepare_sqlite, pragmas))
        return engine
    if address.drivername not in {"postgresql", "postgresql+psycopg"}:
        raise exc.ArgumentError(address.drivername)
    if wrong := postgresql.refused(address.host, address.query, os.environ):
        raise Unavailable(wrong)
    os.environ.pop("PGDATESTYLE", None)  # it would go over the options
    options = f"{address.query.get('options', '')} {postgresql.OPTIONS}".strip()
    engine = create_engine(
        address,
        hide_parameters=True,
        pool_pre_ping=True,
        use_native_hstore=False,  # no column is one, and looking for the type takes 3 statements
        isolation_level="READ COMMITTED",  # whatever the server's default: writers ask anew
        connect_args={"options": options, **postgresql.CONNECTION},
    )
    postgresql.prepare(engine)
    return engine


def _let_logs_follow(file: str, *_connecting: object) -> None:
    """Give what SQLite keeps beside its file, and we may not write, what the file's mode allows.

    SQLite makes them with that mode: while the file can only be read, they can only be read too,
    and whoever puts the file right knows of no others. Somebody else's are named when they are met.
    """
    for log in map(Path, _beside(file)):
        with suppress(OSError):
            own = log.lstat().st_mode
            if stat.S_ISREG(own) and not os.access(log, os.R_OK | os.W_OK):
                log.chmod(stat.S_IMODE(own | Path(file).stat().st_mode))


def _beside(file: str) -> list[str]:
    """Return the names of what SQLite keeps beside a file: of a link, where that leads."""
    return [f"{os.path.realpath(file)}{end}" for end in BESIDE if end]


def _parts_password(url: str) -> bool:
    """Tell whether an @ parts a password of PostgreSQL: its rest would be told as the server."""
    login, _, rest = url.partition("@")
    server, _, name = rest.partition("/")
    has_password = url.startswith("postgresql") and ":" in login.partition("://")[2]
    return has_password and "@" in server + name.partition("?")[0]


def _patience() -> float:
    """Return how many seconds SQLite may wait for a lock."""
    return float(os.environ.get("LOOPTIJD_TEST_BUSY_SECONDS", postgresql.BUSY_SECONDS))


def busy_timeout(patience: float) -> str:
    """Return how SQLite is told how many seconds it may wait for a lock."""
    return f"PRAGMA busy_timeout = {patience * 1000:.0f}"


def _prepare_sqlite(pragmas: tuple[str, ...], connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None
    connection.text_factory = _text
    for pragma in pragmas:
        connection.execute(pragma)


def _text(kept: bytes) -> str:
    """Return a text; a byte in it that is no letter any more hides no other row."""
    return kept.decode(errors="replace")


def _begin_immediate(connection: Connection) -> None:
    """Ask for the write lock every 2 ms, so that the 4 ms that a tick rests are not missed.

    SQLite's own waiting asks ten times a second at last: an operator waited for 7 s while 50,000
    alerts fired, against 0.3 s (docs/performance.md, Waiting).
    """
    driver: Any = connection.connection.driver_connection
    end = time.monotonic() + _patience()
    driver.execute("PRAGMA busy_timeout = 0")
    try:
        while not _begun(connection, is_last=time.monotonic() > end):
            time.sleep(ASK_AGAIN_SECONDS)
    finally:
        with suppress(sqlite3.ProgrammingError):  # what broke off may have closed it
            driver.execute(busy_timeout(_patience()))


def _begun(connection: Connection, *, is_last: bool) -> bool:
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    except exc.OperationalError as error:
        if is_last or _code(error) != sqlite3.SQLITE_BUSY:  # or busy with what a kill left
            raise
        return False
    return True
