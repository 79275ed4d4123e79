"""`looptijd clock`: a jump of the clock, which holds everything, is confirmed."""

import click

from states.model.phrase import say
from workflow.app.clock_guard import confirm_clock
from workflow.cli.command import Command, actor, operator_command


@click.group("clock")
def clock_command() -> None:
    """Confirm the clock after a jump."""


@clock_command.command("confirm")
@operator_command
def clock_confirm(command: Command) -> None:
    """Accept the clock as it stands, and let what is due fire."""
    held = confirm_clock(command.app, by=actor(None))
    confirmed = say("The clock is confirmed; what is due fires at the next tick.")
    unchanged = say("The clock was not held; what failed or was put off is tried soon.")
    command.answer({"confirmed": held}, confirmed if held else unchanged)
