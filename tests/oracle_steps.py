"""The stage and the steps that facts and time demand, worked out by hand from docs/.

The second half of the oracle for property tests: which deadlines are watched where, on which dates
their steps alert (R3), and in which stage an agreement stands. It knows none of the product's code
but the two lists of words below.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.easter import easter

from tests import oracle_dates as dates
from tests.oracle_dates import DAY, Facts, Length, length

ZONE = ZoneInfo("Europe/Amsterdam")
RUNNING = ("active", "evaluation", "continuation_decision")
WATCHED_IN = {
    "unsigned": ("signing",),
    "activation": ("signing",),
    "held_over": ("college_decision",),
    "payment": ("signing", *RUNNING, "ended"),
    "obligation": ("signing", *RUNNING, "ended"),
    "evaluation": RUNNING,
    "continuation": RUNNING,
    "expiry": RUNNING,
    "notice": RUNNING,
    "renewal": RUNNING,
}
EQUATED = [
    "2023-04-28",
    "2023-05-19",
    "2024-05-10",
    "2024-12-27",
    "2025-05-30",
    "2026-01-02",
    "2026-05-15",
    "2027-05-07",
    "2028-04-28",
    "2028-05-26",
]
Settings = Mapping[str, tuple[str, ...]]


# Working days (R6) -------------------------------------------------------------------------------


def is_working_day(day: date) -> bool:
    sunday = easter(day.year)
    moving = {sunday + timedelta(days=days) for days in (-2, 1, 39, 50)}
    fixed = {(1, 1), (5, 5), (12, 25), (12, 26)}
    kings = date(day.year, 4, 27)
    kings -= DAY * (kings.isoweekday() == 7)
    closed = day in moving or (day.month, day.day) in fixed or day == kings
    return day.isoweekday() < 6 and not closed and day.isoformat() not in EQUATED


def working_day(day: date, *, forward: bool) -> date:
    while not is_working_day(day):
        day += DAY if forward else -DAY
    return day


def moment(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), ZONE).astimezone(UTC)


# Steps (R3) --------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A deadline that is watched and open, with its leads and follow-ups as ISO periods."""

    rule: str
    about: str
    nominal: date
    leads: tuple[str, ...] = ()
    follow_ups: tuple[str, ...] = ()
    at_midnight: bool = False

    @property
    def name(self) -> str:
        return f"{self.rule}:{self.about}:{self.nominal}"


def alerts(asked: Asked, facts: Facts) -> Iterator[tuple[str, datetime]]:
    """Yield each step's name with the instant at which it alerts."""
    if asked.at_midnight:
        yield f"{asked.name}:P0D", moment(asked.nominal, 0)
        return
    counted = dates.day(facts, _key("known_on", asked)) or asked.nominal
    waits = dates.day(facts, _key("acknowledged", asked))
    for sign, period in _signed(asked):
        if sign == "+":
            on = working_day(dates.after(counted, length(period)), forward=True)
        else:
            on = working_day(dates.before(asked.nominal, length(period)), forward=False)
        if waits and on < waits and not _is_exempt(asked, sign, period, facts):
            on = working_day(waits, forward=True)
        yield f"{asked.name}:{sign}{period}", moment(on, 8)


def _signed(asked: Asked) -> list[tuple[str, str]]:
    leads = [("" if length(period) == (0, 0) else "-", period) for period in asked.leads]
    return [*leads, *(("+", period) for period in asked.follow_ups)]


def _key(group: str, asked: Asked) -> str:
    return f"{group}.{asked.name.replace('.', '/')}"


def _is_exempt(asked: Asked, sign: str, period: str, facts: Facts) -> bool:
    """What moves the agreement never waits, and neither does the step that escalates."""
    if asked.rule == "evaluation":
        return not sign or (sign, period) == _last_before_the_end(asked, facts)
    if asked.rule == "continuation" and not finals(facts) and period == asked.leads[0]:
        return True
    return asked.rule in ESCALATING and (sign, period) == _signed(asked)[-1]


ESCALATING = ("unsigned", "payment", "obligation", "continuation", "notice")


