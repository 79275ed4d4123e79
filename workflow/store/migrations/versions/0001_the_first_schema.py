"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

LEDGER_IS_FOR_EVER = {
    "sqlite": (
        (
            "CREATE TRIGGER event_is_never_updated BEFORE UPDATE ON event"
            " BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
        ),
        (
            "CREATE TRIGGER event_is_never_deleted BEFORE DELETE ON event"
            " BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
        ),
    ),
    "postgresql": (
        (
            "CREATE FUNCTION the_ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql"
            " AS $$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$"
        ),
        (
            "CREATE TRIGGER event_is_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON event"
            " FOR EACH STATEMENT EXECUTE FUNCTION the_ledger_is_append_only()"
        ),
    ),
}


def upgrade() -> None:
    op.create_table(
        "agreement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("ending", sa.String(), nullable=True),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(), nullable=False),
        sa.Column("next_alert_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_agreement"),
        sa.UniqueConstraint("ref", name="uq_agreement_ref"),
    )
    op.create_index(
        "ix_agreement_next_alert_at",
        "agreement",
        ["next_alert_at"],
        unique=False,
        sqlite_where=sa.text("next_alert_at IS NOT NULL"),
        postgresql_where=sa.text("next_alert_at IS NOT NULL"),
    )
    op.create_table(
        "event",
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "seq", name="pk_event"),
    )
    op.create_table(
        "heartbeat",
        sa.Column("daemon", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("daemon", name="pk_heartbeat"),
    )
    op.create_table(
        "office",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_office"),
    )
    op.create_table(
        "policy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("adopted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_policy"),
    )
    op.create_table(
        "private",
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("salt", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("token", name="pk_private"),
    )
    op.create_table(
        "register",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("installation", sa.String(), nullable=False),
        sa.Column("rules_version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("high_water", sa.DateTime(timezone=True), nullable=True),
        sa.Column("clock_held", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_register"),
    )
    op.create_table(
        "facts",
        sa.Column("agreement_id", sa.Integer(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreement.id"], name="fk_facts_agreement_id_agreement"
        ),
        sa.PrimaryKeyConstraint("agreement_id", name="pk_facts"),
    )
    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agreement_id", sa.Integer(), nullable=True),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("office", sa.String(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("caught_up", sa.Boolean(), nullable=False),
        sa.Column("late_by", sa.Integer(), nullable=False),
        sa.Column("escalates", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("look_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease", sa.String(), nullable=True),
        sa.Column("in_doubt", sa.Boolean(), nullable=False),
        sa.Column("doubts", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("carried_by", sa.Integer(), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreement.id"], name="fk_message_agreement_id_agreement"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_message"),
    )
    op.create_index("ix_message_agreement_id", "message", ["agreement_id"], unique=False)
    op.create_index(
        "ix_message_look_at",
        "message",
        ["look_at"],
        unique=False,
        sqlite_where=sa.text("look_at IS NOT NULL"),
        postgresql_where=sa.text("look_at IS NOT NULL"),
    )
    op.create_index("uq_message_message_id", "message", ["message_id"], unique=True)
    op.create_table(
        "occurrence",
        sa.Column("agreement_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreement.id"], name="fk_occurrence_agreement_id_agreement"
        ),
        sa.PrimaryKeyConstraint("agreement_id", "name", name="pk_occurrence"),
    )
    for statement in LEDGER_IS_FOR_EVER[op.get_bind().dialect.name]:
        op.execute(statement)
