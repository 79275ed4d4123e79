"""When facts and time demand another stage; the transitions of several stages share these."""

from datetime import datetime

from states.dates.policy import Policy
from states.dates.tacit_renewal import finals_of_term, renewed, renews
from states.dates.term_dates import day_of, due_of, end_of, in_force_on, is_held, over_on
from states.model.agreement import Agreement, Evaluation
from states.model.arithmetic import Dated
from states.model.stage import DATE_ITSELF, Rule, Stage
from states.rules.action import Transition
from states.rules.deadline_rules import steps


def is_in_force(agreement: Agreement, policy: Policy, moment: datetime) -> bool:
    """All have signed and the start has come."""
    return in_force_on(agreement, policy.day_of(moment))


def is_not_in_force(agreement: Agreement, policy: Policy, moment: datetime) -> bool:
    """A signature or the start is missing, or the start lies ahead."""
    return not is_in_force(agreement, policy, moment)


def is_over(agreement: Agreement, policy: Policy, moment: datetime) -> bool:
    """The last day lies in the past."""
    return is_in_force(agreement, policy, moment) and over_on(agreement, policy.day_of(moment))


def renewal_is_due(agreement: Agreement, policy: Policy, moment: datetime) -> bool:
    """The last day lies in the past, and the agreement renews tacitly."""
    return renews(agreement) and is_over(agreement, policy, moment)


def is_running(agreement: Agreement, policy: Policy, moment: datetime) -> bool:
    """The last day is today or later, or there is none."""
    return not over_on(agreement, policy.day_of(moment))


def evaluation_is_open(agreement: Agreement, policy: Policy, moment: datetime) -> bool:
    """An evaluation asks to be held, and the decision on the continuation does not yet."""
    return not decision_is_asked(agreement, policy, moment) and any(
        is_open(agreement, evaluation, policy, moment)
        for evaluation in agreement.evaluation.values()
    )


def is_open(agreement: Agreement, evaluation: Evaluation, policy: Policy, moment: datetime) -> bool:
    """Tell whether this evaluation asks to be held: it was started, or its date was called."""
    due = due_of(agreement, evaluation)
    if not isinstance(due, Dated) or due.day in evaluation.held:
        return False
    return evaluation.started_for == due.day or policy.alert_of(due.day, DATE_ITSELF) <= moment


def no_evaluation_is_open(agreement: Agreement, policy: Policy, moment: datetime) -> bool:
    """No evaluation asks to be held."""
    return not evaluation_is_open(agreement, policy, moment)


def decision_is_asked(agreement: Agreement, policy: Policy, moment: datetime) -> bool:
    """The term's final evaluation was held; or it has none, and the decision was started or called.

    So it is after an extension of what was evaluated on a day of its own.
    """
    finals = finals_of_term(agreement)
    if finals:
        return all(is_held(agreement, item) for item in finals)
    started, end = agreement.decision_started_for, day_of(end_of(agreement))
    return (started is not None and started == end) or _was_called(agreement, policy, moment)


def decision_is_not_asked(agreement: Agreement, policy: Policy, moment: datetime) -> bool:
    """The continuation need not be decided yet."""
    return not decision_is_asked(agreement, policy, moment)


def _was_called(agreement: Agreement, policy: Policy, moment: datetime) -> bool:
    end = end_of(agreement)
    leads = steps(policy.alerts.continuation_before, ())
    if not isinstance(end, Dated) or not leads or agreement.termination or renews(agreement):
        return False
    return policy.alert_of(end.day, leads[0]) <= moment


TO_SIGNING = Transition(to=Stage.SIGNING, when=is_not_in_force)
TO_ACTIVE = Transition(to=Stage.ACTIVE, when=is_in_force, brought_by=Rule.ACTIVATION)
TO_RENEWED = Transition(
    to=Stage.ACTIVE, when=renewal_is_due, brought_by=Rule.RENEWAL, effect=renewed
)
TO_ENDED = Transition(to=Stage.ENDED, when=is_over, brought_by=Rule.EXPIRY)
TO_EVALUATION = Transition(to=Stage.EVALUATION, when=evaluation_is_open, brought_by=Rule.EVALUATION)
TO_DECISION = Transition(
    to=Stage.CONTINUATION_DECISION, when=decision_is_asked, brought_by=Rule.CONTINUATION
)
