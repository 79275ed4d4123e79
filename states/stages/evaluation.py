"""Evaluation: the agreement and its execution are being evaluated."""

from states.model.phrase import say
from states.model.stage import Stage
from states.rules.action import Declaration, Transition
from states.rules.deadline_rules import CONTINUATION, EXPIRY, PAYMENT
from states.rules.evaluations import CONCLUDE, EVALUATION_RULE
from states.rules.missing_facts import MISSING_FACT
from states.rules.notice import NOTICE, RENEWAL
from states.rules.obligations import OBLIGATION
from states.rules.shared_actions import EVERYWHERE, OWED
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
    actions=(CONCLUDE, *SUSPENSION, TERMINATE, *OWED, *EVERYWHERE),
    transitions=(
        TO_SIGNING,
        TO_RENEWED,
        TO_ENDED,
        TO_DECISION,
        Transition(to=Stage.ACTIVE, when=no_evaluation_is_open),
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
