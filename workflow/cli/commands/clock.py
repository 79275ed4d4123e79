"""`looptijd clock`: the clock: a jump that holds everything is confirmed."""

import click

from states.model.phrase import say
from workflow.app.clock_guard import confirm_clock
from workflow.cli.command import Desk, actor, command


@click.group("clock")
def clock_command() -> None:
    """Confirm the clock after a jump."""


@clock_command.command("confirm")
@command
def clock_confirm(desk: Desk) -> None:
    """Accept the clock as it stands, and let what is due fire."""
    held = confirm_clock(desk.house, by=actor(None))
    if desk.as_json:
        desk.print_json({"confirmed": held})
    elif held:
        desk.tell(say("The clock is confirmed; what is due fires at the next tick."))
    else:
        desk.tell(say("The clock was not held; nothing changes."))
