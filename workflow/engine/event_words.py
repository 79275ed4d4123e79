"""What was done with an agreement: each event in a few words, without who did it or why."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from states.dates.obligations import turns_of_earlier_terms
from states.model.agreement import EUROS, Agreement
from states.model.events import FOUND_OUT, REGISTER, REOPEN, SETTLE, SUPERSEDE, Event, FactChange
from states.model.fact_fields import keyed
from states.model.fact_types import EARLIEST, Key
from states.model.fact_words import fact_words, field_name, in_money, whose
from states.model.period import Period
from states.model.phrase import Named, Phrase, listed, say
from states.model.stage import DATE_ITSELF, Ending, OccurrenceName, Stage
from states.process import ACTIONS, PROCESS, RULES
from states.rules.amendment import fact_type_of
from states.rules.checks import date_as_written
from states.rules.obligations import turn_named
from workflow.engine.deadline_words import occurrence_in_words, past_step, subject
from workflow.engine.private_values import ERASE, is_token

REGISTERED = say("entered in the register")
RECONCILE = "reconcile"  # what differed from the ledger was written anew from it
BY_THE_ENGINE = {
    SETTLE: say("the stage follows the facts"),
    SUPERSEDE: say("alerts that make no sense any more"),
    REOPEN: say("alerts that are waited for again"),
    ERASE: say("personal data were erased"),
    RECONCILE: say("the register was mended from its ledger"),
}
YES_OR_NO = {"true": say("yes"), "false": say("no")}
NAMES_A_PARTY = frozenset({"payer", "by", "merged_into"})
ACKNOWLEDGED = "acknowledged."


def is_of_the_engine(path: str) -> bool:
    """Tell whether a fact is kept for the engine alone: nobody entered it, and nobody reads it."""
    return path.startswith(FOUND_OUT) or path.endswith((".taken_for", "started_for"))


def stage_in_words(stage: Stage, ending: Ending | None) -> Phrase:
    """Return what a stage is called; of what has ended also how it did."""
    label = PROCESS[stage].label
    if ending is None:
        return label
    lapsed = ending is Ending.LAPSED
    how = say("lapsed without a decision") if lapsed else say(ending.value)
    return say("{stage} ({ending})", stage=label, ending=how)


def what_was_done(events: Iterable[Event], agreement: Agreement) -> tuple[Phrase, ...]:
    """Return what these events did, in order, each thing once; an alert that left did nothing."""
    sentences = (phrase for event in events for phrase in _sentences(event, agreement))
    return tuple({str(phrase): phrase for phrase in sentences}.values())


def event_in_words(event: Event, agreement: Agreement) -> Phrase:
    """Return what one event is, also of what left as an alert only, and of what the engine did."""
    if event.occurrence:
        return occurrence_in_words(event.occurrence, agreement)
    said = what_was_done([event], agreement)
    return said[0] if said else BY_THE_ENGINE.get(event.action) or say("{name}", name=event.action)


def remarks(event: Event) -> Iterator[Phrase]:
    """Yield what an event takes back, and why its alert left later than others do."""
    if event.undoes:
        yield say("takes back event {seq}", seq=event.undoes)
    if event.caught_up:
        yield say("caught up: it became known after the day on which this would have left")
    late = timedelta(seconds=event.late_by)
    if late.days:
        yield say("late by {period}", period=Period(days=late.days))
    elif late:
        yield say("late by {time} hours", time=str(late)[:-3])  # to the minute


# What something is called by: first what it has as long as it is there.
NAMED = {"party": ("name",), "obligation": ("what", "by")}


def as_called_then(events: Sequence[Event], agreement: Agreement) -> list[Agreement]:
    """Return for each event the agreement in which all is called as before somebody renamed it."""
    found: list[Agreement] = []
    for event in reversed(events):
        added = {change.field for change in event.changes if change.old is None}
        for change in event.changes:
            agreement = _renamed_back(agreement, change, added)
        found.append(agreement)
    return found[::-1]


def _renamed_back(agreement: Agreement, change: FactChange, added: set[str]) -> Agreement:
    group, key, name = keyed(change.field)
    names = NAMED.get(group, ())
    items = getattr(agreement, group) if name in names else {}
    if key not in items or f"{group}.{key}.{names[0]}" in added:
        return agreement
    item = replace(items[key], **{name: change.old})
    renamed: dict[str, Any] = {group: {**items, key: item}}
    return replace(agreement, **renamed)


def changes_in_words(event: Event, agreement: Agreement) -> Iterator[Phrase]:
    """Yield the facts that an event changed, but for the engine's own; of erased ones the names."""
    if event.action == ERASE:
        names = listed(fact_words(change.field, agreement) for change in event.changes)
        yield say("erased: {names}", names=names)
        return
    for change in event.changes:
        if not is_of_the_engine(change.field):
            yield change_in_words(change, agreement)


