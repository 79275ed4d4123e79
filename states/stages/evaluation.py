"""Evaluation: the agreement and its execution are being evaluated."""

from states.model.phrase import say
from states.model.stage import Stage
from states.rules.action import Declaration, Transition
from states.rules.evaluations import CONCLUDE
from states.rules.in_force import MOVES_IN_FORCE, WATCHED_IN_FORCE
from states.rules.shared_actions import EVERYWHERE, OWED
from states.rules.stage_conditions import TO_DECISION, no_evaluation_is_open
from states.rules.suspension import SUSPENSION
from states.rules.termination import TERMINATE

EVALUATION = Declaration(
    stage=Stage.EVALUATION,
    label=say("evaluation"),
    actions=(CONCLUDE, *SUSPENSION, TERMINATE, *OWED, *EVERYWHERE),
    transitions=(
        *MOVES_IN_FORCE,
        TO_DECISION,
        Transition(to=Stage.ACTIVE, when=no_evaluation_is_open),
    ),
    watches=WATCHED_IN_FORCE,
)
