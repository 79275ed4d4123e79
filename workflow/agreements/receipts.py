"""The receipt of a date: all that a stranger needs to compute it and its alert anew."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from states.dates.policy import Policy
from states.dates.tacit_renewal import SAFE_READING
from states.dates.working_days import EQUATED_DAYS_KNOWN
from states.model.agreement import Agreement
from states.model.arithmetic import DAY, Dated
from states.model.events import Event
from states.model.stage import Deadline, Occurrence
from workflow.agreements.explanations import counted_day, determines
from workflow.engine.decider import facts_of
from workflow.engine.policies import RULES_VERSION

Part = Mapping[str, Any]


def last_changes(events: Iterable[Event]) -> dict[str, int]:
    """Return for each fact the number of the event that made it what it is."""
    return {change.field: event.seq for event in events for change in event.changes}


def receipt(
    deadline: Deadline,
    occurrence: Occurrence | None,
    agreement: Agreement,
    policy: Policy,
    events: Mapping[str, int],
) -> Part:
    """Return the facts with their events, the versions, and each step of the arithmetic.

    `other_reading` is the date by the other reading of a clause that has two.
    """
    nominal = deadline.nominal if isinstance(deadline.nominal, Dated) else None
    other = nominal.anchor if nominal and nominal.because == SAFE_READING.text else None
    return {
        "rules": RULES_VERSION,
        "calendar": {
            "timezone": policy.timezone,
            "alert_time": policy.alert_time.isoformat("minutes"),
            "closed_days": sorted(policy.working_days.closed_days),
            "equated_days_known": EQUATED_DAYS_KNOWN,
        },
        "facts": [
            {"field": field, "value": value, "event": events.get(field)}
            for field, value in facts_of(agreement).items()
            if determines(field, deadline)
        ],
        "arithmetic": [*_arithmetic(nominal)],
        "alert": _alert(occurrence, policy) if occurrence else None,
        "other_reading": other.day if other else None,
    }


def _arithmetic(date: Dated | None) -> Iterator[Part]:
    """Yield each date in turn, what it was counted from, and by which rule."""
    if date is None:
        return
    yield from _arithmetic(date.anchor)
    origin, rule = date.anchor and date.anchor.day, re.search(r"\((R\d)\)", date.because)
    yield {
        "rule": rule[1] if rule else None,
        "from": origin,
        "period": date.period,
        "days": (date.day - origin).days if origin else None,
        "to": date.day,
    }


def _alert(occurrence: Occurrence, policy: Policy) -> Part:
    """Return how the alert follows from the date (R3): the day by the step, and the working day.

    `waits_until` is the day through which an acknowledgement put it off; None where it did not.
    """
    deadline, step = occurrence.deadline, occurrence.step
    origin = deadline.known_on if step.sign > 0 else None
    day = counted_day(occurrence)
    moved = []
    while (reason := policy.working_days.why_not(day)) and not step.at_midnight:
        moved.append({"day": day, "because": reason})
        day += DAY if step.sign > 0 else -DAY
    leaves_on = policy.alert_day(deadline, step)
    return {
        "from": origin or deadline.nominal_on,
        "step": step.name,
        "moved": moved,
        "day": leaves_on,
        "waits_until": deadline.waits_until if leaves_on != day else None,
        "at": occurrence.alert_at,
    }
