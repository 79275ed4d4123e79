"""`looptijd init`: the register is made, or brought up to date."""

from functools import partial

import click

from states.model.phrase import say
from workflow.cli.command import Command, actor, operator_command
from workflow.cli.commands.init_questions import try_out, write_configuration
from workflow.maintenance.setup import init


@click.command("init")
@click.option("--setup", is_flag=True, help="First ask for the settings, and write them to a file.")
@partial(operator_command, first=write_configuration)
def init_command(command: Command, *, setup: bool) -> None:
    """Make the register or bring its database up to date; can be repeated.

    With --setup it first asks at the terminal, writes a commented configuration (to --config, else
    /etc/looptijd/looptijd.toml where that folder may be written, else ./looptijd.toml), tries the
    relay, and sends a test mail when asked to. It never overwrites a file.
    """
    if setup and not try_out(command):
        return
    created = init(command.app, by=actor(None))
    where = command.app.database.place
    ready = say("The register is ready: {where}.", where=where)
    again = say("The register was ready already, and is up to date: {where}.", where=where)
    command.answer({"created": created}, ready if created else again)
