"""Why a date is what it is: anchor, arithmetic, clause, and what moved the alert."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from fnmatch import fnmatchcase

from states.dates import term_dates
from states.dates.obligations import turn_of
from states.dates.policy import Policy, day_of_step
from states.dates.tacit_renewal import earliest_end, notice_for
from states.dates.working_days import EQUATED_DAYS_KNOWN
from states.model.agreement import Agreement, Source
from states.model.arithmetic import DAY, LAST_DAY
from states.model.fact_words import fact_words
from states.model.phrase import Phrase, say
from states.model.stage import Deadline, Occurrence, Rule, Unknown
from states.process import RULES
from states.rules import missing_facts
from states.rules.rule import OF_THE_START, OF_THE_TERM


def explain_deadline(deadline: Deadline, agreement: Agreement) -> Iterator[Phrase]:
    """Yield the anchor, each step of arithmetic, the clause, and where the facts come from."""
    yield from explain_date(deadline, agreement)
    for source in agreement.source.values():
        if source.field == deadline.about or determines(source.field, deadline):
            yield _source(source, agreement)


def explain_date(deadline: Deadline, agreement: Agreement) -> Iterator[Phrase]:
    """Yield the anchor, each step of arithmetic, and the clause."""
    if isinstance(deadline.nominal, Unknown):
        yield say("Unknown, because {reason}.", reason=deadline.nominal.because)
        return
    yield from deadline.nominal.explanation
    if deadline.known_on:
        yield say(
            "The date became known on {day}, when it had passed: follow-ups count from then.",
            day=deadline.known_on,
        )
    replaced = agreement.replaces.get(deadline.name)
    if replaced:
        yield say("It replaces the earlier date, {day}, which was told before.", day=replaced)
    if deadline.clause:
        yield say("The clause: “{clause}”", clause=deadline.clause)


def explain_earliest_end(agreement: Agreement, today: date) -> Iterator[Phrase]:
    """Yield why an open-ended agreement cannot end before a day; nothing where it may any day."""
    earliest, notice = earliest_end(agreement, today), agreement.term.notice
    if isinstance(earliest, Unknown):
        yield say("Unknown, because {reason}.", reason=earliest.because)
    elif earliest:
        yield from earliest.explanation
        if notice and (by := notice_for(earliest, notice)).day >= today:
            yield from by.explanation[len(earliest.explanation) :]
        for source in agreement.source.values():
            if source.field in {"term.minimum", "term.notice"}:
                yield _source(source, agreement)


COUNTED_FROM: Mapping[str, tuple[str, ...]] = {
    term_dates.FIXED_START.text: ("term.start",),
    term_dates.OWN_SIGNATURE.text: OF_THE_START,
    term_dates.LAST_SIGNATURE.text: OF_THE_START,
    LAST_DAY.text: ("term.length", "extension.*.length"),
    term_dates.FIXED_END.text: ("term.last_day",),
    term_dates.ENDS_BEFORE.text: ("term.ends_before",),
    term_dates.SUSPENDED.text: ("suspension.*",),
    term_dates.TERMINATED.text: ("termination.*",),
    missing_facts.NEEDED_NOW.text: OF_THE_START,
    missing_facts.NEEDED_BY.text: OF_THE_START,
    missing_facts.RESTS.text: ("suspension.*",),
}
"""The facts of the term behind each step of the arithmetic."""
RENEWAL_LENGTH = "term.renewal_length"


def determines(field: str, deadline: Deadline) -> bool:
    """Tell whether a fact is one of those that determine the date.

    Of the term those do from which a known date was counted: an evaluation on a day that was agreed
    does not follow from the length, nor an end that was named from the start. The last day to give
    notice of a term to come does follow from the length of a renewal.
    """
    if field == RENEWAL_LENGTH:
        return deadline.rule is Rule.NOTICE and deadline.about.isdigit()
    key, _ = turn_of(deadline.about)
    patterns = RULES[deadline.rule].depends_on
    decisive = (pattern.format(about=deadline.about, key=key) for pattern in patterns)
    if not _is_any(field, decisive):
        return False
    nominal = deadline.nominal
    if isinstance(nominal, Unknown) or not _is_any(field, OF_THE_TERM):
        return True
    return any(_is_any(field, COUNTED_FROM.get(why, ())) for why in nominal.reasons)


def _is_any(field: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(field, pattern) for pattern in patterns)


def _source(source: Source, agreement: Agreement) -> Phrase:
    parts = {"what": fact_words(source.field, agreement), "status": say(source.status.value)}
    if source.quote:
        return say("{what} is {status}: “{quote}”", **parts, quote=source.quote)
    return say("{what} is {status}.", **parts)


def explain_alert(occurrence: Occurrence, policy: Policy) -> Iterator[Phrase]:
    """Yield how the alert follows from the date: the step, and each day that moved it (R3)."""
    deadline, step = occurrence.deadline, occurrence.step
    if step.at_midnight:
        day = deadline.nominal_on
        yield say("It takes effect at 00:00 of {day}, working day or not.", day=day)
        return
    yield from _step(occurrence, policy)
    wait = deadline.waits_until
    if wait and policy.alert_day(deadline, step) != policy.natural_day(deadline, step):
        yield say("It was acknowledged; its follow-ups wait until {day}.", day=wait)


def counted_day(occurrence: Occurrence) -> date:
    """Return the day that a step counts to, working day or not."""
    nominal = occurrence.deadline.nominal_on
    assert nominal
    return day_of_step(nominal, occurrence.deadline.known_on or nominal, occurrence.step)


def _step(occurrence: Occurrence, policy: Policy) -> Iterator[Phrase]:
    step, day = occurrence.step, counted_day(occurrence)
    if step.sign < 0:
        yield say("{period} before is {day}.", period=step.period, day=day)
    elif step.sign > 0:
        yield say("{period} after is {day}.", period=step.period, day=day)
    yield from _moves(day, policy, forward=step.sign > 0)
    yield say("The alert leaves at {time}.", time=policy.alert_time.strftime("%H:%M"))


def _moves(day: date, policy: Policy, *, forward: bool) -> Iterator[Phrase]:
    while reason := policy.working_days.why_not(day):
        following = day + DAY if forward else day - DAY
        yield say(
            "{day} is {reason}, so the alert moves to {to}.", day=day, reason=reason, to=following
        )
        day = following
    first, last = EQUATED_DAYS_KNOWN
    if not first <= day <= last:
        yield say(
            "Days equated with a holiday by royal decree are known from {first} to {last} only.",
            first=first,
            last=last,
        )
