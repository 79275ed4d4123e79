"""What a stage declares: actions with their keys and objections, transitions, watches."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from states.dates.policy import Policy
from states.dates.term_dates import day_of, start_of
from states.model.agreement import Agreement
from states.model.events import Event, maybe
from states.model.phrase import Phrase, say
from states.model.stage import Rule, Stage
from states.rules.rule import DeadlineRule


class Request(Struct, frozen=True, kw_only=True):
    """What an operator asks for: keys as values, facts to amend, on the civil day `today`.

    `undoable` asks whether anything can be taken back, `undoes` is the event that is, `later` what
    operators recorded after it, `since` all that was recorded after it.
    """

    today: date
    values: Mapping[str, Any] = {}
    facts: Mapping[str, str] = {}
    points: Mapping[int, Any] = {}
    recorded: Collection[str] = ()
    undoable: Callable[[], bool] = maybe
    undoes: Event | None = None
    later: Sequence[Event] = ()
    since: Sequence[Event] = ()

    @property
    def on(self) -> date:
        """Return the date on which the thing happened; today when it was not said."""
        day: date = self.values.get("on") or self.today
        return day

    def get(self, name: str) -> Any:
        """Return the value of a key, or None."""
        return self.values.get(name)


Objection = Callable[[Agreement, Request], Phrase | None]
Effect = Callable[[Agreement, Request], Agreement]
Needed = Callable[[Agreement, Mapping[str, Any]], bool]
Choices = Callable[[Agreement, date], Iterable[str]]
StillOpen = Callable[[Agreement, Mapping[str, Any], date], Phrase]


def moving_to(stage: Stage) -> Effect:
    """Return what puts an agreement in a stage, and changes nothing else."""
    return lambda agreement, _request: replace(agreement, stage=stage)


def always(_agreement: Agreement, _values: Mapping[str, Any]) -> bool:
    """Return True: the key is always required."""
    return True


def never(_agreement: Agreement, _values: Mapping[str, Any]) -> bool:
    """Return False: the key may be left out."""
    return False


def before_it_began(agreement: Agreement, request: Request) -> Phrase | None:
    """Object to a day before the first day of the agreement."""
    return not_before(day_of(start_of(agreement)), request)


def not_before(first: date | None, request: Request) -> Phrase | None:
    """Object to a day before the first on which it can have happened."""
    if first is None or request.on >= first:
        return None
    return say("The agreement did not run on {day}, before {first}.", day=request.on, first=first)


OUTCOME = "outcome"


class Argument(Struct, frozen=True, kw_only=True):
    """One key of an action: its kind of text, when it is required, what it may name.

    What is `asked` may be left out, but not unnoticed by who sits at a terminal. Of the choices
    `offered` are told as what may be written now; `still_open` tells what of it is open, by the
    values of the other keys. `goes_with` is the one outcome to which the key belongs: with another
    it is neither needed nor taken.
    """

    name: str
    kind: Any
    needed: Needed = never
    choices: Choices | None = None
    offered: Choices | None = None
    still_open: StillOpen | None = None
    may_be_future: bool = False
    asked: bool = False
    goes_with: StrEnum | None = None

    def fits(self, values: Mapping[str, Any]) -> bool:
        """Tell whether the key belongs beside the outcome among these values."""
        return self.goes_with in {None, values.get(OUTCOME)}

    def is_needed(self, agreement: Agreement, values: Mapping[str, Any]) -> bool:
        """Tell whether the key is required beside these values."""
        return self.fits(values) and self.needed(agreement, values)


ON = Argument(name="on", kind=date, asked=True)


class Mailed(Struct, frozen=True, kw_only=True):
    """What is mailed at once of an action: what happened, and the date that the subject names.

    The action may be taken back before the mail leaves: `stands` tells whether the facts say it.
    """

    what: Phrase
    stands: Callable[[Agreement], bool]
    dated: Callable[[Agreement], date | None]


class Action(Struct, frozen=True, kw_only=True):
    """Something an operator can do; `leads_to` lists the stages its effect may set.

    Of its words `label` says what can be done and `done` what was; its `{name}` is what `done_to`,
    a pattern, finds in the path of a fact that changed: a group and a key, called as there.
    """

    name: str
    label: Phrase
    done: Phrase
    effect: Effect
    done_to: str | None = None
    mailed: Mailed | None = None
    arguments: tuple[Argument, ...] = ()
    objections: tuple[Objection, ...] = ()
    leads_to: tuple[Stage, ...] = ()
    needs_reason: bool = False
    takes_points: bool = False
    takes_facts: Needed = never
    makes_successor: bool = False
    takes_back: bool = False

    @property
    def is_dated(self) -> bool:
        """Tell whether the action happens on a date of its own."""
        return any(argument.name == "on" for argument in self.arguments)

    def refusals(self, agreement: Agreement, request: Request) -> tuple[Phrase, ...]:
        """Return every objection against the request, in the order of declaration."""
        found = (objection(agreement, request) for objection in self.objections)
        return tuple(phrase for phrase in found if phrase)


Condition = Callable[[Agreement, Policy, datetime], bool]


class Transition(Struct, frozen=True, kw_only=True):
    """A move that facts and time demand without anybody's action; `brought_by` names the rule.

    `effect` is the fact that time itself makes: a tacit renewal.
    """

    to: Stage
    when: Condition
    brought_by: Rule | None = None
    effect: Callable[[Agreement], Agreement] | None = None


class Declaration(Struct, frozen=True, kw_only=True):
    """One stage: what can be done here, what moves it on, what is watched here."""

    stage: Stage
    label: Phrase
    actions: tuple[Action, ...]
    transitions: tuple[Transition, ...] = ()
    watches: tuple[DeadlineRule, ...] = ()

    def action(self, name: str) -> Action | None:
        """Return the action of this name, or None when it is not possible here."""
        return next((action for action in self.actions if action.name == name), None)
