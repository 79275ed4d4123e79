"""The clock: APScheduler wakes the daemon; signals, systemd and health are looked after here."""

import logging
import os
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import click
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from msgspec import Struct

from notifications.language import Language, language
from notifications.smtp import SmtpTransport
from states.model.phrase import Refusal, say
from workflow.agreements.tick import tick
from workflow.app.app import OF_A_COPY, App, why_held
from workflow.app.signs_of_life import leave_sign_of_life, sign_off
from workflow.cli import help_language, print_no_more, usage_errors
from workflow.engine.deadline_words import occurrence_in_words
from workflow.mail.delivery import Outbox, transport_of
from workflow.maintenance.daily import Daily
from workflow.outputs.events import publish
from workflow.outputs.report.site import Upkeep
from workflow.store.register import WORK
from workflow.system.configuration import BadSettings, configure, is_configured
from workflow.system.printable import impersonal, log_line, one_line
from workflow.system.streams import print_error, ready_streams, say_no_more
from workflow.system.systemd import as_error, is_journal, notify, priority

log = logging.getLogger("looptijd")
NAME = "looptijd-daemon"
STOPS = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
HUNG_UP = 128 + signal.SIGHUP  # a failure, so that systemd starts it again, as it is configured now
MAIL_GRACE_SECONDS = 20
SIGN_OFF_SECONDS = 4
STANDSTILL_SECONDS = 300
STANDSTILL = f"mail has stood still for {STANDSTILL_SECONDS} s"
LATE_FACTOR = 1.5
HEARTBEAT_SECONDS = 60
SAID_AGAIN_SECONDS = 3600
GREETS_AFTER_SECONDS = 24 * 3600
GREETS_AGAIN_SECONDS = 300  # while it fails, or cannot be told to the register
GREETS_SOON_SECONDS = 60  # when a mail did not leave
NEVER = -float(HEARTBEAT_SECONDS)
LOGGED = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class Daemon:
    """Jobs that re-arm themselves when they end: firing what is due, sending mail, publishing."""

    def __init__(self, app: App, *, pause: float | None = None) -> None:
        """Prepare the jobs; `pause` is the time between two passes, in seconds."""
        self.app = app
        self.pause = app.settings.daemon.tick_seconds if pause is None else pause
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self.stopping = threading.Event()
        self.mailed_at = time.monotonic()
        self.hangs = self.fails = False
        self.waits_since: dict[str, float] = {}
        self.beaten_at = NEVER
        self.error: str | None = None
        self.mail_error: str | None = None
        self.beaten_with: str | None = None
        self.troubles = Troubles()
        self.outbox = Outbox(app)
        self.daily = Daily()
        self.upkeep = Upkeep()
        self.transport = transport_of(app)
        self.greeted_at = -float(GREETS_AFTER_SECONDS)
        self.greets_after = GREETS_AFTER_SECONDS
        self.jobs = {"tick": self.tick, "mail": self.mail}
        if isinstance(self.transport, SmtpTransport):
            self.jobs["relay"] = partial(self.greet, self.transport)
        if app.settings.events.file:
            self.jobs["events"] = self.events
        if app.settings.report.directory:
            self.jobs["report"] = self.report
        self.scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={job: ThreadPoolExecutor(1) for job in self.jobs},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    # The jobs ------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the scheduler and every job."""
        self.scheduler.start()
        for job in self.jobs:
            self.arm(job)

    def arm(self, job: str, delay: float = 0) -> None:
        """Let a job run once, `delay` seconds from now: a date job, never an interval."""
        self.waits_since[job] = time.monotonic()
        self.scheduler.add_job(
            self._run,
            "date",
            args=[job],
            run_date=datetime.now(UTC) + timedelta(seconds=delay),
            id=job,
            executor=job,
            replace_existing=True,
        )

    def _run(self, job: str) -> None:
        """Do a job, and arm it again when it ends, however that is."""
        self.waits_since.pop(job, None)
        try:
            self.jobs[job]()
        finally:
            if not self.stopping.is_set():
                self.arm(job, self.pause)

    def tick(self) -> None:
        """Fire what is due, then a piece of the daily work; a database that is away is tried again.

        A daily step that fails is said, and never stops what is due.
        """
        failed = self._tried("tick", self._fire)
        standstill = self._standstill()
        self.error = failed or standstill or self.mail_error
        self._beat()
        if failed is None:
            self._tried("daily", lambda: self.daily.step(self.app, fails=self.fails))
        notify(*([] if standstill else ["WATCHDOG=1"]), f"STATUS={self._status()}")

    def _fire(self) -> None:
        self.fails = tick(self.app).failed > 0

    def _status(self) -> str:
        """Return the line that `systemctl status` shows."""
        at = self.app.local(self.app.clock.now())
        failed = ", but failed: see the log" if self.error else ""
        return f"Looked at {at:%Y-%m-%d %H:%M:%S}{failed}."

    def mail(self) -> None:
        """Send what waits; a relay that hangs delays no firing."""
        delivers = partial(self.outbox.deliver, self.transport, self._stops_mail)
        failed = self._tried("mail", delivers)
        self._stops_mail()
        self.mail_error = failed
        if self.outbox.counts["retry"]:
            self.greets_after = min(self.greets_after, GREETS_SOON_SECONDS)

    def greet(self, relay: SmtpTransport) -> None:
        """Greet the relay and log in: at the start, once a day, and when mail does not leave.

        So a wrong password is known before the first alert meets it.
        """
        if time.monotonic() - self.greeted_at >= self.greets_after:
            self._tried("greeting", lambda: self._greet(relay))

    def _greet(self, relay: SmtpTransport) -> None:
        with self.app.reading() as connection:
            if why_held(connection, self.app) in OF_A_COPY:
                return
        wrong, host = relay.greet(), self.name.rpartition(":")[0]
        self.greeted_at = time.monotonic()
        self.greets_after = GREETS_AGAIN_SECONDS
        self.troubles.tell("relay", wrong) if wrong else self.troubles.end("relay")
        leave_sign_of_life(self.app, f"{WORK}relay {host}", wrong or None)
        if not wrong:
            self.greets_after = GREETS_AFTER_SECONDS

    def _stops_mail(self) -> bool:
        """Tell mail whether to stop; that it asks, every few seconds, shows that it is alive.

        A pass may take an hour after the database was away: what left shows that it goes on.
        """
        self.mailed_at = time.monotonic()
        if any(self.outbox.counts.values()):
            self.mail_error = None
        return self.stopping.is_set()

    def _standstill(self) -> str | None:
        """Say that mail hangs where nothing ends it, as in a database that answers no more."""
        if time.monotonic() - self.mailed_at < STANDSTILL_SECONDS:
            return None
        return self.troubles.tell("mail", STANDSTILL)

    def events(self) -> None:
        """Write what happened to the file that others follow; a slow disk delays no firing."""
        self._tried("events", lambda: publish(self.app))

    def report(self) -> None:
        """Write the pages that others read, where they would show something else."""
        self._tried("report", lambda: self.upkeep.step(self.app))

    def _tried(self, job: str, work: Callable[[], object]) -> str | None:
        try:
            work()
        except (Refusal, OSError) as error:  # a sentence, or the name of its file
            return self.troubles.tell(job, str(error))
        except Exception as error:  # noqa: BLE001 - told; the next pass tries again
            return self.troubles.tell(job, repr(error))
        self.troubles.end(job)
        return None

    def _beat(self) -> None:
        """Leave a sign of life once a minute, and at once when what fails begins or ends."""
        now, error = time.monotonic(), self.error
        if error == self.beaten_with and now - self.beaten_at < HEARTBEAT_SECONDS:
            return
        failed = self._tried("heartbeat", lambda: leave_sign_of_life(self.app, self.name, error))
        if not failed:
            self._tried("state_folder", self.app.keep_mark)
        self.beaten_at = NEVER if failed else now
        self.beaten_with = error

    # The main thread -----------------------------------------------------------------------------

    def watch(self) -> int:
        """Wait for a signal, and re-arm each job that waits too long; then stop.

        A job waits for an instant of the wall clock. Set back, that comes an hour late; whether
        it is late is therefore asked of the monotonic clock.
        """
        late = max(LATE_FACTOR * self.pause, 1)
        while not (signal_seen := _signal_to_stop(min(late, 5))):
            if not self.scheduler._thread.is_alive():  # noqa: SLF001 - nothing else tells that it died
                log.critical("scheduler_died")
                return 1
            for job, since in list(self.waits_since.items()):
                if time.monotonic() - since > late + self.pause:
                    self.arm(job)
        self.stop()
        return HUNG_UP if signal_seen == signal.SIGHUP else 0

    def stop(self) -> None:
        """Lease nothing new, finish the tick, give mail 20 seconds, and sign off."""
        notify("STOPPING=1", "STATUS=Stopping.")
        self.stopping.set()
        self.scheduler.remove_all_jobs()
        self._wait_for(self.scheduler.shutdown, MAIL_GRACE_SECONDS)
        self._wait_for(self._sign_off, SIGN_OFF_SECONDS)
        log.info("stopped")

    def _sign_off(self) -> None:
        self._tried("sign_off", lambda: sign_off(self.app, self.name))

    def _wait_for(self, work: Callable[[], object], seconds: float) -> None:
        """Let something end, for so long and no longer."""
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        thread.join(seconds)
        self.hangs |= thread.is_alive()


