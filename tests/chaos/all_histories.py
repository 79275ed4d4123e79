"""Every history that `make chaos` can live, by its number."""

from tests.chaos.busier_histories import BUSIER, BusierHistory
from tests.chaos.hasty_histories import HastyHistory
from tests.chaos.histories import History, Place
from tests.chaos.peopled_histories import AdoptingHistory, PeopledHistory
from tests.chaos.wider_histories import WIDER, WiderHistory


def the_history(place: Place, number: int) -> History:
    """Return the history of a number: what is drawn for it never changes."""
    if number < BUSIER:
        return (WiderHistory if number >= WIDER else History)(place, number)
    of_ten_thousand = number % 10_000
    if of_ten_thousand > 8_000:
        return (AdoptingHistory if of_ten_thousand > 9_000 else PeopledHistory)(place, number)
    return (HastyHistory if of_ten_thousand > 5_000 else BusierHistory)(place, number)
