"""A year of ten agreements whose processes are killed again and again, at points drawn by chance.

For PostgreSQL, of which no copies are made at each point: one register lives through its year, and
at each moment a process is killed by SIGKILL, and the one that follows it as well.
"""

import random
from collections import Counter
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text

from tests.agreements import at
from tests.chaos.every_point import IN_DOUBT, Broken, findings, killed, quiet
from tests.chaos.homes import mail_to
from tests.chaos.judge import until
from tests.chaos.meter import METER
from tests.chaos.remains import STEPS, Handed, handed
from tests.chaos.world import Mailed, reason_of_row
from tests.chaos.year import END, Life, Year
from tests.town import Town, visiting

IN_PAIRS = 2
FAR = 250  # points: a moment has some 270
OTHERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)
Told = tuple[set[tuple[Any, ...]], set[tuple[Mailed, str]]]
"""Each step that was recorded, and each mail with its reader."""


class AttackedYear:
    """One register's year; without chance nobody attacks."""

    def __init__(self, url: str, folder: Path, chance: random.Random | None, end: str) -> None:
        self.year = Year(url=url, folder=folder, mail=mail_to(25, connections=1))
        self.chance, self.end = chance, at(end)
        self.relay: list[Handed] = []
        self.figures: Counter[str] = Counter()

    def run(self) -> Told:
        """Live through the year, judge it, and return what came of it."""
        METER.folder = str(self.year.folder)
        self.year.watched_by(METER)
        with quiet(), closing(self.year):
            town = self.year.begin()
            moment = town.clock.moment
            town.close()
            while moment <= self.end:
                for _ in range(IN_PAIRS):
                    self._attack(moment)
                moment = self._live(moment)
            return self._judged(moment)

    def _attack(self, moment: datetime) -> None:
        if self.chance:
            doubts = self._doubts()
            died, mails = killed(self.year, moment, self.chance.randrange(FAR))
            until(lambda: not self._ask(OTHERS)[0][0])
            self.figures["kills"] += died
            self._keep(mails, doubts, moment)

    def _live(self, moment: datetime) -> datetime:
        doubts, mails = self._doubts(), list[Handed]()
        life = Life(self.year, moment, lambda mail: mails.append(handed(mail)))
        life.live()
        following = life.next_moment()
        life.end()
        if life.troubles:
            raise Broken(f"{moment}: {life.troubles}")
        self._keep(tuple(mails), doubts, moment)
        return following

    def _keep(self, mails: tuple[Handed, ...], doubts: set[str], moment: datetime) -> None:
        """A second copy only of what was in doubt, and the same to the letter."""
        for mail in mails:
            before = [known for known in self.relay if known[0] == mail[0]]
            if before and (mail[0] not in doubts or mail not in before):
                raise Broken(f"{moment}: {mail[0]} came twice")
            self.figures["copies"] += bool(before)
            doubts.discard(mail[0])
            self.relay.append(mail)

    def _doubts(self) -> set[str]:
        return {row.message_id for row in self._ask(IN_DOUBT)}

    def _ask(self, statement: str) -> list[Any]:
        with (
            closing(self.year.opened(self.end).database) as database,
            database.engine.connect() as connection,
        ):
            return list(connection.execute(text(statement)))

    def _judged(self, moment: datetime) -> Told:
        app = self.year.opened(moment)
        with visiting(Town(app, app.clock, self.year.folder)) as town:  # type: ignore[arg-type]
            if found := [*findings(town)]:
                raise Broken(f"in the end: {found}")
            shown = reason_of_row(town)
            steps = {tuple(row) for row in town.query(STEPS)}
            told = {(shown[name], to) for name, to, _ in self.relay}
            unknown = town.query("SELECT message_id, address FROM message WHERE status = 'unknown'")
            self.figures["unknown"] = len({row.message_id for row in unknown} - {*self._names()})
            return steps, told | {(shown[row.message_id], row.address) for row in unknown}

    def _names(self) -> list[str]:
        return [name for name, *_ in self.relay]


def attacked_year(
    url: str, folder: Path, seed: int | None, end: str = END
) -> tuple[Told, Counter[str]]:
    """Let a register live through its year; return what came of it, and the figures."""
    chance = None if seed is None else random.Random(seed)  # noqa: S311 - a test's chance
    one = AttackedYear(url, folder, chance, end)
    return one.run(), one.figures
