"""Making the register and adopting policies."""

import uuid
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec import Struct

from states.dates.policy import Policy
from states.model.events import ENGINE
from states.model.phrase import say
from states.model.stage import Occurrence
from workflow.app.app import App, policy_of, refuse_newer_rules
from workflow.app.clock_guard import jump_of, refuse_wrong_clock
from workflow.app.persistence import write
from workflow.engine import policies
from workflow.engine.deadlines import watched_steps
from workflow.engine.engine import adopt
from workflow.store import agreements, ledger, register
from workflow.store.database import Transaction, Unavailable, attempt, is_away
from workflow.store.migrate import migrate
from workflow.store.outbox import leases
from workflow.system.refusals import what_failed


def init(app: App, *, by: str = ENGINE) -> bool:
    """Create or migrate the database and adopt the first policy; True when it was created now.

    Rules that a newer release brings are adopted here, so that they mail nothing for the past.
    """
    if app.database.file and not Path(app.database.file).exists():
        app.refuse_where_one_was()  # before a file stands where its disk is to be mounted
    app.database.make_folder()
    migrate(app.database)
    with app.database.write() as connection:
        now = app.clock.now()
        if register.exists(connection):
            refuse_newer_rules(register.read(connection))
            app.mark_copy(connection)
            _adopt_new_rules(connection, _trusted_moment(connection, app))
            is_begun = register.is_begun(connection)  # not so where an older release made it
            if not is_begun and not register.read(connection).restored:  # else who adopts begins it
                register.note_by(connection, by, at=now, action="init")
            return False
        if ledger.count(connection):
            raise Unavailable(
                say(
                    "The register's own row is gone, but its ledger is there: no new register is"
                    " made over it. Put a backup back."
                )
            )
        app.refuse_where_one_was()
        register.create(
            connection,
            uid=str(uuid.uuid4()),
            installation=app.settings.municipality.installation,
            rules_version=policies.RULES_VERSION,
            created_at=now,
        )
        register.adopt(connection, now, policies.encode(app.configuration.policy))
        register.note_by(connection, by, at=now, action="init")
        return True


def _trusted_moment(connection: Transaction, app: App) -> datetime:
    """Return now, or when the clock was last trusted: nothing fires beyond that.

    So it is by a clock that jumped, and of a backup: what fell due since is for who adopts it. That
    is since its last event where no daemon looked yet.
    """
    row, now = register.read(connection), app.clock.now()
    held = row.restored or jump_of(row, now, app)
    if not held:
        return now
    return row.high_water or max(ledger.last_events(connection).values(), default=now)


def _adopt_new_rules(connection: Transaction, now: datetime) -> None:
    if register.read(connection).rules_version < policies.RULES_VERSION:
        register.work_alone(connection)
        register.adopt(connection, now, policies.encode(policy_of(connection)))
        register.change(connection, rules_version=policies.RULES_VERSION)
        if register.is_begun(connection):
            register.note_by(connection, ENGINE, at=now, action="policy")
        policy = policy_of(connection)
        _derive_again(connection, policy, policy, now)


# Policies ----------------------------------------------------------------------------------------


class ChangedSetting(Struct, frozen=True, kw_only=True):
    """What was chosen otherwise, as the configuration writes it."""

    key: str
    old: Any
    new: Any


class Difference(Struct, frozen=True, kw_only=True):
    """What a policy chooses otherwise, and what adopting it does to the steps that have not fired.

    These are named by `ref occurrence`; of what moves `moments` has when it left and leaves.
    """

    settings: list[ChangedSetting]
    new: list[str] = []
    moved: list[str] = []
    gone: list[str] = []
    suppressed: list[str] = []
    moments: dict[str, tuple[datetime, datetime]] = {}


def policy_difference(app: App) -> Difference:
    """Return what adopting the configured policy would change; writes nothing."""
    with app.reading() as connection:
        old, new = policy_of(connection), _proposed(connection, app)
        return _difference(connection, old, new, app.clock.now())


def adopt_policy(app: App, *, by: str = ENGINE) -> Difference:
    """Adopt the configured policy and derive every agreement anew.

    Steps that it introduces for the past are recorded as superseded; nothing is mailed for it.
    """
    with app.writing() as connection:
        register.work_alone(connection)
        now = app.clock.now()
        refuse_wrong_clock(connection, app, now)
        old, new = policy_of(connection), _proposed(connection, app)
        difference = _difference(connection, old, new, now)
        if not policies.is_same(old, new):
            register.adopt(connection, now, policies.encode(new))
            register.note_by(connection, by, at=now, action="policy")
            _derive_again(connection, old, new, now)
            leases.look_no_later(connection, new.next_alert_time(now))
    return difference


def _proposed(connection: Transaction, app: App) -> Policy:
    """Return the configured policy as if it were adopted now."""
    proposal = (app.clock.now(), policies.encode(app.configuration.policy))
    return policies.in_force((*register.adopted(connection), proposal))


def _derive_again(connection: Transaction, old: Policy, new: Policy, now: datetime) -> None:
    """Derive every agreement anew; one that cannot be derived or written is left to the ticks."""
    for stored in agreements.every(connection):
        try:
            with attempt(connection):
                write(connection, [(stored, adopt(stored.dossier, old, new, now))], now)
        except Exception as error:
            if is_away(error):
                raise
            agreements.note_failure(connection, stored, now, what_failed(error))


def _difference(connection: Transaction, old: Policy, new: Policy, now: datetime) -> Difference:
    before, after = policies.settings(old), policies.settings(new)
    changed = [key for key in after if before[key] != after[key]]
    difference = Difference(
        settings=[ChangedSetting(key=key, old=before[key], new=after[key]) for key in changed]
    )
    for stored in agreements.every(connection):
        with suppress(Exception):  # whatever one agreement raises, the tick tells
            planned = _planned(stored, old, now), _planned(stored, new, now)
            _compare(stored.ref, *planned, now, difference)
    return difference


Planned = dict[str, Occurrence]


def _planned(stored: agreements.Stored, policy: Policy, now: datetime) -> Planned:
    dossier = stored.dossier
    watched = watched_steps(dossier.agreement, policy, policy.day_of(now))
    return {item.name: item for item in watched if item.name not in dossier.recorded}


def _compare(
    ref: str, before: Planned, after: Planned, now: datetime, difference: Difference
) -> None:
    difference.gone.extend(f"{ref} {name}" for name in before if name not in after)
    for name, item in after.items():
        if name not in before:
            late = item.alert_at < now
            (difference.suppressed if late else difference.new).append(f"{ref} {name}")
        elif before[name].alert_at != item.alert_at:
            difference.moved.append(f"{ref} {name}")
            difference.moments[f"{ref} {name}"] = before[name].alert_at, item.alert_at
