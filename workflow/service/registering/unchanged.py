"""Whether a file tells of a registered agreement what it told when that was registered."""

from states.agreement import Agreement, Renewal
from states.renewing import renewed
from workflow.engine.decider import FOUND_OUT, facts_of
from workflow.engine.private_values import SEALED_FACTS, is_sealed
from workflow.service.registering.sealed import Facts


def is_unchanged(agreement: Agreement, registered: Facts) -> bool:
    """Compare with the facts as they were registered, contacts opened; an erased one may differ."""
    entered = facts_of(_renewed_as(agreement, registered))
    erased = {path for path in SEALED_FACTS if is_sealed(registered.get(path))}
    paths = (registered.keys() | entered.keys()) - erased
    return all(registered.get(p) == entered.get(p) for p in paths if not p.startswith(FOUND_OUT))


def _renewed_as(agreement: Agreement, registered: Facts) -> Agreement:
    """Return the agreement as time had renewed it when it was registered."""
    while agreement.term.renewal is Renewal.TACIT and _next(agreement) in registered:
        agreement = renewed(agreement)
    return agreement


def _next(agreement: Agreement) -> str:
    return f"extension.{max(agreement.extension, default=0) + 1}.length"
