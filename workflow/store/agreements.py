"""Agreements as rows: read under a lock, written with a guard on the version that was read."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, insert, literal, or_, select, update

from states.agreement import Agreement
from states.change import Change, Dossier, Record, Status
from states.facts import build
from states.phrase import Refusal
from states.stage import Stage
from workflow.course import facts_of
from workflow.ledger import GENESIS, Entry, entries, stream_of
from workflow.store.ledger import EVENT, append
from workflow.tables import AgreementRow, FactsRow, OccurrenceRow

AGREEMENT, FACTS, OCCURRENCE = (
    AgreementRow.__table__,  # type: ignore[attr-defined]
    FactsRow.__table__,  # type: ignore[attr-defined]
    OccurrenceRow.__table__,  # type: ignore[attr-defined]
)
OCCURRENCES_AT_ONCE = 500


class Conflict(Exception):
    """Another transaction wrote the agreement first; nothing of this one was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A dossier as it stands in the database."""

    id: int
    dossier: Dossier
    head: str
    next_alert_at: datetime | None
    failures: int = 0
    retry_at: datetime | None = None
    last_error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A row that no agreement can be made of: damaged, or written by rules not known here."""

    id: int
    ref: str
    failures: int
    error: str


# Reading -----------------------------------------------------------------------------------------


def _rows() -> Select[Any]:
    joined = select(AGREEMENT, FACTS.c.facts).join(FACTS, FACTS.c.agreement_id == AGREEMENT.c.id)
    return joined.order_by(AGREEMENT.c.ref)


def find(connection: Connection, ref: str, *, lock: bool = False) -> Stored | None:
    """Return the agreement of this reference, locked for writing when asked; None when unknown."""
    query = _rows().where(AGREEMENT.c.ref == ref)
    return next(_read(connection, query.with_for_update(of=AGREEMENT) if lock else query), None)


def locked(connection: Connection, ref: str) -> Stored | Unreadable:
    """Return the row of this reference, locked for writing, even if no agreement can be made.

    Where rows are gone they are made anew, empty: only for who writes them from the ledger.
    """
    query = _rows().where(AGREEMENT.c.ref == ref)
    found = list(_read_all(connection, query.with_for_update(of=AGREEMENT)))
    return found[0] if found else _made_anew(connection, ref)


def _made_anew(connection: Connection, ref: str) -> Unreadable:
    number = connection.execute(select(AGREEMENT.c.id).where(AGREEMENT.c.ref == ref)).scalar()
    if number is None:
        bare = {"ref": ref, "stage": "", "seq": 0, "head": GENESIS, "failures": 0}
        number = connection.execute(insert(AGREEMENT).returning(AGREEMENT.c.id), bare).scalar_one()
    connection.execute(insert(FACTS).values(agreement_id=number, facts="{}"))
    return Unreadable(id=number, ref=ref, failures=0, error="no row")


def gone(connection: Connection) -> list[str]:
    """Return the references that the ledger knows and the register does not."""
    begun = select(EVENT.c.stream).where(EVENT.c.seq == 1, EVENT.c.stream.startswith(stream_of("")))
    known = select(literal(stream_of("")) + AGREEMENT.c.ref).join(
        FACTS, FACTS.c.agreement_id == AGREEMENT.c.id
    )
    lost = connection.execute(begun.where(EVENT.c.stream.not_in(known))).scalars()
    return sorted(stream.removeprefix(stream_of("")) for stream in lost)


def by_id(connection: Connection, number: int) -> Stored:
    """Return the agreement of this row."""
    return next(_read(connection, _rows().where(AGREEMENT.c.id == number)))


def by_ids(connection: Connection, numbers: Collection[int]) -> dict[int, Stored]:
    """Return the agreements of these rows that can be read."""
    every, found = sorted(numbers), dict[int, Stored]()
    for start in range(0, len(every), OCCURRENCES_AT_ONCE):
        some = every[start : start + OCCURRENCES_AT_ONCE]
        for stored in _read(connection, _rows().where(AGREEMENT.c.id.in_(some))):
            found[stored.id] = stored
    return found


def case_owners(connection: Connection, numbers: Collection[int]) -> dict[int, str]:
    """Return the sealed address of the case owner of each of these agreements that has one."""
    every, found = sorted(numbers), dict[int, str]()
    for start in range(0, len(every), OCCURRENCES_AT_ONCE):
        some = every[start : start + OCCURRENCES_AT_ONCE]
        for row in connection.execute(select(FACTS).where(FACTS.c.agreement_id.in_(some))):
            address = json.loads(row.facts).get("case_owner.email")
            if address:
                found[row.agreement_id] = address
    return found


