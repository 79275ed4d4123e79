"""Agreements as rows: read under a lock, written with a guard on the version that was read."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from msgspec import Struct, json

from states.model.agreement import Agreement
from states.model.events import Change, Dossier, Plan, Record, Status
from states.model.facts import build
from states.model.phrase import Phrase, Refusal, say
from states.model.stage import BEFORE_ACTIVE, NEVER_BEGAN, OccurrenceName, Stage
from workflow.engine.decider import facts_text
from workflow.engine.ledger import GENESIS, LedgerEntry, breaks, entries, owner_of, stream_of
from workflow.store import register
from workflow.store.bulk import AT_ONCE, RowValues, insert_all, rows_after, rows_with, update_all
from workflow.store.database import Transaction
from workflow.store.ledger import append, read
from workflow.store.outbox.queries import number_borne
from workflow.store.tables import AGREEMENT, EVENT, FACTS, MESSAGE, OCCURRENCE
from workflow.system.refusals import NotFound, what_is_wrong

QUARANTINED_AFTER = 5  # failures in a row
MOST_FAILURES = 2**31 - 1  # what PostgreSQL keeps
SORTS = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?(\+00:00)?", re.ASCII)
_FACTS = json.Decoder(dict[str, str])  # by path
Recorded = list[Any]  # of a step: its name, its status, and its instant as the driver gives it


class Conflict(Exception):
    """Another transaction wrote the agreement first; nothing of this one was written."""


class Stored(Struct, frozen=True, kw_only=True):
    """A dossier as it stands in the database."""

    id: int
    dossier: Dossier
    head: str
    next_alert_at: datetime | None
    failures: int = 0
    last_error: str | None = None

    @property
    def ref(self) -> str:
        """Return the reference, as every row has one."""
        return self.dossier.agreement.ref

    @property
    def seq(self) -> int:
        """Return the number of the event that was last when this was read."""
        return self.dossier.seq


class Unreadable(Struct, frozen=True, kw_only=True):
    """A row that no agreement can be made of: damaged, or written by rules not known here."""

    id: int
    ref: str
    seq: int
    stage: str
    failures: int
    error: Phrase | str


StoredRow = Stored | Unreadable


# Reading -----------------------------------------------------------------------------------------


READ = ("id", "ref", "stage", "ending", "seq", "head", "failures", "last_error")
# Moments are read as they stand: a damaged one would keep the driver from giving any row.
MOMENT = sa.type_coerce(AGREEMENT.c.next_alert_at, sa.Text).label("moment")
BARE = sa.select(*(AGREEMENT.c[name] for name in READ), MOMENT)
WITH_FACTS = AGREEMENT.outerjoin(FACTS, FACTS.c.agreement_id == AGREEMENT.c.id)
# One that lost its facts is a row as well, and hides no other.
WHOLE = BARE.add_columns(FACTS.c.facts).select_from(WITH_FACTS)
IN_ORDER = WHOLE.order_by(AGREEMENT.c.ref)
NUMBERED = sa.select(AGREEMENT.c.id, AGREEMENT.c.ref)
# Built once: each action, each alert and each look of a daemon asks for them.
OF_REF = AGREEMENT.c.ref == sa.bindparam("of")
ONE = WHOLE.where(OF_REF)
LOCKING = sa.select(AGREEMENT.c.id).where(OF_REF).with_for_update(key_share=True)
THESE = WHOLE.where(AGREEMENT.c.id.in_(sa.bindparam("numbers", expanding=True)))
MOST_URGENT_FIRST = THESE.order_by(AGREEMENT.c.next_alert_at)
SOONEST = sa.select(sa.func.min(AGREEMENT.c.next_alert_at))
IS_DUE = AGREEMENT.c.next_alert_at <= sa.bindparam("now")
ANY_DUE = sa.select(AGREEMENT.c.id).where(IS_DUE).limit(1)
DUE = (
    BARE.where(IS_DUE)
    .order_by(AGREEMENT.c.next_alert_at)
    .limit(sa.bindparam("most", type_=sa.Integer))
    .with_for_update(skip_locked=True, key_share=True)
)


def find(connection: sa.Connection, ref: str, *, lock: bool = False) -> StoredRow | None:
    """Return the agreement of this reference, locked for writing when asked; None when unknown.

    It is locked before it is read: PostgreSQL gives who waited for a row that row as it is by now,
    and what is joined to it as it was before.
    """
    if lock:
        connection.execute(LOCKING, {"of": ref})
    return next(_read_all(connection, ONE, {"of": ref}), None)


def locked(connection: sa.Connection, ref: str) -> StoredRow:
    """Return the row of this reference, locked for writing, even if no agreement can be made.

    A row that is gone is made anew, empty: only for who writes it from the ledger. It gets the
    number that its mails still bear, where SQLite let it go without them, and nobody else's.
    """
    return find(connection, ref, lock=True) or _made_anew(connection, ref)


def _made_anew(connection: sa.Connection, ref: str) -> Unreadable:
    bare: dict[str, Any] = {"ref": ref, "stage": "", "seq": 0, "head": GENESIS, "failures": 0}
    if connection.dialect.name == "sqlite":
        borne = sa.select(AGREEMENT.c.id).union(sa.select(MESSAGE.c.agreement_id)).subquery()
        highest = connection.execute(sa.select(sa.func.max(borne.c.id))).scalar() or 0
        bare["id"] = number_borne(connection, ref, register.read(connection)) or highest + 1
    [number] = connection.execute(sa.insert(AGREEMENT), bare).inserted_primary_key or []
    return Unreadable(id=number, ref=ref, seq=0, stage="", failures=0, error="no row")


def gone(connection: sa.Connection) -> list[str]:
    """Return the references that the ledger knows and the register does not."""
    begun = sa.select(EVENT.c.stream).where(
        EVENT.c.seq == 1, EVENT.c.stream.startswith(stream_of(""))
    )
    known = sa.select(sa.literal(stream_of("")) + AGREEMENT.c.ref)
    lost = connection.execute(begun.where(EVENT.c.stream.not_in(known))).scalars()
    return sorted(ref for _, ref in map(owner_of, lost))


def by_id(connection: sa.Connection, number: int) -> StoredRow:
    """Return the agreement of this row."""
    return next(_read_all(connection, IN_ORDER.where(AGREEMENT.c.id == number)))


def as_they_stand(
    connection: sa.Connection, numbers: Collection[int]
) -> dict[int, tuple[Agreement, int]]:
    """Return these agreements that can be read, with their versions; nothing of their steps."""
    rows = rows_with(connection, WHOLE, AGREEMENT.c.id, numbers)
    found = (stored(row, []) for row in rows)
    return {it.id: (it.dossier.agreement, it.seq) for it in found if isinstance(it, Stored)}


def is_kept_at(connection: sa.Connection, number: int, version: int) -> bool:
    """Tell whether an agreement's last event is this one, and stays so until the commit.

    Nobody is waited for: of one that another transaction is changing the answer is no.
    """
    this = (AGREEMENT.c.id == number) & (AGREEMENT.c.seq == version)
    query = sa.select(AGREEMENT.c.id).where(this).with_for_update(read=True, skip_locked=True)
    return connection.execute(query).first() is not None


def looked_at_before(connection: sa.Connection, moment: datetime) -> Iterator[Stored]:
    """Yield the agreements of which something may fire before an instant, in order of reference.

    What is not in force may be by then, and has alerts that nothing waits for yet.
    """
    is_to_begin = AGREEMENT.c.stage.in_([*map(str, BEFORE_ACTIVE)])
    return every(connection, (AGREEMENT.c.next_alert_at < moment) | is_to_begin)


def case_owners(connection: sa.Connection, numbers: Collection[int]) -> dict[int, str]:
    """Return the token of the case owner's address, of each of these agreements that has one.

    One whose facts cannot be read has none: it holds up nobody else's mail.
    """
    rows = rows_with(connection, sa.select(FACTS), FACTS.c.agreement_id, numbers)
    found = {row.agreement_id: readable_facts(row.facts).get("case_owner.email") for row in rows}
    return {number: address for number, address in found.items() if address}


def readable_facts(text: str) -> Mapping[str, str]:
    """Return facts by path without making an agreement of them; none where they cannot be read."""
    try:
        return _FACTS.decode(text)
    except ValueError:
        return {}


def every(connection: sa.Connection, *only: sa.ColumnElement[bool]) -> Iterator[Stored]:
    """Yield all agreements that can be read, in order of reference, in batches."""
    return (item for item in each(connection, *only) if isinstance(item, Stored))


def each(connection: sa.Connection, *only: sa.ColumnElement[bool]) -> Iterator[StoredRow]:
    """Yield every row, also one of which no agreement can be made."""
    return (item for batch in batches(connection, *only) for item in batch)


def batches(connection: sa.Connection, *only: sa.ColumnElement[bool]) -> Iterator[list[StoredRow]]:
    """Yield all rows in batches, in order of reference."""
    last = ""
    while batch := some_after(connection, last, *only):
        yield batch
        last = batch[-1].ref


def some_after(
    connection: sa.Connection, ref: str, *only: sa.ColumnElement[bool]
) -> list[StoredRow]:
    """Return the next rows after a reference, in order; none at the end."""
    query = IN_ORDER.where(AGREEMENT.c.ref > ref, *only).limit(AT_ONCE)
    return rows_after(ref, "ref", _read_all(connection, query))


def of_office(connection: sa.Connection, key: str) -> Iterator[Stored]:
    """Yield the agreements that an office has a part in, in order of reference, in batches."""
    return every(connection, _is_of(key))


def are_any_of(connection: sa.Connection, key: str, *, before: datetime) -> bool:
    """Tell whether an office has a part in an agreement that was registered by an instant."""
    query = (
        sa.select(AGREEMENT.c.id)
        .join(FACTS, FACTS.c.agreement_id == AGREEMENT.c.id)
        .join(EVENT, ITS_STREAM & (EVENT.c.seq == 1))
        .where(_is_of(key), EVENT.c.at <= before)
    )
    return connection.execute(query.limit(1)).first() is not None


def _is_of(key: str) -> sa.ColumnElement[bool]:
    return FACTS.c.facts.contains(f'office":"{key}"', autoescape=True)


def count(connection: sa.Connection) -> int:
    """Return how many agreements there are."""
    return connection.execute(sa.select(sa.func.count()).select_from(AGREEMENT)).scalar_one()


def by_stage(connection: sa.Connection) -> dict[str, int]:
    """Return how many agreements stand in each stage that has any."""
    query = sa.select(AGREEMENT.c.stage, sa.func.count()).group_by(AGREEMENT.c.stage)
    return dict(connection.execute(query).all())


def is_registered(connection: sa.Connection, ref: str) -> bool:
    """Tell whether an agreement has exactly this reference."""
    query = sa.select(AGREEMENT.c.id).where(AGREEMENT.c.ref == ref)
    return connection.execute(query).first() is not None


def titles(connection: sa.Connection) -> dict[str, tuple[str, ...]]:
    """Return the titles of each agreement by its reference, in order; of a damaged one none."""
    query = sa.select(AGREEMENT.c.ref, FACTS.c.facts).select_from(WITH_FACTS)
    found = connection.execute(query.order_by(AGREEMENT.c.ref))
    return {str(ref): _titles_in(facts) for ref, facts in found}  # SQLite keeps bytes as one


def _titles_in(text: str | None) -> tuple[str, ...]:
    facts = readable_facts(text or "{}")
    return tuple(facts[name] for name in ("short_title", "title") if name in facts) or ("",)


def due(connection: sa.Connection, now: datetime, most: int) -> list[StoredRow]:
    """Return and lock the agreements of which something is due, the most urgent first."""
    return whole(connection, [row.id for row in due_rows(connection, now, most)])


def due_rows(
    connection: sa.Connection, now: datetime, most: int, only: int | None = None
) -> Sequence[sa.Row[Any]]:
    """Return and lock the rows of which something is due, the most urgent first.

    One that another daemon holds is skipped; with `only` no other row than this one is asked for.
    PostgreSQL would give a row that was written meanwhile with the facts that it had before.
    """
    query: sa.Select[Any] = DUE if only is None else DUE.where(AGREEMENT.c.id == only)
    return connection.execute(query, {"now": now, "most": most}).all()


def whole(connection: sa.Connection, numbers: Sequence[int]) -> list[StoredRow]:
    """Return agreements that are locked already, with everything recorded; most urgent first."""
    return [*_read_all(connection, MOST_URGENT_FIRST, {"numbers": numbers})] if numbers else []


def stages(
    connection: sa.Connection, only: Collection[str | None] | None = None
) -> Mapping[str, Stage]:
    """Return the stage of every agreement, or of some, by reference; of an unknown stage, none."""
    query = sa.select(AGREEMENT.c.ref, AGREEMENT.c.stage).where(AGREEMENT.c.stage.in_([*Stage]))
    query = query if only is None else query.where(AGREEMENT.c.ref.in_(only))
    return {row.ref: Stage(row.stage) for row in connection.execute(query)}


def never_began(
    connection: sa.Connection, only: Collection[str | None] | None = None
) -> frozenset[str]:
    """Return the references of every agreement, or of some, that was withdrawn or rejected."""
    query = sa.select(AGREEMENT.c.ref).where(AGREEMENT.c.ending.in_([*NEVER_BEGAN]))
    query = query if only is None else query.where(AGREEMENT.c.ref.in_(only))
    return frozenset(connection.scalars(query))


def anything_due(connection: sa.Connection, now: datetime) -> bool:
    """Tell whether a tick has work, without a lock."""
    return connection.execute(ANY_DUE, {"now": now}).first() is not None


def overdue(connection: sa.Connection, before: datetime) -> list[str]:
    """Return the references of agreements whose next alert should have fired before an instant."""
    query = sa.select(AGREEMENT.c.ref).where(AGREEMENT.c.next_alert_at < before)
    return list(connection.execute(query.order_by(AGREEMENT.c.next_alert_at)).scalars())


def failing(connection: sa.Connection) -> list[tuple[str, int, str]]:
    """Return the agreements whose last firing raised, with how often in a row and what."""
    query = sa.select(AGREEMENT.c.ref, AGREEMENT.c.failures, AGREEMENT.c.last_error)
    fails = query.where(AGREEMENT.c.failures > 0).order_by(AGREEMENT.c.ref)
    return [tuple(row) for row in connection.execute(fails)]


def failed_lately(connection: sa.Connection) -> Iterator[list[StoredRow]]:
    """Yield the agreements whose last firing raised and that wait no hour yet, in batches."""
    return batches(connection, AGREEMENT.c.failures.between(1, QUARANTINED_AFTER - 1))


def unreadable(connection: sa.Connection) -> Iterator[Unreadable]:
    """Yield every row that no agreement can be made of, tried or not."""
    return (item for item in each(connection) if isinstance(item, Unreadable))


def next_look(connection: sa.Connection) -> datetime | None:
    """Return when something is due next."""
    return connection.execute(SOONEST).scalar()


def _read_all(
    connection: sa.Connection, query: sa.Select[Any], places: Mapping[str, object] | None = None
) -> Iterator[StoredRow]:
    rows = connection.execute(query, places).all()
    recorded = recorded_of(connection, [row.id for row in rows])
    return (stored(row, recorded[row.id]) for row in rows)


def stored(row: sa.Row[Any], steps: list[Recorded]) -> StoredRow:
    """Return what a row holds."""
    try:
        agreement = agreement_of(row)
        if agreement.ref != row.ref:  # whoever goes through the rows goes by the row's own
            raise ValueError(f"its facts are those of {agreement.ref}")  # noqa: TRY301
        if not isinstance(row.seq, int):  # SQLite keeps any text as one
            raise TypeError(f"its last event is number {row.seq}")  # noqa: TRY301
        if row.failures < 0:
            raise ValueError(f"its failures are counted as {row.failures}")  # noqa: TRY301
        return Stored(
            id=row.id,
            dossier=Dossier(agreement=agreement, recorded=_records(steps), seq=row.seq),
            head=row.head,
            next_alert_at=None if row.moment is None else moment_of(row.moment),
            failures=row.failures,
            last_error=row.last_error,
        )
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one row stays with it
        return Unreadable(
            id=row.id,
            ref=row.ref,
            seq=row.seq,
            stage=row.stage,
            failures=row.failures,
            error=what_is_wrong(error),
        )


def moment_of(value: datetime | str) -> datetime:
    """Return an instant as PostgreSQL gives it, or as SQLite keeps it: UTC, without saying so.

    SQLite compares texts: in any other form than this one it would be due at another moment.
    """
    if isinstance(value, str) and not SORTS.fullmatch(value):
        raise ValueError(f"no instant: {value}")
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def agreement_of(row: sa.Row[Any]) -> Agreement:
    """Return the agreement that a row's facts make; raises whatever is wrong with them."""
    facts = _FACTS.decode(row.facts) | {"stage": row.stage}
    return build(Agreement, facts | {"ending": row.ending} if row.ending else facts)


