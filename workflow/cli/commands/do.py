"""`looptijd do`: something is done with an agreement."""

import click
from msgspec.structs import replace

from states.model.phrase import Phrase, Refusal, say
from states.process import PROCESS
from states.rules.gaps import open_gaps
from states.rules.shared_actions import AMEND, EVERYWHERE
from workflow.agreements.act import Asked, Done, Possible, act, current, foresee, possible
from workflow.agreements.answers import changed, follows, recorded
from workflow.agreements.queries import history, line_of
from workflow.agreements.search import titles
from workflow.agreements.worklist import worklist
from workflow.cli.command import Command, actor, operator_command, parse_pairs
from workflow.cli.commands.do_questions import ask, ask_which
from workflow.cli.commands.show import print_gaps
from workflow.cli.dialogue import NOTHING_WRITTEN, asking, confirmed, may_ask
from workflow.cli.help_language import translated
from workflow.engine.private_values import ERASED
from workflow.engine.requests import EXAMPLE, POINT, one_by_one
from workflow.engine.standing import STATE_WORDS, DeadlineState

MOST_CHANGES, MOST_ASKED = 8, 4


class WithActions(click.Command):
    """A command whose help names the actions of each stage."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the actions by stage, and once those that every stage has."""
        everywhere = [translated(action.name) for action in EVERYWHERE]
        rows = []
        for stage in PROCESS.values():
            names = (translated(action.name) for action in stage.actions)
            own = ", ".join(name for name in names if name not in everywhere)
            rows.append((translated(stage.label.text), own))
        with formatter.section(translated("Actions by stage")):
            formatter.write_dl([*rows, (translated("in every stage"), ", ".join(everywhere))])
        super().format_epilog(ctx, formatter)


