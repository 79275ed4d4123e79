"""Money per fiscal year: what our municipality paid and has still to pay, and what comes back."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from states.dates.instalments import Payment, PaymentStatus, payments
from states.dates.term_dates import day_of
from states.model.agreement import Agreement

ONE = 100


@dataclass(slots=True)
class Sum:
    """What falls in one fiscal year; refunds stand apart, for they are never netted."""

    paid: Decimal = Decimal(0)
    due: Decimal = Decimal(0)
    late: Decimal = Decimal(0)
    back: Decimal = Decimal(0)
    unknown: int = 0

    @property
    def total(self) -> Decimal:
        """Return what is paid and what has to be, without what comes back."""
        return self.paid + self.due + self.late


Year = int | None


@dataclass(slots=True)
class Money:
    """The sums of a register, by currency and fiscal year; None is a year that is not known."""

    today: date
    horizon: date
    sums: dict[tuple[str, Year], Sum] = field(default_factory=dict)

    def add(self, agreement: Agreement) -> None:
        """Add the instalments that our own municipality pays or gets back."""
        for item in payments(agreement, self.horizon):
            payer = item.payer
            if payer is None or agreement.party[payer].own:
                self._add(item)

    def _add(self, item: Payment) -> None:
        if item.status not in {PaymentStatus.PAID, PaymentStatus.EXPECTED}:
            return
        total = self.sums.setdefault((item.currency, item.fiscal_year), Sum())
        amount = item.facts.paid_amount or item.amount
        if amount is None:
            total.unknown += 1
        elif item.is_refund:
            total.back += amount
        elif item.status is PaymentStatus.PAID:
            total.paid += amount
        elif (due := day_of(item.due)) and due < self.today:
            total.late += amount
        else:
            total.due += amount

    def tables(self) -> Iterator[dict[str, Any]]:
        """Yield the table of each currency, its years in order, with the widths of its bars."""
        for currency in sorted({currency for currency, _ in self.sums}):
            found = {year: one for (kind, year), one in self.sums.items() if kind == currency}
            most = max((one.total for one in found.values()), default=Decimal(0)) or Decimal(1)
            years = sorted(found, key=lambda year: (year is None, year or 0))
            yield {"currency": currency, "rows": [_row(year, found[year], most) for year in years]}


def _row(year: Year, total: Sum, most: Decimal) -> dict[str, Any]:
    bars, x = [], 0.0
    for name, part in (("paid", total.paid), ("late", total.late), ("due", total.due)):
        width = round(float(part / most * ONE), 2)
        if width:
            bars.append({"state": name, "x": round(x, 2), "width": width})
        x += width
    return {"year": year, "sum": total, "bars": bars}