STEPS = sa.select(
    *(OCCURRENCE.c[name] for name in ("agreement_id", "name", "status")),
    sa.type_coerce(OCCURRENCE.c.at, sa.Text),
)


def recorded_of(connection: sa.Connection, ids: list[int]) -> Mapping[int, list[Recorded]]:
    """Return what was recorded of each agreement's steps, as it stands: name, status, instant."""
    found: dict[int, list[Recorded]] = {number: [] for number in ids}
    for row in rows_with(connection, STEPS, OCCURRENCE.c.agreement_id, ids):
        found[row.agreement_id].append([*row[1:]])
    return found


def _records(rows: list[Recorded]) -> dict[str, Record]:
    """Return what was recorded; raises for a rule, a step or a status that is not known here."""
    for name, _, _ in rows:
        OccurrenceName.parse(name)
    return {name: _record(status, moment) for name, status, moment in rows}


@lru_cache(maxsize=4096)
def _record(status: str, moment: datetime | str) -> Record:
    """Return what was recorded: most of what fires at one instant is the same."""
    return Record(Status(status), moment_of(moment))


# Writing -----------------------------------------------------------------------------------------


def create(connection: sa.Connection, changes: list[Change]) -> list[int]:
    """Insert new agreements with their first events, in bulk; return their numbers in order."""
    if not changes:
        return []
    ledgers = [*map(_entries, changes)]
    values = [
        _columns(change, rows) | {"ref": change.dossier.agreement.ref}
        for change, rows in zip(changes, ledgers, strict=True)
    ]
    insert_all(connection, AGREEMENT, values)
    refs = [value["ref"] for value in values]
    known = {row.ref: row.id for row in rows_with(connection, NUMBERED, AGREEMENT.c.ref, refs)}
    numbers = [known[ref] for ref in refs]
    rows = [
        {"agreement_id": number, **_facts_and_plan(change)}
        for number, change in zip(numbers, changes, strict=True)
    ]
    insert_all(connection, FACTS, rows)
    append(connection, [row for rows in ledgers for row in rows])
    recorded: list[tuple[Records, Records]] = [({}, c.dossier.recorded) for c in changes]
    insert_records(connection, dict(zip(numbers, recorded, strict=True)))
    return numbers


