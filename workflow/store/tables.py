"""The schemas that migrations make, in order, and the tables as statements name them.

Generated from `workflow.store.rows` and the migrations by docs/generate.py: run `make docs`.
"""

import sqlalchemy as sa

from workflow.store import columns

SCHEMAS = (
    "0001",
    "0002",
    "0003",
    "0004",
    "0005",
    "0006",
    "0007",
)
TABLES = sa.MetaData()
AGREEMENT = sa.Table(
    "agreement",
    TABLES,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("ref", sa.String),
    sa.Column("stage", columns.Name),
    sa.Column("ending", sa.String),
    sa.Column("seq", sa.Integer),
    sa.Column("head", sa.String),
    sa.Column("next_alert_at", columns.Moment),
    sa.Column("failures", columns.Number, default=0),
    sa.Column("last_error", sa.Text),
)
EVENT = sa.Table(
    "event",
    TABLES,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("stream", columns.Name),
    sa.Column("seq", columns.Number),
    sa.Column("at", columns.Instant),
    sa.Column("payload", columns.Written),
    sa.Column("hash", sa.String),
)
HEARTBEAT = sa.Table(
    "heartbeat",
    TABLES,
    sa.Column("daemon", columns.Name, primary_key=True),
    sa.Column("at", columns.Instant),
    sa.Column("last_error", sa.Text),
)
OFFICE = sa.Table(
    "office",
    TABLES,
    sa.Column("key", columns.Name, primary_key=True),
    sa.Column("seq", sa.Integer),
    sa.Column("head", sa.String),
    sa.Column("facts", sa.Text),
)
POLICY = sa.Table(
    "policy",
    TABLES,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("adopted_at", columns.Moment),
    sa.Column("payload", sa.Text),
)
PRIVATE = sa.Table(
    "private",
    TABLES,
    sa.Column("token", sa.String, primary_key=True),
    sa.Column("stream", columns.Name),
    sa.Column("salt", sa.String),
    sa.Column("value", sa.Text),
)
REGISTER = sa.Table(
    "register",
    TABLES,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("uid", sa.String),
    sa.Column("installation", sa.String),
    sa.Column("rules_version", columns.Whole),
    sa.Column("created_at", columns.Moment),
    sa.Column("high_water", columns.Moment),
    sa.Column("clock_held", sa.Text),
    sa.Column("restored", sa.Text),
    sa.Column("adoptions", columns.Whole),
    sa.Column("reconciled_at", columns.Moment),
)
SEAL = sa.Table(
    "seal",
    TABLES,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("day", columns.Day),
    sa.Column("at", columns.Instant),
    sa.Column("through", sa.Integer),
    sa.Column("events", sa.Integer),
    sa.Column("hash", sa.String),
)
FACTS = sa.Table(
    "facts",
    TABLES,
    sa.Column("agreement_id", sa.Integer, sa.ForeignKey("agreement.id"), primary_key=True),
    sa.Column("facts", sa.Text),
    sa.Column("plan", columns.Written),
)
MESSAGE = sa.Table(
    "message",
    TABLES,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("agreement_id", sa.Integer, sa.ForeignKey("agreement.id")),
    sa.Column("message_id", columns.Name),
    sa.Column("rule", sa.String),
    sa.Column("cause", columns.Name),
    sa.Column("role", sa.String),
    sa.Column("office", sa.String),
    sa.Column("generation", sa.Integer, default=1),
    sa.Column("caught_up", sa.Boolean, default=False),
    sa.Column("late_by", sa.Integer, default=0),
    sa.Column("escalates", sa.Boolean, default=False),
    sa.Column("status", columns.Name),
    sa.Column("next_attempt_at", columns.Instant),
    sa.Column("created_at", columns.Instant),
    sa.Column("attempts", sa.Integer, default=0),
    sa.Column("lease", sa.String),
    sa.Column("in_doubt", sa.Boolean, default=False),
    sa.Column("doubts", columns.Number, default=0),
    sa.Column("refusals", sa.Integer, default=0),
    sa.Column("pointless", sa.Boolean, default=False),
    sa.Column("address", sa.String),
    sa.Column("subject", sa.Text),
    sa.Column("content", columns.PackedMail),
    sa.Column("merged_into", sa.Integer),
    sa.Column("handed_at", columns.Instant),
    sa.Column("accepted_at", columns.Instant),
    sa.Column("reply", columns.Written),
    sa.Column("last_error", columns.Written),
)
OCCURRENCE = sa.Table(
    "occurrence",
    TABLES,
    sa.Column("agreement_id", sa.Integer, sa.ForeignKey("agreement.id"), primary_key=True),
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("status", sa.String),
    sa.Column("at", columns.Moment),
)
