"""`looptijd today`: the worklist: what asks for somebody, and below it the line that records it."""

import shlex
import shutil
import sys
import textwrap
from collections.abc import Iterator
from contextlib import closing
from itertools import chain, zip_longest
from math import ceil

import click
from rich.cells import cell_len

from notifications.language import Language
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
from workflow.system.configuration import configure
from workflow.system.printable import one_line

HEADINGS = {
    Urgency.LATE: say("Too late"),
    Urgency.WEEK: say("Now and within a week"),
    Urgency.MONTH: say("Within a month"),
    Urgency.LATER: say("After that"),
    Urgency.BY_ITSELF: say("Happens by itself"),
}
HEIGHT = 24
LEFT = 30  # how far the date and the days come, in the longer language
INDENT = 4
NARROWEST = 20


@click.command("today", epilog="--within 6w")
@office_option(help="Only what this office has to do.")
@click.option("--within", metavar="PERIOD", help="How far ahead; default: 90 days.")
@click.option("--all", "everything", is_flag=True, help="All of it, however long.")
@operator_command
def today_command(
    command: Command, *, office: str | None, within: str | None, everything: bool
) -> None:
    """List what has to be done: what is late, within a week, a month, or happens by itself."""
    period = parse_option(command, within, "--within", Period) or WITHIN
    key = None if office is None else office_key(command.app, office)
    policy, day = command.policy, command.today
    every = worklist(lines(command.app), policy, day, period)
    found = [item for item in every if key in {None, item.standing.office}]
    if command.as_json:
        college = command.app.configuration.college
        views = command.views
        command.print_json([views.work(i, meeting_for(college, i, policy, day)) for i in found])
    elif found:
        height = shutil.get_terminal_size((0, HEIGHT)).lines - 1  # the prompt
        height = sys.maxsize if everything else height
        chosen = {"--office": office, "--within": within}
        words = [word for name, text in chosen.items() if text for word in (name, text)]
        again = shlex.join(["looptijd", "today", *words, "--all"])
        for line, style in page(command.language, found, command.screen.width, height, again):
            command.screen.line(line, style)
    else:
        command.tell(say("There is nothing to do through {day}.", day=plus(day, period)))


def is_possible(config: str | None) -> bool:
    """Tell whether there is a register that can be read."""
    try:
        app = App.of(configure(config))
        with closing(app.database), app.reading():
            return True
    except (OSError, Refusal):  # of the state folder as well, whose marks may be another's
        return False


# The page ----------------------------------------------------------------------------------------

StyledLine = tuple[str, str]


def page(
    words: Language, found: list[WorkItem], width: int, height: int, again: str
) -> Iterator[StyledLine]:
    """Yield lines with their style: of each urgency what fits, and how much more `again` shows."""
    groups = {u: [item for item in found if item.urgency is u] for u in URGENCIES}
    groups = {urgency: items for urgency, items in groups.items() if items}
    shown = _fitting(words, groups, width, height - len(groups) - 1)
    for urgency, items in groups.items():
        yield f"{words.say(HEADINGS[urgency])} ({len(items)})", "bold"
        for entry in shown[urgency]:
            yield from entry
    if left := len(found) - sum(map(len, shown.values())):
        yield words.say(say("and {count} more: {line}", count=left, line=again)), ""


def _fitting(
    words: Language, groups: dict[Urgency, list[WorkItem]], width: int, height: int
) -> dict[Urgency, list[list[StyledLine]]]:
    """Return the items of each urgency that fit: one of each in turn, until the lines are used."""
    shown: dict[Urgency, list[list[StyledLine]]] = {urgency: [] for urgency in groups}
    for item in filter(None, chain.from_iterable(zip_longest(*groups.values()))):
        entry = _entry(words, item, width)
        height -= sum(max(1, ceil(cell_len(line) / (width or sys.maxsize))) for line, _ in entry)
        if height < 0:
            break
        shown[item.urgency].append(entry)
    return shown


def _entry(words: Language, item: WorkItem, width: int) -> list[StyledLine]:
    """Return the date, the days, what is asked of which agreement, the amount and the office.

    Below it stands the line that records it; where there is none nothing is cut off. An amount that
    leaves no room beside it stands below as well, with the office.
    """
    standing = item.standing
    left = f"  {item.on}  {_days_in_words(words, item):<{LEFT - 14}}"
    amount = standing.money.words if standing.money else None
    right = f"{words.say(amount)}  {standing.office}" if amount else standing.office
    what = one_line(f"{item.agreement.called}: {words.say(item.what)}")
    first, below = what, list[str]()
    if width:
        room = width - LEFT - cell_len(right) - 2
        if room < NARROWEST:
            below, right, room = [right], "", max(NARROWEST, width - LEFT)
        if not item.action:
            first, *folded = textwrap.wrap(what, room)
            below = [*folded, *below]
        first = cut(first, room)
    lines = [(f"{left}{first}  {right}".rstrip(), "")]
    lines += [(" " * LEFT + text, "") for text in below]
    return [*lines, (_spoken(words, item, width), "dim")] if item.action else lines


def _days_in_words(words: Language, item: WorkItem) -> str:
    if item.days == 0:
        return words.say(say("today"))
    if item.state is DeadlineState.LATE:
        return words.say(say("{count} d late", count=-item.days))
    if item.days < 0:
        return words.say(STATE_WORDS[item.state])
    return words.say(say("in {count} d", count=item.days))


def _spoken(words: Language, item: WorkItem, width: int) -> str:
    """Return the line that records it, in the operator's words; a long one begins further left."""
    typed = f"looptijd do {item.agreement.ref} {recording_line(item.action or '', words)}"
    fits = not width or LEFT + cell_len(typed) <= width
    return " " * (LEFT if fits else INDENT) + typed
