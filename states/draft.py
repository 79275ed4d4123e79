"""Draft: the proposal is being written."""

from dataclasses import replace

from states.action import Action, Declaration, Wish
from states.agreement import Agreement
from states.anywhere import EVERYWHERE, WITHDRAW
from states.phrase import say
from states.stage import Stage


def _submit(agreement: Agreement, _wish: Wish) -> Agreement:
    return replace(agreement, stage=Stage.BESTUURLIJK_OVERLEG)


def _skip_overleg(agreement: Agreement, _wish: Wish) -> Agreement:
    return replace(agreement, stage=Stage.COLLEGE_DECISION)


DRAFT = Declaration(
    stage=Stage.DRAFT,
    label=say("draft"),
    actions=(
        Action(name="submit", effect=_submit, leads_to=(Stage.BESTUURLIJK_OVERLEG,)),
        Action(
            name="skip_overleg",
            effect=_skip_overleg,
            needs_reason=True,
            leads_to=(Stage.COLLEGE_DECISION,),
        ),
        WITHDRAW,
        *EVERYWHERE,
    ),
)
