"""The main job on the real case: the agreement Verbindend Leiden, watched to the end of its term.

The daemon, the database and SMTP are real; the clock alone is simulated: it stands still every day
at 08:00, and at every other moment at which something is due.
"""

import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from apscheduler.events import EVENT_JOB_EXECUTED, JobExecutionEvent

from examples.sink import Sink, sink
from notifications.language import language
from scheduler import Daemon
from workflow.agreements.act import Asked, act
from workflow.agreements.queries import HistoryLine, history
from workflow.app.app import App
from workflow.intake.register import import_files
from workflow.maintenance.setup import init
from workflow.maintenance.verify import verify
from workflow.outputs.json.views import Views
from workflow.store import agreements
from workflow.store.database import Database
from workflow.system.clock import MovableClock
from workflow.system.settings import Configuration, Mail, Municipality, Settings

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
CASE = Path(__file__).with_name("verbindend-leiden.toml")
REF = "SO-2017-0042"
DAYS = int(os.environ.get("LOOPTIJD_TEST_DEMO_DAYS", "1"))  # from one stop to the next
PAUSE = 3600  # in seconds: the demo wakes the daemon itself whenever it has moved the clock
LAST_DAY_OF_DEMO = date(2020, 10, 13)
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
    """Let the daemon's two jobs run once, the tick first, and wait until each has ended."""
    for job in ("tick", "mail"):
        ended.events[job].clear()
        daemon.arm(job)
        ended.events[job].wait()


# What is shown -----------------------------------------------------------------------------------


def show(app: App, kept: Sink) -> None:
    """Print the timeline of the case, every mail, and one of them in full."""
    views = Views(language("nl"), app.local)
    print("\nTijdlijn van SO-2017-0042, Verbindend Leiden\n")
    for line in history(app, REF):
        print(timeline_row(app, views, line))
    print(f"\n{len(kept.mails)} mails, via SMTP afgeleverd op loopback\n")
    for address, mail in kept.mails:
        sent = mail["Date"].datetime.astimezone(AMSTERDAM)
        print(f"  {sent:%Y-%m-%d %H:%M}  {address:<44} {mail['Subject']}")
    wanted = [mail for _, mail in kept.mails if "start evaluatie" in mail["Subject"]]
    body = wanted[0].get_body(("plain",))
    assert body
    print(f"\nDe mail waar het om gaat:\n\n{indented(body.get_content())}")


def timeline_row(app: App, views: Views, line: HistoryLine) -> str:
    """Return one event as a line of the timeline."""
    event = line.event
    at = app.local(event.at)
    moved = event.stage is not event.stage_before
    stage = f"  → {views.stage(event.stage, event.ending)}" if moved else ""
    caught_up = "  (ingehaald)" if event.caught_up else ""
    return f"  {at:%a %Y-%m-%d %H:%M}  {event.occurrence or event.action}{caught_up}{stage}"


def indented(text: str) -> str:
    """Return text with a margin."""
    return "\n".join(f"    {line}".rstrip() for line in text.splitlines())


def main() -> int:
    """Run the demo; returns 1 when the ledger does not prove that nothing was missed."""
    began = time.monotonic()
    print(
        "Drie jaar in een paar seconden: elke dag kijkt de daemon wat er moet gebeuren …",
        flush=True,
    )
    with tempfile.TemporaryDirectory() as folder, sink() as kept:
        app = an_app(Path(folder), kept.port)
        init(app)
        problems = import_files(app, [CASE], by="dossierhouder").problems
        assert not problems, problems
        ticks = watch(app)
        show(app, kept)
        proof = verify(app)
        app.database.close()
    seconds = time.monotonic() - began
    print(
        f"\n{ticks} ticks, {proof.events} gebeurtenissen, {len(proof.problems)} problemen"
        f" in het logboek, {seconds:.1f} s"
    )
    return 1 if proof.problems else 0


if __name__ == "__main__":
    sys.exit(main())
