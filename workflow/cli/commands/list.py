"""The list: a line an agreement, with what is late, due, blocked or incomplete in words."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import chain

import click

from states.dates.term_dates import day_of, end_of
from states.model.phrase import Phrase, say
from states.model.stage import Ending, Rule, Stage
from workflow.agreements.attention import Kind
from workflow.agreements.queries import DamagedLine, Line, lines
from workflow.cli.command import Desk, command, screen
from workflow.cli.completion import completed, offices
from workflow.cli.words import MARKS, concerns_in_words
from workflow.system.printable import to_json
from workflow.system.sort_on_disk import set_aside

SOON = timedelta(weeks=4)
DUE = "›"
ALL, ASKING = "all", "asking"
NEXT = {
    Rule.UNSIGNED: say("signatures"),
    Rule.HELD_OVER: say("decision"),
    Rule.ACTIVATION: say("start"),
    Rule.PAYMENT: say("payment"),
    Rule.EVALUATION: say("evaluation"),
    Rule.CONTINUATION: say("continuation"),
    Rule.EXPIRY: say("end"),
    Rule.NOTICE: say("notice"),
    Rule.RENEWAL: say("renewal"),
    Rule.MISSING_FACT: say("missing fact"),
}
TITLE = 1  # the column that gives way on a narrow screen

Lines = Iterable[Line | DamagedLine]


def print_lines(desk: Desk, found: Lines) -> None:
    """Print a table, and below it how much asks for attention."""
    heads = (say("reference"), say("title"), say("stage"), say("last day"), say("now or next"))
    page = screen()
    names = [f"  {desk.say(heads[0])}", *map(desk.say, heads[1:])]
    counts = Counter[str]()
    page.table(names, (_row(desk, line) for line in _counted(desk, found, counts)), elastic=TITLE)
    told = [_in_all(counts)]
    if counts[ASKING]:
        told.append(say("What asks for attention, and why: looptijd list --attention"))
    page.line()
    page.bullets(map(desk.say, told), mark="")


def print_attention(desk: Desk, found: Lines) -> None:
    """Print of each agreement what asks for attention, under its name."""
    page = screen()
    for heading, concerns in [_asking(desk, line) for line in found]:  # all is read by then
        page.heading(heading)
        for mark, sentence in concerns:
            page.bullets([sentence], mark=mark)


def _asking(desk: Desk, line: Line | DamagedLine) -> tuple[str, list[tuple[str, str]]]:
    title = "" if isinstance(line, DamagedLine) else line.agreement.called
    concerns = [(MARKS[concern.kind], desk.say(concern)) for concern in line.attention]
    return f"{_ref(line)}  {title}".rstrip(), concerns


def _ref(line: Line | DamagedLine) -> str:
    return line.ref if isinstance(line, DamagedLine) else line.agreement.ref


def _row(desk: Desk, line: Line | DamagedLine) -> list[str]:
    state = _state(desk, line)
    if isinstance(line, DamagedLine):
        return [f"{_mark(desk, line)} {line.ref}", "–", line.stage, "–", state]
    agreement, last_day = line.agreement, day_of(end_of(line.agreement))
    return [
        f"{_mark(desk, line)} {agreement.ref}",
        agreement.called,
        _stage(desk, line),
        last_day.isoformat() if last_day else "–",
        state,
    ]


def _stage(desk: Desk, line: Line) -> str:
    """Return the stage; of what has ended only how it did."""
    agreement = line.agreement
    if agreement.ending is Ending.LAPSED:
        return desk.say(say("without a decision"))
    if agreement.ending:
        return desk.views.ending(agreement.ending)
    return desk.views.stage(agreement.stage, None)


def _mark(desk: Desk, line: Line | DamagedLine) -> str:
    kinds = {concern.kind for concern in line.attention}
    marks = [mark for kind, mark in MARKS.items() if kind in kinds]
    return marks[0] if marks else DUE if _is_due(desk, line) else " "


def _state(desk: Desk, line: Line | DamagedLine) -> str:
    """Return what asks for attention, else what comes next and when."""
    if line.attention:
        return ", ".join(map(desk.say, concerns_in_words(line.attention)))
    following = _next_on(desk, line)
    if following is None or isinstance(line, DamagedLine):
        return "–"
    return f"{following} {desk.say(NEXT[Rule(str(line.next_rule))])}"


def _next_on(desk: Desk, line: Line | DamagedLine) -> date | None:
    if isinstance(line, DamagedLine) or line.next_at is None:
        return None
    return desk.house.local(line.next_at).date()


def _is_due(desk: Desk, line: Line | DamagedLine) -> bool:
    following = _next_on(desk, line)
    return following is not None and following <= desk.house.today() + SOON


def _counted(desk: Desk, found: Lines, counts: Counter[str]) -> Lines:
    """Yield lines, and count what they ask on the way."""
    for line in found:
        counts.update([ALL, *{concern.kind for concern in line.attention}])
        counts[ASKING] += bool(line.attention)
        counts[DUE] += _is_due(desk, line)
        yield line


def _in_all(counts: Counter[str]) -> Phrase:
    return say(
        "Agreements: {all}; late: {late}, blocked: {blocked}, incomplete: {incomplete}, with an"
        " alert within four weeks: {due}.",
        all=counts[ALL],
        late=counts[Kind.LATE],
        blocked=counts[Kind.BLOCKED],
        incomplete=counts[Kind.INCOMPLETE],
        due=counts[DUE],
    )


@click.command("list")
@click.option(
    "--stage",
    type=click.Choice([stage.value for stage in Stage]),
    default=None,
    help="Only what is in this stage.",
)
@click.option(
    "--office",
    metavar="KEY",
    default=None,
    help="Only this office's agreements.",
    shell_complete=completed(offices),
)
@click.option("--attention", is_flag=True, help="Only what asks for attention.")
@command
def list_command(desk: Desk, *, stage: str | None, office: str | None, attention: bool) -> None:
    """List the agreements with the next date of each, and what asks for attention."""
    found = lines(desk.house, stage=stage, office=office, attention_only=attention)
    if desk.as_json:
        desk.print_list(set_aside(to_json(desk.views.line(line), indent=2) for line in found))
    elif first := next(found, None):
        every = chain([first], found)
        print_attention(desk, every) if attention else print_lines(desk, every)
    else:
        desk.tell(say("There is nothing to list."))
