"""The instalments of an agreement: written out, or given by the period (R9)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import islice

from msgspec import Struct

from states.dates.recurrence import MOST, Recurrence
from states.dates.tacit_renewal import paid_through, renewed, unpaid_years
from states.dates.term_dates import agreed_end, day_of, end_of, start_of
from states.model.agreement import Agreement, Contribution, Instalment
from states.model.arithmetic import Dated, given, last_day, start_plus
from states.model.disputes import disputed
from states.model.fact_types import LATEST, Key
from states.model.memo import last_remembered, remembered
from states.model.money import Doubt, Money
from states.model.period import Period
from states.model.phrase import Phrase, say
from states.model.stage import NEVER_BEGAN, Unknown

FIRST = say("The first instalment is due on the start, {day} (R9).")
FOLLOWING = say("{period} after the start, {origin}, is {day}: the instalment's date (R9).")
NAMED_DUE_DATE = say("The instalment's date was written down: {day}.")
NO_DUE_DATE = Unknown(
    say("the due date of this instalment is not known; {action} sets it", action=say("amend"))
)
A_YEAR = 12


class PaymentStatus(StrEnum):
    """Where an instalment stands."""

    EXPECTED = "expected"
    PAID = "paid"
    WAIVED = "waived"
    SUPERSEDED = "superseded"

    @property
    def words(self) -> Phrase:
        """Return where it stands, in words; what is not to be paid any more as any date."""
        return NOT_TO_BE_PAID.get(self) or say(self.value)


NOT_TO_BE_PAID = {
    PaymentStatus.WAIVED: say("not needed any more"),
    PaymentStatus.SUPERSEDED: say("dropped"),
}


class Payment(Struct, frozen=True, kw_only=True):
    """One instalment as it follows from the facts; amounts in the contribution's currency.

    `amount` is the fact, None until it is entered; `money` is what every output tells: what was
    paid or has to be, and what is not certain about it.
    """

    number: int
    amount: Decimal | None
    currency: str
    due: Dated | Unknown
    payee: str | None
    payer: Key | None
    status: PaymentStatus
    facts: Instalment
    money: Money
    begins: date | None
    """The first day of what it pays for, by the sum of R1, as its term is."""

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


@last_remembered
def payments(agreement: Agreement, horizon: date) -> Sequence[Payment]:
    """Return the instalments in order; of what has no end those up to the horizon."""
    contribution = agreement.contribution or Contribution()
    numbered = _numbered(agreement, contribution, horizon)
    return tuple(_payment(agreement, contribution, number, due) for number, due in numbered)


def open_payments(agreement: Agreement, horizon: date) -> list[Payment]:
    """Return the instalments that are still to be paid in order of date, those without one last."""
    expected = PaymentStatus.EXPECTED
    found = [item for item in payments(agreement, horizon) if item.status is expected]
    return sorted(found, key=lambda item: day_of(item.due) or date.max)


def first_of_its_year(number: int, every: Period) -> int:
    """Return the first instalment of the contract year in which this one falls."""
    year = (number - 1) * every.months // A_YEAR
    return -(-year * A_YEAR // every.months) + 1


Numbered = Iterable[tuple[int, Dated | Unknown]]


def _numbered(agreement: Agreement, contribution: Contribution, horizon: date) -> Numbered:
    """Return each instalment's number with its computed due date, or why that is unknown."""
    if contribution.amount is None or is_written_out(agreement, contribution):
        return ((number, NO_DUE_DATE) for number in sorted(agreement.instalment))
    start = start_of(agreement)
    if contribution.every is None:
        once = start if isinstance(start, Unknown) else Dated(start.day, FIRST.text, start)
        return [(1, once), *((n, NO_DUE_DATE) for n in sorted(numbers_paid(agreement) - {1}))]
    unsure = disputed(agreement, "contribution.every")
    if isinstance(start, Unknown) or unsure:
        number = _expected_number(agreement, start, contribution.every)
        numbers = {*range(1, number + 1)} | numbers_paid(agreement)
        return ((n, unsure or start) for n in sorted(numbers))
    return _periodic(agreement, start, contribution.every, horizon)


def _periodic(agreement: Agreement, start: Dated, every: Period, horizon: date) -> Numbered:
    """Return the dates that follow from a start and a period.

    What was paid stays, also ahead of a term that did not come or was free after all.
    """
    entered = max(agreement.instalment, default=0)
    unpaid = unpaid_years(agreement)

    def is_owed(number: int) -> bool:
        day = start_plus(start.day, every * (number - 1))
        return not any(first <= day <= last for first, last in unpaid)

    row = periodic(start, every)
    asked = is_owed if unpaid else None
    owed = dict(row.numbered(paid_through(agreement), horizon, entered, asked))
    paid = numbers_paid(agreement) - owed.keys()
    so_far = enumerate(islice(row.dates(LATEST), max(paid, default=0)), 1)
    return sorted([*owed.items(), *((n, due) for n, due in so_far if n in paid)])


def numbers_paid(agreement: Agreement) -> set[int]:
    """Return the numbers of what was paid, which stays whatever the facts become."""
    return {number for number, item in agreement.instalment.items() if item.paid_on}


def periodic(start: Dated, every: Period) -> Recurrence:
    """Return the dates of instalments: the first on the start, then by the period (R9)."""
    return Recurrence(anchor=start, every=every, first=FIRST.text, following=FOLLOWING.text)


