"""What a report tells: the register read once, agreement by agreement."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from states.dates.policy import Policy
from workflow.agreements import queries
from workflow.agreements.timeline import horizon
from workflow.app.app import App
from workflow.engine.ledger import UnreadableEvent
from workflow.engine.offices import Offices
from workflow.engine.standing import Standing, standings
from workflow.outputs.publication import published, published_refs
from workflow.outputs.report.agreement_page import Chapter, chapter_of
from workflow.store import agreements, offices
from workflow.store.agreements import Stored, Unreadable
from workflow.store.database import Transaction


class RegisterEntry(Struct, frozen=True, kw_only=True):
    """One agreement: its line in the list, how each of its dates stands, and its chapter."""

    line: queries.ListRow
    standings: Sequence[Standing]
    chapter: Chapter


class ReportData(Struct, frozen=True, kw_only=True):
    """A register that is read once, agreement by agreement, and never held as a whole."""

    policy: Policy
    today: date
    offices: Offices
    count: int
    entries: Iterator[RegisterEntry | queries.UnreadableRow]
    public: bool
    failed: list[str]
    """What is left out because it cannot be read, as far as the entries were asked for."""


@contextmanager
def reading_all(app: App, *, public: bool = False) -> Iterator[ReportData]:
    """Give the register as it is at one moment; or of it what the public may know."""
    with app.reading() as connection:
        reader = queries.ListReader(connection, app)
        failed: list[str] = []
        refs = published_refs(connection, failed) if public else None
        every = agreements.each(connection) if refs is None else published(connection, refs)
        entries = _entries(connection, reader, every)
        yield ReportData(
            policy=reader.policy,
            today=reader.today,
            offices=offices.every(connection),
            count=agreements.count(connection) if refs is None else len(refs),
            entries=_for_all(entries, failed) if public else entries,
            public=public,
            failed=failed,
        )


def _for_all(
    entries: Iterator[RegisterEntry | queries.UnreadableRow], failed: list[str]
) -> Iterator[RegisterEntry]:
    """Yield the entries without history, mail and what concerns who keeps the register."""
    for entry in entries:
        if isinstance(entry, queries.UnreadableRow):
            failed.append(entry.ref)
        else:
            line = replace(entry.line, attention=[])
            details = replace(entry.chapter.details, attention=[], warnings=[])
            chapter = replace(entry.chapter, details=details, history=[], mails=[])
            yield replace(entry, line=line, chapter=chapter)


def _entries(
    connection: Transaction, reader: queries.ListReader, every: Iterable[Stored | Unreadable]
) -> Iterator[RegisterEntry | queries.UnreadableRow]:
    for stored in every:
        line = reader.line(stored)
        if isinstance(stored, Unreadable) or isinstance(line, queries.UnreadableRow):
            assert isinstance(line, queries.UnreadableRow)
            yield line
            continue
        try:
            yield _entry(connection, reader, stored, line)
        except UnreadableEvent as error:
            yield queries.damaged(stored.ref, line.agreement.stage, error.sentences[0])


def _entry(
    connection: Transaction, reader: queries.ListReader, stored: Stored, line: queries.ListRow
) -> RegisterEntry:
    policy, today = reader.policy, reader.today
    details = queries.whole_of(connection, stored, reader)
    return RegisterEntry(
        line=line,
        standings=standings(line.agreement, policy, today, horizon(today)),
        chapter=chapter_of(connection, details, policy),
    )
