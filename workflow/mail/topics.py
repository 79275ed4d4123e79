"""From what was alerted to what a mail says: topics with the facts that their templates need."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from msgspec.structs import replace

from notifications.letter import About, Item, Topic
from states.dates.instalments import payments, unsure_facts
from states.dates.tacit_renewal import unpaid_years
from states.dates.term_dates import day_of, end_of, in_force_from, start_of, why_no_end
from states.model.agreement import Agreement, Contribution
from states.model.arithmetic import Dated
from states.model.events import Role
from states.model.fact_words import KINDS
from states.model.phrase import Phrase, listed, say
from states.model.stage import Closed, Continuation, Ending, OccurrenceName, Rule
from states.process import MAILED, RULES
from workflow.engine.alerts import office_asked
from workflow.engine.deadline_words import in_full
from workflow.engine.standing import GONE, DeadlineState, Standing, recorded_by, surely_renewed
from workflow.mail.context import MailContext, MailReason
from workflow.mail.topic_details import DETAILS, asked_with, left_behind, renews_through, together

HAPPENED = {name: mailed.what for name, mailed in MAILED.items()} | {
    rule.value: declared.happened
    for rule, declared in RULES.items()
    if declared.informs and declared.happened
}
INFORMS = frozenset(HAPPENED)
OWED = frozenset({"payment", "instalments", "obligation"})
DAY_IN_SECONDS = 86_400


def is_still_true(reason: MailReason, context: MailContext) -> Closed | bool:
    """Tell whether a mail still makes sense: True, or False, or why its deadline was closed."""
    if mailed := MAILED.get(reason.rule):
        return mailed.stands(context.agreement)
    rule, deadline = RULES[Rule(reason.rule)], context.deadline(reason.cause)
    if rule.at_midnight:
        is_there = deadline is not None or rule.rule is Rule.RENEWAL  # the next took its place
        return is_there and rule.stands(context.agreement)
    return (deadline.closed or True) if deadline else False


def without_earlier_notice(reasons: list[MailReason], context: MailContext) -> list[MailReason]:
    """Leave out each day for notice that has passed before another: what follows on the last holds.

    Several pass at once where the daemon stood still, or where another length of the renewals or
    of the notice period puts them in the past.
    """
    notice = [one for one in reasons if one.rule == Rule.NOTICE]
    told = ((one, context.standing(one.cause)) for one in notice)
    passed = [one for one, item in told if item and item.state is DeadlineState.PASSED]
    earlier = sorted(passed, key=lambda one: one.occurrence.day)[:-1]
    return [one for one in reasons if one not in earlier]


def topics(reasons: list[MailReason], context: MailContext) -> tuple[Topic, ...]:
    """Return what one mail has to tell; facts that are missing are asked for as one topic.

    So are the instalments that the same party pays, or pays back.
    """
    found: dict[object, list[MailReason]] = {}
    for reason in reasons:
        found.setdefault(_told_with(reason, context), []).append(reason)
    return tuple(
        _instalments(told, context)
        if told[0].rule == Rule.PAYMENT and len(told) > 1
        else _topic(replace(told[0], beside=tuple(one.cause for one in told[1:])), context)
        for told in found.values()
    )


def _told_with(reason: MailReason, context: MailContext) -> object:
    """Return what reasons have alike that are one topic; most are alone."""
    if reason.rule == Rule.MISSING_FACT:
        return reason.rule
    standing = context.standing(reason.cause) if reason.rule == Rule.PAYMENT else None
    if standing is None or standing.payment is None or standing.on is None:
        return reason
    item = standing.payment
    return reason.rule, item.is_refund, context.agreement.other_party(item.payer)


def _instalments(reasons: list[MailReason], context: MailContext) -> Topic:
    """Return several instalments as one topic: their table, and what those ask that ask most."""
    reasons = sorted(reasons, key=lambda reason: int(reason.occurrence.about))
    lines, details = together(reasons, context)
    each = [_topic(reason, context) for reason in reasons]
    first = min(each, key=lambda one: one.nominal_on or date.max)
    alike = asked_with(str(details["phase"]))
    asking = [one for one in each if one.details["phase"] in alike]
    return replace(
        first,
        template="instalments",
        nominal_on=min(one.nominal_on for one in asking if one.nominal_on),
        overdue=details["phase"] == "overdue",
        caught_up=any(one.caught_up for one in each),
        late_by_days=max(one.late_by_days for one in each),
        escalates=any(one.escalates for one in each),
        told_before=all(one.told_before for one in each if one.escalates),
        for_both=any(one.for_both for one in each),
        last=all(one.last for one in each),
        reminder=max(one.reminder for one in asking),
        replaces=None,
        typed=_recorded_by(asking),
        lines=lines,
        details={**first.details, **details},
    )


def _recorded_by(asking: Iterable[Topic]) -> tuple[str, ...]:
    """Return one line for all that only need their number; what needs its amount has its own."""
    lines = [line for one in asking for line in one.typed]
    alike = [line.partition("=") for line in lines if line.count("=") == 1]
    numbers = ",".join(number for _, _, number in alike)
    together = [f"{action}={numbers}" for action, _, _ in alike[:1]]
    return (*together, *(line for line in lines if line.count("=") > 1))


def _topic(reason: MailReason, context: MailContext) -> Topic:
    """Return what one row has to tell."""
    agreement = context.agreement
    standing = context.standing(reason.cause)
    deadline = standing.deadline if standing else None
    asks = reason.rule not in INFORMS and not _ended_as_decided(reason, context)
    return Topic(
        template=reason.rule,
        role=reason.role,
        nominal_on=_date_said(reason, deadline.nominal_on if deadline else None, agreement),
        overdue=asks and standing is not None and standing.state in GONE,
        caught_up=reason.caught_up and asks,
        late_by_days=reason.late_by // DAY_IN_SECONDS,
        escalates=reason.escalates,
        told_before=reason.asked_before in (None, {_key_asked(reason, context)}),
        for_both=reason.for_both,
        meant_for=reason.meant_for,
        last=all(_is_last(cause, context) for cause in (reason.cause, *reason.beside)),
        reminder=reason.reminder,
        replaces=agreement.replaces.get(deadline.name) if deadline else None,
        clause=deadline.clause if deadline else None,
        decided_on=_decided_on(agreement, _term_day(standing)),
        asks=asks,
        typed=tuple(_typed(reason, context)) if asks else (),
        details={
            "own_office": context.office_names.get(agreement.office),
            "asked_office": _asked_instead(reason, context),
            "office_above": _above(reason, context),
        }
        | dict(DETAILS[reason.rule](reason, context) if reason.rule in DETAILS else {}),
    )


def _typed(reason: MailReason, context: MailContext) -> Iterator[str]:
    """Yield what an operator types to record what is asked; each fact has a line of its own."""
    agreement = context.agreement
    to_decide = agreement.ending is Ending.LAPSED or context.successor_is_gone
    if reason.rule == Rule.EXPIRY and not to_decide:
        return  # that was decided: it is the successor that has to be signed
    for deadline in map(context.deadline, (reason.cause, *reason.beside)):
        line = recorded_by(agreement, deadline, context.today) if deadline else None
        if line:
            yield line


def _term_day(standing: Standing | None) -> date | None:
    """Return the day that tells to which term something belongs."""
    if standing is None:
        return None
    return standing.payment.begins if standing.payment else standing.on


def _decided_on(agreement: Agreement, day: date | None) -> date | None:
    """Return when was decided on what falls on a day: on the extension that brought it, if any."""
    extended = [
        then.on
        for last_day, then in agreement.continuation.items()
        if then.outcome is Continuation.EXTEND and day and last_day < day
    ]
    decided = [item.on for item in agreement.decision.values()]
    return next(reversed([*decided, *extended]), None)


def _is_last(cause: str, context: MailContext) -> bool:
    """Tell whether no other mail asks for what a cause is about."""
    name, deadline = OccurrenceName.of(cause), context.deadline(cause)
    if name is None or deadline is None:
        return True
    return context.policy.is_last(deadline, name.step, context.today)


def item_of(reason: MailReason, context: MailContext) -> Item:
    """Return what one row has to tell among others, in an overview."""
    agreement, topic = context.agreement, _topic(reason, context)
    standing = context.standing(reason.cause)
    return Item(
        ref=agreement.ref,
        called=agreement.called,
        public=agreement.public,
        what=_what(reason, context, asks=topic.asks),
        nominal_on=topic.nominal_on,
        overdue=topic.asks and _is_late(reason, context),
        passed=topic.asks and standing is not None and standing.state is DeadlineState.PASSED,
        renewed=agreement.was_renewed,
        asks=topic.asks,
        above=_above(reason, context) if topic.asks else None,
        asked_too=_asked_too(reason, context),
        money=standing.ours(agreement) if standing and topic.asks else None,
    )


def _is_late(reason: MailReason, context: MailContext) -> bool:
    """Tell whether what a row asks is late; after the end that is the decision on continuing."""
    if reason.rule == Rule.EXPIRY:
        asked = [it for it in context.standings if it.deadline.rule is Rule.CONTINUATION]
        return any(item.state is DeadlineState.LATE for item in asked)
    standing = context.standing(reason.cause)
    return standing is not None and standing.state is DeadlineState.LATE


def request_in_full(agreement: Agreement, standing: Standing) -> Phrase:
    """Return what is asked of people, or else what happens by itself, with its amount."""
    deadline, what = standing.deadline, standing.words
    if standing.request is None or standing.state is DeadlineState.PASSED:
        return standing.by_itself or what
    asked = RULES[deadline.rule].request
    if standing.money is None or asked is None:
        return standing.request
    return asked(agreement, deadline.about, in_full(what, standing.money))


def _what(reason: MailReason, context: MailContext, *, asks: bool) -> Phrase:
    """Return what happened, where the row only informs; else what the deadline is about."""
    if reason.rule == Rule.RENEWAL and (left := left_behind(reason, context)):
        what, names = HAPPENED[reason.rule], listed(left)
        return say("{what}; not recorded before that: {names}", what=what, names=names)
    if reason.rule in HAPPENED:
        return HAPPENED[reason.rule]
    if reason.rule == Rule.EXPIRY and context.agreement.ending is Ending.LAPSED:
        return say("decide after all: the term ended without a decision")
    if reason.rule == Rule.EXPIRY and context.successor_is_gone:
        return say("decide anew: the new agreement was withdrawn or rejected")
    if reason.rule == Rule.EXPIRY and asks:
        return say("let the new agreement start: none is in force now")
    standing = context.standing(reason.cause)
    return request_in_full(context.agreement, standing) if standing else say("the end of the term")


def _asked_too(reason: MailReason, context: MailContext) -> str | None:
    """Return the office that is asked first, where this one goes to another for once."""
    if reason.role is Role.ESCALATION:
        return context.office_names.get(context.agreement.office)
    is_of_another = reason.role is Role.OFFICE and reason.escalates
    return _asked_instead(reason, context) if is_of_another else None


def _above(reason: MailReason, context: MailContext) -> str | None:
    """Return the name of the office that gets an escalating step as well, or None."""
    if not reason.escalates:
        return None
    own = context.agreement.office
    is_of_another = _asked_instead(reason, context) is not None
    return context.office_names.get(own if is_of_another else context.above.get(own, ""))


def _asked_instead(reason: MailReason, context: MailContext) -> str | None:
    """Return the name of the office that is asked instead of the agreement's own, if one is."""
    key = _key_asked(reason, context)
    return context.office_names.get(key) if key != context.agreement.office else None


