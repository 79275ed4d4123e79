"""Of `show`: what is watched, with the next alert of each date, and what can be done now."""

from states.change import Status
from states.phrase import say
from workflow.cli.running import Desk
from workflow.cli.screen import Screen
from workflow.cli.wording import step_in_words
from workflow.engine.deadline_words import subject
from workflow.service.reading import DeadlineLine, Whole

MOST = 6


def print_watched(desk: Desk, screen: Screen, found: Whole) -> None:
    """Print each date that is watched once, with the alert that comes next."""
    screen.heading(desk.say(say("What is watched")))
    dates = _next_alerts(found)
    if not dates:
        screen.line(f"  {desk.say(say('Nothing.'))}")
        return
    heads = (say("about"), say("date"), say("next alert"))
    rows = [_row(desk, line) for line in dates[:MOST]]
    screen.table([f"  {desk.say(heads[0])}", *map(desk.say, heads[1:])], rows)
    if len(dates) > MOST:
        ref = found.dossier.agreement.ref
        more = say("and {count} more: looptijd deadlines {ref}", count=len(dates) - MOST, ref=ref)
        screen.line(f"    {desk.say(more)}")


def _next_alerts(found: Whole) -> list[DeadlineLine]:
    """Return the first step to come of each date; dates that are not known stand last."""
    coming = [line for line in found.steps if line.status in {Status.PLANNED, Status.UNKNOWN}]
    return list({line.deadline.obligation: line for line in reversed(coming)}.values())[::-1]


def _row(desk: Desk, line: DeadlineLine) -> list[str]:
    about, occurrence = f"  {desk.say(subject(line.deadline))}", line.occurrence
    if occurrence is None:
        return [about, "–", desk.say(line.explanation[0])]
    at = desk.house.local(occurrence.alert_at).date()
    step = desk.say(step_in_words(occurrence.step))
    return [about, str(line.deadline.nominal_on), f"{at} ({step})"]


def print_actions(desk: Desk, screen: Screen, found: Whole) -> None:
    """Print the names of what can be done; how, and why not, is told by `looptijd do REF`."""
    screen.heading(desk.say(say("What can be done now")))
    ready = [item.action.name for item in found.possible if not item.objections]
    screen.bullets([", ".join(ready)], mark="✓")
    refused = [item.action.name for item in found.possible if item.objections]
    if refused:
        screen.bullets([desk.say(say("not now: {names}", names=", ".join(refused)))], mark="✗")
    screen.bullets(
        [desk.say(say("how and why not: looptijd do {ref}", ref=found.dossier.agreement.ref))],
        mark=" ",
    )
