"""`looptijd tick`: one pass of the daemon, by hand."""

from collections import Counter
from collections.abc import Iterator

import click
from msgspec.structs import asdict

from notifications.retry_policy import MessageStatus
from states.model.phrase import Phrase, Refusal, say
from workflow.agreements.tick import tick
from workflow.app.app import OF_A_COPY, App
from workflow.app.clock_guard import held_clock, jump_sentence
from workflow.app.signs_of_life import leave_sign_of_life
from workflow.cli.command import Command, operator_command
from workflow.mail import queue
from workflow.mail.delivery import Outbox, transport_of
from workflow.maintenance.daily import Daily
from workflow.outputs.events import publish
from workflow.system.printable import one_line
from workflow.system.streams import print_error


@click.command("tick")
@operator_command
def tick_command(command: Command) -> None:
    """Fire everything that is due, then send the mail that waits; the same pass as the daemon's.

    Exit code 1 when an agreement fails, when the clock is held so that nothing fires, or when the
    file of events cannot be written.
    """
    fired, mails = _pass(command.app)
    leave_sign_of_life(command.app)
    unpublished = _publish(command)
    held = held_clock(command.app)
    sentence = say(
        "{fired} fired, {superseded} superseded, {failed} failed;"
        " mail: {accepted} accepted, {retry} waiting, {unknown} unknown, {refused} refused.",
        **fired,
        **mails,
    )
    command.answer(fired | {"mails": mails, "clock": held, "events": unpublished}, sentence)
    for wrong in () if command.as_json else _amiss(command, held, unpublished):
        print_error(one_line(f"looptijd: {command.say(wrong)}"))
    if fired["failed"] or held or unpublished:
        raise SystemExit(1)


def _pass(app: App) -> tuple[dict[str, int], dict[str, int]]:
    """Fire, mail and do the daily work; what that mends may be due, and is not left for later."""
    outbox, transport, daily = Outbox(app), transport_of(app), Daily()
    fired, mails = Counter(asdict(tick(app))), Counter[str]()
    daily.begin(app)
    mails.update(outbox.deliver(transport, lambda: False))
    daily.finish(app, fails=fired["failed"] > 0)
    fired.update(asdict(tick(app)))
    mails.update(outbox.deliver(transport, lambda: False))
    return dict(fired), dict(mails)


def _amiss(command: Command, held: str | None, unpublished: Phrase | None) -> Iterator[Phrase]:
    """Yield what somebody has to look at; of a copy, or another installation, that mail waits."""
    waiting, why = queue.listed(command.app, status=MessageStatus.HELD, ref=None)
    if why in OF_A_COPY and waiting:
        yield say(
            "No mail may leave from this register. Mails that wait: {count}. See: looptijd doctor",
            count=len(waiting),
        )
    if held:
        yield jump_sentence(held)
    if unpublished:
        yield unpublished


def _publish(command: Command) -> Phrase | None:
    """Write the file of events; return why it could not be written, which undoes nothing else."""
    try:
        publish(command.app)
    except Refusal as refusal:
        return refusal.sentences[0]
    return None
