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
    """Count what an operator cancelled, or tried again: another office was asked instead.

    All are sorted once. To join each with the others would take long: many have the same cause.
    """
    same = "agreement_id", "cause", "role", "generation"
    names = "id", *same, "office", "status", "attempts", "refusals"
    message = sa.table("message", *map(sa.column, names))
    told = [message.c[name] for name in same]
    last = sa.func.max(message.c.id).over(partition_by=told)
    offices = [
        each(message.c.office).over(partition_by=told) for each in (sa.func.min, sa.func.max)
    ]
    tries = sa.case(
        (message.c.status == "accepted", message.c.attempts - 1), else_=message.c.attempts
    )
    is_followed = (message.c.id < last) & (offices[0] != offices[1])
    mail = sa.select(
        message.c.id, tries.label("tries"), is_followed.label("is_followed")
    ).subquery()
    refused = sa.select(mail.c.id).where(mail.c.is_followed, mail.c.tries > 0)
    return sa.update(message).where(message.c.id.in_(refused)).values(refusals=1)
