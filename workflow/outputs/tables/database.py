"""The register as an SQLite file, for Datasette or a spreadsheet; it names nobody."""

from collections.abc import Iterator
from functools import partial

from states.model.agreement import Agreement
from states.model.events import Event
from states.model.stage import Unknown
from workflow.agreements.queries import ListReader, ListRow, UnreadableRow
from workflow.app.app import App
from workflow.engine.ledger import stream_of
from workflow.engine.standing import Standing
from workflow.outputs.json.values import Parts, parts_of
from workflow.outputs.json.views import Views, decisions
from workflow.outputs.tables.sheets import in_one, payment_records, record
from workflow.store import agreements, ledger
from workflow.store.exported import EnterRow, sqlite_file
from workflow.system.printable import impersonal, to_json

OF_PARTY = ("name", "own", "decided_on", "signed_on", "joined_on", "left_on", "merged_into")
ELSEWHERE = ("title", "stage", "stage_label", "public")  # in the row of the agreement itself


def database(app: App, views: Views, failed: list[str]) -> bytes:
    """Return the whole register as an SQLite file; `failed` is given whom it does not hold."""
    return sqlite_file(partial(_enter_all, app, views, failed))


def _enter_all(app: App, views: Views, failed: list[str], enter: EnterRow) -> None:
    with app.reading() as connection:
        reader = ListReader(connection, app)
        made_at = app.local(reader.now)
        municipality = app.settings.municipality.name
        about = {"municipality": municipality, "day": reader.today, "made_at": made_at}
        enter("about", views.plain(about))
        for stored in agreements.each(connection):
            line = reader.line(stored)
            if isinstance(line, UnreadableRow):
                failed.append(line.ref)
                continue
            events = ledger.events(connection, stream_of(line.agreement.ref))
            for table, item in _entries(line, events, views):
                enter(table, {name: impersonal(in_one(name, item[name])) for name in item})


def _entries(line: ListRow, events: Iterator[Event], views: Views) -> Iterator[tuple[str, Parts]]:
    """Yield each row that an agreement gives, by the table it belongs in."""
    agreement, ref = line.agreement, {"ref": line.agreement.ref}
    row = record(line, views) | {"purpose": agreement.purpose}
    del row["parties"]  # each has a row of its own
    yield "agreement", row
    for key, party in agreement.party.items():
        yield "party", ref | {"key": str(key)} | views.plain(parts_of(party, *OF_PARTY))
    for standing in line.standings:
        yield "date", ref | views.plain(_date(standing))
    for item in payment_records(line, views):
        yield "instalment", {name: item[name] for name in item if name not in ELSEWHERE}
    for item in _decisions(agreement):
        yield "decision", ref | views.plain(item)
    for event in events:
        yield "event", ref | views.plain(_event(event))


def _date(standing: Standing) -> Parts:
    deadline = standing.deadline
    nominal = deadline.nominal
    return {
        **parts_of(deadline, "rule", "about", "clause"),
        "what": standing.words,
        "due_on": standing.on,
        **parts_of(standing, "state", "told", "office", "by_itself"),
        "reason": None if isinstance(nominal, Unknown) else nominal.explanation,
    }


def _decisions(agreement: Agreement) -> Iterator[Parts]:
    for item in decisions(agreement):
        points = item.pop("points")
        del item["basis"]
        yield {"decided_on": item.pop("on"), **item, "points": to_json(points) if points else None}


def _event(event: Event) -> Parts:
    return {
        **parts_of(event, "seq", "at", "action", "occurrence", "nominal_on", "late_by"),
        **parts_of(event, "stage_before", "stage"),
        "happened_on": event.on,
        "outcome": event.ending,
        "changed": to_json([change.field for change in event.changes]),
    }
