"""The main job on the real case: the agreement Verbindend Leiden, watched to the end of its term.

The daemon, the database and SMTP are real; the clock alone is simulated: it stands still every day
at 08:00, and at every other moment at which something is due. It tells its story on one screen;
with --all every event and every mail follow.
"""

import os
import re
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from itertools import pairwise
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from apscheduler.events import EVENT_JOB_EXECUTED, JobExecutionEvent

from examples.sink import Sink, sink
from notifications.language import language
from notifications.retry_policy import MessageStatus
from scheduler import Daemon
from states.model.events import REGISTER
from states.model.phrase import say
from states.model.stage import Stage
from workflow.agreements.act import Asked, act
from workflow.agreements.queries import HistoryLine, history
from workflow.app.app import App
from workflow.intake.register import import_files
from workflow.maintenance.setup import init
from workflow.maintenance.verify import verify
from workflow.outputs.json.views import Views
from workflow.store import agreements
from workflow.store.database import Database
from workflow.store.outbox.queries import by_status
from workflow.system.clock import MovableClock
from workflow.system.configuration import Configuration
from workflow.system.settings import Mail, Municipality, Settings

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
CASE = Path(__file__).with_name("verbindend-leiden.toml")
REF = "SO-2017-0042"
DAYS = int(os.environ.get("LOOPTIJD_TEST_DEMO_DAYS", "1"))  # from one stop to the next
PAUSE = 3600  # in seconds: the demo wakes the daemon itself whenever it has moved the clock
LAST_DAY_OF_DEMO = date(2020, 10, 13)
CODE: Literal["nl", "en"] = "en" if os.environ.get("LOOPTIJD_LANGUAGE") == "en" else "nl"
OFFICE = "secretariaat.sociaal@maastricht.example"  # of who holds the portfolio in 2020
IN_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
HEADING = re.compile(r"^(.+)\n-+\n", re.MULTILINE)
WORDS = {
    "nl": {
        "begin": "Verbindend Leiden: drie jaar, elke dag een ronde. Dit duurt ongeveer een minuut.",
        "mail": "De mail waar het om gaat, op {day}",
        "to": "aan",
        "story": "Wat er gebeurde, en hoeveel mails daarbij uitgingen",
        "proof": "Rondes: {ticks}, problemen in het logboek: {problems}. Duur: {seconds} seconden.",
        "all": "Alles, ook elke mail: make demo DEMO=--all",
        "timeline": "Tijdlijn",
        "mails": "{count} mails, via SMTP afgeleverd op deze computer",
        "caught up": "ingehaald",
    },
    "en": {
        "begin": "Verbindend Leiden: three years, a look every day. This takes about a minute.",
        "mail": "The mail that it is about, on {day}",
        "to": "to",
        "story": "What happened, and how many mails left meanwhile",
        "proof": "Passes: {ticks}, problems in the ledger: {problems}. It took {seconds} seconds.",
        "all": "Everything, each mail too: make demo DEMO=--all",
        "timeline": "Timeline",
        "mails": "{count} mails, delivered by SMTP on this computer",
        "caught up": "caught up",
    },
}[CODE]
STEPS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("2017-06-06 10:00", "submit", {}),
    ("2017-07-05 16:00", "agree", {"attended": "wethouder Gerats"}),
    ("2017-09-26 15:00", "decide", {"outcome": "as_proposed", "label": "Conform"}),
    ("2017-10-02 10:00", "sign", {"party": "maastricht", "signatory": "wethouder Gerats"}),
    ("2017-10-05 10:00", "sign", {"party": "limburg"}),
    ("2017-10-09 10:00", "sign", {"party": "waterschap"}),
    ("2017-10-10 10:00", "sign", {"party": "beesel"}),
    ("2017-10-12 10:00", "sign", {"party": "verbindend-leiden"}),
)


def local(text: str) -> datetime:
    """Return an instant from local time as text."""
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM).astimezone(UTC)


def an_app(folder: Path, port: int) -> App:
    """Return an app with its database in a folder and its relay on loopback."""
    settings = Settings(
        language=CODE,
        municipality=Municipality(name="Gemeente Maastricht", installation="demo"),
        mail=Mail(
            transport="smtp",
            host="127.0.0.1",
            port=port,
            tls="none",
            sender="Looptijd <looptijd@maastricht.example>",
        ),
    )
    configuration = Configuration(settings=settings, file=None, base=folder)
    clock = MovableClock(local("2017-06-01 09:00"))
    return App(configuration, Database(configuration.database_url), clock)


@dataclass
class Ended:
    """Hears from the scheduler when a job of the daemon has ended."""

    ticks: int = 0
    events: dict[str, threading.Event] = field(
        default_factory=lambda: {"tick": threading.Event(), "mail": threading.Event()}
    )

    def __call__(self, event: JobExecutionEvent) -> None:
        """Count the ticks, and wake who waits."""
        self.ticks += event.job_id == "tick"
        self.events[event.job_id].set()


def watch(app: App) -> int:
    """Let the real daemon watch from the first action to the end of the term; return its ticks."""
    clock = app.clock
    assert isinstance(clock, MovableClock)
    daemon, ended = Daemon(app, pause=PAUSE), Ended()
    daemon.scheduler.add_listener(ended, EVENT_JOB_EXECUTED)
    daemon.scheduler.start()
    try:
        for moment, action, keys in STEPS:
            let_time_pass(daemon, ended, clock, local(moment))
            asked = Asked(ref=REF, action=action, pairs=keys, by="dossierhouder", reason=None)
            act(app, asked)
            one_pass(daemon, ended)
        let_time_pass(daemon, ended, clock, local(f"{LAST_DAY_OF_DEMO} 09:00"))
    finally:
        daemon.stop()
    return ended.ticks


