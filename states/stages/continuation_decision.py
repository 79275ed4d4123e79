"""The decision on the continuation, on the basis of the evaluation."""

from states.model.phrase import say
from states.model.stage import Stage
from states.rules.action import Declaration, Transition
from states.rules.continuation import DECIDE_CONTINUATION
from states.rules.deadline_rules import CONTINUATION, EXPIRY, PAYMENT
from states.rules.evaluations import CONCLUDE, EVALUATION_RULE
from states.rules.missing_facts import MISSING_FACT
from states.rules.notice import NOTICE, RENEWAL
from states.rules.obligations import OBLIGATION
from states.rules.shared_actions import EVERYWHERE, OWED
from states.rules.stage_conditions import TO_ENDED, TO_RENEWED, TO_SIGNING, decision_is_not_asked
from states.rules.suspension import SUSPENSION
from states.rules.termination import TERMINATE

CONTINUATION_DECISION = Declaration(
    stage=Stage.CONTINUATION_DECISION,
    label=say("decision on the continuation"),
    actions=(DECIDE_CONTINUATION, CONCLUDE, *SUSPENSION, TERMINATE, *OWED, *EVERYWHERE),
    transitions=(
        TO_SIGNING,
        TO_RENEWED,
        TO_ENDED,
        Transition(to=Stage.ACTIVE, when=decision_is_not_asked),
    ),
    watches=(
        PAYMENT,
        OBLIGATION,
        EVALUATION_RULE,
        CONTINUATION,
        EXPIRY,
        NOTICE,
        RENEWAL,
        MISSING_FACT,
    ),
)
