"""Suspension: the agreement rests for a while; its end may move by the days that it rests."""

from msgspec.structs import replace

from states.dates.term_dates import day_of, start_of, suspension_of
from states.model.agreement import Agreement, Suspension
from states.model.phrase import Phrase, say
from states.rules.action import ON, Action, Argument, Request, always, not_before


def _rests(agreement: Agreement, _request: Request) -> Phrase | None:
    resting = suspension_of(agreement)
    if resting is None:
        return None
    return say("The agreement has been suspended since {day} already.", day=resting[1].on)


def _runs(agreement: Agreement, _request: Request) -> Phrase | None:
    return None if suspension_of(agreement) else say("The agreement is not suspended.")


def _before_it_ran(agreement: Agreement, request: Request) -> Phrase | None:
    """A suspension begins in the term, and after the one before it."""
    resumed = (item.resumed_on for item in agreement.suspension.values())
    first = max(filter(None, (day_of(start_of(agreement)), *resumed)), default=None)
    return not_before(first, request) if "moves_end" in request.values else None


def _before_it_rested(agreement: Agreement, request: Request) -> Phrase | None:
    resting = suspension_of(agreement)
    if resting is None or request.get("on") is None or request.on >= resting[1].on:
        return None
    return say("The agreement was suspended later, on {day}.", day=resting[1].on)


def _suspend(agreement: Agreement, request: Request) -> Agreement:
    number = max(agreement.suspension, default=0) + 1
    begun = Suspension(on=request.on, moves_end=request.get("moves_end"))
    return replace(agreement, suspension={**agreement.suspension, number: begun})


def _resume(agreement: Agreement, request: Request) -> Agreement:
    resting = suspension_of(agreement)
    assert resting
    number, begun = resting
    corrected = request.get("moves_end")
    moves_end = begun.moves_end if corrected is None else corrected
    over = replace(begun, resumed_on=request.on, moves_end=moves_end)
    return replace(agreement, suspension={**agreement.suspension, number: over})


SUSPEND = Action(
    name="suspend",
    label=say("record that the agreement is suspended"),
    done=say("suspended"),
    effect=_suspend,
    arguments=(ON, Argument(name="moves_end", kind=bool, needed=always)),
    objections=(_rests, _before_it_ran),
)
RESUME = Action(
    name="resume",
    label=say("record that it goes on again"),
    done=say("resumed"),
    effect=_resume,
    arguments=(ON, Argument(name="moves_end", kind=bool)),
    objections=(_runs, _before_it_rested),
)
SUSPENSION = (SUSPEND, RESUME)