def change_in_words(change: FactChange, agreement: Agreement) -> Phrase:
    """Return a fact from what to what, in words; a personal value shows where it was opened."""
    name = _fact(change.field, agreement)
    new = value_in_words(change.field, change.new, agreement) if change.new else say("taken away")
    if change.old is None:
        return say("{field}: {new}", field=name, new=new)
    old = value_in_words(change.field, change.old, agreement)
    return say("{field}: {old} → {new}", field=name, old=old, new=new)


def _fact(path: str, agreement: Agreement) -> Phrase:
    """Return what a fact is called; of a deadline that was seen what it is about."""
    if not path.startswith(ACKNOWLEDGED):
        return fact_words(path, agreement)
    deadline, _ = past_step(f"{path.removeprefix(ACKNOWLEDGED)}:{DATE_ITSELF.name}", agreement)
    return say("the wait for follow-ups of {what}", what=subject(deadline))


def value_in_words(path: str, text: str | None, agreement: Agreement | None = None) -> object:
    """Return what a fact holds, for the reader's language to write; a party of it by its name."""
    if text is None or is_token(text):
        return "–" if text is None else "…"
    if agreement and path.rpartition(".")[2] in NAMES_A_PARTY:
        party = agreement.party.get(Key(text))
        return party.name if party else text
    if path.startswith("source.") and path.endswith(".field"):
        return fact_words(text, agreement) if agreement else field_name(text)
    fact_type = fact_type_of(path)
    if fact_type and text in fact_type.names:
        return YES_OR_NO.get(text) or Named(text)
    parse = fact_type.parse if fact_type else str
    value = date_as_written(text) if path.endswith(".dated") else parse(text)
    if agreement and isinstance(value, Decimal):
        money = agreement.contribution
        return in_money(value, money.currency if money else EUROS)
    return value if isinstance(value, date | Period | Decimal) else text


def _sentences(event: Event, agreement: Agreement) -> Iterator[Phrase]:
    action = ACTIONS.get(event.action)
    if event.action == REGISTER:
        yield REGISTERED
    elif action and action.done_to:
        done_to = (re.fullmatch(action.done_to, change.field) for change in event.changes)
        yield from (say(action.done.text, name=_name(it[1], agreement)) for it in done_to if it)
    elif action:
        yield action.done
    elif event.occurrence and event.changed_something:
        rule = RULES[OccurrenceName.parse(event.occurrence).rule]
        if rule.happened:
            yield rule.happened


def _turn(agreement: Agreement, key: str, number: str) -> Phrase | str:
    """Return what is owed; of what recurs which time, by its number and year."""
    owed, about = agreement.obligation.get(Key(key)), f"{key}.{number}"
    if owed is None:  # an amendment took it away
        return key
    if not owed.every:
        return owed.what
    earlier = (turn for turn in turns_of_earlier_terms(agreement) if turn.about == about)
    found = turn_named(agreement, about, EARLIEST) or next(earlier, None)
    return found.what if found else owed.what


def _name(path: str, agreement: Agreement) -> Phrase | str:
    """Return what something was done to, as facts about it are told; a turn with its number."""
    group, key, turn = keyed(path)
    if turn:
        return _turn(agreement, key, turn.removeprefix("fulfilment."))
    return whose(group, key, agreement)
