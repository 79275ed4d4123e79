"""A register in a temporary folder: its clock is moved by hand, its relay follows a script.

`App` is the product's; `Town` is what a test holds: the app, its daemon's mail and its relay.
"""

import re
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from email import message_from_bytes
from email.parser import BytesHeaderParser
from email.policy import default
from functools import wraps
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from sqlalchemy import CursorResult, event, make_url, text

from notifications.transport import Outcome, Parcel, Verdict, Work
from states.model.events import Event
from states.model.phrase import Refusal
from tests.agreements import AMSTERDAM, at, local
from tests.contents import Contents, begun, contents
from tests.store import Database, high_water, next_attempts, next_moments
from workflow.agreements.act import Asked, act
from workflow.agreements.tick import Ticked, tick
from workflow.app.app import App
from workflow.app.clock_guard import confirm_clock
from workflow.intake.register import import_files
from workflow.intake.result import Imported
from workflow.mail.delivery import Outbox
from workflow.maintenance.doctor import Check, doctor
from workflow.maintenance.setup import init
from workflow.maintenance.verify import verify
from workflow.people.handover import hand_over
from workflow.people.office_queries import OfficeLine
from workflow.system.clock import MovableClock
from workflow.system.configuration import Configuration
from workflow.system.settings import DaemonSettings, DatabaseSettings, Mail, Municipality, Settings

REF = "SO-2017-0042"
ACCEPTED = Outcome(Verdict.ACCEPTED, "250 2.0.0 Ok")
BEFORE_THE_BODY = {Verdict.DEFERRED, Verdict.REFUSED, Verdict.RELAY_AWAY, Verdict.RELAY_FAULT}
A_MONTH = timedelta(days=30)

# Where the source case passes once per worker on its way to what is later: shortly before it asks
# for the second instalment, before it asks for its evaluation, and when that has to be held.
ON_THE_WAY = ("2018-08-16 10:00", "2020-04-09 07:00", "2020-07-10 09:00")

NO_TRIGGERS = {
    "sqlite": tuple(
        f"DROP TRIGGER {table}_is_never_{done}"
        for table in ("event", "seal")
        for done in ("updated", "deleted")
    ),
    "postgresql": (
        "DROP TRIGGER event_is_never_changed ON event",
        "DROP TRIGGER seal_is_never_changed ON seal",
    ),
}

OFFICES = """
[[office]]
key = "sociaal-domein"
name = "Portefeuille Sociaal Domein"
fallback = "secretariaat"
[[office.holder]]
name = "wethouder Gerats"
email = "gerats@maastricht.example"
from = 2014-05-20
until = 2018-05-31
[[office.holder]]
name = "wethouder Bastiaens"
email = "bastiaens@maastricht.example"
from = 2018-06-01

[[office]]
key = "secretariaat"
name = "Bestuurssecretariaat"
fallback = "gemeentesecretaris"
[[office.holder]]
name = "team secretariaat"
email = "secretariaat@maastricht.example"
from = 2014-01-01

[[office]]
key = "gemeentesecretaris"
name = "Gemeentesecretaris"
[[office.holder]]
name = "de secretaris"
email = "secretaris@maastricht.example"
from = 2014-01-01

[[office]]
key = "financien"
name = "Concernfinancien"
fallback = "secretariaat"
[[office.holder]]
name = "team geld"
email = "geld@maastricht.example"
from = 2014-01-01
"""

# The source case, with a case owner and with instalments whose dates are assumed.
CASE = """
[[agreement]]
ref = "SO-2017-0042"
title = "Samenwerkingsovereenkomst Verbindend Leiden"
short_title = "Verbindend Leiden"
office = "sociaal-domein"
[agreement.case_owner]
name = "A. Janssen"
email = "a.janssen@maastricht.example"
[agreement.term]
length = "P3Y"
[[agreement.evaluation]]
key = "final"
before_end = "P3M"
clause = "Drie maanden voor het einde wordt geëvalueerd."
[[agreement.party]]
key = "maastricht"
name = "Gemeente Maastricht"
own = true
[[agreement.party]]
key = "limburg"
name = "Provincie Limburg"
[agreement.contribution]
amount = "1000.00"
every = "P1Y"
payee = "Coöperatie Verbindend Leiden"
budget_line = "Lidmaatschappen en contributies"
budgeted_through = 2099
office = "financien"
[[agreement.decision_point]]
number = 1
text = "De overeenkomst ondertekenen."
"""


