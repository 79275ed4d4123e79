"""MDTO 1.0: what an archive has to know of a dossier (the Nationaal Archief's norm).

The template keeps the order of the norm's XML schema.
"""

from collections.abc import Iterator
from typing import Any

from states.anchors import day_of
from states.change import REGISTER
from states.stage import Stage
from workflow.service.packing import Packed
from workflow.views import Views

LONGEST_NAME = 80  # characters, as the norm advises
CREATED, CHANGED, CLOSED = "Creatie", "Metadatawijziging", "Afsluiting"


def informatieobject(packed: Packed, views: Views, municipality: str) -> dict[str, Any]:
    """Return what the template tells; its words are the norm's, in Dutch."""
    agreement = packed.whole.dossier.agreement
    return {
        "ref": agreement.ref,
        "name": agreement.called[:LONGEST_NAME],
        "description": agreement.title,
        "purpose": agreement.purpose,
        "starts_on": day_of(packed.whole.start),
        "last_day": day_of(packed.whole.end),
        "events": [*_events(packed, views)],
        "others": [other for other in (agreement.predecessor, agreement.successor) if other],
        "municipality": municipality,
        "parties": [party.name for party in agreement.party.values() if not party.own],
        "public": agreement.public,
    }


def _events(packed: Packed, views: Views) -> Iterator[dict[str, str]]:
    """Yield when the dossier was made and what changed its facts or its stage, nobody named."""
    for line in packed.history:
        event = line.event
        if event.changes or event.stage is not event.stage_before:
            yield {
                "type": _type(event.action, closed=_closes(line)),
                "at": views.local(event.at).isoformat(),
                "result": f"{event.action}: {views.stage(event.stage, event.ending)}",
            }


def _closes(line: Any) -> bool:
    return line.event.stage is Stage.ENDED and line.event.stage_before is not Stage.ENDED


def _type(action: str, *, closed: bool) -> str:
    if closed:
        return CLOSED
    return CREATED if action == REGISTER else CHANGED