def let_time_pass(daemon: Daemon, ended: Ended, clock: MovableClock, until: datetime) -> None:
    """Move the clock from stop to stop; at each the daemon ticks and sends."""
    for moment in stops(daemon.app, clock, until):
        clock.moment = moment
        one_pass(daemon, ended)
    clock.moment = until


def stops(app: App, clock: MovableClock, until: datetime) -> Iterator[datetime]:
    """Yield every day's 08:00, and whatever is due in between."""
    while True:
        morning = local(f"{clock.moment.astimezone(AMSTERDAM).date()} 08:00")
        if morning <= clock.moment:
            following = clock.moment.astimezone(AMSTERDAM).date() + timedelta(days=DAYS)
            morning = local(f"{following} 08:00")
        with app.reading() as connection:
            due = agreements.next_look(connection)
        moment = min(morning, due) if due and due > clock.moment else morning
        if moment >= until:
            return
        yield moment


def one_pass(daemon: Daemon, ended: Ended) -> None:
    """Let the daemon fire what is due, then send what waits, and wait until each has ended."""
    run(daemon, ended, "tick")
    with daemon.app.reading() as connection:
        waits = by_status(connection).get(MessageStatus.QUEUED)
    if waits:
        run(daemon, ended, "mail")


def run(daemon: Daemon, ended: Ended, job: str) -> None:
    """Let one job of the daemon run, and wait until it has ended."""
    ended.events[job].clear()
    daemon.arm(job)
    ended.events[job].wait()


# What is shown -----------------------------------------------------------------------------------


def sent(mail: EmailMessage) -> datetime:
    """Return when a mail left, in local time."""
    moment: datetime = mail["Date"].datetime
    return moment.astimezone(AMSTERDAM)


def show(app: App, kept: Sink) -> None:
    """Print the mail that the agreement asks for, and every stage with the mails until the next."""
    words, views = language(CODE), Views(language(CODE), app.local)
    moves = [
        line.event for line in history(app, REF) if line.event.stage_before != line.event.stage
    ]
    began = next(event.at for event in moves if event.stage is Stage.EVALUATION)
    key = next(mail for to, mail in kept.mails if to == OFFICE and sent(mail) >= began)
    print(WORDS["mail"].format(day=words.moment(sent(key))))
    print(f"  {WORDS['to']} {OFFICE}:\n  {key['Subject']}")
    print(asked(key))
    print(f"\n{WORDS['story']}")
    for event, following in pairwise([*moves, None]):
        assert event
        until = following.at if following else datetime.max.replace(tzinfo=UTC)
        count = sum(event.at <= sent(mail) < until for _, mail in kept.mails)
        day, stage = app.local(event.at).date(), views.stage(event.stage, event.ending)
        print(f"  {words.short_day(day):<19}{stage:<38}{count:>3}")


def asked(mail: EmailMessage) -> str:
    """Return what a mail asks and why: its first two parts."""
    body = mail.get_body(("plain",))
    assert body
    _title, *parts = HEADING.split("\n".join(body.get_content().splitlines()))
    lines = [
        f"  {line}" if number % 2 else line
        for number, part in enumerate(parts[:4])  # headings and texts by turns
        for line in part.splitlines()
        if line
    ]
    return "\n".join(f"  {line}" for line in lines)


def show_all(app: App, kept: Sink) -> None:
    """Print every event and every mail."""
    views = Views(language(CODE), app.local)
    print(f"\n{WORDS['timeline']}\n")
    for line in history(app, REF):
        print(timeline_row(app, views, line))
    print(f"\n{WORDS['mails'].format(count=len(kept.mails))}\n")
    for address, mail in kept.mails:
        print(f"  {sent(mail):%Y-%m-%d %H:%M}  {address:<44} {mail['Subject']}")


def timeline_row(app: App, views: Views, line: HistoryLine) -> str:
    """Return one event as a line of the timeline."""
    event = line.event
    at = app.local(event.at)
    moved = event.stage is not event.stage_before
    stage = f"  → {views.stage(event.stage, event.ending)}" if moved else ""
    caught_up = f"  ({WORDS['caught up']})" if event.caught_up else ""
    deed = say("entered in the register") if event.action == REGISTER else say(event.action)
    what = event.occurrence or language(CODE).say(deed)
    return f"  {at:%Y-%m-%d %H:%M}  {what}{caught_up}{stage}"


def main() -> int:
    """Run the demo; returns 1 when the ledger does not prove that nothing was missed."""
    began = time.monotonic()
    print(WORDS["begin"], flush=True)
    place = IN_MEMORY if os.access(IN_MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=place) as folder, sink() as kept:
        app = an_app(Path(folder), kept.port)
        init(app)
        problems = import_files(app, [CASE], by="dossierhouder").problems
        assert not problems, problems
        ticks = watch(app)
        show(app, kept)
        proof = verify(app)
        if "--all" in sys.argv:
            show_all(app, kept)
        app.database.close()
    seconds = round(time.monotonic() - began)
    found = len(proof.problems)
    print(f"{WORDS['proof'].format(ticks=ticks, problems=found, seconds=seconds)}")
    print(WORDS["all"])
    return 1 if proof.problems else 0


if __name__ == "__main__":
    sys.exit(main())
