"""The indexes of the rows, for who makes the schema or compares with it.

Apart from the tables: a partial index imports the dialects of both databases, 25 ms a command.
"""

from sqlalchemy import Column, Index, text

from workflow.store.tables import AgreementRow, MessageRow, Row

__all__ = ["Row"]

AGREEMENT, MESSAGE = (
    AgreementRow.__table__,  # type: ignore[attr-defined]
    MessageRow.__table__,  # type: ignore[attr-defined]
)


def _of_what_is_known(column: Column[object]) -> Index:
    """Index a column that is NULL in most rows: those are left out."""
    known = text(f"{column.name} IS NOT NULL")
    name = f"ix_{column.table.name}_{column.name}"
    return Index(name, column, sqlite_where=known, postgresql_where=known)


_of_what_is_known(AGREEMENT.c.next_alert_at)
_of_what_is_known(MESSAGE.c.next_attempt_at)
_of_what_is_known(MESSAGE.c.handed_at)
Index("ix_message_agreement_id", MESSAGE.c.agreement_id)
Index("uq_message_message_id", MESSAGE.c.message_id, unique=True)
