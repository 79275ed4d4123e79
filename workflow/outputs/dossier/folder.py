"""The files of an exported dossier: to read, to check by hand, and for an archive (MDTO)."""

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import asdict

from notifications.language import language
from states.dates.term_dates import day_of, end_of, start_of
from states.model.agreement import Agreement
from states.model.arithmetic import plus
from states.model.events import REGISTER
from states.model.period import Period, parse_period
from states.model.stage import NEVER_BEGAN, Stage
from workflow.engine.event_words import as_called_then, event_in_words
from workflow.engine.ledger import GENESIS
from workflow.outputs.dossier.packed import Packed
from workflow.outputs.json.values import parts_of
from workflow.outputs.json.views import Views
from workflow.outputs.report.agreement_page import agreement_page
from workflow.outputs.report.pages import Pages
from workflow.outputs.template_folder import templates_in
from workflow.system.printable import to_json
from workflow.system.settings import Settings

DOCUMENTS = templates_in(Path(__file__).parent / "templates", keep_trailing_newline=True)
RECORD = ".bestand.mdto.xml"
FORMATS = {  # as the National Archives (UK) register them, PRONOM
    ".html": ("HyperText Markup Language 5", "fmt/471"),
    ".json": ("JSON Data Interchange Format", "fmt/817"),
    ".eml": ("Internet Message Format", "fmt/278"),
}
PLAIN = ("Plain Text File", "x-fmt/111")
APPRAISALS = {"B": "Blijvend te bewaren", "V": "Tijdelijk te bewaren", "": "Nader te bepalen"}
CREATED, CHANGED = "Creatie", "Wijziging"
REPLACES, REPLACED_BY = "Vervangt", "Is vervangen door"
SUMS = "SHA256SUMS"
PAGE = "dossier.html"
NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2


def written(packed: Packed, views: Views, settings: Settings) -> Mapping[str, bytes]:
    """Return every file by its path in the folder; the last one has the sums of the others.

    A mail about several agreements is named, and not in it: it tells of the others as well.
    """
    mails = {
        f"mails/{row.id}.eml": bytes(row.content)
        for row in packed.chapter.mails
        if row.content and not row.is_overview
    }
    document = views.details(packed.details, packed.chapter.policy)
    readme = {"ref": document["ref"], "mails": mails}
    kept = {
        "README.txt": _text(f"README.{views.language.code}.txt.j2", readme).encode(),
        PAGE: _page(packed, views, settings, mails),
        "dossier.json": f"{to_json(views.plain(document), indent=2)}\n".encode(),
        "ledger.jsonl": _lines(_ledger(packed)),
        "sealed.jsonl": _lines(asdict(private) for private in packed.privates),
        **mails,
    }
    records = {f"{name}{RECORD}": _of_file(packed, settings, name, kept[name]) for name in kept}
    files = kept | {"dossier.mdto.xml": _mdto(packed, views, settings, kept)} | records
    return files | {SUMS: _sums(files)}


def _page(packed: Packed, views: Views, settings: Settings, files: Collection[str]) -> bytes:
    """Return the page that a report has of the agreement, for who reads nothing else."""
    pages = Pages(
        views.language,
        alone=True,
        municipality=settings.municipality,
        made_at=packed.at,
        public=False,
        offices={key: office.name for key, office in packed.details.offices.items()},
        standing=views.standing,
        style=packed.style,
    )
    shown = agreement_page(packed.chapter, views, files)
    return pages.fragment("agreement.html.j2", **shown).encode()


def _ledger(packed: Packed) -> Iterator[dict[str, Any]]:
    """Yield each event with the hash of the one before it, which its own hash covers."""
    previous = GENESIS
    for row in packed.ledger:
        begin = {**parts_of(row, "stream", "seq"), "previous": previous}
        yield {**begin, **parts_of(row, "hash", "payload")}
        previous = row.hash


def _lines(rows: Iterable[dict[str, Any]]) -> bytes:
    return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows).encode()