def running(ref: str, *, start: str = "2018-01-01", length: str = "P1Y", more: str = "") -> str:
    """Return an agreement without money that runs already; `more` goes before its groups."""
    return f"""
[[agreement]]
ref = "{ref}"
title = "Agreement {ref}"
office = "sociaal-domein"
stage = "active"
{more}
[agreement.term]
length = "{length}"
start = {start}
[[agreement.evaluation]]
key = "final"
before_end = "P3M"
[[agreement.party]]
key = "maastricht"
name = "Gemeente Maastricht"
own = true
signed_on = 2017-12-01
signatory = "de burgemeester"
[[agreement.decision]]
on = 2017-11-21
outcome = "as_proposed"
"""


# The relay ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Delivered:
    """One mail that the relay was handed."""

    at: str
    to: str
    message_id: str
    content: bytes

    @property
    def words(self) -> str:
        """Return the plain text, its lines joined."""
        body = message_from_bytes(self.content, policy=default).get_body(("plain",))
        assert body
        return " ".join(body.get_content().split())

    @property
    def subject(self) -> str:
        """Return the subject."""
        return self.header("Subject")

    def header(self, name: str) -> str:
        """Return a header; the rest is not read, for most tests ask for nothing else."""
        return str(BytesHeaderParser(policy=default).parsebytes(self.content)[name])


@dataclass(slots=True)
class Relay:
    """A transport that follows a script and accepts everything that the script does not name."""

    clock: MovableClock
    script: deque[Outcome] = field(default_factory=deque)
    by_address: dict[str, Outcome] = field(default_factory=dict)
    before_settling: Callable[[Parcel], object] | None = None
    accepted: list[Delivered] = field(default_factory=list)
    attempts: list[Delivered] = field(default_factory=list)

    def answers(self, *outcomes: Outcome) -> None:
        """Give these answers to the next attempts, in order."""
        self.script.extend(outcomes)

    def run(self, work: Work, stopping: Callable[[], bool]) -> None:
        """Take parcels until none is left; the body goes out where the verdict needs it."""
        while not stopping() and (parcel := work.lease()):
            outcome = self._answer(parcel)
            if outcome.verdict not in BEFORE_THE_BODY and not work.mark_body_sent(parcel):
                continue
            mail = self._mail(parcel)
            self.attempts.append(mail)
            if outcome.verdict is Verdict.ACCEPTED:
                self.accepted.append(mail)
            if self.before_settling:
                self.before_settling(parcel)
            work.settle(parcel, outcome)

    def _answer(self, parcel: Parcel) -> Outcome:
        if parcel.recipient in self.by_address:
            return self.by_address[parcel.recipient]
        return self.script.popleft() if self.script else ACCEPTED

    def _mail(self, parcel: Parcel) -> Delivered:
        return Delivered(
            at=local(self.clock.now()),
            to=parcel.recipient,
            message_id=parcel.message_id,
            content=parcel.content,
        )

    def forget(self) -> None:
        """Forget what was handed over, so that a test speaks of what follows."""
        self.accepted.clear()
        self.attempts.clear()

    def shown(self) -> list[tuple[str, str]]:
        """Return to whom each accepted mail went, with its subject."""
        return [(mail.to, mail.subject) for mail in self.accepted]


# The town ----------------------------------------------------------------------------------------


def an_app(
    url: str, folder: Path, when: str = "2017-06-01 10:00", **settings: Any
) -> tuple[App, MovableClock]:
    """Return an application on a database, not yet initialised, and its clock."""
    chosen = {
        "municipality": Municipality(name="Gemeente Maastricht", installation="test"),
        "database": DatabaseSettings(url=url),
        "mail": Mail(sender="Looptijd <looptijd@maastricht.example>"),
        "daemon": DaemonSettings(state_directory=str(folder)),
        **settings,
    }
    configuration = Configuration(settings=Settings(**chosen), file=None, base=folder)
    clock = MovableClock(at(when))
    return App(configuration, Database(url), clock), clock


