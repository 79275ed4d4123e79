"""What an amendment leaves of the money: what was paid, and what fell due before another amount."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date

from states.dates.instalments import amount_of, payments
from states.dates.term_dates import start_of
from states.model.agreement import Agreement, Instalment
from states.model.arithmetic import Dated
from states.model.fact_types import LATEST

AMOUNT = "contribution.amount"


def with_kept_amounts(
    before: Agreement, after: Agreement, entered: Collection[str], holds_from: date
) -> Agreement:
    """Write down the amounts that stay; those that were entered by their number do not."""
    kept = {*_paid(before), *(_earlier(before, holds_from) if _is_another(after, entered) else ())}
    amounts = {n: amount_of(before, n) for n in kept if f"instalment.{n}.amount" not in entered}
    written = {
        number: replace(after.instalment.get(number) or Instalment(), amount=amount)
        for number, amount in sorted(amounts.items())
        if amount is not None and amount != amount_of(after, number)
    }
    return replace(after, instalment={**after.instalment, **written})


def _is_another(after: Agreement, entered: Collection[str]) -> bool:
    return AMOUNT in entered and bool(after.contribution and after.contribution.amount is not None)


def _paid(agreement: Agreement) -> Iterator[int]:
    return (number for number, item in agreement.instalment.items() if item.paid_on)


def _earlier(agreement: Agreement, day: date) -> Iterator[int]:
    """Yield what falls due before a day, also in the terms that a tacit renewal is yet to bring."""
    if agreement.term.renewal_length and isinstance(start_of(agreement), Dated):
        endless = replace(agreement.term, length=None, last_day=None, ends_before=None)
        agreement = replace(agreement, term=replace(endless, open_ended=True))
    for item in payments(agreement, min(day, LATEST)):
        if isinstance(item.due, Dated) and item.due.day < day:
            yield item.number
