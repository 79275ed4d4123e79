"""The register's own row, the adopted policies, and the daemons' signs of life."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from msgspec import Struct

from states.model.events import ENGINE, Event, FactChange
from states.model.facts import difference
from workflow.engine.ledger import entries, fold
from workflow.engine.private_values import Envelope
from workflow.store import ledger
from workflow.store.columns import NO_LATER
from workflow.store.tables import EVENT, HEARTBEAT, MESSAGE, POLICY, REGISTER
from workflow.system.state_folder import NEVER, Mark

STREAM = "register"


class Register(Struct, frozen=True, kw_only=True):
    """The register's own row, as it was read."""

    id: int
    uid: str
    installation: str
    rules_version: int
    created_at: datetime
    high_water: datetime | None
    clock_held: str | None
    restored: str | None
    adoptions: int | None
    reconciled_at: datetime | None


class Heartbeat(Struct, frozen=True, kw_only=True):
    """The last sign of life of a daemon, with what failed, if anything did."""

    daemon: str
    at: datetime
    last_error: str | None


def exists(connection: sa.Connection) -> bool:
    """Tell whether the database was initialised."""
    there = bool(sa.inspect(connection).has_table("register"))
    return there and connection.execute(sa.select(REGISTER.c.id)).first() is not None


def read(connection: sa.Connection) -> Register:
    """Return the register's row."""
    return _row(connection.execute(ROW).one())


def _row(values: Iterable[Any]) -> Register:
    return Register(**dict(zip(COLUMNS, values, strict=True)))


def lock(connection: sa.Connection) -> None:
    """Let nobody else change the register's row until this transaction ends."""
    connection.execute(sa.select(REGISTER.c.id).with_for_update())


def mark(connection: sa.Connection) -> Mark:
    """Return how far the register has come."""
    return read_with_mark(connection)[1]


def read_with_mark(connection: sa.Connection) -> tuple[Register, Mark]:
    """Return the register's row, and how far it has come: both look-ups take an index's end."""
    *found, events, handed = connection.execute(WITH_MARK).one()
    row = _row(found)
    return row, Mark(
        register=row.uid,
        adoptions=row.adoptions or 0,
        events=events or 0,
        handed_at=max(handed or NEVER, NEVER),  # one that is none is read as of long before
    )


# Built once: every transaction that writes asks for them. `handed_at` is said aloud to be there, or
# SQLite reads the whole outbox, and to be an instant.
ROW, COLUMNS = sa.select(REGISTER), tuple(REGISTER.c.keys())
POLICIES = sa.select(POLICY).order_by(POLICY.c.id)
PASSED = REGISTER.c.high_water < sa.bindparam("now")
RAISED, BEGUN = (
    sa.update(REGISTER).where(condition).values(high_water=sa.bindparam("now"))
    for condition in (PASSED, PASSED | REGISTER.c.high_water.is_(None))
)
WITH_MARK = sa.select(
    REGISTER,
    sa.select(sa.func.max(EVENT.c.number)).scalar_subquery().label("events"),
    sa.select(sa.func.max(MESSAGE.c.handed_at))
    .where(MESSAGE.c.handed_at < NO_LATER)
    .scalar_subquery()
    .label("handed"),
)


def unknown_since(connection: sa.Connection, kept: Mark | None) -> datetime | None:
    """Return since when something has happened that a mark does not know of; None: nothing."""
    number, handed = (kept.events, kept.handed_at) if kept else (0, NEVER)
    event = sa.select(sa.func.min(EVENT.c.at)).where(EVENT.c.number > number)
    left = (MESSAGE.c.handed_at > handed) & (MESSAGE.c.handed_at < NO_LATER)
    mail = sa.select(sa.func.min(MESSAGE.c.handed_at)).where(left)
    moments = [connection.execute(query).scalar() for query in (event, mail)]
    return min(filter(None, moments), default=None)


def create(connection: sa.Connection, **values: Any) -> None:
    """Insert the register's row."""
    connection.execute(sa.insert(REGISTER).values(id=1, **values))


def change(connection: sa.Connection, **values: Any) -> None:
    """Change the register's row."""
    connection.execute(sa.update(REGISTER).values(values))


def raise_high_water(connection: sa.Connection, now: datetime, *, begin: bool = False) -> None:
    """Raise the latest instant that this register has seen; it never falls.

    The mark begins with the first tick (`begin`); operators' writes only advance it.
    """
    connection.execute(BEGUN if begin else RAISED, {"now": now})


# Policies ----------------------------------------------------------------------------------------


def adopted(connection: sa.Connection) -> tuple[tuple[datetime, str], ...]:
    """Return when each policy was adopted, and its text, the oldest first.

    Who writes by them keeps others from adopting: else what is written by the old one, while
    everything is derived by the new one, would stay so.
    """
    if connection.get_execution_options().get("immediate"):
        work_beside_others(connection)
    return tuple((row.adopted_at, row.payload) for row in connection.execute(POLICIES))


def work_beside_others(connection: sa.Connection) -> None:
    """Let nobody adopt a policy or erase a person until this transaction ends.

    It is asked before any row: who works alone asks in that order as well.
    """
    _hold(connection, BESIDE_OTHERS)


def work_alone(connection: sa.Connection) -> None:
    """Wait for who writes by the policy in force and with the names that are known; others wait."""
    _hold(connection, ALONE)


def enter_alone(connection: sa.Connection) -> None:
    """Wait for who else brings agreements in: of two that bring the same, the second sees it."""
    _hold(connection, ENTERING_ALONE)


