"""Ended: nothing is asked any more, but for what fell due before the end."""

from datetime import datetime

from msgspec.structs import replace

from states.dates.policy import Policy
from states.dates.tacit_renewal import renewed
from states.model.agreement import Agreement
from states.model.phrase import Phrase, say
from states.model.stage import NEVER_BEGAN, RAN_OUT, Stage
from states.rules.action import Declaration, Request, Transition
from states.rules.continuation import DECIDE_CONTINUATION, cannot_be_decided
from states.rules.deadline_rules import PAYMENT
from states.rules.obligations import OBLIGATION
from states.rules.shared_actions import EVERYWHERE, OWED
from states.rules.stage_conditions import is_not_in_force, is_running, renewal_is_due


def _ended_for_good(agreement: Agreement, _request: Request) -> Phrase | None:
    if agreement.ending in RAN_OUT or agreement.termination:
        return None  # of what was terminated the decision itself says so, in every stage
    return cannot_be_decided(agreement.ending)


def _runs_again(agreement: Agreement, policy: Policy, moment: datetime) -> bool:
    """An end that was moved beyond today; what never began stays ended."""
    return agreement.ending not in NEVER_BEGAN and is_running(agreement, policy, moment)


def _is_unsigned_again(agreement: Agreement, policy: Policy, moment: datetime) -> bool:
    """A signature or start that was taken back; what was never in force did not end."""
    return agreement.ending not in NEVER_BEGAN and is_not_in_force(agreement, policy, moment)


def _renews_after_all(agreement: Agreement, policy: Policy, moment: datetime) -> bool:
    """A termination or decision that was taken back lets a tacit renewal take place."""
    return agreement.ending not in NEVER_BEGAN and renewal_is_due(agreement, policy, moment)


def _never_began(agreement: Agreement, _request: Request) -> Phrase | None:
    if agreement.ending in NEVER_BEGAN:
        return say("The agreement never began; nothing is owed under it.")
    return None


ENDED = Declaration(
    stage=Stage.ENDED,
    label=say("ended"),
    actions=(
        replace(
            DECIDE_CONTINUATION,
            objections=(_ended_for_good, *DECIDE_CONTINUATION.objections),
        ),
        *(replace(action, objections=(_never_began, *action.objections)) for action in OWED),
        *EVERYWHERE,
    ),
    transitions=(
        Transition(to=Stage.SIGNING, when=_is_unsigned_again),
        Transition(to=Stage.ACTIVE, when=_runs_again),
        Transition(to=Stage.ACTIVE, when=_renews_after_all, effect=renewed),
    ),
    watches=(PAYMENT, OBLIGATION),
)
