"""Settling: what an attempt to hand a mail over makes of its row, in one transaction."""

import random
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from notifications.outbox import Circuit, MessageStatus, Settlement, after, waiting
from notifications.transport import Outcome, Parcel, Verdict
from states.change import Role
from states.phrase import say
from workflow.database import Transaction
from workflow.offices import chain, resolve
from workflow.service.catching_up import CATCH_UP
from workflow.service.house import House
from workflow.service.incidents import report
from workflow.store import messages, offices


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """How one attempt ended; true whenever it is committed, because nothing is asked again.

    `circuit` is what it left of the circuit, `opened` whether it opened it.
    """

    parcel: Parcel
    outcome: Outcome
    at: datetime
    circuit: Circuit
    opened: bool


def commit(house: House, attempt: Attempt) -> MessageStatus | None:
    """Write what became of a mail; None when another lease holds its row, which then decides."""
    with house.writing() as connection:
        if attempt.opened:
            _report(connection, house, attempt)
        row = messages.leased(connection, attempt.parcel.id, attempt.parcel.token)
        if row is None:
            return None
        settlement = _settlement(row, attempt)
        _write(connection, row, attempt, settlement)
        if settlement.to_next_in_chain:
            carried = messages.carried(connection, row.id) if row.rule == CATCH_UP else [row]
            for told in carried:
                _to_next_in_chain(connection, house, told, attempt.at)
        return settlement.status


def _report(connection: Transaction, house: House, attempt: Attempt) -> None:
    told = say(
        "Mail cannot be handed over: {reply}. It waits and is tried again at least every quarter of"
        " an hour; nothing is lost. Look at the relay and at [mail] in the configuration; to try:"
        " looptijd mail test ADDRESS",
        reply=attempt.outcome.reply.rstrip("."),
    )
    report(connection, house, "relay", told, attempt.at)


def _settlement(row: Any, attempt: Attempt) -> Settlement:
    if attempt.circuit.holds(attempt.outcome):
        return waiting(attempt.circuit, attempts=row.attempts)
    return after(
        attempt.outcome,
        attempts=row.attempts,
        doubts=row.doubts,
        now=attempt.at,
        jitter=random.uniform(-1, 1),  # noqa: S311 - spreads load, guards nothing
    )


def _write(connection: Transaction, row: Any, attempt: Attempt, settlement: Settlement) -> None:
    outcome = attempt.outcome
    accepted, doubted = outcome.verdict is Verdict.ACCEPTED, outcome.verdict is Verdict.IN_DOUBT
    answered = row.in_doubt and not doubted  # the body went out, and the relay has answered
    messages.write(
        connection,
        row.id,
        row.lease,
        status=settlement.status.value,
        look_at=settlement.look_at,
        attempts=settlement.attempts,
        lease=None,
        in_doubt=False,
        doubts=row.doubts - answered,
        reply=outcome.reply,
        last_error=None if accepted else outcome.reply,
        accepted_at=attempt.at if accepted else None,
    )


def _to_next_in_chain(connection: Transaction, house: House, row: Any, now: datetime) -> None:
    """Give the next office in the chain a row of its own, once; the refused row stays."""
    known = offices.reachable(connection)
    today = house.local(now).date()
    refused = resolve(known, row.office, today)
    if row.role == Role.CASE_OWNER or refused is None:
        return
    above = list(chain(known, refused[0].key))[1:]
    following = next((office for office in above if office.holder_on(today)), None)
    if following:
        messages.readdress(connection, row, following.key, now)
