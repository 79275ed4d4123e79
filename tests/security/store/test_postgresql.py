"""PostgreSQL: the application's role can do its work and nothing else; far servers are verified."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import ProgrammingError

from states.model.fact_types import parse_date
from tests.databases import admin_engine, fresh_database, transaction
from tests.town import CASE, OFFICES, Town, an_app, visiting
from workflow.agreements.simulate import simulate
from workflow.app.signs_of_life import leave_sign_of_life, sign_off
from workflow.maintenance.adopt import Choice, adopt
from workflow.maintenance.daily import Daily
from workflow.maintenance.doctor import doctor
from workflow.maintenance.setup import adopt_policy, init
from workflow.people.erase import erase
from workflow.store.database import Database, Unavailable
from workflow.store.postgresql import refused

GRANTS = Path(__file__).parents[3] / "deploy" / "postgresql.sql"
GRANTED = re.compile(r"\('(\w+)', '([\w, ]+)'\)")


@pytest.fixture
def restricted(postgresql_admin: Engine, tmp_path: Path) -> Iterator[Town]:
    """Give a register whose tables are the owner's, seen as the application's role."""
    with as_the_application(postgresql_admin, tmp_path) as town:
        yield town


@pytest.fixture(scope="module")
def refusing(postgresql_admin: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Give such a register with an agreement, for what changes nothing in it."""
    with as_the_application(postgresql_admin, tmp_path_factory.mktemp("refusing")) as town:
        yield town.register(OFFICES, CASE)


@contextmanager
def as_the_application(
    postgresql_admin: Engine, folder: Path, *, again: bool = True
) -> Iterator[Town]:
    """Give a register whose tables are the owner's, seen as the application's role.

    The very file of the grants is run, under names of its own: roles belong to the whole server.
    Without `again` whoever made the register forgot to run it after init.
    """
    app, owner = f"app_{uuid4().hex}", f"owner_{uuid4().hex}"
    grants = GRANTS.read_text().replace("looptijd_owner", owner)
    grants = re.sub(r"\blooptijd\b", app, grants)
    with fresh_database(postgresql_admin) as url:
        name = url.rpartition("/")[2].partition("?")[0]
        root = admin_engine(url)
        with root.connect() as connection:
            for role in (app, owner):
                connection.execute(text(f"CREATE ROLE {role} LOGIN"))
            connection.execute(text(f"ALTER DATABASE {name} OWNER TO {owner}"))
            _run(connection, grants)
        home, clock = an_app(_as(url, owner), folder)
        init(home)
        home.database.close()
        if again:
            with root.connect() as connection:
                _run(connection, grants)
        home, clock = an_app(_as(url, app), folder)
        with visiting(Town(home, clock, folder)) as town:
            yield town
        with root.connect() as connection:
            connection.execute(text(f"DROP OWNED BY {app}, {owner} CASCADE"))
        root.dispose()
    with postgresql_admin.connect() as connection:
        connection.execute(text(f"DROP ROLE {app}, {owner}"))


def _run(connection: Connection, script: str) -> None:
    """Run a file as psql would: SQLAlchemy takes a % for a parameter."""
    driver: Any = connection.connection.driver_connection
    driver.execute(script)


def _as(url: str, role: str) -> str:
    return url.replace("//postgres@", f"//{role}@")


def test_the_application_s_role_does_everything_but_make_tables(restricted: Town) -> None:
    town = restricted.in_force()
    town.until("2018-11-01 12:00")
    town.hand_over("financien", "nieuw@maastricht.example", reason="vertrek")
    adopt_policy(town.app)
    leave_sign_of_life(town.app, "daemon", None)
    leave_sign_of_life(town.app, "daemon", "fout")
    sign_off(town.app, "daemon")
    town.confirm()
    assert [check.detail for check in town.checks("rights")]
    assert all(check.ok for check in town.checks("rights"))
    simulate(town.app, (), until=parse_date("2019-12-31"))
    erase(town.app, "A. Janssen", by="griffier", reason="uit dienst")
    town.change("UPDATE agreement SET next_alert_at = NULL")
    Daily().finish(town.later(days=1).app)
    assert town.scalar("SELECT count(*) FROM seal") == 1
    town.change("UPDATE register SET restored = 'backup'")
    adopt(town.app, Choice.DROP, by="beheer")

    assert town.problems() == []
    assert town.mails("status", where="status = 'accepted'")


