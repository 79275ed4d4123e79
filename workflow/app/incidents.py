"""Incidents: what a person must look at, told once to the operator by mail and in the log."""

import logging
from collections.abc import Mapping
from datetime import datetime

from notifications.message import text_mail
from states.model.phrase import Phrase, say
from workflow.app.app import App
from workflow.store import register
from workflow.store.database import Transaction
from workflow.store.outbox import messages, queries

log = logging.getLogger("looptijd")
RULE = "incident"
# What an incident is called in the subject of its mail, by its kind.
CALLED: Mapping[str, Phrase] = {
    "clock": say("the clock jumped"),
    "composing": say("mail cannot be composed"),
    "damaged": say("the register differs from its ledger"),
    "failing": say("an agreement fails"),
    "mended": say("the register was mended from its ledger"),
    "nobody": say("nobody holds an office"),
    "template": say("a template of your own is broken"),
    "relay": say("mail cannot be handed over"),
}


def report(connection: Transaction, app: App, kind: str, what: Phrase, now: datetime) -> None:
    """Log an incident and queue a mail to the operator: one a day for each kind.

    A kind may go on after a colon, such as `nobody:KEY`: then there is one for each key. None is
    queued while one that says the same still waits: after months without a relay there would be
    hundreds, and what is new would drown in them.
    """
    log.error("incident", extra={"kind": kind, "what": str(what)})
    operator = app.settings.mail.operator
    if not operator:
        return
    words = app.language
    cause = f"incident:{kind}:{app.local(now).date()}"
    uid = register.read(connection).uid
    name = messages.MailName("", cause, messages.OPERATOR, "")
    called = CALLED.get(kind.partition(":")[0], say("something needs a look"))
    subject = words.say(say("Looptijd needs you: {called}", called=called))
    content = text_mail(
        sender=app.settings.mail.sender,
        to=operator,
        subject=subject,
        text=words.say(what),
        message_id=name.message_id(uid),
        written_at=app.local(now),
    )
    waiting = queries.contents_waiting(connection, RULE, operator)
    if _words(content) in map(_words, waiting):
        return
    row = {"rule": RULE, "address": operator, "subject": subject, "content": content}
    messages.queue_once(connection, row | messages.fresh(uid, name, now))


def _words(content: bytes) -> bytes:
    """Return what a mail says, without its head: there stand its day and its Message-ID."""
    return content.split(b"\r\n\r\n", 1)[-1]
