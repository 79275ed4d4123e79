"""What an import asks of the register and keeps in it, for hundreds of agreements at once."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping

from sqlalchemy import Connection, func, insert, select

from workflow.engine.ledger import stream_of
from workflow.engine.private_values import Private
from workflow.store.agreements import AGREEMENT, FACTS
from workflow.store.ledger import EVENT, PRIVATE

AT_ONCE = 500


def first_events(connection: Connection, refs: Collection[str]) -> Mapping[str, str]:
    """Return by reference the first event of each of these agreements that is registered."""
    of_stream = {stream_of(ref): ref for ref in refs}
    query = select(EVENT.c.stream, EVENT.c.payload).where(
        EVENT.c.stream.in_(of_stream), EVENT.c.seq == 1
    )
    return {of_stream[row.stream]: row.payload for row in connection.execute(query)}


def known_among(connection: Connection, refs: Collection[str]) -> set[str]:
    """Return which of these references are registered."""
    found: set[str] = set()
    ordered = sorted(refs)
    for start in range(0, len(ordered), AT_ONCE):
        some = ordered[start : start + AT_ONCE]
        found.update(
            connection.execute(select(AGREEMENT.c.ref).where(AGREEMENT.c.ref.in_(some))).scalars()
        )
    return found


def latest(connection: Connection) -> int:
    """Return the number of the agreement that was registered last; 0 when there is none."""
    return connection.execute(select(func.max(AGREEMENT.c.id))).scalar() or 0


def party_names(connection: Connection, through: int) -> Iterator[str]:
    """Yield the parties' names of the agreements up to a number, in batches."""
    last = 0
    query = (
        select(FACTS.c.agreement_id, FACTS.c.facts)
        .where(FACTS.c.agreement_id <= through)
        .order_by(FACTS.c.agreement_id)
    )
    while rows := connection.execute(query.where(FACTS.c.agreement_id > last).limit(AT_ONCE)).all():
        for row in rows:
            facts: dict[str, str] = json.loads(row.facts)
            yield from (text for path, text in facts.items() if _is_party_name(path))
        last = rows[-1].agreement_id


def _is_party_name(path: str) -> bool:
    return path.startswith("party.") and path.endswith(".name")


def keep_private(connection: Connection, of_stream: Iterable[tuple[str, list[Private]]]) -> None:
    """Keep the private values of many streams apart from the ledger, under their tokens."""
    values = [
        {"token": item.token, "stream": stream, "salt": item.salt, "value": item.value}
        for stream, privates in of_stream
        for item in privates
    ]
    if values:
        connection.execute(insert(PRIVATE), values)
