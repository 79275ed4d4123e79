"""Histories in haste: what an alert is about is corrected before its mail leaves, and often undone.

Their numbers begin at 25,001, and on PostgreSQL at 35,001. Between the look at which a step fires
and the mail lie minutes: in the others it hardly happens that somebody acts just then.
"""

from datetime import date, timedelta
from typing import Any

from states.model.stage import OccurrenceName
from tests.chance import PERIODS
from tests.chaos.busier_histories import BusierHistory
from tests.chaos.histories import Place
from tests.chaos.wider_histories import MORE_VALUES
from workflow.agreements.act import Asked
from workflow.app.app import App

WAITING = """
    SELECT ref, cause FROM message JOIN agreement ON agreement.id = agreement_id
    WHERE status = 'queued' ORDER BY message.id
"""
DAYS = (-90, -30, -1, 1, 7, 14, 30, 60, 200)
# The facts from which the date of what was alerted follows, and who is told.
DRAWN_FROM = {
    "payment": ("instalment.{about}.due_on", "contribution.office"),
    "obligation": tuple(f"obligation.{{about}}.{name}" for name in ("on", "before_end", "office")),
    "evaluation": ("evaluation.{about}.on", "evaluation.{about}.before_end"),
}
OF_THE_TERM = ("term.last_day", "term.length", "term.notice")


class HastyHistory(BusierHistory):
    """What happens in a year or two to a register at which people correct what was just alerted."""

    def __init__(self, place: Place, seed: int) -> None:
        self.mistakes: list[str] = []
        super().__init__(place, seed)

    def _live(self) -> None:
        for ref in self.mistakes:
            if self.chance.random() < 1 / 2 or not self.danger:
                self._ask(ref, "undo")
        self.mistakes = []
        super()._live()

    def _do(self, app: App, asked: Any) -> None:
        """Adopt no policy in the second in which a step fires: the judge cannot tell them apart."""
        if isinstance(asked, Asked) and asked.action == "policy adopt":
            self.clock.moment += timedelta(seconds=1)
        super()._do(app, asked)

    def _before_mail(self) -> None:
        """Correct, settle or move what waits to be told; three times in four by mistake."""
        waiting = [row for row in self.ask(WAITING) if OccurrenceName.of(row.cause)]
        if not waiting or not self.danger or self.chance.random() < 1 / 2:
            return
        row = self.chance.choice(waiting)
        if self.chance.random() < 1 / 3:
            self._settle(row)
        else:
            self._correct(row)
        if self.chance.random() < 3 / 4:
            self.mistakes.append(row.ref)
        self.figures["in haste"] += 1
        self._do_pending()

    def _correct(self, row: Any) -> None:
        name = OccurrenceName.parse(row.cause)
        path = self.chance.choice(DRAWN_FROM.get(name.rule, OF_THE_TERM))
        path = path.format(about=_key(name))
        self._ask(row.ref, "amend", **{path: self._corrected(path, name.day)})

    def _corrected(self, path: str, day: date) -> str:
        if path.endswith(("on", "day")):
            return (day + timedelta(days=self.chance.choice(DAYS))).isoformat()
        return self.chance.choice(MORE_VALUES["office"] if path.endswith("office") else PERIODS)

    def _settle(self, row: Any) -> None:
        name, today = OccurrenceName.parse(row.cause), self.clock.moment.date().isoformat()
        if name.rule == "payment":
            self._ask(row.ref, "pay", instalment=name.about, on=today)
        elif name.rule == "obligation":
            self._ask(row.ref, "fulfil", obligation=_key(name), on=today)
        elif name.rule == "evaluation":
            done = {"report": "R", "conclusion": "Goed."}
            self._ask(row.ref, "conclude", evaluation=name.about, **done)
        else:
            self._ask(row.ref, "suspend", on=today, moves_end="yes")


def _key(name: OccurrenceName) -> str:
    """Return what is amended or settled: of a turn what recurs."""
    return name.about.partition(".")[0]
