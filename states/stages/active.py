"""Active: the agreement is in force, and its evaluations, payments and end are watched."""

from dataclasses import replace

from states.dates.term_dates import end_of
from states.model.agreement import Agreement
from states.model.arithmetic import Dated
from states.model.phrase import Phrase, say
from states.model.stage import Rule, Stage
from states.rules.action import ON, Action, Declaration, Request
from states.rules.continuation import has_no_last_day
from states.rules.deadline_rules import continuation, expiry, payment
from states.rules.evaluations import START_EVALUATION, evaluation
from states.rules.missing_facts import missing_fact
from states.rules.notice import notice, renewal
from states.rules.shared_actions import EVERYWHERE, MONEY
from states.rules.stage_conditions import (
    TO_DECISION,
    TO_ENDED,
    TO_EVALUATION,
    TO_RENEWED,
    TO_SIGNING,
)
from states.rules.suspension import SUSPENSION
from states.rules.termination import TERMINATE


def _has_a_final_evaluation(agreement: Agreement, _request: Request) -> Phrase | None:
    if any(item.is_final for item in agreement.evaluation.values()):
        return say("The decision follows the final evaluation; conclude that first.")
    return None


def _start_decision(agreement: Agreement, _request: Request) -> Agreement:
    end = end_of(agreement)
    assert isinstance(end, Dated)
    return replace(agreement, stage=Stage.CONTINUATION_DECISION, decision_started_for=end.day)


ACTIVE = Declaration(
    stage=Stage.ACTIVE,
    label=say("active"),
    actions=(
        START_EVALUATION,
        Action(
            name="start_decision",
            effect=_start_decision,
            arguments=(ON,),
            objections=(_has_a_final_evaluation, has_no_last_day),
            leads_to=(Stage.CONTINUATION_DECISION,),
        ),
        *SUSPENSION,
        TERMINATE,
        *MONEY,
        *EVERYWHERE,
    ),
    transitions=(TO_SIGNING, TO_RENEWED, TO_ENDED, TO_DECISION, TO_EVALUATION),
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
