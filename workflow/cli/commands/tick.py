"""`looptijd tick`: one pass of the daemon, by hand."""

import click

from states.model.phrase import Refusal, say
from workflow.agreements.tick import leave_sign_of_life, tick
from workflow.app.clock_guard import held_clock, told_jump
from workflow.cli.command import Desk, command
from workflow.mail.delivery import Post, transport_of
from workflow.maintenance.daily import Daily
from workflow.outputs.events.publish import publish
from workflow.system.printable import one_line


@click.command("tick")
@command
def tick_command(desk: Desk) -> None:
    """Fire everything that is due, then send the mail that waits; the same pass as the daemon's.

    Exit code 1 when an agreement fails, when the clock is held so that nothing fires, or when the
    file of events cannot be written.
    """
    ticked, daily = tick(desk.house), Daily()
    daily.begin(desk.house)
    mails = Post(desk.house).deliver(transport_of(desk.house), lambda: False)
    daily.finish(desk.house)
    leave_sign_of_life(desk.house)
    unpublished = _publish(desk)
    held = held_clock(desk.house)
    document = {
        "fired": ticked.fired,
        "superseded": ticked.superseded,
        "failed": ticked.failed,
        "mails": mails,
    }
    if desk.as_json:
        desk.print_json(document | {"clock": held, "events": unpublished})
    else:
        desk.tell(
            say(
                "{fired} fired, {superseded} superseded, {failed} failed;"
                " mail: {accepted} accepted, {retry} waiting, {unknown} unknown, {refused}"
                " refused.",
                **{name: value for name, value in document.items() if name != "mails"},
                **mails,
            )
        )
    if held and not desk.as_json:
        click.echo(f"looptijd: {desk.say(told_jump(held))}", err=True)
    if unpublished and not desk.as_json:
        click.echo(f"looptijd: {one_line(unpublished)}", err=True)
    if ticked.failed or held or unpublished:
        raise SystemExit(1)


def _publish(desk: Desk) -> str | None:
    """Write the file of events; return why it could not be written, which undoes nothing else."""
    try:
        publish(desk.house)
    except Refusal as refusal:
        return desk.say(refusal.sentences[0])
    return None
