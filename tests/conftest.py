"""Fixtures for all tests."""

import gc
import os
import shutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import pytest
from hypothesis import settings
from sqlalchemy import Engine

import notifications
import states
import workflow
from tests.databases import Copies, admin_engine, fresh_database, postgresql_server
from tests.statements import Sqlite, asked, compile_once, not_of_postgresql
from tests.store import make_tables
from tests.town import Town, the_usual_town, visiting

# A property is about values; how long one example took tells how busy the machine was.
settings.register_profile("looptijd", deadline=None)
settings.load_profile("looptijd")
BOTH = ("sqlite", "postgresql")
MARKS = {"on_sqlite": ("sqlite",), "on_postgresql": ("postgresql",), "on_both": BOTH}
ASKED: dict[str, list[str]] = {}  # by all workers, of each kind of database
MISSING = pytest.StashKey[list[str]]()
compile_once()
gc.disable()  # until the tests are collected: what is imported stays


def pytest_collection_finish() -> None:
    """Import the whole product, for chance draws from the constants of what is loaded.

    So it draws the same in whatever order the tests come. Then let garbage be collected seldom,
    and pass over all that was imported: 7 % of the time.
    """
    for package in (states, notifications, workflow):
        for module in walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations." not in module.name:  # which migrate when they are imported
                import_module(module.name)
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Ask the databases that are marked: no statement of the product is of one alone."""
    kinds = databases(metafunc.definition)
    for name in {"database_url", "empty_url"}.intersection(metafunc.fixturenames):
        if kinds != BOTH:
            only = pytest.mark.parametrize(name, kinds, indirect=True)
            metafunc.definition.add_marker(only)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let what is asked of SQLite alone find an order that is missing, as PostgreSQL might."""
    Sqlite.backwards = databases(item) == MARKS["on_sqlite"]


def databases(item: pytest.Item) -> tuple[str, ...]:
    """Return the databases that a test asks: what is said of itself goes before its module's."""
    return next((MARKS[mark.name] for mark in item.iter_markers() if mark.name in MARKS), BOTH)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Learn from a worker that has ended what it asked the databases."""
    for kind, statements in getattr(node, "workeroutput", {}).get("asked", {}).items():
        ASKED.setdefault(kind, []).extend(statements)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell what a worker asked; let a run of all tests fail that left out PostgreSQL."""
    config = session.config
    if hasattr(config, "workeroutput"):
        config.workeroutput["asked"] = asked()
        return
    narrowing = ("keyword", "markexpr", "lf", "deselect")
    narrowed = any(config.getoption(name, default=None) for name in narrowing)
    is_whole = config.args_source is config.ArgsSource.TESTPATHS and not narrowed
    if is_whole and (missing := not_of_postgresql(ASKED or asked())):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        config.stash[MISSING] = missing


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Name what only SQLite was asked."""
    for statement in config.stash.get(MISSING, ()):
        terminalreporter.write_line(f"PostgreSQL was not asked, SQLite was: {statement}")


@pytest.fixture
def town(database_url: str, tmp_path: Path) -> Iterator[Town]:
    """Give a register that was made on 1 June 2017 at 10:00 and holds nothing."""
    with visiting(the_usual_town(database_url, tmp_path)) as made:
        yield made


@pytest.fixture
def small_town(migrated_file: Path, tmp_path: Path) -> Iterator[Town]:
    """Give the same on SQLite alone, for what no database has a part in."""
    copied = shutil.copy(migrated_file, tmp_path / "looptijd.db")
    with visiting(the_usual_town(f"sqlite:///{copied}", tmp_path)) as made:
        yield made


@pytest.fixture(scope="session")
def postgresql_admin() -> Iterator[Engine]:
    """Start PostgreSQL once per worker, when the first test needs it.

    `LOOPTIJD_TEST_POSTGRES`, the URL of an existing server's admin database, wins.
    """
    if url := os.environ.get("LOOPTIJD_TEST_POSTGRES"):
        engine = admin_engine(url)
        yield engine
        engine.dispose()
        return
    with postgresql_server() as server:
        engine = admin_engine(server)
        yield engine
        engine.dispose()


@pytest.fixture
def another_url(database_url: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the URL of another empty database of the same kind."""
    if database_url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'another.db'}"
        return
    with fresh_database(request.getfixturevalue("postgresql_admin")) as url:
        yield url


@pytest.fixture(params=BOTH)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the URL of a database in which nothing is: the test runs once on each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'looptijd.db'}"
        return
    with fresh_database(request.getfixturevalue("postgresql_admin")) as url:
        yield url


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the URL of a database with its tables and no row: the test runs once on each kind."""
    if request.param == "sqlite":
        copied = shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "looptijd.db")
        yield f"sqlite:///{copied}"
        return
    with request.getfixturevalue("migrated_databases").one() as url:
        yield url


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the tables once per worker, on SQLite."""
    file = tmp_path_factory.mktemp("migrated") / "looptijd.db"
    make_tables(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def migrated_databases(postgresql_admin: Engine) -> Iterator[Copies]:
    """Make the tables once per worker, on PostgreSQL; give databases that are copies of them."""
    with fresh_database(postgresql_admin) as url:
        make_tables(url)
        copies = Copies(postgresql_admin, like=url.rpartition("/")[2].partition("?")[0])
        yield copies
        copies.close()