@click.command("do", cls=WithActions, epilog="leiden pay instalment=2 on=yesterday")
@click.argument("ref", required=False)
@click.argument("action", required=False)
@click.argument("pairs", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--by", metavar="NAME", help="Who says so; default: the login name.")
@click.option("--reason", metavar="TEXT", help="Why; some actions require it.")
@click.option("--yes", is_flag=True, help="Record it without asking.")
@operator_command
def do_command(  # noqa: PLR0913 - as many parts as the command has
    command: Command,
    *,
    ref: str | None,
    action: str | None,
    pairs: tuple[str, ...],
    by: str | None,
    reason: str | None,
    yes: bool,
) -> None:
    """Do ACTION with the agreement REF; without ACTION, list what can be done now.

    At a terminal it asks for what is missing, REF as well.

    on=DATE is the day on which the thing happened (default: today). At a terminal it shows what
    will be recorded and asks before it writes.
    """
    if ref is None and not may_ask(command):
        context = click.get_current_context()
        raise click.MissingParameter(ctx=context, param_type="argument", param_hint="'REF'")
    ref = ask_which(command) if ref is None else ref
    if ref is None:
        return
    if action is not None and (not action or "=" in action):
        raise Refusal(say("Name the action before its keys: looptijd do REF ACTION key=value."))
    if action is None:
        _print_possible(command, ref)
    else:
        _tell_whose(command, ref)
    asked = Asked(
        ref=ref, action=action or "", pairs=parse_pairs(pairs), by=actor(by), reason=reason
    )
    is_asked = may_ask(command) and not yes
    if may_ask(command):
        with asking(command.language):
            asked = ask(command, asked, sure=yes)
            if asked.action and is_asked:
                asked = _confirmed(command, asked)
    if asked.action:
        done = act(command.app, *_each(asked))
        _print_done(command, ref, done, was_shown=is_asked)


def _tell_whose(command: Command, ref: str) -> None:
    """Tell which agreement a part of its reference or title was understood to mean."""
    typed = click.get_current_context().params["ref"] or ""
    if typed.casefold() != ref.casefold() and ref in (known := titles(command.app)):
        command.tell_aside(Phrase("{ref}  {title}", {"ref": ref, "title": known[ref][0]}))


def _each(asked: Asked) -> list[Asked]:
    """Return a request for each instalment or turn that is named."""
    return [replace(asked, pairs=pairs) for pairs in one_by_one(asked.pairs)]


def _confirmed(command: Command, asked: Asked) -> Asked:
    """Show what would be recorded and what it changes; return what may be, or no action.

    What is taken back is named by then: another may record something before the answer.
    """
    every = [foresee(command.app, one) for one in _each(asked)]
    for done in every:
        command.tell(say("To be recorded: {what}.", what=recorded(done)))
        _print_whose(command, asked.ref, done)
        changes = [*changed(done)]
        command.bullets(changes[:MOST_CHANGES], mark="·")
        command.more(len(changes) - MOST_CHANGES)
        _print_mails(command, done)
    if not confirmed(command.language, say("Record this?"), default=True):
        command.tell(NOTHING_WRITTEN)
        return replace(asked, action="")
    undone = every[-1].undoes
    return replace(asked, pairs={**asked.pairs, "event": str(undone.seq)}) if undone else asked


def _print_whose(command: Command, ref: str, done: Done) -> None:
    """Tell who recorded what is taken back, and when: it may be another's work."""
    if done.undoes:
        lines = {line.event.seq: line.event for line in history(command.app, ref)}
        who = command.views.opened(lines[done.undoes.seq].actor)
        at = command.app.minute(done.undoes.at)
        command.bullets([say("recorded by {actor}, {at}", actor=who, at=at)], mark="·")


def _print_mails(command: Command, done: Done) -> None:
    if done.mails:
        command.bullets([say("mails that leave: {count}", count=done.mails)], mark="✉")
    for row in done.mailed:
        to = row.address or ERASED
        sentence = say("mailed meanwhile: {subject} ({to})", subject=row.subject, to=to)
        command.bullets([sentence], mark="✉")


def _print_done(command: Command, ref: str, every: list[Done], *, was_shown: bool) -> None:
    if command.as_json:
        new = {event.seq for done in every for event in done.events}
        rows = [line for line in history(command.app, ref) if line.event.seq in new]
        command.print_json([command.views.event(row) for row in rows])
        return
    for done in every if not was_shown else ():
        command.tell(say("Recorded: {what}.", what=recorded(done)))
        _print_whose(command, ref, done)
        command.bullets(changed(done), mark="·")
        _print_mails(command, done)
    if was_shown:
        command.tell(say("It is recorded."))
    for following in follows(every[-1]):
        command.tell(following)


def _print_possible(command: Command, ref: str) -> None:
    found = possible(command.app, ref)
    if command.as_json:
        command.print_json([command.views.possible(item) for item in found])
        return
    policy, today = command.policy, command.today
    work = [item for item in worklist([line_of(command.app, ref)], policy, today) if item.action]
    if work:
        command.heading(say("What is asked of {ref}", ref=ref))
    for asked in work[:MOST_ASKED]:
        is_late, state = asked.state is DeadlineState.LATE, STATE_WORDS[asked.state]
        line = say("{what} ({day}, {state})", what=asked.what, day=asked.on, state=state)
        if asked.state is DeadlineState.AHEAD and asked.on < today:  # nobody was reminded yet
            line = say("{what} (since {day})", what=asked.what, day=asked.on)
        command.bullets([line], mark="!" if is_late else "›")
    command.heading(say("What can be done with {ref} now", ref=ref))
    for item in found:
        _print_action(command, item)
    there = current(command.app, ref)
    print_gaps(command, ref, open_gaps(there.dossier.agreement, there.today))


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
    keys = [f"{command.language.write(EXAMPLE)}=…", *keys] if action is AMEND else keys
    keys += ["--reason …"] if action.needs_reason else []
    if keys:
        command.screen.bullets([" ".join(keys)], mark="   ")
