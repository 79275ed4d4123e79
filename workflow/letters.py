"""From what was alerted to what a mail says: topics with the facts that their templates need."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from notifications.letter import About, Topic
from states.agreement import Agreement
from states.anchors import due_of, end_of, is_held, start_of
from states.anywhere import obligation
from states.change import Role
from states.leaves import Key
from states.money import Payment, PaymentStatus, payments
from states.period import Period
from states.policy import Policy
from states.stage import Closed, Deadline, Ending, Rule, Ruling, Unknown
from states.term import Dated, plus
from workflow.deadlines import derive

INFORMS = frozenset({Rule.ACTIVATION.value, "decide", "terminate"})
SIX_WEEKS = Period(0, 42)
A_YEAR = Period(12)
DAY_IN_SECONDS = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One row of the outbox as far as its words depend on it."""

    rule: str
    cause: str
    role: Role
    caught_up: bool
    late_by: int
    escalates: bool
    reminder: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What the words are written from: the agreement as it is now, and the day of sending."""

    agreement: Agreement
    policy: Policy
    today: date
    office_names: Mapping[str, str]
    opened: Mapping[str, str]

    def deadline(self, cause: str) -> Deadline | None:
        """Return the deadline that an occurrence belongs to, if the agreement still has it."""
        derived = derive(self.agreement, self.policy, self.today)
        return next((d for d in derived if d.obligation == obligation(cause)), None)


def is_still_true(told: Told, setting: Setting) -> Closed | bool:
    """Tell whether a mail still makes sense: True, or False, or why its deadline was closed."""
    if told.rule in INFORMS or told.rule == Rule.EXPIRY:
        return True
    deadline = setting.deadline(told.cause)
    return (deadline.closed or True) if deadline else False


def topic(told: Told, setting: Setting) -> Topic:
    """Return what one row has to tell."""
    agreement = setting.agreement
    deadline = setting.deadline(told.cause)
    nominal = deadline.nominal_on if deadline else None
    decided = [item.on for item in agreement.decision.values()]
    asks = told.rule not in INFORMS and not _ended_as_decided(told, agreement)
    return Topic(
        template=told.rule,
        cause=told.cause,
        nominal_on=_told_date(told, nominal, agreement),
        overdue=asks and nominal is not None and nominal < setting.today,
        caught_up=told.caught_up and asks,
        late_by_days=told.late_by // DAY_IN_SECONDS,
        escalates=told.escalates,
        reminder=told.reminder,
        clause=deadline.clause if deadline else None,
        decided_on=decided[-1] if decided else None,
        asks=asks,
        details={"own_office": setting.office_names.get(agreement.office)}
        | dict(DETAILS[told.rule](told, setting)),
    )


def _ended_as_decided(told: Told, agreement: Agreement) -> bool:
    return told.rule == Rule.EXPIRY and agreement.ending is not Ending.LAPSED


def _told_date(told: Told, nominal: date | None, agreement: Agreement) -> date | None:
    """Return the date in the subject: of an end its last day, not the day after."""
    if told.rule == Rule.EXPIRY:
        return _day(end_of(agreement))
    if told.rule == "decide":
        return max((item.on for item in agreement.decision.values()), default=None)
    return nominal if told.rule != "terminate" else _day(end_of(agreement))


def _day(anchor: object) -> date | None:
    return anchor.day if isinstance(anchor, Dated) else None


def about(setting: Setting) -> About:
    """Return the facts that stand in every mail."""
    agreement = setting.agreement
    money, owner = agreement.contribution, agreement.case_owner
    return About(
        ref=agreement.ref,
        title=agreement.title,
        called=agreement.called,
        public=agreement.public,
        parties=tuple(party.name for party in agreement.party.values()),
        starts_on=_day(start_of(agreement)),
        last_day=_day(end_of(agreement)),
        length=agreement.term.length,
        amount=money.amount if money else None,
        currency=money.currency if money else "EUR",
        every=money.every if money else None,
        case_owner=setting.opened.get(owner.name) if owner else None,
    )


# Details by template -----------------------------------------------------------------------------

Details = Mapping[str, object]


def _unsigned(_told: Told, setting: Setting) -> Details:
    return {"missing": tuple(party.name for party in setting.agreement.unsigned)}


def _held_over(_told: Told, setting: Setting) -> Details:
    held = [d for d in setting.agreement.decision.values() if d.outcome is Ruling.HELD_OVER]
    return {"reference": held[-1].reference if held else None}


def _activation(_told: Told, setting: Setting) -> Details:
    agreement = setting.agreement
    days = [_day(due_of(agreement, item)) for item in agreement.evaluation.values()]
    following = _next_payment(setting)
    return {
        "evaluation_on": min(filter(None, days), default=None),
        "instalment_on": _day(following.due) if following else None,
        "amount": following.amount if following else None,
        "currency": following.currency if following else "EUR",
    }


def _next_payment(setting: Setting) -> Payment | None:
    return next((item for item in _open_payments(setting) if isinstance(item.due, Dated)), None)


def _open_payments(setting: Setting) -> list[Payment]:
    found = payments(setting.agreement, plus(setting.today, A_YEAR))
    return [item for item in found if item.status is PaymentStatus.EXPECTED]


def _payment(told: Told, setting: Setting) -> Details:
    agreement = setting.agreement
    number = told.cause.split(":")[1]
    all_of_them = list(payments(agreement, plus(setting.today, A_YEAR)))
    item = next((item for item in all_of_them if str(item.number) == number), None)
    money = agreement.contribution
    endless = isinstance(end_of(agreement), Unknown)
    return {
        "number": int(number),
        "of": None if endless else len(all_of_them),
        "amount": item.amount if item else None,
        "currency": item.currency if item else "EUR",
        "fiscal_year": item.fiscal_year if item else None,
        "payee": item.payee if item else None,
        "budget_line": money.budget_line if money else None,
        "phase": _payment_phase(told, setting),
        "finance_office": setting.office_names.get(money.office or "") if money else None,
    }


def _payment_phase(told: Told, setting: Setting) -> str:
    deadline = setting.deadline(told.cause)
    nominal = deadline.nominal_on if deadline else None
    if nominal is None or nominal <= setting.today:
        return "due" if nominal == setting.today else "overdue"
    step = told.cause.rpartition(":")[2]
    if step == "P0D":
        return "due"
    return "commitment" if plus(setting.today, SIX_WEEKS) <= nominal else "invoice"


def _evaluation(told: Told, setting: Setting) -> Details:
    item = setting.agreement.evaluation.get(Key(told.cause.split(":")[1]))
    step = told.cause.rpartition(":")[2]
    phase = "start" if step == "P0D" else "plan" if step.startswith("-") else "overdue"
    return {
        "final": item.is_final if item else True,
        "phase": phase,
        "before_end": item.before_end if item else None,
    }


def _continuation(_told: Told, setting: Setting) -> Details:
    agreement = setting.agreement
    finals = [item for item in agreement.evaluation.values() if item.is_final]
    held = [item for item in finals if is_held(agreement, item)]
    days = [held_.on for item in held for held_ in item.held.values()]
    return {
        "asks_both": len(held) < len(finals),
        "evaluation_held_on": max(days, default=None),
    }


def _expiry(_told: Told, setting: Setting) -> Details:
    decided = max((item.on for item in setting.agreement.continuation.values()), default=None)
    return {
        "continuation_on": decided,
        "ending": str(setting.agreement.ending or Ending.LAPSED),
        "successor": setting.agreement.successor,
        "open_instalments": len(_open_payments(setting)),
    }


def _decide(_told: Told, setting: Setting) -> Details:
    decision = setting.agreement.decision[max(setting.agreement.decision)]
    return {
        "ruling": str(decision.outcome),
        "label": decision.label,
        "reference": decision.reference,
        "until": decision.until,
        "points": tuple((number, str(ruling)) for number, ruling in decision.point.items()),
    }


def _terminate(_told: Told, setting: Setting) -> Details:
    ended = setting.agreement.termination
    return {"ends_on": ended.ends_on if ended else None}


DETAILS: Mapping[str, Callable[[Told, Setting], Details]] = {
    Rule.UNSIGNED.value: _unsigned,
    Rule.HELD_OVER.value: _held_over,
    Rule.ACTIVATION.value: _activation,
    Rule.PAYMENT.value: _payment,
    Rule.EVALUATION.value: _evaluation,
    Rule.CONTINUATION.value: _continuation,
    Rule.EXPIRY.value: _expiry,
    "decide": _decide,
    "terminate": _terminate,
}