def save(connection: sa.Connection, pairs: list[tuple[Stored, Change]]) -> None:
    """Write what these changes made of agreements; Conflict when one has moved on meanwhile."""
    written = [(stored, change, _entries(change, stored.head)) for stored, change in pairs]
    values = [_columns(change, rows, stored.head) for stored, change, rows in written]
    found = [{"id": stored.id, "seq": stored.seq} for stored, _ in pairs]
    advance(connection, found, values, [rows for _, _, rows in written])
    _save_facts(connection, pairs)
    _remove_records(connection, pairs)
    insert_records(
        connection,
        {stored.id: (stored.dossier.recorded, c.dossier.recorded) for stored, c in pairs},
    )


ITS_STREAM = EVENT.c.stream == sa.literal(stream_of("")) + AGREEMENT.c.ref
# An event says the stage, and next to it how the agreement ended, if it did: as the row has them.
# An empty ending is read as none, so it is none here: nothing would mend it, and no alert leave.
ENDED = sa.literal(',"ending":"')
STAGE = sa.literal('"to":"') + AGREEMENT.c.stage + '"'
STAGE += sa.func.coalesce(ENDED + sa.func.nullif(AGREEMENT.c.ending, "") + '"', "")
ITS_STAGE = EVENT.c.payload.contains(STAGE) & ~EVENT.c.payload.contains(STAGE + ENDED)
ITS_LAST = (
    ITS_STREAM & (EVENT.c.seq == AGREEMENT.c.seq) & (EVENT.c.hash == AGREEMENT.c.head) & ITS_STAGE
)
# A scratch copy has no event of before: what is there is asked to follow.
ASTRAY = (
    sa.select(AGREEMENT.c.ref)
    .where(AGREEMENT.c.id.in_(sa.bindparam("numbers", expanding=True)))
    .where(~sa.exists().where(ITS_LAST), sa.exists().where(ITS_STREAM))
)


