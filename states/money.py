"""The instalments of an agreement: written out, or given by the period (R9)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import islice

from states.agreement import Agreement, Contribution, Instalment
from states.anchors import end_of, paid_through, start_of
from states.period import Period
from states.phrase import say
from states.stage import Ending, Unknown
from states.term import FIRST, Dated, given, instalment_dates, last_day

NAMED_DUE_DATE = say("The instalment's date was written down: {day}.")
NO_DUE_DATE = Unknown(say("the due date of this instalment is not known; amend sets it"))
MOST_INSTALMENTS = 600


class PaymentStatus(StrEnum):
    """Where an instalment stands."""

    EXPECTED = "expected"
    PAID = "paid"
    WAIVED = "waived"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One instalment as it follows from the facts; amounts in the contribution's currency."""

    number: int
    amount: Decimal | None
    currency: str
    due: Dated | Unknown
    payee: str | None
    status: PaymentStatus
    facts: Instalment

    @property
    def fiscal_year(self) -> int | None:
        """Return the fiscal year: as written, else the year of the due date."""
        if self.facts.fiscal_year:
            return self.facts.fiscal_year
        return self.due.day.year if isinstance(self.due, Dated) else None


def payments(agreement: Agreement, horizon: date) -> Iterator[Payment]:
    """Yield the instalments in order; of an open-ended agreement those due up to `horizon`."""
    contribution = agreement.contribution or Contribution()
    dues = _dues(agreement, contribution, horizon)
    for number, due in enumerate(dues, start=1) if dues is not None else ():
        yield _payment(agreement, contribution, number, due)
    if dues is None:
        yield from _written(agreement, contribution)


def _dues(
    agreement: Agreement, contribution: Contribution, horizon: date
) -> Iterator[Dated | Unknown] | None:
    """Return the computed due dates, or None where the instalments are written out."""
    if contribution.amount is None or _is_written_out(agreement, contribution):
        return None
    start = start_of(agreement)
    if contribution.every is None:
        one_off = start if isinstance(start, Unknown) else given(start.day, FIRST)
        return iter([one_off])
    if isinstance(start, Unknown):
        return iter([start] * _expected_number(agreement, contribution.every))
    end = paid_through(agreement)
    through = end.day if isinstance(end, Dated) else horizon
    return iter(instalment_dates(start, contribution.every, through))


def _is_written_out(agreement: Agreement, contribution: Contribution) -> bool:
    return contribution.every is None and any(
        facts.amount is not None for facts in agreement.instalment.values()
    )


def _expected_number(agreement: Agreement, every: Period) -> int:
    """Return how many instalments a known length will have; one where nothing is known."""
    if not agreement.term.length:
        return 1
    start = given(date(2001, 1, 1), FIRST)
    end = last_day(start, agreement.term.length)
    return sum(1 for _ in islice(instalment_dates(start, every, end.day), MOST_INSTALMENTS + 1))


def _written(agreement: Agreement, contribution: Contribution) -> Iterator[Payment]:
    for number in sorted(agreement.instalment):
        yield _payment(agreement, contribution, number, NO_DUE_DATE)


def _payment(
    agreement: Agreement, contribution: Contribution, number: int, due: Dated | Unknown
) -> Payment:
    facts = agreement.instalment.get(number) or Instalment()
    due = given(facts.due_on, NAMED_DUE_DATE) if facts.due_on else due
    return Payment(
        number=number,
        amount=contribution.amount if facts.amount is None else facts.amount,
        currency=contribution.currency,
        due=due,
        payee=facts.payee or contribution.payee,
        status=_status(agreement, facts, due),
        facts=facts,
    )


def _status(agreement: Agreement, facts: Instalment, due: Dated | Unknown) -> PaymentStatus:
    if facts.paid_on:
        return PaymentStatus.PAID
    if facts.waived_on:
        return PaymentStatus.WAIVED
    return PaymentStatus.SUPERSEDED if _is_void(agreement, due) else PaymentStatus.EXPECTED


def _is_void(agreement: Agreement, due: Dated | Unknown) -> bool:
    """Nothing is owed after the end, or under an agreement that never began."""
    if agreement.ending in {Ending.WITHDRAWN, Ending.REJECTED}:
        return True
    end = end_of(agreement)
    if isinstance(end, Unknown) or not (agreement.termination or agreement.ending):
        return False
    return isinstance(due, Unknown) or due.day > end.day
