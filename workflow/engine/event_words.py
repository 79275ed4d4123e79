"""What was done with an agreement: each event in a few words, without who did it or why."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from states.model.agreement import Agreement
from states.model.events import REGISTER, Event
from states.model.fact_types import Key
from states.model.phrase import Phrase, say
from states.model.stage import Rule

BY_SOMEBODY = {
    REGISTER: say("entered in the register"),
    "submit": say("put before the bestuurlijk overleg"),
    "skip_overleg": say("sent to the college without an overleg"),
    "withdraw": say("the proposal was withdrawn"),
    "agree": say("agreed in the bestuurlijk overleg"),
    "revise": say("sent back by the overleg to be revised"),
    "decide": say("a decision was recorded"),
    "set_start": say("the first day was recorded"),
    "start_evaluation": say("the evaluation began"),
    "start_decision": say("the decision on the continuation began"),
    "terminate": say("the agreement ends early"),
    "suspend": say("suspended"),
    "resume": say("resumed"),
    "amend": say("facts were changed"),
    "acknowledge": say("an alert was seen"),
    "note": say("a note was added"),
}
BY_TIME = {
    Rule.ACTIVATION.value: say("the agreement came into force"),
    Rule.RENEWAL.value: say("the agreement was renewed tacitly"),
    Rule.EVALUATION.value: say("the evaluation began"),
    Rule.CONTINUATION.value: say("the decision on the continuation began"),
    Rule.EXPIRY.value: say("the term has ended"),
}
ABOUT_MONEY = frozenset({"pay", "waive"})


@dataclass(frozen=True, slots=True)
class Particular:
    """What an action was about: a pattern that finds it in a fact's path, and the words."""

    pattern: str
    words: str


PARTICULARS = {
    "sign": Particular(r"party\.(.+)\.signed_on", say("signed by {name}").text),
    "pay": Particular(r"instalment\.(.+)\.paid_on", say("instalment {name} was paid").text),
    "waive": Particular(
        r"instalment\.(.+)\.waived_on", say("instalment {name} need not be paid").text
    ),
    "conclude": Particular(
        r"evaluation\.([^.]+)\.held\..+\.on", say("evaluation “{name}” was held").text
    ),
}


def what_was_done(events: Iterable[Event], agreement: Agreement) -> tuple[Phrase, ...]:
    """Return what these events did, in order, each thing once; an alert that left did nothing."""
    sentences = (phrase for event in events for phrase in _sentences(event, agreement))
    return tuple({str(phrase): phrase for phrase in sentences}.values())


def _sentences(event: Event, agreement: Agreement) -> Iterator[Phrase]:
    if event.action in PARTICULARS:
        yield from _particulars(event, agreement)
    elif event.action in BY_SOMEBODY:
        yield BY_SOMEBODY[event.action]
    elif event.occurrence and (event.changes or event.stage is not event.stage_before):
        rule = event.occurrence.partition(":")[0]
        yield from (BY_TIME[name] for name in BY_TIME if name == rule)


def _particulars(event: Event, agreement: Agreement) -> Iterator[Phrase]:
    particular = PARTICULARS[event.action]
    for change in event.changes:
        if found := re.fullmatch(particular.pattern, change.field):
            yield say(particular.words, name=_name(found[1], agreement))


def _name(key: str, agreement: Agreement) -> str:
    """Return a party by its name; what is no party is known by its key or number."""
    party = agreement.party.get(Key(key))
    return party.name if party else key
