"""Towns that are put where many tests begin: they are as one that walked there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from notifications.transport import Outcome, Verdict
from tests.agreements import local
from tests.store import make_tables
from tests.town import CASE, OFFICES, Town, a_town, the_usual_town, unguarded, visiting

UNTIL = "2018-11-01 12:00"
REFUSED = Outcome(Verdict.REFUSED, "550 no")


@pytest.fixture
def nothing_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no worker have walked anywhere."""
    monkeypatch.setattr("tests.town.REACHED", {})


@pytest.fixture
def town(database_url: str, tmp_path: Path) -> Iterator[Town]:
    """Give a town in a folder in which nothing else stands."""
    with visiting(alone(database_url, tmp_path / "one")) as made:
        yield made


@pytest.fixture
def other(another_url: str, tmp_path: Path) -> Iterator[Town]:
    """Give a second town on a database of the same kind."""
    with visiting(alone(another_url, tmp_path / "other")) as made:
        yield made


def alone(url: str, folder: Path) -> Town:
    folder.mkdir()
    return a_town(url, folder)


def shown(town: Town) -> dict[str, object]:
    """Return what of a town is the same whoever walks."""
    database = town.app.database
    with town.app.reading() as connection:
        copied = database.copied_as(connection) if database.is_sqlite else None
    handed = [(mail.at, mail.to, mail.subject, mail.words) for mail in town.relay.attempts]
    return {
        "counts": town.counts(),
        "mails": town.mails("role, office, status, subject, address, attempts, handed_at"),
        "ledger": town.query("SELECT stream, seq, at, number FROM event ORDER BY number"),
        "stands": town.query("SELECT ref, stage, seq, next_alert_at FROM agreement"),
        "register": town.query("SELECT created_at, high_water, clock_held FROM register"),
        "fired": town.fired(),
        "clock": local(town.clock.now()),
        "handed": handed,
        "is a copy": copied,
        "knows whose it is": database.register == town.scalar("SELECT uid FROM register"),
        "files": sorted(path.name for path in town.folder.glob("*.toml")),
        "kept": len([*town.folder.glob("looptijd-*.json")]),
    }


@pytest.mark.usefixtures("nothing_reached")
def test_a_register_that_is_put_there_is_as_one_that_was_made(
    town: Town, another_url: str, tmp_path: Path
) -> None:
    make_tables(another_url)
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        with visiting(the_usual_town(another_url, tmp_path / name)) as put:
            assert put.counts()["event"] == 1
            assert shown(put) == shown(town)


@pytest.mark.usefixtures("nothing_reached")
def test_who_is_put_there_stands_where_the_other_walked_to_and_goes_on_alike(
    town: Town, other: Town
) -> None:
    town.in_force()
    other.in_force()
    assert town.counts()["event"] == 13
    assert other.scalar("SELECT uid FROM register") == town.scalar("SELECT uid FROM register")
    assert shown(other) == shown(town)

    town.until(UNTIL)
    other.until(UNTIL)
    assert town.mails("status").count("accepted") == 25
    assert shown(other) == shown(town)
    assert other.problems() == town.problems() == []


def test_what_was_mailed_on_the_way_is_kept(town: Town, other: Town) -> None:
    def walk(visited: Town) -> Town:
        return visited.brought("signed", lambda: visited.register(OFFICES, CASE).decided().signed())

    assert len(walk(town).relay.shown()) == 5
    assert walk(other).relay.shown() == town.relay.shown()


def test_where_something_happened_before_everybody_walks(town: Town, other: Town) -> None:
    town.in_force()
    other.relay.answers(REFUSED)
    other.in_force()
    assert not other.relay.script
    assert "refused" in other.mails("status")


def test_a_register_that_somebody_changed_stays_changed(town: Town, other: Town) -> None:
    town.in_force()
    other.change("UPDATE register SET adoptions = 3")
    other.in_force()
    assert other.scalar("SELECT adoptions FROM register") == 3


def test_another_moment_is_another_place(town: Town, other: Town) -> None:
    town.in_force()
    other.at("2017-06-02 10:00").in_force()
    first = "SELECT min(at) FROM event WHERE stream LIKE 'agreement:%'"
    assert other.scalar(first) != town.scalar(first)


def test_whose_ledger_nothing_guards_keeps_it_unguarded(town: Town, other: Town) -> None:
    town.in_force()
    unguarded(other).in_force()
    assert other.change("DELETE FROM event") == 13
