"""Trusting the clock: by one that jumped nothing fires and nothing is entered until confirmed."""

from datetime import datetime, timedelta

from states.model.arithmetic import plus
from states.model.events import ENGINE
from states.model.phrase import Phrase, say
from workflow.app.app import App
from workflow.store import agreements, register
from workflow.store.database import Transaction
from workflow.store.outbox import leases
from workflow.system.refusals import Refused

BACK = timedelta(minutes=5)
MOVED_BY_HAND = timedelta(hours=12)


def refuse_wrong_clock(connection: Transaction, app: App, now: datetime) -> None:
    """Raise Refused for what an operator enters while the clock cannot be trusted.

    An action fires what is due and raises the mark as a tick does, so it is judged as a tick is.
    Where no daemon watches, months may lie between two commands: there the operator is believed.
    """
    row = register.read(connection)
    is_judged = row.clock_held or register.is_watched(connection)
    if is_judged and (jump := jump_of(row, now, app)):
        raise Refused(
            say(
                "The clock jumped ({jump}); nothing is entered. Correct the clock, then run:"
                " looptijd clock confirm",
                jump=jump,
            )
        )


def confirm_clock(app: App, *, by: str = ENGINE) -> str | None:
    """Accept the clock as it stands and go on; return from when to when it jumped, or None.

    A jump that no tick has seen yet counts as well. Who confirmed it stands in the ledger. Also
    without one, mail may have been put off by a clock that no tick saw.
    """
    with app.writing() as connection:
        register.work_beside_others(connection)
        row, now = register.read(connection), app.clock.now()
        held = jump_of(row, now, app)
        accept_clock(connection, now)
        if held:
            register.note_by(connection, by, at=now, action="clock", reason=held)
        return held


def held_clock(app: App) -> str | None:
    """Return the jump of the clock that holds everything, or None."""
    with app.reading() as connection:
        return register.read(connection).clock_held


def accept_clock(connection: Transaction, now: datetime) -> None:
    """Count from this moment on.

    What a wrong clock put off, an agreement that failed or mail that waits, is not put off by it.
    """
    agreements.look_anew(connection, now)
    leases.look_within_a_lease(connection, now)
    register.change(connection, clock_held=None, high_water=now)  # last, as who acts writes it
    register.no_sign_after(connection, now)


def jump_sentence(jump: str) -> Phrase:
    """Return how a held clock is told."""
    return say(
        "The clock jumped ({jump}); nothing fires. See that the server's clock is right, then run:"
        " looptijd clock confirm",
        jump=jump,
    )


def jump_of(row: register.Register, now: datetime, app: App) -> str | None:
    """Return from when to when the clock jumped, on record or not yet; None: it can be trusted."""
    mark = row.high_water
    if row.clock_held or mark is None:
        return row.clock_held
    latest_day = plus(mark.date(), app.settings.daemon.max_clock_jump)
    latest = datetime.combine(latest_day, mark.timetz())
    moved_by_hand = abs(app.clock.drift()) > MOVED_BY_HAND
    if mark - BACK <= now <= latest and not moved_by_hand:
        return None
    return f"{app.minute(mark)} → {app.minute(now)}"
