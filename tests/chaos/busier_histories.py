"""Histories of a register at which several work: their numbers begin at 20,001.

Beside what a history of a register draws somebody else acts between two transactions of a process
and while mail leaves, what ran is imported, persons are erased, offices get digests, rules raise,
successors are acted on, and the zone of every local time changes. Those from 30,001 on are lived
on PostgreSQL.
"""

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from states.dates.policy import Policy
from states.model.events import Change, Dossier
from states.model.phrase import Refusal
from tests.agreements import at
from tests.chance import PARTIES
from tests.chaos.drawn_relay import ABOVE, HOLDERS, reader_of
from tests.chaos.histories import Place
from tests.chaos.homes import mail_to
from tests.chaos.meter import AFTER_COMMIT, METER, RELAY
from tests.chaos.wider_histories import Deed, WiderHistory
from tests.chaos.world import MONTHLY
from tests.chaos.year import CASE_OWNER, NO_EVALUATION, OBLIGATION, tacit
from tests.store import Damaged
from tests.town import running
from workflow.agreements import tick as ticking
from workflow.agreements.quarantine import release
from workflow.app.app import App
from workflow.engine.engine import fire_due
from workflow.intake.register import import_files
from workflow.maintenance.daily import Daily
from workflow.people.erase import erase
from workflow.system.refusals import NotFound
from workflow.system.settings import WEEKDAYS, Calendar

BUSIER = 20_001
ZONES = ("Europe/Amsterdam", "UTC", "America/Curacao", "Asia/Tokyo", "Pacific/Kiritimati")
LENGTHS = ("P1Y", "P2Y", "P18M", "P6M")
OWNER = "a.janssen@maastricht.example"
BETWEEN = 30  # transactions and replies: a moment has some 5 to 60


class Intruding:
    """Lets somebody else act at a point at which a process holds no transaction open."""

    def __init__(self, left: int, history: "BusierHistory") -> None:
        self.left, self.history = left, history

    def __call__(self, kind: str) -> None:
        if kind == AFTER_COMMIT or kind.startswith(RELAY):
            self.left -= 1
            if self.left <= 0 and self.history.place.is_free():
                self.left = BETWEEN
                self.history.somebody_else(kind)


