"""The order of events over all streams, the seals of days, and what tells a restored register."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NUMBERED = (
    "INSERT INTO event_numbered (stream, seq, at, payload, hash)"
    " SELECT stream, seq, at, payload, hash FROM event ORDER BY rowid"
)
FOR_EVER = {
    "sqlite": tuple(
        f"CREATE TRIGGER {table}_is_never_{done} BEFORE {doing} ON {table}"
        f" BEGIN SELECT RAISE(ABORT, '{why}'); END"
        for table, why in (
            ("event", "the ledger is append-only"),
            ("seal", "the seals are append-only"),
        )
        for done, doing in (("updated", "UPDATE"), ("deleted", "DELETE"))
    ),
    "postgresql": (
        (
            "CREATE TRIGGER seal_is_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON seal"
            " FOR EACH STATEMENT EXECUTE FUNCTION the_ledger_is_append_only()"
        ),
    ),
}


def upgrade() -> None:
    _seals()
    _order_of_events()
    _what_tells_a_restored_register()
    for statement in FOR_EVER[op.get_bind().dialect.name]:
        op.execute(statement)


def _seals() -> None:
    op.create_table(
        "seal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("through", sa.Integer(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_seal"),
    )


def _order_of_events() -> None:
    """Number the events in the order in which they were written."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE event ADD COLUMN number SERIAL")
        op.drop_constraint("pk_event", "event")
        op.create_primary_key("pk_event", "event", ["number"])
        op.create_unique_constraint("uq_event_stream_seq", "event", ["stream", "seq"])
        return
    op.create_table(
        "event_numbered",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_event"),
        sa.UniqueConstraint("stream", "seq", name="uq_event_stream_seq"),
    )
    op.execute(NUMBERED)
    op.drop_table("event")  # its triggers go with it
    op.rename_table("event_numbered", "event")


def _what_tells_a_restored_register() -> None:
    op.add_column("register", sa.Column("restored", sa.Text(), nullable=True))
    op.add_column("register", sa.Column("adoptions", sa.Integer(), nullable=True))
    op.add_column("register", sa.Column("reconciled_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("message", sa.Column("handed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_message_handed_at",
        "message",
        ["handed_at"],
        unique=False,
        sqlite_where=sa.text("handed_at IS NOT NULL"),
        postgresql_where=sa.text("handed_at IS NOT NULL"),
    )
