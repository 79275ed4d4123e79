"""The actions that several stages share: withdraw, pay, fulfil, waive, amend, acknowledge, note."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from states.dates import instalments
from states.dates.tacit_renewal import without_renewals_ahead
from states.dates.term_dates import end_of
from states.dates.term_decisions import carried
from states.model.agreement import Agreement, Instalment
from states.model.arithmetic import Dated
from states.model.fact_types import LATEST, FactPath, Line, Text
from states.model.phrase import Phrase, say
from states.model.stage import Ending, OccurrenceName, Rule, Stage
from states.rules import obligations
from states.rules.action import ON, Action, Argument, Request, always
from states.rules.amendment import amended
from states.rules.gaps import fields_with_gaps
from states.rules.kept_amounts import AMOUNTS_THAT_CANNOT_HOLD, with_kept_amounts
from states.rules.turn_numbers import gives_numbers_to_other_times
from states.rules.undo import UNDO

A_YEAR = timedelta(days=366)
LONGEST_WAIT = timedelta(weeks=6)


# withdraw ----------------------------------------------------------------------------------------


def _withdraw(agreement: Agreement, _request: Request) -> Agreement:
    return replace(agreement, stage=Stage.ENDED, ending=Ending.WITHDRAWN)


WITHDRAW = Action(
    name="withdraw",
    label=say("withdraw the proposal"),
    done=say("the proposal was withdrawn"),
    effect=_withdraw,
    arguments=(ON,),
    leads_to=(Stage.ENDED,),
)


# pay and waive -----------------------------------------------------------------------------------


def _payments(agreement: Agreement, today: date) -> Sequence[instalments.Payment]:
    return instalments.payments(agreement, today + obligations.TEN_YEARS)


def _instalments(agreement: Agreement, today: date) -> Iterable[str]:
    return (str(item.number) for item in _payments(agreement, today))


def _open_instalments(agreement: Agreement, today: date) -> Iterable[str]:
    """Yield the instalments that are open in the coming year."""
    return (str(item.number) for item in instalments.open_payments(agreement, today + A_YEAR))


def _is_settled(agreement: Agreement, request: Request) -> Phrase | None:
    number, every = request.get("instalment"), _payments(agreement, request.today)
    item = next((item for item in every if str(item.number) == number), None)
    if item is None or item.status is instalments.PaymentStatus.EXPECTED:
        return None
    is_waived = item.status is instalments.PaymentStatus.WAIVED
    return say(
        "Instalment {number} is {status} already; {action} corrects it.",
        number=item.number,
        status=say("waived") if is_waived else item.status.words,
        action=say("undo" if is_waived else "amend"),
    )


def _owes_nothing(agreement: Agreement, request: Request) -> Phrase | None:
    there = _payments(agreement, request.today)
    return None if there else say("This agreement has no instalments.")


def _with_instalment(agreement: Agreement, request: Request, **facts: object) -> Agreement:
    number = int(request.get("instalment"))
    entered = replace(agreement.instalment.get(number) or Instalment(), **facts)
    return replace(agreement, instalment={**agreement.instalment, number: entered})


def _pay(agreement: Agreement, request: Request) -> Agreement:
    return _with_instalment(
        agreement,
        request,
        paid_on=request.on,
        reference=request.get("reference"),
        paid_amount=request.get("amount"),
    )


def _amount_is_unknown(agreement: Agreement, values: Mapping[str, Any]) -> bool:
    """An open instalment whose amount, or figure of its year, was never entered is paid with it."""
    number, money = values.get("instalment"), agreement.contribution
    is_known = money and money.amount is not None and not money.indexation
    if number is None or is_known:
        return False
    every = instalments.open_payments(agreement, LATEST)
    return any(str(item.number) == number and item.amount is None for item in every)


INSTALMENT = Argument(
    name="instalment", kind=Line, needed=always, choices=_instalments, offered=_open_instalments
)
PAY = Action(
    name="pay",
    label=say("record a payment"),
    done=say("{name} was paid"),
    done_to=r"(instalment\..+)\.paid_on",
    effect=_pay,
    arguments=(
        INSTALMENT,
        ON,
        Argument(name="reference", kind=Line),
        Argument(name="amount", kind=Decimal, needed=_amount_is_unknown),
    ),
    objections=(_owes_nothing, _is_settled),
)


def _waive(agreement: Agreement, request: Request) -> Agreement:
    settle = obligations.with_turn if request.get("obligation") else _with_instalment
    return settle(agreement, request, waived_on=request.today)


def _is_of_money(agreement: Agreement, values: Mapping[str, Any]) -> bool:
    """A number is of an obligation: where there is one, no instalment is asked for."""
    if not agreement.obligation:
        return "obligation" not in values
    has_money = agreement.contribution or agreement.instalment
    return bool(has_money) and not values.keys() & {"obligation", "number"}


def _is_of_no_money(agreement: Agreement, values: Mapping[str, Any]) -> bool:
    return "instalment" not in values and not _is_of_money(agreement, values)


def _which_turn(agreement: Agreement, values: Mapping[str, Any]) -> bool:
    return "instalment" not in values and obligations.several(agreement, values)


def _waives_both(_agreement: Agreement, request: Request) -> Phrase | None:
    of_obligation = request.values.keys() & {"obligation", "number"}
    if request.get("instalment") is None or not of_obligation:
        return None
    return say("Waive an instalment or an obligation, one at a time.")


def _nothing_to_waive(agreement: Agreement, request: Request) -> Phrase | None:
    return obligations.nothing_owed(agreement, request) and _owes_nothing(agreement, request)


WAIVE = Action(
    name="waive",
    label=say("record that an instalment or obligation is not needed any more"),
    done=say("{name} is not needed any more"),
    done_to=r"(.+)\.waived_on",
    effect=_waive,
    arguments=(
        replace(INSTALMENT, needed=_is_of_money),
        replace(obligations.OBLIGED, needed=_is_of_no_money),
        replace(obligations.NUMBER, needed=_which_turn),
    ),
    objections=(_nothing_to_waive, _waives_both, _is_settled, obligations.turn_is_settled),
    needs_reason=True,
)


# amend and note ----------------------------------------------------------------------------------


def _amend(agreement: Agreement, request: Request) -> Agreement:
    """A mistake that is corrected was no other term: what was decided and held for it stands."""
    after = with_kept_amounts(agreement, amended(agreement, request.facts), request)
    if agreement.termination != after.termination:
        after = without_renewals_ahead(after, request.today)
    return carried(agreement, after) if request.get("correction") else after


def _note(agreement: Agreement, request: Request) -> Agreement:
    """A note about a fact answers what the look before signing objects to it."""
    if (field := request.get("field")) is None:
        return agreement
    return replace(agreement, answered={**agreement.answered, field: request.today})


AMEND = Action(
    name="amend",
    label=say("change a fact"),
    done=say("facts were changed"),
    effect=_amend,
    arguments=(
        Argument(name="correction", kind=bool),
        Argument(name="from", kind=date, may_be_future=True),
    ),
    objections=(*AMOUNTS_THAT_CANNOT_HOLD, gives_numbers_to_other_times),
    takes_facts=always,
    needs_reason=True,
)
NOTE = Action(
    name="note",
    label=say("add a note"),
    done=say("a note was added"),
    effect=_note,
    arguments=(
        Argument(name="text", kind=Text, needed=always),
        Argument(name="field", kind=FactPath, choices=fields_with_gaps),
    ),
)


# acknowledge -------------------------------------------------------------------------------------


def _needs_until(_agreement: Agreement, values: Mapping[str, Any]) -> bool:
    """The end of a term has no follow-ups that could wait."""
    name = OccurrenceName.of(values.get("occurrence"))
    return name is None or name.rule is not Rule.EXPIRY


def _nothing_fired(_agreement: Agreement, request: Request) -> Phrase | None:
    return None if request.recorded else say("Nothing has been alerted that could be acknowledged.")


def _waits_too_long(_agreement: Agreement, request: Request) -> Phrase | None:
    until = request.get("until")
    if until is None or request.today <= until <= request.today + LONGEST_WAIT:
        return None
    return say(
        "The follow-ups can wait until {latest} at most, from today.",
        latest=request.today + LONGEST_WAIT,
    )


def _waits_past_the_end(agreement: Agreement, request: Request) -> Phrase | None:
    until, end = request.get("until"), end_of(agreement)
    name = OccurrenceName.of(request.get("occurrence"))
    if until is None or name is None or not isinstance(end, Dated) or until <= end.day:
        return None
    if name.rule not in {Rule.EVALUATION, Rule.CONTINUATION}:
        return None
    return say("This cannot wait past the last day, {end}.", end=end.day)


def _acknowledge(agreement: Agreement, request: Request) -> Agreement:
    name = OccurrenceName.parse(request.get("occurrence")).deadline
    until = request.get("until") or request.today
    return replace(agreement, acknowledged={**agreement.acknowledged, name: until})


OCCURRENCE = Argument(name="occurrence", kind=Line, needed=always)
ACKNOWLEDGE = Action(
    name="acknowledge",
    label=say("tell that you have seen an alert"),
    done=say("an alert was seen"),
    effect=_acknowledge,
    arguments=(
        OCCURRENCE,
        Argument(name="until", kind=date, needed=_needs_until, may_be_future=True),
    ),
    objections=(_nothing_fired, _waits_too_long, _waits_past_the_end),
)

EVERYWHERE = (AMEND, ACKNOWLEDGE, UNDO, NOTE)
OWED = (PAY, obligations.FULFIL, WAIVE)
