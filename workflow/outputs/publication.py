"""What the public may know: which agreements, and what of them; no person and no reason."""

from collections.abc import Collection, Iterator
from dataclasses import replace

from states.model.agreement import Agreement, ContinuationDecision, Party, Source
from workflow.store import agreements
from workflow.store.agreements import Stored
from workflow.store.database import Transaction


def published(connection: Transaction, refs: Collection[str]) -> Iterator[Stored]:
    """Yield these agreements, which the public may know of, without persons."""
    for stored in agreements.every(connection):
        if stored.ref in refs:
            agreement = without_persons(stored.dossier.agreement, refs)
            yield replace(stored, dossier=replace(stored.dossier, agreement=agreement))


def published_refs(connection: Transaction) -> frozenset[str]:
    """Return the references of the agreements that the public may know of."""
    every = agreements.every(connection)
    return frozenset(s.ref for s in every if s.dossier.agreement.may_be_published)


def without_persons(agreement: Agreement, published: Collection[str]) -> Agreement:
    """Return a public agreement without persons, and without what names one that is not public.

    `published` are the references of those that the public may know of.
    """
    return replace(
        agreement,
        case_owner=None,
        overleg=agreement.overleg and replace(agreement.overleg, attended=None),
        party={key: _of_nobody(party) for key, party in agreement.party.items()},
        source={number: _unquoted(source) for number, source in agreement.source.items()},
        continuation={
            day: _within(decision, published) for day, decision in agreement.continuation.items()
        },
        predecessor=agreement.predecessor if agreement.predecessor in published else None,
        successor=agreement.successor if agreement.successor in published else None,
    )


def _of_nobody(party: Party) -> Party:
    return replace(party, signatory=None, capacity=None, power_of_attorney=None)


def _unquoted(source: Source) -> Source:
    return replace(source, quote=None)


def _within(decision: ContinuationDecision, published: Collection[str]) -> ContinuationDecision:
    return decision if decision.successor in published else replace(decision, successor=None)