def every(connection: Connection) -> Iterator[Stored]:
    """Yield all agreements that can be read, in order of reference, in batches."""
    return (item for item in each(connection) if isinstance(item, Stored))


def each(connection: Connection) -> Iterator[Stored | Unreadable]:
    """Yield every row, also one of which no agreement can be made."""
    return (item for batch in batches(connection) for item in batch)


def batches(connection: Connection) -> Iterator[list[Stored | Unreadable]]:
    """Yield all rows in batches, in order of reference."""
    last = ""
    while batch := some_after(connection, last):
        yield batch
        last = ref_of(batch[-1])


def some_after(connection: Connection, ref: str) -> list[Stored | Unreadable]:
    """Return the next rows after a reference, in order; none at the end."""
    query = _rows().where(AGREEMENT.c.ref > ref).limit(OCCURRENCES_AT_ONCE)
    return list(_read_all(connection, query))


def ref_of(item: Stored | Unreadable) -> str:
    """Return the reference of an agreement, one that cannot be read included."""
    return item.ref if isinstance(item, Unreadable) else item.dossier.agreement.ref


def of_office(connection: Connection, key: str) -> Iterator[Stored]:
    """Yield the agreements that an office keeps or pays for, in order of reference, in batches."""
    mine = FACTS.c.facts.contains(f'office":"{key}"', autoescape=True)
    last = ""
    while batch := connection.execute(
        _rows().where(AGREEMENT.c.ref > last, mine).limit(OCCURRENCES_AT_ONCE)
    ).all():
        recorded = _recorded(connection, [row.id for row in batch])
        found = (_stored(row, recorded[row.id]) for row in batch)
        yield from (item for item in found if isinstance(item, Stored))
        last = batch[-1].ref


def near(connection: Connection, ref: str) -> list[str]:
    """Return the references that resemble one that was not found."""
    return get_close_matches(ref, list(connection.execute(select(AGREEMENT.c.ref)).scalars()), n=3)


def due(connection: Connection, now: datetime, most: int) -> list[Stored | Unreadable]:
    """Return and lock the agreements of which something is due, the most urgent first.

    One that failed waits until its `retry_at`; one that another daemon holds is skipped.
    """
    query = (
        select(AGREEMENT, FACTS.c.facts)
        .join(FACTS, FACTS.c.agreement_id == AGREEMENT.c.id)
        .where(_is_due(now))
        .order_by(AGREEMENT.c.next_alert_at)
        .limit(most)
        .with_for_update(of=AGREEMENT, skip_locked=True)
    )
    return list(_read_all(connection, query))


def stages(connection: Connection) -> Mapping[str, Stage]:
    """Return the stage of every agreement by its reference."""
    query = select(AGREEMENT.c.ref, AGREEMENT.c.stage)
    return {row.ref: Stage(row.stage) for row in connection.execute(query)}


def stage_of(connection: Connection, ref: str) -> Stage | None:
    """Return the stage of one agreement; None when there is none."""
    query = select(AGREEMENT.c.stage).where(AGREEMENT.c.ref == ref)
    found = connection.execute(query).scalar()
    return Stage(found) if found else None


def anything_due(connection: Connection, now: datetime) -> bool:
    """Tell whether a tick has work, without a lock."""
    return (
        connection.execute(select(AGREEMENT.c.id).where(_is_due(now)).limit(1)).first() is not None
    )


def overdue(connection: Connection, before: datetime) -> list[str]:
    """Return the references of agreements whose next alert should have fired before an instant."""
    query = select(AGREEMENT.c.ref).where(AGREEMENT.c.next_alert_at < before)
    return list(connection.execute(query.order_by(AGREEMENT.c.next_alert_at)).scalars())


def failing(connection: Connection) -> list[tuple[str, int, str]]:
    """Return the agreements whose last firing raised, with how often and what."""
    query = select(AGREEMENT.c.ref, AGREEMENT.c.failures, AGREEMENT.c.last_error)
    return [tuple(row) for row in connection.execute(query.where(AGREEMENT.c.failures > 0))]


def next_look(connection: Connection) -> datetime | None:
    """Return when something is due next."""
    return connection.execute(select(func.min(AGREEMENT.c.next_alert_at))).scalar()