class Troubles(Struct):
    """What goes wrong is said when it begins or changes, once an hour, and when it is over."""

    said: dict[str, tuple[str, float]] = {}

    def tell(self, job: str, reason: str) -> str:
        """Log what a job failed of, unless that was said less than an hour ago; return it."""
        now = time.monotonic()
        before, at = self.said.get(job, (None, now))
        if reason != before or now - at >= SAID_AGAIN_SECONDS:
            log.error("%s_failed", job, extra={"reason": reason})
            self.said[job] = (reason, now)
        return reason

    def end(self, job: str) -> None:
        """Log that a job that failed goes on."""
        if self.said.pop(job, None):
            log.info("%s_goes_on", job)


def _signal_to_stop(seconds: float) -> int:
    """Wait for a signal to stop; 0 when none came in time, or a hang-up that nohup ignores.

    After SIGCONT (somebody paused the process) Python may return what is no signal at all.
    """
    seen = signal.sigtimedwait(STOPS, seconds)
    if seen is None or seen.si_signo not in STOPS or seen.si_errno:
        return 0
    ignored = seen.si_signo == signal.SIGHUP and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    return 0 if ignored else seen.si_signo


# Logs ---------------------------------------------------------------------------------------------


class OneLine(logging.Formatter):
    """One JSON object a line: when, how grave, what happened, and its particulars."""

    def __init__(self, *, to_journal: bool = False) -> None:
        """Put before each line what the journal knows its gravity by, when it is read there."""
        super().__init__()
        self.to_journal = to_journal

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"at": at, "level": record.levelname.lower(), "event": record.getMessage()}
        text = log_line(line | _particulars(record))
        return f"{priority(record.levelno)}{text}" if self.to_journal else text


