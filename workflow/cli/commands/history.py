"""`looptijd history`: everything that happened to an agreement."""

import click

from states.model.events import Event, FactChange
from states.model.phrase import Phrase, say
from workflow.agreements.queries import HistoryLine, history, register_history
from workflow.cli.command import Desk, command, screen
from workflow.cli.screen import Screen
from workflow.cli.words import occurrence_in_words
from workflow.engine.private_values import ERASE

FEW = 6


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
