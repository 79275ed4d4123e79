"""Mails about money: what the municipality pays, what others pay, and what comes back."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from msgspec.structs import replace

from notifications.letter import InstalmentLine, Letter, Topic
from states.model.events import Role
from states.model.fact_words import in_money
from states.model.phrase import Phrase, say
from tests.unit.notifications.letters import letter, payment

QUARTERS = (date(2018, 1, 12), date(2018, 4, 12), date(2018, 7, 12), date(2018, 10, 12))


def euros(amount: int) -> Phrase:
    """Return an amount as each language writes it."""
    return in_money(Decimal(amount), "EUR")


A_QUARTER = euros(250)
HAVE_NO_FIGURE_YET = say("without indexation {amount}", amount=A_QUARTER)


def instalments(*phases: str, **details: object) -> Topic:
    """Return instalments 1 and on of € 250.00 a quarter; the last waits for its indexation."""
    lines = tuple(
        InstalmentLine(
            number=number,
            amount=A_QUARTER if number < len(phases) else HAVE_NO_FIGURE_YET,
            due_on=QUARTERS[number - 1],
            fiscal_year=2018,
            phase=phase,
            replaces=date(2018, 4, 1) if number == 2 and phase == "commitment" else None,
        )
        for number, phase in enumerate(phases, start=1)
    )
    now = {"overdue", "due"} if phases[0] in {"overdue", "due"} else {phases[0]}
    count = sum(phase in now for phase in phases)
    told = {
        "phase": phases[0],
        "count": count,
        "sum": euros(250 * count),
        "others": len(phases) - count,
        "total": say("without indexation {amount}", amount=euros(250 * len(phases))),
        "payees": ("Coöperatie Verbindend Leiden",),
    }
    one = payment(phases[0])
    shared = {name: one.details[name] for name in ("budget_line", "asked_office", "own_office")}
    return replace(
        one,
        template="instalments",
        typed=("pay instalment=" + ",".join(str(line.number) for line in lines),),
        nominal_on=QUARTERS[0],
        lines=lines,
        details=shared | told | details,
    )


MONEY: Mapping[str, Letter] = {
    "instalments": letter(
        instalments("overdue", "overdue", "due", "invoice"), on=date(2018, 7, 12), role=Role.FINANCE
    ),
    "instalments, last": letter(
        replace(
            instalments("overdue", "overdue"), escalates=True, last=True, caught_up=True, reminder=3
        ),
        on=date(2018, 7, 12),
    ),
    "instalments, due": letter(
        replace(instalments("due", "commitment"), late_by_days=2, decided_on=None),
        on=date(2018, 1, 12),
        role=Role.FINANCE,
    ),
    "instalments, budget": letter(
        instalments("commitment", "commitment"), on=date(2017, 11, 17), role=Role.FINANCE
    ),
    "instalments, invoices": letter(
        instalments("invoice", "invoice", "commitment", "commitment"),
        on=date(2017, 12, 15),
        role=Role.FINANCE,
    ),
    "instalments of another party": letter(
        instalments("overdue", "due", payer="Provincie Limburg"),
        on=date(2018, 4, 12),
        role=Role.FINANCE,
    ),
    "instalments of another party, last": letter(
        replace(
            instalments("overdue", "overdue", payer="Provincie Limburg"), escalates=True, last=True
        ),
        on=date(2018, 4, 16),
    ),
    "instalments that come back": letter(
        instalments("due", "invoice", refund=True, sum=None, total=None, payees=()),
        on=date(2018, 1, 12),
        role=Role.FINANCE,
    ),
    "payment, commitment": letter(payment("commitment"), on=date(2018, 8, 17), role=Role.FINANCE),
    "payment, invoice": letter(
        payment("invoice", reminder=2), on=date(2018, 9, 14), role=Role.FINANCE
    ),
    "payment, due": letter(payment("due", reminder=3), on=date(2018, 10, 12), role=Role.CASE_OWNER),
    "payment, overdue": letter(
        payment("overdue", reminder=4), on=date(2018, 10, 15), role=Role.FINANCE
    ),
    "payment, escalated to finance": letter(
        payment("overdue", reminder=6, escalates=True),
        on=date(2018, 10, 26),
        role=Role.FINANCE,
    ),
    "payment, escalated to who reads for both": letter(
        replace(payment("overdue", reminder=6, escalates=True), for_both=True),
        on=date(2018, 10, 26),
        role=Role.FINANCE,
    ),
    "payment, escalated to the office": letter(
        payment("overdue", reminder=6, escalates=True), on=date(2018, 10, 26)
    ),
    "payment, escalated at once": letter(
        replace(payment("overdue", reminder=6, escalates=True), told_before=False),
        on=date(2018, 10, 26),
    ),
    "payment of another party, invoice": letter(
        payment("invoice", payer="Provincie Limburg"), on=date(2018, 9, 14), role=Role.FINANCE
    ),
    "payment of another party, due": letter(
        payment("due", payer="Provincie Limburg"), on=date(2018, 10, 12), role=Role.FINANCE
    ),
    "payment of another party, overdue": letter(
        payment("overdue", payer="Provincie Limburg"), on=date(2018, 10, 15), role=Role.FINANCE
    ),
    "payment of another party, escalated": letter(
        payment("overdue", payer="Provincie Limburg", escalates=True), on=date(2018, 10, 26)
    ),
    "refund, commitment": letter(
        payment("commitment", refund=True), on=date(2018, 8, 17), role=Role.FINANCE
    ),
    "refund, due": letter(
        payment("due", refund=True, payer="Coöperatie Verbindend Leiden"),
        on=date(2018, 10, 12),
        role=Role.FINANCE,
    ),
    "refund, overdue": letter(
        payment("overdue", refund=True), on=date(2018, 10, 15), role=Role.FINANCE
    ),
    "refund, escalated": letter(
        payment("overdue", refund=True, payer="Provincie Limburg", escalates=True),
        on=date(2018, 10, 26),
    ),
}
