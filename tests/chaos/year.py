"""A year of ten agreements: what an operator does on which day, and what a daemon does then."""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Engine

from notifications.smtp import SmtpTransport
from notifications.transport import Transport, Work
from scheduler import Daemon
from tests.agreements import at
from tests.chaos.meter import METER, Meter
from tests.chaos.world import MONTHLY
from tests.smtp_sink import Mail, sink_beside
from tests.store import Database, next_moments
from tests.town import A_MONTH, CASE, OFFICES, REF, Town, a_town, an_app, running
from workflow.agreements.act import Asked, act
from workflow.app.app import App
from workflow.system.settings import EventsSettings
from workflow.system.settings import Mail as MailSettings

BEGIN, END = "2018-06-01 10:00", "2019-06-01 10:00"
TACIT = """renewal = "tacit"
renewal_length = "P1Y"
notice = "P3M"
"""
OBLIGATION = """
[[agreement.obligation]]
key = "verslag"
what = "jaarverslag"
after_start = "P11M"
"""
NO_EVALUATION = (
    """[[agreement.evaluation]]
key = "final"
before_end = "P3M"
""",
    "",
)
CASE_OWNER = 'case_owner = { name = "A. Janssen", email = "a.janssen@maastricht.example" }'


def tacit(ref: str, start: str) -> str:
    """Return one that renews itself, and can be ended by notice."""
    plain = running(ref, start=start, length="P2Y").replace(*NO_EVALUATION)
    return plain.replace(f"start = {start}\n", f"start = {start}\n{TACIT}")


TEN = (
    CASE,
    running("BETAALT", start="2018-01-10", length="P3Y", more=CASE_OWNER)
    + MONTHLY.replace("P1M", "P6M"),
    tacit("OPZEGBAAR", "2017-01-15"),
    tacit("STILZWIJGEND", "2017-02-01"),
    running("EVALUATIE", start="2017-09-01", length="P18M", more=CASE_OWNER),
    running("LOOPT-AF", start="2017-11-01", length="P1Y").replace(*NO_EVALUATION),
    running("VERPLICHT", start="2017-10-01", length="P3Y") + OBLIGATION,
    running("HERINNERD", start="2017-10-15", length="P1Y"),
    running("ZONDER-DAG", start="2018-01-01", length="P1Y")
    .replace("start = 2018-01-01\n", "")
    .replace('stage = "active"', 'stage = "draft"')
    .replace("[[agreement.decision]]\non = 2017-11-21\n" + 'outcome = "as_proposed"\n', "")
    .replace("signed_on = 2017-12-01\n" + 'signatory = "de burgemeester"\n', ""),
    running("GEWIJZIGD", start="2018-03-01", length="P18M"),
)


@dataclass(frozen=True, kw_only=True)
class Deed:
    """What an operator does at a moment."""

    when: str
    ref: str
    action: str
    keys: Mapping[str, str] = field(default_factory=dict)

    @property
    def moment(self) -> datetime:
        return at(self.when)

    def do(self, app: App) -> None:
        """Do it, unless it stands in the ledger: an operator whose command died looks first."""
        with app.reading() as connection:
            rows = connection.exec_driver_sql("SELECT stream, at, payload FROM event").all()
        mine = (row for row in rows if row.stream == f"agreement:{self.ref}")
        if any(self._is_told_by(json.loads(row.payload)) for row in mine):
            return
        asked = Asked(
            ref=self.ref, action=self.action, pairs=self.keys, by="griffier Smeets", reason="Zo."
        )
        act(app, asked)

    def _is_told_by(self, payload: Mapping[str, object]) -> bool:
        at_that_moment = datetime.fromisoformat(str(payload["at"])) == self.moment
        return at_that_moment and payload["action"] == self.action


def _deed(when: str, ref: str, action: str, **keys: str) -> Deed:
    return Deed(when=when, ref=ref, action=action, keys=keys)