class Town:
    """What a test holds: an application, its clock, its mail and its relay."""

    def __init__(self, app: App, clock: MovableClock, folder: Path) -> None:
        self.app, self.clock, self.folder = app, clock, folder
        self.relay = Relay(clock)
        self.post = Outbox(app)
        self.files = 0

    # Time ----------------------------------------------------------------------------------------

    @property
    def today(self) -> date:
        """Return the civil day in the Netherlands."""
        return self.clock.moment.astimezone(AMSTERDAM).date()

    def at(self, when: str) -> "Town":
        """Let it be a local time such as `2017-10-12 10:00`; nothing happens by itself."""
        self.clock.moment = at(when)
        return self

    def later(self, **parts: float) -> "Town":
        """Let time pass by so much; nothing happens by itself."""
        self.clock.moment += timedelta(**parts)
        return self

    def tick(self) -> Ticked:
        """Let the daemon look once."""
        return tick(self.app)

    def deliver(self) -> dict[str, int]:
        """Let the daemon send what waits."""
        return self.post.deliver(self.relay, lambda: False)

    def one_pass(self) -> None:
        """Let the daemon look and send."""
        self.tick()
        self.deliver()

    def until(self, when: str) -> "Town":
        """Let a daemon that is never late look and send, up to a moment."""
        end = at(when)
        while (moment := self._next_stop()) and moment <= end:
            self.clock.moment = max(moment, self.clock.moment)
            self.one_pass()
        self.clock.moment = end
        self.one_pass()
        return self

    def _next_stop(self) -> datetime:
        with self.app.reading() as connection:
            moments = next_moments(connection)
        ahead = [moment for moment in moments if moment > self.clock.moment]
        return min([*ahead, self.clock.moment + A_MONTH])

    def confirm(self) -> None:
        """Accept the clock as it stands."""
        confirm_clock(self.app)

    # What operators do ---------------------------------------------------------------------------

    def file(self, content: str, name: str = "") -> Path:
        """Write a file in the town's folder."""
        self.files += 1
        path = self.folder / (name or f"import-{self.files}.toml")
        path.write_text(content, encoding="utf-8")
        return path

    def importing(self, *contents: str, **options: Any) -> Imported:
        """Import these texts, each as a file of its own, and return what came of it."""
        paths = [self.file(content) for content in contents]
        return import_files(self.app, paths, by="griffier Smeets", **options)

    def register(self, *contents: str, **options: bool) -> "Town":
        """Import these texts, which have no problems; the source case once per worker."""
        if contents == (OFFICES, CASE) and not options:
            return self.brought("registered", lambda: self._registered(*contents))
        return self._registered(*contents, **options)

    def _registered(self, *contents: str, **options: bool) -> "Town":
        result = self.importing(*contents, **options)
        assert not result.problems, [f"{p.key}: {p.problem}" for p in result.problems]
        return self

    def do(self, name: str, /, *, reason: str | None = None, **keys: str) -> tuple[Event, ...]:
        """Do something with the source case."""
        return self.do_with(REF, name, reason=reason, **keys)

    def do_with(
        self, ref: str, name: str, /, *, reason: str | None = None, **keys: str
    ) -> tuple[Event, ...]:
        """Do something with an agreement; `point__1` stands for `point.1`."""
        pairs = {re.sub(r"__", ".", key): value for key, value in keys.items()}
        asked = Asked(ref=ref, action=name, pairs=pairs, by="griffier Smeets", reason=reason)
        (done,) = act(self.app, asked)
        return done.events

    def hand_over(self, office: str, email: str, **parts: Any) -> OfficeLine:
        """Let somebody else hold an office; `name`, `since`, `by` and `reason` may be given."""
        usual: dict[str, Any] = {"name": "wethouder Claessen", "by": "griffier Smeets"}
        usual |= {"since": None, "reason": None}
        return hand_over(self.app, office, email=email, **usual | parts)

    def refusal(self, ref: str, name: str, /, *, reason: str | None = None, **keys: str) -> Refusal:
        """Return the refusal that an action meets; that it wrote nothing is checked here too."""
        before = self.counts()
        try:
            self.do_with(ref, name, reason=reason, **keys)
        except Refusal as refusal:
            assert self.counts() == before
            return refusal
        raise AssertionError(f"{name} was not refused")

    def decided(self) -> "Town":
        """Walk the source case through the overleg and the college's decision; mail leaves."""
        self.at("2017-06-15 10:00").do("submit")
        self.at("2017-07-05 16:00").do("agree", attended="wethouder Gerats")
        self.at("2017-09-26 15:00").do("decide", outcome="as_proposed", label="Conform")
        self.one_pass()
        return self

    def signed(self) -> "Town":
        """Let both parties sign on 12 October 2017 at 10:00; mail leaves."""
        self.at("2017-10-12 10:00")
        self.do("sign", party="maastricht", signatory="wethouder Gerats")
        self.do("sign", party="limburg")
        self.one_pass()
        return self

    def signed_by_people(self, *contents: str) -> "Town":
        """Register the source case and walk it to its start, with names and reasons on the way."""
        self.register(*contents)
        self.at("2017-06-15 10:00").do("submit")
        self.at("2017-07-05 16:00").do("agree", attended="wethouder Overleg")
        self.at("2017-09-26 15:00").do("decide", outcome="as_proposed")
        self.at("2017-10-12 10:00")
        self.do("sign", party="maastricht", signatory="Burgemeester Kanarie")
        self.do("sign", party="limburg", capacity="namens Burgemeester Kanarie")
        self.do("amend", purpose="Vraag kanarie@maastricht.example.", reason="Reden Kanarie")
        self.do("note", text="Reden Kanarie")
        return self

    def in_force(self, *, until: str = "") -> "Town":
        """Register the source case and walk it to its start; what was mailed is forgotten.

        A daemon that is never late goes on from there to a moment, where one is given.
        """
        if until:
            return self.brought(f"in force until {until}", lambda: self._in_force_until(until))
        self.brought("in force", lambda: self.register(OFFICES, CASE).decided().signed())
        self.relay.forget()
        return self

    def _in_force_until(self, when: str) -> "Town":
        passed = max((place for place in ON_THE_WAY if place < when), default="")
        return self.in_force(until=passed).until(when)

    # Where many tests begin ----------------------------------------------------------------------

    def brought(self, name: str, walk: Callable[[], object]) -> "Town":
        """Walk a new town to where many tests begin; who comes there later is put there at once.

        That is done of a town in which nothing happened yet, and each worker walks once for each
        configuration. What is mailed on the way is kept too.
        """
        begins = self._new()
        if begins is None:
            walk()
            return self
        place = (name, *begins)
        if place in REACHED:
            REACHED[place].put(self)
        else:
            walk()
            REACHED[place] = Reached.by(self)
        return self

    def _new(self) -> tuple[object, ...] | None:
        """Return all by which two new towns differ; None of one in which something happened."""
        settings, own = self.app.settings, {path.name for path in self.folder.iterdir()}
        url = settings.database.url
        if self.files or self.relay != Relay(self.clock) or self.app.is_scratch or others(own):
            return None
        if not url.startswith("sqlite") and make_url(url).username != "postgres":
            return None
        same = replace(settings, database=DatabaseSettings(), daemon=DaemonSettings())
        return (url.split(":")[0], self.clock.moment, repr(same), begun(url))

    # What stands in the database -----------------------------------------------------------------

    def query(self, statement: str, **values: object) -> list[Any]:
        """Return the rows of a query."""
        with self.app.database.engine.connect() as connection:
            return list(connection.execute(text(statement), values))

    def scalar(self, statement: str, **values: object) -> Any:
        """Return the only value of a query."""
        ((value,),) = self.query(statement, **values)
        return value

    def change(self, statement: str, **values: object) -> int:
        """Change the database behind the product's back; return how many rows."""
        with self.app.database.write() as connection:
            result = connection.execute(text(statement), values)
            assert isinstance(result, CursorResult)
            return result.rowcount

    def counts(self) -> dict[str, int]:
        """Return how many rows each table holds."""
        return {
            name: self.scalar(f"SELECT count(*) FROM {name}")  # noqa: S608 - the names below
            for name in (
                "agreement",
                "event",
                "facts",
                "heartbeat",
                "message",
                "occurrence",
                "office",
                "policy",
                "private",
            )
        }

    def stage(self, ref: str = REF) -> str:
        """Return the stage in which an agreement is stored, with its ending."""
        ((stage, ending),) = self.query(
            "SELECT stage, ending FROM agreement WHERE ref = :ref", ref=ref
        )
        return f"{stage} ({ending})" if ending else str(stage)

    def mails(self, columns: str = "role, status", **values: object) -> list[Any]:
        """Return these columns of the outbox, in order; `where` names a condition."""
        where = values.pop("where", "1 = 1")
        return [
            tuple(row) if len(row) > 1 else row[0]
            for row in self.query(
                f"SELECT {columns} FROM message WHERE {where} ORDER BY id",  # noqa: S608
                **values,
            )
        ]

    def looks(self) -> list[str | None]:
        """Return for each mail when it is looked at again, as local time; None when it is done."""
        with self.app.reading() as connection:
            moments = next_attempts(connection)
        return [local(moment) if moment else None for moment in moments]

    def high_water(self) -> str:
        """Return the latest moment that a daemon has seen, as local time."""
        with self.app.reading() as connection:
            return f"{self.app.local(high_water(connection)):%Y-%m-%d %H:%M}"

    def fired(self, ref: str = REF) -> list[str]:
        """Return the names of what fired, in order of name."""
        return [
            row.name
            for row in self.query(
                "SELECT o.name FROM occurrence o JOIN agreement a ON a.id = o.agreement_id"
                " WHERE a.ref = :ref AND o.status = 'fired' ORDER BY o.name",
                ref=ref,
            )
        ]

    def checks(self, name: str) -> list[Check]:
        """Return what the doctor says under a name."""
        return [check for check in doctor(self.app) if check.name == name]

    def problems(self) -> list[tuple[str, str]]:
        """Return what `verify` finds."""
        return [(ref, str(problem)) for ref, problem in verify(self.app).problems]

    def another(self) -> "Town":
        """Return the same town as a second daemon sees it: its own connections and mail."""
        database = Database(self.app.configuration.settings.database.url)
        return Town(replace(self.app, database=database), self.clock, self.folder)

    def configured(self, **settings: Any) -> "Town":
        """Return the same town under another configuration, with the same clock and relay."""
        known = self.app.configuration
        changed = replace(known.settings, **settings)
        app = replace(self.app, configuration=replace(known, settings=changed))
        town = Town(app, self.clock, self.folder)
        town.relay = self.relay
        return town

    def close(self) -> None:
        """Close every connection."""
        self.app.database.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """What stood in a town after a walk: its rows, its files, its moment and its mail."""

    contents: Contents
    files: dict[str, bytes]
    imported: int
    moment: datetime
    attempts: list[Delivered]
    accepted: list[Delivered]

    @classmethod
    def by(cls, town: Town) -> "Reached":
        """Keep what stands in a town."""
        own = [path for path in town.folder.iterdir() if not path.name.startswith(DATABASE)]
        return cls(
            contents=contents(town.app.settings.database.url),
            files={path.name: path.read_bytes() for path in own},
            imported=town.files,
            moment=town.clock.moment,
            attempts=[*town.relay.attempts],
            accepted=[*town.relay.accepted],
        )

    def put(self, town: Town) -> None:
        """Let all of it stand in another town, which learns anew whose register it is."""
        self.contents.put_into(town.app.settings.database.url)
        for path in town.folder.glob("looptijd-*"):
            path.unlink()
        for name, content in self.files.items():
            (town.folder / name).write_bytes(content)
        town.app.database.checked = False
        town.files = self.imported
        town.clock.moment = self.moment
        town.relay.attempts.extend(self.attempts)
        town.relay.accepted.extend(self.accepted)


