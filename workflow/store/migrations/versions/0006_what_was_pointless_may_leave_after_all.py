"""A mail that was cancelled as settled is told from one that an operator cancelled."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# By its words alone 0.1.0 tells what it cancelled itself, in the language that was configured.
SETTLED = (
    "het is intussen afgehandeld: %",
    "it was settled meanwhile: %",
    "het is intussen ingevuld",
    "it was entered meanwhile",
    "de datum is intussen veranderd",
    "the date has changed meanwhile",
    "er is geen functie erboven",
    "there is no office above",
    "de dossierhouder is niet meer bekend",
    "the case owner is not known any more",
)


def upgrade() -> None:
    op.add_column(
        "message",
        sa.Column("pointless", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    message = sa.table("message", *map(sa.column, ("id", "status", "merged_into", "last_error")))
    message.append_column(sa.column("pointless", sa.Boolean()))
    why = sa.or_(*map(message.c.last_error.like, SETTLED))
    by_itself = sa.and_(message.c.status == "cancelled", message.c.merged_into.is_(None), why)
    op.execute(sa.update(message).where(by_itself).values(pointless=True))
    lead = message.alias("lead")  # what that was to tell besides was settled as well, or left alone
    settled = message.c.merged_into.in_(sa.select(lead.c.id).where(lead.c.pointless))
    op.execute(sa.update(message).where(settled).values(pointless=True, merged_into=None))
