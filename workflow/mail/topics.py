"""From what was alerted to what a mail says: topics with the facts that their templates need."""

from dataclasses import replace
from datetime import date

from notifications.letter import About, Item, Topic
from states.dates.term_dates import day_of, end_of, start_of
from states.model.agreement import Agreement
from states.model.events import Role
from states.model.fact_types import Obligation
from states.model.phrase import Phrase, say
from states.model.stage import Closed, Ending, Rule
from states.rules.shared_actions import obligation
from states.stages.signing import BEFORE_ACTIVE
from workflow.engine.deadline_words import subject
from workflow.mail.context import Setting, Told
from workflow.mail.topic_details import DETAILS

HAPPENED = {
    Rule.ACTIVATION.value: say("the agreement came into force").text,
    Rule.RENEWAL.value: say("the agreement was renewed tacitly").text,
    "decide": say("the college decided").text,
    "terminate": say("the agreement ends early").text,
}
INFORMS = frozenset(HAPPENED)
DAY_IN_SECONDS = 86_400


def is_still_true(told: Told, setting: Setting) -> Closed | bool:
    """Tell whether a mail still makes sense: True, or False, or why its deadline was closed."""
    if told.rule in INFORMS or told.rule == Rule.EXPIRY:
        return True
    deadline = setting.deadline(told.cause)
    return (deadline.closed or True) if deadline else False


def topics(told: list[Told], setting: Setting) -> tuple[Topic, ...]:
    """Return what one mail has to tell; facts that are missing are asked for as one topic."""
    missing = [item for item in told if item.rule == Rule.MISSING_FACT]
    if missing:
        first, *others = missing
        together = replace(first, beside=tuple(item.cause for item in others))
        told = [together if item is first else item for item in told if item not in others]
    return tuple(_topic(item, setting) for item in told)


def _topic(told: Told, setting: Setting) -> Topic:
    """Return what one row has to tell."""
    agreement = setting.agreement
    deadline = setting.deadline(told.cause)
    nominal = deadline.nominal_on if deadline else None
    decided = [item.on for item in agreement.decision.values()]
    asks = told.rule not in INFORMS and not _ended_as_decided(told, setting)
    return Topic(
        template=told.rule,
        cause=told.cause,
        nominal_on=_told_date(told, nominal, agreement),
        overdue=asks and nominal is not None and nominal < setting.today,
        caught_up=told.caught_up and asks,
        late_by_days=told.late_by // DAY_IN_SECONDS,
        escalates=told.escalates,
        reminder=told.reminder,
        replaces=agreement.replaces.get(Obligation(obligation(told.cause))),
        clause=deadline.clause if deadline else None,
        decided_on=decided[-1] if decided else None,
        asks=asks,
        details={"own_office": setting.office_names.get(agreement.office)}
        | dict(DETAILS[told.rule](told, setting)),
    )


def item(told: Told, setting: Setting) -> Item:
    """Return what one row has to tell among others, in an overview."""
    agreement, topic = setting.agreement, _topic(told, setting)
    return Item(
        ref=agreement.ref,
        called=agreement.called,
        public=agreement.public,
        what=_what(told, setting, asks=topic.asks),
        nominal_on=topic.nominal_on,
        overdue=topic.overdue and told.rule != Rule.MISSING_FACT,
        asks=topic.asks,
        escalates=told.escalates and topic.asks,
        earlier_to=_earlier_to(told, setting),
    )


def _what(told: Told, setting: Setting, *, asks: bool) -> Phrase:
    """Return what happened, where the row only informs; else what the deadline is about."""
    if told.rule in HAPPENED:
        return say(HAPPENED[told.rule])
    if told.rule == Rule.EXPIRY and setting.agreement.ending is Ending.LAPSED:
        return say("the end of the term, before which nobody decided")
    if told.rule == Rule.EXPIRY and asks:
        return say("the end of the term, while the new agreement is not in force")
    deadline = setting.deadline(told.cause)
    return subject(deadline) if deadline else say("the end of the term")


def _earlier_to(told: Told, setting: Setting) -> str | None:
    """Return the office that earlier mails went to, where this one goes to another for once."""
    agreement, money = setting.agreement, setting.agreement.contribution
    if told.role is Role.ESCALATION:
        return setting.office_names.get(agreement.office)
    to_budget = told.role is Role.OFFICE and told.rule == Rule.PAYMENT and told.escalates
    return setting.office_names.get(money.office) if to_budget and money and money.office else None


def _ended_as_decided(told: Told, setting: Setting) -> bool:
    """An end asks for nothing when it was decided and what follows, if anything, is in force."""
    decided = setting.agreement.ending is not Ending.LAPSED
    return told.rule == Rule.EXPIRY and decided and setting.successor_stage not in BEFORE_ACTIVE


def _told_date(told: Told, nominal: date | None, agreement: Agreement) -> date | None:
    """Return the date in the subject: of an end its last day, not the day after."""
    if told.rule == Rule.EXPIRY:
        return day_of(end_of(agreement))
    if told.rule == Rule.RENEWAL:
        return date.fromisoformat(told.cause.split(":")[2])
    if told.rule == "decide":
        return agreement.decided_on
    return nominal if told.rule != "terminate" else day_of(end_of(agreement))


def about(setting: Setting) -> About:
    """Return the facts that stand in every mail."""
    agreement = setting.agreement
    money, owner = agreement.contribution, agreement.case_owner
    return About(
        ref=agreement.ref,
        title=agreement.title,
        called=agreement.called,
        public=agreement.public,
        parties=tuple(p.name for p in agreement.party.values() if p.takes_part_on(setting.today)),
        starts_on=day_of(start_of(agreement)),
        last_day=day_of(end_of(agreement)),
        length=agreement.term.length,
        amount=money.amount if money else None,
        currency=money.currency if money else "EUR",
        every=money.every if money else None,
        case_owner=setting.opened.get(owner.name) if owner else None,
    )
