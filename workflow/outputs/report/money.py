"""Money per fiscal year: what our municipality paid and has still to pay, and what comes back."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from states.dates.instalments import Payment, payments
from states.dates.tacit_renewal import renewed, renews
from states.dates.term_dates import day_of, end_of
from states.model.agreement import Agreement
from workflow.engine.standing import DeadlineState, Standing

ONE = 100
PARTS = ("paid", "late", "due", "undecided", "if_renewed")
STANDS = {
    DeadlineState.DONE: "paid",
    DeadlineState.LATE: "late",
    DeadlineState.AHEAD: "due",
    DeadlineState.ASKED: "due",
    DeadlineState.UNKNOWN: "due",
    DeadlineState.NOT_ASKED: "undecided",
}


@dataclass(slots=True)
class Sum:
    """What falls in one fiscal year; refunds stand apart, for they are never netted."""

    paid: Decimal = Decimal(0)
    due: Decimal = Decimal(0)
    late: Decimal = Decimal(0)
    undecided: Decimal = Decimal(0)
    if_renewed: Decimal = Decimal(0)
    back: Decimal = Decimal(0)
    unknown: int = 0

    @property
    def total(self) -> Decimal:
        """Return what is paid, has to be and may have to be, without what comes back."""
        return sum((getattr(self, name) for name in PARTS), Decimal(0))


Year = int | None


@dataclass(slots=True)
class Money:
    """The sums of a register, by currency and fiscal year; None is a year that is not known."""

    horizon: date
    sums: dict[tuple[str, Year], Sum] = field(default_factory=dict)

    def add(self, agreement: Agreement, found: Iterable[Standing]) -> None:
        """Add the instalments that our own municipality pays or gets back, as they stand."""
        end = day_of(end_of(agreement)) if renews(agreement) else None
        for standing in found:
            item, state = standing.payment, STANDS.get(standing.state)
            if item and state and _is_ours(item, agreement):
                is_later = end is not None and standing.on is not None and standing.on > end
                self._add(item, standing.amount, "if_renewed" if is_later else state)
        for item in _if_renewed(agreement, self.horizon):
            if _is_ours(item, agreement):
                self._add(item, item.amount, "if_renewed")

    def _add(self, item: Payment, amount: Decimal | None, state: str) -> None:
        total = self.sums.setdefault((item.currency, item.fiscal_year), Sum())
        if amount is None:
            total.unknown += 1
        else:
            name = "back" if item.is_refund else state
            setattr(total, name, getattr(total, name) + amount)

    def tables(self) -> Iterator[dict[str, Any]]:
        """Yield the table of each currency, its years in order, with the widths of its bars."""
        for currency in sorted({currency for currency, _ in self.sums}):
            found = {year: one for (kind, year), one in self.sums.items() if kind == currency}
            most = max((one.total for one in found.values()), default=Decimal(0)) or Decimal(1)
            years = sorted(found, key=lambda year: (year is None, year or 0))
            yield {"currency": currency, "rows": [_row(year, found[year], most) for year in years]}


def _is_ours(item: Payment, agreement: Agreement) -> bool:
    return item.payer is None or agreement.party[item.payer].own


def _if_renewed(agreement: Agreement, horizon: date) -> Iterator[Payment]:
    """Yield what falls due after the end, where the agreement renews by itself."""
    known = {item.number for item in payments(agreement, horizon)}
    longer = agreement
    while renews(longer) and (day_of(end_of(longer)) or horizon) < horizon:
        longer = renewed(longer)
    for item in payments(longer, horizon):
        if item.number not in known and (day_of(item.due) or horizon) <= horizon:
            yield item


def _row(year: Year, total: Sum, most: Decimal) -> dict[str, Any]:
    bars, x = [], 0.0
    for name in PARTS:
        width = round(float(getattr(total, name) / most * ONE), 2)
        if width:
            bars.append({"state": name, "x": round(x, 2), "width": width})
        x += width
    return {"year": year, "sum": total, "bars": bars}
