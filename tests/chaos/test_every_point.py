"""A tenth of what `make chaos` does: killed at every point of some weeks, once and again."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.chaos.attacked_year import attacked_year
from tests.chaos.every_point import Graph, a_graph, fail, kill, stop
from tests.chaos.meter import RELAY
from tests.databases import fresh_database

SIX_WEEKS, TWO_WEEKS = "2018-07-08 10:00", "2018-06-14 10:00"

pytestmark = pytest.mark.timeout(300)  # the machine may be busy


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Graph]:
    """Give six weeks that nobody attacked."""
    with a_graph(tmp_path_factory.mktemp("weeks"), SIX_WEEKS) as made:
        yield made


@pytest.fixture
def chance() -> random.Random:
    return random.Random(21)  # noqa: S311 - a test's chance is repeatable


def test_the_weeks_have_their_points(graph: Graph) -> None:
    kinds = [kind for _, _, kind in graph.points()]
    assert len(kinds) > 1400
    assert {"statement", "after a commit", "fsync", "rename", "relay: 354"} < {*kinds}


def test_who_is_killed_leaves_what_the_graph_says(graph: Graph, chance: random.Random) -> None:
    for key, number, _ in chance.sample(graph.points(), 12):
        assert kill(graph, key, number) == graph.lived[key].points[number][1]


def test_killed_at_every_point_and_killed_again_nothing_is_missed_or_doubled(
    graph: Graph, chance: random.Random
) -> None:
    left = graph.left_by(graph.path())
    fresh = graph.attack(chance.sample(left, len(left) // 3), watched=True)
    again = [key for key in graph.left_by(fresh) if key not in graph.lived]
    assert graph.attack(chance.sample(again, 10), watched=False)
    graph.attack(left, watched=False)
    assert {graph.left_at(point) for point in graph.points()} <= graph.lived.keys()


def test_a_call_that_fails_once_costs_nothing(graph: Graph, chance: random.Random) -> None:
    ours = [point for point in graph.points() if not point[2].startswith(RELAY)]
    for which, (key, number, _) in enumerate(chance.sample(ours, 12)):
        fail(graph, key, number, which)


def test_who_is_told_to_stop_at_a_point_leaves_nothing_under_way(
    graph: Graph, chance: random.Random
) -> None:
    at_mail = [point for point in graph.points() if point[2].startswith(RELAY)]
    for key, number, _ in chance.sample(graph.points(), 6) + chance.sample(at_mail, 8):
        stop(graph, key, number)


def test_on_postgresql_who_is_killed_twice_a_moment_misses_and_doubles_nothing(
    postgresql_admin: Engine, tmp_path: Path
) -> None:
    told = []
    for seed in (None, 1):
        folder = tmp_path / f"{seed}"
        folder.mkdir()
        with fresh_database(postgresql_admin) as url:
            ended, figures = attacked_year(url, folder, seed, TWO_WEEKS)
        told.append(ended)
    assert figures["kills"] >= 4
    assert told[0] == told[1]
