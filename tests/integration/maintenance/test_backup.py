"""Backups: written while the daemon runs, equal when put back, and silent until adopted."""

import errno
import fcntl
import os
import shutil
import sqlite3
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from msgspec.structs import replace
from sqlalchemy import Engine

from notifications.transport import Outcome, Verdict
from states.model.phrase import Refusal, say
from tests import store
from tests.agreements import at
from tests.audits import exported, judged
from tests.databases import fresh_database
from tests.store import Unavailable, register
from tests.town import CASE, OFFICES, Relay, Town, a_town, an_app, running, visiting, walked_once
from workflow.agreements.act import Asked, act
from workflow.agreements.tick import Ticked, tick
from workflow.agreements.tick import _fire as fire
from workflow.app.app import Restored
from workflow.app.incidents import report
from workflow.mail import queue
from workflow.maintenance import adopt as adopting
from workflow.maintenance.adopt import Choice, adopt, preview
from workflow.maintenance.backup import back_up, name_in, remove_others, restore
from workflow.maintenance.daily import Daily
from workflow.maintenance.doctor import doctor
from workflow.maintenance.reconcile import Reconciler
from workflow.maintenance.setup import init
from workflow.maintenance.verify import verify
from workflow.people.erase import erase
from workflow.people.office_queries import office_lines
from workflow.system.refusals import NotFound, Refused
from workflow.system.settings import Calendar, DaemonSettings, Mail, Municipality
from workflow.system.state_folder import NEVER, Mark, StateFolder

pytestmark = pytest.mark.on_sqlite

BACKED_UP, ALERT, LATER = "2018-06-28 10:00", "2018-06-29 08:00", "2018-06-29 09:00"
LEAD = "evaluation:final:2018-06-30:-P1M"
EVALUATION = "evaluation:final:2018-06-30:P0D"
TABLES = ("agreement", "event", "facts", "message", "occurrence", "office", "policy", "private")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Give the name of a backup that is not there yet."""
    return tmp_path / "backup.db"


@pytest.fixture
@walked_once
def living(town: Town) -> Town:
    """Give a register with an evaluation on 30 June 2018, whose alert leaves the day before."""
    town.at("2018-06-01 10:00").register(OFFICES, CASE, running("R-1", length="P9M"), history=True)
    return town.at(BACKED_UP)


@pytest.fixture
def restored(living: Town, file: Path, another_url: str) -> Iterator[Town]:
    """Give the register as a backup has it that was put back after the alert had left."""
    living.one_pass()
    back_up(living.app, file)
    living.at(ALERT).one_pass()
    with visiting(put_back(living, file, another_url)) as town:
        yield town.at(LATER)


def put_back(town: Town, file: Path, url: str) -> Town:
    """Restore a backup into another database; its daemon has the same state folder."""
    app, _ = an_app(url, town.folder)
    restore(app, file)
    return Town(replace(app, clock=town.clock), town.clock, town.folder)


def rows(town: Town, table: str) -> list[tuple[object, ...]]:
    """Return a table's rows in an order that both databases share."""
    return sorted((tuple(row) for row in town.query(f"SELECT * FROM {table}")), key=repr)  # noqa: S608


# The file ----------------------------------------------------------------------------------------


def test_a_restored_backup_is_equal(living: Town, file: Path, another_url: str) -> None:
    living.at(ALERT).one_pass()
    back_up(living.app, file)
    with visiting(put_back(living, file, another_url)) as town:
        for table in TABLES:
            assert rows(town, table) == rows(living, table)
        assert verify(town.app).problems == []
        assert verify(town.app).events == verify(living.app).events


@pytest.mark.parametrize("folder", ["50%20x", "a?b"])
def test_a_backup_is_whole_whatever_its_folder_is_called(living: Town, folder: str) -> None:
    """Where a question mark is, it was empty."""
    file = living.folder / folder / "backup.db"
    file.parent.mkdir()
    copied = back_up(living.app, file)
    with closing(sqlite3.connect(file)) as copy:
        assert copy.execute("SELECT max(number) FROM event").fetchall() == [(copied.through,)]


def test_a_backup_is_for_its_owner_only(living: Town, file: Path) -> None:
    back_up(living.app, file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in file.parent.glob("*backup*")) == ["backup.db"]


def test_a_backup_is_on_the_disk_before_it_has_its_name_and_then_the_name_is(
    living: Town, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[bool, bool]] = []

    def sync(descriptor: int) -> None:
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        synced.append((is_folder, file.exists()))

    monkeypatch.setattr(os, "fsync", sync)
    back_up(living.app, file)
    assert synced == [(False, False), (True, True)]


def test_a_backup_that_is_in_its_log_alone_is_none(living: Town, file: Path) -> None:
    """As on a disk that has room for the log and not for the file as well."""
    with ExitStack() as held:

        def and_a_reader_holds_the_log(_rows: int) -> None:
            (draft,) = file.parent.glob(".looptijd-*/register.db")
            reader = held.enter_context(closing(sqlite3.connect(draft, isolation_level=None)))
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM event").fetchall()

        with pytest.raises(Unavailable, match="database is locked"):
            back_up(living.app, file, and_a_reader_holds_the_log)
    assert [path.name for path in file.parent.iterdir() if path.name.startswith((".", "b"))] == []


def test_what_another_command_has_removed_already_is_no_fault_of_a_backup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in ("03", "04", "05"):
        (tmp_path / f"looptijd-2018-06-{day}-030000.backup").touch()
    unlink = Path.unlink

    def and_another_does_too(path: Path, **options: bool) -> None:
        unlink(path)
        unlink(path, **options)

    monkeypatch.setattr(Path, "unlink", and_another_does_too)
    remove_others(tmp_path / "looptijd-2018-06-05-030000.backup", 1)
    assert [path.name for path in tmp_path.iterdir()] == ["looptijd-2018-06-05-030000.backup"]


def test_an_older_backup_that_stays_is_named_and_that_the_new_one_is_whole(tmp_path: Path) -> None:
    made, older = (tmp_path / f"looptijd-2018-06-0{day}-030000.backup" for day in (5, 4))
    made.touch()
    older.mkdir()
    with pytest.raises(Refusal) as refused:
        remove_others(made, 1)
    assert str(refused.value) == (
        f"{made} holds the whole register, but not every older one is removed: {older}:"
        " Is a directory."
    )