def _last_before_the_end(asked: Asked, facts: Facts) -> tuple[str, str] | None:
    end, counted = dates.end(facts), dates.day(facts, _key("known_on", asked)) or asked.nominal
    if end is None:
        return ("+", asked.follow_ups[-1]) if asked.follow_ups else None
    days = {p: working_day(dates.after(counted, length(p)), forward=True) for p in asked.follow_ups}
    in_time = [period for period, day in days.items() if day <= end]
    return ("+", in_time[-1]) if in_time else None


# What is asked -----------------------------------------------------------------------------------


def finals(facts: Facts) -> list[str]:
    """Return the final evaluations that count for the term that runs."""
    found = [key for key in dates.keys(facts, "evaluation") if _is_final(facts, key)]
    return [key for key in found if not _was_of_an_earlier_term(facts, key)]


def _was_of_an_earlier_term(facts: Facts, key: str) -> bool:
    """Only one that is not counted back from the end was held, once for all, in one term."""
    if f"evaluation.{key}.before_end" in facts or not is_held(facts, key):
        return False
    due, earlier = dates.evaluation(facts, key), dates.end_before(facts)
    held = facts[f"evaluation.{key}.held.{due}.on"]
    return earlier is not None and max(held, str(due)) <= str(earlier)


def _is_final(facts: Facts, key: str) -> bool:
    said = facts.get(f"evaluation.{key}.final")
    return said == "true" if said else f"evaluation.{key}.before_end" in facts


def is_held(facts: Facts, key: str) -> bool:
    due = dates.evaluation(facts, key)
    return due is not None and f"evaluation.{key}.held.{due}.on" in facts


def asked(
    facts: Facts, stage: str, ending: str | None, settings: Settings, horizon: date
) -> Iterator[Asked]:
    """Yield every deadline that is watched in this stage and asks for something."""
    every = (
        *_signing(facts, settings),
        *_payments(facts, ending, settings, horizon),
        *_obligations(facts, ending, settings, horizon),
        *_evaluations(facts, settings),
        *_ends(facts, settings),
    )
    yield from (item for item in every if stage in WATCHED_IN[item.rule])


def decided(facts: Facts) -> date | None:
    days = [dates.day(facts, f"decision.{n}.on") for n in dates.keys(facts, "decision")]
    return max((day for day in days if day), default=None)


def unsigned(facts: Facts) -> list[str]:
    return [key for key in dates.founders(facts) if f"party.{key}.signed_on" not in facts]


def _signing(facts: Facts, settings: Settings) -> Iterator[Asked]:
    on, start = decided(facts), dates.start(facts)
    if on and unsigned(facts):
        follow_ups = settings["unsigned_after"]
        yield Asked(rule="unsigned", about="signatures", nominal=on, follow_ups=follow_ups)
    if start and not unsigned(facts):
        yield Asked(rule="activation", about="term", nominal=start, at_midnight=True)
    latest = max(map(int, dates.keys(facts, "decision")), default=0)
    until = dates.day(facts, f"decision.{latest}.until")
    if until and facts[f"decision.{latest}.outcome"] == "held_over":
        yield Asked(rule="held_over", about="college", nominal=until, leads=("P0D",))


def _payments(
    facts: Facts, ending: str | None, settings: Settings, horizon: date
) -> Iterator[Asked]:
    for number, due in dates.instalments(facts, horizon).items():
        path = f"instalment.{number}"
        settled = f"{path}.paid_on" in facts or f"{path}.waived_on" in facts
        begins = due and dates.begins(facts, number, due)
        if due and begins and not settled and not _is_void(facts, ending, begins):
            yield Asked(
                rule="payment",
                about=str(number),
                nominal=due,
                leads=settings["payment_before"],
                follow_ups=settings["payment_after"],
            )


def _is_void(facts: Facts, ending: str | None, due: date) -> bool:
    end, over = dates.end(facts), ending or "termination.ends_on" in facts
    return ending in {"withdrawn", "rejected"} or bool(over and end and due > end)


def _obligations(
    facts: Facts, ending: str | None, settings: Settings, horizon: date
) -> Iterator[Asked]:
    leads = [period for period in settings["obligation_before"] if period != "P0D"]
    for key, number, due in dates.obligations(facts, horizon):
        path = f"obligation.{key}.fulfilment.{number}"
        settled = f"{path}.on" in facts or f"{path}.waived_on" in facts
        if not settled and not _is_void(facts, ending, due):
            yield Asked(
                rule="obligation",
                about=f"{key}.{number}" if f"obligation.{key}.every" in facts else key,
                nominal=due,
                leads=(*leads, "P0D"),
                follow_ups=settings["obligation_after"],
            )


