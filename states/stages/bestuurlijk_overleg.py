"""Bestuurlijk overleg: the executives of the parties discuss the text."""

from msgspec.structs import replace

from states.model.agreement import Agreement, Overleg
from states.model.fact_types import Line
from states.model.phrase import say
from states.model.stage import Stage
from states.rules.action import ON, Action, Argument, Declaration, Request, moving_to
from states.rules.shared_actions import EVERYWHERE, WITHDRAW


def _agree(agreement: Agreement, request: Request) -> Agreement:
    overleg = Overleg(agreed_on=request.on, attended=request.get("attended"))
    return replace(agreement, stage=Stage.COLLEGE_DECISION, overleg=overleg)


BESTUURLIJK_OVERLEG = Declaration(
    stage=Stage.BESTUURLIJK_OVERLEG,
    label=say("bestuurlijk overleg"),
    actions=(
        Action(
            name="agree",
            label=say("the overleg agrees"),
            done=say("agreed in the bestuurlijk overleg"),
            effect=_agree,
            arguments=(ON, Argument(name="attended", kind=Line)),
            leads_to=(Stage.COLLEGE_DECISION,),
        ),
        Action(
            name="revise",
            label=say("the overleg sends it back to be revised"),
            done=say("sent back by the overleg to be revised"),
            effect=moving_to(Stage.DRAFT),
            leads_to=(Stage.DRAFT,),
        ),
        WITHDRAW,
        *EVERYWHERE,
    ),
)
