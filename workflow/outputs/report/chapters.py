"""What a report tells: the register read once, agreement by agreement."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from states.dates.policy import Policy
from workflow.agreements import queries
from workflow.app.app import App
from workflow.engine.ledger import UnreadableEvent
from workflow.engine.offices import Offices
from workflow.outputs.publication import published, published_refs
from workflow.outputs.report.agreement_page import Chapter, chapter_of
from workflow.store import agreements, offices
from workflow.store.agreements import Stored, Unreadable
from workflow.store.database import Transaction


class ReportData(Struct, frozen=True, kw_only=True):
    """A register that is read once, agreement by agreement, and never held as a whole."""

    policy: Policy
    today: date
    offices: Offices
    count: int
    entries: Iterator[Chapter | queries.UnreadableRow]
    public: bool


@contextmanager
def reading_all(app: App, *, public: bool = False) -> Iterator[ReportData]:
    """Give the register as it is at one moment; or of it what the public may know."""
    with app.reading() as connection:
        reader = queries.ListReader(connection, app)
        refs = published_refs(connection) if public else None
        every = agreements.each(connection) if refs is None else published(connection, refs)
        entries = _entries(connection, reader, every)
        yield ReportData(
            policy=reader.policy,
            today=reader.today,
            offices=offices.every(connection),
            count=agreements.count(connection) if refs is None else len(refs),
            entries=_for_all(entries) if public else entries,
            public=public,
        )


def _for_all(
    entries: Iterator[Chapter | queries.UnreadableRow],
) -> Iterator[Chapter | queries.UnreadableRow]:
    """Yield the entries without history, mail and what concerns who keeps the register."""
    for entry in entries:
        if isinstance(entry, Chapter):
            line = replace(entry.details.line, attention=[])
            details = replace(entry.details, line=line, warnings=[])
            yield replace(entry, details=details, history=[], mails=[])


def _entries(
    connection: Transaction, reader: queries.ListReader, every: Iterable[Stored | Unreadable]
) -> Iterator[Chapter | queries.UnreadableRow]:
    for line in map(reader.line, every):
        if isinstance(line, queries.UnreadableRow):
            yield line
            continue
        try:
            details = queries.whole_of(connection, line, reader)
            yield chapter_of(connection, details, reader.policy)
        except UnreadableEvent as error:
            agreement = line.agreement
            yield queries.damaged(agreement.ref, agreement.stage, error.sentences[0])
