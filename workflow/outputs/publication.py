"""What the public may know: which agreements, and what of them; no person and no reason."""

from collections.abc import Collection, Iterator
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from states.dates.term_dates import day_of, end_of, start_of
from states.model.agreement import Agreement, Document, WooCategory
from states.model.stage import BEFORE_SIGNING, NEVER_BEGAN
from workflow.app.app import App, policy_of
from workflow.outputs.json.values import Parts
from workflow.store import agreements
from workflow.store.database import Transaction
from workflow.system.printable import impersonal, to_json


def published(connection: Transaction, refs: Collection[str]) -> Iterator[agreements.Stored]:
    """Yield these agreements, which the public may know of, without persons."""
    for stored in agreements.every(connection):
        if stored.ref in refs:
            agreement = _without_persons(stored.dossier.agreement, refs)
            yield replace(stored, dossier=replace(stored.dossier, agreement=agreement))


def published_refs(connection: Transaction, failed: list[str]) -> frozenset[str]:
    """Return the references of the agreements that the public may know of.

    In `failed` come those that cannot be read: whether they may be known is not known.
    """
    refs = set[str]()
    for stored in agreements.each(connection):
        if isinstance(stored, agreements.Unreadable):
            failed.append(stored.ref)
        elif stored.dossier.agreement.may_be_published:
            refs.add(stored.ref)
    return frozenset(refs)


def _without_persons(agreement: Agreement, published: Collection[str]) -> Agreement:
    """Return a public agreement without persons, and without what names one that is not public.

    `published` are the references of those that the public may know of.
    """
    return replace(
        agreement,
        case_owner=None,
        overleg=agreement.overleg and replace(agreement.overleg, attended=None),
        party={
            key: replace(party, signatory=None, capacity=None, power_of_attorney=None)
            for key, party in agreement.party.items()
        },
        source={number: replace(source, quote=None) for number, source in agreement.source.items()},
        continuation={
            day: then if then.successor in published else replace(then, successor=None)
            for day, then in agreement.continuation.items()
        },
        predecessor=agreement.predecessor if agreement.predecessor in published else None,
        successor=agreement.successor if agreement.successor in published else None,
    )


# Concept publications for the GPP-publicatiebank, as its API (2.1) takes them in JSON -------------

CATEGORIES = {WooCategory.CONVENANTEN: "7ee891df-ca3e-4b19-b9e5-494bc3c485ea"}
LONGEST_TITLE, LONGEST_MARK = 255, 40  # what the API takes
FULL_DATE = len("2017-10-12")


def publications(app: App, failed: list[str]) -> dict[str, bytes]:
    """Return each file by its name: of every agreement a publication, and its documents.

    It is of agreements that are public, signed, not withheld, and not published yet; in `failed`
    come those that cannot be read. The bank gives a publication its number, which whoever sends the
    documents adds to them.
    """
    with app.reading() as connection:
        zone = ZoneInfo(policy_of(connection).timezone)
        refs = published_refs(connection, failed)
        files: dict[str, bytes] = {}
        for stored in published(connection, refs):
            agreement = stored.dossier.agreement
            if _is_to_publish(agreement):
                for name, body in _bodies(agreement, zone):
                    files[f"{agreement.ref}.{name}.json"] = f"{to_json(body, indent=2)}\n".encode()
        return files


def _is_to_publish(agreement: Agreement) -> bool:
    known = agreement.woo and agreement.woo.published_on
    is_signed = agreement.stage not in BEFORE_SIGNING and not agreement.unsigned
    return is_signed and not known and agreement.ending not in NEVER_BEGAN


def _bodies(agreement: Agreement, zone: ZoneInfo) -> Iterator[tuple[str, Parts]]:
    yield "publicatie", _known(_publication(agreement))
    yield "document-0", _known(_signed(agreement, zone))
    for number, document in agreement.document.items():
        yield f"document-{number}", _known(_cited(document))


def _known(body: Parts) -> Parts:
    """Return what is known, without anybody's address; what is published is Dutch."""
    return {name: impersonal(value, "(adres)") for name, value in body.items() if value}


def _publication(agreement: Agreement) -> Parts:
    category = agreement.woo and agreement.woo.category
    return {
        "publicatiestatus": "concept",
        "officieleTitel": agreement.title[:LONGEST_TITLE],
        "verkorteTitel": agreement.short_title and agreement.short_title[:LONGEST_TITLE],
        "omschrijving": agreement.purpose,
        "informatieCategorieen": [CATEGORIES[category]] if category else [],
        "kenmerken": _marks(agreement),
        "datumBeginGeldigheid": day_of(start_of(agreement)),
        "datumEindeGeldigheid": day_of(end_of(agreement)),
    }


def _signed(agreement: Agreement, zone: ZoneInfo) -> Parts:
    """Return what is known of the text that was signed; its file is kept elsewhere."""
    days = [party.signed_on for party in agreement.founders if party.signed_on]
    signed_on = max(days, default=None)
    return {
        "officieleTitel": agreement.title[:LONGEST_TITLE],
        "kenmerken": _marks(agreement),
        "creatiedatum": signed_on,
        "datumOndertekend": signed_on and datetime.combine(signed_on, time(), zone).isoformat(),
    }


def _cited(document: Document) -> Parts:
    dated = document.dated if document.dated and len(document.dated) == FULL_DATE else None
    return {
        "officieleTitel": document.title[:LONGEST_TITLE],
        "omschrijving": document.url,
        "creatiedatum": dated,
    }


def _marks(agreement: Agreement) -> list[dict[str, Any]]:
    """Return the reference as the bank knows it; a longer one would not be the same one."""
    ref = agreement.ref
    return [{"kenmerk": ref, "bron": "looptijd"}] if len(ref) <= LONGEST_MARK else []
