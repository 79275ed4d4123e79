"""The commands that read: list, deadlines, why, history."""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import chain
from typing import Any

import click

from states.change import Event, FactChange
from states.leaves import parse_date
from states.period import parse_period
from states.phrase import Phrase, Refusal, say
from states.policy import Policy
from states.stage import Rule, Stage
from states.term import plus
from workflow.app.app import policy_of
from workflow.cli.completing import completed, offices
from workflow.cli.listing import print_attention, print_lines
from workflow.cli.running import Desk, command
from workflow.cli.screen import Screen, screen
from workflow.cli.wording import STATUS, occurrence_in_words, step_in_words
from workflow.engine.deadline_words import subject
from workflow.engine.private_values import ERASE
from workflow.explaining import explain_deadline
from workflow.service.reading import (
    DeadlineLine,
    HistoryLine,
    by_alert,
    deadlines,
    history,
    lines,
    register_history,
    to_come,
)
from workflow.system.printable import to_json
from workflow.system.sort_on_disk import in_order, set_aside
from workflow.system.suggest import nearest

FEW = 6


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
    if ref:
        _print_steps(desk, deadlines(desk.house, ref, until=last), with_ref=False)
    else:
        _print_steps(desk, to_come(desk.house, until=last), with_ref=True)


def _print_steps(desk: Desk, found: Iterable[DeadlineLine], *, with_ref: bool) -> None:
    """Print steps in order of alert, without holding them all."""
    if desk.as_json:
        policy = policy_in_force(desk)
        desk.print_list(_sorted(found, lambda line: desk.views.deadline(line, policy)))
        return
    rows = map(json.loads, _sorted(found, lambda line: step_row(desk, line, with_ref=with_ref)))
    if first := next(rows, None):
        screen().table(step_heads(desk, with_ref=with_ref), chain([first], rows))
    else:
        desk.tell(say("There is nothing to list."))


def _sorted(found: Iterable[DeadlineLine], shown: Callable[[DeadlineLine], Any]) -> Iterator[str]:
    return in_order((by_alert(line), to_json(shown(line), indent=2)) for line in found)


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


def step_heads(desk: Desk, *, with_ref: bool) -> list[str]:
    """Return the heads of a table of steps: of many agreements, or of one with their status."""
    heads = [say("alert"), say("about"), say("date"), say("step")]
    heads = [say("reference"), *heads] if with_ref else [*heads, say("status")]
    return [desk.say(head) for head in heads]


def step_row(desk: Desk, line: DeadlineLine, *, with_ref: bool) -> list[str]:
    """Return the row of a step under those heads."""
    occurrence = line.occurrence
    nominal = line.deadline.nominal_on
    at = desk.house.local(occurrence.alert_at).date().isoformat() if occurrence else "–"
    step = desk.say(step_in_words(occurrence.step)) if occurrence else "–"
    reason = _standing(desk, line) if with_ref and not nominal else ""
    about = desk.say(subject(line.deadline))
    row = [at, about, nominal.isoformat() if nominal else "–", reason or step]
    return [line.agreement.ref, *row] if with_ref else [*row, _standing(desk, line)]


def _standing(desk: Desk, line: DeadlineLine) -> str:
    """Return where a step stands, or why there is no date."""
    return desk.say(STATUS[line.status] if line.deadline.nominal_on else line.explanation[0])


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


# history -----------------------------------------------------------------------------------------


@click.command("history")
@click.argument("ref", required=False)
@command
def history_command(desk: Desk, *, ref: str | None) -> None:
    """Show everything that happened to REF: who, when, what changed, and why.

    Without REF: what happened to the register itself, such as a policy that was adopted.
    """
    found = history(desk.house, ref) if ref else register_history(desk.house)
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
    name = event.occurrence
    what = desk.say(occurrence_in_words(name)) if name else event.action
    actor = desk.views.opened(event.actor)
    screen.line(f"{event.seq:>4}  {at:%Y-%m-%d %H:%M}  {what}  {actor}", "bold")
    screen.bullets(map(desk.say, _details(desk, line)), mark="     ·")


def _changes(desk: Desk, event: Event) -> list[Phrase]:
    if event.action == ERASE:
        names = ", ".join(change.field for change in event.changes)
        return [say("erased: {names}", names=names)]
    return [_change(desk, change) for change in event.changes]


def _change(desk: Desk, change: FactChange) -> Phrase:
    old, new = desk.views.opened(change.old), desk.views.opened(change.new) or "–"
    if old is None:
        return say("{field}: {new}", field=change.field, new=new)
    return say("{field}: {old} → {new}", field=change.field, old=old, new=new)


def _details(desk: Desk, line: HistoryLine) -> list[Phrase]:
    event = line.event
    told = [say("occurrence: {name}", name=event.occurrence)] if event.occurrence else []
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
        told.append(say("late, in seconds: {seconds}", seconds=event.late_by))
    gone = [*event.superseded, *event.waived]
    return [*told, _superseded(gone)] if gone else told


def _superseded(names: list[str]) -> Phrase:
    if len(names) <= FEW:
        return say("superseded: {names}", names=", ".join(names))
    return say("alerts superseded: {count}; --json names them", count=len(names))
