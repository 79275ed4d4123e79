"""How a connection is prepared, on both databases."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import DatabaseError, OperationalError

from tests.store import Unavailable
from tests.town import OFFICES, Town, a_town, running, unguarded, visiting
from workflow.agreements.tick import tick
from workflow.app.app import App
from workflow.maintenance.daily import Daily
from workflow.maintenance.doctor import doctor
from workflow.store.database import Database, saying_unavailable


def test_who_writes_waits_for_fifteen_seconds_for_another(town: Town) -> None:
    sqlite = town.app.database.is_sqlite
    with town.app.database.write() as connection:
        answer = connection.exec_driver_sql(
            "PRAGMA busy_timeout" if sqlite else "SHOW lock_timeout"
        )
        assert answer.scalar() == (15_000 if sqlite else "15s")


@pytest.mark.parametrize("column, asks", [("high_water", tick), ("reconciled_at", doctor)])
@pytest.mark.parametrize("value", ["", "2018-13-45", "x", 7])
def test_a_value_that_is_no_instant_is_told_in_one_sentence(
    tmp_path: Path, column: str, asks: Callable[[App], object], value: object
) -> None:
    """SQLite keeps whatever is written; PostgreSQL refuses it."""
    a_wrong_value_is_told(tmp_path, column, asks, value)


@pytest.mark.parametrize("column", ["rules_version", "adoptions"])
@pytest.mark.parametrize("value", ["", "x", b"\xff"])
def test_a_value_that_is_no_number_is_told_in_one_sentence(
    tmp_path: Path, column: str, value: object
) -> None:
    a_wrong_value_is_told(tmp_path, column, doctor, value)


def test_a_second_row_of_the_register_is_told_in_one_sentence(town: Town) -> None:
    columns = "uid, installation, rules_version, created_at"
    town.change(f"INSERT INTO register (id, {columns}) SELECT 2, {columns} FROM register")  # noqa: S608
    with pytest.raises(Unavailable, match=r"exactly one was required\. Somebody changed it"):
        doctor(town.app)


def a_wrong_value_is_told(
    tmp_path: Path, column: str, asks: Callable[[App], object], value: object
) -> None:
    with visiting(a_town(f"sqlite:///{tmp_path / 'looptijd.db'}", tmp_path)) as town:
        town.at("2018-06-05 10:00").register(OFFICES, running("A-1"), history=True)
        Daily().finish(town.app)
        town.at("2018-06-29 08:00").tick()
        unguarded(town).change(f"UPDATE register SET {column} = :v", v=value)  # noqa: S608 - above
        with pytest.raises(Unavailable, match="holds a value that cannot be read"):
            asks(town.app)


def test_of_a_full_disk_the_file_is_named() -> None:
    """It may be that of a backup, and was taken for the register's."""
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode = sqlite3.SQLITE_FULL
    with pytest.raises(Unavailable) as caught, saying_unavailable("/backup/register.db"):
        raise OperationalError("SELECT 1", {}, error)
    assert str(caught.value) == (
        "The database cannot be used: /backup/register.db: database or disk is full."
        " Make room on its disk, and try again: nothing that was recorded is lost."
    )


@pytest.mark.parametrize(
    "code, reason",
    [
        (sqlite3.SQLITE_IOERR, "disk I/O error"),
        (sqlite3.SQLITE_CORRUPT, "database disk image is malformed"),
    ],
)
def test_a_disk_that_fails_names_the_file_for_that_may_be_a_backups(code: int, reason: str) -> None:
    """What was said of a backup's draft was taken for the register: it was to be moved away."""
    error = sqlite3.DatabaseError(reason)
    error.sqlite_errorcode = code
    with pytest.raises(Unavailable) as caught, saying_unavailable("/backup/register.db"):
        raise DatabaseError("SELECT 1", {}, error)
    sentence = f"The database cannot be used: /backup/register.db: {reason}."
    assert str(caught.value).startswith(sentence)


def test_a_disk_that_has_no_room_for_shared_memory_is_called_full() -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE
    with pytest.raises(Unavailable) as caught, saying_unavailable("/var/register.db"):
        raise OperationalError("SELECT 1", {}, error)
    assert str(caught.value) == (
        "The database cannot be used: /var/register.db: database or disk is full."
        " Make room on its disk, and try again: nothing that was recorded is lost."
    )


def test_a_file_that_cannot_be_opened_is_named_with_what_the_system_says(tmp_path: Path) -> None:
    (tmp_path / "looptijd.db").mkdir()
    database = Database(f"sqlite:///{tmp_path / 'looptijd.db'}")
    with pytest.raises(Unavailable) as refused, database.read():
        pass
    file = tmp_path / "looptijd.db"
    assert str(refused.value) == (
        f"The database cannot be used: {file} cannot be opened: Is a directory."
    )
    with pytest.raises(Unavailable) as refused:
        database.make_folder()
    assert str(refused.value) == (
        f"The database cannot be used: {file} cannot be opened: Is a directory."
    )
    (tmp_path / "loop").symlink_to("loop")
    beyond = Database(f"sqlite:///{tmp_path}/loop/a.db")
    with pytest.raises(Unavailable) as refused, beyond.read():
        pass
    assert str(refused.value).startswith(
        f"The database cannot be used: {tmp_path}/loop/a.db cannot be opened: Too many levels"
    )


def test_who_asks_why_a_file_cannot_be_opened_lets_go_of_no_lock(tmp_path: Path) -> None:
    """Closing a file ends each lock of its process: another's last close took the log away."""
    with visiting(a_town(f"sqlite:///{tmp_path / 'looptijd.db'}", tmp_path)) as town:
        town.register(OFFICES)
        error = sqlite3.OperationalError("unable to open database file")
        error.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN
        with pytest.raises(Unavailable), saying_unavailable(town.app.database.file):
            raise OperationalError("SELECT 1", {}, error)

        reads = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('SELECT * FROM event')"
        subprocess.run([sys.executable, "-c", reads, tmp_path / "looptijd.db"], check=True)

        assert (tmp_path / "looptijd.db-wal").is_file()


@pytest.mark.on_sqlite
def test_a_connection_that_was_out_when_all_were_closed_is_closed_when_it_comes_back(
    town: Town,
) -> None:
    """One that was opened to be read keeps all others of its process from writing the log."""
    database = town.app.database
    with database.read() as out:
        driver: Any = out.connection.dbapi_connection
        database.close()
        assert driver.execute("SELECT 1").fetchall() == [(1,)]
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        driver.execute("SELECT 1")


def test_who_writes_waits_while_another_reads_the_log_that_a_kill_left(tmp_path: Path) -> None:
    with visiting(a_town(f"sqlite:///{tmp_path / 'looptijd.db'}", tmp_path)) as town:
        dialect: Any = town.app.database.engine.dialect
        execute, asked = dialect.do_execute, list[str]()

        def is_busy_once(cursor: Any, statement: str, *rest: Any) -> None:
            if statement == "BEGIN IMMEDIATE" and not asked:
                asked.append(statement)
                error = sqlite3.OperationalError("database is locked")
                error.sqlite_errorcode = sqlite3.SQLITE_BUSY_RECOVERY
                raise error
            execute(cursor, statement, *rest)

        dialect.do_execute = is_busy_once
        town.register(OFFICES)
        assert asked == ["BEGIN IMMEDIATE"]
