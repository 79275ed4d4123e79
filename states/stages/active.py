"""Active: the agreement is in force, and its evaluations, payments and end are watched."""

from msgspec.structs import replace

from states.dates.tacit_renewal import finals_of_term
from states.model.agreement import Agreement
from states.model.phrase import Phrase, say
from states.model.stage import Stage
from states.rules.action import ON, Action, Declaration, Request
from states.rules.continuation import has_no_last_day, last_day_of, was_terminated
from states.rules.evaluations import START_EVALUATION
from states.rules.in_force import MOVES_IN_FORCE, WATCHED_IN_FORCE
from states.rules.shared_actions import EVERYWHERE, OWED
from states.rules.stage_conditions import TO_DECISION, TO_EVALUATION
from states.rules.suspension import SUSPENSION
from states.rules.termination import TERMINATE


def _has_a_final_evaluation(agreement: Agreement, _request: Request) -> Phrase | None:
    if finals_of_term(agreement):
        return say(
            "The decision follows the final evaluation: first {begin}, then {conclude}.",
            begin=say("start_evaluation"),
            conclude=say("conclude"),
        )
    return None


def _start_decision(agreement: Agreement, _request: Request) -> Agreement:
    last_day = last_day_of(agreement)
    return replace(agreement, stage=Stage.CONTINUATION_DECISION, decision_started_for=last_day)


ACTIVE = Declaration(
    stage=Stage.ACTIVE,
    label=say("active"),
    actions=(
        START_EVALUATION,
        Action(
            name="start_decision",
            label=say("begin with the decision on what comes after"),
            done=say("the decision on the continuation began"),
            effect=_start_decision,
            arguments=(ON,),
            objections=(was_terminated, _has_a_final_evaluation, has_no_last_day),
            leads_to=(Stage.CONTINUATION_DECISION,),
        ),
        *SUSPENSION,
        TERMINATE,
        *OWED,
        *EVERYWHERE,
    ),
    transitions=(*MOVES_IN_FORCE, TO_DECISION, TO_EVALUATION),
    watches=WATCHED_IN_FORCE,
)
