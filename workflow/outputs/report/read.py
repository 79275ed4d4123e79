"""What a report tells: of each agreement everything that operators may ask, at one moment."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date

from states.dates.policy import Policy
from workflow.agreements.queries import (
    AgreementDetails,
    HistoryLine,
    ListReader,
    ListRow,
    UnreadableRow,
    events_of,
    whole_of,
)
from workflow.agreements.timeline import Timeline, horizon, timeline
from workflow.app.app import App
from workflow.engine.ledger import stream_of
from workflow.engine.offices import Offices
from workflow.engine.standing import Standing, standings
from workflow.outputs.publication import published, published_refs
from workflow.store import agreements, offices
from workflow.store.agreements import Stored, Unreadable
from workflow.store.database import Transaction
from workflow.store.outbox import queries
from workflow.store.outbox.messages import OutboxRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """One agreement: its line in the list, everything of `show`, its time, history and mails."""

    line: ListRow
    details: AgreementDetails
    timeline: Timeline
    standings: Sequence[Standing]
    history: list[HistoryLine]
    mails: Sequence[OutboxRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportData:
    """A register that is read once, agreement by agreement, and never held as a whole."""

    policy: Policy
    today: date
    offices: Offices
    count: int
    chapters: Iterator[Chapter | UnreadableRow]
    public: bool


@contextmanager
def reading_all(app: App, *, public: bool = False) -> Iterator[ReportData]:
    """Give the register as it is at one moment; or of it what the public may know."""
    with app.reading() as connection:
        reader = ListReader(connection, app)
        refs = published_refs(connection) if public else None
        every = agreements.each(connection) if refs is None else published(connection, refs)
        chapters = _chapters(connection, reader, every)
        yield ReportData(
            policy=reader.policy,
            today=reader.today,
            offices=offices.every(connection),
            count=agreements.count(connection) if refs is None else len(refs),
            chapters=_for_all(chapters) if public else chapters,
            public=public,
        )


def _for_all(chapters: Iterator[Chapter | UnreadableRow]) -> Iterator[Chapter | UnreadableRow]:
    """Yield the chapters without history, mail and what concerns who keeps the register."""
    for chapter in chapters:
        if isinstance(chapter, Chapter):
            line = replace(chapter.line, attention=[])
            details = replace(chapter.details, attention=[], warnings=[], possible=[])
            yield replace(chapter, line=line, details=details, history=[], mails=[])


def _chapters(
    connection: Transaction, reader: ListReader, every: Iterable[Stored | Unreadable]
) -> Iterator[Chapter | UnreadableRow]:
    for stored in every:
        line = reader.line(stored)
        if isinstance(stored, Unreadable) or isinstance(line, UnreadableRow):
            assert isinstance(line, UnreadableRow)
            yield line
        else:
            yield _chapter(connection, reader, stored, line)


def _chapter(connection: Transaction, reader: ListReader, stored: Stored, line: ListRow) -> Chapter:
    agreement, today = line.agreement, reader.today
    return Chapter(
        line=line,
        details=whole_of(connection, stored, reader),
        timeline=timeline(agreement, reader.policy, today, horizon(today)),
        standings=standings(agreement, reader.policy, today, horizon(today)),
        history=events_of(connection, stream_of(agreement.ref)),
        mails=queries.every(connection, status=None, ref=agreement.ref),
    )
