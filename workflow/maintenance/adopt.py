"""Adopting: a restored backup, or a register of another installation, becomes this one's own.

Until then nothing leaves. What fell due in the meantime may have been told already by the register
that was lost: an operator decides whether it is sent, held or dropped. Moves always happen.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from notifications.retry_policy import MessageStatus
from states.dates.policy import Policy
from states.model.events import Change
from states.model.phrase import Refusal, say
from workflow.agreements.tick import Failure, decided
from workflow.app.app import OF_A_COPY, App, policy_of, why_held
from workflow.app.clock_guard import accept_clock
from workflow.app.persistence import write
from workflow.maintenance.reconcile import mend_all, tell_mended
from workflow.people.erase import erase_again
from workflow.store import agreements, erasure, register
from workflow.store.database import Transaction, attempt, is_away
from workflow.store.outbox import leases, resend
from workflow.system.os_errors import reason_of
from workflow.system.refusals import Refused, what_failed
from workflow.system.state_folder import Mark, StateFolder

ADOPT = "adopt"
AT_ONCE = 500


class Choice(StrEnum):
    """What becomes of the mail about what fell due since the backup."""

    SEND = "send"
    """It leaves, at most one mail an office; one that had left before has the same Message-ID."""
    HOLD = "hold"
    """It waits until an operator retries or cancels it, one by one."""
    DROP = "drop"
    """It is cancelled, with the reason."""


class Adopted(Struct, kw_only=True):
    """What adopting does: what fires, as reference and occurrence, and how much mail is decided on.

    `lost` counts the events that the state folder knows of and this register does not have; of a
    backup that is older than an adoption at least so many; None where the folder does not say.
    `not_erased` counts the names and notes that have to be erased once more, for something that
    holds them cannot be read; `rewritten` tells whether nothing erased stays in SQLite's file.
    """

    why: str
    installation: str
    was: str
    lost: int | None = 0
    fired: list[tuple[str, str]] = []
    failed: list[str] = []
    mails: int = 0
    erased: int = 0
    not_erased: int = 0
    rewritten: bool = True


def preview(app: App) -> Adopted:
    """Return what adopting would do; everything is done as if, and nothing is kept."""
    return _adopt(app, Choice.HOLD, by="", kept=False)


def adopt(app: App, choice: Choice, *, by: str) -> Adopted:
    """Adopt the register in one transaction.

    1. What differs from its ledger, or is gone, is written anew from it: agreements and offices.
    2. Who was erased after the backup is erased again.
    3. What fell due fires, and is recorded; so does an interrupted adoption not exist.
    4. The mail that waits by now is sent, held or dropped.
    5. The register belongs to this installation, the clock is as it stands, and the ledger says so.

    Then the state folder follows, which until the commit has to know what was lost; and SQLite's
    file is written anew, unless it is busy, so that nothing erased stays in it.

    Raises:
        Refused: nothing holds the register back but perhaps its clock.
        Refusal: the state folder cannot be written by who asks.
    """
    done = _adopt(app, choice, by=by, kept=True)
    with suppress(Refusal):  # it is adopted; the daemon tells of this, and tries again
        app.keep_mark()
    if done.erased:
        done.rewritten = erasure.compact(app.database)
    return done


def _adopt(app: App, choice: Choice, *, by: str, kept: bool) -> Adopted:
    with app.writing(also_restored=True) as connection:
        register.work_alone(connection)
        now, here = app.clock.now(), register.mark(connection)
        with _state_folder(app) as folder:
            done = _about(connection, app, here, folder)
            tokens = folder.erased(here.register)
        mended = mend_all(connection, app)
        reason = app.language.say(say("erased again after a restore"))
        done.erased, done.not_erased = erase_again(connection, app, tokens, by=by, reason=reason)
        _fire_all(connection, policy_of(connection), now, done)
        done.mails = _decide(connection, app, choice, now)
        if kept:
            if mended:
                tell_mended(connection, app, mended)
            _begin_anew(connection, app, here, choice, by)
        else:
            connection.rollback()
    return done


@contextmanager
def _state_folder(app: App) -> Iterator[StateFolder]:
    """Give the state folder; Refusal where who asks cannot use it, for nothing is adopted then."""
    try:
        yield app.state
    except OSError as error:
        unwritable = say(
            "The state folder {folder} cannot be written ({reason}), so nothing was adopted."
            " Let it be written again, or run this as the user of the daemon.",
            folder=str(app.state.path),
            reason=reason_of(error),
        )
        raise Refusal(unwritable) from error


def _about(connection: Transaction, app: App, here: Mark, folder: StateFolder) -> Adopted:
    row, installation = register.read(connection), app.settings.municipality.installation
    why = why_held(connection, app)
    if why not in OF_A_COPY:
        raise Refused(say("This register is this installation's own: nothing to adopt."))
    done = Adopted(why=row.restored or why, installation=installation, was=row.installation)
    kept = folder.mark(row.uid)
    if kept is None and row.restored:
        done.lost = None
    elif kept and kept.is_ahead_of(here):  # to adopt is an event itself
        done.lost = max(kept.events - here.events, kept.adoptions - here.adoptions)
    return done


# What fell due -----------------------------------------------------------------------------------


def _fire_all(connection: Transaction, policy: Policy, now: datetime, done: Adopted) -> None:
    """Fire everything that is due; what fails is put off as at any tick, and named."""
    while due := agreements.due(connection, now, AT_ONCE):
        failed: list[Failure] = []
        pairs = decided(due, policy, now, failed)
        for item, change in _written(connection, pairs, now, failed):
            done.fired += [(item.ref, e.occurrence) for e in change.events if e.occurrence]
        for stored, error in failed:
            agreements.note_failure(connection, stored, now + leases.POSTPONED, error)
            done.failed.append(stored.ref)


def _written(
    connection: Transaction,
    pairs: list[tuple[agreements.Stored, Change]],
    now: datetime,
    failed: list[Failure],
) -> list[tuple[agreements.Stored, Change]]:
    """Write a batch; one that cannot be written as a whole is written one by one."""
    try:
        with attempt(connection):
            write(connection, pairs, now)
    except Exception as error:
        if is_away(error):
            raise
        if len(pairs) == 1:
            failed.append((pairs[0][0], what_failed(error)))
            return []
        return [written for pair in pairs for written in _written(connection, [pair], now, failed)]
    return pairs


# Its mail ----------------------------------------------------------------------------------------


STOPS = {
    Choice.HOLD: (MessageStatus.HELD, say("held when the register was adopted")),
    Choice.DROP: (MessageStatus.CANCELLED, say("dropped when the register was adopted")),
}


def _decide(connection: Transaction, app: App, choice: Choice, now: datetime) -> int:
    """Send, hold or drop the mail that could leave now; return how many messages."""
    if choice is Choice.SEND:
        return resend.send_together(connection, now)
    status, why = STOPS[choice]
    return resend.stop_all(connection, now, status, app.language.say(why))


# Its owner ---------------------------------------------------------------------------------------


def _begin_anew(connection: Transaction, app: App, here: Mark, choice: Choice, by: str) -> None:
    """Let the register be this installation's, and put in the ledger who said so, and how."""
    now = app.clock.now()
    with _state_folder(app) as folder:
        folder.try_out()
        kept = folder.mark(here.register)
        register.change(
            connection,
            installation=app.settings.municipality.installation,
            restored=None,
            adoptions=1 + max(here.adoptions, kept.adoptions if kept else 0),
        )
        accept_clock(connection, now)
        register.note_by(connection, by, at=now, action=ADOPT, reason=choice.value)
