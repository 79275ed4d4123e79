"""`looptijd why`: why a date is what it is; anchor, arithmetic, clause, what moved the alert."""

from collections.abc import Iterable
from datetime import date

import click

from states.dates.tacit_renewal import earliest_end
from states.dates.term_dates import day_of
from states.model.phrase import Phrase, Refusal, say
from states.model.stage import Occurrence, Rule
from workflow.agreements import explanations, queries
from workflow.agreements.act import current
from workflow.agreements.receipts import last_changes, receipt
from workflow.cli.command import Command, operator_command
from workflow.engine.deadline_words import listed_on, listed_step, subject, watched
from workflow.engine.standing import ASKS, NOT_YET, STATE_WORDS, DeadlineState
from workflow.outputs.json.values import Parts
from workflow.system.suggest import suggest_said

IS_OPEN = ASKS | NOT_YET


@click.command("why", epilog="leiden evaluation")
@click.argument("ref")
@click.argument("rule", required=False)
@click.option("--all", "everything", is_flag=True, help="Also what is past, and every source.")
@operator_command
def why_command(command: Command, *, ref: str, rule: str | None, everything: bool) -> None:
    """Explain each date of REF (of one RULE): anchor, arithmetic, clause, what moved the alert."""
    found = queries.deadlines(command.app, ref)
    if rule is not None:
        found = _of(rule, found)
    shown = found if everything else [line for line in found if line.state in IS_OPEN]
    if command.as_json:
        command.print_json(_rows(command, ref, shown))
        return
    if shown:
        _print_why(command, shown, everything=everything)
    elif found:
        command.tell(say("Nothing is open or to come; --all shows what is past."))
    else:
        command.tell(say("There is nothing to list."))
    if rule is None:
        _print_earliest_end(command, ref)


def _of(text: str, found: list[queries.DeadlineLine]) -> list[queries.DeadlineLine]:
    """Return the dates of a rule, or the one of which this is the name."""
    meant = watched(text, (line.deadline for line in found))
    if meant is None:
        remedy = suggest_said(text, Rule)
        raise Refusal(say("There is no rule “{rule}”. {remedy}", rule=text, remedy=remedy))
    return [line for line in found if meant in {line.deadline.rule, line.deadline.subject}]


def _rows(command: Command, ref: str, found: list[queries.DeadlineLine]) -> list[Parts]:
    """Return the rows of `deadlines`, each with its receipt."""
    policy = command.policy
    events = last_changes(line.event for line in queries.history(command.app, ref))
    return [
        {
            **command.views.deadline(line, policy),
            "receipt": receipt(line.deadline, line.occurrence, line.agreement, policy, events),
        }
        for line in found
    ]


def _print_why(command: Command, found: list[queries.DeadlineLine], *, everything: bool) -> None:
    """Print each date once: in a few lines, or with everything."""
    dates: dict[str, list[queries.DeadlineLine]] = {}
    for line in found:
        dates.setdefault(line.deadline.name, []).append(line)
    told: set[str] = set()
    for alerts in dates.values():
        if everything:
            _print_date(command, alerts)
        else:
            _print_few(command, alerts, told)


def _print_few(command: Command, alerts: list[queries.DeadlineLine], told: set[str]) -> None:
    """Print a date with its arithmetic and its clause, and the alert that comes next.

    What was `told` of a date above it, such as where the first day comes from, is not told again;
    the last step of the arithmetic always is.
    """
    first = alerts[0]
    about, day, state = subject(first.deadline), listed_on(first.deadline), STATE_WORDS[first.state]
    says_the_same = day is None and first.state is DeadlineState.UNKNOWN
    when = state if says_the_same else say("{day} ({state})", day=day, state=state)
    command.heading(say("{what}: {when}", what=about, when=when))
    *steps, last = map(command.say, explanations.explain_date(first.deadline, first.agreement))
    command.screen.bullets([*(step for step in steps if step not in told), last], " ")
    told |= {*steps, last}
    policy, today = command.policy, command.today
    coming = next((line for line in alerts if queries.is_to_come(line, policy, today)), None)
    if coming and coming.occurrence and not queries.waits_for_the_decision(coming):
        command.bullets([_next_alert(command, coming.occurrence)], mark="→")


def _next_alert(command: Command, following: Occurrence) -> Phrase:
    """Return when the next alert leaves, and from which day it was moved."""
    parts = {
        "step": listed_step(following),
        "at": command.language.moment(command.app.local(following.alert_at)),
    }
    counted = explanations.counted_day(following)
    if following.step.at_midnight or counted == command.policy.day_of(following.alert_at):
        return say("next alert: {at} ({step})", **parts)
    return say("next alert: {at} ({step} is {day}, no working day)", **parts, day=counted)


def _print_earliest_end(command: Command, ref: str) -> None:
    """Print on which day an open-ended agreement can end first, where it cannot any day."""
    there = current(command.app, ref)
    agreement = there.dossier.agreement
    if reasons := [*explanations.explain_earliest_end(agreement, there.today)]:
        day = day_of(earliest_end(agreement, there.today))
        _print_reasons(command, say("the first day on which it can end"), day, reasons)


def _print_date(command: Command, alerts: list[queries.DeadlineLine]) -> None:
    first = alerts[0]
    _print_reasons(command, subject(first.deadline), listed_on(first.deadline), first.of_date)
    for line in alerts:
        if line.occurrence:
            at = command.language.moment(command.app.local(line.occurrence.alert_at))
            when = command.say(listed_step(line.occurrence))
            status = queries.status_in_words(line, command.policy, command.today)
            command.screen.bullets([f"{when}: {at} ({command.say(status)})"], mark="→")
            command.bullets(line.of_alert, mark="     ")


def _print_reasons(
    command: Command, what: Phrase, day: date | None, reasons: Iterable[Phrase]
) -> None:
    command.screen.heading(f"{command.say(what)}: {command.language.write(day)}")
    for number, reason in enumerate(reasons, 1):
        command.bullets([reason], mark=f"{number}.")