def advance(
    connection: sa.Connection, found: RowValues, values: RowValues, ledgers: list[list[LedgerEntry]]
) -> None:
    """Write agreements and append their events; Conflict when one is not as it was found.

    Raises Damaged, before anything is written, when one is not where its ledger ends: an event
    that did not follow could never be mended, and what its row says of the stage, and of how it
    ended, would be told by the ledger from then on.
    """
    _refuse_astray(connection, [row["id"] for row in found])
    if update_all(connection, AGREEMENT, values, found) != len(found):
        raise Conflict
    append(connection, [row for rows in ledgers for row in rows])


def _refuse_astray(connection: sa.Connection, numbers: list[int]) -> None:
    """Refuse to write what can be mended first; a chain that is broken has nothing to lose by it.

    An alert that waited until that was mended would never leave.
    """
    for ref in connection.execute(ASTRAY, {"numbers": numbers}).scalars().all():
        stream = stream_of(ref)
        if not any(breaks(stream, read(connection, stream))):
            raise Damaged(
                say(
                    "{ref} is not where its ledger ends, so nothing is written. The daemon mends it"
                    " within a day; see: looptijd verify",
                    ref=ref,
                )
            )


def _entries(change: Change, head: str = GENESIS) -> list[LedgerEntry]:
    return entries(stream_of(change.dossier.agreement.ref), head, change.events)


