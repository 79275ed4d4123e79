"""The commands that make the register, fill it, and set its policy."""

from pathlib import Path

import click

from states.phrase import say
from workflow.cli.running import Desk, command, who_is_there
from workflow.cli.screen import Screen
from workflow.diagram import mermaid
from workflow.service.registering import Imported, import_files
from workflow.service.setup import Difference, adopt_policy, init, policy_difference


@click.command("init")
@command
def init_command(desk: Desk) -> None:
    """Make the register or bring its database up to date; can be repeated."""
    created = init(desk.house)
    if desk.as_json:
        desk.print_json({"created": created})
    elif created:
        desk.tell(say("The register is ready."))
    else:
        desk.tell(say("The register was ready already, and is up to date."))


# import ------------------------------------------------------------------------------------------


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Report, and write nothing.")
@click.option("--history", is_flag=True, help="Agreements that run already; mail nothing.")
@click.option("--by", default=None, help="Who does this; default: the login name.")
@command
def import_command(
    desk: Desk, *, files: tuple[Path, ...], dry_run: bool, history: bool, by: str | None
) -> None:
    """Register the agreements and offices in FILES (TOML, or JSON Lines): all or nothing."""
    result = import_files(
        desk.house, list(files), by=by or who_is_there(), dry_run=dry_run, history=history
    )
    if desk.as_json:
        desk.print_json(desk.views.imported(result))
    else:
        _print_imported(desk, result, dry_run=dry_run)
    if result.problems:
        raise SystemExit(2)


def _print_imported(desk: Desk, result: Imported, *, dry_run: bool) -> None:
    for ref, warning in result.warnings:
        click.echo(f"{desk.say(say('Warning'))}: {ref}: {desk.say(warning)}", err=True)
    for problem in result.problems:
        place = ":".join(str(part) for part in (problem.file, problem.line) if part is not None)
        key = f" {problem.key}:" if problem.key else ""
        words = f"{desk.say(problem.problem)} {desk.say(problem.remedy)}"
        click.echo(f"{place}:{key} {words}", err=True)
    if result.problems:
        desk.tell(say("{count} problems; nothing was written.", count=len(result.problems)))
        return
    counted = say(
        "{created} agreements registered, {unchanged} unchanged, {offices} offices entered.",
        created=len(result.created),
        unchanged=len(result.unchanged),
        offices=len(result.offices),
    )
    desk.tell(counted)
    if dry_run:
        desk.tell(say("This was a dry run: nothing was written."))


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
    _print_difference(desk, adopt_policy(desk.house))
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
    screen = Screen()
    for heading, names in parts.values():
        if names:
            screen.heading(f"{desk.say(heading)} ({len(names)})")
            screen.bullets(names)
    if not any(names for _, names in parts.values()):
        desk.tell(say("No step changes."))


@click.command("diagram")
@command
def diagram_command(desk: Desk) -> None:
    """Print the procedure as Mermaid text, made from the stages' own declarations."""
    text = mermaid(desk.language)
    desk.print_json({"mermaid": text}) if desk.as_json else click.echo(text)
