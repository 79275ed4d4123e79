"""Every history that `make chaos` can live, by its number."""

from tests.chaos.busier_histories import BUSIER, BusierHistory
from tests.chaos.hasty_histories import HastyHistory
from tests.chaos.histories import History, Place
from tests.chaos.peopled_histories import PeopledHistory
from tests.chaos.wider_histories import WIDER, WiderHistory

HASTY, PEOPLED = 5_000, 8_000  # of ten thousand those above them


def the_history(place: Place, number: int) -> History:
    """Return the history of a number: what is drawn for it never changes."""
    if number < BUSIER:
        return (WiderHistory if number >= WIDER else History)(place, number)
    if number % 10_000 > PEOPLED:
        return PeopledHistory(place, number)
    return (HastyHistory if number % 10_000 > HASTY else BusierHistory)(place, number)
