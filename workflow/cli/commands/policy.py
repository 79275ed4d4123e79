"""`looptijd policy`: the configured policy beside the one in force."""

import click

from states.model.phrase import say
from workflow.cli.command import Command, actor, operator_command
from workflow.maintenance.setup import Difference, adopt_policy, policy_difference


@click.group("policy")
def policy_command() -> None:
    """Compare the configured policy with the one in force, or adopt it."""


@policy_command.command("diff")
@operator_command
def policy_diff(command: Command) -> None:
    """Show what adopting the configured policy would change; change nothing."""
    _print_difference(command, policy_difference(command.app))


@policy_command.command("adopt")
@operator_command
def policy_adopt(command: Command) -> None:
    """Put the configured policy in force; nothing is mailed for the past."""
    _print_difference(command, adopt_policy(command.app, by=actor(None)))
    if not command.as_json:
        command.tell(say("The policy is in force."))


def _print_difference(command: Command, difference: Difference) -> None:
    parts = {
        "new": (say("New"), difference.new),
        "moved": (say("Moved"), difference.moved),
        "gone": (say("Gone"), difference.gone),
        "suppressed": (say("Suppressed, for they lie in the past"), difference.suppressed),
    }
    if command.as_json:
        command.print_json({name: names for name, (_, names) in parts.items()})
        return
    for heading, names in parts.values():
        if names:
            command.screen.heading(f"{command.say(heading)} ({len(names)})")
            command.screen.bullets(names)
    if not any(names for _, names in parts.values()):
        command.tell(say("No step changes."))
