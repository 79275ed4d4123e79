"""One pass of time: what is due fires, in batches of one transaction each."""

import gc
import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial

from msgspec import Struct

from states.dates.policy import Policy
from states.model.events import Change, Event
from states.model.phrase import say
from workflow.app.app import App, policy_of
from workflow.app.clock_guard import jump_of, jump_sentence
from workflow.app.incidents import report
from workflow.app.persistence import write, write_fired
from workflow.engine.engine import fire_due
from workflow.engine.plan import from_plan
from workflow.store import agreements, register
from workflow.store.agreements import QUARANTINED_AFTER, Stored, StoredRow, Unreadable
from workflow.store.database import is_away
from workflow.store.due import due_by_plan
from workflow.system.refusals import what_failed

log = logging.getLogger("looptijd")
BATCH = 350  # while one is written an operator on SQLite waits: some fifty milliseconds
PAUSE_SECONDS = 0.004  # twice as long as it takes an operator to ask for the lock again
QUARANTINE_WAIT = timedelta(hours=1)


Failure = tuple[StoredRow, str]


class Ticked(Struct):
    """What one tick did."""

    fired: int = 0
    superseded: int = 0
    failed: int = 0


def tick(app: App) -> Ticked:
    """Fire everything that is due, until nothing is; a held clock fires nothing."""
    ticked = Ticked()
    now = app.clock.now()
    due, judged = _look(app, now)
    if (due or not judged) and not _clock_is_trusted(app, now):
        return ticked
    while due and _one_batch(app, now, ticked):
        rest(app)
    return ticked


def rest(app: App) -> None:
    """Leave a moment between two writing transactions: SQLite lets others in by chance only.

    Nobody waits for a scratch copy.
    """
    if app.database.is_sqlite and not app.is_scratch:
        time.sleep(PAUSE_SECONDS)


def _look(app: App, now: datetime) -> tuple[bool, bool]:
    """Look without a lock: is anything due, and was the clock judged within the last minute?"""
    kept = app.kept()
    with app.reading() as connection:
        app.refuse_copy(connection, kept)
        mark = register.read(connection).high_water
        judged = mark is not None and timedelta() <= now - mark < timedelta(minutes=1)
        return agreements.anything_due(connection, now), judged


def _clock_is_trusted(app: App, now: datetime) -> bool:
    """Raise the high-water mark, or hold everything when the clock has jumped, and tell it once."""
    with app.writing() as connection:
        row = register.read(connection)
        held = jump_of(row, now, app)
        if not held:
            register.raise_high_water(connection, now, begin=True)
        elif not row.clock_held:
            register.change(connection, clock_held=held)
            report(connection, app, f"clock:{held}", jump_sentence(held), now)
    if held:
        app.clock.forget()  # it is on record: once confirmed, only a further move counts
    else:
        app.clock.trust()
    return not held


# Firing ------------------------------------------------------------------------------------------


def _one_batch(app: App, now: datetime, ticked: Ticked) -> bool:
    """Fire one batch; False when nothing was due.

    When it cannot be written as a whole it is undone and done one by one, so that only the
    agreement at fault fails. A database that is away is nobody's fault and ends the tick.
    """
    try:
        return bool(_fire(app, now, ticked))
    except Exception as error:
        if is_away(error):
            raise
        log.warning("batch_undone", extra={"error": what_failed(error)})
        return _one_by_one(app, now, ticked)


def _one_by_one(app: App, now: datetime, ticked: Ticked) -> bool:
    with app.writing() as connection:
        waiting = agreements.due(connection, now, BATCH)
    for stored in waiting:
        try:
            _fire(app, now, ticked, only=stored.id)
        except Exception as error:
            if is_away(error):
                raise
            _note_failures(app, [(stored, what_failed(error))], now, ticked)
        rest(app)
    return bool(waiting)


def _fire(app: App, now: datetime, ticked: Ticked, *, only: int | None = None) -> int:
    """Fire what is due in one transaction; return of how many agreements something was due."""
    failed: list[Failure] = []
    with _uncollected(), app.writing() as connection:
        policy = policy_of(connection)
        fires = partial(from_plan, policy=policy, now=now)
        planned, due = due_by_plan(connection, now, BATCH, fires, only=only)
        pairs = decided(due, policy, now, failed)
        write_fired(connection, planned, now)
        write(connection, pairs, now)
    done = [(item.row.ref, (item.event,)) for item in planned]
    for ref, events in [*done, *((stored.ref, change.events) for stored, change in pairs)]:
        ticked.fired += sum(event.occurrence is not None for event in events)
        ticked.superseded += sum(len(event.superseded) + len(event.waived) for event in events)
        _log(ref, events)
    _note_failures(app, failed, now, ticked)
    return len(planned) + len(due)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Let garbage wait for the end of a batch: looking for cycles took a sixth of firing."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def decided(
    due: list[StoredRow], policy: Policy, now: datetime, failed: list[Failure]
) -> list[tuple[Stored, Change]]:
    """Decide for each; one that raises or can't be read leaves the batch, the others go on."""
    pairs: list[tuple[Stored, Change]] = []
    for stored in due:
        if isinstance(stored, Unreadable):
            failed.append((stored, str(stored.error)))
            continue
        try:
            pairs.append((stored, _progressing(fire_due(stored.dossier, policy, now), now)))
        except Exception as error:  # noqa: BLE001 - whatever one agreement raises stays with it
            failed.append((stored, what_failed(error)))
    return pairs


def _progressing(change: Change, now: datetime) -> Change:
    """Refuse a change that does nothing and wants to be looked at again at once."""
    stands_still = change.next_alert_at is not None and change.next_alert_at <= now
    if stands_still and not change.events:
        raise RuntimeError(f"due at {change.next_alert_at}, but nothing fires")
    return change


def _log(ref: str, events: Sequence[Event]) -> None:
    for event in events:
        log.info(
            event.action,
            extra={
                "ref": ref,
                "seq": event.seq,
                "occurrence": event.occurrence,
                "to": event.stage,
                "late_by": event.late_by,
            },
        )


# Failing -----------------------------------------------------------------------------------------


def _note_failures(app: App, failed: list[Failure], now: datetime, ticked: Ticked) -> None:
    ticked.failed += len(failed)
    for stored, error in failed:
        log.error("firing_failed", extra={"ref": stored.ref, "error": error})
        with app.writing() as connection:
            times = agreements.failures_with(stored)
            noted = agreements.note_failure(connection, stored, now + _wait_after(times), error)
            if noted and times == QUARANTINED_AFTER:
                sentence = say("{ref} fails again and again: {error}", ref=stored.ref, error=error)
                report(connection, app, f"failing:{stored.ref}", sentence, now)


def _wait_after(failures: int) -> timedelta:
    """Return 1, 2, 4 and 8 minutes; from the fifth failure in a row on, an hour."""
    quarantined = failures >= QUARANTINED_AFTER
    return QUARANTINE_WAIT if quarantined else timedelta(minutes=2 ** (failures - 1))