def _key_asked(reason: MailReason, context: MailContext) -> str:
    """Return the office that is asked first."""
    name = OccurrenceName.of(reason.cause)
    return office_asked(context.agreement, name) if name else context.agreement.office


def _ended_as_decided(reason: MailReason, context: MailContext) -> bool:
    """An end asks for nothing when it was decided and what follows, if anything, is in force."""
    asks = context.successor_waits or context.successor_is_gone
    decided = context.agreement.ending is not Ending.LAPSED
    return reason.rule == Rule.EXPIRY and decided and not asks


def _date_said(reason: MailReason, nominal: date | None, agreement: Agreement) -> date | None:
    """Return the date in the subject: of an end its last day, not the day after."""
    if reason.rule == Rule.EXPIRY:
        return day_of(end_of(agreement))
    if reason.rule == Rule.RENEWAL:
        return reason.occurrence.day
    mailed = MAILED.get(reason.rule)
    return mailed.dated(agreement) if mailed else nominal


def about(context: MailContext, told: Sequence[Topic]) -> About:
    """Return the facts that stand in every mail, and what of them these topics need."""
    agreement = context.agreement
    money, owner = agreement.contribution, agreement.case_owner
    return About(
        ref=agreement.ref,
        title=agreement.title,
        called=agreement.called,
        public=agreement.public,
        parties=tuple(p.name for p in agreement.party.values() if p.takes_part_on(context.today)),
        starts_on=day_of(start_of(agreement)),
        last_day=day_of(end_of(agreement)),
        end_unknown=why_no_end(agreement),
        goes_on=_goes_on(context, told),
        length=agreement.term.length,
        amount=money.amount if money else None,
        currency=money.currency if money else "EUR",
        every=money.every if money else None,
        money=KINDS[money.kind] if money else None,
        case_owner=context.opened.get(owner.name) if owner else None,
        amount_note=_amount_note(agreement, context.today),
        documents=tuple((d.title, d.url) for d in agreement.document.values() if d.url),
    )


