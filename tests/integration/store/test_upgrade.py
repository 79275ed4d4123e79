"""Upgrading: a register of each released version comes along, and fires what it would have fired.

tests/releases/ holds for each version a register as SQL, and its firings of the five years after
2 March 2026 as that version foresaw them. That of 0.1.0-notice has two agreements whose notice
period is no shorter than a renewal.
"""

import gzip
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData, insert, select

from tests.audits import exported, judged
from tests.town import Town, an_app, visiting
from workflow.agreements.simulate import simulate
from workflow.maintenance.adopt import Choice, adopt
from workflow.maintenance.backup import restore
from workflow.maintenance.daily import Daily
from workflow.maintenance.setup import init
from workflow.store.database import Database, Unavailable
from workflow.store.migrate import _config
from workflow.store.row_copies import _go_on_counting
from workflow.store.tables import TABLES
from workflow.system.refusals import Refused

RELEASES = Path(__file__).parents[2] / "releases"
VERSIONS = {"0.1.0": "0001"}


@pytest.fixture(params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    """Give each version of which a register is kept."""
    return str(request.param)


@pytest.fixture
def old(version: str, empty_url: str, tmp_path: Path) -> Iterator[Town]:
    """Give the register of a version, on 2 March 2026, before this release saw it."""
    file = tmp_path / "old.db"
    unpack(version, file)
    app, clock = an_app(empty_url, tmp_path, "2026-03-02 10:00")
    if app.database.is_sqlite:
        file.rename(tmp_path / "looptijd.db")
    else:
        bring_over(file, app.database, VERSIONS[version])
    with visiting(Town(app, clock, tmp_path)) as town:
        yield town


def unpack(version: str, file: Path) -> None:
    """Make the SQLite file of a version."""
    script = gzip.decompress((RELEASES / f"{version}.sql.gz").read_bytes()).decode()
    with sqlite3.connect(file) as connection:
        connection.executescript(script)
    connection.close()


def bring_over(file: Path, target: Database, revision: str) -> None:
    """Bring an old register into PostgreSQL, as that version would have had it there."""
    source = Database(f"sqlite:///{file}")
    with target.engine.begin() as into:
        command.upgrade(_config(into), revision)
        with source.engine.connect() as out:
            copy(out, into)
    source.close()


def copy(out: Connection, into: Connection) -> None:
    old = MetaData()
    old.reflect(bind=into)
    for table in old.sorted_tables:
        if table.name != "alembic_version":
            rows = [dict(row) for row in out.execute(select(table)).mappings()]
            if rows:
                into.execute(insert(table), rows)
            if table.name in {"agreement", "message", "policy"}:
                _go_on_counting(into, table)


@pytest.mark.parametrize("empty_url", ["sqlite"], indirect=True)
def test_the_register_of_each_version_fires_the_same_for_five_years(
    old: Town, version: str
) -> None:
    init(old.app)
    assert old.problems() == []
    found = simulate(old.app, [], until=date(2031, 3, 31))
    lines = [
        f"{old.app.local(item.at):%Y-%m-%d %H:%M} {item.ref} {item.event.occurrence}"
        f" {item.event.stage}{f' {item.event.ending}' if item.event.ending else ''}"
        for item in found
    ]
    kept = (RELEASES / f"{version}.firings.txt").read_text(encoding="utf-8").splitlines()
    assert lines == kept


@pytest.mark.parametrize("empty_url", ["postgresql"], indirect=True)
def test_on_postgresql_an_upgrade_leaves_the_same(old: Town, version: str, tmp_path: Path) -> None:
    """So the same fires: what will is foreseen in a copy on SQLite."""
    unpack(version, tmp_path / "looptijd.db")
    url = f"sqlite:///{tmp_path / 'looptijd.db'}"
    app, clock = an_app(url, tmp_path, "2026-03-02 10:00")
    with visiting(Town(app, clock, tmp_path)) as other:
        init(old.app)
        init(other.app)
        assert old.problems() == []
        assert rows(old) == rows(other)


def rows(town: Town) -> dict[str, list[Any]]:
    """Return all that stands in a register but the numbers of events, which bringing over gave."""
    with town.app.reading() as connection:
        return {
            table.name: sorted(
                [repr(value) for name, value in row.items() if name != "number"]
                for row in connection.execute(select(table)).mappings()
            )
            for table in TABLES.sorted_tables
        }


def test_an_upgrade_keeps_every_event_and_numbers_them_in_order(old: Town) -> None:
    before = sorted(old.query("SELECT stream, seq, payload, hash FROM event"))
    init(old.app)
    assert (
        sorted(old.query("SELECT stream, seq, payload, hash FROM event WHERE stream <> 'register'"))
        == before
    )
    numbers = old.query("SELECT number FROM event ORDER BY number")
    assert [row.number for row in numbers] == list(range(1, len(before) + 2))


def test_an_upgraded_register_goes_on(old: Town) -> None:
    init(old.app)
    old.do("note", text="na de nieuwe uitgave")
    old.at("2026-03-04 08:00").one_pass()
    assert "payment:5:2026-04-01:-P4W" in old.fired("VR-2022-002")
    assert old.problems() == []


@pytest.mark.parametrize("empty_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("version", ["0.1.0-notice"])
def test_notice_that_0_1_0_asked_by_another_name_is_not_asked_again(old: Town) -> None:
    assert "notice:term:2025-12-30:P0D" in old.fired("T-1")
    init(old.app)
    old.one_pass()
    assert old.relay.shown() == []
    assert old.problems() == []
    assert judged(exported(old)) == (0, [])

    old.until("2026-03-27 08:00")
    escalates = "secretariaat@maastricht.example", "Agreement T-2: opzeggen? Uiterlijk 29 mrt (T-2)"
    assert old.relay.shown() == [("bastiaens@maastricht.example", escalates[1]), escalates]


# What 0.1.0 wrote where it cancelled a mail by itself, in its two languages.
SETTLED = ("het is intussen afgehandeld: betaald", "it was settled meanwhile: paid")


@pytest.mark.parametrize("words", SETTLED)
def test_what_0_1_0_cancelled_as_settled_leaves_when_that_is_taken_back(
    old: Town, words: str
) -> None:
    paid_and_taken_back(old, words)
    asked = "Gezamenlijke…: betaal termijn 8, moest 1 mrt (4e keer) (VR-2022-007)"
    assert old.relay.shown() == [("financien@veldrijk.example", asked)]
    assert old.problems() == []


def test_what_0_1_0_merged_into_such_a_mail_leaves_when_that_is_taken_back(old: Town) -> None:
    old.change(
        "UPDATE message SET status = 'cancelled', last_error = :words"
        " WHERE cause = 'evaluation:final:2026-04-30:-P3M' AND role = 'office'",
        words=SETTLED[0],
    )
    old.change(
        "UPDATE message SET carried_by = (SELECT min(id) FROM message"
        "  WHERE cause = 'evaluation:final:2026-04-30:-P3M' AND role = 'office')"
        " WHERE cause = 'payment:8:2026-03-01:+P1D' AND role = 'finance'"
    )
    paid_and_taken_back(old, "staat in mail 227")
    asked = "Gezamenlijke…: betaal termijn 8, moest 1 mrt (4e keer) (VR-2022-007)"
    assert old.relay.shown() == [("financien@veldrijk.example", asked)]
    assert old.problems() == []


def test_what_an_operator_of_0_1_0_cancelled_does_not_leave_when_it_is_asked_again(
    old: Town,
) -> None:
    paid_and_taken_back(old, "niet nodig")
    assert old.relay.accepted == []


def paid_and_taken_back(old: Town, words: str) -> None:
    """Pay what 0.1.0 asked for by a mail that it cancelled in these words, and undo that."""
    old.change(
        "UPDATE message SET status = 'cancelled', accepted_at = NULL, last_error = :words"
        " WHERE cause = 'payment:8:2026-03-01:+P1D' AND role = 'finance'",
        words=words,
    )
    init(old.app)
    old.at("2026-03-02 10:05").do_with("VR-2022-007", "pay", instalment="8")
    old.later(minutes=1).do_with("VR-2022-007", "undo", reason="Zo.")
    old.deliver()


@pytest.mark.parametrize("status, attempts, times", [("cancelled", 1, "4e"), ("accepted", 2, "5e")])
def test_what_an_office_of_0_1_0_refused_leaves_for_the_office_that_was_asked_instead(
    old: Town, status: str, attempts: int, times: str
) -> None:
    """Though an operator cancelled it since, or tried it again."""
    old.change(
        "INSERT INTO message (agreement_id, rule, cause, role, generation, caught_up, late_by,"
        "  escalates, created_at, attempts, in_doubt, doubts, message_id, office, status, look_at)"
        " SELECT agreement_id, rule, cause, role, generation, caught_up, late_by, escalates,"
        "  created_at, 0, in_doubt, doubts, '<0@x>', 'bedrijfsvoering', 'queued', created_at"
        "  FROM message WHERE cause = 'payment:8:2026-03-01:+P1D' AND role = 'finance'"
    )
    old.change(
        "UPDATE message SET status = :status, attempts = :attempts"
        " WHERE cause = 'payment:8:2026-03-01:+P1D' AND office = 'financien'",
        status=status,
        attempts=attempts,
    )
    init(old.app)
    old.at("2026-03-02 10:05").deliver()
    asked = f"Gezamenlijke…: betaal termijn 8, moest 1 mrt ({times} keer) (VR-2022-007)"
    assert old.relay.shown() == [("secretariaat.brandema@veldrijk.example", asked)]
    assert not [line for line in judged(exported(old))[1] if "mails was" in line]


@pytest.mark.on_sqlite  # PostgreSQL keeps a row that others stand under
def test_an_agreement_of_which_the_row_is_gone_keeps_nobody_from_upgrading(old: Town) -> None:
    with closing(sqlite3.connect(old.folder / "looptijd.db")) as database:
        (ref,) = database.execute("SELECT min(ref) FROM agreement").fetchone()
        database.execute("DELETE FROM agreement WHERE ref = ?", [ref])
        database.commit()
    for _ in range(2):
        assert init(old.app) is False
    assert old.query("SELECT ref FROM agreement WHERE ref = :ref", ref=ref) == []
    old.one_pass()
    Daily().finish(old.app)
    assert old.query("SELECT ref FROM agreement WHERE ref = :ref", ref=ref) == [(ref,)]
    assert old.problems() == []


def test_a_migration_that_would_break_a_reference_is_undone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpack("0.1.0", tmp_path / "looptijd.db")
    app, _ = an_app(f"sqlite:///{tmp_path}/looptijd.db", tmp_path, "2026-03-02 10:00")

    def breaking(config: Config, _: str) -> None:
        config.attributes["connection"].exec_driver_sql("DELETE FROM agreement WHERE id = 1")

    monkeypatch.setattr(command, "upgrade", breaking)
    with closing(app.database), pytest.raises(Unavailable, match="would have broken a reference"):
        init(app)
    with closing(sqlite3.connect(tmp_path / "looptijd.db")) as database:
        assert database.execute("SELECT count(*) FROM agreement WHERE id = 1").fetchone() == (1,)


def test_a_restore_that_is_refused_leaves_the_older_register_to_the_older_release(
    old: Town, version: str, tmp_path: Path
) -> None:
    unpack(version, tmp_path / "backup.db")
    with pytest.raises(Refused):
        restore(old.app, tmp_path / "backup.db")
    assert old.query("SELECT version_num FROM alembic_version") == [("0001",)]


def test_of_a_backup_of_before_the_upgrade_what_was_lost_is_counted(
    old: Town, version: str, tmp_path: Path
) -> None:
    unpack(version, tmp_path / "backup.db")
    app, clock = an_app(f"sqlite:///{tmp_path}/again.db", tmp_path, "2026-03-04 08:00")
    init(old.app)
    old.at("2026-03-04 08:00").one_pass()
    fired = {
        ("VR-2022-002", "payment:5:2026-04-01:-P4W"),
        ("VR-2024-003", "payment:8:2026-04-01:-P4W"),
    }
    with visiting(Town(app, clock, tmp_path)) as again:
        restore(again.app, tmp_path / "backup.db")
        init(again.app)
        found = adopt(again.app, Choice.HOLD, by="beheer")
        assert fired <= {*found.fired}
        assert found.lost == 3


def test_a_backup_of_before_the_upgrade_is_sound_before_and_after_it_is_adopted(
    version: str, empty_url: str, tmp_path: Path
) -> None:
    unpack(version, tmp_path / "backup.db")
    app, clock = an_app(empty_url, tmp_path, "2026-03-04 08:00")
    with visiting(Town(app, clock, tmp_path)) as again:
        restore(again.app, tmp_path / "backup.db")
        init(again.app)
        assert again.problems() == []
        adopt(again.app, Choice.HOLD, by="beheer")
        assert again.problems() == []


def test_the_outside_judge_accuses_no_mail_of_before_the_upgrade(old: Town) -> None:
    """The events of 0.1.0 do not bear how many mails they brought."""
    init(old.app)
    assert judged(exported(old)) == (0, [])


def test_the_outside_judge_misses_a_mail_of_before_the_upgrade(old: Town) -> None:
    init(old.app)
    name = "activation:term:2024-12-12:P0D"
    old.change("DELETE FROM message WHERE cause = :name AND role = 'case_owner'", name=name)
    code, found = judged(exported(old))
    assert code == 1
    assert any(f"of {name} there is no mail (case_owner)" in line for line in found)
