"""Killed at every named point and at random: nothing is missed, and nothing is doubled."""

from collections import Counter
from pathlib import Path

import pytest

from tests.chaos.killing import AT_RANDOM, a_series
from tests.chaos.points import POINTS
from tests.chaos.world import Truth, truth

pytestmark = pytest.mark.timeout(300)  # many processes on a busy machine


@pytest.fixture(scope="module")
def summer(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    """Give what comes of the summer when nobody attacks."""
    return truth(tmp_path_factory.mktemp("truth"), "2018-07-10 10:00")


def test_processes_killed_at_every_point_miss_nothing_and_double_nothing(
    database_url: str, tmp_path: Path, summer: Truth
) -> None:
    wanted = Counter([*POINTS, *[AT_RANDOM] * 5])
    with a_series(database_url, tmp_path, seed=1) as series:
        series.run(summer, wanted)
    assert not +wanted, "not every point was reached"
    assert series.kills == Counter([*POINTS, *[AT_RANDOM] * 5])