def test_rights_that_nobody_gave_are_told_with_the_file_that_gives_them(
    postgresql_admin: Engine, tmp_path: Path
) -> None:
    with as_the_application(postgresql_admin, tmp_path, again=False) as town:
        lacks = [check for check in doctor(town.app) if not check.ok]
        assert [check.name for check in lacks] == ["rights"]
        listed, remedy = str(lacks[0].detail).removesuffix(".").split(". ", 1)
        lacking = {table: rights for rights, _, table in _lacking(listed)}
        assert lacking == dict(GRANTED.findall(GRANTS.read_text()))
        assert "deploy/postgresql.sql" in remedy

        with pytest.raises(Unavailable, match=r"permission denied .*deploy/postgresql\.sql"):
            leave_sign_of_life(town.app)


def test_who_may_make_no_table_is_told_whose_work_init_is(
    postgresql_admin: Engine, tmp_path: Path
) -> None:
    with fresh_database(postgresql_admin) as url, postgresql_admin.connect() as connection:
        stranger = f"stranger_{uuid4().hex}"
        connection.execute(text(f"CREATE ROLE {stranger} LOGIN"))
        with transaction(url) as inside:  # until PostgreSQL 14 everybody might
            inside.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        app, _ = an_app(_as(url, stranger), tmp_path)
        with pytest.raises(
            Unavailable, match=r"denied .*init and restore are for the role that owns"
        ):
            init(app)
        app.database.close()
        connection.execute(text(f"DROP ROLE {stranger}"))


SERVER = "db.example.org/looptijd?sslmode=verify-full"


@pytest.mark.parametrize(
    "written, told",
    [
        (f"looptijd:geheim@{SERVER}", f"looptijd:***@{SERVER}"),
        (f"looptijd@{SERVER}&password=geheim", f"looptijd@{SERVER}"),
        (f"looptijd@{SERVER}&sslpassword=geheim", f"looptijd@{SERVER}"),
    ],
)
def test_where_the_register_stands_is_told_without_a_password(written: str, told: str) -> None:
    assert Database(f"postgresql+psycopg://{written}").place == f"postgresql+psycopg://{told}"


@pytest.mark.parametrize("behind_the_question_mark", [False, True])
@pytest.mark.parametrize("mode, told", [(0o644, True), (0o640, False)])
def test_a_password_that_everybody_may_read_is_told(
    postgresql_admin: Engine,
    tmp_path: Path,
    mode: int,
    *,
    told: bool,
    behind_the_question_mark: bool,
) -> None:
    with fresh_database(postgresql_admin) as url:
        written = url.replace("postgres@", "postgres:geheim@")
        if behind_the_question_mark:
            written = f"{url}{'&' if '?' in url else '?'}password=geheim"
        app, _ = an_app(written, tmp_path)
        file = tmp_path / "looptijd.toml"
        file.write_text(f'[database]\nurl = "{app.settings.database.url}"\n', encoding="utf-8")
        file.chmod(mode)
        init(app)
        app = replace(app, configuration=replace(app.configuration, file=file))
        warned = [str(check.detail) for check in doctor(app) if check.warns]
        sentence = (
            f"Everybody may read the password that stands in {file}. Type: sudo chmod o-r {file}"
        )
        assert (sentence in warned) is told
        assert "geheim" not in " ".join(warned)
        app.database.close()


def _lacking(sentence: str) -> Iterator[tuple[str, str, str]]:
    """Yield the rights and the table of each part of what the doctor says is lacking."""
    for part in sentence.partition(": ")[2].split("; "):
        yield part.partition(" ON ")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET hash = 'x'",
        "DELETE FROM event",
        "TRUNCATE event",
        "DROP TABLE event",
        "ALTER TABLE event DISABLE TRIGGER ALL",
        "ALTER TABLE event ADD COLUMN x integer",
        "DROP TRIGGER event_is_never_changed ON event",
        "CREATE TABLE x (y integer)",
        "CREATE TEMPORARY TABLE event (y integer)",
        "CREATE FUNCTION x() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "UPDATE policy SET payload = 'x'",
        "DELETE FROM policy",
        "UPDATE seal SET hash = 'x'",
        "DELETE FROM seal",
        "DELETE FROM agreement",
        "DELETE FROM facts",
        "DELETE FROM message",
        "DELETE FROM register",
        "UPDATE private SET value = 'x'",
        "UPDATE alembic_version SET version_num = 'x'",
        "INSERT INTO alembic_version VALUES ('x')",
        "TRUNCATE private",
        "CREATE ROLE x",
        "COPY event TO '/tmp/x'",
        "COPY event FROM PROGRAM 'id'",
        "SET session_replication_role = replica",
    ],
)
def test_the_application_s_role_is_refused(refusing: Town, statement: str) -> None:
    before = refusing.counts()
    with (
        pytest.raises(ProgrammingError, match=r"permission denied|must be (owner|superuser)"),
        refusing.app.database.engine.begin() as connection,
    ):
        connection.exec_driver_sql(statement)
    assert refusing.counts() == before


