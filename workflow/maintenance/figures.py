"""Figures about the register for monitors: counts and instants, and nothing of any agreement."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime

from msgspec import Struct

from notifications.retry_policy import MessageStatus
from states.model.stage import Stage
from workflow.app.app import App, policy_of
from workflow.engine.standing import late, standings
from workflow.maintenance.doctor import OVERDUE_AFTER, latest_looks
from workflow.store import agreements, ledger, register, seals
from workflow.store.database import Transaction
from workflow.store.outbox import queries


class Measures(Struct, frozen=True, kw_only=True):
    """The register in figures at one moment; an instant that does not exist is None.

    `failures` counts how often in a row what fails has failed; `oldest_mail` is when the mail was
    made that waits longest; `overdue` counts alerts that should have fired, `late` what people
    have not done in time; `looks` has the newest of each machine that watches, `work` when a
    backup and the like were last done.
    """

    at: datetime
    installation: str
    agreements: Mapping[str, int]
    next_alert: datetime | None
    overdue: int
    late: int
    failing: int
    failures: int
    mail: Mapping[str, int]
    oldest_mail: datetime | None
    looks: Mapping[str, register.Heartbeat]
    clock_held: bool
    restored: bool
    work: Mapping[str, register.Heartbeat]
    events: int
    sealed: datetime | None


def measure(app: App) -> Measures:
    """Return the figures of this moment; every stage and status is there, be it with nought."""
    now, kept = app.clock.now(), app.kept()
    with app.reading() as connection:
        row, seal = register.read(connection), seals.last(connection)
        failing = [times for _, times, _ in agreements.failing(connection)]
        return Measures(
            at=now,
            installation=row.installation,
            agreements=_every(Stage, agreements.by_stage(connection)),
            next_alert=agreements.next_look(connection),
            overdue=len(agreements.overdue(connection, now - OVERDUE_AFTER)),
            late=_late(connection, now),
            failing=len(failing),
            failures=sum(failing),
            mail=_every(MessageStatus, queries.by_status(connection)) | _lost(connection),
            oldest_mail=queries.oldest_waiting(connection, now),
            looks=latest_looks(register.heartbeats(connection)),
            clock_held=row.clock_held is not None,
            restored=app.restored(connection, kept) is not None,
            work=register.work_done(connection),
            events=ledger.count(connection),
            sealed=seal.at if seal.id else None,
        )


def _late(connection: Transaction, now: datetime) -> int:
    """Return how much is late of all agreements; of one that cannot be derived the doctor tells."""
    policy, count = policy_of(connection), 0
    for stored in agreements.every(connection):
        with suppress(Exception):
            found = standings(stored.dossier.agreement, policy, policy.day_of(now))
            count += sum(1 for _ in late(found))
    return count


def _lost(connection: Transaction) -> dict[str, int]:
    """Return of mail that was lost how much still asks for a look, as the doctor counts it."""
    return dict.fromkeys(queries.LOST, 0) | queries.lost(connection)


def _every(names: type[Stage | MessageStatus], counted: Mapping[str, int]) -> dict[str, int]:
    return dict.fromkeys(map(str, names), 0) | dict(counted)
