"""Deciding on the continuation: a successor, a longer term, or the end."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from states.dates.term_dates import end_of, term_of
from states.dates.term_decisions import decision_of
from states.model.agreement import (
    Agreement,
    ContinuationDecision,
    Contribution,
    Extension,
    Instalment,
    Obligation,
    Party,
    Term,
)
from states.model.arithmetic import DAY, Dated
from states.model.fact_types import Key, Line, Reference, StartRule
from states.model.period import Period
from states.model.phrase import Phrase, say
from states.model.stage import Continuation, Ending, Stage
from states.rules.action import ON, Action, Argument, Request, always

ENDINGS = {Continuation.CONTINUE: Ending.CONTINUED, Continuation.STOP: Ending.EXPIRED}


def _was_terminated(agreement: Agreement, _request: Request) -> Phrase | None:
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


def _last_day(agreement: Agreement) -> date:
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
        continuation={**others, _last_day(agreement): decision},
        successor=successor or agreement.successor,
    )
    return (
        _extend(decided, request) if choice is Continuation.EXTEND else _corrected(decided, choice)
    )


def _corrected(agreement: Agreement, choice: Continuation) -> Agreement:
    """After the end the decision corrects how the agreement ended."""
    ended = agreement.stage is Stage.ENDED
    return replace(agreement, ending=ENDINGS[choice] if ended else agreement.ending)


def _extend(agreement: Agreement, request: Request) -> Agreement:
    number = max(agreement.extension, default=0) + 1
    paid = request.get("contribution")
    extension = Extension(length=request.get("length"), contribution=True if paid is None else paid)
    return replace(agreement, extension={**agreement.extension, number: extension})


def _successor_ref(agreement: Agreement, request: Request) -> Line:
    chosen: Line | None = request.get("successor")
    return chosen or agreement.successor or Line(f"{agreement.ref}-2")


def successor_of(agreement: Agreement) -> Agreement:
    """Return the draft of the agreement that follows: same parties, money and term, no signatures.

    A length carries over; a fixed end does not, so the successor's end is unknown until it is
    entered.
    """
    assert agreement.successor
    return Agreement(
        ref=agreement.successor,
        title=agreement.title,
        short_title=agreement.short_title,
        purpose=agreement.purpose,
        public=agreement.public,
        office=agreement.office,
        case_owner=agreement.case_owner,
        term=_next_term(agreement),
        party=_staying(agreement),
        evaluation={
            key: replace(item, started_for=None, held={})
            for key, item in agreement.evaluation.items()
            if item.on is None
        },
        contribution=_next_contribution(agreement),
        instalment=dict(_next_instalments(agreement)),
        obligation=dict(_next_obligations(agreement)),
        predecessor=agreement.ref,
    )


def _staying(agreement: Agreement) -> dict[Key, Party]:
    return {
        key: Party(name=party.name, own=party.own)
        for key, party in agreement.party.items()
        if party.own or party.left_on is None
    }


def _next_contribution(agreement: Agreement) -> Contribution | None:
    money = agreement.contribution
    return money and replace(money, payer=_next_payer(agreement, money.payer))


def _next_instalments(agreement: Agreement) -> Iterator[tuple[int, Instalment]]:
    """Carry amounts over that were written out; their dates are entered anew."""
    if agreement.contribution and agreement.contribution.every:
        return
    for number, item in agreement.instalment.items():
        if item.amount is not None:
            payer = _next_payer(agreement, item.payer)
            yield (
                number,
                Instalment(amount=item.amount, payee=item.payee, payer=payer, refund=item.refund),
            )


def _next_obligations(agreement: Agreement) -> Iterator[tuple[Key, Obligation]]:
    """Carry over what the parties that stay owe, but for what was owed once on a day."""
    for key, owed in agreement.obligation.items():
        stays = owed.by is None or owed.by in _staying(agreement)
        if stays and (owed.every or owed.on is None):
            yield key, replace(owed, fulfilment={})


def _next_payer(agreement: Agreement, payer: Key | None) -> Key | None:
    return payer if payer in _staying(agreement) else None


def _next_term(agreement: Agreement) -> Term:
    term = agreement.term
    fixed = not isinstance(term.start, StartRule)
    return replace(
        term,
        start=_last_day(agreement) + DAY if fixed else term.start,
        last_day=None,
        ends_before=None,
    )


def _extends(_agreement: Agreement, values: Mapping[str, Any]) -> bool:
    return values.get("outcome") is Continuation.EXTEND


def _extends_periodic_payment(agreement: Agreement, values: Mapping[str, Any]) -> bool:
    every = agreement.contribution and agreement.contribution.every
    return _extends(agreement, values) and every is not None


DECIDE_CONTINUATION = Action(
    name="decide",
    label=say("record a decision of the college"),
    done=say("a decision was recorded"),
    effect=_decide,
    arguments=(
        Argument(name="outcome", kind=Continuation, needed=always),
        ON,
        Argument(name="reference", kind=Line),
        Argument(name="successor", kind=Reference),
        Argument(name="length", kind=Period, needed=_extends),
        Argument(name="contribution", kind=bool, needed=_extends_periodic_payment),
    ),
    objections=(_was_terminated, has_no_last_day, _has_no_length),
    makes_successor=True,
)