class InWords(logging.Formatter):
    """A line for who sits at a terminal: the time of day, what happened, and its particulars."""

    def __init__(self, words: Language) -> None:
        super().__init__()
        self.words = words

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        event, parts = record.getMessage(), _particulars(record)
        if name := parts.pop("occurrence", None):
            parts["occurrence"] = self.words.say(occurrence_in_words(name))
        details = ", ".join(str(impersonal(part)) for part in parts.values() if part)
        at = datetime.fromtimestamp(record.created, UTC).astimezone()
        what = self.words.say(EVENTS.get(event) or say(event))
        return one_line(f"{at:%H:%M:%S}  {what}  {details}".rstrip())


EVENTS = {
    "started": say("the daemon watches"),
    "stopped": say("the daemon has stopped"),
    "fire": say("an alert"),
    "settle": say("the stage follows the facts"),
    "supersede": say("an alert that makes no sense any more"),
    "mail_accepted": say("a mail was accepted"),
    "mail_retry": say("a mail is tried again later"),
    "mail_queued": say("a mail is tried again later"),
    "mail_refused": say("a mail was refused"),
    "mail_unknown": say("of a mail it is not known whether it was accepted"),
    "incident": say("an incident"),
    "tick_failed": say("nothing could be watched"),
    "mail_failed": say("no mail could leave"),
    "report_failed": say("the report could not be written"),
}


