"""Histories that are drawn from one number each: agreements, operators, clock, relay and crashes.

One process after another lives on one file. A crash is an exception at a point drawn by chance (a
statement, a commit, a file, the relay); after it nothing that the dead process asks is done, and
another one opens what it left. A history is told line by line, and the same for its number always.
"""

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

from msgspec.structs import replace

from states.dates.policy import Alerts
from states.model.agreement import Agreement
from states.model.facts import build
from states.model.phrase import Refusal
from states.model.stage import OccurrenceName
from tests.agreements import at, facts
from tests.chance import AGREEMENTS, HAPPENED, PARTIES, RAN, SETTINGS
from tests.chaos.drawn_relay import DrawnRelay, reader_of
from tests.chaos.every_point import Broken, findings, quiet
from tests.chaos.homes import mail_to
from tests.chaos.meter import METER
from tests.chaos.remains import DATABASE, LOG, SHARED_MEMORY, Remains, files_of
from tests.chaos.story import Story
from tests.chaos.year import Year
from tests.clerk import Seen
from tests.operators import Drawn, chosen, keys_of
from tests.store import ledger, next_moments, the_agreement
from tests.town import A_MONTH, OFFICES, Town
from workflow.agreements import tick as ticking
from workflow.agreements.act import Asked, act
from workflow.agreements.queries import deadlines
from workflow.app.app import App, policy_of
from workflow.app.clock_guard import held_clock
from workflow.app.persistence import create
from workflow.engine.deadline_words import EARLIER_DATE
from workflow.engine.deadlines import is_open
from workflow.engine.engine import register
from workflow.engine.ledger import stream_of
from workflow.engine.private_values import Envelope
from workflow.mail.delivery import Outbox
from workflow.maintenance.setup import adopt_policy, init
from workflow.system.clock import MovableClock

BEFORE = "2017-06-01 10:00"
LONG = timedelta(hours=1)  # longer than a lease
CALM = timedelta(days=10)
LONGEST_CLOSED = timedelta(days=5)  # what happens on a day off is mailed on a working day
FAR = 160  # points: a moment has some 20 to 300
GIVEN_UP = 20  # crashes at one moment
WAITS = ("queued", "sending", "retry", "held")
TOLD = """
    SELECT message.id, ref, message_id, cause, role, office, pointless,
        pointless AND status = 'cancelled' AND merged_into IS NULL AS untold,
        merged_into IS NULL AS leaves_alone
    FROM message JOIN agreement ON agreement.id = agreement_id
    WHERE role IN ('office', 'finance', 'acting') AND status NOT IN ('refused', 'expired')
    AND NOT (status = 'cancelled' AND NOT pointless AND merged_into IS NULL)
    AND coalesce(message.last_error, '') <> 'er is geen functie erboven'
    AND NOT EXISTS (
        SELECT 1 FROM message AS anew WHERE anew.generation > message.generation
        AND (anew.agreement_id, anew.cause) = (message.agreement_id, message.cause)
        AND (anew.role, anew.office) = (message.role, message.office)
    )
    AND NOT EXISTS (
        SELECT 1 FROM message AS mail WHERE mail.id = message.merged_into
        AND mail.status IN ('refused', 'expired')
    )
    ORDER BY message.id
"""
GIVEN_UP_SHOWN = """
    SELECT ref, message.cause FROM message JOIN agreement ON agreement.id = message.agreement_id
    LEFT JOIN message AS mail ON mail.id = message.merged_into
    WHERE message.role IN ('office', 'finance', 'acting')
    AND coalesce(mail.status, message.status) IN ('refused', 'expired')
"""
BROUGHT_TOO_LATE = 'SELECT payload FROM event WHERE payload LIKE \'%"action":"supersede"%\''
Copied = dict[str, Any]
"""What a database held: its files by name, or how its copy is called."""


class Crash(BaseException):
    """The process is gone; no product code catches this."""


@dataclass
class Dying:
    """Counts points down, crashes at the last, and refuses the dead whatever they ask."""

    left: int
    at: str = ""

    def __call__(self, kind: str) -> None:
        self.left -= 1
        if self.left < 0:
            self.at = self.at or kind
            raise Crash


