"""Deriving: from the facts of an agreement to its deadlines and their steps; nothing is stored."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime

from msgspec.structs import replace

from states.dates.policy import Policy, day_of_step
from states.model.agreement import Agreement
from states.model.events import Dossier, Record, Status
from states.model.fact_types import DeadlineName
from states.model.memo import last_remembered
from states.model.stage import Deadline, Ending, Occurrence, OccurrenceName, Rule
from states.process import RULES, WATCHED_IN


@last_remembered
def derive(agreement: Agreement, policy: Policy, today: date) -> Sequence[Deadline]:
    """Return every deadline that the facts give, open or closed, watched now or later."""
    derived = (d for rule in RULES.values() for d in rule.watch(agreement, policy, today))
    known, seen = agreement.known_on, agreement.acknowledged
    if not (known or seen):
        return tuple(derived)
    return tuple(
        replace(d, known_on=known.get(d.name), waits_until=seen.get(d.name)) for d in derived
    )


def occurrences(deadlines: Iterable[Deadline], policy: Policy) -> Iterator[Occurrence]:
    """Yield every step of every deadline whose date is known."""
    return (step for deadline in deadlines for step in policy.occurrences(deadline))


@last_remembered
def steps(agreement: Agreement, policy: Policy, today: date) -> Sequence[Occurrence]:
    """Return every step of every deadline that the facts give and whose date is known."""
    return tuple(occurrences(derive(agreement, policy, today), policy))


@last_remembered
def watched_steps(agreement: Agreement, policy: Policy, today: date) -> Sequence[Occurrence]:
    """Return those of them that are open."""
    every = steps(agreement, policy, today)
    return tuple(step for step in every if is_open(step.deadline, agreement))


def is_open(deadline: Deadline, agreement: Agreement) -> bool:
    """Tell whether the agreement's stage watches this deadline and it still asks for something."""
    return deadline.closed is None and agreement.stage in WATCHED_IN[deadline.rule]


def went_off(dossier: Dossier, policy: Policy, now: datetime) -> Mapping[str, Record]:
    """Return of what was recorded the steps that went off, the latest first.

    Those are the alerts that left, the end of a term that lapsed, and of what is open the steps
    whose time had come when they were left unsaid: somebody is asked for it all the same.
    """
    agreement, today = dossier.agreement, policy.day_of(now)
    watched = watched_steps(agreement, policy, today)
    open_now = {step.name for step in watched if step.alert_at <= now}
    found = {
        name: record
        for name, record in dossier.recorded.items()
        if record.status is Status.FIRED or name in open_now or _is_lapse(name, agreement, today)
    }
    return dict(sorted(found.items(), key=_when, reverse=True))


def _when(item: tuple[str, Record]) -> tuple[datetime, date, str]:
    """Return when a step was recorded; of one moment the day of each step tells which is later."""
    name, record = item
    parts = OccurrenceName.parse(name)
    return record.at, day_of_step(parts.day, parts.day, parts.step), name


def _is_lapse(name: str, agreement: Agreement, today: date) -> bool:
    """Tell whether this is the end of a term that has lapsed, also where history says so."""
    parts = OccurrenceName.parse(name)
    return agreement.ending is Ending.LAPSED and parts.rule is Rule.EXPIRY and parts.day <= today


def known_too_late(
    known: Collection[str],
    replaced: Mapping[str, Deadline],
    after: Sequence[Deadline],
    today: date,
) -> Mapping[DeadlineName, date]:
    """Return the due dates known only after themselves; their follow-ups count from today.

    One that takes the place of a date in the past was known as late as that, or in time.
    """
    late = (
        (deadline.name, _known_on(replaced.get(deadline.name), deadline.nominal_on, today))
        for deadline in after
        if RULES[deadline.rule].waits_when_known_late
        and deadline.closed is None
        and deadline.nominal_on
        and deadline.nominal_on < today
        and deadline.name not in known
    )
    return {name: day for name, day in late if day}


def _known_on(replaced: Deadline | None, day: date, today: date) -> date | None:
    if not (replaced and replaced.nominal_on and replaced.nominal_on < today):
        return today
    return replaced.known_on if replaced.known_on and replaced.known_on > day else None


def replaced_dates(before: Sequence[Deadline], after: Sequence[Deadline]) -> Mapping[str, Deadline]:
    """Return the deadlines whose date is a date no more, by those that take their place."""
    there = {deadline.name for deadline in after}
    gone = {
        deadline.subject: deadline
        for deadline in before
        if deadline.nominal_on and deadline.name not in there
    }
    known = {deadline.name for deadline in before}
    return {
        deadline.name: gone[deadline.subject]
        for deadline in after
        if deadline.subject in gone and deadline.nominal_on and deadline.name not in known
    }


def moved_dates(
    alerted: Mapping[str, date], after: Sequence[Deadline]
) -> Mapping[DeadlineName, date]:
    """Return for each deadline that was told of and has another date now, the date it replaces.

    One of which the date is not known any more keeps it for the date that comes. What is closed
    takes the place of nothing: so are the days to which a proposal was held over before.
    """
    return {
        deadline.name: alerted[deadline.subject]
        for deadline in after
        if deadline.subject in alerted
        and not deadline.closed
        and RULES[deadline.rule].has_date
        and deadline.nominal_on != alerted[deadline.subject]
    }


def asked_again(
    agreement: Agreement,
    recorded: Mapping[str, Record],
    policy: Policy,
    today: date,
    taken_back: Collection[str] = (),
) -> tuple[str, ...]:
    """Return the steps that were closed ahead of their time and that the facts ask for again.

    So are those that were closed by what is taken back, also where an acknowledgement held them.
    Also those beyond all that is derived on this day; what a later step overtook stays closed.
    """
    closed = {name: it for name, it in recorded.items() if it.status is not Status.FIRED}
    if not closed:
        return ()
    furthest = max(OccurrenceName.parse(name).day for name in closed)
    open_now = (d for d in derive(agreement, policy, max(today, furthest)) if not d.closed)
    return tuple(
        item.name
        for deadline in open_now
        for item in _after_the_last_fired(replace(deadline, waits_until=None), recorded, policy)
        if item.name in closed and (item.alert_at > closed[item.name].at or item.name in taken_back)
    )


def _after_the_last_fired(
    deadline: Deadline, recorded: Mapping[str, Record], policy: Policy
) -> list[Occurrence]:
    found = [*policy.occurrences(deadline)]
    kept = [recorded.get(item.name) for item in found]
    fired = [place for place, it in enumerate(kept) if it and it.status is Status.FIRED]
    return found[max(fired, default=-1) + 1 :]
