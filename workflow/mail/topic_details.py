"""The details of each mail: what only its own template needs, under the names that it has there."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from notifications.letter import InstalmentLine
from states.dates.instalments import Payment, PaymentStatus, is_ours, open_payments, payments
from states.dates.obligations import turns
from states.dates.tacit_renewal import notice_date, renewed, renews, term_named
from states.dates.term_dates import day_of, due_of, end_of, is_held, natural_end_of, start_of
from states.dates.term_decisions import decision_of
from states.model.agreement import Agreement, Evaluation
from states.model.arithmetic import Dated, plus
from states.model.disputes import disputed_fields
from states.model.fact_types import Key
from states.model.fact_words import called
from states.model.money import total
from states.model.period import Period
from states.model.phrase import Phrase, say
from states.model.stage import Deadline, Ending, Rule, Ruling
from states.rules.obligations import turn_named
from workflow.engine.deadline_words import subject
from workflow.engine.standing import left_open, surely_renewed
from workflow.mail.context import MailContext, MailReason

SIX_WEEKS = Period(0, 42)
A_YEAR = Period(12)
PAYMENT_PHASES = ("overdue", "due", "invoice", "commitment")  # what asks most comes first
PAY_NOW = {"overdue", "due"}
PHASES = {-1: "plan", 0: "start", 1: "overdue"}  # of an evaluation, by the step's side

Details = Mapping[str, object]


def _unsigned(_reason: MailReason, context: MailContext) -> Details:
    return {"missing": tuple(party.name for party in context.agreement.unsigned)}


def _held_over(_reason: MailReason, context: MailContext) -> Details:
    held = [d for d in context.agreement.decision.values() if d.outcome is Ruling.HELD_OVER]
    return {"reference": held[-1].reference if held else None}


def _activation(_reason: MailReason, context: MailContext) -> Details:
    coming, evaluation = _next_evaluation(context)
    ours = (item for item in _open_payments(context) if is_ours(item, context.agreement))
    dated = ((item, day_of(item.due)) for item in ours)
    following = next((item for item, day in dated if day and context.today <= day), None)
    return {
        "evaluation": called(evaluation) if evaluation else None,  # the next one
        "evaluation_on": coming,
        "instalment_on": day_of(following.due) if following else None,  # the next one
        "amount": following.money.words if following else None,  # of that instalment
        **_by_itself(context),
        "notice_on": _next_notice(context),
    }


def _next_notice(context: MailContext) -> date | None:
    """Return by which day notice can be given next, of what renews by itself."""
    sure = surely_renewed(context.agreement, context.standings)
    return day_of(notice_date(sure)) if renews(context.agreement) else None


def _next_evaluation(context: MailContext) -> tuple[date | None, Evaluation | None]:
    agreement = context.agreement
    items = (item for item in agreement.evaluation.values() if not is_held(agreement, item))
    each = {day_of(due_of(agreement, item)): item for item in items}
    coming = min((day for day in each if day and day >= context.today), default=None)
    return coming, each.get(coming)


def _open_payments(context: MailContext) -> list[Payment]:
    return open_payments(context.agreement, plus(context.today, A_YEAR))


def _payment(reason: MailReason, context: MailContext) -> Details:
    agreement = context.agreement
    number = reason.occurrence.about
    last_day = day_of(end_of(agreement))
    horizon = max(last_day or context.today, plus(context.today, A_YEAR))
    all_of_them = payments(agreement, horizon)
    owed = [it.number for it in all_of_them if it.status is not PaymentStatus.SUPERSEDED]
    item = next((item for item in all_of_them if str(item.number) == number), None)
    money = agreement.contribution
    return {
        "number": int(number),
        # The last instalment's number; none where no end is known, or it renews.
        "of": None if last_day is None or renews(agreement) else max(owed, default=None),
        "amount": item.money.words if item else None,  # with what is not certain about it
        "fiscal_year": item.fiscal_year if item else None,
        "payee": item.payee if item else None,
        "budget_line": money.budget_line if money else None,
        "phase": _payment_phase(reason, context),
        "payer": agreement.other_party(item.payer) if item else None,  # none: our own
        "refund": bool(item and item.is_refund),
    }


def together(
    reasons: list[MailReason], context: MailContext
) -> tuple[tuple[InstalmentLine, ...], Details]:
    """Return several instalments as lines, and what is told of them together."""
    agreement = context.agreement
    told = [(reason, context.standing(reason.cause)) for reason in reasons]
    found = [(r, s.payment, s.on) for r, s in told if s and s.payment and s.on]
    lines = tuple(
        InstalmentLine(
            number=item.number,
            amount=item.money.words,
            due_on=due_on,
            fiscal_year=item.fiscal_year,
            phase=_payment_phase(reason, context),
            replaces=agreement.replaces.get(reason.occurrence.deadline),
        )
        for reason, item, due_on in found
    )
    phase = min((line.phase for line in lines), key=PAYMENT_PHASES.index)
    items = [item for _, item, _ in found]
    asking = [i for i, line in zip(items, lines, strict=True) if line.phase in asked_with(phase)]
    one = items[0]
    money = agreement.contribution
    return lines, {
        "payer": agreement.other_party(one.payer),
        "refund": one.is_refund,
        "payees": tuple(dict.fromkeys(item.payee for item in items if item.payee)),
        "budget_line": money.budget_line if money else None,
        "phase": phase,  # of those that ask most
        "sum": _in_all(asking),  # of these; the subject says it
        "count": len(asking),
        "total": _in_all(items),  # of all in the table
        "others": len(items) - len(asking),  # those in another phase
    }


def asked_with(phase: str) -> set[str]:
    """Return the phases of what one question asks: what is late is paid with what is due."""
    return PAY_NOW if phase in PAY_NOW else {phase}


def _in_all(found: Iterable[Payment]) -> Phrase | None:
    return total([item.money for item in found]).words


def _payment_phase(reason: MailReason, context: MailContext) -> str:
    deadline = context.deadline(reason.cause)
    nominal = deadline.nominal_on if deadline else None
    if nominal is None or nominal <= context.today:
        return "due" if nominal == context.today else "overdue"
    if reason.occurrence.step.sign == 0:
        return "due"
    return "commitment" if plus(context.today, SIX_WEEKS) <= nominal else "invoice"


def _obligation(reason: MailReason, context: MailContext) -> Details:
    agreement, name = context.agreement, reason.occurrence
    turn = turn_named(agreement, name.about, max(name.day, context.today))
    return {
        "what": turn.what if turn else None,  # a noun
        "by": agreement.other_party(turn.owed.by) if turn else None,  # none: our own
        "every": turn.owed.every if turn else None,
    }


def _evaluation(reason: MailReason, context: MailContext) -> Details:
    item = context.agreement.evaluation.get(Key(reason.occurrence.about))
    agreement, start = context.agreement, day_of(start_of(context.agreement))
    return {
        "final": item.is_final if item else True,
        "open_ended": agreement.is_endless,  # so nothing is decided on it
        "phase": PHASES[reason.occurrence.step.sign],
        "before_end": item.before_end if item and item.before_end != Period() else None,
        "begun": bool(item and item.started_for == reason.occurrence.day),  # before its date
        "before_start": bool(start and reason.occurrence.day < start),  # of what ends so soon
        **_by_itself(context),
        "decision_follows": not (agreement.termination or decision_of(agreement)),
    }


def _by_itself(context: MailContext) -> Details:
    """Return until when it goes on by itself, and whether nobody can stop that any more."""
    sure = surely_renewed(context.agreement, context.standings)
    return {
        "renews_through": renews_through(context),
        "renews_surely": sure is not context.agreement,
    }


def renews_through(context: MailContext) -> date | None:
    """Return until when it goes on by itself: surely, or else if nobody gives notice."""
    agreement = context.agreement
    longer = surely_renewed(agreement, context.standings)
    if longer is agreement and renews(agreement):
        longer = renewed(agreement)
    return day_of(end_of(longer)) if longer is not agreement else None


def _continuation(_reason: MailReason, context: MailContext) -> Details:
    agreement = context.agreement
    finals = agreement.final_evaluations
    held = [item for item in finals if is_held(agreement, item)]
    days = [held_.on for item in held for held_ in item.held.values()]
    return {
        "asks_both": len(held) < len(finals),  # the final evaluation as well
        "evaluation_held_on": max(days, default=None),
        "college_on": context.meeting(Rule.CONTINUATION, day_of(end_of(agreement))),
    }


def _expiry(_reason: MailReason, context: MailContext) -> Details:
    agreement = context.agreement
    decided = max((item.on for item in agreement.continuation.values()), default=None)
    unpaid = [item for item in _open_payments(context) if isinstance(item.due, Dated)]
    ours = [item for item in unpaid if is_ours(item, agreement)]
    return {
        "early": _is_early(agreement),
        "evaluation_missed": agreement.ending is not Ending.TERMINATED
        and not all(is_held(agreement, item) for item in agreement.final_evaluations),
        "successor_waits": context.successor_waits,  # with it the mail asks
        "successor_is_gone": context.successor_is_gone,  # and with this
        "continuation_on": decided,
        "ending": str(agreement.ending or Ending.LAPSED),
        "successor": context.successor,
        "open_instalments": len(ours),  # of before the end, as all that has a date and is open here
        "open_total": _in_all(ours),
        "open_of_others": len(unpaid) - len(ours),
        "open_obligations": sum(
            turn.closed is None and isinstance(turn.due, Dated)
            for turn in turns(agreement, context.today)
        ),
    }


def _is_early(agreement: Agreement) -> bool:
    """Tell whether an end comes before the agreed last day: with notice it need not."""
    last_day, agreed = day_of(end_of(agreement)), day_of(natural_end_of(agreement))
    return bool(last_day and agreed and last_day < agreed)


def _decide(_reason: MailReason, context: MailContext) -> Details:
    agreement = context.agreement
    decision = agreement.decision[max(agreement.decision)]
    return {
        "ruling": str(decision.outcome),
        "label": decision.label,  # the municipality's own word for the ruling
        "reference": decision.reference,
        "until": decision.until,  # a proposal that is held over
        "points": tuple((number, str(ruling)) for number, ruling in decision.point.items()),
        "to_sign": bool(agreement.unsigned),
        "withdrawn": agreement.ending is Ending.WITHDRAWN,
    }


def _notice(reason: MailReason, context: MailContext) -> Details:
    term = term_named(context.agreement, reason.occurrence.about)
    nominal, end = notice_date(term), day_of(end_of(term))
    other = nominal.anchor if isinstance(nominal, Dated) else None
    return {
        "ends_on": end if term is not context.agreement else None,  # once it was renewed
        "college_on": context.meeting(Rule.NOTICE, day_of(nominal)),  # it leaves time to write
        "other_reading": other.day if other else None,  # the last day by the other reading
        "renewal_length": context.agreement.term.renewal_length,
        "new_last_day": day_of(end_of(renewed(term))) if renews(context.agreement) else None,
    }


def _renewal(reason: MailReason, context: MailContext) -> Details:
    agreement = context.agreement
    sure = surely_renewed(agreement, context.standings)
    return {
        "renewal_length": agreement.term.renewal_length,
        "new_last_day": day_of(end_of(agreement)),
        "sure_through": day_of(end_of(sure)) if sure is not agreement else None,
        "notice_on": _next_notice(context),
        "stops": not renews(agreement),  # notice was given since, or it was decided
        "evaluation_on": _next_evaluation(context)[0],
        "left_behind": left_behind(reason, context),
    }


def left_behind(reason: MailReason, context: MailContext) -> tuple[Phrase, ...]:
    """Return what was late when it was renewed, and is asked for by the new end only."""
    return tuple(
        say("{what} (it was due on {day} at the latest)", what=item.words, day=item.on)
        for item in left_open(context.agreement, context.policy, reason.occurrence.day)
    )


def _missing_fact(reason: MailReason, context: MailContext) -> Details:
    asked = [context.deadline(cause) for cause in (reason.cause, *reason.beside)]
    known = [deadline for deadline in asked if deadline]
    fields = tuple(_field(deadline, context) for deadline in known)
    waited_for = [d for d, (_, group, _) in zip(known, fields, strict=True) if group != "joined"]
    each = [d.nominal for d in waited_for or known if isinstance(d.nominal, Dated)]
    needed = [n.anchor.day for n in each if n.anchor and n.anchor.day > n.day]  # else: long since
    return {
        "fields": fields,
        "waits": bool(waited_for) or not known,  # a mail, for one of them
        "needed_on": min(needed, default=None),  # by the first mail that needs one
    }


def _field(deadline: Deadline, context: MailContext) -> tuple[Phrase, str, str]:
    """Return what a fact is called, the group it belongs to, and if it is unknown or disputed.

    No mail waits for the signature of a party that joined.
    """
    path, parties = deadline.about, context.agreement.party
    status = "disputed" if path in disputed_fields(context.agreement) else "unknown"
    joined = {f"party.{key}.signed_on" for key, party in parties.items() if party.joined_on}
    return subject(deadline), "joined" if path in joined else path.split(".")[0], status


def _terminate(_reason: MailReason, context: MailContext) -> Details:
    agreement = context.agreement
    return {
        "ends_on": agreement.termination.ends_on if agreement.termination else None,
        "early": _is_early(agreement),
        "has_money": bool(agreement.contribution or agreement.instalment),
        "has_obligations": bool(agreement.obligation),
    }


DETAILS: Mapping[str, Callable[[MailReason, MailContext], Details]] = {
    Rule.UNSIGNED.value: _unsigned,
    Rule.HELD_OVER.value: _held_over,
    Rule.ACTIVATION.value: _activation,
    Rule.PAYMENT.value: _payment,
    Rule.OBLIGATION.value: _obligation,
    Rule.EVALUATION.value: _evaluation,
    Rule.CONTINUATION.value: _continuation,
    Rule.EXPIRY.value: _expiry,
    Rule.NOTICE.value: _notice,
    Rule.RENEWAL.value: _renewal,
    Rule.MISSING_FACT.value: _missing_fact,
    "decide": _decide,
    "terminate": _terminate,
}
