"""Deciding on the continuation: a successor, a longer term, or the end."""

from collections.abc import Mapping
from datetime import date

from msgspec.structs import replace

from states.dates.term_dates import end_of, term_of
from states.dates.term_decisions import decision_of
from states.model.agreement import Agreement, ContinuationDecision, Extension
from states.model.arithmetic import Dated
from states.model.fact_types import LONGEST_REFERENCE, Line, Reference
from states.model.period import Period
from states.model.phrase import Phrase, say
from states.model.stage import Continuation, Ending
from states.rules.action import ON, OUTCOME, Action, Argument, Request, always, before_it_began

ENDINGS = {Continuation.CONTINUE: Ending.CONTINUED, Continuation.STOP: Ending.EXPIRED}


def was_terminated(agreement: Agreement, _request: Request) -> Phrase | None:
    """Object where the end was brought forward: there is nothing to decide about."""
    return cannot_be_decided(Ending.TERMINATED) if agreement.termination else None


def cannot_be_decided(ending: Ending | None) -> Phrase:
    """Return that nothing is decided any more of what ended so."""
    return say(
        "The agreement was {ending}; its continuation cannot be decided.",
        ending=say(ending or "ended"),
    )


def has_no_last_day(agreement: Agreement, _request: Request) -> Phrase | None:
    """Object where the end is unknown: open-ended, suspended or disputed."""
    if isinstance(end_of(agreement), Dated):
        return None
    return say("There is no last day to decide about.")


def _has_no_length(_agreement: Agreement, request: Request) -> Phrase | None:
    if request.get("length") == Period():
        return say("An extension of no length is no extension.")
    return None


def last_day_of(agreement: Agreement) -> date:
    """Return the last day of an agreement that has one."""
    end = end_of(agreement)
    assert isinstance(end, Dated)
    return end.day


def _decide(agreement: Agreement, request: Request) -> Agreement:
    choice: Continuation = request.get("outcome")
    successor = _successor_ref(agreement, request) if choice is Continuation.CONTINUE else None
    decision = ContinuationDecision(
        on=request.on,
        outcome=choice,
        reference=request.get("reference"),
        successor=successor,
        taken_for=term_of(agreement),
    )
    earlier = decision_of(agreement)
    others = {d: item for d, item in agreement.continuation.items() if (d, item) != earlier}
    decided = replace(
        agreement,
        continuation={**others, last_day_of(agreement): decision},
        successor=successor or agreement.successor,
    )
    return _extend(decided, request) if choice is Continuation.EXTEND else decided


def _extend(agreement: Agreement, request: Request) -> Agreement:
    number = max(agreement.extension, default=0) + 1
    paid = request.get("contribution")
    extension = Extension(length=request.get("length"), contribution=True if paid is None else paid)
    return replace(agreement, extension={**agreement.extension, number: extension})


def _successor_ref(agreement: Agreement, request: Request) -> Line:
    chosen: Line | None = request.get("successor")
    return chosen or agreement.successor or Line(f"{agreement.ref[: LONGEST_REFERENCE - 2]}-2")


def _pays_periodically(agreement: Agreement, _values: Mapping[str, object]) -> bool:
    money = agreement.contribution
    return money is not None and money.every is not None


def ending_of(agreement: Agreement) -> Ending:
    """Return how an agreement ends whose last day is over."""
    if agreement.termination:
        return Ending.TERMINATED
    decided = decision_of(agreement)
    if decided is None:
        return Ending.LAPSED
    return ENDINGS.get(decided[1].outcome, Ending.LAPSED)


DECIDE_CONTINUATION = Action(
    name="decide",
    label=say("record a decision of the college"),
    done=say("a decision was recorded"),
    effect=_decide,
    arguments=(
        Argument(name=OUTCOME, kind=Continuation, needed=always),
        ON,
        Argument(name="reference", kind=Line),
        Argument(name="successor", kind=Reference, goes_with=Continuation.CONTINUE),
        Argument(name="length", kind=Period, needed=always, goes_with=Continuation.EXTEND),
        Argument(
            name="contribution",
            kind=bool,
            needed=_pays_periodically,
            goes_with=Continuation.EXTEND,
        ),
    ),
    objections=(was_terminated, has_no_last_day, _has_no_length, before_it_began),
    makes_successor=True,
)
