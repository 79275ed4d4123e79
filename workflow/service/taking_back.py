"""Taking back: the dates that an earlier mail handed over and that do not stand any more.

Nothing is kept of what calendars hold. The mail before this one, to the same addressee, took back
all that had lapsed by then; so the facts as they were when it was made are compared with those of
now.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from states.agreement import Agreement
from states.anywhere import obligation
from states.change import Event
from states.facts import build
from workflow.dates_to_keep import BEGINS
from workflow.engine.calendar_dates import Shown, withdrawn
from workflow.engine.decider import facts_of
from workflow.engine.ledger import Entry, decode, stream_of, undo
from workflow.service.readers import Case
from workflow.store import ledger
from workflow.store.database import Transaction
from workflow.store.outbox import queries
from workflow.told import Setting

log = logging.getLogger("looptijd")


def taken_back(connection: Transaction, case: Case, row: Any) -> Sequence[Shown]:
    """Return the dates that the mail of this row takes back from whom it goes to.

    No mail waits for that: what cannot be compared is logged, and takes nothing back.
    """
    told = queries.told_to(connection, row)
    if not told:
        return ()
    since = max(earlier.created_at for earlier in told)
    rows = ledger.after(connection, stream_of(case.setting.agreement.ref), since)
    try:
        return [shown for shown in _lapsed(case.setting, rows) if _was_handed(shown, told)]
    except Exception:
        log.exception("taking_back_failed", extra={"mail": row.id})
        return ()


def _lapsed(setting: Setting, rows: Sequence[Entry]) -> Sequence[Shown]:
    before = as_it_was(setting.agreement, [decode(row.payload) for row in rows])
    return withdrawn(before, setting.agreement, setting.policy, setting.today)


def as_it_was(agreement: Agreement, events: Sequence[Event]) -> Agreement:
    """Return an agreement as it was before its last events."""
    if not any(event.changes or event.stage is not event.stage_before for event in events):
        return agreement
    known = build(Agreement, undo(events, facts_of(agreement)))
    return replace(known, stage=events[0].stage_before or known.stage, ending=None)


def _was_handed(shown: Shown, told: Iterable[Any]) -> bool:
    """Tell whether a mail was about this date, or about a beginning, which hands over them all."""
    return any(
        earlier.rule in BEGINS or obligation(earlier.cause).startswith(f"{shown.subject}:")
        for earlier in told
    )
