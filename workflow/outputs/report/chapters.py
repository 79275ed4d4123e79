"""What a report tells: of each agreement everything that operators may ask, and its page."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import partial
from itertools import groupby

from msgspec import Struct
from msgspec.structs import replace

from states.dates.policy import Policy
from states.model.agreement import Agreement
from states.model.events import Status
from states.model.phrase import Phrase, say
from states.model.stage import Deadline, Rule
from states.process import PROCESS
from workflow.agreements import queries
from workflow.agreements.explanations import explain_deadline
from workflow.agreements.timeline import Timeline, horizon, timeline
from workflow.app.app import App
from workflow.engine import deadline_words
from workflow.engine.event_words import as_called_then, event_in_words, remarks
from workflow.engine.ledger import UnreadableEvent, stream_of
from workflow.engine.offices import Offices
from workflow.engine.standing import Standing, standings
from workflow.outputs.json.values import Parts
from workflow.outputs.json.views import Views
from workflow.outputs.publication import published, published_refs
from workflow.outputs.report.chart import axis_of, lane
from workflow.store import agreements, offices
from workflow.store.agreements import Stored, Unreadable
from workflow.store.database import Transaction
from workflow.store.outbox import queries as outbox_queries
from workflow.store.outbox.messages import OutboxRow


class Chapter(Struct, frozen=True, kw_only=True):
    """One agreement: its line in the list, everything of `show`, its time, history and mails."""

    line: queries.ListRow
    details: queries.AgreementDetails
    timeline: Timeline
    standings: Sequence[Standing]
    history: list[queries.HistoryLine]
    mails: Sequence[OutboxRow]


class ReportData(Struct, frozen=True, kw_only=True):
    """A register that is read once, agreement by agreement, and never held as a whole."""

    policy: Policy
    today: date
    offices: Offices
    count: int
    chapters: Iterator[Chapter | queries.UnreadableRow]
    public: bool


@contextmanager
def reading_all(app: App, *, public: bool = False) -> Iterator[ReportData]:
    """Give the register as it is at one moment; or of it what the public may know."""
    with app.reading() as connection:
        reader = queries.ListReader(connection, app)
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


def _for_all(
    chapters: Iterator[Chapter | queries.UnreadableRow],
) -> Iterator[Chapter | queries.UnreadableRow]:
    """Yield the chapters without history, mail and what concerns who keeps the register."""
    for chapter in chapters:
        if isinstance(chapter, Chapter):
            line = replace(chapter.line, attention=[])
            details = replace(chapter.details, attention=[], warnings=[], possible=[])
            yield replace(chapter, line=line, details=details, history=[], mails=[])


def _chapters(
    connection: Transaction, reader: queries.ListReader, every: Iterable[Stored | Unreadable]
) -> Iterator[Chapter | queries.UnreadableRow]:
    for stored in every:
        line = reader.line(stored)
        if isinstance(stored, Unreadable) or isinstance(line, queries.UnreadableRow):
            assert isinstance(line, queries.UnreadableRow)
            yield line
            continue
        try:
            yield _chapter(connection, reader, stored, line)
        except UnreadableEvent as error:
            yield queries.damaged(stored.ref, line.agreement.stage, error.sentences[0])


def _chapter(
    connection: Transaction, reader: queries.ListReader, stored: Stored, line: queries.ListRow
) -> Chapter:
    agreement, today = line.agreement, reader.today
    return Chapter(
        line=line,
        details=queries.whole_of(connection, stored, reader),
        timeline=timeline(agreement, reader.policy, today, horizon(today)),
        standings=standings(agreement, reader.policy, today, horizon(today)),
        history=queries.events_of(connection, stream_of(agreement.ref)),
        mails=outbox_queries.every(connection, status=None, ref=agreement.ref),
    )


# The page of one agreement: the same views as `show`, `why`, `history` and `mail list` -----------

TO_COME = {Status.PLANNED, Status.UNKNOWN}


def dossier_page(chapter: Chapter, views: Views, data: ReportData) -> Parts:
    """Return everything that the page of one agreement shows."""
    axis = axis_of(chapter.timeline, data.today)
    drawing = lane(chapter.timeline, axis, data.today)
    agreement, details = chapter.line.agreement, views.details(chapter.details, data.policy)
    return {
        "row": views.line(chapter.line),
        "whole": details,
        "extended": views.extended(agreement),
        "renewal": views.renewal(agreement.term, chapter.details.standings),
        "points": agreement.decision_point,
        "documents": [(it, views.dated(it.dated)) for it in agreement.document.values()],
        "moved_end": [*views.moved_end(agreement)],
        "stages": [item.label for item in PROCESS.values()],
        "stage_number": list(PROCESS).index(agreement.stage) + 1,
        "ended": views.stage(agreement.stage, agreement.ending),
        "axis": {"years": [*axis.years()], "today": drawing["today"]},
        "drawing": drawing,
        "deadlines": [*_deadlines(chapter.details, details["deadlines"], views, data)],
        "history": [*_history(chapter, views)],
        "mails": [_labelled(views.mail(row, held=None), agreement, views) for row in chapter.mails],
    }


def _deadlines(
    details: queries.AgreementDetails, rows: list[Parts], views: Views, data: ReportData
) -> Iterator[Parts]:
    """Yield each date with its explanation once, then its steps with what moved each alert."""
    pairs = sorted(zip(details.steps, rows, strict=True), key=lambda pair: _date_first(pair[0]))
    for _, group in groupby(pairs, key=lambda pair: pair[0].deadline.name):
        steps = [*group]
        first = steps[0][0]
        of_the_date = explain_deadline(first.deadline, details.agreement)
        shared = 1 if deadline_words.EARLIER_DATE in first.explanation else len([*of_the_date])
        yield {
            "subject": _called(first.deadline),
            "on": deadline_words.listed_on(first.deadline),
            "open": any(line.status in TO_COME for line, _ in steps),
            "explanation": steps[0][1]["explanation"][:shared],
            "steps": [
                row
                | {
                    "alert_at": views.local(line.occurrence.alert_at),
                    "step_label": deadline_words.listed_step(line.occurrence),
                    "status_label": queries.status_in_words(line, data.policy, data.today),
                    "explanation": row["explanation"][shared:],
                }
                for line, row in steps
                if line.occurrence
            ],
        }


def _called(deadline: Deadline) -> Phrase:
    """Return what a date is about; that of a missing fact is the day from which it is asked."""
    what = deadline_words.subject(deadline)
    return say("{what}, asked from", what=what) if deadline.rule is Rule.MISSING_FACT else what


def _date_first(line: queries.DeadlineLine) -> tuple[bool, str, str]:
    on = line.deadline.nominal_on
    return on is None, str(on), line.deadline.name


def _history(chapter: Chapter, views: Views) -> Iterator[Parts]:
    events = [line.event for line in chapter.history]
    then = as_called_then(events, chapter.line.agreement)
    return map(partial(_event, views), chapter.history, then)


def _event(views: Views, line: queries.HistoryLine, agreement: Agreement) -> Parts:
    """Return an event in words, with who did it, without the machine that it was done on."""
    row = views.event(line)
    return row | {
        "at": views.local(row["at"]),
        "actor": (row["actor"] or "").partition("@")[0],
        "what": event_in_words(line.event, agreement),
        "changes": [*views.changes(line.event, agreement)],
        "stage": PROCESS[row["to"]].label if row["to"] != row["from"] else None,
        "remarks": [*remarks(line.event)],
        "superseded": [
            deadline_words.occurrence_in_words(name, agreement) for name in row["superseded"]
        ],
    }


def _labelled(row: Parts, agreement: Agreement, views: Views) -> Parts:
    called, made_at = views.mail_called(row, agreement), views.local(row["created_at"])
    return row | {"called": called, "created_at": made_at}
