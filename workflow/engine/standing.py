"""How each deadline of an agreement stands on a day: judged here, told by every output."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from states.dates.instalments import Payment, payments
from states.dates.policy import Policy
from states.model.agreement import Agreement
from states.model.memo import last_remembered
from states.model.phrase import Phrase, say
from states.model.stage import Closed, Deadline, Rule
from states.process import RULES, WATCHED_IN
from states.stages.signing import BEFORE_ACTIVE
from workflow.engine.deadline_words import subject
from workflow.engine.deadlines import derive


class DeadlineState(StrEnum):
    """How a deadline stands; the day itself is in time, so late begins the day after."""

    UNKNOWN = "unknown"
    NOT_ASKED = "not_asked"
    AHEAD = "ahead"
    ASKED = "asked"
    LATE = "late"
    DONE = "done"
    PASSED = "passed"
    WAIVED = "waived"
    DROPPED = "dropped"


STATE_WORDS = {
    DeadlineState.UNKNOWN: say("not known"),
    DeadlineState.NOT_ASKED: say("not decided or signed yet"),
    DeadlineState.AHEAD: say("to come"),
    DeadlineState.ASKED: say("asked"),
    DeadlineState.LATE: say("late"),
    DeadlineState.DONE: say("done"),
    DeadlineState.PASSED: say("passed"),
    DeadlineState.WAIVED: say("not needed any more"),
    DeadlineState.DROPPED: say("dropped"),
}
OF_A_RENEWAL = frozenset({Rule.NOTICE, Rule.RENEWAL})  # a decision voids them, nobody does them
SETTLED = {Closed.WAIVED: DeadlineState.WAIVED, Closed.ENDED: DeadlineState.DROPPED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One deadline as it stands; `payment` is the instalment that it is about."""

    deadline: Deadline
    state: DeadlineState
    payment: Payment | None

    @property
    def on(self) -> date | None:
        """Return the deadline's date, or None while it is not known."""
        return self.deadline.nominal_on

    @property
    def words(self) -> Phrase:
        """Return what it is about, in words."""
        return subject(self.deadline)

    @property
    def amount(self) -> Decimal | None:
        """Return what was paid, or has to be; None where it is not money, or not known."""
        if self.payment is None:
            return None
        return self.payment.facts.paid_amount or self.payment.amount


@last_remembered
def standings(
    agreement: Agreement, policy: Policy, today: date, horizon: date | None = None
) -> Sequence[Standing]:
    """Return how every deadline stands on a civil day; of what has no end, up to the horizon."""
    until = horizon or today
    derived = derive(agreement, policy, until)
    money = {str(item.number): item for item in payments(agreement, until)}
    return [
        Standing(
            deadline=deadline,
            state=_state(deadline, agreement, policy, today),
            payment=money.get(deadline.about) if deadline.rule is Rule.PAYMENT else None,
        )
        for deadline in derived
    ]


def _state(deadline: Deadline, agreement: Agreement, policy: Policy, today: date) -> DeadlineState:
    rule = RULES[deadline.rule]
    if deadline.closed is Closed.DECIDED and deadline.rule in OF_A_RENEWAL:
        return DeadlineState.DROPPED
    if deadline.closed:
        return SETTLED.get(deadline.closed, DeadlineState.DONE)
    if agreement.stage not in WATCHED_IN[deadline.rule]:
        early = agreement.stage in BEFORE_ACTIVE
        return DeadlineState.NOT_ASKED if early else DeadlineState.DROPPED
    if deadline.nominal_on is None:
        return DeadlineState.UNKNOWN
    if deadline.nominal_on < today and rule.has_date:
        return DeadlineState.LATE if rule.overdue else DeadlineState.PASSED
    is_asked = _has_alerted(deadline, policy, today)
    return DeadlineState.ASKED if is_asked else DeadlineState.AHEAD


def _has_alerted(deadline: Deadline, policy: Policy, today: date) -> bool:
    """Tell whether the first alert of a deadline lies behind."""
    days = (policy.day_of(step.alert_at) for step in policy.occurrences(deadline))
    return min(days, default=date.max) <= today


def late(found: Sequence[Standing]) -> Iterator[Standing]:
    """Yield what should have been settled before today."""
    return (item for item in found if item.state is DeadlineState.LATE)
