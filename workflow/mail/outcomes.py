"""Settling: what an attempt to hand a mail over makes of its row, many in one transaction."""

import random
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from notifications.retry_policy import Circuit, MessageStatus, Settlement, after
from notifications.transport import Lease, Outcome, Parcel, Verdict
from states.model.events import Role
from states.model.phrase import say
from workflow.app.app import App, policy_of
from workflow.app.incidents import report
from workflow.engine.offices import chain, resolve
from workflow.mail.catch_up import CATCH_UP
from workflow.mail.drafts import as_it_stands
from workflow.mail.recipients import asked_of, cases, reader_of
from workflow.mail.relay_words import fault_in_words
from workflow.store import offices
from workflow.store.database import Transaction
from workflow.store.outbox import late, leases, queries, resend
from workflow.store.outbox.messages import MAKES_LATE, OutboxRow


class Attempt(Struct, frozen=True, kw_only=True):
    """How one attempt ended; true whenever it is committed, because nothing is asked again.

    `circuit` is what it left of the circuit, `opened` whether it opened it.
    """

    parcel: Parcel
    outcome: Outcome
    at: datetime
    circuit: Circuit
    opened: bool

    @property
    def held(self) -> Lease:
        """Return the lease under which it was made."""
        return self.parcel.held


def settle(
    connection: Transaction, app: App, attempts: Sequence[Attempt]
) -> list[tuple[Attempt, MessageStatus]]:
    """Write what became of mails; where another lease holds the row, that one decides about it."""
    for attempt in attempts:
        if attempt.opened:
            _report(connection, app, attempt)
    rows = leases.leased(connection, [attempt.held for attempt in attempts])
    held = [(attempt, rows[attempt.held]) for attempt in attempts if attempt.held in rows]
    settled = [(attempt, row, _settlement(row, attempt)) for attempt, row in held]
    leases.write_all(connection, [_written(*one) for one in settled])
    for attempt, row, settlement in settled:
        if settlement.status is MessageStatus.REFUSED:
            _to_next_in_chain(connection, app, row, attempt)
    return [(attempt, settlement.status) for attempt, _, settlement in settled]


def _report(connection: Transaction, app: App, attempt: Attempt) -> None:
    sentence = say(
        "Mail cannot be handed over: {reply}. It waits and is tried again at least every quarter of"
        " an hour; nothing is lost. Look at the relay and at [mail] in the configuration; to try:"
        " looptijd mail test ADDRESS",
        reply=fault_in_words(attempt.outcome.reply.rstrip(".")),
    )
    report(connection, app, "relay", sentence, attempt.at)


def _settlement(row: OutboxRow, attempt: Attempt) -> Settlement:
    return after(
        attempt.outcome,
        attempt.circuit,
        attempts=row.attempts,
        doubts=row.doubts,
        now=attempt.at,
        jitter=random.uniform(-1, 1),  # noqa: S311 - spreads load, guards nothing
    )


def _written(attempt: Attempt, row: OutboxRow, settlement: Settlement) -> dict[str, Any]:
    outcome = attempt.outcome
    accepted, doubted = outcome.verdict is Verdict.ACCEPTED, outcome.verdict is Verdict.IN_DOUBT
    answered = row.in_doubt and not doubted  # the body went out, and the relay has answered
    return {
        "number": row.id,
        "token": row.lease,
        "status": settlement.status.value,
        "next_attempt_at": settlement.next_attempt_at,
        "attempts": settlement.attempts,
        "lease": None,
        "in_doubt": False,
        "doubts": row.doubts - answered,
        "refusals": row.refusals + (settlement.status is MessageStatus.REFUSED),
        "reply": outcome.reply,
        "last_error": None if accepted else outcome.reply,
        "accepted_at": attempt.at if accepted else None,
    }


def _to_next_in_chain(connection: Transaction, app: App, mail: OutboxRow, attempt: Attempt) -> None:
    """Give the next office in the chain a row of its own for each that a refused mail told, once.

    The refused ones stay. Where the words stood, another office may be asked by now, or another
    hold it, who did not refuse, or nobody: then it waits. In the place of a case owner who refused
    only another case owner gets it. What a catch-up mail told is gathered again.
    """
    now, is_catch_up = attempt.at, mail.rule == CATCH_UP
    rows = (
        late.merged_for(connection, mail.cause)
        if is_catch_up
        else (mail, *queries.merged(connection, [mail]))
    )
    waits_since = now - MAKES_LATE if is_catch_up else now
    known, today = offices.reachable(connection), policy_of(connection).day_of(now)
    about = cases(connection, app, {row.agreement for row in rows if row.agreement_id}, now)
    for row in rows:
        case = about.get(row.agreement_id or 0)
        asked = as_it_stands(connection, app, case, row) if case else row
        key = asked_of(known, asked)
        reader = reader_of(app, case, asked) if case else None
        refused_it = reader and reader.box.email.lower() == attempt.parcel.recipient.lower()
        if not key or (asked.role == Role.CASE_OWNER and (refused_it or reader is None)):
            continue
        if case and not refused_it:
            resend.readdress(connection, row, asked.office, now, waits_since)
        elif refused := resolve(known, key, today):
            above = list(chain(known, refused[0].key))[1:]
            following = next((office for office in above if office.holder_on(today)), None)
            if following:
                bears = refused[0] if row.role == Role.ESCALATION else following
                resend.readdress(connection, row, bears.key, now, waits_since)