def _evaluations(facts: Facts, settings: Settings) -> Iterator[Asked]:
    for key in dates.keys(facts, "evaluation"):
        due = dates.evaluation(facts, key)
        if due and not is_held(facts, key):
            yield Asked(
                rule="evaluation",
                about=key,
                nominal=due,
                leads=(*settings["evaluation_before"], "P0D"),
                follow_ups=settings["evaluation_after"],
            )


def _notices(facts: Facts, end: date) -> Iterator[tuple[str, date]]:
    """Yield when notice has to be given to end this term, and the later ones that are asked now.

    Where that was before a term began, the term has the number of its extension for a name.
    """
    numbers = [int(number) for number in dates.keys(facts, "extension")]
    notice = _notice(facts)
    if not numbers:
        yield "term", notice
    else:
        gone = f"extension.{max(numbers)}."
        began_after = dates.natural_end({k: v for k, v in facts.items() if not k.startswith(gone)})
        assert began_after
        yield str(max(numbers)) if notice <= began_after else "term", notice
    longer, number = dict(facts), max(numbers, default=0)
    while True:
        number += 1
        longer[f"extension.{number}.length"] = facts["term.renewal_length"]
        if (notice := _notice(longer)) > end:
            return
        yield str(number), notice


def _notice(facts: Facts) -> date:
    end = dates.natural_end(facts)
    assert end
    return dates.before(end, length(facts["term.notice"])) - DAY


def _ends(facts: Facts, settings: Settings) -> Iterator[Asked]:
    end = dates.end(facts)
    if end is None:
        return
    if dates.renews(facts):
        leads = (*settings["evaluation_before"], "P0D")
        if not dates.is_disputed(facts, "term.notice"):
            start = dates.start(facts)
            for about, notice in _notices(facts, end):
                if not (start and notice < start):
                    yield Asked(rule="notice", about=about, nominal=notice, leads=leads)
        yield Asked(rule="renewal", about="term", nominal=end + DAY, at_midnight=True)
        return
    yield Asked(rule="expiry", about="term", nominal=end + DAY, at_midnight=True)
    if "termination.ends_on" not in facts and not dates.decided(facts):
        leads = settings["continuation_before"]
        yield Asked(rule="continuation", about="term", nominal=end, leads=leads)


# The stage ---------------------------------------------------------------------------------------


def stage(facts: Facts, settings: Settings, now: datetime) -> str:
    """Return the stage of an agreement that the college agreed to, as its facts demand it."""
    today, start, end = now.astimezone(ZONE).date(), dates.start(facts), dates.end(facts)
    if unsigned(facts) or start is None or start > today:
        return "signing"
    if end and end < today:
        return "ended"
    if _decision_is_asked(facts, settings, now):
        return "continuation_decision"
    return "evaluation" if any(_open(facts, now)) else "active"


def _decision_is_asked(facts: Facts, settings: Settings, now: datetime) -> bool:
    if finals(facts):
        return all(is_held(facts, key) for key in finals(facts))
    end, leads = dates.end(facts), settings["continuation_before"]
    if end is None:
        return False
    if facts.get("decision_started_for") == end.isoformat():
        return True
    if "termination.ends_on" in facts or dates.renews(facts) or not leads:
        return False
    return called(end, length(leads[0])) <= now


def _open(facts: Facts, now: datetime) -> Iterator[str]:
    for key in dates.keys(facts, "evaluation"):
        due = dates.evaluation(facts, key)
        if due is None or is_held(facts, key):
            continue
        started = facts.get(f"evaluation.{key}.started_for") == due.isoformat()
        if started or called(due, (0, 0)) <= now:
            yield key


def called(day: date, lead: Length) -> datetime:
    return moment(working_day(dates.before(day, lead), forward=False), 8)


def ending(facts: Facts) -> str:
    """Return how an agreement ended whose last day is over."""
    if "termination.ends_on" in facts:
        return "terminated"
    outcome = facts.get(f"{dates.decided(facts)}.outcome")
    return {"continue": "continued", "stop": "expired"}.get(outcome or "", "lapsed")
