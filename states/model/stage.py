"""The vocabulary of the procedure: stages, endings, rulings, rules, steps and deadlines."""

from contextlib import suppress
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import force_setattr

from states.model.arithmetic import Dated
from states.model.fact_types import DeadlineName
from states.model.period import Period, parse_period
from states.model.phrase import Phrase


class Stage(StrEnum):
    """Where an agreement stands; text in the database, in the order of the procedure."""

    DRAFT = "draft"
    BESTUURLIJK_OVERLEG = "bestuurlijk_overleg"
    COLLEGE_DECISION = "college_decision"
    SIGNING = "signing"
    ACTIVE = "active"
    EVALUATION = "evaluation"
    CONTINUATION_DECISION = "continuation_decision"
    ENDED = "ended"


BEFORE_SIGNING = frozenset({Stage.DRAFT, Stage.BESTUURLIJK_OVERLEG, Stage.COLLEGE_DECISION})
BEFORE_ACTIVE = BEFORE_SIGNING | {Stage.SIGNING}


class Ending(StrEnum):
    """How an agreement ended (`outcome` outside)."""

    WITHDRAWN = "withdrawn"
    REJECTED = "rejected"
    TERMINATED = "terminated"
    EXPIRED = "expired"
    CONTINUED = "continued"
    LAPSED = "lapsed"


NEVER_BEGAN = frozenset({Ending.WITHDRAWN, Ending.REJECTED})
"""How an agreement ended that was never in force."""
RAN_OUT = frozenset({Ending.LAPSED, Ending.EXPIRED, Ending.CONTINUED})
"""How an agreement ended that ran to its last day."""


class Ruling(StrEnum):
    """What the college said of a proposal or of one decision point."""

    AS_PROPOSED = "as_proposed"
    TEXT_CHANGES = "text_changes"
    AMENDED = "amended"
    MANDATE = "mandate"
    HELD_OVER = "held_over"
    RETURNED = "returned"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Continuation(StrEnum):
    """What was decided about the time after the term."""

    CONTINUE = "continue"
    EXTEND = "extend"
    STOP = "stop"


class Rule(StrEnum):
    """The kinds of deadline."""

    UNSIGNED = "unsigned"
    HELD_OVER = "held_over"
    ACTIVATION = "activation"
    PAYMENT = "payment"
    OBLIGATION = "obligation"
    EVALUATION = "evaluation"
    CONTINUATION = "continuation"
    EXPIRY = "expiry"
    NOTICE = "notice"
    RENEWAL = "renewal"
    MISSING_FACT = "missing_fact"


class MarkKind(StrEnum):
    """What a day on the line of time is about."""

    DECISION = "decision"
    EVALUATION = "evaluation"
    PAYMENT = "payment"
    OBLIGATION = "obligation"
    NOTICE = "notice"
    TERM = "term"


class Closed(StrEnum):
    """Why a deadline asks for nothing any more."""

    PAID = "paid"
    FULFILLED = "fulfilled"
    WAIVED = "waived"
    SIGNED = "signed"
    IN_FORCE = "in_force"
    HELD = "held"
    DECIDED = "decided"
    ENDED = "ended"


class Unknown(Struct, frozen=True):
    """A date that can't be computed yet, and why."""

    because: Phrase


class Step(Struct, frozen=True, kw_only=True):
    """One moment of a deadline: a lead (before), the date itself, or a follow-up (after)."""

    sign: int
    period: Period
    at_midnight: bool = False
    escalates: bool = False
    moves_to: Stage | None = None
    renews: bool = False
    name: str = ""

    def __post_init__(self) -> None:
        """Name the step as outside programs know it: -P4W, P0D, +P2W."""
        side = "-" if self.sign < 0 else "+" if self.sign else ""
        force_setattr(self, "name", f"{side}{self.period}")

    def __hash__(self) -> int:
        """Return the hash of the name, which is kept: dates are looked up by their steps."""
        return hash(self.name)


DATE_ITSELF = Step(sign=0, period=Period())


def subject_of(rule: Rule, about: object) -> str:
    """Return `rule:about`, the name of what is watched whatever its date."""
    return f"{rule}:{about}"


class Deadline(Struct, frozen=True, kw_only=True):
    """A date by which something must have happened, derived from the facts and never stored.

    `nominal` is a civil date (or why it is unknown); `closed` tells why nothing is asked any more;
    `known_on` is the day on which a date that lay in the past became known; `named` is what it is
    called where the facts say it better than its rule.
    """

    rule: Rule
    about: str
    nominal: Dated | Unknown
    steps: tuple[Step, ...]
    closed: Closed | None = None
    known_on: date | None = None
    escalate_until: date | None = None
    waits_until: date | None = None
    clause: str | None = None
    named: Phrase | None = None

    nominal_on: date | None = None
    name: DeadlineName = DeadlineName("")

    def __post_init__(self) -> None:
        """Name it, `rule:about:date`: this deadline on this date."""
        day = self.nominal.day if isinstance(self.nominal, Dated) else None
        force_setattr(self, "nominal_on", day)
        force_setattr(self, "name", f"{self.subject}:{day}")

    @property
    def subject(self) -> str:
        """Return the name of what is watched whatever its date."""
        return subject_of(self.rule, self.about)


class Occurrence(Struct, frozen=True, kw_only=True):
    """One step of one deadline on its date: fires at most once, for ever; `alert_at` is in UTC."""

    deadline: Deadline
    step: Step
    alert_at: datetime
    name: str = ""

    def __post_init__(self) -> None:
        """Name what is recorded: `payment:2:2018-10-12:-P4W`."""
        force_setattr(self, "name", f"{self.deadline.name}:{self.step.name}")


class OccurrenceName(Struct, frozen=True):
    """What the name of an occurrence says; of the step only how far it is from the date."""

    rule: Rule
    about: str
    day: date
    step: Step

    @staticmethod
    @lru_cache(maxsize=16384)
    def parse(text: str) -> "OccurrenceName":
        """Read a name; ValueError for one that this release cannot have written."""
        rule, about, day, step = text.split(":")
        sign, period = {"-": -1, "+": 1}.get(step[:1], 0), parse_period(step.lstrip("+-"))
        its_step = Step(sign=sign, period=period)
        return OccurrenceName(Rule(rule), about, date.fromisoformat(day), its_step)

    @staticmethod
    def of(cause: str | None) -> "OccurrenceName | None":
        """Read the cause of a mail; None for one that is no occurrence, such as `event:4`."""
        with suppress(ValueError):
            return OccurrenceName.parse(cause or "")
        return None

    @property
    def subject(self) -> str:
        """Return `rule:about`, as the deadline has it."""
        return subject_of(self.rule, self.about)

    @property
    def deadline(self) -> DeadlineName:
        """Return `rule:about:date`, as the deadline has it."""
        return DeadlineName(f"{self.subject}:{self.day}")
