"""The worklist: what has to be done, by urgency and then by date, and what happens by itself."""

from collections.abc import Iterable, Iterator
from datetime import date
from enum import StrEnum

from msgspec import Struct

from states.dates.college import College, Meeting
from states.dates.policy import Policy
from states.dates.tacit_renewal import minimum_end, notice_for
from states.model.agreement import Agreement
from states.model.arithmetic import MONTH, WEEK, Dated, plus
from states.model.events import Dossier
from states.model.period import Period
from states.model.phrase import Phrase, say
from states.model.stage import Deadline, Rule
from states.process import WATCHED_IN
from workflow.agreements.queries import Listed, ListRow, next_alert
from workflow.engine.standing import STATE_WORDS, DeadlineState, Standing, recorded_by

WITHIN = Period(days=90)


class Urgency(StrEnum):
    """How soon something asks for somebody, the soonest first."""

    LATE = "late"
    WEEK = "week"
    MONTH = "month"
    LATER = "later"
    BY_ITSELF = "by_itself"


URGENCIES = [*Urgency]


class WorkItem(Struct, frozen=True, kw_only=True):
    """One date that asks for somebody, or on which something happens; `action` records it."""

    agreement: Agreement
    standing: Standing
    what: Phrase
    state: DeadlineState
    urgency: Urgency
    days: int
    next_on: date | None
    action: str | None

    @property
    def on(self) -> date:
        """Return the date."""
        assert self.standing.on
        return self.standing.on

    @property
    def is_by_itself(self) -> bool:
        """Tell whether nobody is asked for anything."""
        return self.urgency is Urgency.BY_ITSELF

    @property
    def days_in_words(self) -> Phrase:
        """Return how long until the date, or since."""
        if self.state is DeadlineState.LATE and self.days:
            return late_in_words(-self.days)
        if self.days < 0:
            return STATE_WORDS[self.state]
        soon = (say("today"), say("tomorrow"))
        return soon[self.days] if self.days < len(soon) else say("in {count} days", count=self.days)


def late_in_words(days: int) -> Phrase:
    """Return that something is so many days late."""
    return say("one day late") if days == 1 else say("{count} days late", count=days)


def meeting_for(college: College, item: WorkItem, policy: Policy, today: date) -> Meeting | None:
    """Return the last meeting of the college at which what is asked is decided in time, if any."""
    if item.is_by_itself:
        return None
    return college.meeting_for(item.standing.deadline.rule, item.on, policy, today)


def worklist(
    rows: Iterable[Listed], policy: Policy, today: date, within: Period = WITHIN
) -> list[WorkItem]:
    """Return what these agreements ask, the most urgent first, up to a period from today."""
    last = plus(today, within)
    found = (
        item
        for row in rows
        if isinstance(row, ListRow)
        for item in _of_one(row, policy, today)
        if item.on <= last
    )
    return sorted(
        found, key=lambda item: (URGENCIES.index(item.urgency), item.on, item.agreement.ref)
    )


def _of_one(row: ListRow, policy: Policy, today: date) -> Iterator[WorkItem]:
    for standing in row.standings:
        yield from _items(row.dossier, standing, policy, today)
    yield from _first_end(row.agreement, today)


def _first_end(agreement: Agreement, today: date) -> Iterator[WorkItem]:
    """Yield the first day on which it can end, by its minimum term, by when notice is given."""
    end, notice = minimum_end(agreement), agreement.term.notice
    is_asked = agreement.stage in WATCHED_IN[Rule.NOTICE] and not agreement.termination
    if not (is_asked and isinstance(end, Dated)):
        return
    by = notice_for(end, notice) if notice else end
    if by.day < today:
        return
    what = say("it can end on {day} at the earliest", day=end.day)
    if notice:
        what = say("{what}; give notice by {by}", what=what, by=by.day)
    deadline = Deadline(rule=Rule.NOTICE, about="term", nominal=by, steps=())
    state, office = DeadlineState.AHEAD, agreement.office
    yield WorkItem(
        agreement=agreement,
        standing=Standing(deadline=deadline, state=state, office=office, by_itself=what),
        what=what,
        state=state,
        urgency=Urgency.BY_ITSELF,
        days=(by.day - today).days,
        next_on=None,
        action=None,
    )


def _items(dossier: Dossier, standing: Standing, policy: Policy, today: date) -> Iterator[WorkItem]:
    """Yield what a deadline asks of somebody, or else what happens on its date."""
    agreement, state, asked = dossier.agreement, standing.state, standing.request
    if standing.on is None or not standing.is_open or state is DeadlineState.PASSED:
        return
    if asked is None and (standing.by_itself is None or standing.on < today):
        return
    following = next_alert([standing.deadline], dossier, policy)
    yield WorkItem(
        agreement=agreement,
        standing=standing,
        what=asked or standing.by_itself or standing.words,
        state=state,
        urgency=_urgency(state, (standing.on - today).days) if asked else Urgency.BY_ITSELF,
        days=(standing.on - today).days,
        next_on=policy.day_of(following.alert_at) if following else None,
        action=recorded_by(agreement, standing.deadline, today) if asked else None,
    )


def _urgency(state: DeadlineState, days: int) -> Urgency:
    if state is DeadlineState.LATE:
        return Urgency.LATE
    if days < WEEK.days:
        return Urgency.WEEK
    return Urgency.MONTH if days < MONTH.days else Urgency.LATER
