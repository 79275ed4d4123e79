"""The dates that the facts give: start, last day, evaluations; or why they are unknown."""

from collections.abc import Iterator
from datetime import date
from functools import reduce

from states.model.agreement import Agreement, Evaluation, Suspension
from states.model.arithmetic import DAY, Dated, after, before, given, last_day, plus
from states.model.disputes import disputed
from states.model.fact_types import Key, Line, StartRule
from states.model.fact_words import field_name
from states.model.memo import remembered
from states.model.period import Period
from states.model.phrase import Phrase, say
from states.model.stage import Unknown

FIXED_START = say("The start was fixed: {day}.")
LAST_SIGNATURE = say(
    "The last party signed on {day}; the agreement starts with the last signature."
)
OWN_SIGNATURE = say("Our own municipality signed on {day}; the agreement starts with it.")
FIXED_END = say(
    "The agreement itself names {day} as its last day, which still belongs to the term."
)
ENDS_BEFORE = say("The agreement ends before the next day (tot), so {day} is its last day.")
COUNTED_ON = say("The longer term is counted from {day}, the day after it.")
TERMINATED = say("The agreement was terminated; {day} is its last day.")
FIXED_EVALUATION = say("The evaluation was agreed for {day}.")
HELD_FOR = say("The evaluation was held for {day}; what moved the date since leaves it held.")
SUSPENDED = say("The agreement was suspended for {period}, which moves {origin} to {day}.")
NO_LENGTH = say(
    "the length of the term is not known; {action} {field} sets it",
    action=say("amend"),
    field=field_name("term.length"),
)


@remembered
def start_of(agreement: Agreement) -> Dated | Unknown:
    """Return the first day, by the start rule of the agreement."""
    rule = agreement.term.start
    if unsure := disputed(agreement, "term.start"):
        return unsure
    if isinstance(rule, date):
        return given(rule, FIXED_START)
    if rule is StartRule.UNKNOWN:
        return Unknown(say("the start is not known; {action} sets it", action=say("set_start")))
    return _start_by_signature(agreement, rule)


def _start_by_signature(agreement: Agreement, rule: StartRule) -> Dated | Unknown:
    own = rule is StartRule.OWN_SIGNATURE
    ours = tuple(party for party in agreement.party.values() if party.own)
    awaited = ours if own else agreement.founders
    if not awaited:  # nobody is marked as our own, or everybody joined later
        return Unknown(say("there is no party on whose signature the start waits"))
    days = (f"party.{key}.signed_on" for key, item in agreement.party.items() if item in awaited)
    if agreement.source and (unsure := disputed(agreement, *days)):
        return unsure
    signed = [party.signed_on for party in awaited if party.signed_on]
    if len(signed) < len(awaited):
        return Unknown(_unsigned([party.name for party in awaited if not party.signed_on]))
    return given(max(signed), OWN_SIGNATURE if own else LAST_SIGNATURE)


def _unsigned(names: list[str]) -> Phrase:
    return say("the agreement has not been signed by: {parties}", parties=", ".join(names))


@remembered
def in_force_from(agreement: Agreement) -> Dated | Unknown:
    """Return the first day in force: the start, once every party has signed."""
    missing: list[str] = [party.name for party in agreement.unsigned]
    return Unknown(_unsigned(missing)) if missing else start_of(agreement)


@remembered
def end_of(agreement: Agreement) -> Dated | Unknown:
    """Return the last day (tot en met); Unknown for an open-ended agreement as well."""
    if agreement.termination:
        return disputed(agreement, "termination.ends_on") or given(
            agreement.termination.ends_on, TERMINATED
        )
    return natural_end_of(agreement)


@remembered
def natural_end_of(agreement: Agreement) -> Dated | Unknown:
    """Return the last day as it would be without a termination (R1, R4).

    A suspension that moves the end moves it by the days from its first up to the resumption.
    """
    return _end_after(agreement, list(agreement.suspension.values()))


def _end_after(agreement: Agreement, rests: list[Suspension]) -> Dated | Unknown:
    """Return the end as these suspensions, the first of all, move it."""
    end = agreed_end(agreement)
    if not rests:
        return end
    names = ("on", "resumed_on", "moves_end")
    facts = (f"suspension.{number}.{name}" for number in agreement.suspension for name in names)
    return disputed(agreement, *facts) or _moved(end, rests)


def suspension_of(agreement: Agreement) -> tuple[int, Suspension] | None:
    """Return the suspension in which the agreement rests, with its number; None when it runs."""
    open_ones = ((n, item) for n, item in agreement.suspension.items() if item.resumed_on is None)
    return next(open_ones, None)


def _moved(end: Dated | Unknown, rests: list[Suspension]) -> Dated | Unknown:
    moving = [item for item in rests if item.moves_end]
    resting = next((item for item in moving if item.resumed_on is None), None)
    if isinstance(end, Dated) and resting:
        return Unknown(
            say(
                "the agreement has been suspended since {day}; its end moves until it is resumed",
                day=resting.on,
            )
        )
    days = sum((item.resumed_on - item.on).days for item in moving if item.resumed_on)
    if isinstance(end, Unknown) or not days:
        return end
    rested = Period(days=days)
    return Dated(plus(end.day, rested), SUSPENDED.text, end, rested)


ENDS = ("term.length", "term.last_day", "term.ends_before", "term.open_ended")


def agreed_end(agreement: Agreement) -> Dated | Unknown:
    """Return the last day of the term as it was agreed, moved by no suspension."""
    return end_with(agreement, [item.length for item in agreement.extension.values()])


