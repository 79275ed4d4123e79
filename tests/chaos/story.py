"""A history as it is told: its number, its chance and its clock, what is counted and what holds."""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.agreements import at, local
from tests.chaos.every_point import Broken
from tests.chaos.meter import METER
from tests.town import Town
from workflow.system.clock import MovableClock


class Story:
    """What happens is told line by line; what should hold and does not breaks it."""

    town: Town

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.chance = random.Random(seed)  # noqa: S311 - a test's chance is repeatable
        self.story: list[str] = []
        self.figures: Counter[str] = Counter()
        self.raising: set[str] = set()
        """Agreements that nobody can decide, for their rules raise: no move of theirs is made."""
        self.clock = MovableClock(at(f"20{self.chance.choice([17, 18, 19])}-11-05 10:00"))

    def tell(self, what: str) -> None:
        """Tell what happens."""
        self.story.append(f"{local(self.clock.moment)}  {what}")

    def holds(self, is_so: bool, otherwise: str) -> None:  # noqa: FBT001 - it is the sentence
        """Break the history when something does not hold."""
        if not is_so:
            raise Broken(f"history {self.seed}, {local(self.clock.moment)}: {otherwise}")

    def ask(self, query: str, **values: object) -> list[Any]:
        """Return rows, as somebody beside the process sees them: none of its points."""
        with self.unwatched():
            return self.town.query(query, **values)

    @contextmanager
    def unwatched(self) -> Iterator[None]:
        listener, METER.listener = METER.listener, None
        try:
            yield
        finally:
            METER.listener = listener
