"""MDTO 1.0: what an archive has to know of a dossier (the Nationaal Archief's norm).

The template keeps the order of the norm's XML schema, version 1.0.1, and its words are those of the
norm's lists of terms. What only the archive can say, such as how long this has to be kept, is said
to be open ("Nader te bepalen").
"""

from collections.abc import Iterator
from typing import Any

from states.dates.term_dates import day_of
from states.model.agreement import Agreement
from states.model.events import REGISTER
from workflow.outputs.dossier.collect import Packed
from workflow.outputs.json.views import Views

LONGEST_NAME = 80  # characters, as the norm advises
CREATED, CHANGED = "Creatie", "Wijziging"
REPLACES, REPLACED_BY = "Vervangt", "Is vervangen door"


def informatieobject(packed: Packed, views: Views, municipality: str) -> dict[str, Any]:
    """Return what the template tells; its words are the norm's, in Dutch."""
    agreement = packed.details.dossier.agreement
    return {
        "ref": agreement.ref,
        "name": agreement.called[:LONGEST_NAME],
        "description": agreement.title,
        "purpose": agreement.purpose,
        "starts_on": day_of(packed.details.start),
        "last_day": day_of(packed.details.end),
        "events": [*_events(packed, views)],
        "others": [*_others(agreement)],
        "municipality": municipality,
        "parties": [party.name for party in agreement.party.values() if not party.own],
        "public": agreement.public,
    }


def _others(agreement: Agreement) -> Iterator[tuple[str, str]]:
    """Yield the agreements before and after this one, each with what it is to it."""
    if agreement.predecessor:
        yield agreement.predecessor, REPLACES
    if agreement.successor:
        yield agreement.successor, REPLACED_BY


def _events(packed: Packed, views: Views) -> Iterator[dict[str, str]]:
    """Yield when the dossier was made and what changed its facts or its stage, nobody named."""
    for line in packed.history:
        event = line.event
        if event.changes or event.stage is not event.stage_before:
            yield {
                "type": CREATED if event.action == REGISTER else CHANGED,
                "at": views.local(event.at).isoformat(),
                "result": f"{event.action}: {views.stage(event.stage, event.ending)}",
            }
