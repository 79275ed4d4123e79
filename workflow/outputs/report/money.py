"""Money per fiscal year: what our municipality paid and has still to pay, and what comes back."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from msgspec import Struct

from states.dates.instalments import Payment, is_ours, payments
from states.dates.tacit_renewal import renewed, renews
from states.dates.term_dates import day_of, end_of
from states.model.agreement import Agreement
from states.model.phrase import Phrase, say
from workflow.engine.standing import DeadlineState, Standing, instalments_through, surely_renewed

ONE = 100
PARTS = {
    "paid": say("paid"),
    "late": say("late"),
    "due": say("to pay"),
    "undecided": say("not decided yet"),
    "if_renewed": say("if renewed"),
}
COMES_BACK = say("comes back")
BACK = {"paid": say("came back"), "late": say("should have come back")}
STANDS = {
    DeadlineState.DONE: "paid",
    DeadlineState.LATE: "late",
    DeadlineState.AHEAD: "due",
    DeadlineState.ASKED: "due",
    DeadlineState.UNKNOWN: "due",
    DeadlineState.NOT_ASKED: "undecided",
}


class Sum(Struct):
    """What falls in one fiscal year; refunds stand apart, for they are never netted."""

    paid: Decimal = Decimal(0)
    due: Decimal = Decimal(0)
    late: Decimal = Decimal(0)
    undecided: Decimal = Decimal(0)
    if_renewed: Decimal = Decimal(0)
    back: Decimal = Decimal(0)
    unknown: int = 0
    count: int = 0
    is_certain: bool = True

    @property
    def total(self) -> Decimal:
        """Return what is paid, has to be and may have to be, without what comes back."""
        return sum((getattr(self, name) for name in PARTS), Decimal(0))


FiscalYear = int | None


class Entry(Struct, frozen=True, kw_only=True):
    """One instalment as it is counted: its amount, when it is due, and among what it counts."""

    payment: Payment
    on: date | None
    part: str

    @property
    def words(self) -> Phrase:
        """Return among what it counts, in words; of what comes back how that stands."""
        return BACK.get(self.part, COMES_BACK) if self.payment.is_refund else PARTS[self.part]


class FiscalYears(Struct):
    """The sums of a register, by currency and fiscal year; None is a year that is not known."""

    horizon: date
    sums: dict[tuple[str, FiscalYear], Sum] = {}

    def add(self, agreement: Agreement, found: Sequence[Standing]) -> list[Entry]:
        """Count the instalments that our own municipality pays or gets back; return each."""
        entries = _entries(agreement, found, self.horizon)
        ours = [one for one in entries if one.payment.is_refund or is_ours(one.payment, agreement)]
        for entry in ours:
            self._count(entry)
        return ours

    def _count(self, entry: Entry) -> None:
        total = self.sums.setdefault((entry.payment.currency, entry.payment.fiscal_year), Sum())
        total.count += 1
        money, comes_back = entry.payment.money, entry.payment.is_refund
        total.is_certain &= money.is_certain or comes_back
        if money.amount is None:
            total.unknown += 1
        else:
            name = "back" if comes_back else entry.part
            setattr(total, name, getattr(total, name) + money.amount)

    def tables(self) -> Iterator[dict[str, object]]:
        """Yield the table of each currency, its years in order, with the widths of its bars."""
        for currency in sorted({currency for currency, _ in self.sums}):
            found = {year: one for (kind, year), one in self.sums.items() if kind == currency}
            most = max(one.total for one in found.values()) or Decimal(1)
            years = sorted(found, key=lambda year: (year is None, year or 0))
            yield {"currency": currency, "rows": [_row(year, found[year], most) for year in years]}


def _entries(agreement: Agreement, found: Sequence[Standing], horizon: date) -> Iterator[Entry]:
    # The last day of the term that is sure, where the agreement renews by itself. Where the last
    # day for notice passed unused, the term that follows is sure as well.
    sure = day_of(end_of(surely_renewed(agreement, found))) if renews(agreement) else None
    for standing, item in instalments_through(agreement, found, horizon):
        if part := STANDS.get(standing.state):
            is_later = bool(sure and item.begins and item.begins > sure)
            part = "if_renewed" if is_later and part not in {"paid", "late"} else part
            yield Entry(payment=item, on=standing.on, part=part)
    for item in _if_renewed(agreement, horizon):
        is_sure = sure and item.begins and item.begins <= sure
        yield Entry(payment=item, on=day_of(item.due), part="due" if is_sure else "if_renewed")


def _if_renewed(agreement: Agreement, horizon: date) -> Iterator[Payment]:
    """Yield what falls due after its last day, where it has not ended and renews by itself."""
    known = {item.number for item in payments(agreement, horizon)}
    longer = agreement
    while renews(longer) and not longer.ending and (day_of(end_of(longer)) or horizon) < horizon:
        longer = renewed(longer)
    for item in payments(longer, horizon):
        if item.number not in known and (day_of(item.due) or horizon) <= horizon:
            yield item


def _row(year: FiscalYear, total: Sum, most: Decimal) -> dict[str, object]:
    bars, x = [], 0.0
    for name in PARTS:
        width = round(float(getattr(total, name) / most * ONE), 2)
        if width:
            bars.append({"state": name, "x": round(x, 2), "width": width})
        x += width
    return {"year": year, "sum": total, "bars": bars}
