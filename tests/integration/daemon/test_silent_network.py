"""PostgreSQL behind a network that falls silent: noticed in time, and the same daemon goes on."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from tests.databases import fresh_database
from tests.silent_network import Network, a_network
from tests.town import OFFICES, Town, a_town, an_app, running, visiting
from tests.watching import until, watching

SILENT = 1.0  # seconds, of the 150 that a server is given
NOTICED = 3 * SILENT  # the network is asked ten times a second, on a busy machine
LEFT = 15.0  # the silence of each thread, and the locks that the server still holds
ANNOUNCED = 3
BRIEF = "-c idle_in_transaction_session_timeout=1s"  # the server's own silence, of 5 minutes


@pytest.fixture
def behind(
    postgresql_admin: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Network, Town]]:
    """Give a network, and a town behind it three of whose evaluations are to be announced."""
    with fresh_database(postgresql_admin) as direct:
        with visiting(a_town(direct, tmp_path)) as town:  # on a busy machine no second is enough
            contents = [running(f"A-{number}") for number in range(1, 1 + ANNOUNCED)]
            town.at("2018-06-05 10:00").register(OFFICES, *contents, history=True)
        monkeypatch.setattr("workflow.store.postgresql.SILENT_SECONDS", SILENT)
        monkeypatch.setattr("workflow.store.postgresql.OPTIONS", BRIEF)
        with (
            a_network(direct) as (network, url),
            visiting(Town(*an_app(url, tmp_path, "2018-06-29 08:00"), tmp_path)) as town,
        ):
            yield network, town


def met(town: Town, words: str, *, at_commit: bool, does: Callable[[], None]) -> list[str]:
    """Do something once, before a statement with these words is asked or before its commit.

    Its own: at another's the silence would fall somewhere, and half of what a statement sends keeps
    PostgreSQL from counting how long it waits for the rest.
    """
    asked: list[object] = []
    done: list[str] = []

    def once() -> None:
        if not done:
            done.append(words)
            does()

    def before(connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if words in statement:
            asked.append(connection)
            if not at_commit:
                once()

    def commit(connection: object) -> None:
        if any(connection is one for one in asked):
            once()

    event.listen(town.app.database.engine, "before_cursor_execute", before)
    event.listen(town.app.database.engine, "commit", commit)
    return done


def all_accepted(town: Town) -> bool:
    """Tell whether each evaluation was announced."""
    return town.mails("status", where="rule = 'evaluation'") == ["accepted"] * ANNOUNCED


def test_a_statement_ends_when_nothing_comes_and_the_next_one_finds_a_new_connection(
    behind: tuple[Network, Town],
) -> None:
    network, town = behind
    with town.app.reading():
        pass
    network.fall_silent()
    began = time.monotonic()
    assert town.scalar("SELECT 1") == 1  # the pool asks an old connection whether it lives
    assert SILENT <= time.monotonic() - began < NOTICED


LEASE = "UPDATE message SET status="
DOUBT = "handed_at="
SETTLES = "accepted_at="
FIRES = "INSERT INTO event"


@pytest.mark.parametrize("words", [FIRES, LEASE, DOUBT, SETTLES])
@pytest.mark.parametrize("when", ["at the statement", "at the commit", "after the commit"])
def test_a_connection_that_falls_silent_is_noticed_and_everything_leaves_once(
    behind: tuple[Network, Town], words: str, when: str
) -> None:
    network, town = behind
    does = partial(network.fall_silent, answers_only=when == "after the commit")
    fell = met(town, words, at_commit=when != "at the statement", does=does)
    with watching(town) as daemon:
        until(lambda: fell)
        began = time.monotonic()
        until(lambda: all_accepted(town))
        assert time.monotonic() - began < LEFT
        until(lambda: daemon.error is None)
    assert len(town.relay.attempts) == len(town.relay.accepted) == ANNOUNCED
    assert town.scalar("SELECT count(*) FROM event WHERE payload LIKE '%evaluation:final%'") == 3


def test_a_slow_network_is_no_silence(
    postgresql_admin: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflow.store.postgresql.SILENT_SECONDS", SILENT)
    with fresh_database(postgresql_admin) as direct:
        with visiting(a_town(direct, tmp_path)) as near:
            contents = [running(f"A-{number}") for number in range(1, 1 + ANNOUNCED)]
            near.at("2018-06-05 10:00").register(OFFICES, *contents, history=True)
        with a_network(direct, delay=SILENT / 100) as (_, url):
            app, clock = an_app(url, tmp_path)
            with visiting(Town(app, clock, tmp_path).at("2018-06-29 08:00")) as far:
                with watching(far) as daemon:
                    until(lambda: all_accepted(far))
                    assert daemon.troubles.said == {}
                assert len(far.relay.attempts) == ANNOUNCED
