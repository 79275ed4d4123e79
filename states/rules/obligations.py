"""Obligations (afspraken): their deadlines, and recording that one was fulfilled or waived."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from msgspec.structs import replace

from states.dates.obligations import NOTHING, Turn, turn_of, turns, turns_before, turns_of
from states.dates.policy import Policy
from states.dates.term_dates import day_of
from states.model.agreement import Agreement, Fulfilment
from states.model.fact_types import EARLIEST, Key, Line
from states.model.period import Period
from states.model.phrase import Phrase, Refusal, listed, say
from states.model.stage import DATE_ITSELF, Closed, Deadline, MarkKind, Rule
from states.rules.action import ON, Action, Argument, Request, always
from states.rules.deadline_rules import horizon_of, steps
from states.rules.rule import OF_THE_TERM, DeadlineRule, chosen

TEN_YEARS = timedelta(days=3660)
FEW_TURNS = 3


def obligation(agreement: Agreement, policy: Policy, today: date) -> Iterator[Deadline]:
    """Watch each turn of what a party owes until it is fulfilled or waived, also after the end."""
    leads, follow_ups = (*policy.alerts.obligation_before, Period()), policy.alerts.obligation_after
    for key, owed in agreement.obligation.items():
        for turn in turns_of(agreement, key, horizon_of(owed.every, leads, today)):
            yield Deadline(
                rule=Rule.OBLIGATION,
                about=turn.about,
                nominal=turn.due,
                steps=steps(leads, follow_ups),
                closed=turn.closed,
                clause=owed.clause,
                named=owed_in_words(agreement, turn),
            )


def owed_in_words(agreement: Agreement, turn: Turn) -> Phrase:
    """Return what is owed, and by whom where that is another party."""
    if party := agreement.other_party(turn.owed.by):
        return say("{what}, owed by {party}", what=turn.what, party=party)
    return say("{what}", what=turn.what)


def _of_facts(agreement: Agreement, deadline: Deadline) -> Phrase | None:
    key, number = turn_of(deadline.about)
    owed = agreement.obligation.get(key)
    if owed is None:
        return None
    due, at = deadline.nominal, int(number or 1)
    turn = Turn(key=key, number=at, owed=owed, due=due, facts=NOTHING, closed=None)
    return owed_in_words(agreement, turn)


def turn_named(agreement: Agreement, about: str, horizon: date) -> Turn | None:
    """Return the turn of this name, such as `report.2`; None when there is none by then."""
    return next((turn for turn in turns(agreement, horizon) if turn.about == about), None)


def _request(agreement: Agreement, about: str, _what: Phrase) -> Phrase:
    key, _ = turn_of(about)
    owed = agreement.obligation[key]
    if party := agreement.other_party(owed.by):
        return say("ask {party} for {what}", party=party, what=owed.what)
    return say("see to {what}", what=owed.what)


def _office(agreement: Agreement, about: str) -> Key | None:
    key, _ = turn_of(about)
    owed = agreement.obligation.get(key)
    return owed.office if owed else None


def _numbered(agreement: Agreement, about: str) -> Iterator[str]:
    """Yield the line with a number, where that says which time is meant."""
    key, number = turn_of(about)
    if several(agreement, {"obligation": key}):
        of_this_term = (turn.number for turn in turns_of(agreement, key, EARLIEST))
        yield f"fulfil obligation={key} number={number or next(of_this_term)}"


OBLIGATION = DeadlineRule(
    rule=Rule.OBLIGATION,
    watch=obligation,
    short=say("obligation"),
    noun=say("an obligation"),
    one=say("obligation “{about}”"),
    of_facts=_of_facts,
    request=_request,
    recorded_by=("fulfil obligation={about}",),
    recorded_first=_numbered,
    overdue=say("obligations that were not fulfilled"),
    has_own_words=True,
    mark=MarkKind.OBLIGATION,
    has_date=True,
    waits_when_known_late=True,
    office=_office,
    urgency=6,
    depends_on=("obligation.{key}.*", *OF_THE_TERM),
    step_names=lambda alerts: iter(
        [DATE_ITSELF.name, *chosen("obligation_before", "obligation_after")(alerts)]
    ),
    release=3,
)


# fulfil ------------------------------------------------------------------------------------------


def obligations(agreement: Agreement, _today: date) -> Iterable[str]:
    """Return the keys of the obligations."""
    return agreement.obligation


def open_obligations(agreement: Agreement, today: date) -> Iterable[str]:
    """Yield the keys of the obligations of which something is open."""
    return (key for key in agreement.obligation if _still_open(agreement, key, today))


def several(agreement: Agreement, values: Mapping[str, Any]) -> bool:
    """Tell whether a number says which time is meant: it recurs, or the term before left it open.

    What comes late for the term before must not silence what this term owes.
    """
    key = Key(values.get("obligation") or "")
    owed = agreement.obligation.get(key)
    if owed is None or owed.every:
        return owed is not None
    return any(turn.closed is None for turn in turns_before(agreement, key))


def nothing_owed(agreement: Agreement, _request: Request) -> Phrase | None:
    """Object where no party owes anything besides money."""
    return None if agreement.obligation else say("This agreement has no obligations.")


def turn_is_settled(agreement: Agreement, request: Request) -> Phrase | None:
    """Object to settling twice; a refusal where there is no such turn."""
    turn = _found(agreement, request)
    if turn is None or turn.closed is None:
        return None
    settled = say("dropped") if turn.closed is Closed.ENDED else say(turn.closed.value)
    return say(
        "“{what}” is {settled} already; {action} corrects it.",
        what=turn.what,
        settled=settled,
        action=say("undo" if turn.closed is Closed.WAIVED else "amend"),
    )


def _found(agreement: Agreement, request: Request) -> Turn | None:
    """Return the turn that is meant; None while too little is said, a refusal where it is none."""
    key, number = request.get("obligation"), request.get("number")
    if key not in agreement.obligation or (several(agreement, request.values) and number is None):
        return None
    for turn in _turns(agreement, key, request.today):
        if number in {None, turn.number}:
            return turn
    raise Refusal(
        say(
            "{key}: there is no number {number} here. {remedy}",
            key=say("number"),
            number=number,
            remedy=_open_turns(agreement, request.values, request.today),
        )
    )


def _turns(agreement: Agreement, key: Key, today: date) -> list[Turn]:
    """Return the turns of this term, and after them those of the term before."""
    return [*turns_of(agreement, key, today + TEN_YEARS), *turns_before(agreement, key)]


def with_turn(agreement: Agreement, request: Request, **facts: Any) -> Agreement:
    """Return the agreement with what became of a turn; a refusal where there is none."""
    turn = _found(agreement, request)
    assert turn
    done: Fulfilment = replace(turn.facts, **facts)
    owed = replace(turn.owed, fulfilment={**turn.owed.fulfilment, turn.number: done})
    return replace(agreement, obligation={**agreement.obligation, turn.key: owed})


def _open_turns(agreement: Agreement, values: Mapping[str, Any], today: date) -> Phrase:
    """Return the numbers of an obligation that are open, each with its date; of the first few."""
    still_open = _still_open(agreement, values["obligation"], today)
    named = [
        say("{number} ({day})", number=turn.number, day=day_of(turn.due))
        for turn in still_open[:FEW_TURNS]
    ]
    more = [say("…")] if len(still_open) > FEW_TURNS else []
    return say("Open are: {names}.", names=listed([*named, *more]))


def _still_open(agreement: Agreement, key: Key, today: date) -> list[Turn]:
    still_open = (turn for turn in _turns(agreement, key, today) if turn.closed is None)
    return sorted(still_open, key=lambda turn: turn.number)


def _fulfil(agreement: Agreement, request: Request) -> Agreement:
    return with_turn(agreement, request, on=request.on, reference=request.get("reference"))


NUMBER = Argument(name="number", kind=int, needed=several, still_open=_open_turns)
OBLIGED = Argument(
    name="obligation", kind=Line, needed=always, choices=obligations, offered=open_obligations
)
FULFIL = Action(
    name="fulfil",
    label=say("record that an obligation was fulfilled"),
    done=say("{name} was fulfilled"),
    done_to=r"(obligation\..+)\.on",
    effect=_fulfil,
    arguments=(OBLIGED, NUMBER, ON, Argument(name="reference", kind=Line)),
    objections=(nothing_owed, turn_is_settled),
)