@contextmanager
def as_the_owner(town: Town) -> Iterator[Connection]:
    """Give a connection of the role that owns the tables."""
    engine = town.app.database.engine
    with engine.begin() as connection:
        owner = connection.exec_driver_sql(
            "SELECT tableowner FROM pg_tables WHERE tablename = 'event'"
        ).scalar_one()
    url = engine.url.render_as_string(hide_password=False)
    owning = admin_engine(url.replace(f"//{engine.url.username}@", f"//{owner}@"))
    with owning.connect() as connection:
        yield connection
    owning.dispose()


def test_a_search_path_of_the_role_s_own_hides_no_register(
    postgresql_admin: Engine, restricted: Town
) -> None:
    """The register was told as not initialised."""
    role = restricted.app.database.engine.url.username
    with postgresql_admin.connect() as connection:
        connection.exec_driver_sql(f"ALTER ROLE {role} SET search_path = elsewhere")
    with visiting(restricted.another()) as other:
        assert other.problems() == []


def test_a_schema_named_as_the_role_does_not_stand_before_the_register(restricted: Town) -> None:
    """The register was told as not initialised."""
    role = restricted.app.database.engine.url.username
    with as_the_owner(restricted) as owner:
        owner.exec_driver_sql(f"CREATE SCHEMA {role} GRANT USAGE ON SCHEMA {role} TO {role}")
    with visiting(restricted.another()) as other:
        assert other.problems() == []


def test_who_may_not_append_is_told(restricted: Town) -> None:
    with as_the_owner(restricted) as owner:
        owner.exec_driver_sql(
            f"REVOKE INSERT ON event FROM {restricted.app.database.engine.url.username}"
        )
    (check,) = restricted.checks("rights")
    assert str(check.detail).startswith(
        "Nobody gave this role what it needs in the database: INSERT ON event. "
    )


def test_numbers_that_nobody_may_draw_are_told(restricted: Town) -> None:
    """The doctor said that the role could do its work, and nothing fired."""
    role = restricted.app.database.engine.url.username
    with as_the_owner(restricted) as owner:
        owner.exec_driver_sql(f"REVOKE USAGE ON SEQUENCE event_number_seq FROM {role}")
    (check,) = restricted.checks("rights")
    assert str(check.detail).startswith(
        "Nobody gave this role what it needs in the database: USAGE ON event_number_seq. "
    )


def test_a_schema_that_may_not_be_used_is_no_register_that_is_gone(
    restricted: Town, postgresql_admin: Engine
) -> None:
    """As after a dump that was put back without its grants: it said to restore a backup."""
    restricted.register(OFFICES)
    engine = restricted.app.database.engine
    root = admin_engine(engine.url.set(username="postgres").render_as_string(hide_password=False))
    with root.connect() as connection:
        connection.exec_driver_sql(f"REVOKE USAGE ON SCHEMA public FROM {engine.url.username}")
    root.dispose()
    with (
        visiting(restricted.another()) as other,
        pytest.raises(Unavailable, match=r"^This role may use no schema .*postgresql\.sql"),
    ):
        doctor(other.app)


def test_a_database_that_can_only_be_read_is_told(
    restricted: Town, postgresql_admin: Engine
) -> None:
    """A daemon on a standby leaves no sign of life, so the doctor said to start one that runs."""
    role = restricted.app.database.engine.url.username
    with postgresql_admin.connect() as connection:
        connection.exec_driver_sql(f"ALTER ROLE {role} SET default_transaction_read_only = on")
    with visiting(restricted.another()) as other:
        (check,) = other.checks("rights")
    assert str(check.detail) == (
        "The database can only be read, as a standby: nothing fires by it. Name the server that"
        " writes in database.url."
    )


