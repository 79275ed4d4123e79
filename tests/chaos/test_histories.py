"""A few of the histories that `make chaos` draws by the thousand."""

from pathlib import Path

import pytest

from tests.chaos.all_histories import the_history
from tests.chaos.histories import History, a_place

pytestmark = pytest.mark.timeout(120)  # the machine may be busy


def test_histories_drawn_by_chance_are_in_order(tmp_path: Path) -> None:
    with a_place(tmp_path) as place:
        for seed in (9, 10):
            History(place, seed).run()


def test_a_history_of_a_register_that_is_handed_over_damaged_and_put_back_is_in_order(
    tmp_path: Path,
) -> None:
    with a_place(tmp_path) as place:
        the_history(place, 10_001).run()


def test_a_history_of_a_register_at_which_several_work_is_in_order(tmp_path: Path) -> None:
    with a_place(tmp_path) as place:
        the_history(place, 20_010).run()


def test_a_history_of_a_register_at_which_people_correct_what_was_just_alerted_is_in_order(
    tmp_path: Path,
) -> None:
    with a_place(tmp_path) as place:
        the_history(place, 25_001).run()


def test_a_history_of_a_register_of_which_the_offices_change_hands_is_in_order(
    tmp_path: Path,
) -> None:
    with a_place(tmp_path) as place:
        the_history(place, 28_116).run()


def test_a_history_of_decades_is_in_order(tmp_path: Path) -> None:
    with a_place(tmp_path) as place:
        the_history(place, 27_006).run()


def test_a_history_is_told_the_same_for_its_number(tmp_path: Path) -> None:
    with a_place(tmp_path) as place:
        one, again = History(place, 7), History(place, 7)
        one.run()
        again.run()
    assert again.story == one.story
