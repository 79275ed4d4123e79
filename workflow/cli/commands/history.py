"""`looptijd history`: everything that happened to an agreement."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date, datetime

import click

from states.model.agreement import Agreement
from states.model.events import REGISTER, Event, FactChange
from states.model.fact_fields import keyed
from states.model.fact_words import field_name, words_of_part
from states.model.phrase import FieldName, Phrase, listed, say
from states.process import ACTIONS
from workflow.agreements.queries import HistoryLine, agreements_of, history, register_history
from workflow.cli.command import Command, operator_command
from workflow.engine import event_words
from workflow.engine.deadline_words import occurrence_in_words
from workflow.engine.private_values import ERASE, ERASED
from workflow.maintenance.adopt import ADOPT

FEW = 6
OF_THE_REGISTER = {
    "init": say("the register was made"),
    "policy": say("a policy was adopted"),
    ADOPT: say("the register became this installation's own"),
    "clock": say("the clock was confirmed"),
    "office": say("the office was imported"),
    "handover": say("the office was handed over"),
    "mail": say("somebody decided about a mail"),
    REGISTER: event_words.REGISTERED,
    **event_words.BY_THE_ENGINE,
}
OF_THE_REGISTER_ITSELF = {
    "uid": say("the register's own number"),
    "installation": say("installation"),
    "policy": say("policy"),
    "key": say("key"),
    "name": say("name"),
    "fallback": say("stands in for it"),
}
OF_A_HOLDER = {
    "name": say("name"),
    "email": say("address"),
    "starts": say("from"),
    "until": say("through"),
}


@click.command("history", epilog="leiden")
@click.argument("ref", required=False)
@operator_command
def history_command(command: Command, *, ref: str | None) -> None:
    """Show everything that happened to REF: who, when, what changed, and why.

    Without REF: what happened to the register itself, such as a policy that was adopted.
    """
    found = register_history(command.app) if ref is None else history(command.app, ref)
    if command.as_json:
        command.print_json([command.views.event(line) for line in found])
        return
    agreement = agreements_of(command.app, [ref]).get(ref) if ref else None
    with command.screen.paged():
        events = [line.event for line in found]
        then = event_words.as_called_then(events, agreement) if agreement else [None] * len(found)
        for line, known in zip(found, then, strict=True):
            print_event(command, line, known)


def print_event(command: Command, line: HistoryLine, agreement: Agreement | None = None) -> None:
    """Print one event: who did what when, and what it changed, in words where it is known of."""
    event = line.event
    what = command.say(_what(event, agreement))
    actor = command.views.opened(event.actor)
    at = command.app.minute(event.at)
    command.screen.line(f"{event.seq:>4}  {at}  {what}  {actor}", "bold")
    command.bullets(_details(command, line, agreement), mark="     ·")


def _what(event: Event, agreement: Agreement | None) -> Phrase:
    if event.occurrence:
        return occurrence_in_words(event.occurrence, agreement)
    if agreement is None and event.action in OF_THE_REGISTER:
        return OF_THE_REGISTER[event.action]
    if agreement is None or event.action in ACTIONS:
        return say(event.action)
    return event_words.event_in_words(event, agreement)


def _changes(command: Command, event: Event, agreement: Agreement | None) -> Iterable[Phrase]:
    """Return what an event changed of an agreement, or of an office or the register."""
    opened = command.views.opened_changes(event)
    if agreement:
        return event_words.changes_in_words(opened, agreement)
    if event.action == ERASE:
        return [say("erased: {names}", names=listed(_field(item.field) for item in event.changes))]
    gone = command.say(ERASED)  # of who that was nobody knows whether it is another
    kept = (item for item in opened.changes if item.old != item.new or item.new == gone)
    return (_change(command, item) for item in kept)


def _change(command: Command, change: FactChange) -> Phrase:
    field, new = _field(change.field), _value(command, change.new)
    if change.old is None:
        return say("{field}: {new}", field=field, new=new)
    return say("{field}: {old} → {new}", field=field, old=_value(command, change.old), new=new)


def _field(path: str) -> Phrase | FieldName:
    """Return what a field of an office or of the register is called."""
    group, number, name = keyed(path)
    if group == "event":
        return say("{what} of event {number}", what=words_of_part(group, name), number=number)
    if group in OF_THE_REGISTER_ITSELF and not name:
        word = OF_THE_REGISTER_ITSELF[group]
        return say("{what} {number}", what=word, number=number) if number else word
    if group == "holder" and name in OF_A_HOLDER:
        return say("holder {number} ({what})", number=number, what=OF_A_HOLDER[name])
    return field_name(path)


def _value(command: Command, text: str | None) -> object:
    """Return a value in words: a day as it is written, of a policy only when it was adopted."""
    moment, _, policy = (text or "").partition(" ")
    with suppress(ValueError):
        if policy.startswith("{"):
            at = command.app.minute(datetime.fromisoformat(moment))
            return say("from {at}; --json shows it whole", at=at)
        return date.fromisoformat(text or "")
    return text or "–"


def _details(command: Command, line: HistoryLine, agreement: Agreement | None) -> Iterator[Phrase]:
    event = line.event
    if event.nominal_on:
        yield say("date: {day}", day=event.nominal_on)
    if event.moved:
        yield say("to: {stage}", stage=command.views.stage(event.stage, event.ending))
    if event.on:
        yield say("on {day}", day=event.on)
    yield from _changes(command, event, agreement)
    if event.action == ADOPT and event.reason:
        yield say("mail that waited: {choice}", choice=say(event.reason))
    elif event.reason:
        yield say("reason: {reason}", reason=command.views.opened(event.reason))
    yield from event_words.remarks(event)
    gone = [*event.superseded, *event.waived]
    if len(gone) > FEW:
        yield say("alerts superseded: {count}; --json names them", count=len(gone))
        return
    for name in gone:
        yield say("superseded: {names}", names=occurrence_in_words(name, agreement))