def _columns(change: Change, rows: list[LedgerEntry], head: str = GENESIS) -> dict[str, Any]:
    last = rows[-1].hash if rows else head
    return {
        **_stage_columns(change.dossier, last),
        "next_alert_at": change.next_alert_at,
        **HEALTHY,
    }


def _stage_columns(dossier: Dossier, head: str) -> dict[str, Any]:
    agreement = dossier.agreement
    return {
        "stage": agreement.stage.value,
        "ending": agreement.ending and agreement.ending.value,
        "seq": dossier.seq,
        "head": head,
    }


HEALTHY: Mapping[str, Any] = {"failures": 0, "last_error": None}


def _facts_and_plan(change: Change) -> dict[str, Any]:
    return {"facts": facts_text(change.dossier.agreement), "plan": _plan_text(change.plan)}


def _save_facts(connection: sa.Connection, pairs: list[tuple[Stored, Change]]) -> None:
    """Write what fires next of each, and the facts of those that changed."""
    changed = [pair for pair in pairs if any(event.changes for event in pair[1].events)]
    same = [pair for pair in pairs if not any(event.changes for event in pair[1].events)]
    plans = [{"plan": _plan_text(change.plan)} for _, change in same]
    update_all(connection, FACTS, plans, [{"agreement_id": stored.id} for stored, _ in same])
    both = [_facts_and_plan(change) for _, change in changed]
    update_all(connection, FACTS, both, [{"agreement_id": stored.id} for stored, _ in changed])


