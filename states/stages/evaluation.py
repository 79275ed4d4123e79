"""Evaluation: the agreement and its execution are being evaluated."""

from states.model.phrase import say
from states.model.stage import Rule, Stage
from states.rules.action import Declaration, Transition
from states.rules.deadline_rules import continuation, expiry, payment
from states.rules.evaluations import CONCLUDE, evaluation
from states.rules.missing_facts import missing_fact
from states.rules.notice import notice, renewal
from states.rules.shared_actions import EVERYWHERE, MONEY
from states.rules.stage_conditions import (
    TO_DECISION,
    TO_ENDED,
    TO_RENEWED,
    TO_SIGNING,
    no_evaluation_is_open,
)
from states.rules.suspension import SUSPENSION
from states.rules.termination import TERMINATE

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
