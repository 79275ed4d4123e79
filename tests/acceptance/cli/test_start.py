"""The demo ends as it should, and help is there at once."""

import subprocess
import sys

import pytest

from tests.acceptance.commands import ROOT, Operator
from tests.acceptance.processes import SCRIPTS, surroundings

HEAVY = {
    "sqlalchemy",
    "sqlmodel",
    "pydantic",
    "alembic",
    "jinja2",
    "rich",
    "pendulum",
    "apscheduler",
    "aiosmtplib",
}


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


def test_the_demo_follows_the_case_to_its_end(operator: Operator) -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "examples" / "demo.py"],
        cwd=ROOT,
        env=surroundings(operator.folder)
        | {
            "PYTHONPATH": str(ROOT),
            "TMPDIR": str(operator.folder),  # in memory, as make test keeps it
            "LOOPTIJD_TEST_DEMO_DAYS": "7",
        },
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=110,
    )
    assert (done.returncode, done.stderr) == (0, "")
    rows = [" ".join(line.split()[1:]) for line in done.stdout.splitlines() if line.strip()]
    for row in (
        "2017-10-12 10:00 payment:1:2017-10-12:P0D (ingehaald)",
        "2018-08-17 08:00 payment:2:2018-10-12:-P8W",
        "2019-10-11 08:00 payment:3:2019-10-12:P0D",
        "2020-07-10 08:00 evaluation:final:2020-07-11:P0D → evaluatie",
        "2020-10-12 00:00 expiry:term:2020-10-12:P0D → geëindigd (vervallen zonder besluit)",
    ):
        assert row in rows
    assert "Verbindend Leiden: start evaluatie vóór 11 juli (3e keer) (SO-2017-0042)" in done.stdout
    assert "0 problemen" in done.stdout.splitlines()[-1]
