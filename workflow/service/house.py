"""The house in which every use case runs: its configuration, its database and its clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from states.phrase import Refusal, say
from states.policy import Policy
from workflow import policies, schema
from workflow.clock import Clock
from workflow.database import Database, Transaction, Unavailable
from workflow.policies import RULES_VERSION
from workflow.settings import Configuration, Settings
from workflow.store import register


class NotFound(Refusal):
    """There is no such agreement, office, mail or occurrence."""

    exit_code = 4


@dataclass(frozen=True, slots=True)
class House:
    """What every use case needs; made once per command or daemon."""

    configuration: Configuration
    database: Database
    clock: Clock

    @property
    def settings(self) -> Settings:
        """Return the settings."""
        return self.configuration.settings

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Yield a connection to an initialised register, for reading."""
        with self.database.read() as connection:
            self._check(connection)
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """Yield a connection to an initialised register, for one transaction that writes.

        Whether a newer release has taken over is asked each time: an older one must not write.
        """
        with self.database.write() as connection:
            self._check(connection)
            schema.check(connection)
            _refuse_other_rules(connection)
            yield connection

    def _check(self, connection: Transaction) -> None:
        if not self.database.checked:
            check(connection)
            self.database.checked = True

    def local(self, moment: datetime) -> datetime:
        """Return an instant in the configured zone, to the second."""
        zone = ZoneInfo(self.settings.calendar.timezone)
        return moment.astimezone(zone).replace(microsecond=0)

    def today(self) -> date:
        """Return the civil day of now in the configured zone."""
        return self.local(self.clock.now()).date()


def check(connection: Transaction) -> None:
    """Refuse a database that was not initialised or that a newer version has written."""
    if not register.exists(connection):
        raise Unavailable(say("The database is not initialised. Run: looptijd init"))
    schema.check(connection)
    _refuse_other_rules(connection)


def _refuse_other_rules(connection: Transaction) -> None:
    row = register.read(connection)
    if row.rules_version < RULES_VERSION:
        raise Unavailable(
            say("The register follows the rules of an older release. Run: looptijd init")
        )
    if row.rules_version > RULES_VERSION:
        raise Unavailable(
            say(
                "The register was written by rules of version {theirs}; this release knows {ours}."
                " Install the newer release.",
                theirs=row.rules_version,
                ours=RULES_VERSION,
            )
        )


def policy_of(connection: Transaction) -> Policy:
    """Return the policy in force."""
    return policies.in_force((row.adopted_at, row.payload) for row in register.adopted(connection))


def is_held(connection: Transaction, house: House) -> str | None:
    """Return why no mail may leave: another installation, a clock that jumped; None if it may."""
    row: Any = register.read(connection)
    if row.installation != house.settings.municipality.installation:
        return "installation"
    return "clock" if row.clock_held else None