def plan_of(text: str | None) -> Plan | None:
    """Return a plan as it is kept beside the facts; None for what is none."""
    with suppress(ValueError):
        seq, key, steps = (text or "").split(" ", 2)
        return Plan(seq=int(seq), key=key, steps=steps)
    return None


def _plan_text(plan: Plan | None) -> str | None:
    return f"{plan.seq} {plan.key} {plan.steps}" if plan else None


def _remove_records(connection: sa.Connection, pairs: list[tuple[Stored, Change]]) -> None:
    """Forget what was superseded ahead of time and is asked again; what fired stays."""
    for stored, change in pairs:
        again = [name for event in change.events for name in event.reopened]
        if again:
            these = (OCCURRENCE.c.agreement_id == stored.id) & OCCURRENCE.c.name.in_(again)
            unfired = OCCURRENCE.c.status != Status.FIRED.value
            connection.execute(OCCURRENCE.delete().where(these, unfired))


Records = Mapping[str, Record]


def insert_records(
    connection: sa.Connection, of_agreement: Mapping[int, tuple[Records, Records]]
) -> None:
    """Keep of each agreement what is recorded after, and was not before."""
    rows = [
        {"agreement_id": number, "name": name, "status": record.status.value, "at": record.at}
        for number, (before, after) in of_agreement.items()
        for name, record in after.items()
        if before.get(name) is not record
    ]
    insert_all(connection, OCCURRENCE, rows)