def _sums(files: Mapping[str, bytes]) -> bytes:
    """Return what `sha256sum -c` reads."""
    sums = (f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in files.items())
    return "".join(sums).encode()


def _text(template: str, shown: Mapping[str, Any]) -> str:
    return DOCUMENTS.get_template(template).render(shown)


# MDTO 1.0 ----------------------------------------------------------------------------------------


def _mdto(packed: Packed, views: Views, settings: Settings, files: Iterable[str]) -> bytes:
    """Return what an archive has to know of a dossier (the Nationaal Archief's norm), in Dutch.

    The template keeps the order of the norm's XML schema, version 1.0.1, and its words are those of
    the norm's lists of terms. How this is appraised and how long it is kept, counted from the last
    day, is what the configuration says; without that it is open ("Nader te bepalen"). What has not
    ended may still be renewed or ended early: from when it is kept is not known. What was
    withdrawn or rejected never ran, whatever days its text names. A sign that XML cannot hold is
    shown as one that is not known.
    """
    agreement, archive = packed.details.agreement, settings.archive
    never_ran = agreement.ending in NEVER_BEGAN
    last_day = None if never_ran else day_of(end_of(agreement))
    ended_on = last_day if agreement.stage is Stage.ENDED else None
    is_for_ever = archive.appraisal == "B"
    retention = None if is_for_ever or not archive.retention else parse_period(archive.retention)
    shown = {
        **parts_of(agreement, "ref", "purpose"),
        "public": agreement.may_be_published,
        **parts_of(archive, "category", "selection_list", "identifier"),
        "name": agreement.title,
        "starts_on": None if never_ran else day_of(start_of(agreement)),
        "last_day": last_day,
        "appraisal": APPRAISALS[archive.appraisal],
        "retention": _duration(retention) if retention else None,
        "ended_on": ended_on,
        "kept_through": plus(ended_on, retention) if ended_on and retention else None,
        "files": [*files],
        "events": [*_events(packed, views)],
        "others": [*_others(agreement)],
        "municipality": settings.municipality.name,
        "parties": [party.name for party in agreement.party.values() if not party.own],
    }
    return _xml("mdto.xml.j2", shown)


def _of_file(packed: Packed, settings: Settings, name: str, content: bytes) -> bytes:
    """Return what an archive has to know of one file, with its size and SHA-256."""
    kind, code = FORMATS.get(Path(name).suffix, PLAIN)
    shown = {
        "ref": packed.details.agreement.ref,
        "name": name,
        "municipality": settings.municipality.name,
        "size": len(content),
        "format": kind,
        "pronom": code,
        "sha256": hashlib.sha256(content).hexdigest(),
        "at": packed.at.isoformat(),
    }
    return _xml("mdto.bestand.xml.j2", shown)


def _xml(template: str, shown: Mapping[str, Any]) -> bytes:
    return NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", _text(template, shown)).encode()


def _duration(period: Period) -> str:
    """Return a period as XML Schema writes it, which knows no weeks."""
    return f"P{period.days}D" if period.days else str(period)


def _others(agreement: Agreement) -> Iterator[tuple[str, str]]:
    """Yield the agreements before and after this one, each with what it is to it."""
    if agreement.predecessor:
        yield agreement.predecessor, REPLACES
    if agreement.successor:
        yield agreement.successor, REPLACED_BY


def _events(packed: Packed, views: Views) -> Iterator[dict[str, str]]:
    """Yield when the dossier was made and what changed its facts or its stage, nobody named."""
    dutch = Views(language("nl"), views.local)
    events, agreement = [line.event for line in packed.chapter.history], packed.details.agreement
    for event, known in zip(events, as_called_then(events, agreement), strict=True):
        what = event_in_words(event, known)
        if event.changed_something:
            yield {
                "type": CREATED if event.action == REGISTER else CHANGED,
                "at": views.local(event.at).isoformat(),
                "result": f"{dutch.language.say(what)}: {dutch.stage(event.stage, event.ending)}",
            }