def is_written_out(agreement: Agreement, contribution: Contribution) -> bool:
    """A one-off contribution may have an instalment 1 of its own amount: it was paid so."""
    if contribution.every or (
        contribution.amount is not None and agreement.instalment.keys() <= {1}
    ):
        return False
    return any(facts.amount is not None for facts in agreement.instalment.values())


def _expected_number(agreement: Agreement, start: Dated | Unknown, every: Period) -> int:
    """Return how many instalments there are until a termination, or else in a known length.

    Where nothing is known it is one.
    """
    end = end_of(agreement)
    if not (agreement.termination and isinstance(start, Dated) and isinstance(end, Dated)):
        if not agreement.term.length:
            return 1
        start = given(date(2001, 1, 1), FIRST)
        end = last_day(start, agreement.term.length)
    dates = periodic(start, every).dates(end.day)
    return sum(1 for _ in islice(dates, MOST + 1))


def _payment(
    agreement: Agreement, contribution: Contribution, number: int, due: Dated | Unknown
) -> Payment:
    facts = agreement.instalment.get(number) or NOTHING_MORE
    if facts.due_on:
        unsure = disputed(agreement, f"instalment.{number}.due_on")
        due = unsure or given(facts.due_on, NAMED_DUE_DATE)
    amount, begins = amount_of(agreement, number), _begins(due)
    return Payment(
        number=number,
        amount=amount,
        currency=contribution.currency,
        due=due,
        payee=facts.payee or (agreement.own_name if facts.refund else contribution.payee),
        payer=facts.payer or contribution.payer,
        status=_status(agreement, facts, begins),
        facts=facts,
        money=_money(agreement, number, facts, amount),
        begins=begins,
    )


def _begins(due: Dated | Unknown) -> date | None:
    """Return the first day of what an instalment pays for.

    From 29 February 2024 the third year is paid on 28 February 2026 and begins the day after.
    """
    if not isinstance(due, Dated):
        return None
    anchor, period = due.anchor, due.period
    return start_plus(anchor.day, period) if anchor and period else due.day


def _money(agreement: Agreement, number: int, facts: Instalment, agreed: Decimal | None) -> Money:
    """Return what was paid, or has to be; until its year's figure is entered without indexation."""
    contribution = agreement.contribution or Contribution()
    amount = facts.paid_amount if facts.paid_on and facts.paid_amount is not None else agreed
    doubt = Doubt.NONE
    if amount is None:
        amount = contribution.amount
        doubt = Doubt.NOT_KNOWN if amount is None else Doubt.NOT_INDEXED
    elif not facts.paid_on and amount_path(agreement, number) in unsure_facts(agreement):
        doubt = Doubt.NOT_STATED
    return Money(amount=amount, currency=contribution.currency, doubt=doubt)


NOTHING_MORE = Instalment()


def is_ours(item: Payment, agreement: Agreement) -> bool:
    """Tell whether our own municipality pays an instalment, and does not get it back."""
    return not item.is_refund and agreement.other_party(item.payer) is None


@remembered
def unsure_facts(agreement: Agreement) -> frozenset[str]:
    """Return the facts that are inferred, assumed or disputed."""
    return frozenset(source.field for source in agreement.source.values() if source.in_doubt)


def of_renewal(agreement: Agreement) -> Iterator[Payment]:
    """Yield what would fall due in the term that follows if the agreement renews by itself.

    What is counted from the start is of the term as it was agreed: a suspension moves none of it.
    """
    longer = renewed(agreement)
    agreed, moved = (
        (day_of(ends(agreement)), day_of(ends(longer))) for ends in (agreed_end, end_of)
    )
    for item in payments(longer, moved[1]) if moved[1] else ():
        end, last = moved if item.facts.due_on else agreed
        if end and last and item.begins and end < item.begins <= last:
            yield item


def amount_of(agreement: Agreement, number: int) -> Decimal | None:
    """Return what an instalment amounts to.

    With an indexation each contract year has an amount of its own, unknown until it is entered for
    the first instalment of that year.
    """
    priced = _priced_by(agreement, number)
    if priced is None:
        return agreement.contribution.amount if agreement.contribution else None
    return agreement.instalment.get(priced, NOTHING_MORE).amount


def amount_path(agreement: Agreement, number: int) -> str:
    """Return the path of the fact that says what an instalment amounts to."""
    priced = _priced_by(agreement, number)
    return "contribution.amount" if priced is None else f"instalment.{priced}.amount"


def _priced_by(agreement: Agreement, number: int) -> int | None:
    """Return the instalment whose amount it has: itself, or the first of its contract year."""
    facts = agreement.instalment.get(number)
    if facts and facts.amount is not None:
        return number
    return year_figure(agreement.contribution or Contribution(), number)


def year_figure(contribution: Contribution, number: int) -> int | None:
    """Return the instalment that has the figure of a later year; None where none is asked for."""
    every = contribution.every
    if contribution.indexation is None or every is None or (number - 1) * every.months < A_YEAR:
        return None
    return first_of_its_year(number, every)


def _status(agreement: Agreement, facts: Instalment, begins: date | None) -> PaymentStatus:
    if facts.paid_on:
        return PaymentStatus.PAID
    if facts.waived_on:
        return PaymentStatus.WAIVED
    return PaymentStatus.SUPERSEDED if is_void(agreement, begins) else PaymentStatus.EXPECTED


def is_void(agreement: Agreement, day: date | None) -> bool:
    """Tell whether nothing is owed: after the end, or under an agreement that never began."""
    if agreement.ending in NEVER_BEGAN:
        return True
    if not (agreement.termination or agreement.ending):
        return False
    end = end_of(agreement)
    return isinstance(end, Dated) and day is not None and day > end.day
