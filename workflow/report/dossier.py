"""The page of one agreement: the same views as `show`, `why`, `history` and `mail list`."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from states.change import Status
from states.phrase import say
from states.policy import Policy
from states.process import PROCESS
from workflow.explaining import explain_deadline
from workflow.report.chart import axis_of, lane
from workflow.service.chapters import Book, Chapter
from workflow.service.reading import EARLIER_DATE, DeadlineLine
from workflow.subjects import subject
from workflow.views import Views

TO_COME = {Status.PLANNED, Status.UNKNOWN}


def dossier_page(chapter: Chapter, views: Views, book: Book) -> dict[str, Any]:
    """Return everything that the page of one agreement shows."""
    axis = axis_of(chapter.timeline, book.today)
    drawing = lane(chapter.timeline, axis, book.today)
    return {
        "row": views.line(chapter.line),
        "whole": views.whole(chapter.whole, book.policy),
        "stages": [views.language.say(item.label) for item in PROCESS.values()],
        "stage_number": list(PROCESS).index(chapter.line.agreement.stage) + 1,
        "ended": views.stage(chapter.line.agreement.stage, chapter.line.agreement.ending),
        "axis": {"years": [*axis.years()], "today": drawing["today"]},
        "drawing": drawing,
        "deadlines": [*_deadlines(chapter, views, book.policy)],
        "history": [_event(views.event(line), views) for line in chapter.history],
        "mails": [_mail(views.mail(row, held=None), views) for row in chapter.mails],
    }


def _deadlines(chapter: Chapter, views: Views, policy: Policy) -> Iterator[dict[str, Any]]:
    """Yield each date with its explanation once, then its steps with what moved each alert."""
    lines = sorted(chapter.whole.steps, key=_date_first)
    for _, group in groupby(lines, key=lambda line: line.deadline.obligation):
        steps = [*group]
        deadline = steps[0].deadline
        explained = [*explain_deadline(deadline, chapter.line.agreement)]
        earlier = EARLIER_DATE in steps[0].explanation
        yield {
            "subject": views.language.say(subject(deadline)),
            "on": views.plain(deadline.nominal_on),
            "open": any(line.status in TO_COME for line in steps),
            "explanation": views.plain([EARLIER_DATE] if earlier else explained),
            "steps": [
                _step(line, views, policy, 0 if earlier else len(explained))
                for line in steps
                if line.occurrence
            ],
        }


def _date_first(line: DeadlineLine) -> tuple[bool, str, str]:
    on = line.deadline.nominal_on
    return on is None, str(on), line.deadline.obligation


def _step(line: DeadlineLine, views: Views, policy: Policy, shared: int) -> dict[str, Any]:
    row = views.deadline(line, policy)
    own = row["explanation"][shared:]
    words = {"status_label": views.language.say(say(row["status"])), "explanation": own}
    return row | words


def _event(row: dict[str, Any], views: Views) -> dict[str, Any]:
    """Return an event with who did it, without the machine that it was done on."""
    stage = PROCESS[row["to"]].label if row["to"] != row["from"] else None
    actor = (row["actor"] or "").partition("@")[0]
    return row | {"actor": actor, "stage": views.language.say(stage) if stage else None}


def _mail(row: dict[str, Any], views: Views) -> dict[str, Any]:
    return row | {"status_label": views.language.say(say(row["status"]))}
