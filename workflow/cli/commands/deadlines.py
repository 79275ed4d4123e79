"""`looptijd deadlines`: what is to come, of one agreement or of all."""

import json
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

import click

from states.model.arithmetic import plus
from states.model.period import Period
from states.model.phrase import Refusal, say
from workflow.agreements import queries
from workflow.cli.command import Command, operator_command, parse_option
from workflow.engine.deadline_words import listed_on, listed_step, subject
from workflow.engine.standing import STATE_WORDS
from workflow.system.sort_on_disk import Place, in_order


@click.command("deadlines", epilog="--within 2w")
@click.argument("ref", required=False)
@click.option("--until", metavar="DATE", help="Alerts up to and including this day.")
@click.option("--within", metavar="PERIOD", help="Alerts within this period, such as 30d.")
@operator_command
def deadlines_command(
    command: Command, *, ref: str | None, until: str | None, within: str | None
) -> None:
    """List the alerts to come in order; with REF also what fired and what was superseded."""
    if until is not None and within is not None:
        raise Refusal(say("Give --until or --within, not both."))
    period = parse_option(command, within, "--within", Period)
    last = plus(command.today, period) if period else parse_option(command, until, "--until")
    if ref is None:
        _print_steps(command, queries.to_come(command.app, until=last), with_ref=True)
    else:
        _print_steps(command, queries.deadlines(command.app, ref, until=last), with_ref=False)


def _print_steps(
    command: Command, found: Iterable[queries.DeadlineLine], *, with_ref: bool
) -> None:
    """Print steps in order of alert, without holding them all."""
    if command.as_json:
        policy = command.policy  # read before the lines
        shown = ((queries.by_alert(line), command.views.deadline(line, policy)) for line in found)
        command.print_list(_in_order(command, shown))
        return
    listed = ((queries.by_alert(line), _row(command, line, with_ref=with_ref)) for line in found)
    rows = map(json.loads, _in_order(command, listed))
    heads = [say("alert"), say("about"), say("date"), say("step")]
    heads = [say("reference"), *heads] if with_ref else [*heads, say("status")]
    if first := next(rows, None):
        with command.screen.paged():
            command.table(heads, chain([first], rows))
    else:
        command.tell(say("There is nothing to list."))


def _in_order(command: Command, found: Iterable[tuple[Place, Any]]) -> Iterator[str]:
    return in_order((place, command.as_document(shown)) for place, shown in found)


def _row(command: Command, line: queries.DeadlineLine, *, with_ref: bool) -> list[str]:
    """Return the row of a step under those heads: of many agreements, or of one with its status."""
    occurrence = line.occurrence
    day = listed_on(line.deadline)
    at = command.policy.day_of(occurrence.alert_at).isoformat() if occurrence else "–"
    step = command.say(listed_step(occurrence)) if occurrence else "–"
    if with_ref and queries.waits_for_the_decision(line):
        step += f" ({command.say(STATE_WORDS[line.state])})"
    reason = _status(command, line) if with_ref and not day else ""
    about = command.say(subject(line.deadline))
    row = [at, about, day.isoformat() if day else "–", reason or step]
    return [line.agreement.ref, *row] if with_ref else [*row, _status(command, line)]


def _status(command: Command, line: queries.DeadlineLine) -> str:
    """Return where a step stands, or why there is no date."""
    if not line.deadline.nominal_on:
        return command.say(line.explanation[0])
    return command.say(queries.status_in_words(line, command.policy, command.today))