DEEDS = (
    _deed("2018-06-12 09:30", "GEWIJZIGD", "amend", **{"term.length": "P1Y"}),
    _deed("2018-06-15 10:00", REF, "submit"),
    _deed("2018-07-05 16:00", REF, "agree", attended="wethouder Bastiaens"),
    _deed("2018-07-10 11:00", "BETAALT", "pay", instalment="2", on="2018-07-09"),
    _deed("2018-09-04 10:00", "VERPLICHT", "fulfil", obligation="verslag", on="2018-09-03"),
    _deed("2018-09-25 15:00", REF, "decide", outcome="as_proposed", label="Conform"),
    _deed("2018-10-02 10:00", "OPZEGBAAR", "terminate", ends_on="2019-01-14"),
    _deed("2018-10-12 10:00", REF, "sign", party="maastricht", signatory="wethouder Bastiaens"),
    _deed("2018-10-12 10:10", REF, "sign", party="limburg"),
    _deed("2018-12-03 10:00", "EVALUATIE", "conclude", report="R", conclusion="Goed."),
    _deed("2019-01-08 10:00", "EVALUATIE", "decide", outcome="stop"),
    _deed("2019-03-12 10:00", "ZONDER-DAG", "withdraw"),
)


@dataclass(kw_only=True)
class Year:
    """Where a year's register stands, and where its mail goes: to a relay, or into a folder."""

    url: str
    folder: Path
    mail: MailSettings

    @property
    def _settings(self) -> dict[str, Any]:
        source = "urn:nld:oin:00000001001234567000:systeem:looptijd"
        events = EventsSettings(file=str(self.folder / "events.jsonl"), source=source)
        return {"mail": self.mail, "events": events}

    def begin(self) -> Town:
        """Return the register as the year begins, with everything told."""
        town = a_town(self.url, self.folder, BEGIN, **self._settings)
        town.register(OFFICES, *TEN, history=True)
        return town

    def opened(self, moment: datetime) -> App:
        """Return the application as a fresh process has it, but with statements compiled once."""
        app, clock = an_app(self.url, self.folder, **self._settings)
        clock.moment = moment
        app.database.engine = self._engine
        return replace(app, clock=clock)

    def watched_by(self, meter: Meter) -> None:
        """Let a meter tell of every statement and commit."""
        meter.watch(self._engine)

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    @cached_property
    def _engine(self) -> Engine:
        return Database(self.url).engine


class Beside(Transport):
    """SMTP to a relay in the same loop, so that a process does the same whenever it is begun."""

    def __init__(self, smtp: SmtpTransport, kept: Callable[[Mail], None]) -> None:
        self.smtp, self.kept = smtp, kept

    def run(self, work: Work, stopping: Callable[[], bool]) -> None:
        """Lease, send and settle until nothing is left."""
        asyncio.run(self._run(work, stopping))

    async def _run(self, work: Work, stopping: Callable[[], bool]) -> None:
        async with sink_beside(METER.script()) as relay:
            relay.mails = Telling(self.kept)
            await replace(self.smtp, port=relay.port)._run(work, stopping)


class Telling(list[Mail]):
    """What a relay keeps, told to somebody at once."""

    def __init__(self, kept: Callable[[Mail], None]) -> None:
        super().__init__()
        self.kept = kept

    def append(self, mail: Mail) -> None:
        self.kept(mail)


class Life:
    """A process at a moment of the year: first the operator, then what a daemon does in a pass."""

    def __init__(self, year: Year, moment: datetime, kept: Callable[[Mail], None]) -> None:
        self.moment = moment
        self.app = year.opened(moment)
        self.daemon = Daemon(self.app)
        if isinstance(self.daemon.transport, SmtpTransport):
            self.daemon.transport = Beside(self.daemon.transport, kept)
        self.daemon.arm = lambda *_: None  # type: ignore[method-assign]  # it is we who wake it
        self.troubles: list[str] = []

    def live(self) -> None:
        """Do what is to be done now."""
        self.troubles.clear()
        for deed in deeds_of(self.moment):
            with self._telling():
                deed.do(self.app)
        daemon = self.daemon
        daemon.tick()
        daemon.mail()
        daemon.tick()  # the daily work goes on, and its mail waits for the next moment
        daemon.events()
        self.troubles += [f"{job}: {said}" for job, (said, _) in daemon.troubles.said.items()]

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever a command ends with, it is over
            self.troubles.append(f"deed: {error!r}")

    def next_moment(self) -> datetime:
        """Return when something is to be done again."""
        with self.app.reading() as connection:
            moments = next_moments(connection)
        ahead = [*moments, *(deed.moment for deed in DEEDS), self.moment + A_MONTH]
        return min(moment for moment in ahead if moment > self.moment)

    def end(self) -> None:
        """Close every connection."""
        self.app.database.close()


def deeds_of(moment: datetime) -> list[Deed]:
    """Return what an operator does at a moment."""
    return [deed for deed in DEEDS if deed.moment == moment]
