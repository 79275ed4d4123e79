"""The deadlines of a tacit renewal: giving notice in time, and the renewal itself."""

from collections.abc import Iterator
from dataclasses import replace

from states.dates.policy import Policy
from states.dates.tacit_renewal import notice_date, renews
from states.dates.term_dates import end_of
from states.model.agreement import Agreement, Renewal
from states.model.period import Period
from states.model.phrase import say
from states.model.stage import DATE_ITSELF, Closed, Deadline, MarkKind, Rule, Stage, Step
from states.rules.action import AsOf, DeadlineRule, chosen
from states.rules.deadline_rules import day_after, steps

LAST_CALL = replace(DATE_ITSELF, escalates=True)
RENEWS = (Step(sign=0, period=Period(), at_midnight=True, moves_to=Stage.ACTIVE, renews=True),)


def notice(agreement: Agreement, policy: Policy, _as_of: AsOf) -> Iterator[Deadline]:
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


def renewal(agreement: Agreement, _policy: Policy, _as_of: AsOf) -> Iterator[Deadline]:
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
    if agreement.stage is Stage.ENDED:
        return Closed.ENDED
    return None if renews(agreement) else Closed.DECIDED


NOTICE = DeadlineRule(
    rule=Rule.NOTICE,
    watch=notice,
    short=say("notice"),
    noun=say("giving notice"),
    subject=lambda _about: say("giving notice"),
    mark=MarkKind.NOTICE,
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
    subject=lambda _about: say("the tacit renewal"),
    happened=say("the agreement was renewed tacitly"),
    mark=MarkKind.TERM,
    at_midnight=True,
    informs=True,
    step_names=lambda _alerts: iter([DATE_ITSELF.name]),
    release=2,
)
