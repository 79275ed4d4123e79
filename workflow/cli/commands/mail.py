"""`looptijd mail`: what is in the outbox, what a mail would say, and what becomes of it."""

from collections.abc import Iterator
from email import message_from_bytes
from email.message import MIMEPart
from email.policy import default
from pathlib import Path
from typing import Any

import click

from notifications.retry_policy import MessageStatus
from states.model.events import Role
from states.model.phrase import Phrase, Refusal, say
from states.model.stage import OccurrenceName, Rule
from workflow.agreements.queries import agreements_of
from workflow.cli.command import Command, Words, actor, operator_command, path_option
from workflow.cli.completion import completed, references
from workflow.engine.deadline_words import occurrence_in_words
from workflow.mail import preview, queue
from workflow.mail.relay_words import fault_in_words
from workflow.outputs.json.values import Parts
from workflow.store.outbox.messages import OutboxRow
from workflow.system.settings import is_address

PRIVATE = 0o600
ROLES = {
    Role.OFFICE.value: say("the office"),
    Role.FINANCE.value: say("the office that pays"),
    Role.ACTING.value: say("the office that acts"),
    Role.CASE_OWNER.value: say("the case owner"),
    Role.ESCALATION.value: say("the office above"),
    "operator": say("the operator"),
}
LABELS = {
    "id": say("number"),
    "ref": say("reference"),
    "occurrence": say("about"),
    "role": say("sent to"),
    "office": say("office"),
    "to": say("to"),
    "subject": say("subject"),
    "status": say("status"),
    "attempts": say("attempts"),
    "created_at": say("made"),
    "next_attempt_at": say("next attempt"),
    "accepted_at": say("accepted at"),
    "reply": say("the relay's answer"),
    "last_error": say("last error"),
    "merged_into": say("carried by mail"),
    "message_id": say("Message-ID"),
}
OF_CANCELLED = {"last_error": say("reason")}
IN_THE_LIST = ("id", "ref", "occurrence", "to", "subject", "status")
CAUSES = {
    "event": say("an action"),
    "handover": say("a handover"),
    "catch_up": say("what should have been told before"),
    "digest": say("the weekly overview"),
    "incident": say("an incident"),
    "summary": say("what is open"),
    "test": say("a test"),
}


@click.group("mail")
def mail_command() -> None:
    """List, show, preview, retry, resend, cancel or test mail."""


@mail_command.command("list", epilog="--status refused")
@click.argument("ref", required=False, shell_complete=completed(references))
@click.option(
    "--status",
    type=Words(MessageStatus, lambda status: (queue.status_in_words(status),)),
    help="Only mail of this status.",
)
@click.option("--attention", is_flag=True, help="Only what asks for attention.")
@operator_command
def mail_list(command: Command, *, ref: str | None, status: str | None, attention: bool) -> None:
    """List the mails, of one agreement or one status."""
    rows, held = queue.listed(command.app, status=status, ref=ref, attention=attention)
    documents = [command.views.mail(row, held=held) for row in rows]
    if command.as_json:
        command.print_json(documents)
        return
    shown = _in_words(command, documents)
    known = [document | {"to": document["to"] or document["office"]} for document in shown]
    cells = [[command.language.write(row[name] or "–") for name in IN_THE_LIST] for row in known]
    heads = [LABELS[name] for name in IN_THE_LIST]
    command.table(heads, cells, elastic=IN_THE_LIST.index("subject"))


def _in_words(command: Command, documents: list[Parts]) -> Iterator[Parts]:
    """Yield mails with their status, and what they are about, in words."""
    owed = {document["ref"] for document in documents if document["rule"] == Rule.OBLIGATION}
    known = agreements_of(command.app, owed)
    for document in documents:
        cause = document["occurrence"]
        kind = cause.partition(":")[0]
        about = command.say(CAUSES[kind]) if kind in CAUSES else cause
        if OccurrenceName.of(cause):
            about = command.say(occurrence_in_words(cause, known.get(document["ref"])))
        yield document | {"status": _status(command, document), "occurrence": about}


@mail_command.command("show", epilog="12")
@click.argument("number")
@operator_command
def mail_show(command: Command, *, number: str) -> None:
    """Show one mail: where it stands, its headers and its words."""
    row = queue.one(command.app, number)
    document = command.views.mail(row, held=queue.held(command.app)) | _parts(row)
    if command.as_json:
        command.print_json(document)
        return
    labels = LABELS | (OF_CANCELLED if row.status == MessageStatus.CANCELLED else {})
    (shown,) = _in_words(command, [document])
    command.screen.pairs(
        (command.say(label), _part(command, name, shown[name]))
        for name, label in labels.items()
        if shown[name] is not None
    )
    if document["text"]:
        command.screen.line()
        command.screen.line(document["text"])
    elif row.is_to_leave and row.ref and row.rule in preview.ALERTING:
        typed = f"looptijd mail preview {row.rule} {row.ref}"
        command.tell(say("It is written when it leaves. As it stands now: {line}", line=typed))


