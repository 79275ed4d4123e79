"""`looptijd why`: why a date is what it is; anchor, arithmetic, clause, what moved the alert."""

import click

from states.model.phrase import Phrase, Refusal, say
from states.model.stage import Rule
from workflow.agreements.explanations import explain_deadline
from workflow.agreements.queries import DeadlineLine, deadlines
from workflow.cli.command import Desk, command, screen
from workflow.cli.commands.deadlines import policy_in_force
from workflow.cli.screen import Screen
from workflow.cli.words import STATUS, step_in_words
from workflow.engine.deadline_words import subject
from workflow.system.suggest import nearest


@click.command("why")
@click.argument("ref")
@click.argument("rule", required=False)
@command
def why_command(desk: Desk, *, ref: str, rule: str | None) -> None:
    """Explain each date of REF (of one RULE): anchor, arithmetic, clause, what moved the alert."""
    names = [item.value for item in Rule]
    if rule is not None and rule not in names:
        raise Refusal(
            say("There is no rule “{rule}”. {remedy}", rule=rule, remedy=nearest(rule, names))
        )
    found = deadlines(desk.house, ref, rule=rule)
    if desk.as_json:
        policy = policy_in_force(desk)
        desk.print_json([desk.views.deadline(line, policy) for line in found])
        return
    _print_why(desk, found)


def _print_why(desk: Desk, found: list[DeadlineLine]) -> None:
    """Print each date once, with its alerts below it."""
    page = screen()
    dates: dict[str, list[DeadlineLine]] = {}
    for line in found:
        dates.setdefault(line.deadline.obligation, []).append(line)
    for lines_of_it in dates.values():
        _print_date(desk, page, lines_of_it)
    if not found:
        desk.tell(say("There is nothing to list."))


def _print_date(desk: Desk, page: Screen, alerts: list[DeadlineLine]) -> None:
    first = alerts[0]
    day = first.deadline.nominal_on
    page.heading(f"{desk.say(subject(first.deadline))}: {desk.language.write(day)}")
    reasons = [*explain_deadline(first.deadline, first.agreement)]
    for number, reason in enumerate(reasons, 1):
        page.bullets([desk.say(reason)], mark=f"{number}.")
    for line in alerts:
        if line.occurrence:
            _print_alert(desk, page, line, line.explanation[len(reasons) :])


def _print_alert(desk: Desk, page: Screen, line: DeadlineLine, reasons: tuple[Phrase, ...]) -> None:
    assert line.occurrence
    at = desk.language.moment(desk.house.local(line.occurrence.alert_at))
    when, status = desk.say(step_in_words(line.occurrence.step)), desk.say(STATUS[line.status])
    page.bullets([f"{when}: {at} ({status})"], mark="→")
    page.bullets(map(desk.say, reasons), mark="     ")