def test_a_table_of_a_later_release_can_be_read_and_appended_to(
    restricted: Town, postgresql_admin: Engine
) -> None:
    engine = restricted.app.database.engine
    with as_the_owner(restricted) as owner:
        owner.exec_driver_sql("CREATE TABLE later (id integer GENERATED ALWAYS AS IDENTITY)")

    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO later DEFAULT VALUES")
        assert connection.exec_driver_sql("SELECT id FROM later").scalar_one() == 1
    with pytest.raises(ProgrammingError, match="permission denied"), engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM later")


# Time-outs ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "setting,value",
    [
        ("lock_timeout", "15s"),
        ("statement_timeout", "2min"),
        ("idle_in_transaction_session_timeout", "5min"),
    ],
)
def test_every_connection_has_its_time_outs(
    postgresql_admin: Engine, setting: str, value: str
) -> None:
    with fresh_database(postgresql_admin) as url:
        database = Database(f"{url}&options=-c%20work_mem%3D5MB%20-c%20lock_timeout%3D0")
        with database.read() as connection:
            assert connection.exec_driver_sql(f"SHOW {setting}").scalar_one() == value
            assert connection.exec_driver_sql("SHOW work_mem").scalar_one() == "5MB"
        with database.write() as connection:
            assert connection.exec_driver_sql(f"SHOW {setting}").scalar_one() == value
        database.close()


