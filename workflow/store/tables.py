"""The tables as migrations make them, with their keys and indexes, and as statements name them.

They are tables of SQLAlchemy's Core: nothing maps a row to an object, and a command that reads
starts a fifth sooner without what would (decision 56).
"""

from typing import Any

import sqlalchemy as sa

from workflow.store import columns

SCHEMAS = ("0001", "0002", "0003", "0004", "0005", "0006")  # of the migrations, in order

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""How each constraint is named, so that a migration can name it."""

TABLES = sa.MetaData(naming_convention=NAMES)


def _column(
    name: str, kind: Any, *key: sa.ForeignKey, nullable: bool = False, **how: Any
) -> sa.Column[Any]:
    """Return a column that has a value in every row, unless it says otherwise."""
    return sa.Column(name, kind, *key, nullable=nullable, **how)


def _index_where_known(name: str) -> sa.Index:
    """Index a column that is NULL in most rows: those are left out."""
    there = sa.text(f"{name} IS NOT NULL")
    return sa.Index(None, name, sqlite_where=there, postgresql_where=there)


# What firing rewrites of an agreement; the facts stand apart.
AGREEMENT = sa.Table(
    "agreement",
    TABLES,
    _column("id", sa.Integer, primary_key=True),
    _column("ref", sa.String, unique=True),
    _column("stage", sa.String),
    _column("ending", sa.String, nullable=True),
    _column("seq", sa.Integer),
    _column("head", sa.String),
    _column("next_alert_at", columns.Moment, nullable=True),
    _column("failures", columns.Number, default=0),
    _column("last_error", sa.Text, nullable=True),
    _index_where_known("next_alert_at"),
)
# The facts of an agreement as one JSON object of path and text. `plan` is what fires next as long
# as they stay so, with the key of what it was derived from: a memo. Without one that fits, the
# facts decide.
FACTS = sa.Table(
    "facts",
    TABLES,
    _column("agreement_id", sa.Integer, sa.ForeignKey("agreement.id"), primary_key=True),
    _column("facts", sa.Text),
    _column("plan", columns.Written, nullable=True),
)
# What was recorded of each step, for ever: the key is the proof that none fires twice.
OCCURRENCE = sa.Table(
    "occurrence",
    TABLES,
    _column("agreement_id", sa.Integer, sa.ForeignKey("agreement.id"), primary_key=True),
    _column("name", sa.String, primary_key=True),
    _column("status", sa.String),
    _column("at", columns.Moment),
)
# The ledger: the payload is the very text that was hashed; never updated, never deleted. `number`
# is the order in which events were committed to this register, over all streams.
EVENT = sa.Table(
    "event",
    TABLES,
    _column("number", sa.Integer, primary_key=True),
    _column("stream", columns.Name),
    _column("seq", columns.Number),
    _column("at", columns.Instant),
    _column("payload", columns.Written),
    _column("hash", sa.String),
    sa.UniqueConstraint("stream", "seq"),
)
# The seal of a day: a fingerprint of every event through a number; never updated or deleted. It
# follows from the seal before it, and `day` is the last day that it closes.
SEAL = sa.Table(
    "seal",
    TABLES,
    _column("id", sa.Integer, primary_key=True),
    _column("day", columns.Day),
    _column("at", columns.Instant),
    _column("through", sa.Integer),
    _column("events", sa.Integer),
    _column("hash", sa.String),
)
# Personal and free-text values that the ledger holds as salted digests only; can be erased.
PRIVATE = sa.Table(
    "private",
    TABLES,
    _column("token", sa.String, primary_key=True),
    _column("stream", sa.String),
    _column("salt", sa.String),
    _column("value", sa.Text),
)
# The outbox: one row per alert and addressee; no `next_attempt_at`: nothing is left to do.
# `pointless`: it was cancelled because what it asks was settled, or left with the date or for the
# office that took the place of its own; it leaves if that is undone.
MESSAGE = sa.Table(
    "message",
    TABLES,
    _column("id", sa.Integer, primary_key=True),
    _column("agreement_id", sa.Integer, sa.ForeignKey("agreement.id"), nullable=True),
    _column("message_id", columns.Name),
    _column("rule", sa.String),
    _column("cause", sa.String),
    _column("role", sa.String),
    _column("office", sa.String),
    _column("generation", sa.Integer, default=1),
    _column("caught_up", sa.Boolean, default=False),
    _column("late_by", sa.Integer, default=0),
    _column("escalates", sa.Boolean, default=False),
    _column("status", sa.String),
    _column("next_attempt_at", columns.Instant, nullable=True),
    _column("created_at", columns.Instant),
    _column("attempts", sa.Integer, default=0),
    _column("lease", sa.String, nullable=True),
    _column("in_doubt", sa.Boolean, default=False),
    _column("doubts", sa.Integer, default=0),
    _column("refusals", sa.Integer, default=0, server_default="0"),
    _column("pointless", sa.Boolean, default=False, server_default=sa.false()),
    _column("address", sa.String, nullable=True),
    _column("subject", sa.Text, nullable=True),
    _column("content", columns.PackedMail, nullable=True),
    _column("merged_into", sa.Integer, nullable=True),
    _column("handed_at", columns.Instant, nullable=True),
    _column("accepted_at", columns.Instant, nullable=True),
    _column("reply", sa.Text, nullable=True),
    _column("last_error", sa.Text, nullable=True),
    _index_where_known("next_attempt_at"),
    _index_where_known("handed_at"),
    sa.Index(None, "agreement_id"),
    sa.Index("uq_message_message_id", "message_id", unique=True),
)
# A policy that was adopted; the newest is in force.
POLICY = sa.Table(
    "policy",
    TABLES,
    _column("id", sa.Integer, primary_key=True),
    _column("adopted_at", columns.Moment),
    _column("payload", sa.Text),
)
# An office with its holders, as a fold of its own stream in the ledger.
OFFICE = sa.Table(
    "office",
    TABLES,
    _column("key", sa.String, primary_key=True),
    _column("seq", sa.Integer),
    _column("head", sa.String),
    _column("facts", sa.Text),
)
# The register itself: one row, with what belongs to no agreement.
REGISTER = sa.Table(
    "register",
    TABLES,
    _column("id", sa.Integer, primary_key=True),
    _column("uid", sa.String),
    _column("installation", sa.String),
    _column("rules_version", columns.Whole),
    _column("created_at", columns.Moment),
    _column("high_water", columns.Moment, nullable=True),
    _column("clock_held", sa.Text, nullable=True),
    _column("restored", sa.Text, nullable=True),
    _column("adoptions", columns.Whole, nullable=True),
    _column("reconciled_at", columns.Moment, nullable=True),
)
# A sign of life of each daemon.
HEARTBEAT = sa.Table(
    "heartbeat",
    TABLES,
    _column("daemon", sa.String, primary_key=True),
    _column("at", columns.Instant),
    _column("last_error", sa.Text, nullable=True),
)
