"""The instalments of an agreement: written out, or given by the period (R9)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import islice

from states.agreement import Agreement, Contribution, Instalment
from states.anchors import end_of, start_of
from states.disputes import disputed
from states.leaves import LATEST, Key
from states.period import Period
from states.phrase import say
from states.renewing import paid_through
from states.stage import Ending, Unknown
from states.term import FIRST, Dated, given, instalment_dates, last_day

NAMED_DUE_DATE = say("The instalment's date was written down: {day}.")
NO_DUE_DATE = Unknown(say("the due date of this instalment is not known; amend sets it"))
MOST_INSTALMENTS = 600
A_YEAR = 12


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
    payer: Key | None
    status: PaymentStatus
    facts: Instalment

    @property
    def is_refund(self) -> bool:
        """Tell whether the money comes back; it is never netted with what is paid."""
        return bool(self.facts.refund)

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
    numbered = enumerate(dues, start=1) if dues is not None else _written(agreement)
    amounts = _amounts(agreement, contribution)
    for number, due in numbered:
        yield _payment(agreement, contribution, number, due, amounts(number))


def first_of_its_year(number: int, every: Period) -> int:
    """Return the first instalment of the contract year in which this one falls."""
    year = (number - 1) * every.months // A_YEAR
    return -(-year * A_YEAR // every.months) + 1


def _amounts(agreement: Agreement, contribution: Contribution) -> Callable[[int], Decimal | None]:
    """Return what each instalment amounts to, asked in order.

    With an indexation each contract year has an amount of its own, unknown until it is entered for
    the first instalment of that year.
    """
    indexed = contribution.indexation is not None and contribution.every is not None
    known: dict[int, Decimal | None] = {0: contribution.amount}

    def amount(number: int) -> Decimal | None:
        facts = agreement.instalment.get(number)
        own = facts.amount if facts else None
        if not indexed:
            return contribution.amount if own is None else own
        assert contribution.every
        year = (number - 1) * contribution.every.months // A_YEAR
        known.setdefault(year, own)
        return known[year] if own is None else own

    return amount


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
    unsure = disputed(agreement, "contribution.every")
    if isinstance(start, Unknown) or unsure:
        start = unsure or start
        return iter([start] * _expected_number(agreement, contribution.every))
    end = paid_through(agreement)
    if isinstance(end, Dated):
        return iter(instalment_dates(start, contribution.every, end.day))
    return _within(horizon, instalment_dates(start, contribution.every, LATEST), agreement)


def _within(horizon: date, dues: Iterator[Dated], agreement: Agreement) -> Iterator[Dated]:
    """Yield the dates up to the horizon, and on to the last instalment whose date was written."""
    written = (number for number, facts in agreement.instalment.items() if facts.due_on)
    last = min(max(written, default=0), MOST_INSTALMENTS)
    for number, due in enumerate(dues, start=1):
        if due.day > horizon and number > last:
            return
        yield due


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


def _written(agreement: Agreement) -> Iterator[tuple[int, Unknown]]:
    return ((number, NO_DUE_DATE) for number in sorted(agreement.instalment))


def _payment(
    agreement: Agreement,
    contribution: Contribution,
    number: int,
    due: Dated | Unknown,
    amount: Decimal | None,
) -> Payment:
    facts = agreement.instalment.get(number) or NOTHING_MORE
    if facts.due_on:
        unsure = disputed(agreement, f"instalment.{number}.due_on")
        due = unsure or given(facts.due_on, NAMED_DUE_DATE)
    return Payment(
        number=number,
        amount=amount,
        currency=contribution.currency,
        due=due,
        payee=facts.payee or contribution.payee,
        payer=facts.payer or contribution.payer,
        status=_status(agreement, facts, due),
        facts=facts,
    )


NOTHING_MORE = Instalment()


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
