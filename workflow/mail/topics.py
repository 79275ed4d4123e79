"""From what was alerted to what a mail says: topics with the facts that their templates need."""

from dataclasses import replace
from datetime import date

from notifications.letter import About, Item, Topic
from states.dates.term_dates import day_of, end_of, start_of
from states.model.agreement import Agreement
from states.model.events import Role
from states.model.fact_words import KINDS
from states.model.phrase import Phrase, say
from states.model.stage import Closed, Ending, OccurrenceName, Rule
from states.process import PROCESS, RULES
from states.stages.signing import BEFORE_ACTIVE
from workflow.engine.deadline_words import subject
from workflow.engine.standing import GONE, DeadlineState, recorded_by
from workflow.mail.context import MailContext, MailReason
from workflow.mail.topic_details import DETAILS

MAILED = {a.name: a.mailed for d in PROCESS.values() for a in d.actions if a.mailed}
HAPPENED = MAILED | {
    rule.value: declared.happened
    for rule, declared in RULES.items()
    if declared.informs and declared.happened
}
INFORMS = frozenset(HAPPENED)
DAY_IN_SECONDS = 86_400


def is_still_true(reason: MailReason, context: MailContext) -> Closed | bool:
    """Tell whether a mail still makes sense: True, or False, or why its deadline was closed."""
    if reason.rule in INFORMS or reason.rule == Rule.EXPIRY:
        return True
    deadline = context.deadline(reason.cause)
    return (deadline.closed or True) if deadline else False


def topics(reason: list[MailReason], context: MailContext) -> tuple[Topic, ...]:
    """Return what one mail has to tell; facts that are missing are asked for as one topic."""
    missing = [item for item in reason if item.rule == Rule.MISSING_FACT]
    if missing:
        first, *others = missing
        together = replace(first, beside=tuple(item.cause for item in others))
        reason = [together if item is first else item for item in reason if item not in others]
    return tuple(_topic(item, context) for item in reason)


def _topic(reason: MailReason, context: MailContext) -> Topic:
    """Return what one row has to tell."""
    agreement = context.agreement
    standing = context.standing(reason.cause)
    deadline = standing.deadline if standing else None
    decided = [item.on for item in agreement.decision.values()]
    asks = reason.rule not in INFORMS and not _ended_as_decided(reason, context)
    return Topic(
        template=reason.rule,
        cause=reason.cause,
        nominal_on=_date_said(reason, deadline.nominal_on if deadline else None, agreement),
        overdue=asks and standing is not None and standing.state in GONE,
        caught_up=reason.caught_up and asks,
        renewed=context.renewed,
        late_by_days=reason.late_by // DAY_IN_SECONDS,
        escalates=reason.escalates,
        reminder=reason.reminder,
        replaces=agreement.replaces.get(deadline.name) if deadline else None,
        clause=deadline.clause if deadline else None,
        decided_on=decided[-1] if decided else None,
        asks=asks,
        typed=recorded_by(agreement, deadline) if asks and deadline else None,
        details={
            "own_office": context.office_names.get(agreement.office),
            "asked_office": _asked_instead(reason, context),
        }
        | dict(DETAILS[reason.rule](reason, context) if reason.rule in DETAILS else {}),
    )


def item(reason: MailReason, context: MailContext) -> Item:
    """Return what one row has to tell among others, in an overview."""
    agreement, topic = context.agreement, _topic(reason, context)
    standing = context.standing(reason.cause)
    return Item(
        ref=agreement.ref,
        called=agreement.called,
        public=agreement.public,
        what=_what(reason, context, asks=topic.asks),
        nominal_on=topic.nominal_on,
        overdue=topic.asks and standing is not None and standing.state is DeadlineState.LATE,
        passed=topic.asks and standing is not None and standing.state is DeadlineState.PASSED,
        renewed=topic.renewed,
        asks=topic.asks,
        escalates=reason.escalates and topic.asks,
        earlier_to=_earlier_to(reason, context),
    )


def _what(reason: MailReason, context: MailContext, *, asks: bool) -> Phrase:
    """Return what happened, where the row only informs; else what the deadline is about."""
    if reason.rule in HAPPENED:
        return HAPPENED[reason.rule]
    if reason.rule == Rule.EXPIRY and context.agreement.ending is Ending.LAPSED:
        return say("the end of the term, before which nobody decided")
    if reason.rule == Rule.EXPIRY and asks:
        return say("the end of the term, while the new agreement is not in force")
    deadline = context.deadline(reason.cause)
    return subject(deadline) if deadline else say("the end of the term")


def _earlier_to(reason: MailReason, context: MailContext) -> str | None:
    """Return the office that earlier mails went to, where this one goes to another for once."""
    if reason.role is Role.ESCALATION:
        return context.office_names.get(context.agreement.office)
    is_of_another = reason.role is Role.OFFICE and reason.escalates
    return _asked_instead(reason, context) if is_of_another else None


def _asked_instead(reason: MailReason, context: MailContext) -> str | None:
    """Return the name of the office that is asked instead of the agreement's own, if one is."""
    name = OccurrenceName.of(reason.cause)
    key = name and RULES[name.rule].office(context.agreement, name.about)
    return context.office_names.get(key) if key else None


def _ended_as_decided(reason: MailReason, context: MailContext) -> bool:
    """An end asks for nothing when it was decided and what follows, if anything, is in force."""
    decided = context.agreement.ending is not Ending.LAPSED
    return reason.rule == Rule.EXPIRY and decided and context.successor_stage not in BEFORE_ACTIVE


def _date_said(reason: MailReason, nominal: date | None, agreement: Agreement) -> date | None:
    """Return the date in the subject: of an end its last day, not the day after."""
    if reason.rule == Rule.EXPIRY:
        return day_of(end_of(agreement))
    if reason.rule == Rule.RENEWAL:
        return reason.occurrence.day
    if reason.rule == "decide":
        return agreement.decided_on
    return nominal if reason.rule != "terminate" else day_of(end_of(agreement))


def about(context: MailContext) -> About:
    """Return the facts that stand in every mail."""
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
        length=agreement.term.length,
        amount=money.amount if money else None,
        currency=money.currency if money else "EUR",
        every=money.every if money else None,
        money=KINDS[money.kind] if money else None,
        case_owner=context.opened.get(owner.name) if owner else None,
    )