def _goes_on(context: MailContext, told: Sequence[Topic]) -> Phrase | None:
    """Return who has not signed what is owed, or what becomes of it after the last day."""
    agreement, in_force = context.agreement, in_force_from(context.agreement)
    is_owed = any(one.template in OWED for one in told)
    if is_owed and agreement.unsigned and not isinstance(in_force, Dated):
        return in_force.because
    last_day = day_of(end_of(agreement))
    longer = renews_through(context)
    days = [one.nominal_on for one in told] + [line.due_on for one in told for line in one.lines]
    days += [_term_day(item) for item in context.standings if item.payment and item.on in days]
    if not (last_day and any(day and day > last_day for day in days)):
        return None
    if longer is None:
        return say("what falls due later lapses unless the agreement is extended")
    if surely_renewed(agreement, context.standings) is not agreement:
        return say("goes on through {day}", day=longer)
    return say("goes on through {day} if nobody gives notice", day=longer)


def _amount_note(agreement: Agreement, today: date) -> Phrase | None:
    """Return what is not certain about the contribution's amount, or when it does not hold."""
    money = agreement.contribution or Contribution()
    day = min(today, day_of(end_of(agreement)) or today)
    for begun, last in unpaid_years(agreement):
        if begun <= day <= last:
            return say("not from {first} through {last}", first=begun, last=last)
    if money.indexation:
        return say("without indexation")
    if "contribution.amount" in unsure_facts(agreement):
        return say("not certain")
    found = (item for item in payments(agreement, today) if item.facts.amount is None)
    first = next(found, None) if money.every else None
    if first is None or first.number == 1 or (day_of(first.due) or today) <= today:
        return None
    return say("from instalment {number} on", number=first.number)
