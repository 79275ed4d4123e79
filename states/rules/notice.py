"""The deadlines of a tacit renewal: giving notice in time, and the renewal itself."""

from collections.abc import Iterator
from datetime import date

from msgspec.structs import replace

from states.dates.instalments import is_ours, of_renewal
from states.dates.policy import Policy
from states.dates.tacit_renewal import notice_date, renewed, renews
from states.dates.term_dates import day_of, end_of
from states.model.agreement import Agreement, Renewal
from states.model.money import total
from states.model.period import Period
from states.model.phrase import Phrase, say
from states.model.stage import DATE_ITSELF, Closed, Deadline, MarkKind, Rule, Stage, Step
from states.rules.deadline_rules import day_after, ended, steps
from states.rules.rule import OF_THE_TERM, DeadlineRule, asking, chosen

LAST_CALL = replace(DATE_ITSELF, escalates=True)
RENEWS = (Step(sign=0, period=Period(), at_midnight=True, moves_to=Stage.ACTIVE, renews=True),)


def notice(agreement: Agreement, policy: Policy, _today: date) -> Iterator[Deadline]:
    """Announce the day by which notice must be given, and call it on that day."""
    if agreement.term.renewal is Renewal.TACIT:
        leads = steps(policy.alerts.evaluation_before, (), last_escalates=False)
        yield Deadline(
            rule=Rule.NOTICE,
            about="term",
            nominal=notice_date(agreement),
            steps=(*(lead for lead in leads if lead.sign), LAST_CALL),
            closed=_closed(agreement),
        )


def renewal(agreement: Agreement, _policy: Policy, _today: date) -> Iterator[Deadline]:
    """Renew the agreement at 00:00 of the day after its last day."""
    if agreement.term.renewal is Renewal.TACIT:
        yield Deadline(
            rule=Rule.RENEWAL,
            about="term",
            nominal=day_after(end_of(agreement)),
            steps=RENEWS,
            closed=_closed(agreement),
        )


def _closed(agreement: Agreement) -> Closed | None:
    return ended(agreement) or (None if renews(agreement) else Closed.DECIDED)


def _renews(agreement: Agreement) -> Phrase | None:
    """Say through which day it goes on if nobody acts, and what that costs where it is known."""
    last = day_of(end_of(renewed(agreement))) if renews(agreement) else None
    if last is None:
        return None
    owed = (item for item in of_renewal(agreement) if not item.facts.waived_on)
    ours = [item.money for item in owed if is_ours(item, agreement)]
    if not ours:
        return say("it goes on through {day}", day=last)
    amount = total(ours).words
    if amount is None:
        return say("it goes on through {day}, for an amount that is not known", day=last)
    return say("it goes on through {day} ({amount})", day=last, amount=amount)


def _was_renewed(agreement: Agreement) -> bool:
    by_itself = agreement.term.renewal is Renewal.TACIT and bool(agreement.extension)
    return by_itself and agreement.stage is not Stage.ENDED


NOTICE = DeadlineRule(
    rule=Rule.NOTICE,
    watch=notice,
    short=say("notice"),
    noun=say("giving notice"),
    request=asking(say("decide: give notice, or let it renew")),
    on_its_date=say("last day to give notice"),
    recorded_by=("decide outcome=…", "start_decision", "terminate ends_on=…"),
    by_itself=_renews,
    mark=MarkKind.NOTICE,
    depends_on=("term.notice", *OF_THE_TERM),
    has_date=True,
    urgency=3,
    step_names=lambda alerts: iter([LAST_CALL.name, *chosen("evaluation_before")(alerts)]),
    release=2,
)
RENEWAL = DeadlineRule(
    rule=Rule.RENEWAL,
    watch=renewal,
    short=say("renewal"),
    noun=say("the tacit renewal"),
    by_itself=_renews,
    happened=say("the agreement was renewed tacitly"),
    mark=MarkKind.TERM,
    at_midnight=True,
    informs=True,
    stands=_was_renewed,
    step_names=lambda _alerts: iter([DATE_ITSELF.name]),
    release=2,
)
