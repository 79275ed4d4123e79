"""`--scheduled` and `--keep`, as the timers use them."""

import sqlite3
from contextlib import closing

import pytest

from tests.acceptance.commands import Operator

SETTINGS = 'language = "en"\n[municipality]\ninstallation = "production"\n'
DAYS = ("2027-01-05", "2027-01-06", "2027-01-07", "2027-01-08")


def checks(operator: Operator) -> dict[str, str]:
    """Return what the doctor says of scheduled work."""
    found = operator.reads_whatever_the_code("doctor")["checks"]
    return {c["name"]: c["detail"] for c in found if c["name"] in {"backup", "verify", "metrics"}}


@pytest.fixture
def production(operator: Operator) -> Operator:
    """Give a register of 1 January 2027."""
    operator.configures(SETTINGS).at("2027-01-01T10:00:00+01:00").does("init")
    (operator.folder / "nightly").mkdir()
    return operator


def test_each_night_a_backup_is_made_and_the_newest_stay(production: Operator) -> None:
    nightly = production.folder / "nightly"
    for other in ("looptijd-mine.backup", "looptijd-2026-01-01-030000.backup.asc"):
        (nightly / other).write_text("mine", encoding="utf-8")
    for day in DAYS:
        then = production.at(f"{day}T03:00:00+01:00")
        then.does("backup", "--scheduled", "--keep", "2", "nightly")
    assert sorted(path.name for path in nightly.iterdir()) == [
        "looptijd-2026-01-01-030000.backup.asc",
        "looptijd-2027-01-07-030000.backup",
        "looptijd-2027-01-08-030000.backup",
        "looptijd-mine.backup",
    ]
    with closing(sqlite3.connect(nightly / "looptijd-2027-01-08-030000.backup")) as copy:
        assert copy.execute("SELECT restored FROM register").fetchall() == [("2027-01-08 03:00",)]
    assert checks(production.at("2027-01-08T10:00:00+01:00")) == {
        "backup": "It was last done on Friday 8 January 2027 03:00."
    }


def test_after_a_night_with_the_clock_ahead_the_backup_of_this_night_stays(
    production: Operator,
) -> None:
    nightly = production.folder / "nightly"
    for ahead in ("looptijd-2038-01-19-030000.backup", "looptijd-2038-01-20-030000.backup"):
        (nightly / ahead).touch()
    production.at("2027-01-05T03:00:00+01:00").does("backup", "--keep", "2", "nightly")
    assert sorted(path.name for path in nightly.iterdir()) == [
        "looptijd-2027-01-05-030000.backup",
        "looptijd-2038-01-20-030000.backup",
    ]


def test_a_backup_that_fails_is_told_and_leaves_the_older_ones(production: Operator) -> None:
    then = production.at("2027-01-05T03:00:00+01:00")
    then.does("backup", "--scheduled", "--keep", "2", "nightly")
    again = then.runs("backup", "--scheduled", "--keep", "1", "nightly")
    assert again.code == 2
    assert len(list((production.folder / "nightly").iterdir())) == 1
    told = checks(then)["backup"]
    assert told.startswith(
        "It failed on Tuesday 5 January 2027 03:00: nightly/looptijd-2027-01-05-"
    )
    nowhere = then.runs("backup", "--keep", "1", "nowhere")
    assert nowhere.err == "looptijd: nowhere is no folder: --keep needs one.\n"


def test_what_an_operator_tries_by_hand_leaves_no_sign(production: Operator) -> None:
    production.does("backup", "mine.backup")
    production.runs("backup", "mine.backup")
    production.does("verify")
    production.does("metrics")
    assert checks(production.at("2027-01-02T10:00:00+01:00")) == {}


def test_in_production_a_backup_is_missed_after_a_week(production: Operator) -> None:
    then = production.at("2027-01-09T10:00:00+01:00")
    then.does("verify", "--scheduled")
    then.does("metrics", "--scheduled", "--output", "looptijd.prom")
    told = checks(then)
    assert told["backup"].startswith("No scheduled backup is known. Type: systemctl enable --now")
    assert told["verify"] == "It was last done on Saturday 9 January 2027 10:00."
    assert told["metrics"] == "It was last done on Saturday 9 January 2027 10:00."
    text = (then.folder / "looptijd.prom").read_text(encoding="utf-8")
    assert 'looptijd_work_failed{work="verify"} 0.0' in text
