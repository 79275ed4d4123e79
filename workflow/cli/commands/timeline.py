"""`looptijd timeline`: agreements drawn in time, in 80 columns."""

from datetime import date

import click

from states.model.phrase import Refusal, say
from states.model.stage import MarkKind
from workflow.agreements import timeline
from workflow.cli.command import Command, operator_command
from workflow.cli.completion import completed, office_option, references
from workflow.cli.screen import cut
from workflow.engine.standing import STATE_WORDS, DeadlineState
from workflow.system.printable import one_line

WIDE, NAME = 78, 24
KINDS = {
    MarkKind.DECISION: ("■", say("decision or signature")),
    MarkKind.EVALUATION: ("◆", say("evaluation")),
    MarkKind.PAYMENT: ("€", say("instalment")),
    MarkKind.OBLIGATION: ("●", say("obligation")),
    MarkKind.NOTICE: ("▲", say("giving notice")),
    MarkKind.TERM: ("┃", say("begin, end or pause of the term")),
}
STYLES = {
    DeadlineState.LATE: "bold red",
    DeadlineState.PASSED: "bold",
    DeadlineState.DROPPED: "dim",
    DeadlineState.WAIVED: "dim",
}
# What is drawn last stands on top.
STATES = {
    DeadlineState.DROPPED: "–",
    DeadlineState.WAIVED: "–",
    DeadlineState.DONE: "✓",
    DeadlineState.NOT_ASKED: "·",
    DeadlineState.AHEAD: "○",
    DeadlineState.ASKED: "›",
    DeadlineState.PASSED: "×",
    DeadlineState.LATE: "!",
}
ON_TOP = {state: place for place, state in enumerate(STATES)}
SAID = {DeadlineState.LATE, DeadlineState.PASSED, DeadlineState.NOT_ASKED}
IN_THE_LINE = {*SAID, DeadlineState.DROPPED, DeadlineState.WAIVED}
RANK = (
    *(MarkKind.PAYMENT, MarkKind.OBLIGATION, MarkKind.TERM),
    *(MarkKind.DECISION, MarkKind.NOTICE, MarkKind.EVALUATION),
)
TERM, OPEN, TODAY = "━", "╌", "│"


@click.command("timeline", epilog="leiden")
@click.argument("ref", required=False, shell_complete=completed(references))
@office_option(help="All agreements of this office, side by side.")
@operator_command
def timeline_command(command: Command, *, ref: str | None, office: str | None) -> None:
    """Draw past and future of the agreement REF, or of all agreements of an office."""
    if ref is not None and office is None:
        line = timeline.timeline_of(command.app, ref)
        if command.as_json:
            command.print_json(command.views.timeline(line))
        else:
            print_one(command, line)
    elif office is not None and ref is None:
        kept, found = timeline.timelines_of_office(command.app, office)
        if command.as_json:
            command.print_json([command.views.timeline(line) for line in found])
        elif found:
            print_office(command, kept.name, found)
        else:
            command.tell(say("There is nothing to list."))
    else:
        raise Refusal(say("Name an agreement, or an office with --office; not both."))


# One agreement -----------------------------------------------------------------------------------


def print_one(command: Command, line: timeline.Timeline) -> None:
    """Draw an agreement, then list its days, those that are over before today's."""
    today = command.today
    command.screen.line(f"{line.agreement.ref}  {line.agreement.title}", "bold")
    command.screen.line()
    if line.marks:
        days = [today, *(mark.on for mark in line.marks)]
        ruler = Ruler(min(days).year, max(days).year, WIDE)
        command.screen.line(f"  {ruler.years()}", "dim")
        command.screen.line(f"  {ruler.drawn(line, today)}")
        command.screen.line()
    for mark in [item for item in line.marks if item.on <= today]:
        _print_mark(command, mark)
    command.screen.line(f"  ── {command.say(say('today: {day}', day=today))} ──", "bold")
    for mark in [item for item in line.marks if item.on > today]:
        _print_mark(command, mark)
    command.screen.line()
    _print_legend(command)


def _print_mark(command: Command, mark: timeline.TimelineMark) -> None:
    said = mark.told if mark.state is DeadlineState.PASSED else STATE_WORDS[mark.state]
    state = f" ({command.say(said)})" if mark.state in SAID else ""
    signs = f"{STATES[mark.state]} {KINDS[mark.kind][0]}"
    text = f"{one_line(command.say(mark.text))}{state}"
    command.screen.entry(f"  {mark.on.isoformat()}  {signs}  ", text, STYLES.get(mark.state, ""))


def _print_legend(command: Command) -> None:
    kinds = [f"{sign} {command.say(name)}" for sign, name in KINDS.values()]
    states = [f"{sign} {command.say(STATE_WORDS[state])}" for state, sign in STATES.items()]
    today = f"{TODAY} {command.say(say('today'))}"
    for signs in (kinds[:3], kinds[3:], states[:4], [*states[4:], today]):
        command.screen.line(f"  {'   '.join(signs)}", "dim")


# All of an office --------------------------------------------------------------------------------


def print_office(command: Command, name: str, found: list[timeline.Timeline]) -> None:
    """Draw the agreements of an office under each other, from this year on."""
    today = command.today
    ruler = Ruler(today.year, timeline.horizon(today).year, WIDE - NAME - 3)
    command.screen.line(name, "bold")
    command.screen.line()
    command.screen.line(f"  {' ' * NAME} {ruler.years()}", "dim")
    for line in found:
        label = one_line(f"{line.agreement.ref} {line.agreement.called}")
        command.screen.line(f"  {cut(label, NAME)} {ruler.drawn(line, today)}")
    command.screen.line()
    _print_legend(command)


class Ruler:
    """Whole years on a line of so many columns."""

    def __init__(self, first_year: int, last_year: int, width: int) -> None:
        self.first, self.after = date(first_year, 1, 1), date(last_year + 1, 1, 1)
        self.width = width

    def column(self, day: date) -> int:
        """Return the column of a day; what lies outside stands at an edge."""
        place = (day - self.first) * self.width // (self.after - self.first)
        return min(max(place, 0), self.width - 1)

    def years(self) -> str:
        """Return the years, each above the column in which it begins, as many as there is room."""
        cells = [" "] * self.width
        free = 0
        for year in range(self.first.year, self.after.year):
            column = self.column(date(year, 1, 1))
            if free <= column <= self.width - 4:
                cells[column : column + 4] = str(year)
                free = column + 5
        return "".join(cells).rstrip()

    def drawn(self, line: timeline.Timeline, today: date) -> str:
        """Return the term as a line with its marks, the most urgent last and so on top."""
        cells = [" "] * self.width
        self._draw_term(cells, line)
        if self.first <= today < self.after:
            cells[self.column(today)] = TODAY
        inside = (mark for mark in line.marks if self.first <= mark.on < self.after)
        for mark in sorted(inside, key=lambda mark: (ON_TOP[mark.state], RANK.index(mark.kind))):
            sign = STATES[mark.state] if mark.state in IN_THE_LINE else KINDS[mark.kind][0]
            cells[self.column(mark.on)] = sign
        return "".join(cells).rstrip()

    def _draw_term(self, cells: list[str], line: timeline.Timeline) -> None:
        start, end = line.starts_on, None if line.goes_on else line.last_day
        if start is None or start >= self.after or (end and end < self.first):
            return
        sure = end is not None and line.in_force
        last = self.column(end) if end else self.width - 1
        for column in range(self.column(start), last + 1):
            cells[column] = TERM if sure else OPEN
