"""Packing: everything that is kept of one agreement, for a folder that leaves the register."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from states.dates.policy import Policy
from workflow.agreements.queries import HistoryLine, Whole, history, whole
from workflow.app.app import House, is_held, policy_of
from workflow.engine.ledger import Entry, stream_of
from workflow.engine.private_values import TOKEN, Private
from workflow.store import ledger
from workflow.store.outbox import queries


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """One agreement with its ledger, what is sealed in it, and its mails with their content."""

    whole: Whole
    history: list[HistoryLine]
    ledger: list[Entry]
    privates: Sequence[Private]
    mails: Sequence[Any]
    held: str | None
    policy: Policy
    at: datetime


def pack(house: House, ref: str) -> Packed:
    """Return an agreement whole, as it was after one event; NotFound when there is none."""
    found = whole(house, ref)
    seq = found.dossier.seq
    told = [line for line in history(house, ref) if line.event.seq <= seq]
    with house.reading() as connection:
        rows = [row for row in ledger.read(connection, stream_of(ref)) if row.seq <= seq]
        tokens = {token for row in rows for token in TOKEN.findall(row.payload)}
        return Packed(
            whole=found,
            history=told,
            ledger=rows,
            privates=[*ledger.privates_of(connection, sorted(tokens))],
            mails=queries.every(connection, status=None, ref=ref),
            held=is_held(connection, house),
            policy=policy_of(connection),
            at=house.local(house.clock.now()),
        )