def _is_due(now: datetime) -> Any:
    ready = or_(AGREEMENT.c.retry_at.is_(None), AGREEMENT.c.retry_at <= now)
    return (AGREEMENT.c.next_alert_at <= now) & ready


def _read(connection: Connection, query: Select[Any]) -> Iterator[Stored]:
    return (item for item in _read_all(connection, query) if isinstance(item, Stored))


def _read_all(connection: Connection, query: Select[Any]) -> Iterator[Stored | Unreadable]:
    rows = connection.execute(query).all()
    recorded = _recorded(connection, [row.id for row in rows])
    return (_stored(row, recorded[row.id]) for row in rows)


def _stored(row: Any, recorded: Mapping[str, Record]) -> Stored | Unreadable:
    try:
        agreement = _agreement(row)
    except (Refusal, ValueError, KeyError, TypeError, AttributeError) as error:
        return Unreadable(id=row.id, ref=row.ref, failures=row.failures, error=repr(error))
    return Stored(
        id=row.id,
        dossier=Dossier(agreement=agreement, recorded=recorded, seq=row.seq),
        head=row.head,
        next_alert_at=row.next_alert_at,
        failures=row.failures,
        retry_at=row.retry_at,
        last_error=row.last_error,
    )


def _agreement(row: Any) -> Agreement:
    facts: dict[str, str] = json.loads(row.facts) | {"stage": row.stage}
    return build(Agreement, facts | {"ending": row.ending} if row.ending else facts)


def _recorded(connection: Connection, ids: list[int]) -> Mapping[int, dict[str, Record]]:
    found: dict[int, dict[str, Record]] = {number: {} for number in ids}
    for start in range(0, len(ids), OCCURRENCES_AT_ONCE):
        some = ids[start : start + OCCURRENCES_AT_ONCE]
        for row in connection.execute(
            select(OCCURRENCE).where(OCCURRENCE.c.agreement_id.in_(some))
        ):
            found[row.agreement_id][row.name] = Record(Status(row.status), row.at)
    return found


# Writing -----------------------------------------------------------------------------------------


def create(connection: Connection, change: Change) -> Stored:
    """Insert a new agreement with its first events."""
    return create_all(connection, [change])[0]


def create_all(connection: Connection, changes: list[Change]) -> list[Stored]:
    """Insert many new agreements with their first events, in bulk."""
    if not changes:
        return []
    ledgers = [
        entries(stream_of(change.dossier.agreement.ref), GENESIS, change.events)
        for change in changes
    ]
    numbers = _insert_rows(connection, changes, ledgers)
    facts = [_facts(change.dossier.agreement) for change in changes]
    connection.execute(
        insert(FACTS),
        [{"agreement_id": n, "facts": text} for n, text in zip(numbers, facts, strict=True)],
    )
    append(connection, [row for rows in ledgers for row in rows])
    recorded: list[tuple[Records, Records]] = [({}, c.dossier.recorded) for c in changes]
    _insert_records(connection, dict(zip(numbers, recorded, strict=True)))
    return [
        Stored(id=n, dossier=c.dossier, head=rows[-1].hash, next_alert_at=c.next_alert_at)
        for n, c, rows in zip(numbers, changes, ledgers, strict=True)
    ]


def _insert_rows(
    connection: Connection, changes: list[Change], ledgers: list[list[Entry]]
) -> list[int]:
    """Insert the agreements' own rows; return their numbers in the same order."""
    values = [
        _columns(change, rows) | {"ref": change.dossier.agreement.ref}
        for change, rows in zip(changes, ledgers, strict=True)
    ]
    numbered = insert(AGREEMENT).returning(AGREEMENT.c.id, sort_by_parameter_order=True)
    return list(connection.execute(numbered, values).scalars())


def save(connection: Connection, pairs: list[tuple[Stored, Change]]) -> None:
    """Write what these changes made of agreements; Conflict when one has moved on meanwhile."""
    written = [(stored, change, _entries(stored, change)) for stored, change in pairs]
    _update(connection, written)
    append(connection, [row for _, _, rows in written for row in rows])
    _save_facts(connection, pairs)
    _remove_records(connection, pairs)
    _insert_records(
        connection,
        {stored.id: (stored.dossier.recorded, c.dossier.recorded) for stored, c in pairs},
    )


def _entries(stored: Stored, change: Change) -> list[Entry]:
    return entries(stream_of(change.dossier.agreement.ref), stored.head, change.events)


