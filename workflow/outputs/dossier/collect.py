"""Packing: everything that is kept of one agreement, for a folder that leaves the register."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from states.dates.policy import Policy
from workflow.agreements.queries import AgreementDetails, HistoryLine, details, history
from workflow.app.app import App, is_held, policy_of
from workflow.engine.ledger import LedgerEntry, stream_of
from workflow.engine.private_values import TOKEN, Private
from workflow.store import ledger
from workflow.store.outbox import queries
from workflow.store.outbox.messages import OutboxRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """One agreement with its ledger, its private values, and its mails with their content."""

    details: AgreementDetails
    history: list[HistoryLine]
    ledger: list[LedgerEntry]
    privates: Sequence[Private]
    mails: Sequence[OutboxRow]
    held: str | None
    policy: Policy
    at: datetime


def pack(app: App, ref: str) -> Packed:
    """Return an agreement whole, as it was after one event; NotFound when there is none."""
    found = details(app, ref)
    seq = found.dossier.seq
    lines = [line for line in history(app, ref) if line.event.seq <= seq]
    with app.reading() as connection:
        rows = [row for row in ledger.read(connection, stream_of(ref)) if row.seq <= seq]
        tokens = {token for row in rows for token in TOKEN.findall(row.payload)}
        return Packed(
            details=found,
            history=lines,
            ledger=rows,
            privates=[*ledger.privates_of(connection, sorted(tokens))],
            mails=queries.every(connection, status=None, ref=ref),
            held=is_held(connection, app),
            policy=policy_of(connection),
            at=app.local(app.clock.now()),
        )
