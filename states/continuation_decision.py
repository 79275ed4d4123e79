"""The decision on the continuation, on the basis of the evaluation."""

from states.action import Declaration, Transition
from states.anywhere import EVERYWHERE, MONEY
from states.conditions import TO_ENDED, TO_RENEWED, TO_SIGNING, decision_is_not_asked
from states.continuing import DECIDE_CONTINUATION
from states.missing import missing_fact
from states.notice import notice, renewal
from states.phrase import say
from states.stage import Rule, Stage
from states.suspending import SUSPENSION
from states.termination import TERMINATE
from states.watches import continuation, expiry, payment

CONTINUATION_DECISION = Declaration(
    stage=Stage.CONTINUATION_DECISION,
    label=say("decision on the continuation"),
    actions=(DECIDE_CONTINUATION, *SUSPENSION, TERMINATE, *MONEY, *EVERYWHERE),
    transitions=(
        TO_SIGNING,
        TO_RENEWED,
        TO_ENDED,
        Transition(to=Stage.ACTIVE, when=decision_is_not_asked),
    ),
    watches=(
        (Rule.PAYMENT, payment),
        (Rule.CONTINUATION, continuation),
        (Rule.EXPIRY, expiry),
        (Rule.NOTICE, notice),
        (Rule.RENEWAL, renewal),
        (Rule.MISSING_FACT, missing_fact),
    ),
)
