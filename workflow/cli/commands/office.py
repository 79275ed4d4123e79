"""`looptijd office`: the offices, handing one over, and who held one when."""

from collections.abc import Iterator
from datetime import date

import click

from states.model.arithmetic import DAY
from states.model.phrase import Phrase, say
from workflow.cli.command import Command, actor, operator_command, parse_option
from workflow.cli.commands.history import print_event
from workflow.cli.completion import completed, offices
from workflow.engine.private_values import ERASED
from workflow.mail.overviews import leaves_at
from workflow.people.handover import hand_over
from workflow.people.office_queries import HolderLine, OfficeLine, office_history, office_lines


@click.group("office")
def office_command() -> None:
    """List the offices, hand one over, or show who held one when."""


# list --------------------------------------------------------------------------------------------


@office_command.command("list")
@operator_command
def office_list(command: Command) -> None:
    """List the offices with who holds them today, and through which office they are reached."""
    found = office_lines(command.app)
    if command.as_json:
        command.print_json([command.views.office(line) for line in found])
        return
    heads = (say("key"), say("name"), say("agreements"), say("holder"))
    rows = [
        [line.office.key, line.office.name, str(line.agreements), _holder(command, line)]
        for line in found
    ]
    command.table(heads, rows)
    for line in found:
        if line.follows:
            day, name = line.follows
            parts = {"key": line.office.key, "name": name or ERASED, "day": day}
            command.bullets([say("{key}: {name} takes over on {day}", **parts)], mark="→")


def _holder(command: Command, line: OfficeLine) -> str:
    """Return who is reached, through another office too; before them an own one who was erased."""
    if line.erased:
        return " → ".join([command.say(ERASED), *([line.holder] if line.holder else [])])
    if line.resolves_through in {None, line.office.key}:
        return line.holder or command.say(say("nobody"))
    return f"{line.holder} ({line.resolves_through})"


# handover ----------------------------------------------------------------------------------------


@office_command.command(
    "handover", epilog="financien --to Nieuw --email nieuw@example.org --from 1-1-2027"
)
@click.argument("key", shell_complete=completed(offices))
@click.option("--to", "name", required=True, metavar="NAME", help="Who takes over.")
@click.option("--email", required=True, metavar="ADDRESS", help="Where mail to them goes.")
@click.option("--from", "since", metavar="DATE", help="First day; default: today.")
@click.option("--by", metavar="NAME", help="Who says so; default: the login name.")
@click.option("--reason", metavar="TEXT", help="Why.")
@operator_command
def office_handover(  # noqa: PLR0913 - as many parts as the command has
    command: Command,
    *,
    key: str,
    name: str,
    email: str,
    since: str | None,
    by: str | None,
    reason: str | None,
) -> None:
    """Let somebody else hold the office KEY from a day on.

    Who holds it now does so through the day before. Who takes over gets one mail with everything
    that is open: at once; for a day to come at the alert time of the first working day from then
    on.
    """
    first_day = parse_option(command, since, "--from") or command.today
    name, email = name.strip(), email.strip()
    line = hand_over(
        command.app, key, name=name, email=email, since=first_day, by=actor(by), reason=reason
    )
    parts = {"name": name, "key": line.office.key, "day": first_day}
    sentence = say("{name} holds the office “{key}” from {day}.", **parts)
    command.answer(command.views.office(line), sentence)
    if not command.as_json:
        command.tell(*_following(command, line.office.key, email, first_day))


def _following(command: Command, key: str, email: str, first_day: date) -> Iterator[Phrase]:
    """Yield who goes, and the mail that leaves."""
    holders, _ = office_history(command.app, key)
    for line in holders:
        if line.until == first_day - DAY:
            yield say("Before: {name}, through {day}.", name=line.name or ERASED, day=line.until)
    if first_day > command.today:
        policy = command.policy
        on = policy.day_of(leaves_at(first_day, policy, command.app.clock.now()))
        yield say("One mail to {email} tells what is open, on {day}.", email=email, day=on)
    else:
        yield say(
            "One mail to {email} tells what is open, as soon as the daemon looks.", email=email
        )


# history -----------------------------------------------------------------------------------------


@office_command.command("history", epilog="sociaal-domein")
@click.argument("key", shell_complete=completed(offices))
@operator_command
def office_history_command(command: Command, *, key: str) -> None:
    """Show who held the office KEY when, and everything that happened to it."""
    holders, events = office_history(command.app, key)
    if command.as_json:
        command.print_json([command.views.event(line) for line in events])
        return
    _print_holders(command, holders)
    command.heading(say("What happened"))
    for line in events:
        print_event(command, line)


def _print_holders(command: Command, holders: list[HolderLine]) -> None:
    heads = (say("holder"), say("address"), say("from"), say("through"))
    rows = [
        [
            line.name or command.say(ERASED),
            line.email or command.say(ERASED),
            line.starts.isoformat(),
            line.until.isoformat() if line.until else "–",
        ]
        for line in holders
    ]
    command.table(heads, rows)
