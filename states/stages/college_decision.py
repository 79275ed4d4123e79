"""The college's decision: as a whole and per decision point."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from msgspec.structs import replace

from states.dates.policy import Policy
from states.model.agreement import Agreement, Decision
from states.model.arithmetic import given
from states.model.fact_types import Line
from states.model.phrase import Phrase, say
from states.model.stage import DATE_ITSELF, Closed, Deadline, Ending, MarkKind, Rule, Ruling, Stage
from states.rules.action import ON, OUTCOME, Action, Argument, Declaration, Mailed, Request, always
from states.rules.amendment import amended
from states.rules.deadline_rules import ended
from states.rules.rule import DeadlineRule, asking
from states.rules.shared_actions import EVERYWHERE, WITHDRAW

# What each ruling leads to.
LEADS_TO = {
    Ruling.AS_PROPOSED: Stage.SIGNING,
    Ruling.TEXT_CHANGES: Stage.SIGNING,
    Ruling.AMENDED: Stage.SIGNING,
    Ruling.MANDATE: Stage.SIGNING,
    Ruling.HELD_OVER: Stage.COLLEGE_DECISION,
    Ruling.RETURNED: Stage.DRAFT,
    Ruling.REJECTED: Stage.ENDED,
    Ruling.WITHDRAWN: Stage.ENDED,
}
ENDINGS = {Ruling.REJECTED: Ending.REJECTED, Ruling.WITHDRAWN: Ending.WITHDRAWN}

# Which rulings on a point go together with a ruling on the whole, besides the very same.
GO_TOGETHER = {
    Ruling.TEXT_CHANGES: {Ruling.AS_PROPOSED},
    Ruling.AMENDED: {
        Ruling.AS_PROPOSED,
        Ruling.TEXT_CHANGES,
        Ruling.HELD_OVER,
        Ruling.REJECTED,
        Ruling.WITHDRAWN,
    },
    Ruling.MANDATE: {Ruling.AS_PROPOSED, Ruling.TEXT_CHANGES},
}
HELD_OVER_UNTIL = say("The college held the proposal over until {day}.")


def _before_the_overleg(agreement: Agreement, request: Request) -> Phrase | None:
    overleg = agreement.overleg
    if overleg is None or request.get("outcome") is None or request.on >= overleg.agreed_on:
        return None
    return say(
        "The decision is dated {day}, before the bestuurlijk overleg of {overleg}.",
        day=request.on,
        overleg=overleg.agreed_on,
    )


def _before_the_last_decision(agreement: Agreement, request: Request) -> Phrase | None:
    earlier = agreement.decided_on
    if earlier is None or request.get("outcome") is None or request.on >= earlier:
        return None
    return say(
        "The decision is dated {day}, before the earlier one of {earlier}.",
        day=request.on,
        earlier=earlier,
    )


def _contradiction(_agreement: Agreement, request: Request) -> Phrase | None:
    whole = request.get("outcome")
    if whole is None:
        return None
    for number, ruling in request.points.items():
        if ruling is not whole and ruling not in GO_TOGETHER.get(whole, ()):
            return say(
                "Point {number} is {ruling}, which contradicts {whole} for the whole.",
                number=number,
                ruling=say(ruling.value),
                whole=say(whole.value),
            )
    return None


def _held_over_to_the_past(_agreement: Agreement, request: Request) -> Phrase | None:
    until = request.get("until")
    if until is None or until > request.on:
        return None
    return say("The new date {until} lies on or before the decision itself.", until=until)


def _decide(agreement: Agreement, request: Request) -> Agreement:
    ruling: Ruling = request.get("outcome")
    changed = amended(agreement, request.facts) if request.facts else agreement
    number = max(agreement.decision, default=0) + 1
    return replace(
        changed,
        decision={**agreement.decision, number: _decision(agreement, request, ruling)},
        stage=LEADS_TO[ruling],
        ending=ENDINGS.get(ruling),
    )


def _decision(agreement: Agreement, request: Request, ruling: Ruling) -> Decision:
    points = dict.fromkeys(agreement.decision_point, ruling) | dict(request.points)
    return Decision(
        on=request.on,
        outcome=ruling,
        label=request.get("label"),
        reference=request.get("reference"),
        basis=request.get("basis"),
        until=request.get("until"),
        point=points,
    )


def _amends(_agreement: Agreement, values: Mapping[str, Any]) -> bool:
    return values.get(OUTCOME) is Ruling.AMENDED


def held_over(agreement: Agreement, _policy: Policy, _today: date) -> Iterator[Deadline]:
    """Remind on the date to which the college held the proposal over."""
    latest = max(agreement.decision, default=0)
    held = {d.until: n for n, d in agreement.decision.items() if d.outcome is Ruling.HELD_OVER}
    for until, number in held.items():
        if until:
            waits = number == latest and agreement.stage in {Stage.COLLEGE_DECISION, Stage.ENDED}
            yield Deadline(
                rule=Rule.HELD_OVER,
                about="college",
                nominal=given(until, HELD_OVER_UNTIL),
                steps=(DATE_ITSELF,),
                closed=ended(agreement) if waits else Closed.DECIDED,
            )


HELD_OVER_RULE = DeadlineRule(
    rule=Rule.HELD_OVER,
    watch=held_over,
    short=say("decision"),
    noun=say("the decision that was held over"),
    overdue=say("decisions that were held over"),
    request=asking(say("put the proposal before the college again")),
    recorded_by=("decide outcome=…",),
    mark=MarkKind.DECISION,
    has_date=True,
    urgency=7,
    depends_on=("decision.*.until",),
)
DECIDE = Action(
    name="decide",
    label=say("record a decision of the college"),
    done=say("a decision was recorded"),
    mailed=Mailed(
        what=say("the college decided"),
        stands=lambda agreement: bool(agreement.decision),
        dated=lambda agreement: agreement.decided_on,
    ),
    effect=_decide,
    arguments=(
        Argument(name=OUTCOME, kind=Ruling, needed=always),
        ON,
        Argument(name="label", kind=Line),
        Argument(name="reference", kind=Line),
        Argument(
            name="until",
            kind=date,
            needed=always,
            may_be_future=True,
            goes_with=Ruling.HELD_OVER,
        ),
        Argument(name="basis", kind=Line, needed=always, goes_with=Ruling.MANDATE),
    ),
    objections=(
        _before_the_overleg,
        _before_the_last_decision,
        _contradiction,
        _held_over_to_the_past,
    ),
    takes_points=True,
    takes_facts=_amends,
    leads_to=(Stage.SIGNING, Stage.COLLEGE_DECISION, Stage.DRAFT, Stage.ENDED),
)

COLLEGE_DECISION = Declaration(
    stage=Stage.COLLEGE_DECISION,
    label=say("decision of the college"),
    actions=(DECIDE, WITHDRAW, *EVERYWHERE),
    watches=(HELD_OVER_RULE,),
)