def _part(command: Command, name: str, value: Any) -> str:
    if name == "role":
        return command.say(ROLES[value]) if value in ROLES else str(value)
    if name.endswith("_at"):
        return command.language.moment(command.app.local(value))
    if name in {"reply", "last_error"}:
        return command.language.write(fault_in_words(value))
    return command.language.write(value)


def _parts(row: OutboxRow) -> dict[str, Any]:
    if not row.content:
        return {"headers": None, "text": None, "html": None}
    message = message_from_bytes(row.content, policy=default)
    return {
        "headers": {name: str(value) for name, value in message.items()},
        "text": _lines(message.get_body(("plain",))),
        "html": _lines(message.get_body(("html",))),
    }


def _lines(body: MIMEPart | None) -> str | None:
    """Return a body as text has it; a mail ends its lines with CR and LF."""
    return body.get_content().replace("\r\n", "\n") if body else None


@mail_command.command("preview", epilog="payment leiden")
@click.argument("rule", shell_complete=completed(lambda *_: preview.MAILS))
@click.argument("ref", required=False, shell_complete=completed(references))
@path_option("--html", metavar="FILE", help="Write the mail as HTML to FILE.")
@operator_command
def mail_preview(command: Command, *, rule: str, ref: str | None, html: Path | None) -> None:
    """Show the mail that RULE would send for REF, or for a built-in example.

    RULE may also be decide or terminate; and, without REF, handover, summary, catch_up or digest.
    Nothing is sent and the register stays as it is.
    """
    mail = preview.preview(command.app, rule, ref)
    if html:
        command.write(html, mail.html.encode(), mode=PRIVATE)
    if command.as_json:
        command.print_json({"subject": mail.subject, "text": mail.text, "html": mail.html})
        return
    command.screen.pairs([(command.say(say("subject")), mail.subject)])
    command.screen.line()
    command.screen.line(mail.text)


def _print_row(command: Command, row: OutboxRow) -> None:
    document = command.views.mail(row, held=queue.held(command.app))
    status = _status(command, document)
    command.answer(document, say("Mail {id} is {status}.", id=document["id"], status=status))


def _status(command: Command, document: dict[str, Any]) -> str:
    return command.say(queue.status_in_words(document["status"]))


@mail_command.command("retry", epilog="12")
@click.argument("number")
@operator_command
def mail_retry(command: Command, *, number: str) -> None:
    """Let a mail be tried again at the next pass, under the same Message-ID."""
    _print_row(command, queue.retry(command.app, number, by=actor(None)))


@mail_command.command("resend", epilog="12")
@click.argument("number")
@operator_command
def mail_resend(command: Command, *, number: str) -> None:
    """Send a mail once more on purpose, as a new one with its own Message-ID."""
    _print_row(command, queue.resend(command.app, number, by=actor(None)))


@mail_command.command("cancel", epilog="12")
@click.argument("number")
@operator_command
def mail_cancel(command: Command, *, number: str) -> None:
    """Cancel a mail that has not left; it stays visible."""
    reason = command.say(say("cancelled by an operator"))
    _print_row(command, queue.cancel(command.app, number, reason, by=actor(None)))


@mail_command.command("test", epilog="griffie@example.org")
@click.argument("address")
@operator_command
def mail_test(command: Command, *, address: str) -> None:
    """Send a test mail to ADDRESS through the configured transport."""
    row = send_test(command, address)
    command.answer(command.views.mail(row, held=None), where_it_is(command, row))


def where_it_is(command: Command, row: OutboxRow) -> Phrase:
    """Return what became of a test mail: a folder is no relay, and nobody gets what is in it."""
    mail = command.app.settings.mail
    if mail.transport == "directory":
        return say(
            "The test mail stands in the folder {folder}: {file}",
            folder=mail.directory,
            file=row.reply,
        )
    return say("The test mail was accepted: {reply}", reply=row.reply or "ok")


def send_test(command: Command, address: str) -> OutboxRow:
    """Send a test mail; return the row that it would have."""
    if not is_address(address):
        raise Refusal(say("“{value}” is not an e-mail address.", value=address))
    subject = command.say(say("Test of looptijd"))
    text = command.say(say("This is a test. If you can read it, looptijd's mail arrives."))
    return queue.send_test(command.app, address, subject, text)