def test_the_server_s_list_of_connections_tells_whose_they_are(
    postgresql_admin: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PGAPPNAME", raising=False)
    with fresh_database(postgresql_admin) as url:
        for asked, name in (("", "looptijd"), ("&application_name=bewaking", "bewaking")):
            database = Database(url + asked)
            with database.read() as connection:
                shown = connection.exec_driver_sql(
                    "SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid()"
                )
                assert shown.scalar_one() == name
            database.close()


def test_a_database_that_its_administrator_keeps_as_it_is_is_not_written(
    postgresql_admin: Engine,
) -> None:
    """A connection that had read wrote all the same: the daemon's, and no command's."""
    with fresh_database(postgresql_admin) as url, postgresql_admin.connect() as connection:
        name = url.rpartition("/")[2].partition("?")[0]
        connection.exec_driver_sql(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        database = Database(url)
        for _ in range(2):
            with database.read() as reading:
                assert reading.exec_driver_sql("SELECT 1").scalar_one() == 1
            with (
                pytest.raises(Unavailable, match="in a read-only transaction"),
                database.write() as writing,
            ):
                writing.exec_driver_sql("CREATE TABLE x (y integer)")
        database.close()


@pytest.mark.parametrize("kept, used", [("off", "on"), ("local", "local")])
def test_a_commit_is_waited_for_where_a_server_was_set_not_to(
    postgresql_admin: Engine, kept: str, used: str
) -> None:
    """Mail leaves by what was committed; what its server forgets in a crash would leave again."""
    with fresh_database(postgresql_admin) as url, postgresql_admin.connect() as connection:
        name = url.rpartition("/")[2].partition("?")[0]
        connection.exec_driver_sql(f"ALTER DATABASE {name} SET synchronous_commit = {kept}")
        database = Database(url)
        for opened in (database.read, database.write):
            with opened() as asked:
                assert asked.exec_driver_sql("SHOW synchronous_commit").scalar_one() == used
        database.close()


@pytest.mark.parametrize(
    "setting", ["datestyle = German", "quote_all_identifiers = on", "timezone = '<+03>-3'"]
)
def test_how_a_server_writes_does_not_matter(
    postgresql_admin: Engine,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    setting: str,
) -> None:
    monkeypatch.setenv("PGDATESTYLE", "German")
    with fresh_database(postgresql_admin) as url, postgresql_admin.connect() as connection:
        name = url.rpartition("/")[2].partition("?")[0]
        connection.exec_driver_sql(f"ALTER DATABASE {name} SET {setting}")
        app, clock = an_app(url, tmp_path)
        init(app)
        with visiting(Town(app, clock, tmp_path)) as town:
            assert not town.importing(OFFICES, CASE).problems  # by its own connections
            assert town.problems() == []
    assert caplog.messages == []


# Beyond this machine -----------------------------------------------------------------------------

NEAR = [
    "postgresql+psycopg:///d",
    "postgresql+psycopg://u@/d?host=/var/run/postgresql",
    "postgresql+psycopg://u@localhost/d",
    "postgresql+psycopg://u@127.0.0.1:5433/d",
    "postgresql+psycopg://u@[::1]/d",
    "postgresql+psycopg://u@localhost/d?hostaddr=127.0.0.1",
    "postgresql+psycopg://u@/d?host=localhost:5432&host=/tmp",
]
FAR = [
    "postgresql+psycopg://u@db.maastricht.example/d",
    "postgresql+psycopg://u@192.0.2.1/d",
    "postgresql+psycopg://u@[2001:db8::1]/d",
    "postgresql+psycopg://u@db.maastricht.example/d?sslmode=require",
    "postgresql+psycopg://u@db.maastricht.example/d?sslmode=verify-ca",
    "postgresql+psycopg://u@db.maastricht.example/d?sslmode=disable",
    "postgresql+psycopg://u@db.maastricht.example/d?host=localhost",
    "postgresql+psycopg://u@/d?host=db.maastricht.example",
    "postgresql+psycopg://u@localhost/d?hostaddr=192.0.2.1",
    "postgresql+psycopg://u@/d?host=/tmp&host=db.maastricht.example",
    "postgresql+psycopg://u@/d?host=localhost,db.maastricht.example",
    "postgresql+psycopg://u@/d?service=ver",
    "postgresql+psycopg://u@localhost/d?service=ver",
    "postgresql+psycopg://u@/d?conninfo=host%3Ddb.maastricht.example",
    "postgresql+psycopg://u@localhost.maastricht.example/d",
    "postgresql+psycopg://u@db.maastricht.example/d?sslmode=verify-full&sslmode=disable",
]


@pytest.fixture(autouse=True)
def _nothing_of_libpq_s(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PGHOST", "PGHOSTADDR", "PGSERVICE", "PGSSLMODE"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("url", NEAR)
def test_a_socket_or_loopback_needs_no_tls(url: str) -> None:
    assert Database(url).is_sqlite is False


@pytest.mark.parametrize("url", FAR)
def test_a_far_server_needs_to_be_verified(url: str) -> None:
    with pytest.raises(Unavailable) as refusal:
        Database(url)

    assert (refusal.value.exit_code, len(refusal.value.sentences)) == (5, 1)
    assert "?sslmode=verify-full&sslrootcert=FILE" in str(refusal.value)


@pytest.mark.parametrize("password", ["ge@heim", "ge@he/im", "ge@he@im", "ge@he:im", "ge@he?im"])
def test_no_part_of_a_password_is_taken_for_the_server(password: str) -> None:
    """What came after its @ was told as the name of a server that could not be found."""
    with pytest.raises(Unavailable) as refusal:
        Database(f"postgresql+psycopg://looptijd:{password}@localhost/looptijd")
    assert str(refusal.value) == (
        "In the database URL the password's @ is written as %40, and its % as %25."
    )


@pytest.mark.parametrize("driver", ["psycopg_async", "psycopg2", "asyncpg"])
def test_another_driver_than_ours_is_no_address(driver: str) -> None:
    """One of them needed a package that nobody has, which was told as a fault of looptijd."""
    with pytest.raises(Unavailable, match=r"It is no such address\. .* postgresql\+psycopg://"):
        Database(f"postgresql+{driver}://looptijd@localhost/looptijd")


def test_a_far_server_that_is_verified_may_be_connected_to() -> None:
    assert Database("postgresql+psycopg://u@db.maastricht.example/d?sslmode=verify-full")
    assert Database("postgresql+psycopg://u@/d?service=ver&sslmode=verify-full")


@pytest.mark.parametrize(
    "host,environ,far",
    [
        (None, {"PGHOST": "db.maastricht.example"}, True),
        (None, {"PGHOST": "/run/postgresql"}, False),
        ("localhost", {"PGHOST": "db.maastricht.example"}, False),
        ("localhost", {"PGHOSTADDR": "192.0.2.1"}, True),
        ("localhost", {"PGSERVICE": "ver"}, True),
        ("localhost", {"PGSERVICE": "ver", "PGSSLMODE": "verify-full"}, True),
        ("db.maastricht.example", {"PGSSLMODE": "verify-full"}, False),
        ("db.maastricht.example", {"PGSSLMODE": "require"}, True),
    ],
)
def test_what_the_environment_names_counts_where_the_url_is_silent(
    host: str | None, environ: dict[str, str], *, far: bool
) -> None:
    assert (refused(host, {}, environ) is not None) is far
