"""Making the register, and refusing one that this release does not know."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine

from tests.town import CASE, OFFICES, Town, a_town, an_app, visiting
from workflow.maintenance.doctor import doctor
from workflow.maintenance.setup import init
from workflow.store import rows
from workflow.store.database import Database, Unavailable
from workflow.store.rows import Row

NEWER = (
    "The database has schema 9999, which this version does not know."
    " Install the version of looptijd that made it, or a newer one."
)


@pytest.fixture
def empty(empty_url: str, tmp_path: Path) -> Iterator[Town]:
    """Give a town whose register was not made yet."""
    app, clock = an_app(empty_url, tmp_path)
    with visiting(Town(app, clock, tmp_path)) as town:
        yield town


def test_a_register_is_made_once_and_making_it_again_keeps_everything(empty: Town) -> None:
    assert init(empty.app) is True
    empty.register(OFFICES, CASE)
    before, uid = empty.counts(), empty.scalar("SELECT uid FROM register")
    with visiting(empty.another()) as other:
        assert init(other.app) is False
    assert empty.counts() == before
    assert empty.scalar("SELECT uid FROM register") == uid


def test_making_it_adopts_the_configured_policy_and_records_the_installation(
    empty: Town,
) -> None:
    init(empty.app)
    assert empty.counts()["policy"] == 1
    assert empty.scalar("SELECT installation FROM register") == "test"


MAKE = """
import sys
from pathlib import Path
from tests.town import an_app
from workflow.store.database import Unavailable
from workflow.maintenance.setup import init
sys.stdin.readline()
try:
    print(init(an_app(sys.argv[1], Path(sys.argv[2]))[0]))
except Unavailable as refused:
    print("refused", refused)
