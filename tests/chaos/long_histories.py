"""Histories of decades: their numbers begin at 27,001, and at 37,001 on PostgreSQL.

What a history draws of which the rules change in haste happens in twelve to twenty-five years here,
and months lie between deeds. Their agreements go on until somebody ends them; then another one is
registered.
"""

from datetime import timedelta
from typing import Any

from states.model.stage import Stage
from tests.chance import AGREEMENTS
from tests.chaos.histories import Place
from tests.chaos.peopled_histories import AdoptingHistory

YEARS = (12, 25)
LASTING = [name for name in AGREEMENTS if "tacit" in name or "open-ended" in name]
ENDS = {"terminate", "dissolve", "withdraw"}


class LongHistory(AdoptingHistory):
    """What happens in decades to a register of agreements that go on."""

    def __init__(self, place: Place, seed: int) -> None:
        super().__init__(place, seed)
        years = self.chance.randint(*YEARS)
        self.end = self.clock.moment + timedelta(days=365 * years)

    def _live(self) -> None:
        deeds_at = self.deeds_at
        super()._live()
        if self.deeds_at != deeds_at:
            self.deeds_at += timedelta(days=self.chance.randint(0, 500))

    def _draw_deed(self) -> None:
        stages = [row.stage for row in self.ask("SELECT stage FROM agreement")]
        if stages.count(Stage.ENDED) == len(stages):
            self._register("")
        super()._draw_deed()

    def _register(self, name: str) -> None:
        super()._register(self.chance.choice(LASTING))

    def _ask(self, ref: str, action: str, **pairs: Any) -> None:
        if action not in ENDS or self.chance.random() < 1 / 4:
            super()._ask(ref, action, **pairs)
