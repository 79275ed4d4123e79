"""The rows of the database; only the store turns them into values and back."""

import zlib
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Date, Dialect, Integer, LargeBinary, MetaData, String, Text, UniqueConstraint
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel, UTCDateTime

# What most mails have, in a file that may never change: what was kept beside it needs it for ever.
# A zlib stream names its dictionary by a checksum, so another one can stand beside it one day.
LINES = b"\r\n".join(Path(__file__).with_name("letters.txt").read_bytes().splitlines())
NO_INSTANT = datetime(2, 1, 1, tzinfo=UTC)  # a year after the first: who reckons back finds a day
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class PackedMail(TypeDecorator[bytes]):
    """The bytes of a mail, kept small; those of earlier releases stand there as they were sent."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: bytes | None, dialect: Any) -> bytes | None:  # noqa: ARG002
        """Return what is kept of a mail."""
        if value is None:
            return None
        packer = zlib.compressobj(zdict=LINES)
        return packer.compress(value) + packer.flush()

    def process_result_value(self, value: bytes | None, dialect: Any) -> bytes | None:  # noqa: ARG002
        """Return a mail as it was sent; what somebody damaged hides no other row."""
        unpacker = zlib.decompressobj(zdict=LINES)
        with suppress(zlib.error, TypeError):  # SQLite may hold a text
            mail = unpacker.decompress(value or b"")
            return mail if unpacker.eof else value
        return value


def forgiving(readable: Callable[[Any], Any] | None, instead: Any) -> Callable[[Any], Any]:
    """Return what reads a value; of what somebody damaged, which no reader takes, `instead`."""

    def read(value: Any) -> Any:
        try:
            return readable(value) if readable else value
        except (ValueError, TypeError):
            return instead

    return read


class Instant(UTCDateTime):
    """An instant; what somebody damaged is no instant and hides no other row."""

    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        """Return what reads an instant: SQLite keeps any text as one."""
        return forgiving(super().result_processor(dialect, coltype), NO_INSTANT)


class Day(TypeDecorator[date]):
    """A day; what somebody damaged is the day of no instant."""

    impl = Date
    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        """Return what reads a day: SQLite keeps any text as one."""
        return forgiving(super().result_processor(dialect, coltype), NO_INSTANT.date())


class Number(TypeDecorator[int]):
    """A number, such as that of an event in its stream; what is none is nought."""

    impl = Integer
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Any) -> int:  # noqa: ARG002
        """Return a number: SQLite keeps any text as one."""
        return value if isinstance(value, int) else 0


class LedgerName(TypeDecorator[str]):
    """The name of a stream; what is no text names none, and hides no other event."""

    impl = String
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Any) -> str:  # noqa: ARG002
        """Return a text: SQLite keeps any bytes as one."""
        return value if isinstance(value, str) else ""


class LedgerText(LedgerName):
    """The text that was hashed; what is no text is not it."""

    impl = Text
    cache_ok = True


class Whole(TypeDecorator[int]):
    """A number that everything depends on: SQLite keeps any text as one."""

    impl = Integer
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Any) -> int | None:  # noqa: ARG002
        """Return a number; anything else is refused, as what is no instant is."""
        return None if value is None else int(value)


class Row(SQLModel):
    """The base of every row; its metadata names every constraint, so that migrations can."""

    metadata = MetaData(naming_convention=NAMES)


class RegisterRow(Row, table=True):
    """The register itself: one row, with what belongs to no agreement."""

    __tablename__ = "register"

    id: int = Field(primary_key=True)
    uid: str
    installation: str
    rules_version: int = Field(sa_type=Whole)
    created_at: datetime
    high_water: datetime | None = None
    clock_held: str | None = Field(default=None, sa_type=Text)
    restored: str | None = Field(default=None, sa_type=Text)
    adoptions: int | None = Field(default=None, sa_type=Whole)
    reconciled_at: datetime | None = None


class PolicyRow(Row, table=True):
    """A policy that was adopted; the newest is in force."""

    __tablename__ = "policy"

    id: int | None = Field(default=None, primary_key=True)
    adopted_at: datetime
    payload: str = Field(sa_type=Text)


class AgreementRow(Row, table=True):
    """What firing rewrites of an agreement; the facts stand apart."""

    __tablename__ = "agreement"

    id: int | None = Field(default=None, primary_key=True)
    ref: str = Field(unique=True)
    stage: str
    ending: str | None = None
    seq: int
    head: str
    next_alert_at: datetime | None = None
    failures: int = Field(default=0, sa_type=Number)
    last_error: str | None = Field(default=None, sa_type=Text)


class FactsRow(Row, table=True):
    """The facts of an agreement as one JSON object of path and text.

    `plan` is what fires next as long as they stay so, with the key of what it was derived from: a
    memo. Without one that fits, the facts decide.
    """

    __tablename__ = "facts"

    agreement_id: int = Field(primary_key=True, foreign_key="agreement.id")
    facts: str = Field(sa_type=Text)
    plan: str | None = Field(default=None, sa_type=Text)


class EventRow(Row, table=True):
    """The ledger: the payload is the very text that was hashed; never updated, never deleted.

    `number` is the order in which events were committed to this register, over all streams.
    """

    __tablename__ = "event"
    __table_args__ = (UniqueConstraint("stream", "seq"),)

    number: int | None = Field(default=None, primary_key=True)
    stream: str = Field(sa_type=LedgerName)
    seq: int = Field(sa_type=Number)
    at: datetime = Field(sa_type=Instant)
    payload: str = Field(sa_type=LedgerText)
    hash: str


class SealRow(Row, table=True):
    """The seal of a day: a fingerprint of every event through a number; never updated or deleted.

    It follows from the seal before it, and `day` is the last day that it closes.
    """

    __tablename__ = "seal"

    id: int = Field(primary_key=True)
    day: date = Field(sa_type=Day)
    at: datetime = Field(sa_type=Instant)
    through: int
    events: int
    hash: str


class OccurrenceRow(Row, table=True):
    """What was recorded of each step, for ever: the key is the proof that none fires twice."""

    __tablename__ = "occurrence"

    agreement_id: int = Field(primary_key=True, foreign_key="agreement.id")
    name: str = Field(primary_key=True)
    status: str
    at: datetime


class PrivateRow(Row, table=True):
    """Personal and free-text values that the ledger holds as salted digests only; can be erased."""

    __tablename__ = "private"

    token: str = Field(primary_key=True)
    stream: str
    salt: str
    value: str = Field(sa_type=Text)


class OfficeRow(Row, table=True):
    """An office with its holders, as a fold of its own stream in the ledger."""

    __tablename__ = "office"

    key: str = Field(primary_key=True)
    seq: int
    head: str
    facts: str = Field(sa_type=Text)


class MessageRow(Row, table=True):
    """The outbox: one row per alert and addressee; no `next_attempt_at`: nothing is left to do."""

    __tablename__ = "message"
    id: int | None = Field(default=None, primary_key=True)
    agreement_id: int | None = Field(default=None, foreign_key="agreement.id")
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
    next_attempt_at: datetime | None = Field(default=None, sa_type=Instant)
    created_at: datetime = Field(sa_type=Instant)
    attempts: int = 0
    lease: str | None = None
    in_doubt: bool = False
    doubts: int = 0
    refusals: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    address: str | None = None
    subject: str | None = Field(default=None, sa_type=Text)
    content: bytes | None = Field(default=None, sa_type=PackedMail)
    merged_into: int | None = None
    handed_at: datetime | None = Field(default=None, sa_type=Instant)
    accepted_at: datetime | None = Field(default=None, sa_type=Instant)
    reply: str | None = Field(default=None, sa_type=Text)
    last_error: str | None = Field(default=None, sa_type=Text)


class HeartbeatRow(Row, table=True):
    """A sign of life of each daemon."""

    __tablename__ = "heartbeat"

    daemon: str = Field(primary_key=True)
    at: datetime = Field(sa_type=Instant)
    last_error: str | None = Field(default=None, sa_type=Text)


AGREEMENT = Row.metadata.tables["agreement"]
EVENT = Row.metadata.tables["event"]
FACTS = Row.metadata.tables["facts"]
HEARTBEAT = Row.metadata.tables["heartbeat"]
MESSAGE = Row.metadata.tables["message"]
OCCURRENCE = Row.metadata.tables["occurrence"]
OFFICE = Row.metadata.tables["office"]
POLICY = Row.metadata.tables["policy"]
PRIVATE = Row.metadata.tables["private"]
REGISTER = Row.metadata.tables["register"]
SEAL = Row.metadata.tables["seal"]