"""


def test_of_two_who_make_it_at_the_same_time_one_makes_it(empty_url: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", MAKE, empty_url, str(tmp_path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with (
        subprocess.Popen(command, **pipes) as one,  # type: ignore[call-overload]
        subprocess.Popen(command, **pipes) as other,  # type: ignore[call-overload]
    ):
        for maker in (one, other):
            maker.stdin.write("go\n")
            maker.stdin.flush()
        answers = [maker.stdout.read().split()[0] for maker in (one, other)]
    assert sorted(answers) in (["False", "True"], ["True", "refused"])
    app, clock = an_app(empty_url, tmp_path)
    with visiting(Town(app, clock, tmp_path)) as town:
        assert town.scalar("SELECT count(*) FROM register") == 1
        assert town.counts()["policy"] == 1


def test_no_new_register_is_made_over_a_ledger(town: Town) -> None:
    town.register(OFFICES, CASE).change("DELETE FROM register")
    before = town.query("SELECT number, hash FROM event ORDER BY number")
    with visiting(town.another()) as other, pytest.raises(Unavailable, match="Put a backup back"):
        init(other.app)
    assert town.query("SELECT number, hash FROM event ORDER BY number") == before


# Not initialised ---------------------------------------------------------------------------------


def test_a_database_that_was_not_initialised_says_so(empty: Town) -> None:
    for use in (empty.tick, empty.deliver, lambda: empty.importing(OFFICES), empty.problems):
        with pytest.raises(Unavailable) as caught:
            use()
        assert caught.value.exit_code == 5
        assert "looptijd init" in str(caught.value)


def test_a_file_that_is_no_database_says_so(tmp_path: Path) -> None:
    (tmp_path / "looptijd.db").write_text("Dit is geen database. " * 100, encoding="utf-8")
    app, clock = an_app(f"sqlite:///{tmp_path / 'looptijd.db'}", tmp_path)
    with visiting(Town(app, clock, tmp_path)), pytest.raises(Unavailable) as caught:
        init(app)
    assert caught.value.exit_code == 5
    assert str(caught.value) == (
        f"The database cannot be used: {tmp_path / 'looptijd.db'}: file is not a database. If the"
        " configuration names the right file, it is damaged: move it away, with its -wal and -shm,"
        " and put a backup back: looptijd restore FILE"
    )


def test_a_damaged_file_says_how_a_backup_comes_back(tmp_path: Path) -> None:
    """It said that its image is malformed, and the page on it that nothing is lost."""
    file = tmp_path / "looptijd.db"
    app, clock = an_app(f"sqlite:///{file}", tmp_path)
    with visiting(Town(app, clock, tmp_path)) as town:
        init(app)
        town.register(OFFICES)
    with file.open("r+b") as damaged:
        damaged.truncate(file.stat().st_size // 3)
    app, clock = an_app(f"sqlite:///{file}", tmp_path)
    with visiting(Town(app, clock, tmp_path)) as town, pytest.raises(Unavailable) as caught:
        town.problems()
    assert "is malformed. If the configuration names" in str(caught.value)


def test_a_server_that_is_not_there_says_so(tmp_path: Path) -> None:
    app, _ = an_app(f"postgresql+psycopg://nobody@/none?host={tmp_path}", tmp_path)
    with pytest.raises(Unavailable) as caught:
        init(app)
    assert caught.value.exit_code == 5
    assert str(caught.value).startswith("The database cannot be used: ")
    assert "\n" not in str(caught.value)


def test_a_url_of_another_kind_of_database_is_refused() -> None:
    with pytest.raises(Unavailable) as caught:
        Database("mysql://localhost/looptijd")
    assert caught.value.exit_code == 5


@pytest.mark.parametrize(
    "rest", ["?wat.db", "?", "?mode=ro", "?timeout=", "?timeout=soon", "?timeout=1&timeout=2"]
)
def test_what_follows_a_file_and_is_no_option_of_ours_is_refused(rest: str) -> None:
    """Of “which?one.db” a file “which” would be opened; two options ended with a traceback."""
    with pytest.raises(Unavailable, match="It is no such address"):
        Database(f"sqlite:///which{rest}")


def test_a_file_may_have_any_name_and_a_time_to_wait() -> None:
    assert Database("sqlite:///which%3Fone.db?timeout=2.5").file == "which?one.db"


# Newer -------------------------------------------------------------------------------------------


def newer(town: Town) -> Town:
    """Let a newer release migrate the database; return the town as this release opens it."""
    town.register(OFFICES, CASE)
    town.change("UPDATE alembic_version SET version_num = '9999'")
    return town


def test_a_database_of_a_newer_version_is_refused(town: Town) -> None:
    with visiting(newer(town).another()) as opened:
        before = opened.counts()
        for use in (
            opened.tick,
            opened.deliver,
            opened.problems,
            lambda: opened.do("submit"),
            lambda: init(opened.app),
            lambda: doctor(opened.app),
        ):
            with pytest.raises(Unavailable) as caught:
                use()
            assert caught.value.exit_code == 5
            assert str(caught.value) == NEWER
        assert opened.counts() == before


def test_a_database_of_an_older_version_is_refused_until_init(town: Town) -> None:
    town.register(OFFICES, CASE)
    town.change("UPDATE alembic_version SET version_num = '0001'")
    with visiting(town.another()) as opened:
        for use in (opened.tick, opened.deliver, lambda: opened.do("submit")):
            with pytest.raises(Unavailable) as caught:
                use()
            assert str(caught.value) == (
                "The database has the older schema 0001. Run: looptijd init"
            )


def test_a_daemon_that_runs_already_stops_writing_when_a_newer_release_takes_over(
    town: Town,
) -> None:
    town.tick()
    newer(town).later(minutes=2)
    before = town.counts()
    for use in (town.tick, lambda: town.do("submit")):
        with pytest.raises(Unavailable, match="9999"):
            use()
    assert town.counts() == before


def test_a_register_with_newer_rules_is_refused(town: Town) -> None:
    town.change("UPDATE register SET rules_version = 99")
    for use in (lambda: town.importing(OFFICES), lambda: init(town.app)):
        with pytest.raises(Unavailable) as caught:
            use()
        assert caught.value.exit_code == 5
        assert "written by rules of version 99" in str(caught.value)


# The models --------------------------------------------------------------------------------------


def test_the_migrations_make_what_the_models_say(town: Town) -> None:
    with town.app.database.read() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, Row.metadata) == []


def test_sqlite_waits_for_the_disk_and_watches_its_references(tmp_path: Path) -> None:
    with visiting(a_town(f"sqlite:///{tmp_path / 'looptijd.db'}", tmp_path)) as town:
        assert town.scalar("PRAGMA journal_mode") == "wal"
        assert town.scalar("PRAGMA synchronous") == 2
        assert town.scalar("PRAGMA foreign_keys") == 1


def test_a_row_that_belongs_to_no_agreement_is_refused(town: Town) -> None:
    with pytest.raises(Unavailable):
        town.change("INSERT INTO facts VALUES (99, '{}')")


# A database that cannot be worked with -----------------------------------------------------------

LATIN_1 = "ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"


def test_a_postgresql_database_that_is_not_utf_8_is_refused_and_left_empty(
    postgresql_admin: Engine, tmp_path: Path
) -> None:
    name = f"looptijd_test_{uuid4().hex}"
    with postgresql_admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} {LATIN_1}")
    url = postgresql_admin.url.set(database=name).render_as_string(hide_password=False)
    app, clock = an_app(url, tmp_path)
    try:
        with visiting(Town(app, clock, tmp_path)) as town:
            with pytest.raises(Unavailable, match="keeps its texts in LATIN1, and looptijd needs"):
                init(app)
            assert town.query("SELECT 1 FROM pg_tables WHERE schemaname = 'public'") == []
    finally:
        with postgresql_admin.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


def test_a_register_whose_file_is_not_utf_8_is_refused_at_the_start(tmp_path: Path) -> None:
    with visiting(a_town(f"sqlite:///{tmp_path / 'looptijd.db'}", tmp_path)):
        pass
    with (
        closing(sqlite3.connect(tmp_path / "looptijd.db")) as made,
        closing(sqlite3.connect(tmp_path / "other.db")) as other,
    ):
        other.execute("PRAGMA encoding = 'UTF-16le'")
        other.executescript("\n".join(made.iterdump()))
    app, _ = an_app(f"sqlite:///{tmp_path / 'other.db'}", tmp_path)
    with (
        closing(app.database),
        pytest.raises(Unavailable, match="keeps its texts in UTF-16le"),
        app.reading(),
    ):
        pass


def test_nothing_is_asked_that_the_sqlite_of_rhel_9_does_not_know() -> None:
    """It has 3.34; these came with 3.35. SQLAlchemy asks the first only of who knows it."""
    store = Path(rows.__file__).parent
    newer = {
        (path.name, word)
        for path in store.rglob("*.py")
        for word in (".returning(", "RETURNING", "DROP COLUMN")
        if word in path.read_text(encoding="utf-8")
    }
    assert newer == set()


INDEXED_OTHERWISE = """
SELECT format('%s.%s', index.indrelid::regclass, a.attname)
FROM pg_index AS index JOIN pg_attribute AS a ON a.attrelid = index.indexrelid
WHERE index.indrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
AND a.attcollation NOT IN (0, '"C"'::regcollation)
"""


@pytest.mark.on_postgresql
def test_no_index_depends_on_how_the_system_sorts_texts(town: Town) -> None:
    """Its library changes with the system; an index that it sorted then doubles what it misses."""
    assert town.scalar(INDEXED_OTHERWISE) == "alembic_version.version_num"


def test_a_connection_to_postgresql_notices_silence_and_speaks_utf_8(
    postgresql_admin: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    database = Database(postgresql_admin.url.render_as_string(hide_password=False))
    with database.engine.connect() as connection:
        parameters = connection.connection.driver_connection.info.get_parameters()  # type: ignore[union-attr]
        assert connection.exec_driver_sql("SELECT 'Łódź'").scalar() == "Łódź"
    database.close()
    names = ("tcp_user_timeout", "keepalives_idle", "keepalives_interval", "keepalives_count")
    assert [parameters.get(name) for name in names] == ["30000", "30", "10", "3"]