def _hold(connection: sa.Connection, lock: sa.Select[Any]) -> None:
    """Ask for a lock until the transaction ends; SQLite lets one write at a time."""
    if connection.dialect.name == "postgresql":
        connection.execute(lock)


WORKING, ENTERING = 0x4C6F6F70, 0x4C6F6F71  # any numbers that nobody else locks in this database
BESIDE_OTHERS = sa.select(sa.func.pg_advisory_xact_lock_shared(WORKING))
ALONE = sa.select(sa.func.pg_advisory_xact_lock(WORKING))
ENTERING_ALONE = sa.select(sa.func.pg_advisory_xact_lock(ENTERING))


def adopt(connection: sa.Connection, now: datetime, payload: str) -> None:
    """Put a policy in force."""
    connection.execute(sa.insert(POLICY).values(adopted_at=now, payload=payload))


# Heartbeats --------------------------------------------------------------------------------------


BY_HAND = "tick"  # the sign of life of `looptijd tick`
STOPPED = "stopped"  # when a daemon was last stopped on purpose; a daemon's own name has a colon
MISSED_FOR = timedelta(weeks=1)
WORK = "@"  # begins the name of work that is done now and then, and leaves its sign here as well


BEAT = sa.text(
    "INSERT INTO heartbeat (daemon, at, last_error) VALUES (:daemon, :at, :last_error)"
    " ON CONFLICT (daemon) DO UPDATE SET at = excluded.at, last_error = excluded.last_error"
).bindparams(sa.bindparam("at", type_=HEARTBEAT.c.at.type))


IS_WORK = HEARTBEAT.c.daemon.startswith(WORK)
IS_GREETING = HEARTBEAT.c.daemon.startswith(f"{WORK}relay ")
IS_DAEMON = ~IS_WORK & (HEARTBEAT.c.daemon != STOPPED)
WATCHED = sa.select(HEARTBEAT.c.daemon).where(IS_DAEMON, HEARTBEAT.c.daemon != BY_HAND).limit(1)


def is_watched(connection: sa.Connection) -> bool:
    """Tell whether a daemon watches, or did and was not stopped on purpose."""
    return connection.execute(WATCHED).first() is not None


def beat(connection: sa.Connection, daemon: str, now: datetime, error: str | None) -> None:
    """Leave a sign of life; of two that leave the same at once the last one stands.

    A daemon that looks ends what is kept of one that fell away, when a week was enough to miss it,
    and how its relay answered it.
    """
    connection.execute(BEAT, {"daemon": daemon, "at": now, "last_error": error})
    if ":" in daemon and not daemon.startswith(WORK):
        is_old = HEARTBEAT.c.at < now - MISSED_FOR
        connection.execute(sa.delete(HEARTBEAT).where(IS_DAEMON | IS_GREETING, is_old))


def heartbeats(connection: sa.Connection) -> list[Heartbeat]:
    """Return the last sign of life of each daemon."""
    query = sa.select(HEARTBEAT).where(IS_DAEMON).order_by(HEARTBEAT.c.daemon)
    return [Heartbeat(**row) for row in connection.execute(query).mappings()]


def work_done(connection: sa.Connection) -> dict[str, Heartbeat]:
    """Return when each work was last done, such as `backup` or `relay HOST`, and what failed."""
    query = sa.select(HEARTBEAT).where(IS_WORK).order_by(HEARTBEAT.c.daemon)
    rows = connection.execute(query).mappings()
    return {row["daemon"].removeprefix(WORK): Heartbeat(**row) for row in rows}


def stopped_at(connection: sa.Connection) -> datetime | None:
    """Return when a daemon was last stopped on purpose, or None."""
    query = sa.select(HEARTBEAT.c.at).where(HEARTBEAT.c.daemon == STOPPED)
    return connection.execute(query).scalar()


def sign_off(connection: sa.Connection, daemon: str, now: datetime) -> None:
    """Replace the sign of life of a daemon that is stopped on purpose by when that was."""
    connection.execute(sa.delete(HEARTBEAT).where(HEARTBEAT.c.daemon == daemon))
    beat(connection, STOPPED, now, None)


def no_sign_after(connection: sa.Connection, now: datetime) -> None:
    """Let no sign that a clock left which was ahead hide for years that none came since."""
    connection.execute(sa.update(HEARTBEAT).where(HEARTBEAT.c.at > now).values(at=now))


def facts(connection: sa.Connection) -> dict[str, str]:
    """Return what the register's own rows say, as facts of path and text."""
    row = read(connection)
    policies = {
        f"policy.{policy.id}": f"{_moment(policy.adopted_at)} {policy.payload}"
        for policy in connection.execute(POLICIES)
    }
    return {"uid": row.uid, "installation": row.installation, **policies}


def is_begun(connection: sa.Connection) -> bool:
    """Tell whether the stream exists: a register of an older release has none."""
    return ledger.end(connection, STREAM)[0] > 0


def note(connection: sa.Connection, **parts: Any) -> None:
    """Append an event to the register's stream."""
    lock(connection)
    seq, head = ledger.end(connection, STREAM)
    ledger.append(connection, entries(STREAM, head, [Event(seq=seq + 1, **parts)]))


def note_by(connection: sa.Connection, by: str, **what: Any) -> None:
    """Append what changed of the register itself, the actor a token; `what`: action and moment."""
    lock(connection)
    known = fold(ledger.events(connection, STREAM)).facts
    changes = tuple(FactChange(*change) for change in difference(known, facts(connection)))
    envelope = Envelope()
    actor = by if by == ENGINE else envelope.keep(by)
    note(connection, actor=actor, changes=changes, **what)
    ledger.keep_private(connection, STREAM, envelope.privates)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
