"""Every history that `make chaos` can live, by its number."""

from collections.abc import Mapping

from tests.chaos.busier_histories import BUSIER, BusierHistory
from tests.chaos.hasty_histories import HastyHistory
from tests.chaos.histories import History, Place
from tests.chaos.long_histories import LongHistory
from tests.chaos.peopled_histories import AdoptingHistory, PeopledHistory
from tests.chaos.wider_histories import WIDER, WiderHistory

KINDS: Mapping[int, type[History]] = {
    5: HastyHistory,
    6: HastyHistory,
    7: LongHistory,
    8: PeopledHistory,
    9: AdoptingHistory,
}
"""By the thousand of a number from 20,001 on, less one."""


def the_history(place: Place, number: int) -> History:
    """Return the history of a number: what is drawn for it never changes."""
    if number < BUSIER:
        return (WiderHistory if number >= WIDER else History)(place, number)
    return KINDS.get((number - 1) % 10_000 // 1_000, BusierHistory)(place, number)
