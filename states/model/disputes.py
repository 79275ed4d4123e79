"""Disputed facts: they are kept as written, and drive no date until someone confirms them."""

from collections.abc import Iterable, Mapping

from states.model.agreement import Agreement, SourceStatus
from states.model.fact_words import fact_words
from states.model.memo import remembered
from states.model.phrase import say
from states.model.stage import Unknown


def disputed(agreement: Agreement, *fields: str) -> Unknown | None:
    """Return why a date that depends on these facts is unknown; None when none is disputed."""
    unsure = disputed_fields(agreement)
    found = next((field for field in fields if field in unsure), None)
    return Unknown(say("{what} is disputed", what=fact_words(found, agreement))) if found else None


@remembered
def disputed_fields(agreement: Agreement) -> tuple[str, ...]:
    """Return the facts that somebody disputes, by their path."""
    sources = agreement.source.values()
    return tuple(item.field for item in sources if item.status is SourceStatus.DISPUTED)


def confirming(agreement: Agreement, entered: Iterable[str]) -> Mapping[str, str]:
    """Return the facts by which what is entered anew is disputed, or assumed, no more."""
    return {
        f"source.{number}.status": SourceStatus.STATED.value
        for number, item in agreement.source.items()
        if item.status is not SourceStatus.STATED and item.field in entered
    }