def _particulars(record: logging.LogRecord) -> dict[str, Any]:
    particulars = {n: v for n, v in vars(record).items() if n not in LOGGED and v is not None}
    if record.exc_info and record.exc_info[1]:
        particulars |= _place(record.exc_info[1])
    return particulars


def _place(error: BaseException) -> dict[str, str]:
    """Return what went wrong and where; the words of an error may quote what somebody entered."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    where = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    said = error.strerror if isinstance(error, OSError) else None
    return {"error": type(error).__name__, "said": said or "", "where": " < ".join(where[::-1])}


def log_to(stream: Any, words: Language | None = None) -> None:
    """Write the log to a stream, one structured line per event; at a terminal in words."""
    handler = logging.StreamHandler(stream)
    in_lines = OneLine(to_journal=is_journal(stream))
    handler.setFormatter(InWords(words) if words and stream.isatty() else in_lines)
    logging.raiseExceptions = False  # what a full disk had no room for follows, without a traceback
    log.handlers[:] = [handler]
    log.setLevel(logging.INFO)
    log.propagate = False
    logging.getLogger("apscheduler").handlers[:] = [handler]  # else its lines are no JSON
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a job armed twice is run once


# The command -------------------------------------------------------------------------------------


def main() -> int:
    """Run the daemon until a signal ends it; exit codes are those of the commands."""
    ready_streams()
    code = help_language.language_of(sys.argv[1:], os.environ)
    help_language.speak(code)
    command = help_language.spoken(watching)
    try:
        context = command.make_context(NAME, sys.argv[1:], obj=language(code))
    except click.exceptions.Exit:  # help was printed
        return 0
    except click.ClickException as error:
        usage_errors.refuse(error, NAME)
    except OSError as error:
        print_no_more()
        usage_errors.unwritten(error, NAME)
    code_of_exit: int = command.invoke(context)
    return code_of_exit


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--config", metavar="FILE", help="The configuration file to read.")
@click.pass_obj
def watching(words: Language, config: str | None) -> int:
    """Watch the dates of agreements and mail what falls due, until it is stopped (SIGTERM)."""
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    log_to(sys.stderr)
    try:
        return run(app_of(config))
    except Refusal as refusal:
        for sentence in refusal.sentences:
            print_error(as_error(one_line(f"{NAME}: {words.say(sentence)}")))
        return refusal.exit_code
    except Exception:
        log.critical("failed", exc_info=True)
        return 1
    finally:
        say_no_more()


def app_of(chosen: str | None) -> App:
    """Return the register to watch; a daemon that nobody configured refuses to start."""
    configuration = configure(chosen, here=False)
    if not is_configured(configuration):
        file = configuration.file
        nothing = say("Nothing is configured. Name a file with --config, or set LOOPTIJD_… keys.")
        named = say("{what}: {reason}", what=str(file), reason=nothing)
        raise BadSettings(named if file else nothing)
    return App.of(configuration)


def run(app: App) -> int:
    """Watch until a signal comes."""
    with app.reading():
        pass
    log_to(sys.stderr, app.language)
    daemon = Daemon(app)
    daemon.start()
    notify("READY=1", "STATUS=Started.")
    log.info("started", extra={"daemon": daemon.name, "config": str(app.configuration.file or "")})
    try:
        code = daemon.watch()
    finally:
        app.database.close()
    if daemon.hangs:
        os._exit(code)  # Python itself would wait for what hangs; leases speak for its mail
    return code


if __name__ == "__main__":
    sys.exit(main())
