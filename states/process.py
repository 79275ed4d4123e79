"""The procedure as a whole: the stages in order, and the stage that facts demand."""

from collections.abc import Callable
from datetime import datetime

from msgspec.structs import replace

from states.dates.policy import Policy
from states.model.agreement import Agreement
from states.model.stage import NEVER_BEGAN, Rule, Stage
from states.rules.action import Action, Declaration, Transition
from states.rules.continuation import ending_of
from states.rules.rule import DeadlineRule
from states.stages.active import ACTIVE
from states.stages.bestuurlijk_overleg import BESTUURLIJK_OVERLEG
from states.stages.college_decision import COLLEGE_DECISION
from states.stages.continuation_decision import CONTINUATION_DECISION
from states.stages.draft import DRAFT
from states.stages.ended import ENDED
from states.stages.evaluation import EVALUATION
from states.stages.signing import SIGNING

PROCESS: dict[Stage, Declaration] = {
    declaration.stage: declaration
    for declaration in (
        DRAFT,
        BESTUURLIJK_OVERLEG,
        COLLEGE_DECISION,
        SIGNING,
        ACTIVE,
        EVALUATION,
        CONTINUATION_DECISION,
        ENDED,
    )
}
RULES: dict[Rule, DeadlineRule] = {
    watched.rule: watched for declaration in PROCESS.values() for watched in declaration.watches
}
WATCHED_IN: dict[Rule, frozenset[Stage]] = {
    rule: frozenset(d.stage for d in PROCESS.values() if watched in d.watches)
    for rule, watched in RULES.items()
}
ACTIONS: dict[str, Action] = {
    action.name: action for declaration in PROCESS.values() for action in declaration.actions
}
MAILED = {a.name: a.mailed for d in PROCESS.values() for a in d.actions if a.mailed}


class BrokenProcess(Exception):
    """The declarations of the stages contradict each other; raised when the process is imported."""


Brought = Callable[[Agreement, Rule | None, Stage], bool]


def by_no_step(_settled: Agreement, _rule: Rule | None, _to: Stage) -> bool:
    """Leave no move to a step: time and facts alone put the agreement where it stands."""
    return False


def settle(
    agreement: Agreement, policy: Policy, moment: datetime, is_brought: Brought = by_no_step
) -> Agreement:
    """Return the agreement in the stage that its facts demand at an instant.

    Moves along declared transitions only, and stops where `is_brought` tells that a step which has
    yet to fire will bring the move about; raises BrokenProcess if the moves run in a circle.
    """
    moves = 0
    while transition := _demanded(agreement, policy, moment):
        if is_brought(agreement, transition.brought_by, transition.to):
            break
        moves = 0 if transition.effect else moves + 1  # what has an effect moves the end ahead
        if moves > len(PROCESS):
            raise BrokenProcess(agreement.stage)
        agreement = _moved(agreement, transition)
    return _with_its_ending(agreement)


def _moved(agreement: Agreement, transition: Transition) -> Agreement:
    changed = transition.effect(agreement) if transition.effect else agreement
    return replace(changed, stage=transition.to, ending=None)


def _with_its_ending(agreement: Agreement) -> Agreement:
    if agreement.stage is not Stage.ENDED or agreement.ending in NEVER_BEGAN:
        return agreement
    ending = ending_of(agreement)
    return agreement if ending is agreement.ending else replace(agreement, ending=ending)


def _demanded(agreement: Agreement, policy: Policy, moment: datetime) -> Transition | None:
    transitions = PROCESS[agreement.stage].transitions
    return next((t for t in transitions if t.when(agreement, policy, moment)), None)


def check(process: dict[Stage, Declaration]) -> None:
    """Raise BrokenProcess unless every stage and every rule is declared once and reachable."""
    if list(process) != list(Stage):
        raise BrokenProcess("a stage has no declaration, or the order differs")
    if {watched.rule for d in process.values() for watched in d.watches} != set(Rule):
        raise BrokenProcess("a rule is watched nowhere")
    reached = {Stage.DRAFT} | {to for d in process.values() for to in exits(d)}
    if reached != set(Stage):
        raise BrokenProcess("a stage cannot be reached")
    for declaration in process.values():
        names = [action.name for action in declaration.actions]
        if len(names) != len(set(names)):
            raise BrokenProcess(f"an action is declared twice in {declaration.stage}")


def exits(declaration: Declaration) -> list[Stage]:
    """Return every stage that can follow, by an action or by facts and time."""
    by_action = [to for action in declaration.actions for to in action.leads_to]
    by_fact = [transition.to for transition in declaration.transitions]
    return list(dict.fromkeys([*by_action, *by_fact]))


check(PROCESS)
