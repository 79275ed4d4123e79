"""`looptijd do`: something is done with an agreement."""

import click

from states.model.phrase import Refusal, say
from workflow.agreements.act import Possible, act, possible
from workflow.agreements.queries import history
from workflow.cli.command import Command, actor, operator_command, parse_pairs
from workflow.cli.commands.do_questions import Asked, ask, ask_which, may_ask
from workflow.engine.deadline_words import occurrence_in_words
from workflow.engine.requests import POINT


@click.command("do")
@click.argument("ref", required=False)
@click.argument("action", required=False)
@click.argument("pairs", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--by", metavar="NAME", help="Who says so; default: the login name.")
@click.option("--reason", metavar="TEXT", help="Why; some actions require it.")
@operator_command
def do_command(  # noqa: PLR0913 - as many parts as the command has
    command: Command,
    *,
    ref: str | None,
    action: str | None,
    pairs: tuple[str, ...],
    by: str | None,
    reason: str | None,
) -> None:
    """Do ACTION with the agreement REF; without ACTION, list what can be done now.

    At a terminal it asks for what is missing, REF as well.

    Dates are written YYYY-MM-DD; on=DATE is the day on which the thing happened (default: today).
    """
    if ref is None and not may_ask(command):
        context = click.get_current_context()
        raise click.MissingParameter(ctx=context, param_type="argument", param_hint="'REF'")
    ref = ref or ask_which(command)
    if ref is None:
        return
    if action is not None and "=" in action:
        raise Refusal(say("Name the action before its keys: looptijd do REF ACTION key=value."))
    if action is None:
        _print_possible(command, ref, possible(command.app, ref))
    request = Asked(action=action, pairs=parse_pairs(pairs), reason=reason)
    who = actor(by)
    if may_ask(command):
        request = ask(command, ref, request)
    if request.action is not None:
        events = act(command.app, ref, request.action, request.pairs, by=who, reason=request.reason)
        _print_done(command, ref, {event.seq for event in events})


def _print_done(command: Command, ref: str, new: set[int]) -> None:
    rows = [line for line in history(command.app, ref) if line.event.seq in new]
    if command.as_json:
        command.print_json([command.views.event(row) for row in rows])
        return
    for row in rows:
        event = row.event
        what = occurrence_in_words(event.occurrence) if event.occurrence else say(event.action)
        stage = command.views.stage(event.stage, event.ending)
        command.tell(say("{seq}. {what}: {stage}.", seq=event.seq, what=what, stage=stage))


def _print_possible(command: Command, ref: str, found: list[Possible]) -> None:
    if command.as_json:
        command.print_json([command.views.possible(item) for item in found])
        return
    command.heading(say("What can be done with {ref} now", ref=ref))
    for item in found:
        _print_action(command, item)


def _print_action(command: Command, item: Possible) -> None:
    """Print an action with what it is and its keys, or with what objects to it."""
    action, words = item.action, command.say(item.action.label)
    name = command.say(say(action.name))
    command.screen.line(f"  {'✗' if item.objections else '✓'} {name}: {words}")
    if item.objections:
        command.bullets(item.objections, mark="   ")
        return
    keys = [f"{command.say(say(argument.name))}=…" for argument in action.arguments]
    keys += [f"{command.say(say(POINT))}.N=…"] if action.takes_points else []
    keys += ["--reason …"] if action.needs_reason else []
    if keys:
        command.screen.bullets([" ".join(keys)], mark="   ")
