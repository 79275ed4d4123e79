"""Draft: the proposal is being written."""

from msgspec.structs import replace

from states.model.agreement import Agreement
from states.model.phrase import say
from states.model.stage import Stage
from states.rules.action import Action, Declaration, Request
from states.rules.shared_actions import EVERYWHERE, WITHDRAW


def _submit(agreement: Agreement, _request: Request) -> Agreement:
    return replace(agreement, stage=Stage.BESTUURLIJK_OVERLEG)


def _skip_overleg(agreement: Agreement, _request: Request) -> Agreement:
    return replace(agreement, stage=Stage.COLLEGE_DECISION)


DRAFT = Declaration(
    stage=Stage.DRAFT,
    label=say("draft"),
    actions=(
        Action(
            name="submit",
            label=say("put it before the bestuurlijk overleg"),
            done=say("put before the bestuurlijk overleg"),
            effect=_submit,
            leads_to=(Stage.BESTUURLIJK_OVERLEG,),
        ),
        Action(
            name="skip_overleg",
            label=say("go to the college without an overleg"),
            done=say("sent to the college without an overleg"),
            effect=_skip_overleg,
            needs_reason=True,
            leads_to=(Stage.COLLEGE_DECISION,),
        ),
        WITHDRAW,
        *EVERYWHERE,
    ),
)
