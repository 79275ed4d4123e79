"""Draft: the proposal is being written."""

from states.model.phrase import say
from states.model.stage import Stage
from states.rules.action import Action, Declaration, moving_to
from states.rules.shared_actions import EVERYWHERE, WITHDRAW

DRAFT = Declaration(
    stage=Stage.DRAFT,
    label=say("draft"),
    actions=(
        Action(
            name="submit",
            label=say("put it before the bestuurlijk overleg"),
            done=say("put before the bestuurlijk overleg"),
            effect=moving_to(Stage.BESTUURLIJK_OVERLEG),
            leads_to=(Stage.BESTUURLIJK_OVERLEG,),
        ),
        Action(
            name="skip_overleg",
            label=say("go to the college without an overleg"),
            done=say("sent to the college without an overleg"),
            effect=moving_to(Stage.COLLEGE_DECISION),
            needs_reason=True,
            leads_to=(Stage.COLLEGE_DECISION,),
        ),
        WITHDRAW,
        *EVERYWHERE,
    ),
)
