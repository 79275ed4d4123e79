"""The peer of `reading`: a script with the same database library that prints what one query gives.

With a FILE it prints every agreement, with a FILE and a REF one of them and its facts.
"""

import sys
from collections.abc import Iterator

from sqlmodel import Field, Session, SQLModel, create_engine, select


class Agreement(SQLModel, table=True):
    """The row of an agreement."""

    id: int = Field(primary_key=True)
    ref: str
    stage: str
    ending: str | None
    next_alert_at: str | None


class Facts(SQLModel, table=True):
    """The facts of an agreement."""

    agreement_id: int = Field(primary_key=True)
    facts: str


def _rows(session: Session, refs: list[str]) -> Iterator[tuple[str, ...]]:
    if not refs:
        for row in session.exec(select(Agreement).order_by(Agreement.ref)):
            yield row.ref, row.stage, row.ending or "", row.next_alert_at or ""
        return
    query = select(Agreement, Facts).where(Agreement.id == Facts.agreement_id)
    for row, facts in session.exec(query.where(Agreement.ref == refs[0])):
        yield row.ref, row.stage, row.ending or "", row.next_alert_at or "", facts.facts


if __name__ == "__main__":
    with Session(create_engine(f"sqlite:///{sys.argv[1]}")) as opened:
        for cells in _rows(opened, sys.argv[2:]):
            sys.stdout.write("  ".join(cells) + "\n")
