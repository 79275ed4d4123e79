"""One pass of time: what is due fires, in batches of one transaction each."""

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from states.change import Change
from states.period import Period
from states.phrase import say
from states.policy import Policy
from states.term import plus
from workflow.engine import fire_due
from workflow.service.house import House, policy_of
from workflow.service.incidents import report
from workflow.service.writing import write_all
from workflow.store import agreements, register
from workflow.store.agreements import Conflict, Stored, Unreadable

log = logging.getLogger("looptijd")
BATCH = 500
PAUSE_SECONDS = 0.02
LONGEST_WAIT = timedelta(hours=1)
QUARANTINED_AFTER = 5
BACK = timedelta(minutes=5)
MOVED_BY_HAND = timedelta(hours=12)


Failure = tuple[Stored | Unreadable, str, str]


@dataclass(slots=True)
class Ticked:
    """What one tick did."""

    fired: int = 0
    superseded: int = 0
    failed: int = 0


def tick(house: House) -> Ticked:
    """Fire everything that is due, until nothing is; a held clock fires nothing."""
    ticked = Ticked()
    now = house.clock.now()
    due, judged = _look(house, now)
    if (due or not judged) and not clock_is_trusted(house, now):
        return ticked
    while due:
        due = _one_batch(house, now, ticked)
        if house.database.is_sqlite:
            time.sleep(PAUSE_SECONDS)
    return ticked


def _look(house: House, now: datetime) -> tuple[bool, bool]:
    """Look without a lock: is anything due, and was the clock judged within the last minute?"""
    kept = house.kept()
    with house.reading() as connection:
        house.refuse_copy(connection, kept)
        mark = register.read(connection).high_water
        judged = mark is not None and timedelta() <= now - mark < timedelta(minutes=1)
        return agreements.anything_due(connection, now), judged


# The clock ---------------------------------------------------------------------------------------


def clock_is_trusted(house: House, now: datetime) -> bool:
    """Raise the high-water mark, or hold everything when the clock has jumped (design, clock)."""
    with house.writing() as connection:
        row = register.read(connection)
        if row.clock_held:
            return False
        jump = _jump(row.high_water, now, house)
        if jump:
            register.change(connection, clock_held=jump)
            told = say(
                "The clock jumped ({jump}); nothing fires. Run: looptijd clock confirm", jump=jump
            )
            report(connection, house, "clock", told, now)
            return False
        register.raise_high_water(connection, now, begin=True)
        return True


def _jump(mark: datetime | None, now: datetime, house: House) -> str | None:
    """Return from when to when the clock jumped, or None when it can be trusted."""
    if mark is None:
        return None
    latest = plus_period(mark, house.settings.daemon.max_clock_jump)
    moved_by_hand = abs(house.clock.drift()) > MOVED_BY_HAND
    if mark - BACK <= now <= latest and not moved_by_hand:
        return None
    return f"{house.local(mark):%Y-%m-%d %H:%M} → {house.local(now):%Y-%m-%d %H:%M}"


def plus_period(moment: datetime, period: Period) -> datetime:
    """Return an instant a period later, by calendar months or days."""
    day = plus(moment.date(), period)
    return datetime.combine(day, moment.timetz())


def confirm_clock(house: House) -> str | None:
    """Accept the clock as it stands and go on; return the jump that was held, or None."""
    with house.writing() as connection:
        held: str | None = register.read(connection).clock_held
        register.change(connection, clock_held=None, high_water=house.clock.now())
        return held


# Signs of life -----------------------------------------------------------------------------------


def leave_sign_of_life(house: House, daemon: str, error: str | None) -> None:
    """Record that a daemon, or `looptijd tick`, has looked; with what failed, if anything did."""
    with house.writing(also_restored=True) as connection:
        register.beat(connection, daemon, house.clock.now(), error)


def sign_off(house: House, daemon: str) -> None:
    """Remove the sign of life of a daemon that was stopped on purpose."""
    with house.writing(also_restored=True) as connection:
        register.forget_daemon(connection, daemon)


# Firing ------------------------------------------------------------------------------------------


def _one_batch(house: House, now: datetime, ticked: Ticked) -> bool:
    """Fire one batch; False when nothing was due. A conflict does the batch one by one."""
    try:
        return _fire(house, now, ticked, BATCH)
    except Conflict:
        return _fire(house, now, ticked, 1)


def _fire(house: House, now: datetime, ticked: Ticked, most: int) -> bool:
    failed: list[Failure] = []
    with house.writing() as connection:
        policy = policy_of(connection)
        due = agreements.due(connection, now, most)
        pairs = list(_decided(due, policy, now, failed))
        write_all(connection, pairs, now)
    for stored, change in pairs:
        _count(ticked, change)
        _log(stored, change)
    for failure in failed:
        _note_failure(house, failure, now)
    ticked.failed += len(failed)
    return bool(due)


def _decided(
    due: list[Stored | Unreadable], policy: Policy, now: datetime, failed: list[Failure]
) -> list[tuple[Stored, Change]]:
    """Decide for each; one that raises or can't be read leaves the batch, the others go on."""
    pairs: list[tuple[Stored, Change]] = []
    for stored in due:
        if isinstance(stored, Unreadable):
            failed.append((stored, stored.ref, stored.error))
            continue
        try:
            pairs.append((stored, _progressing(fire_due(stored.dossier, policy, now), now)))
        except Exception as error:  # noqa: BLE001 - whatever one agreement raises stays with it
            failed.append((stored, stored.dossier.agreement.ref, repr(error)))
    return pairs


def _progressing(change: Change, now: datetime) -> Change:
    """Refuse a change that does nothing and wants to be looked at again at once."""
    stands_still = change.next_alert_at is not None and change.next_alert_at <= now
    if stands_still and not change.events:
        raise RuntimeError(f"due at {change.next_alert_at}, but nothing fires")
    return change


def _count(ticked: Ticked, change: Change) -> None:
    ticked.fired += sum(event.occurrence is not None for event in change.events)
    ticked.superseded += sum(len(event.superseded) + len(event.waived) for event in change.events)


def _log(stored: Stored, change: Change) -> None:
    for event in change.events:
        log.info(
            event.action,
            extra={
                "ref": stored.dossier.agreement.ref,
                "seq": event.seq,
                "occurrence": event.occurrence,
                "to": event.stage,
                "late_by": event.late_by,
            },
        )


def _note_failure(house: House, failure: Failure, now: datetime) -> None:
    """Count the failure in a transaction of its own, and look again after 1, 2, 4 … 60 minutes."""
    stored, ref, error = failure
    log.error("firing_failed", extra={"ref": ref, "error": error})
    wait = min(timedelta(minutes=2 ** min(stored.failures, 6)), LONGEST_WAIT)
    with house.writing() as connection:
        agreements.note_failure(connection, stored, now + wait, error)
        if stored.failures + 1 == QUARANTINED_AFTER:
            told = say("{ref} fails again and again: {error}", ref=ref, error=error)
            report(connection, house, f"failing:{ref}", told, now)
