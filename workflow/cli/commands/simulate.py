"""`looptijd simulate`: what will happen and be mailed, without doing it."""

from pathlib import Path

import click

from states.model.phrase import Refusal, say
from states.model.stage import OccurrenceName
from workflow.agreements.simulate import Foreseen, ForeseenMail, simulate
from workflow.cli.command import Command, operator_command, parse_option, path_option
from workflow.engine.deadline_words import occurrence_in_words
from workflow.outputs.json.values import Parts, parts_of


@click.command("simulate", epilog="leiden --until 31-12-2030")
@click.argument("refs", nargs=-1, metavar="[REF]...")
@click.option("--until", required=True, metavar="DATE", help="Up to and including this day.")
@click.option("--from", "since", metavar="DATE", help="Begin on this day.")
@path_option("--mail-dir", metavar="FOLDER", help="Keep each mail.")
@operator_command
def simulate_command(
    command: Command, *, refs: tuple[str, ...], until: str, since: str | None, mail_dir: Path | None
) -> None:
    """Show what will fire and be mailed; change and send nothing."""
    last = parse_option(command, until, "--until")
    first = parse_option(command, since, "--from")
    first_day = first or command.today
    days = (last - first_day).days
    if days < 0:
        raise Refusal(
            say("The last day, {last}, is before the first, {first}.", last=last, first=first_day)
        )
    with command.progress(say("Simulating"), days) as advanced:
        found = simulate(
            command.app, refs, until=last, since=first, mail_directory=mail_dir, advanced=advanced
        )
    if command.as_json:
        command.print_json([_row(item) for item in found])
        return
    shown: set[tuple[str, ForeseenMail]] = set()
    with command.screen.paged():
        for item in found:
            _print_foreseen(command, item, shown)
    if not found:
        command.tell(say("Nothing will happen in this time."))


def _row(item: Foreseen) -> Parts:
    event, name = item.event, OccurrenceName.of(item.event.occurrence)
    return {
        **parts_of(item, "at", "ref"),
        "rule": name.rule if name else event.action,
        **parts_of(event, "occurrence", "nominal_on", "caught_up"),
        "from": event.stage_before,
        "to": event.stage,
        "outcome": event.ending,
        "mails": [parts_of(mail, "to", "subject") for mail in item.mails],
    }


def _print_foreseen(command: Command, item: Foreseen, shown: set[tuple[str, ForeseenMail]]) -> None:
    """Print what happens and each mail that tells of it, which may tell of more than that."""
    event, local = item.event, command.app.local
    name, agreement = event.occurrence, item.agreement
    what = occurrence_in_words(name, agreement) if name else say(event.action)
    begin = f"{command.language.moment(local(item.at))}  {item.ref}"
    command.screen.entry("", f"{begin}  {command.say(what)}", "bold")
    if event.moved:
        command.screen.line(f"    → {command.views.stage(event.stage, event.ending)}")
    for mail in item.mails:
        line = f"{mail.to}: {mail.subject}"
        if mail.leaves_at != item.at:
            line = f"{command.language.moment(local(mail.leaves_at))}  {line}"
        if (item.ref, mail) in shown:
            line = command.say(say("{mail} (the same mail)", mail=line))
        shown.add((item.ref, mail))
        command.screen.entry("    ✉ ", line)
