"""The deadlines that several stages watch: payments, the continuation decision, the end."""

from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from msgspec.structs import replace

from states.dates.instalments import PaymentStatus, payments
from states.dates.policy import Periods, Policy
from states.dates.tacit_renewal import finals_of_term, renews
from states.dates.term_dates import end_of
from states.dates.term_decisions import decision_of
from states.model.agreement import Agreement, Contribution, Instalment
from states.model.arithmetic import DAY, Dated, plus
from states.model.events import Role
from states.model.period import Period
from states.model.phrase import Phrase, say
from states.model.stage import Closed, Deadline, MarkKind, Rule, Stage, Step, Unknown
from states.rules.rule import OF_THE_START, DeadlineRule, asking, chosen

DAY_AFTER = say("The term is over on {day}, the day after its last day.")
ONE_YEAR = Period(months=12)


# Steps -------------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def steps(leads: Periods, follow_ups: Periods, *, last_escalates: bool = True) -> tuple[Step, ...]:
    """Return leads, the longest first, then follow-ups; equal lengths once, the last escalates."""
    signed = [(-1 if lead != Period() else 0, lead) for lead in _in_order(leads)[::-1]]
    signed += [(1, later) for later in _in_order(follow_ups)]
    last = signed[-1] if signed else None
    return tuple(
        Step(sign=sign, period=period, escalates=last_escalates and (sign, period) == last)
        for sign, period in signed
    )


def _in_order(periods: Periods) -> list[Period]:
    return sorted(set(periods), key=lambda period: (plus(date(2001, 1, 1), period), period))


# Payment -----------------------------------------------------------------------------------------


def payment(agreement: Agreement, policy: Policy, today: date) -> Iterator[Deadline]:
    """Watch each instalment until it is paid or waived, also after the end."""
    alerts = policy.alerts
    its_steps = steps(alerts.payment_before, alerts.payment_after)
    for item in payments(agreement, horizon(agreement, policy, today)):
        yield Deadline(
            rule=Rule.PAYMENT,
            about=str(item.number),
            nominal=item.due,
            steps=its_steps,
            closed=SETTLED.get(item.status),
        )


def horizon(agreement: Agreement, policy: Policy, today: date) -> date:
    """Return a day beyond which no alert of a payment can come before one that lies within it."""
    every = agreement.contribution and agreement.contribution.every
    return horizon_of(every, policy.alerts.payment_before, today)


@lru_cache(maxsize=1024)
def horizon_of(every: Period | None, leads: Periods, today: date) -> date:
    """Return up to which day one looks at what recurs: a period, a lead and a year ahead."""
    longest = max(leads, key=lambda period: plus(today, period), default=Period())
    return plus(plus(plus(today, every or Period()), longest), ONE_YEAR)


SETTLED = {
    PaymentStatus.PAID: Closed.PAID,
    PaymentStatus.WAIVED: Closed.WAIVED,
    PaymentStatus.SUPERSEDED: Closed.ENDED,
}


def _pay(agreement: Agreement, about: str, what: Phrase) -> Phrase:
    facts = agreement.instalment.get(int(about)) or Instalment()
    money = agreement.contribution or Contribution()
    payer = agreement.other_party(facts.payer or money.payer)
    if facts.refund:
        return say("check that {what} came back", what=what)
    if payer:
        return say("ask whether {payer} paid {what}", payer=payer, what=what)
    return say("pay {what}", what=what)


PAYMENT = DeadlineRule(
    rule=Rule.PAYMENT,
    watch=payment,
    short=say("payment"),
    noun=say("an instalment"),
    one=say("instalment {about}"),
    overdue=say("instalments that are not paid"),
    request=_pay,
    recorded_by=("pay instalment={about}",),
    mark=MarkKind.PAYMENT,
    has_date=True,
    waits_when_known_late=True,
    office=lambda agreement, _about: (agreement.contribution or Contribution()).office,
    role=Role.FINANCE,
    urgency=5,
    depends_on=("contribution.every", "instalment.{about}.*", *OF_THE_START),
    step_names=chosen("payment_before", "payment_after"),
)


# The end -----------------------------------------------------------------------------------------


def continuation(agreement: Agreement, policy: Policy, _today: date) -> Iterator[Deadline]:
    """Ask for the continuation decision before the last day, while nothing is decided.

    Where this term has no final evaluation the first step moves the agreement to the decision.
    """
    if has_no_end(agreement):
        return
    its_steps = steps(policy.alerts.continuation_before, ())
    if its_steps and not finals_of_term(agreement):
        opens = replace(its_steps[0], moves_to=Stage.CONTINUATION_DECISION)
        its_steps = (opens, *its_steps[1:])
    yield Deadline(
        rule=Rule.CONTINUATION,
        about="term",
        nominal=end_of(agreement),
        steps=its_steps,
        closed=_decided(agreement),
    )


def _decided(agreement: Agreement) -> Closed | None:
    """What was decided stays so after the end; an early end that was recorded asks for nothing."""
    if decision_of(agreement):
        return Closed.DECIDED
    return Closed.ENDED if agreement.termination else ended(agreement)


def expiry(agreement: Agreement, _policy: Policy, _today: date) -> Iterator[Deadline]:
    """End the agreement at 00:00 of the day after the last day."""
    if has_no_end(agreement):
        return
    yield Deadline(
        rule=Rule.EXPIRY,
        about="term",
        nominal=day_after(end_of(agreement)),
        steps=EXPIRES,
        closed=ended(agreement),
    )


def _ends(agreement: Agreement, _deadline: Deadline) -> Phrase:
    decided = agreement.termination or decision_of(agreement)
    return say("it ends") if decided else say("it ends without a decision")


CONTINUATION = DeadlineRule(
    rule=Rule.CONTINUATION,
    watch=continuation,
    short=say("continuation"),
    noun=say("the decision on the continuation"),
    overdue=say("decisions on the continuation"),
    request=asking(say("decide on the continuation")),
    recorded_by=("decide outcome=…", "conclude", "start_decision", "start_evaluation"),
    by_itself=lambda _agreement, _deadline: say("it ends without a decision"),
    happened=say("the decision on the continuation was asked for"),
    mark=MarkKind.DECISION,
    has_date=True,
    needs_meeting=True,
    urgency=2,
    step_names=chosen("continuation_before"),
)
EXPIRY = DeadlineRule(
    rule=Rule.EXPIRY,
    watch=expiry,
    short=say("end"),
    noun=say("the end of the term"),
    by_itself=_ends,
    recorded_by=("decide outcome=…",),
    happened=say("the term has ended"),
    at_midnight=True,
    stands=lambda agreement: agreement.stage is Stage.ENDED,
    urgency=1,
)


def day_after(end: Dated | Unknown) -> Dated | Unknown:
    """Return the first day on which the term is over."""
    return Dated(end.day + DAY, DAY_AFTER.text, end) if isinstance(end, Dated) else end


def has_no_end(agreement: Agreement) -> bool:
    """Tell whether the agreement goes on by itself: open-ended, or renewed at its end."""
    return agreement.is_endless or renews(agreement)


EXPIRES = (Step(sign=0, period=Period(), at_midnight=True, moves_to=Stage.ENDED),)


def ended(agreement: Agreement) -> Closed | None:
    """Return that nothing is asked any more where the agreement has ended."""
    return Closed.ENDED if agreement.stage is Stage.ENDED else None
