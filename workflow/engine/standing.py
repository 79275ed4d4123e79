"""How each deadline of an agreement stands on a day: judged here, told by every output."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from enum import StrEnum

from msgspec import Struct

from states.dates.instalments import Payment, is_ours, payments
from states.dates.policy import Policy
from states.dates.tacit_renewal import renewed, term_before
from states.dates.term_dates import day_of, end_of, start_of
from states.model.agreement import Agreement
from states.model.fact_types import Key
from states.model.memo import last_remembered
from states.model.money import Money
from states.model.phrase import Phrase, say
from states.model.stage import BEFORE_ACTIVE, RAN_OUT, Closed, Deadline, Ending, Rule, Unknown
from states.process import PROCESS, RULES, WATCHED_IN
from states.rules.action import Request
from states.rules.deadline_rules import day_after
from states.rules.deadline_rules import horizon as horizon_of_payments
from states.rules.rule import asking
from workflow.engine.alerts import office_asked
from workflow.engine.deadline_words import subject
from workflow.engine.deadlines import derive
from workflow.engine.requests import still_needed


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
    DeadlineState.NOT_ASKED: say("not in force yet"),
    DeadlineState.AHEAD: say("to come"),
    DeadlineState.ASKED: say("asked"),
    DeadlineState.LATE: say("late"),
    DeadlineState.DONE: say("done"),
    DeadlineState.PASSED: say("passed"),
    DeadlineState.WAIVED: say("not needed any more"),
    DeadlineState.DROPPED: say("dropped"),
}
OF_A_RENEWAL = frozenset({Rule.NOTICE, Rule.RENEWAL})  # a decision voids them, nobody does them
LAPSED = say("decide, or acknowledge the lapse")
WHILE_IT_RUNS = frozenset({Rule.EVALUATION, Rule.CONTINUATION})  # to be done while it runs
ASKS = frozenset({DeadlineState.AHEAD, DeadlineState.ASKED, DeadlineState.LATE})
BY_END = frozenset({Rule.EVALUATION, Rule.OBLIGATION})  # each term can have its own
OPEN = ASKS | {DeadlineState.PASSED}
GONE = frozenset({DeadlineState.LATE, DeadlineState.PASSED})
NOT_YET = frozenset({DeadlineState.NOT_ASKED, DeadlineState.UNKNOWN})


class Standing(Struct, frozen=True, kw_only=True):
    """One deadline as it stands; `payment` is the instalment that it is about.

    `office` acts on it, `request` is what is asked of it, and `by_itself` what follows on its date
    where nobody acts; None for what asks for nothing, or is settled.
    """

    deadline: Deadline
    state: DeadlineState
    office: Key
    payment: Payment | None = None
    request: Phrase | None = None
    by_itself: Phrase | None = None
    is_open: bool = False
    """Whether its stage watches it, and it still asks for something or takes effect."""

    @property
    def on(self) -> date | None:
        """Return the deadline's date, or None while it is not known."""
        return self.deadline.nominal_on

    @property
    def is_settled(self) -> bool:
        """Tell whether nothing will be asked of it any more."""
        return not self.is_open and self.state not in NOT_YET

    @property
    def words(self) -> Phrase:
        """Return what it is about, in words."""
        return subject(self.deadline)

    @property
    def told(self) -> Phrase:
        """Return the state in a reader's words: since when it is so, and what follows from it."""
        if self.state is DeadlineState.UNKNOWN and isinstance(self.deadline.nominal, Unknown):
            return say("not known: {why}", why=self.deadline.nominal.because)
        if self.state is DeadlineState.LATE:
            return say("late: it was due on {day} at the latest", day=self.on)
        if self.state is DeadlineState.PASSED and self.by_itself:
            return say("passed and not used: {follows}", follows=self.by_itself)
        paid = self.payment and self.payment.facts.paid_on
        return say("paid on {day}", day=paid) if paid else STATE_WORDS[self.state]

    @property
    def money(self) -> Money | None:
        """Return what was paid, or has to be; None where it is not about money."""
        return self.payment.money if self.payment else None

    def ours(self, agreement: Agreement) -> Money | None:
        """Return what our own municipality has to pay; None where it is not money of ours."""
        is_to_pay = self.payment is not None and is_ours(self.payment, agreement)
        return self.money if is_to_pay else None


def shown_through(today: date) -> date:
    """Return how far lists look where an agreement has no end: to the end of next year."""
    return date(today.year + 1, 12, 31)


@last_remembered
def standings(
    agreement: Agreement, policy: Policy, today: date, horizon: date | None = None
) -> Sequence[Standing]:
    """Return how every deadline stands on a civil day; of what has no end, up to the horizon.

    What had none until it was terminated goes no further than was looked on its last day, and what
    never began no further than on its first.
    """
    until, ended = horizon or today, agreement.termination
    last = ended.ends_on if ended else agreement.ending and day_of(start_of(agreement))
    if last and agreement.term.open_ended:
        until = min(until, last)
    derived = derive(agreement, policy, until)
    owed = payments(agreement, horizon_of_payments(agreement, policy, until))
    money = {str(item.number): item for item in owed}
    return [
        _standing(
            deadline,
            _state(deadline, agreement, policy, today),
            money.get(deadline.about) if deadline.rule is Rule.PAYMENT else None,
            agreement,
        )
        for deadline in derived
    ]


