"""The demo ends as it should, and help is there at once."""

import re
import subprocess
import sys

import pytest

from tests.acceptance.commands import REF, ROOT, Operator
from tests.acceptance.processes import SCRIPTS, surroundings

HEAVY = {
    "sqlalchemy",
    "sqlmodel",
    "msgspec",
    "pydantic",
    "alembic",
    "jinja2",
    "rich",
    "pendulum",
    "apscheduler",
    "aiosmtplib",
}
NOT_TO_READ = {
    "alembic",
    "jinja2",
    "apscheduler",
    "aiosmtplib",
    "icalendar",
    "prometheus_client",
    "pydantic",
    "sqlmodel",
    "sqlalchemy.orm",
    "workflow.app.incidents",
    "workflow.mail",
}


def imported(operator: Operator, *words: str) -> set[str]:
    """Return the names of all modules that a command imports."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", SCRIPTS / "looptijd", *words],
        cwd=operator.folder,
        env=surroundings(operator.folder),
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_import_nothing_heavy(operator: Operator, option: str) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", SCRIPTS / "looptijd", option],
        cwd=operator.folder,
        env=surroundings(operator.folder),
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    names = [line.rpartition("|")[2].strip() for line in done.stderr.splitlines()]
    assert "click" in names
    assert HEAVY.isdisjoint(name.partition(".")[0] for name in names)
    assert "looptijd" in done.stdout


@pytest.mark.parametrize("command", ["show", "list", "do"])
def test_a_command_that_reads_imports_what_it_needs_only(
    case_registered: Operator, command: str
) -> None:
    words = [command] if command == "list" else [command, REF]
    names = imported(case_registered, *words)
    assert "sqlalchemy" in names
    assert NOT_TO_READ & names == set()


def test_making_a_register_imports_the_migrations_and_no_models(operator: Operator) -> None:
    names = imported(operator, "init")
    assert "alembic" in names
    assert {"sqlmodel", "pydantic"} & names == set()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return what the demo prints when it is asked for everything; it stops once a week."""
    done = subprocess.run(
        [sys.executable, ROOT / "examples" / "demo.py", "--all"],
        cwd=ROOT,
        env=surroundings(tmp_path_factory.mktemp("demo"))
        | {"PYTHONPATH": str(ROOT), "LOOPTIJD_TEST_DEMO_DAYS": "7"},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=110,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_demo_follows_the_case_to_its_end(demo: str) -> None:
    rows = [line.strip() for line in demo.splitlines()]
    for row in (
        "2017-06-01 09:00  in het register opgenomen  → concept",
        "2017-06-06 10:00  voorleggen  → bestuurlijk overleg",
        "2017-10-12 10:00  payment:1:2017-10-12:P0D  (ingehaald)",
        "2018-08-17 08:00  payment:2:2018-10-12:-P8W",
        "2019-10-11 08:00  payment:3:2019-10-12:P0D",
        "2020-07-10 08:00  evaluation:final:2020-07-11:P0D  → evaluatie",
        "2020-10-12 00:00  expiry:term:2020-10-12:P0D  → geëindigd (vervallen zonder besluit)",
    ):
        assert row in rows
    assert "problemen in het logboek: 0." in demo


def test_the_demo_tells_its_story_on_one_screen_and_the_mail_that_matters_first(demo: str) -> None:
    story, _, everything = demo.partition("\nTijdlijn\n")
    screen = [*story.splitlines(), *everything.splitlines()[-2:]]

    assert len(screen) < 24  # a terminal's lines; the prompt takes one
    assert max(map(len, screen)) <= 80
    assert screen[1].startswith("De mail waar het om gaat, op vrijdag 10 juli 2020 08:00")
    assert screen[3].startswith("  Verbindend Leiden: start evaluatie vóór 11 juli")
    assert "uiterlijk zaterdag 11 juli 2020 de eindevaluatie van Verbindend Leiden." in " ".join(
        story.split()
    )
    assert [line.split()[:5] for line in screen if line.startswith("  12 oktober 20")] == [
        ["12", "oktober", "2017", "in", "werking"],
        ["12", "oktober", "2020", "geëindigd", "(vervallen"],
    ]
    assert re.fullmatch(
        r"Rondes: \d+, problemen in het logboek: 0. Duur: \d+ seconden.", screen[-2]
    )
