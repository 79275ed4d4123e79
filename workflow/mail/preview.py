"""Previewing: the mail that a rule would send, in the words that stand now; nothing is written."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from uuid import UUID

from msgspec.structs import replace

from notifications.letter import Composed, Digest, DoneItem, Fingerprint, Letter, Overview, Week
from notifications.retry_policy import MessageStatus
from notifications.typed import word
from states.model.arithmetic import DAY
from states.model.phrase import FieldName, Refusal, say
from states.model.stage import Occurrence, Rule
from states.process import MAILED, RULES, settle
from states.rules.shared_actions import NOTE
from workflow.app.app import App
from workflow.engine.alerts import addressees_of
from workflow.engine.day_seals import OPEN
from workflow.engine.deadlines import derive, occurrences
from workflow.mail.compose import composed_for_reading
from workflow.mail.context import MailContext
from workflow.mail.drafts import frame, letter, meant_for, reason_of_row
from workflow.mail.overviews import open_item, open_standings
from workflow.mail.recipients import MailCase, Reader, cases, reader_of
from workflow.mail.sample import OFFICE, sample
from workflow.mail.senders import sender_of
from workflow.mail.topics import item_of
from workflow.store.agreements import the_agreement
from workflow.store.outbox.messages import DIGEST, OutboxRow
from workflow.system.refusals import NotFound
from workflow.system.suggest import suggest_called

ALERTING = (*Rule, *MAILED)
OVERVIEWS = {
    "handover": say("handover"),
    "summary": say("summary"),
    "catch_up": say("catch_up"),
    DIGEST: say("digest"),
}
MAILS = (*ALERTING, *OVERVIEWS)
WATCHED = frozenset(rule.value for rule in Rule)
NO_REGISTER = str(UUID(int=0))
MESSAGE_ID = "<preview@looptijd>"
JUST_DECIDED = datetime(2017, 10, 1, 12, tzinfo=UTC)


def preview(app: App, rule: str, ref: str | None) -> Composed:
    """Return the next mail of a rule or an action, or the last where none is to come.

    Without `ref` it is about the built-in sample, and needs no register. An overview always is.
    """
    known = word(rule, MAILS)
    if known is None:
        remedy = suggest_called(rule, map(_called, MAILS))
        raise Refusal(say("There is no mail “{rule}”. {remedy}", rule=rule, remedy=remedy))
    rule = known
    if rule in OVERVIEWS and ref is not None:
        raise Refusal(
            say("“{rule}” is about an office: leave out {ref}.", rule=_called(rule), ref=ref)
        )
    if rule in OVERVIEWS:
        return composed_for_reading(app, _overview(app, rule))
    case = _sample(app, rule) if ref is None else _case(app, ref)
    every = sorted(_each(rule, case), key=lambda item: item[1])
    if not every:
        raise NotFound(
            say("{ref} has nothing to mail about “{rule}”.", ref=ref, rule=_called(rule))
        )
    row, moment = next((item for item in every if item[1] > case.now), every[-1])
    return composed_for_reading(app, _letter(app, case, row, moment))


def samples(app: App) -> Iterator[Letter | Overview]:
    """Yield every mail there can be about the sample: each rule with each of its steps."""
    yield from (_overview(app, kind) for kind in OVERVIEWS)
    for rule in ALERTING:
        case = _sample(app, rule)
        for row, moment in _each(rule, case):
            yield _letter(app, case, row, moment)
    case = _sample(app, Rule.PAYMENT)
    each = [*_each(Rule.PAYMENT, case)]
    yield _letter(app, case, each[0][0], each[0][1], [row for row, _ in each])


def _called(rule: str) -> FieldName:
    return FieldName(rule, (say(rule),))


# What it is about --------------------------------------------------------------------------------


def _case(app: App, ref: str) -> MailCase:
    with app.reading() as connection:
        stored = the_agreement(connection, ref)
        return cases(connection, app, {stored.id}, app.clock.now())[stored.id]


def _sample(app: App, rule: str) -> MailCase:
    agreement, policy = sample(rule), app.configuration.policy
    context = MailContext(
        agreement=agreement,
        policy=policy,
        today=policy.day_of(JUST_DECIDED),
        college=app.configuration.college,
        office_names={agreement.office: OFFICE},
        opened={},
    )
    return MailCase(context, {}, NO_REGISTER, JUST_DECIDED)


def _each(rule: str, case: MailCase) -> Iterator[tuple[OutboxRow, datetime]]:
    """Yield what each step of a rule would tell, with the moment at which it would."""
    agreement, policy = case.context.agreement, case.context.policy
    if rule in WATCHED:
        derived = [d for d in derive(agreement, policy, case.context.today) if d.rule == rule]
        still_open = [deadline for deadline in derived if deadline.closed is None]
        for step in occurrences(still_open or derived, policy):
            yield _row(rule, step, case), step.alert_at
    elif agreement.decision if rule == "decide" else agreement.termination:
        yield _row(rule, None, case), case.now


def _row(rule: str, step: Occurrence | None, case: MailCase) -> OutboxRow:
    """Return the row that would be queued for the first addressee of a step, or of an action."""
    context = case.context
    escalates = step is not None and context.policy.escalates(step.deadline, step.step)
    deadline = step.deadline if step else None
    first = addressees_of(context.agreement, deadline, escalates=escalates)[0]
    return OutboxRow(
        id=0,
        message_id=MESSAGE_ID,
        rule=rule,
        cause=step.name if step else f"event:{rule}",
        role=first.role,
        office=first.office,
        escalates=escalates,
        status=MessageStatus.QUEUED,
        created_at=case.now,
    )


def _overview(app: App, kind: str) -> Overview:
    """Return an overview in which the sample's evaluation is open, or comes."""
    case, reader = _sample(app, "evaluation"), Reader(sender_of(app), OFFICE)
    first, second, *_ = _each("evaluation", case)
    row, moment = second if kind == DIGEST else first
    at = case.context.policy.local(moment)
    context = replace(case.context, today=at.date())
    common = frame(app, MESSAGE_ID, reader, at)
    if kind == DIGEST:
        week = _week(context)
        return Digest(**common, kind=DIGEST, items=week.late, week=week)
    return Overview(
        **common,
        kind=kind,
        from_on=context.today if kind == "handover" else None,
        items=(item_of(reason_of_row(row), context),),
        is_late=kind == "catch_up",
    )