def _update(connection: Connection, written: list[tuple[Stored, Change, list[Entry]]]) -> None:
    statement = (
        update(AGREEMENT)
        .where(AGREEMENT.c.id == bindparam("row_id"), AGREEMENT.c.seq == bindparam("read_seq"))
        .values({name: bindparam(f"new_{name}") for name in COLUMNS})
    )
    values = [
        {f"new_{name}": value for name, value in _columns(change, rows, stored.head).items()}
        | {"row_id": stored.id, "read_seq": stored.dossier.seq}
        for stored, change, rows in written
    ]
    if connection.execute(statement, values).rowcount != len(written):
        raise Conflict


COLUMNS = ("stage", "ending", "seq", "head", "next_alert_at", "failures", "retry_at", "last_error")


def _columns(change: Change, rows: list[Entry], head: str = GENESIS) -> dict[str, Any]:
    agreement = change.dossier.agreement
    return {
        "stage": agreement.stage.value,
        "ending": agreement.ending and agreement.ending.value,
        "seq": change.dossier.seq,
        "head": rows[-1].hash if rows else head,
        "next_alert_at": change.next_alert_at,
        "failures": 0,
        "retry_at": None,
        "last_error": None,
    }


def _facts(agreement: Agreement) -> str:
    return json.dumps(facts_of(agreement), ensure_ascii=False, separators=(",", ":"))


def _save_facts(connection: Connection, pairs: list[tuple[Stored, Change]]) -> None:
    changed = [
        {"row_id": stored.id, "new_facts": _facts(change.dossier.agreement)}
        for stored, change in pairs
        if any(event.changes for event in change.events)
    ]
    if changed:
        statement = update(FACTS).where(FACTS.c.agreement_id == bindparam("row_id"))
        connection.execute(statement.values(facts=bindparam("new_facts")), changed)


def _remove_records(connection: Connection, pairs: list[tuple[Stored, Change]]) -> None:
    """Forget what was superseded ahead of time and is asked again; what fired stays."""
    for stored, change in pairs:
        again = [name for event in change.events for name in event.reopened]
        if again:
            connection.execute(
                OCCURRENCE.delete().where(
                    OCCURRENCE.c.agreement_id == stored.id,
                    OCCURRENCE.c.name.in_(again),
                    OCCURRENCE.c.status != Status.FIRED.value,
                )
            )


Records = Mapping[str, Record]


def _insert_records(
    connection: Connection, of_agreement: Mapping[int, tuple[Records, Records]]
) -> None:
    rows = [
        {"agreement_id": number, "name": name, "status": record.status.value, "at": record.at}
        for number, (before, after) in of_agreement.items()
        for name, record in after.items()
        if before.get(name) is not record
    ]
    if rows:
        connection.execute(insert(OCCURRENCE), rows)


def write_anew(
    connection: Connection, item: Stored | Unreadable, dossier: Dossier, head: str
) -> Stored:
    """Write the rows of an agreement as its ledger says, whatever they held."""
    agreement = dossier.agreement
    row = {
        "stage": agreement.stage.value,
        "ending": agreement.ending and agreement.ending.value,
        "seq": dossier.seq,
        "head": head,
    }
    connection.execute(update(AGREEMENT).where(AGREEMENT.c.id == item.id).values(row))
    facts = update(FACTS).where(FACTS.c.agreement_id == item.id)
    connection.execute(facts.values(facts=_facts(agreement)))
    connection.execute(OCCURRENCE.delete().where(OCCURRENCE.c.agreement_id == item.id))
    _insert_records(connection, {item.id: ({}, dossier.recorded)})
    return Stored(id=item.id, dossier=dossier, head=head, next_alert_at=None)


def note_failure(
    connection: Connection, stored: Stored | Unreadable, retry_at: datetime, error: str
) -> None:
    """Count a failure, in a transaction of its own."""
    connection.execute(
        update(AGREEMENT)
        .where(AGREEMENT.c.id == stored.id)
        .values(failures=stored.failures + 1, retry_at=retry_at, last_error=error[:500])
    )


def reschedule(connection: Connection, stored: Stored, next_alert_at: datetime | None) -> None:
    """Write the index anew, after a policy was adopted."""
    if stored.next_alert_at != next_alert_at:
        connection.execute(
            update(AGREEMENT)
            .where(AGREEMENT.c.id == stored.id, AGREEMENT.c.seq == stored.dossier.seq)
            .values(next_alert_at=next_alert_at)
        )
