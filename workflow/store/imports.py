"""What an import asks of the register, for hundreds of agreements at once."""

from collections.abc import Collection, Iterator, Mapping

from sqlalchemy import Connection, func, select

from workflow.engine.ledger import stream_of
from workflow.store.agreements import readable_facts
from workflow.store.bulk import in_pages, rows_with
from workflow.store.tables import AGREEMENT, EVENT, FACTS


def first_events(connection: Connection, refs: Collection[str]) -> Mapping[str, str]:
    """Return by reference the first event of each of these agreements that is registered."""
    of_stream = {stream_of(ref): ref for ref in refs}
    query = select(EVENT.c.stream, EVENT.c.payload).where(EVENT.c.seq == 1)
    rows = rows_with(connection, query, EVENT.c.stream, of_stream)
    return {of_stream[row.stream]: row.payload for row in rows}


def known_among(connection: Connection, refs: Collection[str]) -> set[str]:
    """Return which of these references are registered."""
    rows = rows_with(connection, select(AGREEMENT.c.ref), AGREEMENT.c.ref, refs)
    return {row.ref for row in rows}


def latest(connection: Connection) -> int:
    """Return the number of the agreement that was registered last; 0 when there is none."""
    return connection.execute(select(func.max(AGREEMENT.c.id))).scalar() or 0


def party_names(connection: Connection, through: int) -> Iterator[str]:
    """Yield the parties' names of the agreements up to a number, in batches."""
    number = FACTS.c.agreement_id
    query = select(number, FACTS.c.facts).where(number <= through)
    for row in in_pages(connection, query, number, 0):
        for path, text in readable_facts(row.facts).items():
            if path.startswith("party.") and path.endswith(".name"):
                yield text
