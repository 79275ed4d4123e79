"""The outbox's rows: what one holds, how it is put in, and how it is read."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import chain
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection, Select, select

from notifications.retry_policy import MessageStatus
from notifications.transport import Lease
from states.model.events import Addressee, Alert
from states.model.stage import OccurrenceName
from workflow.store.bulk import insert_all
from workflow.store.register import Register
from workflow.store.tables import MESSAGE

LEASE_LASTS = timedelta(minutes=40)  # longer than notifications.smtp.Timeouts.longest
OPERATOR = "operator"  # the role of who is told of incidents
HANDOVER = "handover"  # the rule of the only mail that may be for a day far ahead
DIGEST = "digest"  # the rule of what is told anew each week
A_DAY = timedelta(days=1)
MAKES_LATE = A_DAY + timedelta(seconds=1)  # so long a message has waited that is late
LATEST = 2**31 - 1  # seconds, 68 years: what PostgreSQL keeps; the ledger knows it exactly
TO_LEAVE = (MessageStatus.QUEUED, MessageStatus.RETRY)
WAITING = (*TO_LEAVE, MessageStatus.UNKNOWN)


class OutboxRow(Struct, frozen=True, kw_only=True):
    """A row as it was read, with its agreement's reference where that was asked."""

    id: int
    agreement_id: int | None = None
    message_id: str
    rule: str
    cause: str
    role: str
    office: str
    generation: int = 1
    caught_up: bool = False
    late_by: int = 0
    escalates: bool = False
    status: str
    next_attempt_at: datetime | None = None
    created_at: datetime
    attempts: int = 0
    lease: str | None = None
    in_doubt: bool = False
    doubts: int = 0
    refusals: int = 0
    pointless: bool = False
    address: str | None = None
    subject: str | None = None
    content: bytes | None = None
    merged_into: int | None = None
    handed_at: datetime | None = None
    accepted_at: datetime | None = None
    reply: str | None = None
    last_error: str | None = None
    ref: str | None = None

    @property
    def held(self) -> Lease:
        """Return the lease that it is held under; of a row that was never leased, no lease."""
        return self.id, self.lease or ""

    @property
    def is_to_leave(self) -> bool:
        """Tell whether it waits to be sent, and nothing is in doubt."""
        return self.status in TO_LEAVE

    def is_ready(self, now: datetime) -> bool:
        """Tell whether it is to be looked at by now."""
        return self.next_attempt_at is not None and self.next_attempt_at <= now

    def status_while(self, held: str | None) -> str:
        """Return its status, where `held` tells why nothing leaves at the moment."""
        return MessageStatus.HELD if held and self.is_to_leave else self.status

    @property
    def agreement(self) -> int:
        """Return the number of the agreement that it is about; it has to be about one."""
        assert self.agreement_id is not None
        return self.agreement_id

    @property
    def tells_of(self) -> str:
        """Return the deadline, or the kind of action, that it tells of; a mail tells it once."""
        name = OccurrenceName.of(self.cause)
        return name.deadline if name else self.rule

    @property
    def goes_alone(self) -> bool:
        """Tell whether its words stand, for it may have arrived, or it is about no agreement."""
        return self.doubts > 0 or self.agreement_id is None

    @property
    def name(self) -> "MailName":
        """Return what its Message-ID is made of; its reference has to have been asked."""
        return MailName(self.ref or "", self.cause, self.role, self.office, self.generation)

    @property
    def is_overview(self) -> bool:
        """Tell whether it is about an office and no single agreement."""
        return self.agreement_id is None and self.role != OPERATOR


class OfficeCause(Struct, frozen=True):
    """What a mail about an office is caused by: `digest:sociaal-domein:2018-W20`."""

    rule: str
    office: str
    moment: str

    @classmethod
    def parse(cls, cause: str) -> "OfficeCause":
        """Read a cause; the office is the one that it is about, whoever gets the mail."""
        return cls(*cause.split(":", 2))

    def __str__(self) -> str:
        return f"{self.rule}:{self.office}:{self.moment}"


def rows_of(
    connection: Connection, query: Select[Any], places: Mapping[str, object] | None = None
) -> list[OutboxRow]:
    """Return the rows that a query finds; it asks for whole rows."""
    found = connection.execute(query, places)
    names = tuple(found.keys())
    return [OutboxRow(**dict(zip(names, row, strict=True))) for row in found]


class MailName(Struct, frozen=True):
    """What makes a mail the same one on retry, after a crash and after a restore.

    After a restore another event may get the number of one that was lost: the mail about it is
    named after the adoption as well, or a mailbox would take it for the mail that it has.
    """

    ref: str
    cause: str
    role: str
    office: str
    generation: int = 1
    adoptions: int = 0

    def message_id(self, register: str) -> str:
        """Return its Message-ID, which is made of nothing else."""
        name = f"{self.ref}|{self.cause}|{self.role}|{self.office}|{self.generation}"
        if self.adoptions and self.cause.startswith("event:"):
            name += f"|{self.adoptions}"
        return f"<{uuid.uuid5(_uuid_of(register), name)}@{register}.looptijd>"


_uuid_of = lru_cache(maxsize=4)(uuid.UUID)


def named(row: OutboxRow, register: Register) -> MailName:
    """Return what a row's Message-ID is made of: it says all of it but after which adoption."""
    latest = register.adoptions or 0
    names = (replace(row.name, adoptions=number) for number in chain((latest,), range(latest)))
    fits = (name for name in names if name.message_id(register.uid) == row.message_id)
    return next(fits, row.name)


def rows_for(
    register: Register, agreement_id: int, ref: str, alerts: Iterable[Alert], now: datetime
) -> list[dict[str, Any]]:
    """Return a row for each addressee of each alert."""
    return [
        {
            **fresh(register.uid, _name(register, ref, alert, who), now),
            "agreement_id": agreement_id,
            "rule": str(alert.rule),
            "caught_up": alert.caught_up,
            "late_by": min(alert.late_by, LATEST),
            "escalates": alert.escalates,
            "next_attempt_at": alert.leaves_at,
        }
        for alert in alerts
        for who in alert.addressees
    ]


def _name(register: Register, ref: str, alert: Alert, who: Addressee) -> MailName:
    adoptions = register.adoptions or 0
    return MailName(ref, alert.cause, who.role.value, who.office, adoptions=adoptions)


def queue(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Put messages into the outbox."""
    insert_all(connection, MESSAGE, rows)


def queue_once(connection: Connection, row: dict[str, Any]) -> None:
    """Put a message into the outbox unless one with its Message-ID is there, or comes just now."""
    if not are_any_known(connection, [row["message_id"]]):
        insert_all(connection, MESSAGE, [row], or_none="message_id")


def are_any_known(connection: Connection, names: Sequence[str]) -> bool:
    """Tell whether a message with one of these Message-IDs was ever put into the outbox."""
    query = select(MESSAGE.c.id).where(MESSAGE.c.message_id.in_(names)).limit(1)
    return connection.execute(query).first() is not None


def fresh(register: str, name: MailName, now: datetime) -> dict[str, Any]:
    """Return the columns of a row that has not been tried yet."""
    return {
        "message_id": name.message_id(register),
        "cause": name.cause,
        "role": name.role,
        "office": name.office,
        "generation": name.generation,
        "status": MessageStatus.QUEUED.value,
        "next_attempt_at": now,
        "created_at": now,
    }