def _standing(
    deadline: Deadline, state: DeadlineState, payment: Payment | None, agreement: Agreement
) -> Standing:
    rule, watched = RULES[deadline.rule], agreement.stage in WATCHED_IN[deadline.rule]
    is_open = state in OPEN and (watched or state is DeadlineState.LATE)
    asked, by_itself = (rule.request, rule.by_itself) if watched else (asking(LAPSED), None)
    return Standing(
        deadline=deadline,
        state=state,
        office=office_asked(agreement, deadline),
        payment=payment,
        request=asked(agreement, deadline.about, subject(deadline)) if is_open and asked else None,
        by_itself=by_itself(agreement, deadline) if is_open and by_itself else None,
        is_open=is_open,
    )


def _state(deadline: Deadline, agreement: Agreement, policy: Policy, today: date) -> DeadlineState:
    rule = RULES[deadline.rule]
    if deadline.closed is Closed.DECIDED and deadline.rule in OF_A_RENEWAL:
        return DeadlineState.DROPPED
    if deadline.closed and deadline.closed is not Closed.ENDED:
        return DeadlineState.WAIVED if deadline.closed is Closed.WAIVED else DeadlineState.DONE
    if deadline.closed or agreement.stage not in WATCHED_IN[deadline.rule]:
        return _unwatched(deadline, agreement)
    if deadline.nominal_on is None:
        return DeadlineState.UNKNOWN
    if deadline.nominal_on < today and rule.has_date:
        return DeadlineState.LATE if rule.overdue else DeadlineState.PASSED
    first = policy.first_alert(deadline)
    is_asked = first is not None and policy.day_of(first) <= today
    return DeadlineState.ASKED if is_asked else DeadlineState.AHEAD


def _unwatched(deadline: Deadline, agreement: Agreement) -> DeadlineState:
    """Return how a deadline stands that asks nothing yet, or nothing any more.

    What could have been done until the term ran out, and was not, has passed; the rest is dropped.
    A decision that nobody took is late, until it is taken or the lapse was seen.
    """
    if agreement.stage in BEFORE_ACTIVE:
        return DeadlineState.NOT_ASKED
    if deadline.rule is Rule.CONTINUATION and _is_lapsed(agreement):
        return DeadlineState.LATE
    day, last_day = deadline.nominal_on, day_of(end_of(agreement))
    in_time = day is not None and last_day is not None and day <= last_day
    of_the_term = agreement.ending in RAN_OUT and deadline.rule in WHILE_IT_RUNS
    return DeadlineState.PASSED if of_the_term and in_time else DeadlineState.DROPPED


def _is_lapsed(agreement: Agreement) -> bool:
    """Tell whether the term ran out undecided, and nobody has said that this was seen.

    A lapse that was seen, and after which the agreement was extended, is another term's.
    """
    over = day_of(day_after(end_of(agreement)))
    seen = f"{Rule.EXPIRY}:term:{over}" in agreement.acknowledged
    return agreement.ending is Ending.LAPSED and not seen


def instalments_through(
    agreement: Agreement, found: Iterable[Standing], horizon: date
) -> Iterator[tuple[Standing, Payment]]:
    """Yield the instalments as they stand; of what has no end those up to the horizon."""
    numbers = {item.number for item in payments(agreement, horizon)}
    return ((s, s.payment) for s in found if s.payment and s.payment.number in numbers)


def notice_of(found: Iterable[Standing]) -> Standing | None:
    """Return the next last day to give notice, or the last that passed; None where none renews.

    One before the start, of which nobody is asked, is no day to come.
    """
    each = [item for item in found if item.deadline.rule is Rule.NOTICE]
    each = [item for item in each if item.state is not DeadlineState.DROPPED]
    ahead = (it for it in each if it.state is not DeadlineState.PASSED and it.deadline.steps)
    return next(ahead, each[-1] if each else None)


def surely_renewed(agreement: Agreement, found: Iterable[Standing]) -> Agreement:
    """Return the agreement renewed as often as the last day to give notice passed unused."""
    for item in found:
        if item.deadline.rule is Rule.NOTICE and item.state is DeadlineState.PASSED:
            agreement = renewed(agreement)
    return agreement


def left_open(agreement: Agreement, policy: Policy, first: date) -> list[Standing]:
    """Return what was late when a term began on this day, and is asked for by the new end only.

    It was counted back from the end of the term before, and nothing asks for it any more.
    """
    before_it = term_before(agreement, first)
    if before_it is None:
        return []
    names = {item.deadline.name for item in standings(agreement, policy, first)}
    was_late = (
        it for it in late(standings(before_it, policy, first)) if it.deadline.rule in BY_END
    )
    return sorted(
        (item for item in was_late if item.deadline.name not in names),
        key=lambda item: item.on or first,
    )


def late(found: Sequence[Standing]) -> Iterator[Standing]:
    """Yield what should have been settled before today."""
    return (item for item in found if item.state is DeadlineState.LATE)


def recorded_by(agreement: Agreement, deadline: Deadline, today: date) -> str | None:
    """Return the action that records a deadline, with its keys; None when none can be done now."""
    rule, about = RULES[deadline.rule], deadline.about
    for known in (*rule.recorded_first(agreement, about), *rule.recorded_by):
        action = PROCESS[agreement.stage].action(known.partition(" ")[0])
        if action and not action.refusals(agreement, Request(today=today)):
            line = known.format(about=about)
            given = dict(pair.split("=") for pair in line.split()[1:])
            needed = (f"{it.name}=…" for it in still_needed(agreement, action, given))
            return " ".join([line, *needed, *["--reason …"] * action.needs_reason])
    return None