def _week(context: MailContext) -> Week:
    """Return a week in which one thing of each kind is to be told of the sample."""
    agreement, policy, today = context.agreement, context.policy, context.today
    unpaid = [s for s in context.standings if s.deadline.rule is Rule.PAYMENT]
    return Week(
        day=today,
        late=(open_item(agreement, unpaid[-1]),),
        coming=tuple(
            open_item(agreement, standing)
            for standing in open_standings(agreement, policy, today)
            if standing.on and standing.on >= today
        ),
        done=(
            DoneItem(
                ref=agreement.ref,
                called=agreement.called,
                public=agreement.public,
                what=(NOTE.done,),
            ),
        ),
        fingerprint=Fingerprint(day=today - DAY, hash=OPEN.hash),
    )


def _letter(
    app: App, case: MailCase, row: OutboxRow, moment: datetime, told: Sequence[OutboxRow] = ()
) -> Letter:
    """Return the letter as of a moment; where nobody holds the office it goes to the sender."""
    agreement, policy = case.context.agreement, case.context.policy
    if row.rule in WATCHED and RULES[Rule(row.rule)].at_midnight:  # it leaves once that has moved
        agreement = settle(agreement, policy, max(moment, case.now))
    context = replace(case.context, agreement=agreement, today=policy.day_of(moment))
    case = replace(case, context=context, now=moment)
    nobody = Reader(sender_of(app), context.office_names.get(row.office, row.office))
    reader = reader_of(app, case, row) or nobody
    reasons = [
        replace(reason_of_row(one), meant_for=meant_for(case, one, reader)) for one in told or [row]
    ]
    return letter(app, case, (row, reader), reasons)
