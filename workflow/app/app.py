"""What every use case works with: the configuration, the database, the clock, the state folder."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime
from zoneinfo import ZoneInfo

from msgspec import Struct

from notifications.language import Language, language
from states.dates.policy import Policy
from states.model.phrase import Phrase, Refusal, say
from workflow.engine import policies
from workflow.store import ledger, register, schema
from workflow.store.database import Database, Transaction, Unavailable, refuse_unfit
from workflow.system.clock import Clock, SystemClock
from workflow.system.configuration import Configuration
from workflow.system.files import not_written
from workflow.system.refusals import what_is_wrong
from workflow.system.settings import Settings
from workflow.system.state_folder import Mark, StateFolder


def restored_sentence(what: str) -> Phrase:
    """Return how an operator is told that the register is a backup that was put back."""
    return say(
        "This register was put back from a backup ({what}): nothing fires, no mail leaves and"
        " nothing is written. Look at what fell due since, and go on: looptijd adopt",
        what=what_shows(what),
    )


FEWER = re.compile(r"(\d+) < (\d+)")


def what_shows(what: str) -> Phrase | str:
    """Return in words what shows that the register was put back; a moment or a file is as it is."""
    if fewer := FEWER.fullmatch(what):
        here, kept = fewer.groups()
        return say(
            "its last event is number {here}, that of the state folder {kept}",
            here=int(here),
            kept=int(kept),
        )
    if what.startswith(A_MAIL):
        moment = what.removeprefix(A_MAIL)
        return say("the state folder knows of a mail of {moment}", moment=moment)
    return say("another installation") if what == ANOTHER else what


A_MAIL = "mail "
FIRST_EVENT = 1  # that the register was made
RESTORED, ANOTHER, CLOCK = "restored", "installation", "clock"  # why no mail may leave
OF_A_COPY = frozenset({RESTORED, ANOTHER})  # then not even the operator is told by mail


class Restored(Unavailable):
    """The register was put back from a backup: until it is adopted nothing fires or is written."""


class App(Struct, frozen=True):
    """What every use case needs; made once per command or daemon.

    A scratch copy has no state folder: it may be older than the register it was made of.
    """

    configuration: Configuration
    database: Database
    clock: Clock
    is_scratch: bool = False

    @classmethod
    def of(cls, configuration: Configuration) -> "App":
        """Return the app of a configuration, with its database and the machine's clock."""
        return cls(configuration, Database(configuration.database_url), SystemClock())

    @property
    def settings(self) -> Settings:
        """Return the settings."""
        return self.configuration.settings

    @property
    def language(self) -> Language:
        """Return the language of what the register tells by itself."""
        return language(self.settings.language)

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Yield a connection to an initialised register, for reading."""
        with self.database.read() as connection:
            self._check(connection)
            yield connection

    @property
    def state(self) -> StateFolder:
        """Return the state folder."""
        installation = self.settings.municipality.installation
        return StateFolder(self.configuration.state_directory, installation)

    @contextmanager
    def writing(self, *, also_restored: bool = False) -> Iterator[Transaction]:
        """Yield a connection to an initialised register, for one transaction that writes.

        Whether a newer release has taken over is asked each time: an older one must not write. So
        is whether the register was put back from a backup; how far it has come is kept afterwards.
        """
        mark: Mark | None = None
        identified = self.database.identified
        with self.database.write() as connection:
            self._check(connection)
            schema.check(connection)
            kept = self._kept()
            row, here = register.read_with_mark(connection)
            _refuse_other_rules(row)
            refused = self._refusal_of_a_copy(connection, row, here, kept)
            if refused is None or also_restored:
                yield connection
                if refused is None and connection.in_transaction():
                    mark = None if self.is_scratch else register.mark(connection)
                    identified = self.database.keep_identity(connection)
                refused = None
        self.database.identified = identified
        if refused:  # after the commit: other daemons see in the database what this folder knows
            raise refused
        if mark and mark != kept:
            with suppress(OSError):  # who may not write there is an operator; the daemon says it
                self.state.raise_to(mark)

    def keep_mark(self) -> None:
        """Let the state folder know how far the register has come, or refuse in a sentence.

        What was put back it follows when that is adopted: until then it tells what was lost.
        """
        with self.reading() as connection:
            row, mark = register.read_with_mark(connection)
        if not row.restored:
            try:
                self.state.raise_to(mark)
            except OSError as error:
                raise not_written(self.state.path, error) from error

    def kept(self) -> Mark | None:
        """Return what the state folder knows: to be asked before the database is.

        Both only rise, and the folder after the database: whoever asks the other way around may
        find the folder ahead of a register that somebody writes meanwhile.
        """
        if not self.database.checked:
            with self.reading():
                pass
        return self._kept()

    def _kept(self) -> Mark | None:
        with suppress(OSError):
            if self.database.register and not self.is_scratch:
                return self.state.mark(self.database.register)
        return None

    def refuse_copy(self, connection: Transaction, kept: Mark | None) -> None:
        """Raise Restored for a register that was put back from a backup and not adopted yet."""
        if shown := self.restored(connection, kept):
            raise Restored(restored_sentence(shown))

    def mark_copy(self, connection: Transaction) -> None:
        """Mark a register that was put back as such, so that what it queues does not leave."""
        self.database.register = register.read(connection).uid
        kept = self._kept()
        self._refusal_of_a_copy(connection, *register.read_with_mark(connection), kept)

    def restored(self, connection: Transaction, kept: Mark | None) -> str | None:
        """Return what shows that the register was put back from a backup, or None."""
        return self._shows(connection, *register.read_with_mark(connection), kept)

    def _refusal_of_a_copy(
        self, connection: Transaction, row: register.Register, here: Mark, kept: Mark | None
    ) -> Restored | None:
        """Return the refusal of a register that was put back from a backup, and mark it as such."""
        shown = self._shows(connection, row, here, kept)
        if shown and not row.restored:
            register.change(connection, restored=shown)
        return Restored(restored_sentence(shown)) if shown else None

    def _shows(
        self, connection: Transaction, row: register.Register, here: Mark, kept: Mark | None
    ) -> str | None:
        """It says so itself, or the folder knows of an event or a mail that it does not.

        Where the folder knows nothing, it is asked whether the file is another one than it was.
        """
        if row.restored:
            return str(row.restored)
        if kept is None:
            return None if self.is_scratch else self.database.copied_as(connection)
        if not kept.is_ahead_of(here):
            return None
        if kept.events <= here.events:
            return f"{A_MAIL}{self.minute(kept.handed_at)}"
        return f"{here.events} < {kept.events}"

    def _check(self, connection: Transaction) -> None:
        """Refuse a database that was not initialised, or that this version cannot work with."""
        if self.database.checked:
            return
        refuse_unfit(connection)
        if not register.exists(connection):
            self.refuse_where_one_was()  # init would make one that watches nothing
            raise Unavailable(say("The database is not initialised. Run: looptijd init"))
        schema.check(connection)
        row = register.read(connection)
        _refuse_other_rules(row)
        if ledger.is_new(connection):  # on PostgreSQL who made it may not see the folder
            self.refuse_where_one_was(row.uid)
        self.database.register = row.uid
        self.database.checked = True

    def refuse_where_one_was(self, uid: str | None = None) -> None:
        """Refuse an empty register where another was at work: nobody would watch that one."""
        for file, mark in () if self.is_scratch else self.state.known():
            if mark.events > FIRST_EVENT and mark.register != uid:
                raise Unavailable(
                    say(
                        "This installation had a register with {count} events ({file}), and there"
                        " is none in {where}. Put its database back, or a backup: looptijd restore"
                        " FILE. To begin an empty one, move that file away first; beside another"
                        " register, name a daemon.state_directory for this one.",
                        count=mark.events,
                        file=str(file),
                        where=self.database.place,
                    )
                )

    def local(self, moment: datetime) -> datetime:
        """Return an instant in the configured zone, to the second."""
        zone = ZoneInfo(self.settings.calendar.timezone)
        return moment.astimezone(zone).replace(microsecond=0)

    def minute(self, moment: datetime) -> str:
        """Return an instant in the configured zone as commands and marks have it, to the minute."""
        return f"{self.local(moment):%Y-%m-%d %H:%M}"


def _refuse_other_rules(row: register.Register) -> None:
    if row.rules_version < policies.RULES_VERSION:
        raise Unavailable(
            say("The register follows the rules of an older release. Run: looptijd init")
        )
    refuse_newer_rules(row)


def refuse_newer_rules(row: register.Register) -> None:
    """Refuse a register by whose rules a newer release has written."""
    if row.rules_version > policies.RULES_VERSION:
        raise Unavailable(
            say(
                "The register was written by rules of version {theirs}; this release knows {ours}."
                " Install the newer release.",
                theirs=row.rules_version,
                ours=policies.RULES_VERSION,
            )
        )


def policy_of(connection: Transaction) -> Policy:
    """Return the policy in force; one that cannot be read is no agreement's fault."""
    try:
        policy = policies.in_force(register.adopted(connection))
        ZoneInfo(policy.timezone)
    except (Refusal, ValueError, LookupError, TypeError, AttributeError) as error:
        raise Unavailable(
            say(
                "A policy that was adopted cannot be read ({reason}), so nothing can be derived."
                " Somebody changed the database: put a backup back.",
                reason=what_is_wrong(error),
            )
        ) from error
    return policy


def policy_and_today(connection: Transaction, app: App) -> tuple[Policy, date]:
    """Return the policy in force, and the civil day of now in its zone."""
    policy = policy_of(connection)
    return policy, policy.day_of(app.clock.now())


def why_held(connection: Transaction, app: App) -> str | None:
    """Return why no mail may leave: a copy, another installation, a clock that jumped; or None."""
    row = register.read(connection)
    if row.restored:
        return RESTORED
    if row.installation != app.settings.municipality.installation:
        return ANOTHER
    return CLOCK if row.clock_held else None