def write_anew(connection: sa.Connection, item: StoredRow, dossier: Dossier, head: str) -> Stored:
    """Write the rows of an agreement as its ledger says, whatever they held."""
    statement = sa.update(AGREEMENT).where(AGREEMENT.c.id == item.id)
    connection.execute(statement.values(_stage_columns(dossier, head)))
    known = FACTS.c.agreement_id == item.id
    facts = {"facts": facts_text(dossier.agreement), "plan": None}
    if not connection.execute(sa.update(FACTS).where(known).values(facts)).rowcount:
        connection.execute(sa.insert(FACTS).values(agreement_id=item.id, **facts))
    connection.execute(OCCURRENCE.delete().where(OCCURRENCE.c.agreement_id == item.id))
    insert_records(connection, {item.id: ({}, dossier.recorded)})
    return Stored(id=item.id, dossier=dossier, head=head, next_alert_at=None)


def ownerless(connection: sa.Connection) -> Sequence[int]:
    """Return the numbers of facts and records whose agreement's row SQLite let go without them."""
    if connection.dialect.name != "sqlite":
        return ()
    owners = (sa.select(table.c.agreement_id).distinct() for table in (FACTS, OCCURRENCE))
    owner = sa.union(*owners).subquery().c.agreement_id
    no_more = owner.not_in(sa.select(AGREEMENT.c.id))
    return connection.execute(sa.select(owner).where(no_more)).scalars().all()


