"""The commands that read: list, deadlines, why, history."""

from datetime import date

import click

from states.anchors import day_of, end_of
from states.change import Event, Status
from states.leaves import parse_date
from states.period import parse_period
from states.phrase import Phrase, Refusal, say
from states.policy import Policy
from states.stage import Rule, Stage
from states.term import plus
from workflow.cli.running import Desk, command
from workflow.cli.screen import Screen, screen
from workflow.sealing import ERASE
from workflow.service.house import policy_of
from workflow.service.reading import (
    DamagedLine,
    DeadlineLine,
    HistoryLine,
    Line,
    deadlines,
    history,
    lines,
)
from workflow.subjects import subject

STATUS = {
    Status.PLANNED: say("planned"),
    Status.FIRED: say("fired"),
    Status.SUPERSEDED: say("superseded"),
    Status.WAIVED: say("waived"),
    Status.UNKNOWN: say("unknown"),
}


def policy_in_force(desk: Desk) -> Policy:
    """Return the policy that every date is computed with."""
    with desk.house.reading() as connection:
        return policy_of(connection)


# list --------------------------------------------------------------------------------------------


@click.command("list")
@click.option(
    "--stage",
    type=click.Choice([stage.value for stage in Stage]),
    default=None,
    help="Only what is in this stage.",
)
@click.option("--office", metavar="KEY", default=None, help="Only this office's agreements.")
@click.option("--attention", is_flag=True, help="Only what asks for attention.")
@command
def list_command(desk: Desk, *, stage: str | None, office: str | None, attention: bool) -> None:
    """List the agreements with the next date of each, and what asks for attention."""
    found = lines(desk.house, stage=stage, office=office, attention_only=attention)
    if desk.as_json:
        desk.print_json([desk.views.line(line) for line in found])
        return
    if not found:
        desk.tell(say("There is nothing to list."))
        return
    _print_lines(desk, found)


def _print_lines(desk: Desk, found: list[Line | DamagedLine]) -> None:
    heads = (say("reference"), say("title"), say("stage"), say("last day"), say("next"))
    page = screen()
    page.table([desk.say(head) for head in heads], [_row(desk, line) for line in found])
    urgent = [(_ref(line), phrase) for line in found for phrase in line.attention]
    if urgent:
        page.heading(desk.say(say("Attention")))
        page.bullets((f"{ref}: {desk.say(text)}" for ref, text in urgent), mark="!")


def _ref(line: Line | DamagedLine) -> str:
    return line.ref if isinstance(line, DamagedLine) else line.agreement.ref


def _row(desk: Desk, line: Line | DamagedLine) -> list[str]:
    if isinstance(line, DamagedLine):
        return [f"! {line.ref}", "–", line.stage, "–", "–"]
    agreement, last_day = line.agreement, day_of(end_of(line.agreement))
    mark = "! " if line.attention else "  "
    return [
        mark + agreement.ref,
        agreement.called,
        desk.views.stage(agreement.stage, agreement.ending),
        last_day.isoformat() if last_day else "–",
        f"{desk.house.local(line.next_at).date()} {line.next_rule}" if line.next_at else "–",
    ]


# deadlines and why -------------------------------------------------------------------------------


@click.command("deadlines")
@click.argument("ref", required=False)
@click.option("--until", default=None, metavar="DATE", help="Alerts up to and including this day.")
@click.option("--within", default=None, metavar="PERIOD", help="Alerts within this period: P30D.")
@command
def deadlines_command(
    desk: Desk, *, ref: str | None, until: str | None, within: str | None
) -> None:
    """List the alerts to come in order; with REF also what fired and what was superseded."""
    last = _until(desk, until, within)
    found = deadlines(desk.house, ref, until=last)
    if desk.as_json:
        policy = policy_in_force(desk)
        desk.print_json([desk.views.deadline(line, policy) for line in found])
        return
    if found:
        screen().table(*step_table(desk, found, with_ref=ref is None))
    else:
        desk.tell(say("There is nothing to list."))


def _until(desk: Desk, until: str | None, within: str | None) -> date | None:
    if until and within:
        raise Refusal(say("Give --until or --within, not both."))
    try:
        if until:
            return parse_date(until)
        return plus(desk.house.today(), parse_period(within)) if within else None
    except ValueError as error:
        raise Refusal(
            say(
                "“{value}” is not accepted. Write --until 2020-12-31 or --within P30D.", value=error
            )
        ) from error


