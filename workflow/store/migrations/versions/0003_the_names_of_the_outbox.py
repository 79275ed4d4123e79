"""The outbox says when a mail is looked at next and into which mail it was merged."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

RENAMED = {"look_at": "next_attempt_at", "carried_by": "merged_into"}


def upgrade() -> None:
    op.drop_index("ix_message_look_at", "message")
    for before, after in RENAMED.items():  # in place: a copy of the table would take an hour
        op.execute(f"ALTER TABLE message RENAME COLUMN {before} TO {after}")
    op.execute(
        "CREATE INDEX ix_message_next_attempt_at ON message (next_attempt_at)"
        " WHERE next_attempt_at IS NOT NULL"
    )
    op.execute("ALTER TABLE agreement DROP COLUMN retry_at")
