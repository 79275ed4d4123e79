"""Writing a change: agreement, ledger, records and outbox, in the transaction that read it."""

from datetime import datetime

from states.model.events import Alert, Change
from workflow.engine.plan import Firing
from workflow.store import agreements, due, register
from workflow.store.agreements import Stored
from workflow.store.database import Transaction
from workflow.store.outbox import messages, resend

Alerted = tuple[int, str, tuple[Alert, ...]]


def write(connection: Transaction, pairs: list[tuple[Stored, Change]], now: datetime) -> None:
    """Write in bulk what changes made of agreements that were read in this transaction.

    One whose change is empty gets its next look only.
    """
    written = [(stored, change) for stored, change in pairs if change.events]
    if written:
        agreements.save(connection, written)
    for stored, change in pairs:
        if not change.events:
            agreements.reschedule(connection, stored, change.next_alert_at)
        if change.open_again or change.asks_others:
            resend.bring_back(connection, stored, change, now)
    _queue(connection, [_alerted(stored.id, change) for stored, change in written], now)


def write_fired(connection: Transaction, firings: list[Firing], now: datetime) -> None:
    """Write the reminders that fired from a plan, with their mails."""
    if not firings:
        return
    due.save_fired(connection, firings)
    _queue(connection, [(item.row.id, item.row.ref, (item.alert,)) for item in firings], now)


def create(connection: Transaction, changes: list[Change], now: datetime) -> None:
    """Write agreements that are new in the register, in bulk."""
    numbers = agreements.create(connection, changes)
    _queue(connection, [*map(_alerted, numbers, changes)], now)


def _alerted(number: int, change: Change) -> Alerted:
    return number, change.dossier.agreement.ref, change.alerts


def _queue(connection: Transaction, alerted: list[Alerted], now: datetime) -> None:
    """Queue the mails of each agreement, by its number and reference."""
    if not any(alerts for _, _, alerts in alerted):
        return
    own = register.read(connection)
    rows = (messages.rows_for(own, number, ref, alerts, now) for number, ref, alerts in alerted)
    messages.queue(connection, [row for some in rows for row in some])
