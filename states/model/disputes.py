"""Facts in doubt, until someone confirms them: a disputed one is kept and drives no date."""

from collections.abc import Collection, Mapping

from states.model.agreement import Agreement, Source, SourceStatus
from states.model.fact_words import fact_words
from states.model.memo import remembered
from states.model.phrase import say
from states.model.stage import Unknown

ENDED = {"status": SourceStatus.STATED.value}
GONE = dict.fromkeys(Source.__struct_fields__, "")


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


def confirming(agreement: Agreement, entered: Collection[str]) -> Mapping[str, str]:
    """Return the facts by which what is entered anew is in doubt no more; "" takes one away.

    A dispute has ended. What was assumed or inferred no source says any more, for its words are of
    what stood there before; unless others are entered along with it.
    """
    found: dict[str, str] = {}
    for number, item in agreement.source.items():
        if item.in_doubt and item.field in entered:
            source = f"source.{number}."
            is_named = any(path.startswith(source) for path in entered)
            doubt = ENDED if is_named or item.status is SourceStatus.DISPUTED else GONE
            found |= {source + name: text for name, text in doubt.items()}
    return found
