"""Evaluation: the agreement and its execution are being evaluated."""

from states.action import Declaration, Transition
from states.anywhere import EVERYWHERE, MONEY
from states.conditions import TO_DECISION, TO_ENDED, TO_SIGNING, no_evaluation_is_open
from states.evaluating import CONCLUDE, evaluation
from states.phrase import say
from states.stage import Rule, Stage
from states.termination import TERMINATE
from states.watches import continuation, expiry, payment

EVALUATION = Declaration(
    stage=Stage.EVALUATION,
    label=say("evaluation"),
    actions=(CONCLUDE, TERMINATE, *MONEY, *EVERYWHERE),
    transitions=(
        TO_SIGNING,
        TO_ENDED,
        TO_DECISION,
        Transition(to=Stage.ACTIVE, when=no_evaluation_is_open),
    ),
    watches=(
        (Rule.PAYMENT, payment),
        (Rule.EVALUATION, evaluation),
        (Rule.CONTINUATION, continuation),
        (Rule.EXPIRY, expiry),
    ),
)
