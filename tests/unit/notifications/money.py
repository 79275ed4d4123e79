"""Mails about money: what the municipality pays, what others pay, and what comes back."""

from collections.abc import Mapping
from datetime import date

from notifications.letter import Letter
from states.model.events import Role
from tests.unit.notifications.letters import letter, payment

MONEY: Mapping[str, Letter] = {
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
    "payment, escalated to the office": letter(
        payment("overdue", reminder=6, escalates=True), on=date(2018, 10, 26)
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
