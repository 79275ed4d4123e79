"""Histories of a register of which the offices change hands: their numbers begin at 28,001.

Beside what a history in haste draws, files of offices are imported that leave an office empty, give
it to somebody else from a day that is past or to come, take a holder back or name another office
above; an agreement goes to another office while its mail waits; and the relay is away for days.
From 29,001 on other rules are adopted in haste as well. On PostgreSQL it is 38,001 and 39,001.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from states.dates.policy import Alerts
from states.model.phrase import Refusal
from tests.chance import SETTINGS
from tests.chaos.hasty_histories import HastyHistory
from tests.chaos.histories import Place
from tests.chaos.wider_histories import Deed
from tests.town import OFFICES
from workflow.app.app import App
from workflow.intake.register import import_files
from workflow.system.settings import Calendar

DAY = timedelta(days=1)
FROM_TODAY = (-30, -1, 0, 1, 3, 10)
IMPORTED = "an office's file"
ELSEWHERE: Sequence[Mapping[str, str]] = (
    {"office": "sociaal-domein"},
    {"office": "secretariaat"},
    {"office": "gemeentesecretaris"},
    {"office": "financien"},
    {"case_owner.name": "B. de Vries", "case_owner.email": "b.devries@maastricht.example"},
    {"case_owner.name": "A. Janssen", "case_owner.email": "a.janssen@maastricht.example"},
    {"case_owner.name": "unknown", "case_owner.email": "unknown"},
)


@dataclass
class Holding:
    """Who reads an office's mail from a day, through another or for good."""

    email: str
    starts: date
    until: date | None = None


@dataclass
class Held:
    """An office as somebody beside looptijd keeps it."""

    above: str | None
    holders: list[Holding]

    def holder_on(self, day: date) -> Holding | None:
        for holding in self.holders:
            if holding.starts <= day <= (holding.until or day):
                return holding
        return None

    def hand_over(self, since: date, email: str) -> None:
        if present := self.holder_on(since):
            present.until = since - DAY
        self.holders.append(Holding(email, since))

    def text(self, key: str) -> str:
        """Return the office as a file to import."""
        above = f'fallback = "{self.above}"\n' if self.above else ""
        head = f'[[office]]\nkey = "{key}"\nname = "Bureau {key}"\n{above}'
        return head + "".join(map(_holder, self.holders))


class PeopledHistory(HastyHistory):
    """What happens in a year or two to a register of which the offices change hands."""

    @property
    def offices(self) -> dict[str, Held]:
        """Return each office as it stands: what was imported first, and what was done since."""
        held = dict(_read(OFFICES))
        for key, since, what in self.holders:
            if key == IMPORTED:
                held |= _read(what)
            else:
                held[key].hand_over(since, what)
        return held

    def reader_of(self, role: str, office: str, moment: datetime) -> str:
        """Who holds the office on that day reads; where nobody does, whoever is above."""
        if role == "case_owner":
            return super().reader_of(role, office, moment)
        day, held = self.day_of(moment), self.offices
        asked = held[office].above if role == "escalation" else office
        while asked:
            holder = held[asked].holder_on(day)
            if holder and holder.email not in self.erased:
                return holder.email
            asked = held[asked].above
        return "nobody"

    # Living --------------------------------------------------------------------------------------

    def _live(self) -> None:
        if not self.danger and not self.figures["put right"]:
            self.figures["put right"] = 1
            self.relay.away_until = None
            self._import(_read(OFFICES))
        super()._live()

    def _do(self, app: App, asked: Any) -> None:
        """Do nothing in the second in which a step fires: the judge cannot tell them apart."""
        self.clock.moment += timedelta(seconds=1)
        super()._do(app, asked)

    def _draw_deed(self) -> None:
        if self.chance.random() < 1 / 2:
            super()._draw_deed()
        elif self.chance.random() < 1 / 6:
            self.relay.away_until = self.clock.moment + timedelta(days=self.chance.randint(1, 9))
            self.tell(f"the relay is away until {self.relay.away_until:%d-%m %H:%M}")
        else:
            self._draw_office()

    def _before_mail(self) -> None:
        if self.danger and self.chance.random() < 1 / 6:
            self._draw_office()
            self._do_pending()
        super()._before_mail()

    def _draw_office(self) -> None:
        if self.refs and self.chance.random() < 1 / 2:
            self._ask(self.chance.choice(self.refs), "amend", **self.chance.choice(ELSEWHERE))
            return
        key = self.chance.choice([*self.offices])
        held = self.offices[key]
        held.holders = [one for one in held.holders if one.email not in self.erased]
        self._change(held)
        self._import({key: held})

    def _change(self, held: Held) -> None:
        day = self.clock.moment.date() + self.chance.choice(FROM_TODAY) * DAY
        what = self.chance.choice(["above", "empty", "another", "another", "back"])
        last = held.holders[-1] if held.holders else None
        if what == "above":
            held.above = self.chance.choice([None, *self.offices])
        elif what == "empty" and last and last.starts <= day:
            last.until = day
        elif what == "back" and len(held.holders) > 1:
            held.holders.pop()
            held.holders[-1].until = None
        else:
            held.holders = [one for one in held.holders if one.starts < day]
            email = f"nieuw-{self.chance.randrange(10**6)}@maastricht.example"
            held.hand_over(day, email)

    def _import(self, offices: dict[str, Held]) -> None:
        text = "".join(held.text(key) for key, held in offices.items())

        def do(app: App) -> None:
            path = self.place.folder / "offices.toml"
            path.write_text(text, encoding="utf-8")
            result = import_files(app, [path], by="griffier Smeets")
            if result.problems:
                raise Refusal(result.problems[0].problem)
            self.holders.append((IMPORTED, self.clock.moment.date(), text))
            self.figures["offices"] += 1

        self.pending.append(Deed(said=f"imported: {text!r}", do=do))


class AdoptingHistory(PeopledHistory):
    """So do the rules: others are adopted between the look and the mail, and often taken back."""

    def __init__(self, place: Place, seed: int) -> None:
        self.before: tuple[Alerts, Calendar] | None = None
        super().__init__(place, seed)

    def _before_mail(self) -> None:
        if self.danger and self.chance.random() < 1 / 3:
            self._adopt()
            self._do_pending()
        super()._before_mail()

    def _adopt(self) -> None:
        if self.before and self.chance.random() < 2 / 3:
            (self.alerts, self.calendar), self.before = self.before, None
        else:
            self.before = self.alerts, self.calendar
            if self.chance.random() < 1 / 2:
                self._draw_calendar()
                return
            self.alerts = self.chance.choice(SETTINGS[:-1])
        self._ask("", "policy adopt")


def _holder(holding: Holding) -> str:
    until = f"until = {holding.until}\n" if holding.until else ""
    return (
        f'[[office.holder]]\nname = "{holding.email}"\nemail = "{holding.email}"\n'
        f"from = {holding.starts}\n{until}"
    )


def _read(text: str) -> dict[str, Held]:
    offices: list[dict[str, Any]] = tomllib.loads(text)["office"]
    return {one["key"]: Held(one.get("fallback"), [*_holders(one)]) for one in offices}


def _holders(office: dict[str, Any]) -> Iterator[Holding]:
    for one in office.get("holder", ()):
        yield Holding(one["email"], one["from"], one.get("until"))