def step_table(
    desk: Desk, found: list[DeadlineLine], *, with_ref: bool
) -> tuple[list[str], list[list[str]]]:
    """Return the heads and rows of a table of steps."""
    heads = [say("alert"), say("about"), say("date"), say("step"), say("status")]
    columns = [desk.say(head) for head in ([say("reference"), *heads] if with_ref else heads)]
    rows = [_step_row(desk, line) for line in found]
    return columns, rows if with_ref else [row[1:] for row in rows]


def _step_row(desk: Desk, line: DeadlineLine) -> list[str]:
    occurrence = line.occurrence
    at = desk.house.local(occurrence.alert_at) if occurrence else None
    nominal = line.deadline.nominal_on
    reason = "" if nominal else desk.say(line.explanation[0])
    return [
        line.agreement.ref,
        f"{at:%Y-%m-%d %H:%M}" if at else "–",
        desk.say(subject(line.deadline)),
        nominal.isoformat() if nominal else "–",
        occurrence.step.name if occurrence else "–",
        reason or desk.say(STATUS[line.status]),
    ]


@click.command("why")
@click.argument("ref")
@click.argument("rule", required=False)
@command
def why_command(desk: Desk, *, ref: str, rule: str | None) -> None:
    """Explain each date of REF (of one RULE): anchor, arithmetic, clause, what moved the alert."""
    names = [item.value for item in Rule]
    if rule is not None and rule not in names:
        raise Refusal(
            say("There is no rule “{rule}”. Accepted: {names}.", rule=rule, names=", ".join(names))
        )
    found = deadlines(desk.house, ref, rule=rule)
    if desk.as_json:
        policy = policy_in_force(desk)
        desk.print_json([desk.views.deadline(line, policy) for line in found])
        return
    _print_why(desk, found)


def _print_why(desk: Desk, found: list[DeadlineLine]) -> None:
    page = screen()
    for line in found:
        occurrence = line.occurrence
        at = (
            f" — {desk.language.moment(desk.house.local(occurrence.alert_at))}"
            if occurrence
            else ""
        )
        step = f" {occurrence.step.name}" if occurrence else ""
        status = desk.say(STATUS[line.status])
        page.heading(f"{desk.say(subject(line.deadline))}{step}{at} ({status})")
        page.bullets(desk.say(reason) for reason in line.explanation)
    if not found:
        desk.tell(say("There is nothing to list."))


# history -----------------------------------------------------------------------------------------


@click.command("history")
@click.argument("ref")
@command
def history_command(desk: Desk, *, ref: str) -> None:
    """Show everything that happened to REF: who, when, what changed, and why."""
    found = history(desk.house, ref)
    if desk.as_json:
        desk.print_json([desk.views.event(line) for line in found])
        return
    page = screen()
    for line in found:
        print_event(desk, page, line)


def print_event(desk: Desk, screen: Screen, line: HistoryLine) -> None:
    """Print one event: who did what when, and what it changed."""
    event = line.event
    at = desk.house.local(event.at)
    what, actor = event.occurrence or event.action, desk.views.opened(event.actor)
    screen.line(f"{event.seq:>4}  {at:%Y-%m-%d %H:%M}  {what}  {actor}", "bold")
    screen.bullets(map(desk.say, _details(desk, line)), mark="     ·")


def _changes(desk: Desk, event: Event) -> list[Phrase]:
    if event.action == ERASE:
        names = ", ".join(change.field for change in event.changes)
        return [say("erased: {names}", names=names)]
    return [
        say(
            "{field}: {old} → {new}",
            field=c.field,
            old=desk.views.opened(c.old) or "–",
            new=desk.views.opened(c.new) or "–",
        )
        for c in event.changes
    ]


def _details(desk: Desk, line: HistoryLine) -> list[Phrase]:
    event = line.event
    told: list[Phrase] = []
    if event.stage is not event.stage_before:
        told.append(say("to: {stage}", stage=desk.views.stage(event.stage, event.ending)))
    if event.on:
        told.append(say("on {day}", day=event.on))
    told += _changes(desk, event)
    if event.reason:
        told.append(say("reason: {reason}", reason=desk.views.opened(event.reason)))
    if event.caught_up:
        told.append(say("caught up: it became known after its date, {day}", day=event.nominal_on))
    if event.late_by:
        told.append(say("late by {seconds} seconds", seconds=event.late_by))
    gone = [*event.superseded, *event.waived]
    return [*told, say("superseded: {names}", names=", ".join(gone))] if gone else told
