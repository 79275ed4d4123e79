"""A database that breaks while daemons work: they say so, wait, and go on by themselves."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.crowds import ALERT, a_crowd
from tests.chaos.outages import (
    administrating,
    an_hour_away,
    cutting,
    failing_commits,
    restarting,
)
from tests.databases import Server, a_server, fresh_database

DUE = 12

pytestmark = pytest.mark.timeout(300)  # many processes on a busy machine


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Give a server of our own: it will be stopped."""
    with a_server() as made:
        yield made


@pytest.fixture
def url(server: Server) -> Iterator[str]:
    """Give an empty database on that server."""
    with administrating(server) as admin, fresh_database(admin) as made:
        yield made


def test_a_server_that_restarts_and_crashes_loses_and_doubles_nothing(
    server: Server, url: str, tmp_path: Path
) -> None:
    with a_crowd(url, tmp_path, 2, DUE) as crowd:
        crowd.move(ALERT)
        restarting(server, times=4, every=0.2)
        crowd.survives(DUE)


def test_connections_that_are_cut_lose_and_double_nothing(url: str, tmp_path: Path) -> None:
    with a_crowd(url, tmp_path, 2, DUE) as crowd:
        crowd.move(ALERT)
        assert cutting(crowd, times=20, every=0.1)
        crowd.survives(DUE)


def test_commits_that_fail_before_and_after_their_effect_lose_and_double_nothing(
    database_url: str, tmp_path: Path
) -> None:
    with a_crowd(database_url, tmp_path, 1, DUE, failing_commits(0.1)) as crowd:
        crowd.move(ALERT)
        crowd.survives(DUE)


def test_a_daemon_whose_database_is_away_for_an_hour_says_so_and_goes_on_by_itself(
    server: Server, url: str, tmp_path: Path
) -> None:
    with a_crowd(url, tmp_path, 1, DUE) as crowd:
        an_hour_away(crowd, server)
        crowd.survives(DUE)
        failed = Counter(line["event"] for line in crowd.errors())
        assert 1 <= failed["tick_failed"] <= 4  # lost, then refused: as the reason changes
        assert 1 <= failed["mail_failed"] <= 4
        reasons = {line["reason"] for line in crowd.errors() if line["event"] == "tick_failed"}
        assert all(reason.startswith("The database cannot be used") for reason in reasons)
