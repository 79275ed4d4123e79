"""`looptijd policy`: the configured policy beside the one in force."""

import click

from states.model.phrase import say
from workflow.cli.command import Desk, actor, command, screen
from workflow.maintenance.setup import Difference, adopt_policy, policy_difference


@click.group("policy")
def policy_command() -> None:
    """Compare the configured policy with the one in force, or adopt it."""


@policy_command.command("diff")
@command
def policy_diff(desk: Desk) -> None:
    """Show what adopting the configured policy would change; change nothing."""
    _print_difference(desk, policy_difference(desk.house))


@policy_command.command("adopt")
@command
def policy_adopt(desk: Desk) -> None:
    """Put the configured policy in force; nothing is mailed for the past."""
    _print_difference(desk, adopt_policy(desk.house, by=actor(None)))
    if not desk.as_json:
        desk.tell(say("The policy is in force."))


def _print_difference(desk: Desk, difference: Difference) -> None:
    parts = {
        "new": (say("New"), difference.new),
        "moved": (say("Moved"), difference.moved),
        "gone": (say("Gone"), difference.gone),
        "suppressed": (say("Suppressed, for they lie in the past"), difference.suppressed),
    }
    if desk.as_json:
        desk.print_json({name: names for name, (_, names) in parts.items()})
        return
    page = screen()
    for heading, names in parts.values():
        if names:
            page.heading(f"{desk.say(heading)} ({len(names)})")
            page.bullets(names)
    if not any(names for _, names in parts.values()):
        desk.tell(say("No step changes."))
