"""`looptijd today`: the worklist: what asks for somebody, and below it the line that records it."""

import shutil
from collections.abc import Iterator
from contextlib import closing

import click
from rich.cells import cell_len

from notifications.template_values import recording_line
from states.model.arithmetic import plus
from states.model.period import Period
from states.model.phrase import Refusal, say
from workflow.agreements.queries import lines, office_key
from workflow.agreements.worklist import URGENCIES, WITHIN, Urgency, WorkItem, meeting_for, worklist
from workflow.app.app import App
from workflow.cli.command import Command, operator_command, parse_option
from workflow.cli.completion import office_option
from workflow.cli.screen import cut
from workflow.engine.standing import STATE_WORDS, DeadlineState
from workflow.store.database import Database
from workflow.system.clock import SystemClock
from workflow.system.printable import one_line
from workflow.system.settings import configure

HEADINGS = {
    Urgency.LATE: say("Too late"),
    Urgency.WEEK: say("Now and this week"),
    Urgency.MONTH: say("This month"),
    Urgency.LATER: say("After that"),
    Urgency.BY_ITSELF: say("Happens by itself"),
}
HEIGHT = 24
LEFT = 30  # how far the date and the days come, in the longer language
NARROWEST = 20


@click.command("today")
@office_option(help="Only what this office has to do.")
@click.option("--within", metavar="PERIOD", help="How far ahead; default: 90 days.")
@click.option("--all", "everything", is_flag=True, help="All of it, however long.")
@operator_command
def today_command(
    command: Command, *, office: str | None, within: str | None, everything: bool
) -> None:
    """List what has to be done: what is late, this week, this month, and what happens by itself."""
    period = parse_option(command, within, "--within", Period) or WITHIN
    key = office_key(command.app, office) if office else None
    policy, day = command.policy, command.app.today()
    every = worklist(lines(command.app), policy, day, period)
    found = [item for item in every if key in {None, item.standing.office}]
    if command.as_json:
        college = command.app.configuration.college
        meetings = (meeting_for(college, item, policy, day) for item in found)
        pairs = zip(found, meetings, strict=True)
        command.print_json([command.views.work(i, _line(i), meeting) for i, meeting in pairs])
    elif found:
        height = shutil.get_terminal_size((0, HEIGHT)).lines - 1  # the prompt
        height = len(found) * 3 + HEIGHT if everything else height
        for line, style in _page(command, found, height):
            command.screen.line(line, style)
    else:
        command.tell(say("There is nothing to do through {day}.", day=plus(day, period)))


def is_possible(config: str | None) -> bool:
    """Tell whether there is a register that can be read."""
    try:
        configuration = configure(config)
        app = App(configuration, Database(configuration.database_url), SystemClock())
        with closing(app.database), app.reading():
            return True
    except Refusal:
        return False


def _line(item: WorkItem) -> str | None:
    """Return the line that records what is asked."""
    return f"looptijd do {item.agreement.ref} {item.action}" if item.action else None


# The page ----------------------------------------------------------------------------------------


def _page(command: Command, found: list[WorkItem], height: int) -> Iterator[tuple[str, str]]:
    """Yield lines with their style: of each urgency what fits, and how much more there is."""
    groups = {u: [item for item in found if item.urgency is u] for u in URGENCIES}
    groups = {urgency: items for urgency, items in groups.items() if items}
    shown = _fitting(groups, height - len(groups) - 1)
    for urgency, items in groups.items():
        yield f"{command.say(HEADINGS[urgency])} ({len(items)})", "bold"
        for item in items[: shown[urgency]]:
            yield _first_line(command, item), ""
            if item.action:
                yield f"{' ' * LEFT}{_spoken(command, item)}", "dim"
    if left := len(found) - sum(shown.values()):
        yield command.say(say("and {count} more: looptijd today --all", count=left)), ""


def _fitting(groups: dict[Urgency, list[WorkItem]], height: int) -> dict[Urgency, int]:
    """Return how many of each urgency fit: one of each in turn, until the lines are used up."""
    shown = dict.fromkeys(groups, 0)
    while True:
        waiting = [u for u, items in groups.items() if shown[u] < len(items)]
        for urgency in waiting:
            height -= 1 if groups[urgency][shown[urgency]].action is None else 2
            if height < 0:
                return shown
            shown[urgency] += 1
        if not waiting:
            return shown


def _first_line(command: Command, item: WorkItem) -> str:
    """Return the date, the days, what is asked of which agreement, the amount and the office."""
    standing = item.standing
    left = f"  {item.on}  {_days_in_words(command, item):<{LEFT - 14}}"
    amount = standing.money.words if standing.money else None
    right = f"{command.say(amount)}  {standing.office}" if amount else standing.office
    what = one_line(f"{item.agreement.called}: {command.say(item.what)}")
    if not command.screen.width:
        return f"{left}{what}  {right}"
    room = max(NARROWEST, command.screen.width - LEFT - cell_len(right) - 2)
    return f"{left}{cut(what, room)}  {right}"


def _days_in_words(command: Command, item: WorkItem) -> str:
    if item.days == 0:
        return command.say(say("today"))
    if item.state is DeadlineState.LATE:
        return command.say(say("{count} d late", count=-item.days))
    if item.days < 0:
        return command.say(STATE_WORDS[item.state])
    return command.say(say("in {count} d", count=item.days))


def _spoken(command: Command, item: WorkItem) -> str:
    """Return the line that records it, in the operator's words."""
    typed = recording_line(item.action or "", command.language)
    return f"looptijd do {item.agreement.ref} {typed}"
