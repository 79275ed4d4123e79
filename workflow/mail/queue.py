"""What operators do with mail: look, retry, resend, cancel, and send a test."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from email.utils import make_msgid
from typing import Any

from notifications.message import text_mail
from notifications.retry_policy import MessageStatus
from notifications.transport import Outcome, Parcel, Transport, Verdict, Work
from states.model import phrase
from states.model.events import ENGINE
from states.model.phrase import Phrase, say
from workflow.app.app import OF_A_COPY, App, why_held
from workflow.mail.delivery import transport_of
from workflow.mail.drafts import told_in
from workflow.mail.relay_words import fault_in_words
from workflow.mail.senders import envelope_sender, sender_of
from workflow.store import register
from workflow.store.agreements import the_agreement
from workflow.store.database import Transaction, Unavailable
from workflow.store.outbox import queries
from workflow.store.outbox import resend as resending
from workflow.store.outbox.messages import OPERATOR, TO_LEAVE, OutboxRow
from workflow.system.refusals import Failed, NotFound, Refused

HELD_BACK = say("held back")
STOPPED = {
    MessageStatus.REFUSED.value,
    MessageStatus.EXPIRED.value,
    MessageStatus.UNKNOWN.value,
    MessageStatus.HELD.value,
    *map(str, TO_LEAVE),
}


def listed(
    app: App, *, status: str | None, ref: str | None, attention: bool = False
) -> tuple[Sequence[OutboxRow], str | None]:
    """Return the messages, or those that ask for attention, and why mail is held if it is."""
    with app.reading() as connection:
        held = why_held(connection, app)
        if ref is not None:
            the_agreement(connection, ref)
        asked = None if status == MessageStatus.HELD else status
        rows = queries.every(connection, status=asked, ref=ref, attention=attention)
    if status == MessageStatus.HELD:
        rows = [row for row in rows if row.status_while(held) == MessageStatus.HELD]
    return rows, held


def held(app: App) -> str | None:
    """Return why no mail leaves at the moment, if it is held."""
    with app.reading() as connection:
        return why_held(connection, app)


def one(app: App, number: str) -> OutboxRow:
    """Return one message; NotFound when there is none of that number."""
    with app.reading() as connection:
        return _find(connection, number)


def _find(connection: Transaction, number: str, *, lock: bool = False) -> OutboxRow:
    is_number = re.fullmatch(r"[0-9]{1,9}", number)
    row = queries.find(connection, int(number), lock=lock) if is_number else None
    if row is None:
        raise NotFound(say("There is no mail {number}. See: looptijd mail list", number=number))
    return row


def retry(app: App, number: str, *, by: str = ENGINE) -> OutboxRow:
    """Let a message that waits or was given up be tried again now; the same Message-ID.

    One that nothing waits for any more, as it expired or was refused, is tried for as long again.
    """
    status = MessageStatus.QUEUED.value
    with _noted(app, say("mail {number} is tried again", number=number), by) as connection:
        row = _find(connection, number, lock=True)
        _refuse_without_words(row)
        spent = row.attempts if row.next_attempt_at else row.refusals
        anew = {"attempts": spent, "last_error": None}
        return _change(connection, number, status, app.clock.now(), **anew)


def cancel(app: App, number: str, reason: str, *, by: str = ENGINE) -> OutboxRow:
    """Cancel a message that has not left; it stays visible with the reason."""
    status = MessageStatus.CANCELLED.value
    with _noted(app, say("mail {number} is cancelled", number=number), by) as connection:
        return _change(connection, number, status, None, last_error=reason, pointless=False)


def status_in_words(status: str) -> Phrase:
    """Return what the status of a mail is called."""
    return HELD_BACK if status == MessageStatus.HELD else say(status)


@contextmanager
def _noted(app: App, what: Phrase, by: str) -> Iterator[Transaction]:
    """Give a transaction in which a message is changed: `what` is done, and by whom, is recorded.

    The register is written last, as by who acts: nobody waits for somebody who waits for him.
    """
    with app.writing() as connection:
        register.work_beside_others(connection)
        yield connection
        reason = app.language.say(what)
        register.note_by(connection, by, at=app.clock.now(), action="mail", reason=reason)


def _change(
    connection: Transaction, number: str, status: str, at: datetime | None, **values: Any
) -> OutboxRow:
    known, values = _find(connection, number).id, values | {"status": status, "next_attempt_at": at}
    is_changed = resending.change_waiting(connection, known, STOPPED, **values)
    row = _find(connection, number)  # as it is after a wait for who was changing it
    if not is_changed:
        raise Refused(
            say(
                "Mail {number} is {status}; that is possible only while it is {statuses}.",
                number=number,
                status=status_in_words(row.status),
                statuses=phrase.listed(map(status_in_words, sorted(STOPPED))),
            )
        )
    return row


def resend(app: App, number: str, *, by: str = ENGINE) -> OutboxRow:
    """Send a message once more on purpose: a new row with a Message-ID of its own."""

    def reason(lead: int) -> str:
        return app.language.say(told_in(lead))

    with _noted(app, say("mail {number} is sent once more", number=number), by) as connection:
        row = _find(connection, number, lock=True)  # its words may be erased just now
        if row.is_to_leave or row.status == MessageStatus.SENDING:
            raise Refused(say("Mail {number} has not left yet; use retry.", number=number))
        _refuse_without_words(row)
        return _find(connection, str(resending.resend(connection, row, app.clock.now(), reason)))


def _refuse_without_words(row: OutboxRow) -> None:
    """An incident was composed once, when it happened; when its words are erased, they are gone."""
    if row.role == OPERATOR and row.content is None:
        raise Refused(say("The words of mail {number} were erased.", number=row.id))


# A test ------------------------------------------------------------------------------------------


def send_test(app: App, address: str, subject: str, text: str) -> OutboxRow:
    """Send one test mail through the configured transport; return the row that it would have.

    It is not kept in the outbox, so its number is 0.
    """
    _refuse_copy(app)
    parcel = _test_parcel(app, address, subject, text)
    outcome = _send(transport_of(app), parcel)
    mail, why = app.settings.mail, fault_in_words(outcome.reply)
    if outcome.verdict is Verdict.RELAY_AWAY and mail.transport == "smtp":
        where = f"{mail.host}:{mail.port}"
        raise Failed(
            say("The relay {where} gives no connection: {reason}.", where=where, reason=why)
        )
    if outcome.verdict is not Verdict.ACCEPTED:
        raise Failed(say("The test mail was not accepted: {reply}", reply=why))
    now = app.clock.now()
    return OutboxRow(
        id=0,
        rule="test",
        cause="test",
        role=OPERATOR,
        office="",
        address=address,
        subject=subject,
        status=MessageStatus.ACCEPTED,
        attempts=1,
        message_id=parcel.message_id,
        created_at=now,
        accepted_at=now,
        reply=outcome.reply,
    )


def _refuse_copy(app: App) -> None:
    """A copy of a register connects to no relay; before there is a register, anybody may try."""
    with suppress(Unavailable), app.reading() as connection:
        if why_held(connection, app) in OF_A_COPY:
            raise Refused(
                say(
                    "This register was put back or copied, so no mail leaves, not even a test."
                    " Adopt it first: looptijd adopt"
                )
            )


def _test_parcel(app: App, address: str, subject: str, text: str) -> Parcel:
    sender = app.settings.mail.sender
    message_id = make_msgid(domain=sender_of(app).email.partition("@")[2])
    return Parcel(
        id=0,
        token="",
        sender=envelope_sender(app),
        recipient=address,
        message_id=message_id,
        content=text_mail(
            sender=sender,
            to=address,
            subject=subject,
            text=text,
            message_id=message_id,
            written_at=app.local(app.clock.now()),
        ),
    )


def _send(transport: Transport, parcel: Parcel) -> Outcome:
    waiting, outcomes = [parcel], [Outcome(Verdict.RELAY_AWAY)]
    work = Work(
        lease=lambda: waiting.pop() if waiting else None,
        hear=lambda _parcel, outcome: outcomes.append(outcome),
        commit=lambda bodies: {body.held for body in bodies},
    )
    transport.run(work, stopping=lambda: False)
    return outcomes[-1]