class Place:
    """Where histories are lived: a folder with the register in which nothing has happened yet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.year = Year(url=self.url, folder=folder, mail=mail_to(25))
        app = self.year.opened(at(BEFORE))
        town = Town(app, cast(MovableClock, app.clock), folder)
        METER.folder = str(folder)
        init(app)
        town.register(OFFICES)
        self.close()
        files = {str(path.relative_to(folder)): path.read_bytes() for path in files_of(folder)}
        self.empty = Remains(moment=at(BEFORE), files=files, relay=(), key="")
        self.year.watched_by(METER)

    @property
    def url(self) -> str:
        """Return the URL of the database."""
        return f"sqlite:///{self.folder / DATABASE}"

    def begin_anew(self) -> None:
        """Let it be as if nothing had happened yet."""
        self.close()
        self.empty.put_back(self.folder)

    def copied(self) -> Copied:
        """Return what the database itself holds; nobody is connected to it."""
        return {name: self._file(name) for name in (DATABASE, LOG) if (self.folder / name).exists()}

    def put(self, copied: Copied) -> None:
        """Let the database hold what it held when it was copied, or nothing at all."""
        for name in (DATABASE, LOG, SHARED_MEMORY):
            (self.folder / name).unlink(missing_ok=True)
        for name, content in copied.items():
            (self.folder / name).write_bytes(content)

    def is_free(self) -> bool:
        """Tell whether somebody else could write now."""
        with closing(sqlite3.connect(self.folder / DATABASE, timeout=0)) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return False
        return True

    def _file(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def close(self) -> None:
        """Close every connection."""
        self.year.close()


class History(Story):
    """What happens in a year or two; everything is drawn from the number."""

    def __init__(self, place: Place, seed: int) -> None:
        super().__init__(seed)
        self.place = place
        self.end = self.clock.moment + timedelta(days=self.chance.randint(365, 730))
        self.danger = self.chance.choice([0.05, 0.2, 0.5])
        self.relay = DrawnRelay(self, self.another_daemon, self.reader_of)
        self.pending: list[Any] = []
        self.refs: list[str] = []
        self.deeds_at = self.clock.moment
        self.alerts = Alerts()

    @property
    def settings(self) -> dict[str, Any]:
        """Return what the configuration says by now."""
        return {"alerts": self.alerts}

    def reader_of(self, role: str, office: str, moment: datetime) -> str:
        """Return who is to read a mail that leaves at a moment."""
        return reader_of(role, office, moment)

    # Living --------------------------------------------------------------------------------------

    def run(self) -> None:
        """Live to the end, let things settle down, and judge."""
        random.seed(self.seed)  # the product spreads its repeats by chance
        self.place.begin_anew()
        self._open()
        for name in self.chance.sample([*AGREEMENTS], self.chance.choice([1, 1, 2, 3])):
            self._register(name)
        while self.clock.moment < self.end:
            self._moment()
            self._move()
        self.relay.bad = self.danger = 0
        self.deeds_at = self.end = self.clock.moment + CALM
        while self.clock.moment < self.end:
            self._moment()
            self._move()
        self._judge()

    def _open(self) -> None:
        """Begin a process on what the last one left."""
        self.place.close()
        app = replace(self.place.year.opened(self.clock.moment), clock=self.clock)
        self.town = Town(app, self.clock, self.place.folder).configured(**self.settings)
        self.relay.remember()

    def _moment(self) -> None:
        """Let a process do what is to be done now; where it dies, another one does."""
        for _ in range(GIVEN_UP):
            dying = self.chance.random() < self.danger
            trap = Dying(self.chance.randrange(FAR)) if dying else None
            try:
                with METER.telling(trap, fails=True) if trap else nullcontext():
                    self._live()
            except Crash:
                assert trap
                self.figures["crashes"] += 1
                self.tell(f"CRASH: {trap.at}")
                self.clock.moment += self.chance.choice([0, 0, 1, 50]) * timedelta(minutes=1)
                self._open()
            else:
                return
        raise Broken(f"history {self.seed}: it dies again and again")

    def _live(self) -> None:
        if self.clock.moment >= self.deeds_at and self.clock.moment < self.end:
            days = self.chance.randint(1, 60 * 24 * 60)
            self.deeds_at = self.clock.moment + timedelta(minutes=days)
            for _ in range(self.chance.randint(1, 4)):
                self._draw_deed()
        self._do_pending()
        self._tick(self.town.app)
        if held_clock(self.town.app):
            self.town.confirm()
            self.tell("the clock is confirmed")
            self._tick(self.town.app)
        self.town.app.keep_mark()
        self._before_mail()
        self.town.post.deliver(self.relay, lambda: False)

    def _do_pending(self) -> None:
        while self.pending:
            self._do(self.town.app, self.pending[0])
            self.pending.pop(0)
            self.clock.moment += timedelta(seconds=self.chance.randint(1, 300))

    def _before_mail(self) -> None:
        """Let something happen between the look at which steps fire and their mail."""

    def _tick(self, app: App) -> None:
        ticked = ticking.tick(app)
        if ticked.fired:
            self.figures["steps"] += ticked.fired
            self.tell(f"{ticked.fired} fired, {ticked.superseded} superseded")
        self.holds(not ticked.failed, "something could not fire")

    def another_daemon(self) -> None:
        """Let the relay take so long for a mail that another daemon looks after its lease ended."""
        self.clock.moment += LONG
        self.tell("another daemon looks")
        app = self._another()
        self._tick(app)
        Outbox(app).deliver(self.relay, lambda: False)

    def _another(self) -> App:
        """Return the application as another process on the same machine has it."""
        app = self.place.year.opened(self.clock.moment)
        return replace(app, clock=self.clock, configuration=self.town.app.configuration)

    def _move(self) -> None:
        """Let it be when something is to be done again, or some days later: nobody was there."""
        with self.town.app.reading() as connection:
            ahead = [*next_moments(connection), self.deeds_at, self.clock.moment + A_MONTH]
        self.clock.moment = min(moment for moment in ahead if moment > self.clock.moment)
        if self.danger and self.chance.random() < 1 / 20:
            self.clock.moment += timedelta(minutes=self.chance.randint(1, 20 * 24 * 60))
            self.tell("nobody has looked for a while")
        if self.chance.random() < 1 / 10:
            self._open()

    # Deeds ---------------------------------------------------------------------------------------

    def _register(self, name: str) -> None:
        """Register an agreement that ran already, or that is new, perhaps signed."""
        ref, beginning = f"G-{len(self.refs)}", self.chance.choice(["ran", "ran", "new", "signed"])
        happened = self.chance.choice([*HAPPENED])
        ran = {**RAN, **HAPPENED[happened]} if beginning == "ran" else {}
        self.tell(f"{ref}: {name}, {beginning}{f', {happened}' if ran else ''}")
        envelope, app, now = Envelope(), self.town.app, self.clock.moment
        made = build(Agreement, envelope.keep_facts(facts({**AGREEMENTS[name], **ran, "ref": ref})))
        with app.writing() as connection:
            by, policy = envelope.keep("griffier Smeets"), policy_of(connection)
            create(connection, [register(made, policy, now, actor=by, history=bool(ran))], now)
            ledger.keep_private(connection, stream_of(ref), envelope.privates)
        self.refs.append(ref)
        if beginning == "signed":
            self._ask(ref, "skip_overleg")
            self._ask(ref, "decide", outcome="as_proposed")
            for party in PARTIES:
                self._ask(ref, "sign", party=party)

    def _ask(self, ref: str, action: str, **pairs: str) -> None:
        self.pending.append(
            Asked(ref=ref, action=action, pairs=pairs, by="griffier Smeets", reason="Zo.")
        )

    def _draw_deed(self) -> None:
        if self.chance.random() < 1 / 20:
            self.alerts = self.chance.choice(SETTINGS[:-1])
            self._ask("", "policy adopt")
            return
        ref, draw = self.chance.choice(self.refs), partial(self.chance.randint, 0)
        with self.unwatched(), self.town.app.reading() as connection:
            dossier, policy = the_agreement(connection, ref).dossier, policy_of(connection)
        seen = Seen(dossier=dossier, policy=policy, now=self.clock.moment)
        action, drawn = chosen(seen, draw(400)), Drawn(draw(400), draw(11), draw(11), draw(11))
        self._ask(ref, action, **keys_of(action, seen, drawn))

    def _do(self, app: App, asked: Asked) -> None:
        """Do what somebody asks; whose command died asks again."""
        said = f"{asked.ref} {asked.action} {dict(asked.pairs) or ''}".strip()
        try:
            if asked.action == "policy adopt":
                adopt_policy(self.town.configured(**self.settings).app, by=asked.by)
            else:
                act(app, asked)
        except Refusal as refusal:
            self.tell(f"{said}: refused: {str(refusal).splitlines()[0]}")
        else:
            self.figures["deeds"] += 1
            self.tell(said)

    # The judge -----------------------------------------------------------------------------------

    def _judge(self) -> None:
        """Hold what was recorded against the outside checker, and what was mailed against that."""
        self._open()
        found = [*findings(self.town)]
        self.holds(not found, f"the judge finds {found}")
        self.relay.remember()
        lost = self.relay.accepted - self.relay.taken.keys()
        self.holds(not lost, f"{lost} are called accepted, and the relay has none of them")
        untold = self._untold()
        self.holds(not untold, f"{untold} is open, and its mail is cancelled as pointless")
        rows = self.ask("SELECT message_id, status, created_at FROM message")
        days_ago = f"{self.clock.moment - LONGEST_CLOSED:%Y-%m-%d %H:%M}"
        old = [row for row in rows if str(row.created_at) < days_ago]
        waits = [row.message_id for row in old if row.status in WAITS]
        self.holds(not waits, f"{waits} still wait")
        self.figures.update(row.status for row in rows)
        self.figures["copies"] = self.figures["mails"] - len(self.relay.taken)

    def _untold(self) -> list[str]:
        """Return what is open of what was cancelled as pointless, or told of another date.

        Its step is open, or one of the date that took its place is past and nobody was told. So is
        what another office was told, where its own is asked; unless a later step told it since, or
        was refused, which is shown.
        """
        rows = [row for row in self.ask(TOLD) if OccurrenceName.of(row.cause)]
        shown = [row for row in self.ask(GIVEN_UP_SHOWN) if OccurrenceName.of(row.cause)]
        told = {(it.ref, _subject(it)) for it in (*(r for r in rows if not r.untold), *shown)}
        latest = {_to_whom(row): row.id for row in rows if not row.pointless}
        return [
            f"{row.ref} {row.cause}"
            for row in rows
            if latest.get(_to_whom(row), 0) <= row.id
            and (row.pointless or (row.leaves_alone and row.message_id in self.relay.elsewhere))
            and (row.untold or (row.role, row.office) in self.relay.told(row.message_id, row.cause))
            and self._is_asked(row, is_told=(row.ref, _subject(row)) in told)
        ]

    def _is_asked(self, row: Any, *, is_told: bool) -> bool:
        """Tell whether what a row was about asks for something that its addressee is not told.

        What other settings brought too late is told to nobody.
        """
        kept = [i for i in deadlines(self.town.app, row.ref) if i.of_date != (EARLIER_DATE,)]
        steps = [i.occurrence for i in kept if i.occurrence and is_open(i.deadline, i.agreement)]
        of_it = [step for step in steps if step.deadline.subject == _subject(row)]
        unsaid = "".join(found.payload for found in self.ask(BROUGHT_TOO_LATE))
        past = [step for step in of_it if step.alert_at < self.clock.moment]
        is_past = any(step.name not in unsaid for step in past)
        return row.cause in {step.name for step in steps} or (is_past and not is_told)


def _to_whom(row: Any) -> tuple[str, ...]:
    return row.ref, row.role, row.office, OccurrenceName.parse(row.cause).deadline


def _subject(row: Any) -> str:
    return OccurrenceName.parse(row.cause).subject


@contextmanager
def a_place(folder: Path) -> Iterator[Place]:
    """Give a place in which nothing waits for the machine."""
    with quiet(), patch.object(ticking, "PAUSE_SECONDS", 0):
        place = Place(folder)
        try:
            yield place
        finally:
            place.close()
