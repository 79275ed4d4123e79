"""`looptijd why`: why a date is what it is; anchor, arithmetic, clause, what moved the alert."""

import click

from states.model.phrase import Phrase, Refusal, say
from states.model.stage import Rule
from workflow.agreements.explanations import explain_deadline
from workflow.agreements.queries import DeadlineLine, deadlines
from workflow.cli.command import Command, operator_command
from workflow.cli.commands.deadlines import policy_in_force
from workflow.cli.words import STATUS
from workflow.engine.deadline_words import step_in_words, subject, watched
from workflow.system.suggest import suggest_said


@click.command("why")
@click.argument("ref")
@click.argument("rule", required=False)
@operator_command
def why_command(command: Command, *, ref: str, rule: str | None) -> None:
    """Explain each date of REF (of one RULE): anchor, arithmetic, clause, what moved the alert."""
    found = deadlines(command.app, ref)
    if rule is not None:
        found = _of(rule, found)
    if command.as_json:
        policy = policy_in_force(command)
        command.print_json([command.views.deadline(line, policy) for line in found])
        return
    _print_why(command, found)


def _of(text: str, found: list[DeadlineLine]) -> list[DeadlineLine]:
    """Return the dates of a rule, or the one of which this is the name."""
    meant = watched(text, (line.deadline for line in found))
    if meant is None:
        remedy = suggest_said(text, Rule)
        raise Refusal(say("There is no rule “{rule}”. {remedy}", rule=text, remedy=remedy))
    return [line for line in found if meant in {line.deadline.rule, line.deadline.subject}]


def _print_why(command: Command, found: list[DeadlineLine]) -> None:
    """Print each date once, with its alerts below it."""
    dates: dict[str, list[DeadlineLine]] = {}
    for line in found:
        dates.setdefault(line.deadline.obligation, []).append(line)
    for lines_of_it in dates.values():
        _print_date(command, lines_of_it)
    if not found:
        command.tell(say("There is nothing to list."))


def _print_date(command: Command, alerts: list[DeadlineLine]) -> None:
    first = alerts[0]
    day = first.deadline.nominal_on
    command.screen.heading(f"{command.say(subject(first.deadline))}: {command.language.write(day)}")
    reasons = [*explain_deadline(first.deadline, first.agreement)]
    for number, reason in enumerate(reasons, 1):
        command.bullets([reason], mark=f"{number}.")
    for line in alerts:
        if line.occurrence:
            _print_alert(command, line, line.explanation[len(reasons) :])


def _print_alert(command: Command, line: DeadlineLine, reasons: tuple[Phrase, ...]) -> None:
    assert line.occurrence
    at = command.language.moment(command.app.local(line.occurrence.alert_at))
    when, status = step_in_words(line.occurrence.step), STATUS[line.status]
    command.screen.bullets([f"{command.say(when)}: {at} ({command.say(status)})"], mark="→")
    command.bullets(reasons, mark="     ")
