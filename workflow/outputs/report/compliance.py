"""Compliance, for councils and auditors: what had to be evaluated and decided, and what came of it.

Of each year and office: what was due, when it was done, how late, with what result, and what was
known when. A date that was reached while it held stays due, also when a renewal or an amendment has
put another in its place since: that it was reached stands in the ledger.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date

from msgspec import Struct

from states.dates.policy import Policy
from states.dates.term_dates import day_of, dues_of, end_of
from states.model.agreement import Agreement
from states.model.events import REGISTER, apply
from states.model.fact_words import called
from states.model.facts import build
from states.model.phrase import Phrase, say
from states.model.stage import Ending, OccurrenceName, Rule
from states.process import RULES
from workflow.agreements.queries import HistoryLine
from workflow.agreements.worklist import late_in_words
from workflow.engine.standing import GONE, Standing

DECISION = "continuation"
Due = tuple[str, date]  # an evaluation's key, or DECISION, and the day


class Duty(Struct, frozen=True, kw_only=True):
    """One evaluation or decision that was due, or that was done before it was."""

    agreement: Agreement
    what: Phrase
    due_on: date
    done_on: date | None
    result: str | Phrase | None
    known_on: date | None
    asked_on: date | None
    recorded_on: date | None
    today: date

    @property
    def days_late(self) -> int:
        """Return how many days after its date it was done, or is open."""
        return max(((self.done_on or self.today) - self.due_on).days, 0)

    @property
    def lateness(self) -> Phrase:
        """Return whether it was in time, in words."""
        return late_in_words(self.days_late) if self.days_late else say("in time")


def duties(
    agreement: Agreement,
    history: Sequence[HistoryLine],
    found: Iterable[Standing],
    policy: Policy,
    today: date,
) -> Iterator[Duty]:
    """Yield every evaluation and decision of one agreement that was due, or done."""
    gone = {(s.deadline.rule, s.deadline.about, s.on) for s in found if s.state in GONE}
    stood = [*_stood(history, policy)]
    known, asked = _known(stood), _asked(history, policy)
    reached = (about for about in _reached(history) if not _was_given_up(about, stood))
    done = _evaluations(agreement, reached, gone) | _decisions(agreement, gone)
    for about, (what, done_on, result) in done.items():
        if done_on or about[1] < today:
            yield Duty(
                agreement=agreement,
                what=what,
                due_on=about[1],
                done_on=done_on,
                result=result,
                known_on=known.get(about),
                asked_on=asked.get(about),
                recorded_on=_recorded(about, history, policy),
                today=today,
            )


# What the facts tell, and of which days the ledger tells that they were reached ------------------

WhatCame = tuple[Phrase, date | None, str | Phrase | None]
Gone = Collection[tuple[Rule, str, date | None]]


def _evaluations(agreement: Agreement, reached: Iterable[Due], gone: Gone) -> dict[Due, WhatCame]:
    named = {str(key): called(item) for key, item in agreement.evaluation.items()}
    days = [(about, on) for rule, about, on in gone if rule is Rule.EVALUATION and on]
    every = [about for about in (*reached, *days) if about[0] in named]
    due: dict[Due, WhatCame] = {about: (named[about[0]], None, None) for about in every}
    for key, item in agreement.evaluation.items():
        for day, held in item.held.items():
            due[key, day] = (named[key], held.on, held.conclusion)
    return due


def _reached(history: Iterable[HistoryLine]) -> Iterator[Due]:
    """Yield the evaluations that were to be held by then; also before they were registered."""
    for line in history:
        event = line.event
        past = event.superseded if event.action == REGISTER else ()
        for name in filter(None, map(OccurrenceName.of, (event.occurrence, *past))):
            if name.rule is Rule.EVALUATION and not name.step.sign:
                yield name.about, name.day


def _decisions(agreement: Agreement, gone: Gone) -> dict[Due, WhatCame]:
    due: dict[Due, WhatCame] = {
        (DECISION, on): (DECIDED, None, None)
        for rule, _, on in gone
        if rule is Rule.CONTINUATION and on
    }
    last_day = day_of(end_of(agreement))
    if agreement.ending is Ending.LAPSED and last_day:
        due[DECISION, last_day] = (DECIDED, None, say("lapsed"))
    for day, then in agreement.continuation.items():
        outcome = say(then.outcome.value)
        told = say("{what} ({reference})", what=outcome, reference=then.reference)
        due[DECISION, day] = (DECIDED, then.on, told if then.reference else outcome)
    return due


DECIDED = RULES[Rule.CONTINUATION].noun


# What was known when -----------------------------------------------------------------------------


Stood = tuple[date, Collection[Due]]
"""A day on which facts changed, and the dates by the facts as they were after that."""


def _stood(history: Iterable[HistoryLine], policy: Policy) -> Iterator[Stood]:
    """Yield each day on which facts changed with the dates that followed from them, in order."""
    facts: dict[str, str] = {}
    for line in history:
        apply(line.event.changes, facts)
        if line.event.changes:
            yield policy.day_of(line.event.at), {*_dates(build(Agreement, facts))}


def _known(stood: Iterable[Stood]) -> dict[Due, date]:
    """Return on which day the register first knew each date."""
    known: dict[Due, date] = {}
    for day, dates in stood:
        for about in dates:
            known.setdefault(about, day)
    return known


def _was_given_up(about: Due, stood: Iterable[Stood]) -> bool:
    """Tell whether another date had taken the place of this one before its day was over, for good.

    It was asked for on a working day before it.
    """
    in_time = [about in dates for day, dates in stood if day <= about[1]]
    later = [about in dates for day, dates in stood if day > about[1]]
    return any(in_time) and not any([in_time[-1], *later])


def _dates(agreement: Agreement) -> Iterator[Due]:
    keys = {id(item): key for key, item in agreement.evaluation.items()}
    for item, due in dues_of(agreement):
        if day := day_of(due):
            yield keys[id(item)], day
    if last_day := day_of(end_of(agreement)):
        yield DECISION, last_day


def _asked(history: Iterable[HistoryLine], policy: Policy) -> dict[Due, date]:
    """Return on which day each was asked for the first time."""
    asked: dict[Due, date] = {}
    for line in history:
        name = OccurrenceName.of(line.event.occurrence)
        if name and name.rule in {Rule.EVALUATION, Rule.CONTINUATION}:
            key = name.about if name.rule is Rule.EVALUATION else DECISION
            asked.setdefault((key, name.day), policy.day_of(line.event.at))
    return asked


def _recorded(about: Due, history: Iterable[HistoryLine], policy: Policy) -> date | None:
    """Return on which day it was recorded that it was done; what was undone is recorded anew."""
    key, day = about
    group = f"{DECISION}.{day}" if key == DECISION else f"evaluation.{key}.held.{day}"
    recorded = None
    for line in history:
        for change in line.event.changes:
            if change.field == f"{group}.on" and None in {change.old, change.new}:
                recorded = policy.day_of(line.event.at) if change.new else None
    return recorded
