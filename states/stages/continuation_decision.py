"""The decision on the continuation, on the basis of the evaluation."""

from states.model.phrase import say
from states.model.stage import Stage
from states.rules.action import Declaration, Transition
from states.rules.continuation import DECIDE_CONTINUATION
from states.rules.evaluations import CONCLUDE
from states.rules.in_force import MOVES_IN_FORCE, WATCHED_IN_FORCE
from states.rules.shared_actions import EVERYWHERE, OWED
from states.rules.stage_conditions import decision_is_not_asked
from states.rules.suspension import SUSPENSION
from states.rules.termination import TERMINATE

CONTINUATION_DECISION = Declaration(
    stage=Stage.CONTINUATION_DECISION,
    label=say("decision on the continuation"),
    actions=(DECIDE_CONTINUATION, CONCLUDE, *SUSPENSION, TERMINATE, *OWED, *EVERYWHERE),
    transitions=(
        *MOVES_IN_FORCE,
        Transition(to=Stage.ACTIVE, when=decision_is_not_asked),
    ),
    watches=WATCHED_IN_FORCE,
)
