"""The outbox says when a mail is looked at next and into which mail it was merged."""

import sqlite3

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

DROPS_COLUMNS = (3, 35)  # an SQLite before that, such as that of RHEL 9, makes the table anew
RENAMED = {"look_at": "next_attempt_at", "carried_by": "merged_into"}


def upgrade() -> None:
    op.drop_index("ix_message_look_at", "message")
    for before, after in RENAMED.items():  # in place: a copy of the table would take an hour
        op.execute(f"ALTER TABLE message RENAME COLUMN {before} TO {after}")
    op.execute(
        "CREATE INDEX ix_message_next_attempt_at ON message (next_attempt_at)"
        " WHERE next_attempt_at IS NOT NULL"
    )
    if op.get_bind().dialect.name == "sqlite" and sqlite3.sqlite_version_info < DROPS_COLUMNS:
        with op.batch_alter_table("agreement") as made_anew:
            made_anew.drop_column("retry_at")
    else:
        op.drop_column("agreement", "retry_at")
