"""The engine: pure; an agreement, a policy and an instant go in, a Change comes out.

Every transaction ends with the agreement in the stage that its facts demand and with nothing due
unrecorded, so that a step which is due at a tick can only be due because time has passed.
"""

from datetime import datetime

from msgspec.structs import replace

from states.dates.policy import Policy
from states.dates.tacit_renewal import renewed_to_its_end
from states.dates.term_decisions import carried, still_begun
from states.model.agreement import Agreement
from states.model.events import REGISTER, Change, Dossier
from states.rules.action import Action, Request
from states.rules.amendment import checked
from states.rules.checks import problems
from states.rules.successor import successor_of
from workflow.engine.alerts import alert_of_action
from workflow.engine.decider import Decider


def register(
    agreement: Agreement, policy: Policy, now: datetime, *, actor: str, history: bool = False
) -> Change:
    """Return the change that brings an agreement into the register.

    With `history` what fell due before now is recorded as superseded and mails nothing.
    """
    agreement = renewed_to_its_end(agreement)
    decider = Decider(Dossier(agreement=agreement), policy, now)
    decider.enter(agreement, action=REGISTER, actor=actor, history=history)
    decider.catch_up()
    return decider.change()


def perform(  # noqa: PLR0913 - who, what, why and when are all facts of the event
    dossier: Dossier,
    action: Action,
    request: Request,
    policy: Policy,
    now: datetime,
    *,
    actor: str,
    reason: str | None = None,
) -> Change:
    """Return the change that an operator's action makes.

    Moves that time had brought but nobody had taken come first; then the action; then what is due
    in the state that results.
    """
    decider = Decider(dossier, policy, now)
    decider.fire_moves()
    standing = carried(decider.agreement, decider.agreement)
    after = renewed_to_its_end(still_begun(standing, action.effect(standing, request)))
    _check_declared(decider.agreement, after, action)
    _check_possible(decider.agreement, after)
    undone = request.undoes
    decider.enter(
        after,
        undone=undone,
        since=request.since,
        action=action.name,
        actor=actor,
        on=request.on if action.is_dated else None,
        reason=reason,
        undoes=undone.seq if undone else None,
    )
    if action.mailed:
        decider.alerts.append(alert_of_action(decider.events[-1], decider.agreement))
    decider.catch_up()
    return decider.change(successor=_new_successor(dossier.agreement, after, action))


def _check_declared(before: Agreement, after: Agreement, action: Action) -> None:
    moved = after.stage is not before.stage and not action.takes_back
    if moved and after.stage not in action.leads_to:
        raise AssertionError(f"{action.name} may not lead to {after.stage}")


def _check_possible(before: Agreement, after: Agreement) -> None:
    """Refuse what would make the facts impossible: no amendment could be entered any more."""
    if not problems(before):
        checked(after)


def _new_successor(before: Agreement, after: Agreement, action: Action) -> Agreement | None:
    if not action.makes_successor or after.successor == before.successor:
        return None
    return successor_of(after)


def fire_due(dossier: Dossier, policy: Policy, now: datetime) -> Change:
    """Return the change that the passing of time makes; without events when nothing was due."""
    decider = Decider(dossier, policy, now)
    decider.catch_up()
    return decider.change()


def adopt(dossier: Dossier, old: Policy, new: Policy, now: datetime) -> Change:
    """Return the change that adopting another policy makes.

    What was due under the old one fires first; what the new one puts in the past, and nobody was
    waiting for, is superseded and never mailed. What was closed under earlier settings and is
    open now is asked again.
    """
    late = fire_due(dossier, old, now)
    decider = Decider(late.dossier, new, now)
    before = Decider(late.dossier, old, now)
    decider.waited_for = before.awaited()
    decider.open_again = decider.told() - before.told()
    decider.ask_again()
    decider.catch_up()
    change = decider.change()
    return replace(
        change, events=(*late.events, *change.events), alerts=(*late.alerts, *change.alerts)
    )


def as_of(dossier: Dossier, policy: Policy, now: datetime) -> Agreement:
    """Return the agreement as it stands once the moves that time has brought are taken."""
    decider = Decider(dossier, policy, now)
    decider.fire_moves()
    return decider.agreement


def as_demanded(dossier: Dossier, policy: Policy, now: datetime) -> Change:
    """Return when to look next and what is planned, as the facts demand; nothing happens."""
    return Decider(dossier, policy, now).change()