def remove_ownerless(connection: sa.Connection, numbers: Sequence[int]) -> None:
    """Remove the facts and records under these numbers, if they are still no agreement's."""
    for table in (FACTS, OCCURRENCE):
        theirs = table.c.agreement_id.in_(numbers)
        no_more = table.c.agreement_id.not_in(sa.select(AGREEMENT.c.id))
        connection.execute(table.delete().where(theirs, no_more))


def note_failure(
    connection: sa.Connection, stored: StoredRow, retry_at: datetime, error: str
) -> bool:
    """Count a failure, in a transaction of its own; False when somebody was first.

    The row is not due before it is tried again: one that keeps failing stands in nobody's way.
    """
    failures = failures_with(stored)
    uncounted = AGREEMENT.c.failures != failures  # nor is what is no number
    values = {"failures": failures, "next_alert_at": retry_at, "last_error": error[:500]}
    noted = connection.execute(_as_it_was(stored).where(uncounted).values(values))
    return noted.rowcount == 1


def failures_with(stored: StoredRow) -> int:
    """Return how often in a row it has failed with this time; what is no such count begins anew."""
    return stored.failures + 1 if 0 <= stored.failures < MOST_FAILURES else 1


def look_anew(connection: sa.Connection, now: datetime, *, only: int | None = None) -> None:
    """Let what fails be tried at the next tick: one agreement as if for the first time, or all."""
    statement = sa.update(AGREEMENT).values(next_alert_at=now)
    if only is None:
        connection.execute(statement.where(AGREEMENT.c.failures > 0))
    else:
        connection.execute(statement.where(AGREEMENT.c.id == only).values(HEALTHY))


def reschedule(connection: sa.Connection, stored: Stored, next_alert_at: datetime | None) -> None:
    """Write the index anew: a policy was adopted, or an agreement that failed does no more."""
    if stored.failures or stored.next_alert_at != next_alert_at:
        values = {**HEALTHY, "next_alert_at": next_alert_at}
        connection.execute(_as_it_was(stored).values(values))


def _as_it_was(stored: StoredRow) -> sa.Update:
    """Update an agreement's row, if it did not move on since it was read."""
    return sa.update(AGREEMENT).where(AGREEMENT.c.id == stored.id, AGREEMENT.c.seq == stored.seq)


class Damaged(Refusal):
    """The row of an agreement cannot be read; its ledger may still tell everything."""

    exit_code = 1


def the_agreement(connection: Transaction, ref: str, *, lock: bool = False) -> Stored:
    """Return an agreement; raises NotFound, or Damaged when its row cannot be read."""
    return readable(the_row(connection, ref, lock=lock))


def readable(stored: StoredRow) -> Stored:
    """Return an agreement that can be read; raises Damaged."""
    if isinstance(stored, Stored):
        return stored
    raise Damaged(
        say(
            "{ref} is registered but cannot be read: {error}."
            " Nothing was deleted; see: looptijd history {ref}",
            ref=stored.ref,
            error=stored.error.rstrip(".") if isinstance(stored.error, str) else stored.error,
        )
    )


def the_row(connection: Transaction, ref: str, *, lock: bool = False) -> StoredRow:
    """Return an agreement's row, readable or not; NotFound names the nearest references."""
    stored = find(connection, ref, lock=lock)
    if stored is None:
        query = sa.select(AGREEMENT.c.ref).order_by(AGREEMENT.c.ref)
        names = get_close_matches(ref, list(connection.execute(query).scalars()), n=3)
        hint = (
            say("Did you mean {near}?", near=", ".join(names))
            if names
            else say("See: looptijd list")
        )
        raise NotFound(say("There is no agreement “{ref}”. {hint}", ref=ref, hint=hint))
    return stored
