"""Copying rows from one database to another, for simulations."""

from sqlalchemy import Connection, insert, select

from workflow.tables import Row


def copy_rows(
    source: Connection, target: Connection, name: str, agreements: list[int] | None = None
) -> None:
    """Copy a table as it is, or only the rows of these agreements."""
    table = Row.metadata.tables[name]
    query = select(table)
    if agreements is not None:
        owner = table.c.id if name == "agreement" else table.c.agreement_id
        query = query.where(owner.in_(agreements))
    rows = [dict(row) for row in source.execute(query).mappings()]
    if rows:
        target.execute(insert(table), rows)