def test_a_folder_of_backups_that_gives_way_is_told_as_what_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a network share that the server no longer knows."""
    made, folder = tmp_path / "looptijd-2018-06-05-030000.backup", str(tmp_path)
    stale = Mock(side_effect=OSError(errno.ESTALE, "Stale file handle", folder))
    monkeypatch.setattr(Path, "stat", stale)
    monkeypatch.setattr(Path, "iterdir", stale)
    with pytest.raises(Refusal) as refused:
        name_in(tmp_path, at("2018-06-05 03:00"))
    assert str(refused.value) == f"{folder} cannot be used: Stale file handle."
    with pytest.raises(Refusal) as refused:
        remove_others(made, 1)
    assert str(refused.value) == (
        f"{made} holds the whole register, but not every older one is removed: {folder}:"
        " Stale file handle."
    )


def failing_of_folders(why: int) -> Callable[[int], None]:
    """Return a disk's way to sync files, which fails of folders."""

    def sync(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(why, os.strerror(why))

    return sync


def test_a_backup_whose_name_may_be_lost_is_not_there_and_can_be_made_again(
    living: Town, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", failing_of_folders(errno.EIO))
        with pytest.raises(Refusal, match="cannot be used: Input/output error"):
            back_up(living.app, file)
    assert not file.exists()
    back_up(living.app, file)
    assert file.exists()


def test_a_backup_stays_in_a_folder_whose_disk_syncs_no_folders(
    living: Town, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was taken away again every night."""
    monkeypatch.setattr(os, "fsync", failing_of_folders(errno.EINVAL))
    back_up(living.app, file)
    assert file.exists()


@pytest.mark.parametrize("why", [errno.ENOTEMPTY, errno.EPERM])
def test_a_backup_is_whole_where_its_draft_cannot_be_removed(
    living: Town, file: Path, monkeypatch: pytest.MonkeyPatch, why: int
) -> None:
    """A folder that only takes what is new, as against blackmailers, lets nothing be removed."""
    monkeypatch.setattr(os, "rmdir", Mock(side_effect=OSError(why, os.strerror(why))))
    back_up(living.app, file)
    assert file.exists()


def test_a_backup_is_whole_where_its_draft_is_gone_while_it_is_removed(
    living: Town, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also what ignores errors raises that: a whole backup was told as one that failed."""
    stale = OSError(errno.ESTALE, os.strerror(errno.ESTALE))
    monkeypatch.setattr(os.path, "samestat", Mock(side_effect=stale))
    back_up(living.app, file)
    assert file.exists()


def test_a_backup_replaces_no_file(living: Town, file: Path) -> None:
    file.write_text("mine", encoding="utf-8")
    with pytest.raises(Refusal, match="exists already"):
        back_up(living.app, file)
    assert file.read_text(encoding="utf-8") == "mine"


def test_a_register_with_rows_that_others_belong_to_gone_is_copied_when_they_are_back(
    living: Town, file: Path
) -> None:
    with closing(sqlite3.connect(living.folder / "looptijd.db")) as database, database:
        database.execute("DELETE FROM agreement")
    with pytest.raises(Refusal, match="looptijd verify names them"):
        back_up(living.app, file)
    assert not file.exists()
    Reconciler().whole_pass(living.app)
    back_up(living.app, file)
    assert file.exists()


def test_a_folder_that_is_not_there_is_told_in_a_sentence(living: Town, file: Path) -> None:
    with pytest.raises(Refusal, match="cannot be used: No such file or directory"):
        back_up(living.app, file.parent / "nowhere" / "backup.db")
    with pytest.raises(Refusal, match="cannot be used: No such file or directory"):
        restore(living.app, file)


@pytest.mark.on_both
def test_a_file_without_a_register_is_not_restored(town: Town, file: Path) -> None:
    file.touch()  # an SQLite file without a table
    for one in (file, file.parent, Path("/dev/zero")):
        with pytest.raises(Refusal, match="holds no register"):
            restore(town.app, one)


@pytest.mark.parametrize(
    "change, told",
    [
        ("DROP TABLE occurrence", "The database cannot be used: no such table: occurrence."),
        ("UPDATE alembic_version SET version_num = '9999'", "The database has schema 9999, which"),
        ("UPDATE register SET rules_version = 99", "The register was written by rules of version"),
    ],
)
def test_what_is_wrong_with_a_backup_is_said_of_its_file(
    living: Town, file: Path, another_url: str, change: str, told: str
) -> None:
    back_up(living.app, file)
    with closing(sqlite3.connect(file)) as backup, backup:
        backup.execute(change)
    app, _ = an_app(another_url, living.folder)
    with closing(app.database), pytest.raises(Refusal) as caught:
        restore(app, file)
    assert str(caught.value).startswith(f"{file}: {told}")


def test_a_backup_that_is_damaged_is_called_so(living: Town, file: Path, another_url: str) -> None:
    """It was said to hold no register, or to be the register that is damaged."""
    back_up(living.app, file)
    whole = file.read_bytes()
    half, third = len(whole) // 2, len(whole) // 3
    for content in (whole[:half], whole[:third] + bytes(half) + whole[third + half :]):
        file.write_bytes(content)
        app, _ = an_app(another_url, living.folder)
        with closing(app.database), pytest.raises(Refusal) as caught:
            restore(app, file)
        assert str(caught.value) == f"{file} holds no register of looptijd, or is damaged."


@pytest.mark.parametrize("table", ["alembic_version", "event"])
def test_a_backup_of_which_one_table_is_damaged_is_called_so(
    living: Town, file: Path, another_url: str, table: str
) -> None:
    back_up(living.app, file)
    content = bytearray(file.read_bytes())
    with closing(sqlite3.connect(file)) as backup:
        ((page, size),) = backup.execute(
            "SELECT rootpage, page_size FROM sqlite_master, pragma_page_size WHERE name = ?",
            [table],
        )
    content[(page - 1) * size : page * size] = bytes(size)
    file.write_bytes(content)
    app, _ = an_app(another_url, living.folder)
    with closing(app.database), pytest.raises(Refusal) as caught:
        restore(app, file)
    assert str(caught.value) == f"{file} holds no register of looptijd, or is damaged."


@pytest.mark.on_both
def test_a_backup_is_restored_into_an_empty_database_only(living: Town, file: Path) -> None:
    back_up(living.app, file)
    before = living.counts()
    with pytest.raises(Refused) as caught:
        restore(living.app, file)
    assert caught.value.exit_code == 3
    assert living.counts() == before


def test_a_backup_from_before_any_mail_is_known_west_of_greenwich_too(
    living: Town, file: Path, another_url: str
) -> None:
    back_up(living.app, file)
    living.do("note", text="na de back-up")
    with visiting(put_back(living, file, another_url)) as town:
        town.change("UPDATE register SET restored = NULL")  # as a copied file comes back
        there = town.configured(calendar=Calendar(timezone="America/Kralendijk"))
        with pytest.raises(Restored):
            there.tick()


def test_it_is_called_put_back_from_the_moment_of_its_backup(restored: Town) -> None:
    assert restored.scalar("SELECT restored FROM register") == BACKED_UP


def test_a_restored_register_goes_on_counting(restored: Town) -> None:
    adopt(restored.app, Choice.DROP, by="beheer")
    restored.register(running("R-2", start="2018-06-01"), history=True)
    restored.do_with("R-2", "note", text="na de terugzetting")
    assert restored.problems() == []


# Silence -----------------------------------------------------------------------------------------


def test_a_restored_backup_neither_fires_nor_mails_nor_writes(restored: Town) -> None:
    before = restored.counts()
    for use in (restored.tick, lambda: restored.do_with("R-1", "note", text="x")):
        with pytest.raises(Restored, match="looptijd adopt") as caught:
            use()
        assert caught.value.exit_code == 5
    restored.deliver()
    Daily().finish(restored.app)
    assert restored.relay.attempts == []
    assert restored.counts() == before


def test_rules_that_a_newer_release_brings_fire_nothing_before_a_backup_is_adopted(
    restored: Town,
) -> None:
    """A backup of an older release is brought up to date before anybody can adopt it."""
    restored.change("UPDATE register SET rules_version = 1")
    assert not init(restored.app)
    assert restored.fired("R-1") == []
    found = adopt(restored.app, Choice.HOLD, by="beheer")
    assert (found.fired, found.mails) == ([("R-1", EVALUATION)], 1)
    assert restored.problems() == []


@pytest.mark.on_both
def test_rules_that_a_newer_release_brings_fire_nothing_of_a_backup_that_no_daemon_ever_looked_at(
    living: Town, file: Path, another_url: str
) -> None:
    back_up(living.app, file)
    with visiting(put_back(living, file, another_url)) as town:
        town.at(LATER).change("UPDATE register SET rules_version = 1")
        assert not init(town.app)
        assert town.fired("R-1") == []
        found = adopt(town.app, Choice.HOLD, by="beheer")
        assert found.fired == [("R-1", EVALUATION)]
        assert town.problems() == []


def test_a_backup_whose_copy_finds_the_disk_full_is_not_called_damaged(
    living: Town, file: Path, another_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(living.app, file)
    monkeypatch.setattr(register, "exists", Mock(side_effect=store.full_disk()))
    with pytest.raises(Refusal) as caught:
        put_back(living, file, another_url)
    (sentence,) = map(str, caught.value.sentences)
    assert sentence.startswith(f"{file}: The database cannot be used: ")
    assert "database or disk is full. Make room on its disk" in sentence
    monkeypatch.undo()
    put_back(living, file, another_url).close()


def test_a_file_that_is_put_back_is_known_by_the_events_it_does_not_have(
    living: Town, file: Path
) -> None:
    copied = file_of(living)
    shutil.copy(copied, file)
    living.do_with("R-1", "note", text="na de kopie")
    with visiting(put_file_back(living, file)) as town:
        with pytest.raises(
            Restored, match=r"its last event is number \d+, that of the state folder"
        ):
            town.at(ALERT).tick()
        assert town.fired("R-1") == []


def test_a_file_that_is_put_back_is_known_by_the_mail_it_does_not_know_of(
    living: Town, file: Path
) -> None:
    living.at(ALERT).tick()
    shutil.copy(file_of(living), file)
    living.later(seconds=30).deliver()
    events = living.scalar("SELECT count(*) FROM event")
    with visiting(put_file_back(living, file)) as town:
        assert town.scalar("SELECT count(*) FROM event") == events
        with pytest.raises(Restored, match="the state folder knows of a mail of 2018-06-29 08:00"):
            town.tick()
        with pytest.raises(Restored):
            town.deliver()
        assert town.relay.attempts == []


def test_a_file_that_is_put_back_is_known_by_what_an_operator_did_with_a_mail(
    living: Town, file: Path
) -> None:
    living.at(ALERT).tick()
    shutil.copy(file_of(living), file)
    queue.cancel(living.app, str(living.mails("id")[-1]), "gebeld")
    with visiting(put_file_back(living, file)) as town, pytest.raises(Restored):
        town.deliver()


def file_of(town: Town) -> Path:
    """Return the SQLite file, with everything in it."""
    town.query("PRAGMA wal_checkpoint(TRUNCATE)")
    return Path(str(town.app.database.engine.url.database))


def put_file_back(town: Town, file: Path) -> Town:
    """Copy a file over the register's own, as an administrator would who stopped the daemon."""
    path = file_of(town)
    town.close()
    for log in path.parent.glob(f"{path.name}-*"):
        log.unlink()
    shutil.copy(file, path)
    return town.another()


def test_one_daemon_that_notices_holds_back_those_that_cannot_know(
    living: Town, file: Path, tmp_path: Path
) -> None:
    shutil.copy(file_of(living), file)
    living.do_with("R-1", "note", text="na de kopie")
    with visiting(put_file_back(living, file)) as town:
        elsewhere = town.configured(
            daemon=replace(town.app.settings.daemon, state_directory=str(tmp_path / "another host"))
        )
        with pytest.raises(Restored):
            town.do_with("R-1", "note", text="x")
        with pytest.raises(Restored):
            elsewhere.at(ALERT).tick()


class Meanwhile:
    """Another daemon on this host that writes while this one asks how far the register had come."""

    def __init__(self, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
        self.town, self.monkeypatch = town.another(), monkeypatch
        monkeypatch.setattr(StateFolder, "mark", self.mark)

    def mark(self, register: str) -> Mark | None:
        self.monkeypatch.undo()
        self.town.do_with("R-1", "note", text="intussen")
        self.town.close()
        return self.town.app.state.mark(register)


@pytest.mark.on_both
def test_a_daemon_that_looks_while_another_writes_takes_nothing_for_a_backup(
    living: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    living.one_pass()
    Meanwhile(living, monkeypatch)
    living.at(ALERT).tick()
    assert living.fired("R-1") == [EVALUATION]


@pytest.mark.on_postgresql  # SQLite has one writer at a time
def test_an_operator_who_writes_while_a_daemon_does_takes_nothing_for_a_backup(
    living: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    living.one_pass()
    Meanwhile(living, monkeypatch)
    living.do_with("R-1", "note", text="x")
    assert living.problems() == []


@pytest.mark.on_both
def test_a_backup_that_is_made_while_a_daemon_fires_is_whole(
    living: Town, file: Path, another_url: str
) -> None:
    several = [running(f"S-{number:03}", length="P9M") for number in range(60)]
    living.register(*several, history=True).at(ALERT)
    firing = threading.Thread(target=lambda: fire_one_by_one(living.another()))
    firing.start()
    while not living.scalar("SELECT count(*) FROM occurrence WHERE status = 'fired'"):
        time.sleep(0.01)
    back_up(living.app, file)
    firing.join()
    assert living.scalar("SELECT count(*) FROM occurrence WHERE status = 'fired'") == 61
    with visiting(put_back(living, file, another_url)) as town:
        adopt(town.at(LATER).app, Choice.DROP, by="beheer")
        assert town.scalar("SELECT count(*) FROM occurrence WHERE status = 'fired'") == 61
        assert town.problems() == []


def fire_one_by_one(daemon: Town) -> None:
    """Fire what is due, an agreement a transaction."""
    now = daemon.clock.now()
    while number := next_due(daemon, now):
        fire(daemon.app, now, Ticked(), only=number)
    daemon.close()


def next_due(daemon: Town, now: datetime) -> int | None:
    """Return the number of the agreement that is due first, if any is."""
    with daemon.app.writing() as connection:
        return next((item.id for item in store.due(connection, now, 1)), None)


# Adopting ----------------------------------------------------------------------------------------


def test_what_was_sent_before_is_sent_again_under_the_same_message_id(
    living: Town, file: Path, another_url: str
) -> None:
    living.one_pass()
    living.relay.forget()
    back_up(living.app, file)
    living.at(ALERT).one_pass()
    shown = {mail.message_id for mail in living.relay.accepted}
    assert len(shown) == 1
    with visiting(put_back(living, file, another_url)) as town:
        done = adopt(town.at(LATER).app, Choice.SEND, by="beheer")
        assert done.fired == [("R-1", EVALUATION)]
        assert (done.mails, done.lost) == (1, 1)
        town.one_pass()
        assert {mail.message_id for mail in town.relay.accepted} == shown
        assert town.stage("R-1") == "evaluation"
        assert town.problems() == []


def test_what_is_let_go_when_a_register_is_adopted_has_not_waited_yet(
    living: Town, file: Path, another_url: str
) -> None:
    living.one_pass()
    back_up(living.app, file)
    with visiting(put_back(living, file, another_url)) as town:
        adopt(town.at(LATER).app, Choice.SEND, by="beheer")
        assert [str(check.detail) for check in town.checks("outbox")] == ["No mail is stuck."]
        assert [str(check.detail) for check in town.later(minutes=61).checks("outbox")] == [
            "Mails that have waited for more than an hour: 1."
        ]


def test_another_event_that_gets_the_number_of_a_lost_one_is_mailed_under_another_message_id(
    living: Town, file: Path, another_url: str
) -> None:
    living.do("submit")
    living.do("agree", attended="wethouder Bastiaens")
    living.one_pass()
    living.relay.forget()
    back_up(living.app, file)
    living.do("decide", outcome="as_proposed", label="Conform")
    living.one_pass()
    lost = about_events(living)
    with visiting(put_back(living, file, another_url)) as town:
        adopt(town.app, Choice.DROP, by="beheer")
        town.do("decide", outcome="as_proposed", label="Na beraad")
        town.one_pass()
        told = about_events(town)
        assert [row[1:] for row in told] == [row[1:] for row in lost]
        assert len({row[0] for row in (*told, *lost)}) == 4
        assert town.problems() == []
        assert judged(exported(town)) == (0, [])


def about_events(town: Town) -> list[tuple[str, ...]]:
    """Return the mails about what was recorded, and not about dates."""
    return town.mails("message_id, cause, role, status", where="cause LIKE 'event:%'")


def test_what_fell_due_is_sent_as_one_mail_an_office(
    town: Town, file: Path, another_url: str
) -> None:
    several = [running(f"R-{number}", length="P9M") for number in range(1, 6)]
    town.at("2018-06-01 10:00").register(OFFICES, *several, history=True)
    town.one_pass()
    back_up(town.app, file)
    town.at(ALERT).one_pass()
    with visiting(put_back(town, file, another_url)) as restored:
        done = adopt(restored.at(LATER).app, Choice.SEND, by="beheer")
        assert (len(done.fired), done.mails) == (5, 5)
        restored.one_pass()
        (mail,) = restored.relay.accepted
        assert mail.to == "bastiaens@maastricht.example"
        assert [ref for ref in ("R-1", "R-2", "R-3", "R-4", "R-5") if ref in mail.words] == [
            "R-1",
            "R-2",
            "R-3",
            "R-4",
            "R-5",
        ]
        assert restored.problems() == []


def test_what_is_held_waits_until_somebody_retries_it(restored: Town) -> None:
    adopt(restored.app, Choice.HOLD, by="beheer")
    restored.one_pass()
    assert restored.relay.attempts == []
    assert restored.fired("R-1") == [EVALUATION]
    assert restored.mails("status, last_error", where="rule = 'evaluation'") == [
        ("held", "vastgehouden bij het overnemen van het register")
    ]
    assert "Mails held: 1." in " ".join(str(check.detail) for check in doctor(restored.app))
    number = restored.scalar("SELECT id FROM message WHERE rule = 'evaluation'")
    queue.retry(restored.app, str(number))
    assert "could not be composed" not in " ".join(str(c.detail) for c in doctor(restored.app))
    restored.deliver()
    assert len(restored.relay.accepted) == 1


def test_what_is_dropped_is_cancelled_and_its_moves_happen(restored: Town) -> None:
    adopt(restored.app, Choice.DROP, by="beheer")
    restored.one_pass()
    assert restored.relay.attempts == []
    assert restored.stage("R-1") == "evaluation"
    assert restored.mails("status, last_error", where="rule = 'evaluation'") == [
        ("cancelled", "weggelaten bij het overnemen van het register")
    ]


def test_looking_first_changes_nothing(restored: Town) -> None:
    before = restored.counts()
    found = preview(restored.app)
    assert (found.fired, found.mails, found.lost) == ([("R-1", EVALUATION)], 1, 1)
    assert found.why == "2018-06-28 10:00"
    assert restored.counts() == before
    with pytest.raises(Restored):
        restored.tick()


def test_an_adoption_that_breaks_off_has_not_happened(
    restored: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = restored.counts()

    def breaks(*_: object) -> None:
        raise RuntimeError("power")

    monkeypatch.setattr(adopting, "_begin_anew", breaks)
    with pytest.raises(RuntimeError, match="power"):
        adopt(restored.app, Choice.SEND, by="beheer")
    assert restored.counts() == before
    with pytest.raises(Restored):
        restored.tick()


def test_an_adoption_that_is_not_committed_leaves_known_what_was_lost(
    restored: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder was told before the commit, and forgot with it how far the register had come."""
    lost = preview(restored.app).lost
    (mark,) = restored.folder.glob("looptijd-*-test.json")
    known = mark.read_bytes()
    dialect: Any = restored.app.database.engine.dialect
    fails = Mock(side_effect=dialect.loaded_dbapi.OperationalError("database or disk is full"))
    with monkeypatch.context() as broken:
        broken.setattr(dialect, "do_commit", fails)
        with pytest.raises(Unavailable, match="disk is full"):
            adopt(restored.app, Choice.DROP, by="beheer")
    assert mark.read_bytes() == known
    assert (lost, adopt(restored.app, Choice.DROP, by="beheer").lost) == (1, 1)
    assert mark.read_bytes() != known


def test_an_adoption_for_which_the_disk_is_full_has_not_happened(town: Town) -> None:
    """What fired after SQLite had undone the rest stayed fired, in a register that is not ours."""
    due = [running(f"R-{number}", length="P9M") for number in range(1, 21)]
    town.at("2018-06-01 10:00").register(OFFICES, *due, history=True)
    acceptance = Municipality(name="Gemeente Maastricht", installation="acceptance")
    copy = town.configured(municipality=acceptance).at(ALERT)
    before = copy.counts()
    with (
        store.at_savepoints(copy.app.database, store.grow_no_more),
        pytest.raises(Unavailable, match="disk is full"),
    ):
        adopt(copy.app, Choice.SEND, by="beheer")
    assert copy.counts() == before
    assert copy.fired("R-1") == []


@pytest.mark.on_both
def test_what_cannot_be_written_when_a_register_is_adopted_keeps_nothing_else_from_firing(
    town: Town,
) -> None:
    """The number of its next event is taken by one that nobody can read."""
    due = [running(f"R-{number}", length="P9M") for number in (1, 2, 3)]
    town.at("2018-06-01 10:00").register(OFFICES, *due, history=True)
    acceptance = Municipality(name="Gemeente Maastricht", installation="acceptance")
    copy = town.configured(municipality=acceptance).at(ALERT)
    copy.change(
        "INSERT INTO event (stream, seq, at, payload, hash)"
        " SELECT stream, seq + 1, at, '?', '?' FROM event WHERE stream = 'agreement:R-2'"
    )
    done = adopt(copy.app, Choice.SEND, by="beheer")
    assert (done.fired, done.failed) == ([("R-1", EVALUATION), ("R-3", EVALUATION)], ["R-2"])


def test_what_waited_for_an_adoption_is_still_named_as_it_was_queued(town: Town) -> None:
    refs = [f"SO-{number}" for number in range(6)]
    town.register(OFFICES, *(CASE.replace("SO-2017-0042", ref) for ref in refs))
    for ref in refs:
        town.do_with(ref, "submit")
        town.do_with(ref, "agree", attended="wethouder Bastiaens")
        town.do_with(ref, "decide", outcome="as_proposed")
    waiting = about_events(town)
    assert len(waiting) == 12  # of twelve names some are less than another's, and some more
    acceptance = Municipality(name="Gemeente Maastricht", installation="acceptance")
    copy = town.configured(municipality=acceptance)
    adopt(copy.app, Choice.SEND, by="beheer")
    assert about_events(copy) == waiting
    assert copy.problems() == []


def test_who_adopted_what_stands_in_the_ledger(restored: Town) -> None:
    adopt(restored.app, Choice.DROP, by="beheer")
    payload = restored.scalar(
        "SELECT payload FROM event WHERE stream = 'register' ORDER BY seq DESC LIMIT 1"
    )
    assert '"action":"adopt"' in payload
    assert '"reason":"drop"' in payload
    token = payload.split('"actor":"')[1].split('"')[0]
    assert restored.scalar("SELECT value FROM private WHERE token = :t", t=token) == "beheer"


def test_a_register_of_our_own_is_not_adopted(living: Town) -> None:
    with pytest.raises(Refused) as caught:
        adopt(living.app, Choice.SEND, by="beheer")
    assert caught.value.exit_code == 3


def test_after_an_adoption_a_folder_on_another_host_holds_nothing_back(
    living: Town, file: Path, another_url: str, tmp_path: Path
) -> None:
    folder = str(tmp_path / "another host")
    daemon = replace(living.app.settings.daemon, state_directory=folder)
    back_up(living.app, file)
    living.configured(daemon=daemon).at(ALERT).one_pass()
    with visiting(put_back(living, file, another_url)) as town:
        adopt(town.at(LATER).app, Choice.DROP, by="beheer")
        other = town.configured(daemon=daemon)
        other.do_with("R-1", "note", text="op de andere computer")
        other.one_pass()


def test_a_backup_from_before_an_adoption_is_known_as_one(restored: Town, tmp_path: Path) -> None:
    older = tmp_path / "older.db"
    adopt(restored.app, Choice.DROP, by="beheer")
    shutil.copy(file_of(restored), older)
    restored.change("UPDATE register SET restored = 'again'")
    adopt(restored.app, Choice.DROP, by="beheer")
    with visiting(put_file_back(restored, older)) as town, pytest.raises(Restored):
        town.tick()


def test_what_was_lost_is_counted_also_when_a_backup_is_put_back_again(
    living: Town, file: Path, another_url: str, tmp_path: Path
) -> None:
    back_up(living.app, file)
    later = tmp_path / "later.backup"
    for _ in range(6):
        living.do_with("R-1", "note", text="gebeld")
    back_up(living.app, later)
    with visiting(put_back(living, file, another_url)) as town:
        assert adopt(town.app, Choice.HOLD, by="beheer").lost == 6
        for _ in range(2):
            town.do_with("R-1", "note", text="gebeld")
    with visiting(put_back(living, file, f"sqlite:///{tmp_path}/again.db")) as again:
        assert preview(again.app).lost == 3  # two notes and the adoption
    with visiting(put_back(living, later, f"sqlite:///{tmp_path}/later.db")) as again:
        assert preview(again.app).lost == 1  # the adoption, at least


def test_of_a_backup_that_is_older_than_the_second_adoption_that_one_is_counted(
    living: Town, file: Path, another_url: str, tmp_path: Path
) -> None:
    back_up(living.app, file)
    longer = tmp_path / "longer.backup"
    with visiting(put_back(living, file, another_url)) as town:
        adopt(town.app, Choice.HOLD, by="beheer")
        for _ in range(6):
            town.do_with("R-1", "note", text="gebeld")
        back_up(town.app, longer)
    with visiting(put_back(living, file, f"sqlite:///{tmp_path}/again.db")) as again:
        adopt(again.app, Choice.HOLD, by="beheer")  # it has fewer events than the first one had
    with visiting(put_back(living, longer, f"sqlite:///{tmp_path}/longer.db")) as third:
        assert preview(third.app).lost == 1


def test_where_the_state_folder_is_lost_too_nobody_says_that_nothing_is_missing(
    restored: Town,
) -> None:
    (mark,) = restored.folder.glob("looptijd-*-test.json")
    known = mark.read_bytes()
    mark.unlink()
    assert preview(restored.app).lost is None
    restored.app.keep_mark()  # as a daemon does that was started too early
    assert adopt(restored.app, Choice.HOLD, by="beheer").lost is None
    assert mark.read_bytes() != known


def test_a_file_in_the_place_of_the_state_folder_is_named(restored: Town, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    daemon = DaemonSettings(state_directory=str(tmp_path / "file"))
    app, _ = an_app(str(restored.app.settings.database.url), restored.folder, daemon=daemon)
    for attempt in (preview, lambda app: adopt(app, Choice.HOLD, by="beheer")):
        with closing(app.database), pytest.raises(Refusal) as refused:
            attempt(app)
        sentence = str(refused.value)
        assert f"The state folder {tmp_path / 'file'} cannot be written (Not a direc" in sentence
        assert sentence.endswith("Let it be written again, or run this as the user of the daemon.")


def test_who_was_erased_after_the_backup_is_erased_again(
    living: Town, file: Path, another_url: str
) -> None:
    back_up(living.app, file)
    erase(living.app, "wethouder Gerats", by="griffier", reason="verzoek")
    with visiting(put_back(living, file, another_url)) as town:
        assert town.scalar("SELECT count(*) FROM private WHERE value = 'wethouder Gerats'") == 1
        done = adopt(town.app, Choice.DROP, by="beheer")
        assert done.erased == 1
        assert town.scalar("SELECT count(*) FROM private WHERE value = 'wethouder Gerats'") == 0
        assert town.problems() == []


def test_what_nobody_can_read_is_mended_before_it_is_adopted_and_somebody_erased_in_it(
    living: Town, file: Path, another_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    living.register(running("R-2", length="P9M"), history=True)
    back_up(living.app, file)
    erase(living.app, "wethouder Gerats", by="griffier", reason="verzoek")
    with visiting(put_back(living, file, another_url)) as town:
        town.change("UPDATE facts SET facts = substr(facts, 1, 40)")
        town.at(LATER)
        assert preview(town.app).failed == []
        assert incidents(caplog) == []  # none of it was kept
        done = adopt(town.app, Choice.SEND, by="beheer")
        assert (done.erased, done.failed) == (1, [])
        assert done.fired == [("R-1", EVALUATION), ("R-2", EVALUATION)]
        assert town.scalar("SELECT count(*) FROM private WHERE value = 'wethouder Gerats'") == 0
        (incident,) = incidents(caplog)
        assert "differed from it (3): R-1, R-2, SO-2017-0042." in incident
        assert town.problems() == []


def incidents(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what incidents the log told."""
    return [vars(r)["what"] for r in caplog.records if r.getMessage() == "incident"]


def test_what_is_gone_is_mended_before_it_is_adopted_so_that_nothing_of_it_is_told_twice(
    living: Town, file: Path, another_url: str
) -> None:
    """It was mended the day after, and mailed what the operator had dropped."""
    living.one_pass()
    back_up(living.app, file)
    erase(living.app, "A. Janssen", by="griffier", reason="verzoek")
    living.at(ALERT).one_pass()
    with visiting(put_back(living, file, another_url)) as town:
        for table in ("facts", "occurrence", "agreement"):
            town.change(f"DELETE FROM {table}")  # noqa: S608 - named above
        town.at(LATER)
        done = adopt(town.app, Choice.DROP, by="beheer")
        assert (done.fired, done.erased, done.mails) == ([("R-1", EVALUATION)], 1, 1)
        Reconciler().whole_pass(town.app)
        town.one_pass()
        assert town.relay.attempts == []
        assert town.problems() == []


def test_who_is_erased_again_stands_in_no_byte_of_the_file(
    living: Town, file: Path, another_url: str
) -> None:
    back_up(living.app, file)
    erase(living.app, "wethouder Gerats", by="griffier", reason="verzoek")
    with visiting(put_back(living, file, another_url)) as town:
        adopt(town.app, Choice.DROP, by="beheer")
        files = sorted(living.folder.glob("another.db*"))
        assert [path.name for path in files] == ["another.db", "another.db-shm", "another.db-wal"]
        assert b"Gerats" not in b"".join(path.read_bytes() for path in files)


def test_who_shares_an_address_or_a_name_with_who_was_erased_is_not_erased_again(
    town: Town, file: Path, another_url: str
) -> None:
    shared = OFFICES.replace("gerats@", "college@").replace("bastiaens@", "college@")
    town.at(BACKED_UP).register(shared.replace("team geld", "de secretaris"), CASE)
    back_up(town.app, file)
    for person in ("wethouder Gerats", "geld@maastricht.example"):
        erase(town.app, person, by="griffier", reason="verzoek")
    with visiting(put_back(town, file, another_url)) as copy:
        assert adopt(copy.app, Choice.DROP, by="beheer").erased == 2
        assert {line.office.key: line.holder for line in office_lines(copy.app)} == {
            "financien": "team secretariaat",
            "gemeentesecretaris": "de secretaris",
            "secretariaat": "team secretariaat",
            "sociaal-domein": "wethouder Bastiaens",
        }


def test_notes_that_name_an_actor_who_was_erased_are_erased_again(
    living: Town, file: Path, another_url: str
) -> None:
    text, by = {"text": "P. Peters belde"}, "root@server (--by P. Peters)"
    act(living.app, Asked(ref="R-1", action="note", pairs=text, by=by, reason=None))
    back_up(living.app, file)
    erase(living.app, "P. Peters", by="griffier", reason="verzoek")
    with visiting(put_back(living, file, another_url)) as town:
        adopt(town.app, Choice.DROP, by="beheer")
        assert town.query("SELECT value FROM private WHERE value LIKE '%Peters%'") == []
        assert town.problems() == []


@pytest.mark.on_both
def test_who_was_erased_by_a_command_that_died_after_its_commit_is_erased_again(
    living: Town, file: Path, another_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(living.app, file)
    monkeypatch.setattr("workflow.store.erasure.compact", Mock(side_effect=KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        erase(living.app, "wethouder Gerats", by="griffier", reason="verzoek")
    monkeypatch.undo()
    with pytest.raises(NotFound):
        erase(living.app, "wethouder Gerats", by="griffier", reason="verzoek")
    with visiting(put_back(living, file, another_url)) as town:
        assert adopt(town.app, Choice.DROP, by="beheer").erased == 1


def test_a_backup_that_is_put_back_a_second_time_is_adopted_a_second_time(
    restored: Town, file: Path, tmp_path: Path
) -> None:
    adopt(restored.app, Choice.DROP, by="beheer")
    restored.do_with("R-1", "note", text="na de eerste keer")
    with visiting(put_file_back(restored, file)) as town:
        with pytest.raises(Restored):
            town.tick()
        adopt(town.app, Choice.DROP, by="beheer")
        town.tick()
        assert town.problems() == []


def test_what_was_under_way_when_the_backup_was_made_is_decided_on_as_well(
    living: Town, file: Path, another_url: str
) -> None:
    living.one_pass()
    living.at(ALERT).tick()
    living.change(
        "UPDATE message SET status = 'sending', lease = 'x',"
        " next_attempt_at = '2018-06-29 06:40:00+00:00' WHERE rule = 'evaluation'"
    )
    back_up(living.app, file)
    with visiting(put_back(living, file, another_url)) as town:
        assert adopt(town.at("2018-06-29 08:20").app, Choice.DROP, by="beheer").mails == 1
        town.later(hours=1).one_pass()
        assert town.relay.attempts == []


def test_what_one_mail_carried_is_told_by_the_mail_that_carries_it_now(
    town: Town, file: Path, another_url: str
) -> None:
    second = '[[agreement.evaluation]]\nkey = "tweede"\non = 2018-06-30\n'
    several = [
        running(f"R-{number}", length="P9M").replace(
            "[[agreement.party]]", f"{second}[[agreement.party]]", 1
        )
        for number in (1, 2)
    ]
    town.at("2018-06-01 10:00").register(OFFICES, *several, history=True)
    town.one_pass()
    town.relay.by_address["bastiaens@maastricht.example"] = Outcome(Verdict.DEFERRED, "451")
    town.at(ALERT).one_pass()
    back_up(town.app, file)
    with visiting(put_back(town, file, another_url)) as restored:
        adopt(restored.at(LATER).app, Choice.SEND, by="beheer")
        restored.one_pass()
        (mail,) = restored.relay.accepted
        assert "4 onderwerpen" in mail.subject
        assert mail.words.count("een tussentijdse evaluatie") == 2


# The state folder --------------------------------------------------------------------------------


def test_a_clock_that_is_set_back_makes_no_backup_of_a_living_register(living: Town) -> None:
    living.one_pass()
    living.at(ALERT).tick()
    living.later(hours=12)
    living.relay.answers(Outcome(Verdict.IN_DOUBT, "nothing came"))
    living.deliver()
    living.at("2018-06-29 09:00").confirm()
    living.until("2018-06-29 12:00")
    assert living.mails("status", where="rule = 'evaluation'") == ["accepted"]


@pytest.mark.parametrize(
    "content", ["", "x", "{}", "[]", '{"events": 1, "handed_at": "2018-06-01"}']
)
def test_a_damaged_mark_is_as_good_as_none(living: Town, content: str) -> None:
    living.one_pass()
    (mark,) = living.folder.glob("looptijd-*-test.json")
    mark.write_text(content, encoding="utf-8")
    living.do_with("R-1", "note", text="x")
    assert '"events": ' in mark.read_text(encoding="utf-8")


@pytest.mark.parametrize("damage", ["'x'", "X'FF'"])
def test_a_mail_whose_moment_is_none_makes_no_backup_of_a_living_register(
    tmp_path: Path, damage: str
) -> None:
    """It sorts after every moment, and hid from the state folder that others had left."""
    with visiting(a_town(f"sqlite:///{tmp_path / 'looptijd.db'}", tmp_path)) as town:
        town.at("2018-06-01 10:00").register(OFFICES, running("R-1", length="P9M"), history=True)
        town.at(BACKED_UP).one_pass()
        town.at(ALERT).one_pass()
        town.change(f"UPDATE message SET handed_at = {damage} WHERE id = 1")  # noqa: S608
        assert town.tick() == Ticked(fired=0, superseded=0, failed=0)
        assert town.checks("restored")[0].ok
        assert town.checks("state_folder") == []  # which knows of every mail that left


@pytest.mark.parametrize("damage", ["''", "1"])
def test_nor_does_the_first_of_all_before_it_left(tmp_path: Path, damage: str) -> None:
    """What is no moment is read as one long ago, before any that the state folder knows."""
    with visiting(a_town(f"sqlite:///{tmp_path / 'looptijd.db'}", tmp_path)) as town:
        town.at("2018-06-01 10:00").register(OFFICES, running("R-1", length="P9M"), history=True)
        town.at(ALERT).tick()
        town.change(f"UPDATE message SET handed_at = {damage} WHERE id = 1")  # noqa: S608
        assert town.tick() == Ticked(fired=0, superseded=0, failed=0)
        assert town.checks("restored")[0].ok


@pytest.mark.timeout(20)
def test_who_brings_a_register_no_further_waits_for_nobody_at_its_state_folder(
    living: Town,
) -> None:
    living.one_pass()
    (mark,) = living.folder.glob("looptijd-*-test.json")
    known = mark.read_bytes()
    folder = os.open(living.folder, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)  # as another process does that writes there
    with living.app.writing():
        pass
    os.close(folder)
    assert mark.read_bytes() == known
    living.do_with("R-1", "note", text="x")
    assert mark.read_bytes() != known


def may(folder: Path) -> Town:
    return a_town(f"sqlite:///{folder / 'looptijd.db'}", folder, "2018-05-01 10:00")


def test_a_copy_of_the_file_without_a_state_folder_fires_and_mails_nothing_until_adopted(
    tmp_path: Path,
) -> None:
    with visiting(may(tmp_path)) as town:
        town.register(OFFICES, running("R-1", length="P9M"), history=True).until(BACKED_UP)
    (tmp_path / "elsewhere").mkdir()
    shutil.copy(tmp_path / "looptijd.db", tmp_path / "elsewhere" / "looptijd.db")
    url = f"sqlite:///{tmp_path / 'elsewhere' / 'looptijd.db'}"
    app, clock = an_app(url, tmp_path / "elsewhere", ALERT)
    with visiting(Town(app, clock, tmp_path / "elsewhere")) as copy:
        with pytest.raises(Restored, match=r"\(looptijd\.db\)"):
            copy.tick()
        with pytest.raises(Restored):
            copy.do_with("R-1", "note", text="x")
        assert lags(copy) == []  # what it lacks is no matter of room or rights: adopting ends it
        assert (copy.fired("R-1"), copy.deliver()["accepted"]) == ([LEAD], 0)
        adopt(copy.app, Choice.SEND, by="beheer")
        copy.one_pass()
        assert copy.fired("R-1") == [LEAD, EVALUATION]


def test_a_file_that_moved_is_no_copy_where_its_first_write_found_the_disk_full(
    tmp_path: Path,
) -> None:
    """The daemon took its number for written, which went with the transaction, and so for good."""
    with visiting(may(tmp_path)) as town:
        town.register(OFFICES, running("R-1", length="P9M"), history=True)
        town.close()
        shutil.copy(tmp_path / "looptijd.db", tmp_path / "moved")
        (tmp_path / "moved").replace(tmp_path / "looptijd.db")
        for number in count():
            with store.failing_at(town.app.database, number) as asked, suppress(Unavailable):
                town.do_with("R-1", "note", text="x")
            if len(asked) <= number:
                break
        (mark,) = tmp_path.glob("looptijd-*-test.json")
        mark.unlink()
        town.do_with("R-1", "note", text="y")


def test_a_file_that_moved_with_its_state_folder_goes_on_and_so_it_does_without_one_later(
    tmp_path: Path,
) -> None:
    with visiting(may(tmp_path)) as town:
        town.register(OFFICES, running("R-1", length="P9M"), history=True).until(BACKED_UP)
        town.close()
        shutil.copy(tmp_path / "looptijd.db", tmp_path / "moved")
        (tmp_path / "moved").replace(tmp_path / "looptijd.db")
        town.at(ALERT).one_pass()
        (mark,) = tmp_path.glob("looptijd-*-test.json")
        mark.unlink()
        town.do_with("R-1", "note", text="x")
        assert town.fired("R-1") == [LEAD, EVALUATION]


def test_a_state_folder_that_lags_behind_fails_doctor_until_it_knows_again(living: Town) -> None:
    assert lags(living.later(hours=1)) == []
    (mark,) = living.folder.glob("looptijd-*-test.json")
    old = mark.read_bytes()
    living.do_with("R-1", "note", text="x")
    mark.write_bytes(old)  # as when the disk was full
    assert lags(living) == []
    assert lags(living.later(minutes=11)) == [False]
    mark.unlink()
    assert lags(living) == [False]
    living.app.keep_mark()
    assert lags(living) == []


def test_a_state_folder_on_a_disk_that_went_read_only_fails_doctor_once_it_lags(
    living: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It warned that who asked cannot write there, with exit code 0 for ever."""
    (mark,) = living.folder.glob("looptijd-*-test.json")
    old = mark.read_bytes()
    living.do_with("R-1", "note", text="x")
    mark.write_bytes(old)
    monkeypatch.setattr(os, "access", lambda _path, mode: not mode & os.W_OK)
    assert lags(living) == [True]
    assert lags(living.later(minutes=11)) == [True, False]


def lags(town: Town) -> list[bool]:
    """Return what doctor says of the state folder."""
    return [check.ok for check in town.checks("state_folder")]


def test_a_copy_under_another_installation_does_not_hold_the_original(living: Town) -> None:
    acceptance = Municipality(name="Gemeente Maastricht", installation="../oefening")
    copy = living.configured(municipality=acceptance)
    kept = living.app.kept()
    assert kept
    copy.app.state.raise_to(replace(kept, events=999))
    living.do_with("R-1", "note", text="x")
    names = sorted(path.name[46:] for path in living.folder.glob("looptijd-*.json"))
    assert names == ["..%2Foefening.json", "test.json"]


def test_what_root_writes_belongs_to_the_folder_s_owner(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    folder = StateFolder(tmp_path / "state", "test")
    folder.path.mkdir()
    os.chown(folder.path, 65534, 65534)
    folder.raise_to(Mark(register="r", events=1, handed_at=NEVER, adoptions=0))
    folder.note_erased("r", ["sealed:0"])
    assert {path.stat().st_uid for path in folder.path.iterdir()} == {65534}


def test_neither_number_nor_instant_falls_where_two_daemons_each_know_of_one(
    tmp_path: Path,
) -> None:
    """On PostgreSQL who commits a mail may not see yet that another commits an event."""
    folder = StateFolder(tmp_path, "test")
    known = Mark(register="r", events=7, handed_at=at("2018-06-01 10:00"), adoptions=0)
    both = replace(known, handed_at=at("2018-06-01 11:00"))
    folder.raise_to(known)
    folder.raise_to(replace(both, events=6))
    assert folder.mark("r") == both
    folder.raise_to(replace(known, events=8, handed_at=at("2018-06-01 10:30")))
    assert folder.mark("r") == replace(both, events=8)


def test_what_is_damaged_in_the_file_of_who_was_erased_hides_no_other(tmp_path: Path) -> None:
    folder = StateFolder(tmp_path, "test")
    (tmp_path / "looptijd-r.erased").write_bytes(b"sealed:0\n\xff\0sealed:to")
    folder.note_erased("r", ["sealed:1", "sealed:2"])
    assert {"sealed:0", "sealed:1", "sealed:2"} <= set(folder.erased("r"))


def test_who_was_erased_is_on_the_disk_when_it_is_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, synced = StateFolder(tmp_path, "test"), list[int]()
    monkeypatch.setattr(os, "fsync", lambda file: synced.append(os.fstat(file).st_size))
    folder.note_erased("r", ["sealed:1"])
    assert synced == [len("\nsealed:1\n")]


def test_a_link_in_the_folder_leads_who_erases_to_no_other_file(tmp_path: Path) -> None:
    """Root may be who erases, and the folder the daemon's: the link could name any file."""
    other, folder = tmp_path / "shadow", StateFolder(tmp_path / "state", "test")
    other.write_text("root:*\n", encoding="ascii")
    other.chmod(0o644)
    folder.path.mkdir()
    (folder.path / "looptijd-r.erased").symlink_to(other)
    with pytest.raises(OSError, match="symbolic links"):
        folder.note_erased("r", ["sealed:0"])
    assert (other.read_text(encoding="ascii"), other.stat().st_mode & 0o777) == ("root:*\n", 0o644)


@pytest.mark.parametrize("choice", list(Choice))
def test_what_the_operator_has_to_know_leaves_whatever_becomes_of_the_rest(
    restored: Town, choice: Choice
) -> None:
    town = restored.configured(mail=Mail(operator="beheer@maastricht.example"))
    with town.app.writing(also_restored=True) as connection:
        report(connection, town.app, "relay", say("It is away."), town.clock.now())
    adopt(town.app, choice, by="beheer")
    assert town.mails("status", where="rule = 'incident'") == ["queued"]


# Another installation ----------------------------------------------------------------------------


def test_who_takes_over_the_register_of_another_installation_has_lost_nothing(living: Town) -> None:
    acceptance = Municipality(name="Gemeente Maastricht", installation="acceptance")
    copy = living.configured(municipality=acceptance)
    assert preview(copy.app).lost == 0
    done = adopt(copy.app, Choice.HOLD, by="beheer")
    assert (done.was, done.installation, done.lost) == ("test", "acceptance", 0)


def test_a_backup_under_another_installation_is_not_called_this_one(
    living: Town, file: Path, another_url: str
) -> None:
    back_up(living.app, file)
    acceptance = Municipality(name="Gemeente Maastricht", installation="acceptance")
    with visiting(put_back(living, file, another_url).configured(municipality=acceptance)) as copy:
        (said,) = copy.checks("installation")
        assert str(said.detail).startswith("The register belongs to the installation “test”")
        adopt(copy.app, Choice.HOLD, by="beheer")
        (said,) = copy.checks("installation")
        assert str(said.detail) == "This is the installation “acceptance”."


def test_a_copy_under_another_installation_connects_to_no_relay_until_it_is_adopted(
    living: Town,
) -> None:
    acceptance = Municipality(name="Gemeente Maastricht", installation="acceptance")
    copy = living.configured(municipality=acceptance)
    copy.relay = Never(copy.clock)
    copy.at(ALERT).one_pass()
    copy.until("2018-07-31 09:00")
    copy.relay = Relay(copy.clock)
    adopt(copy.app, Choice.SEND, by="beheer")
    copy.deliver()
    assert copy.relay.accepted
    assert copy.scalar("SELECT installation FROM register") == "acceptance"
    assert living.deliver() == {"accepted": 0, "retry": 0, "unknown": 0, "refused": 0}


def test_a_copy_does_not_even_send_a_test_mail(living: Town) -> None:
    acceptance = Municipality(name="Gemeente Maastricht", installation="acceptance")
    copy = living.configured(municipality=acceptance)
    with pytest.raises(Refused, match="looptijd adopt"):
        queue.send_test(copy.app, "beheer@maastricht.example", "Test", "Test")
    assert list(living.folder.glob("mail/*.eml")) == []


class Never(Relay):
    """A relay that must not be run."""

    def run(self, *_: object) -> None:
        raise AssertionError("a connection was made")


def test_no_empty_register_begins_where_another_was_at_work(living: Town, tmp_path: Path) -> None:
    """Whoever finds none, for its disk is away, is not led to one that watches nothing."""
    app, clock = an_app(f"sqlite:///{tmp_path}/empty.db", living.folder)
    with visiting(Town(app, clock, living.folder)) as town:
        with pytest.raises(
            store.Unavailable,
            match=r"had a register with \d+ events .* restore FILE.*"
            r" beside another register, name a daemon.state_directory for this one\.",
        ):
            init(town.app)
        assert not (tmp_path / "empty.db").exists()
        for file, _ in living.app.state.known():
            file.rename(file.with_name(file.name.replace("-test", "-acceptance-test")))
        assert init(town.app)


def test_an_empty_register_is_refused_where_who_made_it_could_not_see_the_other(
    living: Town, another_url: str, tmp_path: Path
) -> None:
    """On PostgreSQL its owner makes it, who may not enter the state folder."""
    home, _ = an_app(another_url, tmp_path / "of the owner")
    init(home)
    home.database.close()
    app, clock = an_app(another_url, living.folder)
    with visiting(Town(app, clock, living.folder)) as town:
        for use in (town.tick, town.deliver, lambda: doctor(app), lambda: town.importing(OFFICES)):
            with pytest.raises(store.Unavailable, match=r"had a register with \d+ events"):
                use()
        for file, _ in living.app.state.known():
            file.rename(file.with_name(file.name.replace("-test", "-acceptance-test")))
        assert len(town.importing(OFFICES).offices) == 4


def test_where_another_was_at_work_nobody_is_told_to_make_an_empty_register(
    living: Town, postgresql_admin: Engine
) -> None:
    """Whoever did so found that no backup goes into it."""
    with fresh_database(postgresql_admin) as url:
        app, clock = an_app(url, living.folder)
        with visiting(Town(app, clock, living.folder)):
            for use in (tick, doctor):
                with pytest.raises(store.Unavailable, match=r"had a register with \d+ events"):
                    use(app)


def test_a_register_in_which_nothing_happened_yet_is_missed_by_nobody(
    town: Town, another_url: str
) -> None:
    town.app.keep_mark()
    assert [mark.events for _, mark in town.app.state.known()] == [1]
    app, clock = an_app(another_url, town.folder)
    with visiting(Town(app, clock, town.folder)):
        assert init(app) is True
