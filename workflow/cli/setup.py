"""The commands that make the register and set its policy."""

from functools import partial

import click

from states.phrase import say
from workflow.cli.running import Desk, actor, command
from workflow.cli.screen import screen
from workflow.cli.setting_up import try_out, write_configuration
from workflow.service.setup import Difference, adopt_policy, init, policy_difference


@click.command("init")
@click.option("--setup", is_flag=True, help="First ask for the settings, and write them to a file.")
@partial(command, first=write_configuration)
def init_command(desk: Desk, *, setup: bool) -> None:
    """Make the register or bring its database up to date; can be repeated.

    With --setup it first asks at the terminal, writes a commented configuration (to --config, else
    /etc/looptijd/looptijd.toml where that folder may be written, else ./looptijd.toml), tries the
    relay, and sends a test mail when asked to. It never overwrites a file.
    """
    if setup and not try_out(desk):
        return
    created = init(desk.house, by=actor(None))
    if desk.as_json:
        desk.print_json({"created": created})
    elif created:
        desk.tell(say("The register is ready."))
    else:
        desk.tell(say("The register was ready already, and is up to date."))


# policy ------------------------------------------------------------------------------------------


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
