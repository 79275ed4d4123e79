"""Personal values and their tokens: kept apart on the way in, opened to compare with a file."""

from collections.abc import Mapping

from msgspec.structs import replace

from states.model.agreement import Agreement, CaseOwner
from workflow.engine.offices import Office
from workflow.engine.private_values import Envelope, is_token
from workflow.store import ledger
from workflow.store.database import Transaction

Facts = Mapping[str, str]


def opened(connection: Transaction, facts: Facts) -> Facts:
    """Return the facts with the values behind tokens; an erased one stays a token."""
    return opened_each(connection, {"": facts})[""]


def opened_each(connection: Transaction, of_ref: Mapping[str, Facts]) -> Mapping[str, Facts]:
    """Return the facts of many with the values behind tokens; an erased one stays a token."""
    tokens = [text for facts in of_ref.values() for text in facts.values() if is_token(text)]
    values = ledger.opened(connection, tokens)
    return {
        ref: {path: values.get(text, text) for path, text in facts.items()}
        for ref, facts in of_ref.items()
    }


def without_contacts(agreement: Agreement, envelope: Envelope) -> Agreement:
    """Return the agreement with tokens for its case owner."""
    owner = agreement.case_owner
    if owner is None:
        return agreement
    return replace(agreement, case_owner=CaseOwner(**envelope.contact(owner.name, owner.email)))


def without_holders(office: Office, envelope: Envelope) -> Office:
    """Return the office with tokens for its holders."""
    tokens = {
        number: replace(holder, **envelope.contact(holder.name, holder.email))
        for number, holder in office.holder.items()
    }
    return replace(office, holder=tokens)
