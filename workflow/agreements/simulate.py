"""Simulating: the real code on a scratch copy of the register, from alert to alert."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from notifications.directory import file_name
from notifications.folder import make_folder
from notifications.transport import Outcome, Parcel, Verdict, Work
from states.dates.policy import instant
from states.model.agreement import Agreement
from states.model.arithmetic import DAY
from states.model.events import Event
from workflow.agreements.tick import tick
from workflow.app.app import App, policy_of
from workflow.app.persistence import create, write
from workflow.engine.ledger import stream_of
from workflow.engine.replay import Enter, Replay, replay
from workflow.mail.delivery import Outbox
from workflow.store import agreements, ledger, register
from workflow.store.agreements import Stored, the_agreement
from workflow.store.bulk import in_parts
from workflow.store.database import OWNER_ONLY, Database, Transaction
from workflow.store.migrate import migrate
from workflow.store.outbox import queries
from workflow.store.row_copies import copy_carriers, copy_rows
from workflow.system.clock import MovableClock
from workflow.system.configuration import sqlite_url
from workflow.system.files import not_written, scratch_folder, write_whole

WHOLE_TABLES = ("register", "policy", "office", "private")
OF_AGREEMENTS = ("agreement", "facts", "occurrence", "message")


class ForeseenMail(Struct, frozen=True, kw_only=True):
    """A mail that will leave; what happens at midnight is told in the morning."""

    to: str
    subject: str
    leaves_at: datetime


class Foreseen(Struct, frozen=True, kw_only=True):
    """One thing that will happen, with the mails that tell of it."""

    at: datetime
    agreement: Agreement
    event: Event
    mails: list[ForeseenMail]

    @property
    def ref(self) -> str:
        """Return the reference of the agreement."""
        return self.agreement.ref


def simulate(  # noqa: PLR0913 - what, when, and where to
    app: App,
    refs: Sequence[str],
    *,
    until: date,
    since: date | None = None,
    mail_directory: Path | None = None,
    advanced: Callable[[int], object] = bool,
) -> list[Foreseen]:
    """Return what will happen up to and including a day; changes and sends nothing.

    With `since` in the past each fact is in force from the date it happened on, and what fired
    later is forgotten. `advanced` is told of how many days more were gone through.
    """
    with app.reading() as connection:
        zone = policy_of(connection).timezone
    begin = instant(since, time(), zone) if since else None
    with _scratch(app) as scratch:
        replays = _copy(app, scratch, refs, begin)
        walk = _Walk(scratch, mail_directory, begin or app.clock.now(), advanced)
        walk.through(replays, instant(until + DAY, time(), zone))
        return walk.foreseen()


# The scratch copy --------------------------------------------------------------------------------


@contextmanager
def _scratch(app: App) -> Iterator[App]:
    with scratch_folder() as folder:
        database = Database(sqlite_url(folder / "scratch.db"), durable=False)
        migrate(database)
        try:
            clock = MovableClock(app.clock.now())
            yield replace(app, database=database, clock=clock, is_scratch=True)
        finally:
            database.close()


def _copy(app: App, scratch: App, refs: Sequence[str], begin: datetime | None) -> list[Replay]:
    with app.reading() as source, scratch.database.write() as target:
        named = [the_agreement(source, ref) for ref in dict.fromkeys(refs)]
        chosen = named or list(agreements.every(source))
        for name in WHOLE_TABLES:
            copy_rows(source, target, name)
        register.change(target, high_water=None, clock_held=None, restored=None)
        register.change(target, installation=app.settings.municipality.installation)
        if begin is None:
            _copy_agreements(source, target, chosen)
            return []
        policy = policy_of(source)
        streams = (ledger.events(source, stream_of(stored.ref)) for stored in chosen)
        return [replay([*events], policy, begin) for events in streams]


def _copy_agreements(source: Transaction, target: Transaction, chosen: list[Stored]) -> None:
    for some in in_parts(chosen):
        for name in OF_AGREEMENTS:
            copy_rows(source, target, name, [stored.id for stored in some])
    copy_carriers(source, target)


# The walk ----------------------------------------------------------------------------------------


class _Walk:
    """Moves the scratch register's clock from one moment at which something happens to the next."""

    def __init__(
        self,
        app: App,
        mail_directory: Path | None,
        begin: datetime,
        advanced: Callable[[int], object],
    ) -> None:
        self.app, self.advanced = app, advanced
        assert isinstance(app.clock, MovableClock)
        self.clock = app.clock
        self.clock.moment = begin
        self.outbox = Outbox(app)
        self.transport = _Collecting(mail_directory)

    def through(self, replays: list[Replay], end: datetime) -> None:
        """Begin with what was known, then go from moment to moment until `end`."""
        waiting = sorted(
            ((moment, r.ref, change) for r in replays for moment, change in r.changes),
            key=lambda item: item[0],
        )
        with self.app.writing() as connection:
            for item in replays:
                change = item.begin(policy_of(connection), self.clock.now())
                create(connection, [change], self.clock.now())
        self._pass()
        while (moment := self._next(waiting[0][0] if waiting else None)) and moment < end:
            later = max(moment, self.clock.moment)
            self.advanced((later.date() - self.clock.moment.date()).days)
            self.clock.moment = later
            while waiting and waiting[0][0] <= self.clock.moment:
                _, ref, enter = waiting.pop(0)
                self._enter(ref, enter)
            self._pass()

    def _next(self, entered: datetime | None) -> datetime | None:
        with self.app.reading() as connection:
            fires = agreements.next_look(connection)
            mails = queries.next_look(connection, self.clock.moment)
        return min(filter(None, (entered, fires, mails)), default=None)

    def _enter(self, ref: str, enter: Enter) -> None:
        with self.app.writing() as connection:
            stored = the_agreement(connection, ref, lock=True)
            change = enter(stored.dossier, policy_of(connection), self.clock.now())
            write(connection, [(stored, change)], self.clock.now())

    def _pass(self) -> None:
        with self.app.writing() as connection:
            register.change(connection, high_water=self.clock.now(), clock_held=None)
        tick(self.app)
        self.outbox.deliver(self.transport, lambda: False)

    def foreseen(self) -> list[Foreseen]:
        """Return what happened in the scratch register, with the mails by what they tell."""
        with self.app.reading() as connection:
            mails = self._mails(connection)
            return sorted(
                (
                    Foreseen(at=e.at, agreement=it, event=e, mails=mails.get((it.ref, e.cause), []))
                    for it, e in self._events(connection)
                ),
                key=lambda item: (item.at, item.ref, item.event.seq),
            )

    def _events(self, connection: Transaction) -> Iterator[tuple[Agreement, Event]]:
        for stored in agreements.every(connection):
            agreement = stored.dossier.agreement
            for event in ledger.events(connection, stream_of(agreement.ref)):
                if event.occurrence:
                    yield agreement, event

    def _mails(self, connection: Transaction) -> dict[tuple[str | None, str], list[ForeseenMail]]:
        mails: dict[tuple[str | None, str], list[ForeseenMail]] = {}
        rows = {row.id: row for row in queries.every(connection, status=None, ref=None)}
        for row in rows.values():
            mail = rows.get(row.merged_into or row.id)  # a mail about several is not copied
            if mail and mail.accepted_at and mail.address and mail.subject:
                entry = ForeseenMail(
                    to=mail.address, subject=mail.subject, leaves_at=mail.accepted_at
                )
                listed = mails.setdefault((row.ref, row.cause), [])
                listed += [] if entry in listed else [entry]
        return mails


class _Collecting:
    """A transport that accepts everything and sends nothing; keeps files when asked."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def run(self, work: Work, _stopping: Callable[[], bool]) -> None:
        """Accept every mail; a folder that cannot be written ends the simulation."""
        while parcel := work.lease():
            if self.folder:
                _keep(self.folder, parcel)
            work.settle(parcel, Outcome(Verdict.ACCEPTED))


def _keep(folder: Path, parcel: Parcel) -> None:
    """Write a mail into a folder as the directory transport does."""
    try:
        make_folder(folder)
    except OSError as error:
        raise not_written(folder, error) from error
    write_whole(folder / file_name(parcel.message_id), parcel.content, mode=OWNER_ONLY)
