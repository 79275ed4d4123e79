"""The deadlines of a tacit renewal: giving notice in time, and the renewal itself."""

from collections.abc import Iterator
from dataclasses import replace

from states.action import Look
from states.agreement import Agreement, Renewal
from states.anchors import end_of
from states.period import Period
from states.policy import Policy
from states.renewing import notice_date, renews
from states.stage import DATE_ITSELF, Closed, Deadline, Rule, Stage, Step
from states.watches import day_after, steps

LAST_CALL = replace(DATE_ITSELF, escalates=True)
RENEWS = (Step(sign=0, period=Period(), at_midnight=True, moves_to=Stage.ACTIVE, renews=True),)


def notice(agreement: Agreement, policy: Policy, _look: Look) -> Iterator[Deadline]:
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


def renewal(agreement: Agreement, _policy: Policy, _look: Look) -> Iterator[Deadline]:
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
