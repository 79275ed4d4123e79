"""What a stage declares: actions with their keys and objections, transitions, watches."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from states.dates.policy import Alerts, Policy
from states.model.agreement import Agreement
from states.model.events import Event, Role
from states.model.fact_types import Key
from states.model.period import Period
from states.model.phrase import Phrase
from states.model.stage import Deadline, MarkKind, Rule, Stage

OF_THE_START = ("term.start", "party.*.signed_on")
OF_THE_TERM = (
    *OF_THE_START,
    *("term.length", "term.last_day", "term.ends_before"),
    *("extension.*", "suspension.*", "termination.*"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What an operator asks for: keys as values, facts to amend, on the civil day `today`.

    `undoes` is the event that is taken back, `later` what operators recorded after it.
    """

    today: date
    values: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    points: Mapping[int, Any] = field(default_factory=dict)
    recorded: Collection[str] = ()
    undoes: Event | None = None
    later: Sequence[Event] = ()

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


def always(_agreement: Agreement, _values: Mapping[str, Any]) -> bool:
    """Return True: the key is always required."""
    return True


def never(_agreement: Agreement, _values: Mapping[str, Any]) -> bool:
    """Return False: the key may be left out."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """One key of an action: its kind of text, when it is required, what it may name.

    What is `asked` may be left out, but not unnoticed by who sits at a terminal. Of the choices
    `offered` are told as what may be written now; `still_open` tells what of it is open, by the
    values of the other keys.
    """

    name: str
    kind: Any
    needed: Needed = never
    choices: Choices | None = None
    offered: Choices | None = None
    still_open: StillOpen | None = None
    may_be_future: bool = False
    asked: bool = False


ON = Argument(name="on", kind=date, asked=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailed:
    """What is mailed at once of an action: what happened, and the date that the subject names.

    The action may be taken back before the mail leaves: `stands` tells whether the facts say it.
    """

    what: Phrase
    stands: Callable[[Agreement], bool]
    dated: Callable[[Agreement], date | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something an operator can do; `leads_to` lists the stages its effect may set.

    Of its words `label` says what can be done and `done` what was; its `{name}` is what `done_to`,
    a pattern, finds in the path of a fact that changed.
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


Watch = Callable[[Agreement, Policy, date], Iterator[Deadline]]
Steps = Callable[[Alerts], Iterator[str]]


def chosen(*lists: str) -> Steps:
    """Return the names of the steps that these lists of [alerts] give, before and after a date."""

    def names(alerts: Alerts) -> Iterator[str]:
        for name in lists:
            side = "-" if name.endswith("_before") else "+"
            yield from (
                f"{'' if period == Period() else side}{period}" for period in getattr(alerts, name)
            )

    return names


Asks = Callable[[Agreement, str, Phrase], Phrase]


def asking(request: Phrase) -> Asks:
    """Return that a rule asks the same whoever it is that acts."""
    return lambda _agreement, _about, what: Phrase(request.text, {"what": what})


def no_steps(_alerts: Alerts) -> Iterator[str]:
    """Yield nothing: the rule's steps have always been there, and nobody chooses them."""
    yield from ()


def nothing_first(_about: str) -> Iterator[str]:
    """Yield nothing: whatever it is about, the same actions record it."""
    yield from ()


def own(_agreement: Agreement, _about: str) -> Key | None:
    """Return None: the agreement's own office is asked."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineRule:
    """A kind of deadline, declared once: how it is derived, what it is called, how it behaves.

    Of its words `short` heads a column, `noun` stands where there is no room for what exactly it is
    about, `subject` where there is, `of_facts` where the facts are at hand, and `overdue` counts
    what is late; without it nothing of this rule falls overdue. `request` is what is asked of
    people, `on_its_date` what a calendar says instead of that, `recorded_by` the actions that
    record that it was done, of which the first counts that the stage allows (before them
    `recorded_first`, of what an action of its own records), and `by_itself` what follows on the
    date where nobody acts. `happened` is what the step has done that moves the agreement.
    """

    rule: Rule
    watch: Watch
    short: Phrase
    noun: Phrase
    subject: Callable[[str], Phrase]
    of_facts: Callable[[Agreement, Deadline], Phrase | None] | None = None
    overdue: Phrase | None = None
    request: Asks | None = None
    on_its_date: Phrase | None = None
    recorded_by: tuple[str, ...] = ()
    recorded_first: Callable[[str], Iterator[str]] = nothing_first
    by_itself: Callable[[Agreement], Phrase | None] | None = None
    happened: Phrase | None = None

    mark: MarkKind | None = None
    """What it marks on the line of time; None: the facts tell of it, or nothing does."""
    has_date: bool = False
    """Whether somebody has to meet its date: it stands in calendars, and says what it replaces."""
    at_midnight: bool = False
    """Whether its step moves the agreement at 00:00, and its mail tells of a move."""
    informs: bool = False
    """Whether its mail asks for nothing."""
    needs_meeting: bool = False
    """Whether people have to meet for it: a recess is warned of."""
    waits_when_known_late: bool = False
    """Whether follow-ups of a date that became known after itself count from that day."""
    has_own_words: bool = False
    """Whether its deadlines are named by words of the agreement: masked where it is not public."""
    office: Callable[[Agreement, str], Key | None] = own
    """Which office is asked about it instead of the agreement's own; None: that one."""
    role: Role = Role.ACTING
    """As what that office is told."""
    urgency: int = 9
    """Its place in a mail about several: the lowest comes first."""
    depends_on: tuple[str, ...] = OF_THE_TERM
    """The facts that determine its date, as patterns; `{about}` is what the deadline is about,
    `{key}` that without the number of a turn."""
    step_names: Steps = no_steps
    """The steps that a municipality chooses, or that a release brought."""
    release: int = 1
    """The version of the rules that brought its steps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """A move that facts and time demand without anybody's action; `brought_by` names the rule.

    `effect` is the fact that time itself makes: a tacit renewal.
    """

    to: Stage
    when: Condition
    brought_by: Rule | None = None
    effect: Callable[[Agreement], Agreement] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """One stage: what can be done here, what moves it on, what is watched here."""

    stage: Stage
    label: Phrase
    actions: tuple[Action, ...] = ()
    transitions: tuple[Transition, ...] = ()
    watches: tuple[DeadlineRule, ...] = ()

    def action(self, name: str) -> Action | None:
        """Return the action of this name, or None when it is not possible here."""
        return next((action for action in self.actions if action.name == name), None)
