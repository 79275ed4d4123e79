"""The rows of the database as they are declared, with their indexes; migrations make them.

Statements name the same columns in `workflow.store.tables`, which is generated from here: a command
that reads needs no models, and SQLModel takes longer to import than most commands to answer.
"""

from datetime import date, datetime

from sqlalchemy import Index, MetaData, Text, UniqueConstraint, false, text
from sqlmodel import Field, SQLModel

from workflow.store import columns

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def _where_known(name: str) -> Index:
    """Index a column that is NULL in most rows: those are left out."""
    there = text(f"{name} IS NOT NULL")
    return Index(None, name, sqlite_where=there, postgresql_where=there)


class Row(SQLModel):
    """The base of every row; its metadata names every constraint, so that migrations can."""

    metadata = MetaData(naming_convention=NAMES)


class RegisterRow(Row, table=True):
    """The register itself: one row, with what belongs to no agreement."""

    __tablename__ = "register"

    id: int = Field(primary_key=True)
    uid: str
    installation: str
    rules_version: int = Field(sa_type=columns.Whole)
    created_at: datetime = Field(sa_type=columns.Moment)
    high_water: datetime | None = Field(default=None, sa_type=columns.Moment)
    clock_held: str | None = Field(default=None, sa_type=Text)
    restored: str | None = Field(default=None, sa_type=Text)
    adoptions: int | None = Field(default=None, sa_type=columns.Whole)
    reconciled_at: datetime | None = Field(default=None, sa_type=columns.Moment)


class PolicyRow(Row, table=True):
    """A policy that was adopted; the newest is in force."""

    __tablename__ = "policy"

    id: int | None = Field(default=None, primary_key=True)
    adopted_at: datetime = Field(sa_type=columns.Moment)
    payload: str = Field(sa_type=Text)


class AgreementRow(Row, table=True):
    """What firing rewrites of an agreement; the facts stand apart."""

    __tablename__ = "agreement"
    __table_args__ = (_where_known("next_alert_at"),)

    id: int | None = Field(default=None, primary_key=True)
    ref: str = Field(unique=True)
    stage: str = Field(sa_type=columns.Name)
    ending: str | None = None
    seq: int
    head: str
    next_alert_at: datetime | None = Field(default=None, sa_type=columns.Moment)
    failures: int = Field(default=0, sa_type=columns.Number)
    last_error: str | None = Field(default=None, sa_type=Text)


class FactsRow(Row, table=True):
    """The facts of an agreement as one JSON object of path and text.

    `plan` is what fires next as long as they stay so, with the key of what it was derived from: a
    memo. Without one that fits, the facts decide.
    """

    __tablename__ = "facts"

    agreement_id: int = Field(primary_key=True, foreign_key="agreement.id")
    facts: str = Field(sa_type=Text)
    plan: str | None = Field(default=None, sa_type=columns.Written)


class EventRow(Row, table=True):
    """The ledger: the payload is the very text that was hashed; never updated, never deleted.

    `number` is the order in which events were committed to this register, over all streams.
    """

    __tablename__ = "event"
    __table_args__ = (UniqueConstraint("stream", "seq"),)

    number: int | None = Field(default=None, primary_key=True)
    stream: str = Field(sa_type=columns.Name)
    seq: int = Field(sa_type=columns.Number)
    at: datetime = Field(sa_type=columns.Instant)
    payload: str = Field(sa_type=columns.Written)
    hash: str


class SealRow(Row, table=True):
    """The seal of a day: a fingerprint of every event through a number; never updated or deleted.

    It follows from the seal before it, and `day` is the last day that it closes.
    """

    __tablename__ = "seal"

    id: int = Field(primary_key=True)
    day: date = Field(sa_type=columns.Day)
    at: datetime = Field(sa_type=columns.Instant)
    through: int
    events: int
    hash: str


class OccurrenceRow(Row, table=True):
    """What was recorded of each step, for ever: the key is the proof that none fires twice."""

    __tablename__ = "occurrence"

    agreement_id: int = Field(primary_key=True, foreign_key="agreement.id")
    name: str = Field(primary_key=True)
    status: str
    at: datetime = Field(sa_type=columns.Moment)


class PrivateRow(Row, table=True):
    """Personal and free-text values that the ledger holds as salted digests only; can be erased."""

    __tablename__ = "private"

    token: str = Field(primary_key=True)
    stream: str = Field(sa_type=columns.Name)
    salt: str
    value: str = Field(sa_type=Text)


class OfficeRow(Row, table=True):
    """An office with its holders, as a fold of its own stream in the ledger."""

    __tablename__ = "office"

    key: str = Field(primary_key=True, sa_type=columns.Name)
    seq: int
    head: str
    facts: str = Field(sa_type=Text)


class MessageRow(Row, table=True):
    """The outbox: one row per alert and addressee; no `next_attempt_at`: nothing is left to do.

    `pointless`: it was cancelled because what it asks was settled, or left with the date or for the
    office that took the place of its own; it leaves if that is undone.
    """

    __tablename__ = "message"
    __table_args__ = (
        _where_known("next_attempt_at"),
        _where_known("handed_at"),
        Index(None, "agreement_id"),
        Index("uq_message_message_id", "message_id", unique=True),
    )

    id: int | None = Field(default=None, primary_key=True)
    agreement_id: int | None = Field(default=None, foreign_key="agreement.id")
    message_id: str = Field(sa_type=columns.Name)
    rule: str
    cause: str = Field(sa_type=columns.Name)
    role: str
    office: str
    generation: int = 1
    caught_up: bool = False
    late_by: int = 0
    escalates: bool = False
    status: str = Field(sa_type=columns.Name)
    next_attempt_at: datetime | None = Field(default=None, sa_type=columns.Instant)
    created_at: datetime = Field(sa_type=columns.Instant)
    attempts: int = 0
    lease: str | None = None
    in_doubt: bool = False
    doubts: int = Field(default=0, sa_type=columns.Number)
    refusals: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    pointless: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    address: str | None = None
    subject: str | None = Field(default=None, sa_type=Text)
    content: bytes | None = Field(default=None, sa_type=columns.PackedMail)
    merged_into: int | None = None
    handed_at: datetime | None = Field(default=None, sa_type=columns.Instant)
    accepted_at: datetime | None = Field(default=None, sa_type=columns.Instant)
    reply: str | None = Field(default=None, sa_type=columns.Written)
    last_error: str | None = Field(default=None, sa_type=columns.Written)


class HeartbeatRow(Row, table=True):
    """A sign of life of each daemon."""

    __tablename__ = "heartbeat"

    daemon: str = Field(primary_key=True, sa_type=columns.Name)
    at: datetime = Field(sa_type=columns.Instant)
    last_error: str | None = Field(default=None, sa_type=Text)
