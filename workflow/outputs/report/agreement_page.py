"""One agreement whole, and its page: the same views as `show`, `why`, `history` and `mail list`."""

from collections.abc import Collection, Iterator, Sequence
from functools import partial
from itertools import groupby

from msgspec import Struct

from notifications.retry_policy import MessageStatus
from states.dates.policy import Policy
from states.model.agreement import Agreement
from states.model.phrase import Phrase, say
from states.model.stage import Deadline, Rule
from states.process import PROCESS
from workflow.agreements import queries
from workflow.agreements.timeline import Timeline, horizon, timeline
from workflow.engine import deadline_words
from workflow.engine.event_words import as_called_then, event_in_words, remarks
from workflow.engine.ledger import stream_of
from workflow.outputs.json.values import Parts
from workflow.outputs.json.views import Views
from workflow.outputs.report.chart import axis_of, lane
from workflow.store.database import Transaction
from workflow.store.outbox import queries as outbox_queries
from workflow.store.outbox.messages import OutboxRow


class Chapter(Struct, frozen=True, kw_only=True):
    """One agreement: everything of `show`, its time, history and mails, and why none leaves now."""

    details: queries.AgreementDetails
    policy: Policy
    timeline: Timeline
    history: list[queries.HistoryLine]
    mails: Sequence[OutboxRow]
    held: str | None = None


def chapter_of(
    connection: Transaction, details: queries.AgreementDetails, policy: Policy
) -> Chapter:
    """Return what is known of an agreement whose details were read; UnreadableEvent."""
    agreement, today = details.agreement, details.today
    return Chapter(
        details=details,
        policy=policy,
        timeline=timeline(agreement, policy, today, horizon(today)),
        history=queries.events_of(connection, stream_of(agreement.ref)),
        mails=outbox_queries.every(connection, status=None, ref=agreement.ref),
    )


def agreement_page(chapter: Chapter, views: Views, files: Collection[str] = ()) -> Parts:
    """Return everything that the page shows; `files` are the mails that lie beside it."""
    agreement, today = chapter.details.agreement, chapter.details.today
    axis = axis_of(chapter.timeline, today)
    drawing = lane(chapter.timeline, axis, today)
    details = views.details(chapter.details, chapter.policy)
    return {
        "whole": details,
        "extended": views.extended(agreement),
        "can_end": views.can_end(chapter.details),
        "parties": [(it, [*views.party(it, agreement)]) for it in agreement.party.values()],
        "renewal": views.renewal(agreement, chapter.details.line.standings, today),
        "points": agreement.decision_point,
        "held": views.held,
        "documents": [(it, views.dated(it.dated)) for it in agreement.document.values()],
        "moved_end": [*views.moved_end(agreement)],
        "stages": [item.label for item in PROCESS.values()],
        "stage_number": list(PROCESS).index(agreement.stage) + 1,
        "ended": views.stage(agreement.stage, agreement.ending),
        "axis": {"years": [*axis.years()], "today": drawing["today"]},
        "drawing": drawing,
        "deadlines": [*_deadlines(chapter, details["deadlines"], views)],
        "history": [*_history(chapter, views)],
        "mails": [*_mails(chapter, views, files)],
    }


def _deadlines(chapter: Chapter, rows: list[Parts], views: Views) -> Iterator[Parts]:
    """Yield each date with its explanation once, then its steps with what moved each alert."""
    details, policy, today = chapter.details, chapter.policy, chapter.details.today
    pairs = sorted(zip(details.steps, rows, strict=True), key=lambda pair: _date_first(pair[0]))
    for _, group in groupby(pairs, key=lambda pair: pair[0].deadline.name):
        steps = [*group]
        first = steps[0][0]
        yield {
            "subject": _called(first.deadline),
            "on": deadline_words.listed_on(first.deadline),
            "open": any(queries.is_to_come(line, policy, today) for line, _ in steps),
            "explanation": first.of_date,
            "steps": [
                row
                | {
                    "alert_at": views.local(line.occurrence.alert_at),
                    "step_label": deadline_words.listed_step(line.occurrence),
                    "status_label": queries.status_in_words(line, policy, today),
                    "explanation": line.of_alert,
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
    then = as_called_then(events, chapter.details.agreement)
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


def _mails(chapter: Chapter, views: Views, files: Collection[str]) -> Iterator[Parts]:
    for row in chapter.mails:
        mail = views.mail(row, held=chapter.held)
        name = f"mails/{mail['id']}.eml"
        yield mail | {
            "called": views.mail_called(mail, chapter.details.agreement),
            "address": row.address,
            "why": mail["last_error"] if mail["status"] == MessageStatus.CANCELLED else None,
            "at": views.local(mail["accepted_at"] or mail["created_at"]),
            "file": name if name in files else None,
        }
