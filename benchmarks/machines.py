"""The college's decision as the state machine libraries model it: one guard, one hook."""

from datetime import date
from typing import Any

from statemachine import State, StateMachine

STAGES = [
    "draft",
    "bestuurlijk_overleg",
    "college_decision",
    "signing",
    "active",
    "evaluation",
    "continuation_decision",
    "ended",
]
TRANSITION = {
    "trigger": "decide",
    "source": "college_decision",
    "dest": "signing",
    "conditions": "is_after_the_overleg",
    "before": "keep",
}


class Case:
    """A model: what guard and hook look at, and the stage in which the machine finds it."""

    decide: Any
    """The trigger, which transitions puts here."""

    def __init__(self) -> None:
        self.state = "college_decision"
        self.overleg_on = date(2017, 7, 5)
        self.decided_on: date | None = None

    def is_after_the_overleg(self, on: date) -> bool:
        """Be the guard."""
        return on >= self.overleg_on

    def keep(self, on: date) -> None:
        """Be the hook."""
        self.decided_on = on


class Procedure(StateMachine):
    """The same stages for python-statemachine, which wants each of them to be reached."""

    draft = State(initial=True)
    bestuurlijk_overleg = State()
    college_decision = State()
    signing = State()
    active = State()
    evaluation = State()
    continuation_decision = State()
    ended = State(final=True)

    submit = draft.to(bestuurlijk_overleg)
    agree = bestuurlijk_overleg.to(college_decision)
    decide = college_decision.to(signing, cond="is_after_the_overleg", on="keep")
    sign = signing.to(active)
    start_evaluation = active.to(evaluation)
    conclude = evaluation.to(continuation_decision)
    end = continuation_decision.to(ended)
