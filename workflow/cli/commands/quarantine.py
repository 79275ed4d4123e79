"""`looptijd quarantine`: which agreements are set apart, and letting one be tried again."""

import click
from msgspec.structs import asdict

from states.model.phrase import say
from workflow.agreements.quarantine import quarantined, release
from workflow.cli.command import Command, operator_command
from workflow.cli.completion import completed, references


@click.group("quarantine")
def quarantine_command() -> None:
    """List what is set apart because it fails, or let it be tried again."""


@quarantine_command.command("list")
@operator_command
def quarantine_list(command: Command) -> None:
    """List the agreements that failed five times in a row or that cannot be read."""
    found = quarantined(command.app)
    if command.as_json:
        command.print_json([*map(asdict, found)])
    elif found:
        heads = (say("reference"), say("failures"), say("error"))
        rows = [
            [item.ref, str(item.failures), command.language.write(item.error)] for item in found
        ]
        command.table(heads, rows)
    else:
        command.tell(say("Nothing is in quarantine."))


@quarantine_command.command("release", epilog="leiden")
@click.argument("ref", shell_complete=completed(references))
@operator_command
def quarantine_release(command: Command, *, ref: str) -> None:
    """Let REF be tried at the next tick, as if for the first time."""
    release(command.app, ref)
    sentence = say("{ref} is tried at the next tick.", ref=ref)
    command.answer({"ref": ref, "released": True}, sentence)
