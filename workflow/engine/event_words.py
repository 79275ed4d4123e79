"""What was done with an agreement: each event in a few words, without who did it or why."""

import re
from collections.abc import Iterable, Iterator

from states.model.agreement import Agreement
from states.model.events import REGISTER, Event
from states.model.fact_types import Key
from states.model.phrase import Phrase, say
from states.model.stage import OccurrenceName
from states.process import ACTIONS, RULES

REGISTERED = say("entered in the register")


def what_was_done(events: Iterable[Event], agreement: Agreement) -> tuple[Phrase, ...]:
    """Return what these events did, in order, each thing once; an alert that left did nothing."""
    sentences = (phrase for event in events for phrase in _sentences(event, agreement))
    return tuple({str(phrase): phrase for phrase in sentences}.values())


def _sentences(event: Event, agreement: Agreement) -> Iterator[Phrase]:
    action = ACTIONS.get(event.action)
    if event.action == REGISTER:
        yield REGISTERED
    elif action and action.done_to:
        yield from _particulars(event, action.done_to, action.done, agreement)
    elif action:
        yield action.done
    elif event.occurrence and (event.changes or event.stage is not event.stage_before):
        happened = RULES[OccurrenceName.parse(event.occurrence).rule].happened
        yield from (happened,) if happened else ()


def _particulars(
    event: Event, pattern: str, words: Phrase, agreement: Agreement
) -> Iterator[Phrase]:
    for change in event.changes:
        if found := re.fullmatch(pattern, change.field):
            yield say(words.text, name=_name(found[1], agreement))


def _name(key: str, agreement: Agreement) -> str:
    """Return a party by its name; what is no party is known by its key or number."""
    party = agreement.party.get(Key(key))
    return party.name if party else key
