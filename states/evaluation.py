"""Evaluation: the agreement and its execution are being evaluated."""

from states.action import Declaration, Transition
from states.anywhere import EVERYWHERE, MONEY
from states.conditions import TO_DECISION, TO_ENDED, TO_RENEWED, TO_SIGNING, no_evaluation_is_open
from states.evaluating import CONCLUDE, evaluation
from states.missing import missing_fact
from states.notice import notice, renewal
from states.phrase import say
from states.stage import Rule, Stage
from states.suspending import SUSPENSION
from states.termination import TERMINATE
from states.watches import continuation, expiry, payment

EVALUATION = Declaration(
    stage=Stage.EVALUATION,
    label=say("evaluation"),
    actions=(CONCLUDE, *SUSPENSION, TERMINATE, *MONEY, *EVERYWHERE),
    transitions=(
        TO_SIGNING,
        TO_RENEWED,
        TO_ENDED,
        TO_DECISION,
        Transition(to=Stage.ACTIVE, when=no_evaluation_is_open),
    ),
    watches=(
        (Rule.PAYMENT, payment),
        (Rule.EVALUATION, evaluation),
        (Rule.CONTINUATION, continuation),
        (Rule.EXPIRY, expiry),
        (Rule.NOTICE, notice),
        (Rule.RENEWAL, renewal),
        (Rule.MISSING_FACT, missing_fact),
    ),
)
