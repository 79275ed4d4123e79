"""`looptijd list`: a line an agreement, with what is late, due, blocked or incomplete."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from itertools import chain
from typing import Any

import click

from states.dates.term_dates import day_of, end_of
from states.model.fact_types import A_LINE
from states.model.phrase import Phrase, Refusal, say
from states.model.stage import Ending, Rule, Stage
from states.process import PROCESS, RULES
from workflow.agreements.attention import Concern, ConcernKind
from workflow.agreements.queries import LAST, Listed, UnreadableRow, by_urgency, lines
from workflow.agreements.search import Filter
from workflow.cli.command import Command, Words, operator_command, parse_option
from workflow.cli.completion import office_option
from workflow.engine.event_words import stage_in_words
from workflow.system.refusals import not_accepted
from workflow.system.sort_on_disk import set_aside

MARKS = {
    ConcernKind.LATE: "!",
    ConcernKind.BLOCKED: "×",
    ConcernKind.INCOMPLETE: "?",
    ConcernKind.NOTABLE: "·",
}
SOON = timedelta(weeks=4)
DUE = "›"
ALL, ASKING = "all", "asking"
TITLE = 1  # the column that gives way on a narrow screen


def _by_last_day(line: Listed) -> str:
    last_day = None if isinstance(line, UnreadableRow) else day_of(end_of(line.agreement))
    return last_day.isoformat() if last_day else LAST


ORDERS: dict[str, Callable[[Listed], Any] | None] = {
    "ref": None,
    "urgency": by_urgency,
    "last_day": _by_last_day,
}


def _print_lines(command: Command, found: Iterable[Listed]) -> None:
    """Print a table, and below it how much asks for attention."""
    heads = (say("reference"), say("title"), say("stage"), say("last day"), say("now or next"))
    counts = Counter[str]()
    rows = (_row(command, line) for line in _counted(command, found, counts))
    command.table(heads, rows, elastic=TITLE, marked=True)
    sentences = [_in_all(counts)]
    if counts[ASKING]:
        sentences.append(say("What asks for attention, and why: looptijd list --attention"))
    command.screen.line()
    command.bullets(sentences, mark="")


def _print_attention(command: Command, found: Iterable[Listed]) -> None:
    """Print of each agreement what asks for attention, under its name."""
    for heading, concerns in [_asking(command, line) for line in found]:  # all is read by then
        command.screen.heading(heading)
        for mark, sentence in concerns:
            command.screen.bullets([sentence], mark=mark)


def _asking(command: Command, line: Listed) -> tuple[str, list[tuple[str, str]]]:
    ref = line.ref if isinstance(line, UnreadableRow) else line.agreement.ref
    title = "" if isinstance(line, UnreadableRow) else line.agreement.called
    concerns = [(MARKS[concern.kind], command.say(concern)) for concern in line.attention]
    return f"{ref}  {title}".rstrip(), concerns


def _row(command: Command, line: Listed) -> list[str]:
    state = _state(command, line)
    if isinstance(line, UnreadableRow):
        known = next((item for item in Stage if item == line.stage), None)
        stage = command.views.stage(known, None) or line.stage
        return [f"{_mark(command, line)} {line.ref}", "–", stage, "–", state]
    agreement, last_day = line.agreement, day_of(end_of(line.agreement))
    return [
        f"{_mark(command, line)} {agreement.ref}",
        agreement.called,
        command.say(_called(agreement.ending or agreement.stage)),
        last_day.isoformat() if last_day else "–",
        state,
    ]


def _called(name: str) -> Phrase:
    """Return what the column calls a stage; of what has ended only how it did."""
    if name == Ending.LAPSED:
        return say("without a decision")
    return say(name) if name in {*Ending} else PROCESS[Stage(name)].label


def _also_called(name: str) -> tuple[Phrase, ...]:
    """Return what may be typed for a stage: what the column calls it, and what `show` does."""
    whole = [stage_in_words(Stage.ENDED, Ending(name))] if name in {*Ending} else []
    return (_called(name), *whole)


def _mark(command: Command, line: Listed) -> str:
    kinds = {concern.kind for concern in line.attention}
    marks = [mark for kind, mark in MARKS.items() if kind in kinds]
    return marks[0] if marks else DUE if _is_due(command, line) else " "


def _state(command: Command, line: Listed) -> str:
    """Return what asks for attention, else what comes next and when."""
    if line.attention:
        return ", ".join(map(command.say, _in_words(line.attention)))
    if line.next_on is None:
        return "–"
    return f"{line.next_on} {command.say(RULES[Rule(str(line.next_rule))].short)}"


def _in_words(concerns: Sequence[Concern]) -> list[Phrase]:
    """Return how much of which kind asks for attention, the most urgent first."""
    counts = {kind: sum(item.kind is kind for item in concerns) for kind in ConcernKind}
    words = {
        ConcernKind.LATE: say("{count} late", count=counts[ConcernKind.LATE]),
        ConcernKind.BLOCKED: say("blocked"),
        ConcernKind.INCOMPLETE: say("incomplete"),
        ConcernKind.NOTABLE: say("needs a look"),
    }
    phrases = [words[kind] for kind in ConcernKind if counts[kind]]
    return phrases[:-1] if len(phrases) > 1 and counts[ConcernKind.NOTABLE] else phrases


def _is_due(command: Command, line: Listed) -> bool:
    return line.next_on is not None and line.next_on <= command.today + SOON


def _counted(command: Command, found: Iterable[Listed], counts: Counter[str]) -> Iterable[Listed]:
    """Yield lines, and count what they ask on the way."""
    for line in found:
        counts.update([ALL, *{concern.kind for concern in line.attention}])
        counts[ASKING] += bool(line.attention)
        counts[DUE] += _is_due(command, line)
        yield line


def _in_all(counts: Counter[str]) -> Phrase:
    return say(
        "Agreements: {all}; late: {late}, blocked: {blocked}, incomplete: {incomplete}, with an"
        " alert within four weeks: {due}.",
        all=counts[ALL],
        late=counts[ConcernKind.LATE],
        blocked=counts[ConcernKind.BLOCKED],
        incomplete=counts[ConcernKind.INCOMPLETE],
        due=counts[DUE],
    )


@click.command("list", epilog="--stage active --sort last_day")
@click.option(
    "--stage",
    type=Words((*Stage, *Ending), _also_called),
    help="Only what is in this stage, or ended so.",
)
@office_option(help="Only this office's agreements.")
@click.option("--party", metavar="NAME", help="Only agreements with this party.")
@click.option("--search", metavar="TEXT", help="Only what has this in reference, title or purpose.")
@click.option("--ends-before", metavar="DATE", help="Only what ends before this day.")
@click.option(
    "--sort", "order", type=Words(ORDERS), default="ref", help="In which order; default: reference."
)
@click.option("--attention", is_flag=True, help="Only what asks for attention.")
@operator_command
def list_command(
    command: Command, *, order: str, attention: bool, ends_before: str | None, **asked: str | None
) -> None:
    """List the agreements with the next date of each, and what asks for attention."""
    for name in ("party", "search"):
        text = asked[name]
        if text is not None and not text.strip():
            raise Refusal(not_accepted(f"--{name}", text, A_LINE))
    day = parse_option(command, ends_before, "--ends-before")
    found = lines(command.app, Filter(ends_before=day, **asked), attention_only=attention)
    if place := ORDERS[order]:
        found = iter(sorted(found, key=place))
    if command.as_json:
        shown = (command.as_document(command.views.line(line)) for line in found)
        command.print_list(set_aside(shown))
    elif first := next(found, None):
        every = chain([first], found)
        _print_attention(command, every) if attention else _print_lines(command, every)
    else:
        command.tell(say("There is nothing to list."))
