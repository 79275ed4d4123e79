"""Previewing: the mail that a rule would send, in the words that stand now; nothing is written."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from notifications.language import language
from notifications.letter import Composed, Done, Letter, Mailbox, Overview
from notifications.template_details import DETAILS
from states.model.phrase import Refusal, say
from states.model.stage import Occurrence, Rule
from workflow.app.app import House
from workflow.app.incidents import sender_of
from workflow.engine.alerts import addressees_of
from workflow.engine.day_seals import OPEN
from workflow.engine.deadlines import derive, occurrences
from workflow.engine.event_words import BY_SOMEBODY
from workflow.mail.attached_dates import dates_to_keep
from workflow.mail.compose import worded_as_told
from workflow.mail.context import Setting, Told
from workflow.mail.digest import DIGEST, Week, coming, digest
from workflow.mail.overviews import frame
from workflow.mail.overviews import item_of as open_item
from workflow.mail.recipients import Case, Reader, case_owner_of, cases, holder_of
from workflow.mail.sample import OFFICE, sample
from workflow.mail.topics import about, topics
from workflow.mail.topics import item as item_of
from workflow.store.agreements import the_agreement
from workflow.system.refusals import NotFound
from workflow.system.suggest import nearest

RULES = tuple(DETAILS)
OVERVIEWS = ("handover", "summary", "catch_up", DIGEST)
MAILS = (*RULES, *OVERVIEWS)
WATCHED = frozenset(rule.value for rule in Rule)
NO_REGISTER = str(UUID(int=0))
MESSAGE_ID = "<preview@looptijd>"
JUST_DECIDED = datetime(2017, 10, 1, 12, tzinfo=UTC)


def preview(house: House, rule: str, ref: str | None) -> Composed:
    """Return the next mail of a rule or an action, or the last where none is to come.

    Without `ref` it is about the built-in sample, and needs no register. An overview always is.
    """
    if rule not in MAILS:
        remedy = nearest(rule, MAILS, few=len(MAILS))
        raise Refusal(say("There is no mail “{rule}”. {remedy}", rule=rule, remedy=remedy))
    if rule in OVERVIEWS:
        return _previewed_overview(house, rule, ref)
    case = _case(house, ref) if ref else _sample(house, rule)
    every = sorted(_each(rule, case), key=lambda item: item[1])
    if not every:
        raise NotFound(say("{ref} has nothing to mail about “{rule}”.", ref=ref, rule=rule))
    told, moment = next((item for item in every if item[1] > case.now), every[-1])
    return worded_as_told(house, _letter(house, case, told, moment))


def _previewed_overview(house: House, kind: str, ref: str | None) -> Composed:
    if ref:
        raise Refusal(say("“{rule}” is about an office: leave out {ref}.", rule=kind, ref=ref))
    return worded_as_told(house, _overview(house, kind))


def samples(house: House) -> Iterator[Letter | Overview]:
    """Yield every mail there can be about the sample: each rule with each of its steps."""
    yield from (_overview(house, kind) for kind in OVERVIEWS)
    for rule in RULES:
        case = _sample(house, rule)
        for told, moment in _each(rule, case):
            yield _letter(house, case, told, moment)


# What it is about --------------------------------------------------------------------------------


def _case(house: House, ref: str) -> Case:
    with house.reading() as connection:
        stored = the_agreement(connection, ref)
        return cases(connection, house, {stored.id}, house.clock.now())[stored.id]


def _sample(house: House, rule: str) -> Case:
    agreement = sample(rule)
    setting = Setting(
        agreement=agreement,
        policy=house.configuration.policy,
        today=house.local(JUST_DECIDED).date(),
        office_names={agreement.office: OFFICE},
        opened={},
    )
    return Case(setting, {}, NO_REGISTER, JUST_DECIDED)


def _each(rule: str, case: Case) -> Iterator[tuple[Told, datetime]]:
    """Yield what each step of a rule would tell, with the moment at which it would."""
    agreement, policy = case.setting.agreement, case.setting.policy
    if rule in WATCHED:
        derived = [d for d in derive(agreement, policy, case.setting.today) if d.rule == rule]
        still_open = [deadline for deadline in derived if deadline.closed is None]
        for step in occurrences(still_open or derived, policy):
            yield _told(rule, step, case.setting), step.alert_at
    elif agreement.decision if rule == "decide" else agreement.termination:
        yield _told(rule, None, case.setting), case.now


def _told(rule: str, step: Occurrence | None, setting: Setting) -> Told:
    """Return what a step, or an action, tells its first addressee."""
    escalates = step is not None and setting.policy.escalates(step.deadline, step.step)
    watched = Rule(rule) if step else None
    return Told(
        rule=rule,
        cause=step.name if step else f"event:{rule}",
        role=addressees_of(setting.agreement, watched, escalates=escalates)[0].role,
        caught_up=False,
        late_by=0,
        escalates=escalates,
        reminder=1,
    )


def _overview(house: House, kind: str) -> Overview:
    """Return an overview in which the sample's evaluation is open, or comes."""
    case, sender = _sample(house, "evaluation"), sender_of(house)
    first, second, *_ = _each("evaluation", case)
    told, moment = second if kind == DIGEST else first
    setting = replace(case.setting, today=house.local(moment).date())
    common = frame(house, kind, MESSAGE_ID, sender, moment)
    if kind == DIGEST:
        return digest(_week(setting), OFFICE, common)
    return Overview(
        **common,
        office=OFFICE,
        from_on=setting.today if kind == "handover" else None,
        items=(item_of(told, setting),),
        is_late=kind == "catch_up",
    )


def _week(setting: Setting) -> Week:
    """Return a week in which one thing of each kind is to be told of the sample."""
    agreement, policy, today = setting.agreement, setting.policy, setting.today
    unpaid = [d for d in derive(agreement, policy, today) if d.rule is Rule.PAYMENT]
    seal = replace(OPEN, id=1, day=today - timedelta(days=1))
    return Week(
        day=today,
        late=(open_item(agreement, unpaid[-1], today),),
        coming=tuple(coming(agreement, policy, agreement.office, today)),
        done=(
            Done(
                ref=agreement.ref,
                called=agreement.called,
                public=agreement.public,
                what=(BY_SOMEBODY["note"],),
            ),
        ),
        seal=seal,
    )


# Who writes whom ---------------------------------------------------------------------------------


def _letter(house: House, case: Case, told: Told, moment: datetime) -> Letter:
    """Return the letter as of a moment; where nobody holds the office it goes to the sender."""
    written_at = house.local(moment)
    setting = replace(case.setting, today=written_at.date())
    sender = sender_of(house)
    reader, owner = _reader(house, case, told, sender), case_owner_of(case)
    words = language(house.settings.language)
    return Letter(
        language=house.settings.language,
        municipality=house.settings.municipality.name,
        role=told.role,
        office=reader.office,
        to=reader.box,
        sender=sender,
        reply_to=owner.box if owner else None,
        message_id=MESSAGE_ID,
        thread=MESSAGE_ID,
        written_at=written_at,
        about=about(setting),
        topics=topics([told], setting),
        dates=dates_to_keep([told], setting, case.register, words, written_at),
    )


def _reader(house: House, case: Case, told: Told, sender: Mailbox) -> Reader:
    setting = case.setting
    rule = Rule(told.rule) if told.rule in WATCHED else None
    key = addressees_of(setting.agreement, rule, escalates=told.escalates)[0].office
    found = holder_of(house, case.offices, setting.opened, key, setting.today)
    return found or Reader(sender, setting.office_names.get(key, key))
