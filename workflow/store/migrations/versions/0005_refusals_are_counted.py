"""How often a relay refused a mail stays known, whatever an operator does with it afterwards."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    count = sa.Column("refusals", sa.Integer(), nullable=False, server_default="0")
    op.add_column("message", count)
    op.execute("UPDATE message SET refusals = 1 WHERE status = 'refused'")
