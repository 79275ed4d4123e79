"""The commands about agreements that fail: which are set apart, and let one be tried again."""

import click

from states.model.phrase import say
from workflow.agreements.quarantine import quarantined, release
from workflow.cli.command import Command, operator_command, screen
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
        rows = [
            {
                "ref": item.ref,
                "failures": item.failures,
                "readable": item.readable,
                "error": item.error,
            }
            for item in found
        ]
        command.print_json(rows)
        return
    if not found:
        command.tell(say("Nothing is in quarantine."))
        return
    heads = (say("reference"), say("failures"), say("error"))
    screen().table(
        [command.say(head) for head in heads],
        [[item.ref, str(item.failures), item.error] for item in found],
    )


@quarantine_command.command("release")
@click.argument("ref", shell_complete=completed(references))
@operator_command
def quarantine_release(command: Command, *, ref: str) -> None:
    """Let REF be tried at the next tick, as if for the first time."""
    release(command.app, ref)
    if command.as_json:
        command.print_json({"ref": ref, "released": True})
    else:
        command.tell(say("{ref} is tried at the next tick.", ref=ref))