REACHED: dict[tuple[object, ...], Reached] = {}
DATABASE = "looptijd.db"


def others(names: set[str]) -> set[str]:
    """Return the names of what is not a register's own: its file, and how far it had come."""
    return {name for name in names if not name.startswith((DATABASE, "looptijd-"))}


def walked_once(walk: Callable[[Town], Town]) -> Callable[[Town], Town]:
    """Let each worker walk once from a new town; who comes later is put there (`Town.brought`)."""
    name = f"{walk.__module__}.{walk.__qualname__}"

    @wraps(walk)
    def bringing(town: Town) -> Town:
        return town.brought(name, lambda: walk(town))

    return bringing


def a_town(url: str, folder: Path, when: str = "2017-06-01 10:00", **settings: Any) -> Town:
    """Return a town whose register is made and empty."""
    app, clock = an_app(url, folder, when, **settings)
    init(app)
    return Town(app, clock, folder)


def the_usual_town(url: str, folder: Path, when: str = "2017-06-01 10:00", **settings: Any) -> Town:
    """Return the same where the tables are made already; each worker makes it once."""
    app, clock = an_app(url, folder, when, **settings)
    return Town(app, clock, folder).brought("made", lambda: init(app))


@contextmanager
def visiting(town: Town) -> Iterator[Town]:
    """Close a town's connections at the end."""
    try:
        yield town
    finally:
        town.close()


@contextmanager
def asked_of(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """Give the statements that a database is asked meanwhile, each with its values."""
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _k: Any, statement: str, values: Any, *_rest: Any) -> None:
        asked.append((statement, values))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def unguarded(town: Town) -> Town:
    """Take the triggers of the ledger and the seals away, as whoever owns the database can."""
    for statement in NO_TRIGGERS[town.app.database.engine.dialect.name]:
        with town.app.database.engine.begin() as connection:
            connection.exec_driver_sql(statement)
    return town
