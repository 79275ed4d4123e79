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
    op.execute(_tried_again_or_given_up())


def _tried_again_or_given_up() -> sa.Update:
    """Count what an operator cancelled, or tried again: another office was asked instead."""
    names = "id", "agreement_id", "cause", "role", "generation", "office", "status", "attempts"
    message = sa.table("message", *map(sa.column, (*names, "refusals")))
    mail, instead = message.alias("mail"), message.alias("instead")
    same = mail.c.agreement_id.is_not_distinct_from(instead.c.agreement_id)
    for name in ("cause", "role", "generation"):
        same &= mail.c[name] == instead.c[name]
    later = (instead.c.id > mail.c.id) & (instead.c.office != mail.c.office)
    tries = sa.case((mail.c.status == "accepted", mail.c.attempts - 1), else_=mail.c.attempts)
    refused = sa.select(mail.c.id).select_from(mail.join(instead, same & later)).where(tries > 0)
    return sa.update(message).where(message.c.id.in_(refused)).values(refusals=1)
