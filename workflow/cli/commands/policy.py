"""`looptijd policy`: the configured policy beside the one in force."""

from collections.abc import Iterator

import click

from states.model.phrase import Phrase, say
from states.model.stage import OccurrenceName, Rule, Step
from states.process import RULES
from workflow.cli.command import Command, actor, operator_command
from workflow.engine.deadline_words import step_in_words
from workflow.maintenance.setup import Difference, adopt_policy, policy_difference

FEW = 3


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
            command.bullets(_in_words(names), mark="–")
    if not any(names for _, names in parts.values()):
        command.tell(say("No step changes."))


def _in_words(names: list[str]) -> Iterator[Phrase]:
    """Yield each kind of step once, with how many agreements it changes for."""
    refs: dict[tuple[Rule, Step], set[str]] = {}
    for ref, _, name in (text.partition(" ") for text in names):
        parts = OccurrenceName.parse(name)
        refs.setdefault((parts.rule, parts.step), set()).add(ref)
    for (rule, step), found in refs.items():
        what, when = RULES[rule].short, step_in_words(step)
        first = ", ".join(sorted(found)[:FEW]) + (", …" if len(found) > FEW else "")
        yield say(
            "{what}, {when}: of {count} ({refs})",
            what=what,
            when=when,
            count=len(found),
            refs=first,
        )
