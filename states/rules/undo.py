"""Taking back what an operator recorded: facts and stage become what they were before it."""

from collections.abc import Iterable, Iterator, Mapping

from states.model.agreement import Agreement
from states.model.events import Event, undo
from states.model.fact_words import fact_words
from states.model.facts import BadFacts, build, flatten
from states.model.phrase import Phrase, say
from states.rules import kept_amounts, turn_numbers
from states.rules.action import Action, Argument, Request
from states.rules.checks import problems

TAKEN_BACK = say("it was taken back meanwhile")  # why a mail about it does not leave
BUILDS_ON_NOTHING = frozenset({"note", "acknowledge", "undo"})
BY_NUMBER = ("instalment.", "obligation.")  # what is paid, fulfilled or waived
WRITTEN_DOWN = {"on": "taken_for", "paid_on": "paid_amount"}  # since, beside what is taken back


def undoable(agreement: Agreement, events: Iterable[Event]) -> Iterator[Event]:
    """Yield the events whose facts still are as they made them, the last first."""
    facts = flatten(agreement)
    for event in sorted(events, key=lambda event: -event.seq):
        if not [*_changed_since(event, facts)]:
            yield event


def _changed_since(event: Event, facts: Mapping[str, str]) -> Iterator[str]:
    """Yield what is another by now; of an event that brought no fact, the stage."""
    own = event.said
    yield from (change.field for change in own if facts.get(change.field) != change.new)
    if not own and event.stage != facts["stage"]:
        yield "stage"


def before(agreement: Agreement, event: Event) -> Agreement:
    """Return the agreement without what an event changed; BadFacts when others need that.

    For which term something was held or decided, or how much was paid, may have been written down
    since. When a date became known stays: its follow-ups count from that day where it comes back.
    """
    now = flatten(agreement)
    found_out = {path: day for path, day in now.items() if path.startswith("known_on.")}
    facts = undo([event], now) | found_out
    for change in event.changes:
        group, _, name = change.field.rpartition(".")
        if change.old is None and name in WRITTEN_DOWN:
            facts.pop(f"{group}.{WRITTEN_DOWN[name]}", None)
    if event.stage_before and event.moved:
        facts["stage"] = event.stage_before
        facts.pop("ending", None)
    return build(Agreement, facts)


def _undo(agreement: Agreement, request: Request) -> Agreement:
    """Take it back; what was paid meanwhile keeps the amount at which it was."""
    if request.undoes is None:
        return agreement
    brought = {c.field for e in request.later for c in e.changes if c.old is None}
    meanwhile = [n for n in agreement.instalment if f"instalment.{n}.paid_on" in brought]
    without = before(agreement, request.undoes)
    return kept_amounts.with_amounts_paid(agreement, without, meanwhile)


def _is_nothing_left(agreement: Agreement, request: Request) -> Phrase | None:
    if request.undoable():
        return None
    remedy = say("See: looptijd history {ref}", ref=agreement.ref)
    return say("There is nothing that can be taken back. {remedy}", remedy=remedy)


def _has_changed_since(agreement: Agreement, request: Request) -> Phrase | None:
    event = request.undoes
    if event and (changed := [*_changed_since(event, flatten(agreement))]):
        return say(
            "Event {seq} cannot be taken back: {field} was changed since.",
            seq=event.seq,
            field=fact_words(changed[0], agreement),
        )
    return None


def _is_built_on(agreement: Agreement, request: Request) -> Phrase | None:
    """What moved the agreement carries all that was recorded after it; a fact what needs it."""
    event = request.undoes
    if event is None:
        return None
    standing = undoable(agreement, request.later)
    later = [e for e in standing if e.action not in BUILDS_ON_NOTHING]
    if not (event.moved or _is_needed(agreement, event)):
        later = _settled_by_its_numbers(agreement, event, later)
    if not later:
        return None
    return say(
        "Event {seq} cannot be taken back: event {later} builds on it.",
        seq=event.seq,
        later=later[0].seq,
    )


def _settled_by_its_numbers(
    agreement: Agreement, event: Event, later: Iterable[Event]
) -> list[Event]:
    """Return what was recorded by a number that would have another day without the event."""
    without = before(agreement, event)
    if not (
        kept_amounts.renumbered(agreement, without) or turn_numbers.renumbered(agreement, without)
    ):
        return []
    return [e for e in later if any(c.field.startswith(BY_NUMBER) for c in e.changes)]


def _is_needed(agreement: Agreement, event: Event) -> bool:
    try:
        return bool(problems(before(agreement, event))) and not problems(agreement)
    except BadFacts:
        return True


def _has_a_successor(_agreement: Agreement, request: Request) -> Phrase | None:
    changes = request.undoes.changes if request.undoes else ()
    successor = next((c.new for c in changes if c.field == "successor" and c.new), None)
    if successor is None:
        return None
    return say(
        "Its successor {ref} was registered with it: withdraw that, and decide anew.", ref=successor
    )


UNDO = Action(
    name="undo",
    label=say("take back what was recorded"),
    done=say("a recording was taken back"),
    effect=_undo,
    arguments=(Argument(name="event", kind=int),),
    objections=(_is_nothing_left, _has_changed_since, _is_built_on, _has_a_successor),
    needs_reason=True,
    takes_back=True,
)
