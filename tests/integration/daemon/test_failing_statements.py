"""A statement that fails costs nothing: the daemon lives on, and comes to what it would have."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scheduler import NEVER, Daemon
from tests.contents import Contents, contents
from tests.store import Transaction, failing_at, find_the_disk_full, go_away
from tests.town import OFFICES, Town, running, the_usual_town, visiting
from workflow.agreements import tick as ticking
from workflow.system.settings import Mail

MAIL = Mail(
    sender="Looptijd <looptijd@maastricht.example>",
    operator="beheer@maastricht.example",
    digest="monday",
)
OF_MONEY = running("A-3").replace("sociaal-domein", "financien")
SOME = 12
STANDS = (
    "SELECT ref, stage, seq, next_alert_at, failures, last_error FROM agreement ORDER BY ref",
    "SELECT agreement_id, name, status FROM occurrence ORDER BY agreement_id, name",
    "SELECT stream, seq FROM event ORDER BY stream, seq",
    "SELECT day, events FROM seal ORDER BY day",
    "SELECT cause, address, status, attempts, doubts, next_attempt_at FROM message ORDER BY 1, 2",
    "SELECT daemon, last_error FROM heartbeat ORDER BY daemon",
)


@pytest.fixture
def town(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """Give three agreements of two offices, of which a daemon that stood still tells late.

    On Monday 2 July 2018 it has a day to seal, two digests, and a mail about two of them.
    """
    monkeypatch.setattr(ticking, "PAUSE_SECONDS", 0)
    with visiting(the_usual_town(database_url, tmp_path, mail=MAIL)) as made:
        made.at("2018-06-05 10:00").register(
            OFFICES, running("A-1"), running("A-2"), OF_MONEY, history=True
        )
        made.one_pass()
        made.relay.forget()
        made.at("2018-07-02 09:00").confirm()
        yield made


@pytest.mark.on_sqlite
def test_whatever_fails_once_as_on_a_full_disk_costs_nothing(town: Town) -> None:
    assert_whatever_fails_costs_nothing(town, find_the_disk_full)


def test_a_connection_that_goes_at_any_statement_costs_nothing(town: Town) -> None:
    assert_whatever_fails_costs_nothing(town, go_away)


def assert_whatever_fails_costs_nothing(town: Town, does: Callable[[Transaction], object]) -> None:
    """Let one of all that is asked fail, and the daemon go on; do that for some of them."""
    kept, asked = contents(town.app.settings.database.url), Counter[int]()

    def lived(fails: int = -1) -> tuple[object, ...]:
        put_back(town, kept)
        daemon = Daemon(town.app)
        daemon.name, daemon.transport = "a daemon", town.relay
        with failing_at(town.app.database, fails, does) as every:
            pass_time(daemon)
        asked[fails] = len(every)
        daemon.beaten_at = NEVER  # a minute has passed
        pass_time(daemon)
        assert daemon.troubles.said == {}
        assert town.problems() == []
        stands = [[tuple(row) for row in town.query(query)] for query in STANDS]
        return stands, sorted(town.relay.shown())

    would_be = lived()
    assert sorted(to for to, _ in town.relay.shown()) == [
        "bastiaens@maastricht.example",
        "bastiaens@maastricht.example",
        "geld@maastricht.example",
        "geld@maastricht.example",
    ]
    points = range(asked[-1])
    for fails in random.Random(7).sample(points, SOME):  # noqa: S311 - a test's chance is repeatable
        assert (fails, *lived(fails)) == (fails, *would_be)
        assert asked[fails] > fails


def put_back(town: Town, kept: Contents) -> None:
    """Let the register be as it was, and nothing be mailed."""
    town.close()
    kept.put_into(town.app.settings.database.url)
    for mark in town.folder.glob("looptijd-*"):  # else it would seem put back from a backup
        mark.unlink()
    town.app.database.checked = False
    town.relay.forget()


def pass_time(daemon: Daemon) -> None:
    """Let a daemon look and send, twice."""
    for _ in range(2):
        daemon.tick()
        daemon.mail()
