"""What a kind of deadline declares: how it is derived, what it is called, how it behaves."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date

from msgspec import Struct

from states.dates.policy import Alerts, Policy
from states.model.agreement import Agreement
from states.model.events import Role
from states.model.fact_types import Key
from states.model.period import Period
from states.model.phrase import Phrase
from states.model.stage import Deadline, MarkKind, Rule, Step

OF_THE_START = ("term.start", "party.*.signed_on")
OF_THE_TERM = (
    *OF_THE_START,
    *("term.length", "term.last_day", "term.ends_before"),
    *("extension.*", "suspension.*", "termination.*"),
)

Watch = Callable[[Agreement, Policy, date], Iterator[Deadline]]
Steps = Callable[[Alerts], Iterator[str]]


def chosen(*lists: str) -> Steps:
    """Return the names of the steps that these lists of [alerts] give, before and after a date."""

    def names(alerts: Alerts) -> Iterator[str]:
        for name in lists:
            sign = -1 if name.endswith("_before") else 1
            for period in getattr(alerts, name):
                is_on_the_day = sign < 0 and period == Period()
                yield Step(sign=0 if is_on_the_day else sign, period=period).name

    return names


NO_STEPS = chosen()  # they have always been there, and nobody chooses them
Asks = Callable[[Agreement, str, Phrase], Phrase]


def asking(request: Phrase) -> Asks:
    """Return that a rule asks the same whoever it is that acts."""
    return lambda _agreement, _about, what: Phrase(request.text, {"what": what})


class DeadlineRule(Struct, frozen=True, kw_only=True):
    """A kind of deadline, declared once: how it is derived, what it is called, how it behaves.

    Of its words `short` heads a column, `noun` tells what it is about, `one` which of several,
    `of_facts` either where the facts are at hand, and `overdue` counts what is late; without it
    nothing of this rule falls overdue. `request` is what is asked of people, `on_its_date` what a
    calendar says instead of that, `recorded_by` the actions that record that it was done, of which
    the first counts that the stage allows (before them `recorded_first`, of what an action of its
    own records, or with one key more), and `by_itself` what follows on the date where nobody acts.
    `happened` is what the step has done that moves the agreement.
    """

    rule: Rule
    watch: Watch
    short: Phrase
    noun: Phrase
    one: Phrase | None = None
    of_facts: Callable[[Agreement, Deadline], Phrase | None] | None = None
    overdue: Phrase | None = None
    request: Asks | None = None
    on_its_date: Callable[[Agreement, str], Phrase] | None = None
    recorded_by: tuple[str, ...] = ()
    recorded_first: Callable[[Agreement, str], Iterable[str]] = lambda _agreement, _about: ()
    by_itself: Callable[[Agreement, Deadline], Phrase | None] | None = None
    happened: Phrase | None = None

    mark: MarkKind | None = None
    """What it marks on the line of time; None: the facts tell of it, or nothing does."""
    has_date: bool = False
    """Whether somebody has to meet its date: it stands in calendars, and says what it replaces."""
    at_midnight: bool = False
    """Whether its step moves the agreement at 00:00, and its mail tells of a move."""
    informs: bool = False
    """Whether its mail asks for nothing."""
    stands: Callable[[Agreement], bool] = lambda _agreement: True
    """Of what moves the agreement at 00:00: whether what its mail tells is so."""
    needs_meeting: bool = False
    """Whether people have to meet for it: a recess is warned of."""
    waits_when_known_late: bool = False
    """Whether follow-ups of a date that became known after itself count from that day."""
    has_own_words: bool = False
    """Whether its deadlines are named by words of the agreement: masked where it is not public."""
    office: Callable[[Agreement, str], Key | None] = lambda _agreement, _about: None
    """Which office is asked about it instead of the agreement's own; None: that one."""
    role: Role = Role.ACTING
    """As what that office is told."""
    urgency: int = 9
    """Its place in a mail about several: the lowest comes first."""
    depends_on: tuple[str, ...] = OF_THE_TERM
    """The facts that determine its date, as patterns; `{about}` is what the deadline is about,
    `{key}` that without the number of a turn."""
    step_names: Steps = NO_STEPS
    """The steps that a municipality chooses, or that a release brought."""
    release: int = 1
    """The version of the rules that brought its steps."""

    def subject(self, about: str) -> Phrase:
        """Return what a deadline of this rule is about, where the facts are not at hand."""
        return Phrase(self.one.text, {"about": about}) if self.one else self.noun
