"""What a report tells: of each agreement everything that operators may ask, at one moment."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from states.dates.policy import Policy
from workflow.agreements.queries import (
    DamagedLine,
    HistoryLine,
    Line,
    Shelf,
    Whole,
    events_of,
    whole_of,
)
from workflow.agreements.timeline import Timeline, horizon, timeline
from workflow.app.app import House
from workflow.engine.ledger import stream_of
from workflow.engine.offices import Offices
from workflow.store import agreements, offices
from workflow.store.agreements import Stored, Unreadable
from workflow.store.database import Transaction
from workflow.store.outbox import queries


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """One agreement: its line in the list, everything of `show`, its time, history and mails."""

    line: Line
    whole: Whole
    timeline: Timeline
    history: list[HistoryLine]
    mails: Sequence[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """A register that is read once, agreement by agreement, and never held as a whole."""

    policy: Policy
    today: date
    offices: Offices
    count: int
    chapters: Iterator[Chapter | DamagedLine]


@contextmanager
def reading_all(house: House) -> Iterator[Book]:
    """Give the register as it is at one moment."""
    with house.reading() as connection:
        shelf = Shelf(connection, house)
        yield Book(
            policy=shelf.policy,
            today=shelf.today,
            offices=offices.every(connection),
            count=agreements.count(connection),
            chapters=_chapters(connection, shelf),
        )


def _chapters(connection: Transaction, shelf: Shelf) -> Iterator[Chapter | DamagedLine]:
    for stored in agreements.each(connection):
        line = shelf.line(stored)
        if isinstance(stored, Unreadable) or isinstance(line, DamagedLine):
            assert isinstance(line, DamagedLine)
            yield line
        else:
            yield _chapter(connection, shelf, stored, line)


def _chapter(connection: Transaction, shelf: Shelf, stored: Stored, line: Line) -> Chapter:
    agreement, today = line.agreement, shelf.today
    return Chapter(
        line=line,
        whole=whole_of(connection, stored, shelf),
        timeline=timeline(agreement, shelf.policy, today, horizon(today)),
        history=events_of(connection, stream_of(agreement.ref)),
        mails=queries.every(connection, status=None, ref=agreement.ref),
    )
