"""What fires next of an agreement is kept beside its facts, with what it was derived from."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("facts", sa.Column("plan", sa.Text(), nullable=True))
