"""A mail that was cancelled as settled is told from one that an operator cancelled."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "message",
        sa.Column("pointless", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