def end_with(agreement: Agreement, extensions: list[Period]) -> Dated | Unknown:
    """Return the last day with these extensions, without a termination or a suspension (R1)."""
    term = agreement.term
    lengths = (f"extension.{number}.length" for number in agreement.extension)
    if agreement.source and (unsure := disputed(agreement, *ENDS, *lengths)):
        return unsure
    if term.open_ended:
        return Unknown(say("the agreement is open-ended"))
    if term.length:
        start, length = start_of(agreement), reduce(Period.__add__, extensions, term.length)
        return start if isinstance(start, Unknown) else last_day(start, length)
    if term.last_day or term.ends_before:
        return _extended(_named_end(agreement), extensions)
    return Unknown(NO_LENGTH)


def why_no_end(agreement: Agreement) -> Phrase | None:
    """Return why the last day is not known, for who types nothing; None where it is, or is none."""
    end = end_of(agreement)
    if isinstance(end, Dated) or agreement.term.open_ended:
        return None
    lacks = end.because == NO_LENGTH
    return say("the length of the term is not known") if lacks else end.because


def term_of(agreement: Agreement) -> Line:
    """Name the term that runs by its number and by what was agreed of its end, never by a date."""
    term, lengths = agreement.term, [item.length for item in agreement.extension.values()]
    named = term.last_day or term.ends_before
    agreed = f"{_named_end(agreement).day} " if named else ""
    length = reduce(Period.__add__, lengths, term.length or Period())
    return Line(f"{len(lengths) + 1} {agreed}{length}")


def _named_end(agreement: Agreement) -> Dated:
    term = agreement.term
    if term.last_day:
        return given(term.last_day, FIXED_END)
    assert term.ends_before
    return given(term.ends_before - DAY, ENDS_BEFORE)


def _extended(end: Dated, extensions: list[Period]) -> Dated:
    """Extend an explicit last day from the day after it (R1)."""
    if not extensions:
        return end
    follows = Dated(end.day + DAY, COUNTED_ON.text, end)
    return last_day(follows, reduce(Period.__add__, extensions))


def due_of(agreement: Agreement, evaluation: Evaluation) -> Dated | Unknown:
    """Return the date of an evaluation: before the end, after the start, or agreed on."""
    return next(due for item, due in dues_of(agreement) if item is evaluation)


@remembered
def dues_of(agreement: Agreement) -> tuple[tuple[Evaluation, Dated | Unknown], ...]:
    """Return the agreement's evaluations, each with its date."""
    return tuple((it, _due_of(agreement, key, it)) for key, it in agreement.evaluation.items())


def _due_of(agreement: Agreement, key: Key, evaluation: Evaluation) -> Dated | Unknown:
    facts = (f"evaluation.{key}.{name}" for name in ("before_end", "after_start", "on"))
    if agreement.source and (unsure := disputed(agreement, *facts)):
        return unsure
    due = _agreed(agreement, evaluation)
    mine = moment_of(agreement, evaluation) if evaluation.held else None
    held = [day for day, item in evaluation.held.items() if item.taken_for == mine]
    return given(held[-1], HELD_FOR) if held and held[-1] != day_of(due) else due


def moment_of(agreement: Agreement, evaluation: Evaluation) -> Line:
    """Name what was agreed of an evaluation's date; before the end it is agreed for each term."""
    if evaluation.before_end is not None:
        return Line(f"{evaluation.before_end} before {term_of(agreement)}")
    return Line(str(evaluation.on or evaluation.after_start))


def _agreed(agreement: Agreement, evaluation: Evaluation) -> Dated | Unknown:
    if evaluation.on:
        return given(evaluation.on, FIXED_EVALUATION)
    if evaluation.before_end is not None:
        return _before_end(agreement, evaluation, evaluation.before_end)
    start = start_of(agreement)
    assert evaluation.after_start is not None
    return start if isinstance(start, Unknown) else after(start, evaluation.after_start)


def _before_end(agreement: Agreement, evaluation: Evaluation, period: Period) -> Dated | Unknown:
    """Count back from the end; release 0.1.0 wrote down for which end of this term it was held."""
    for earlier in ends_that_moved(agreement) if evaluation.held else ():
        agreed = before(earlier, period)
        if agreed.day in evaluation.held and evaluation.held[agreed.day].taken_for is None:
            return agreed
    end = end_of(agreement)
    return end if isinstance(end, Unknown) else before(end, period)


def ends_that_moved(agreement: Agreement) -> Iterator[Dated]:
    """Yield the ends of which a termination or a suspension has made another."""
    rests = list(agreement.suspension.values())
    moved = [natural_end_of(agreement)] if agreement.termination else []
    moved += [_end_after(agreement, rests[:count]) for count in range(len(rests))]
    return (end for end in moved if isinstance(end, Dated))


def is_held(agreement: Agreement, evaluation: Evaluation) -> bool:
    """Tell whether the evaluation was held for the date that it has now."""
    return day_of(due_of(agreement, evaluation)) in evaluation.held


def in_force_on(agreement: Agreement, day: date) -> bool:
    """Tell whether all have signed and the start has come."""
    start = in_force_from(agreement)
    return isinstance(start, Dated) and start.day <= day


def over_on(agreement: Agreement, day: date) -> bool:
    """Tell whether the last day lies before `day`."""
    end = end_of(agreement)
    return isinstance(end, Dated) and end.day < day


def day_of(anchor: Dated | Unknown | None) -> date | None:
    """Return a known date, or None."""
    return anchor.day if isinstance(anchor, Dated) else None