class BusierHistory(WiderHistory):
    """What happens in a year or two to a register at which several people and processes work."""

    def __init__(self, place: Place, seed: int) -> None:
        self.erased: set[str] = set()
        self.imported = 0
        super().__init__(place, seed)
        self.digest = self.chance.choice(["off", *WEEKDAYS[:5]])

    @property
    def settings(self) -> dict[str, Any]:
        mail = replace(mail_to(25), digest=self.digest)
        return {**super().settings, "mail": mail}

    def reader_of(self, role: str, office: str, moment: Any) -> str:
        """Who is erased is not there: the office above is asked."""
        if role == "case_owner":
            return reader_of(role, office, moment)
        day = self.day_of(moment)
        asked = ABOVE.get(office, office) if role == "escalation" else office
        while True:
            mine = [who for key, since, who in self.holders if key == asked and since <= day]
            holder = mine[-1] if mine else self._first_holder(asked, day)
            if holder not in self.erased:
                return holder
            asked = ABOVE[asked]

    def day_of(self, moment: datetime) -> date:
        """Return the day of a moment by the policy in force, not by what is proposed."""
        (policy,) = self.ask("SELECT payload FROM policy ORDER BY id DESC LIMIT 1")
        return moment.astimezone(ZoneInfo(json.loads(policy.payload)["timezone"])).date()

    @staticmethod
    def _first_holder(office: str, day: Any) -> str:
        is_gerats = office == "sociaal-domein" and day < at("2018-06-01 12:00").date()
        return "gerats@maastricht.example" if is_gerats else HOLDERS[office]

    # Living --------------------------------------------------------------------------------------

    def run(self) -> None:
        with patch.object(ticking, "fire_due", self._fire_due):
            super().run()

    def _fire_due(self, dossier: Dossier, policy: Policy, now: Any) -> Change:
        """Decide, unless a rule raises."""
        if dossier.agreement.ref in self.raising:
            raise ZeroDivisionError("a rule that raises")
        return fire_due(dossier, policy, now)

    def _live(self) -> None:
        if METER.listener is None and self.danger and self.chance.random() < 1 / 3:
            with METER.telling(Intruding(self.chance.randrange(BETWEEN), self), fails=True):
                super()._live()
            return
        super()._live()

    def _tick(self, app: App) -> None:
        if not (self.damaged or self.raising):
            super()._tick(app)
            return
        ticked = ticking.tick(app)
        self.figures["steps"] += ticked.fired
        known = self.damaged.keys() | self.raising
        self.holds(ticked.failed <= len(known), "more fails than is damaged")

    def somebody_else(self, kind: str) -> None:
        """Let another process do something, while this one is between two transactions."""
        mine, self.pending = self.pending, []
        draws: tuple[Callable[[], None], ...] = (
            self._draw_act,
            self._draw_act,
            self._draw_fact,
            self._draw_undo,
            self._draw_mail,
            self._draw_work,
            self._draw_work,
        )
        self.chance.choice(draws)()
        theirs, self.pending = self.pending, mine
        self.figures["intrusions"] += 1
        self.tell(f"  {kind}: somebody else")
        for deed in theirs:
            self._do(self._another(), deed)

    def _draw_act(self) -> None:
        try:
            super(WiderHistory, self)._draw_deed()
        except Damaged:
            self.tell("it cannot be read")

    def _draw_work(self) -> None:
        work: Callable[[App], Any] = self.chance.choice([self._tick, Daily().finish])
        self.pending.append(Deed(said="another daemon works", do=work))

    # Deeds ---------------------------------------------------------------------------------------

    def _draw_deed(self) -> None:
        self.refs = [row.ref for row in self.ask("SELECT ref FROM agreement ORDER BY id")]
        if self.chance.random() < 1 / 2:
            super()._draw_deed()
            return
        draws: tuple[Callable[[], None], ...] = (
            self._draw_import,
            self._draw_erasure,
            self._draw_zone,
            self._draw_raising,
            self._draw_raising,
            self._draw_on_successor,
            self._draw_on_successor,
        )
        self.chance.choice(draws)()

    def _draw_calendar(self) -> None:
        zone = self.calendar.timezone
        super()._draw_calendar()
        self.calendar = replace(self.calendar, timezone=zone)

    def _draw_zone(self) -> None:
        self.calendar = Calendar(
            alert_time=self.calendar.alert_time,
            closed_days=self.calendar.closed_days,
            timezone=self.chance.choice(ZONES),
        )
        self._ask("", "policy adopt")
        said = f"the configuration is read anew, zone {self.calendar.timezone}"
        self.pending.append(Deed(said=said, do=lambda _app: self._open()))

    def _draw_import(self) -> None:
        """What ran is brought in while the register is at work."""
        self.imported += 1
        ref, draw = f"H-{self.imported}", self.chance.randint
        start = (self.clock.moment + timedelta(days=draw(-900, -10))).date().isoformat()
        length, owner = self.chance.choice(LENGTHS), self.chance.choice(["", CASE_OWNER])
        text = running(ref, start=start, length=length, more=owner)
        if self.chance.random() < 1 / 3:
            text = tacit(ref, start)
        if self.chance.random() < 1 / 3:
            text = text.replace(*NO_EVALUATION)
        text += self.chance.choice(["", MONTHLY, MONTHLY.replace("P1M", "P6M"), OBLIGATION])
        history = self.chance.random() < 3 / 4
        if not history:
            text = text.replace('stage = "active"', 'stage = "signing"')
        path = self.place.folder / f"{ref}.toml"
        path.write_text(text, encoding="utf-8")

        def do(app: App) -> None:
            result = import_files(app, [path], by="griffier Smeets", history=history)
            if result.problems:
                raise Refusal(result.problems[0].problem)

        self.pending.append(Deed(said=f"{ref} is imported, {start} {length} {history}", do=do))

    def _draw_erasure(self) -> None:
        known = [who for key, _, who in self.holders if key in ABOVE]
        who = self.chance.choice([OWNER, *known])

        def do(app: App) -> None:
            try:
                erase(app, who, by="griffier", reason="Op verzoek.")
            except NotFound:
                self.tell(f"nothing is kept of {who}")
            if who != OWNER:
                self.erased.add(who)

        self.pending.append(Deed(said=f"{who} is erased", do=do))

    def _draw_raising(self) -> None:
        if self.danger and not self.raising:
            self.raising = {self.chance.choice(self.refs)}
            self.tell(f"the rules raise of {self.raising}")

    def _mend(self) -> None:
        super()._mend()
        for ref in self.raising:
            self.tell(f"the rules of {ref} are mended")
            if self.chance.random() < 1 / 2 or not self.danger:
                try:
                    with self.unwatched():
                        release(self.town.app, ref)
                except Refusal:
                    self.tell("it did not fail so often")
        self.raising = set()

    def _draw_on_successor(self) -> None:
        """Something is done with what follows another agreement, or one is let follow."""
        rows = self.ask("SELECT ref, stage FROM agreement ORDER BY id")
        successors = [row.ref for row in rows if row.ref.count("-") > 1]
        decided = [row.ref for row in rows if row.stage in ("continuation_decision", "ended")]
        if successors and self.chance.random() < 3 / 4:
            refs, self.refs = self.refs, successors
            self._goes_on(self.chance.choice(successors))
            self.refs = refs
        elif decided:
            self._ask(self.chance.choice(decided), "decide", outcome="continue")
        else:
            evaluated = [row.ref for row in rows if row.stage == "evaluation"]
            for ref in evaluated or self.refs:
                self._ask(ref, "conclude", evaluation="final", report="R", conclusion="Goed.")

    def _goes_on(self, ref: str) -> None:
        self.figures["on successors"] += 1
        if self.chance.random() < 1 / 2:
            self.chance.choice([self._draw_act, self._draw_fact, self._draw_undo])()
            return
        self._ask(ref, "skip_overleg")
        self._ask(ref, "decide", outcome="as_proposed")
        for party in PARTIES[: self.chance.randint(1, len(PARTIES))]:
            self._ask(ref, "sign", party=party)

    # The judge -----------------------------------------------------------------------------------

    def _judge(self) -> None:
        """What the daily work queued after the last look leaves first."""
        self.town.post.deliver(self.relay, lambda: False)
        super()._judge()
