"""What PostgreSQL looks up by an index it compares by its bytes, whatever sorts the system's texts.

An index in a language's order holds for one version of the system's library: after the next one it
finds not all that it has, and takes what it has once more
(https://wiki.postgresql.org/wiki/Locale_data_changes).
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KEYS = (
    ("agreement", "ref"),
    ("event", "stream"),
    ("occurrence", "name"),
    ("private", "stream"),
    ("private", "token"),
    ("office", "key"),
    ("message", "message_id"),
    ("heartbeat", "daemon"),
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table, key in KEYS:
            op.alter_column(table, key, type_=sa.String(collation="C"))
