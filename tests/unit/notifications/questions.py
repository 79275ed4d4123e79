"""Mails that ask for facts: of every kind, unknown and disputed, one and many."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from notifications.letter import Letter
from states.model.events import Role
from tests.unit.notifications.letters import SIGN, UNSIGNED, letter, missing

START_IS_UNKNOWN = ("term.start", "", "unknown")
END_IS_DISPUTED = ("term.last_day", "", "disputed")
EVERY_FACT = (
    START_IS_UNKNOWN,
    END_IS_DISPUTED,
    ("term.length", "", "unknown"),
    ("term.ends_before", "", "unknown"),
    ("party.signed_on", "Provincie Limburg", "unknown"),
    ("party.signed_on", "Gemeente Beesel", "unknown"),
    ("party.signed_on", "Waterschap Limburg", "disputed"),
    ("contribution.amount", "", "unknown"),
    ("contribution.payee", "", "unknown"),
    ("contribution.budget_line", "", "unknown"),
    ("contribution.budgeted_through", "2019", "unknown"),
    ("instalment.amount", "2", "unknown"),
    ("instalment.due_on", "1", "unknown"),
    ("instalment.due_on", "2", "unknown"),
    ("instalment.due_on", "3", "unknown"),
    ("instalment.payee", "2", "unknown"),
    ("suspension.resumed_on", "1", "unknown"),
    ("evaluation.on", "halverwege", "unknown"),
    ("evaluation.before_end", "final", "unknown"),
    ("evaluation.after_start", "interim", "unknown"),
    ("termination.ends_on", "", "unknown"),
    ("party.capacity", "Gemeente Beesel", "unknown"),
    ("contribution.every", "", "disputed"),
)
ASKED = date(2017, 6, 22)

QUESTIONS: Mapping[str, Letter] = {
    "missing facts, all kinds": letter(missing(*EVERY_FACT), on=ASKED, about=UNSIGNED),
    "missing fact, one": letter(missing(START_IS_UNKNOWN), on=ASKED, about=UNSIGNED),
    "missing fact, one disputed": letter(missing(END_IS_DISPUTED), on=ASKED, about=UNSIGNED),
    "missing facts, all disputed": letter(
        missing(END_IS_DISPUTED, ("term.length", "", "disputed")), on=ASKED, about=UNSIGNED
    ),
    "missing facts, needed today": letter(
        replace(
            missing(START_IS_UNKNOWN, END_IS_DISPUTED, needed_on=date(2017, 8, 17)), reminder=3
        ),
        on=date(2017, 8, 17),
        about=UNSIGNED,
    ),
    "missing facts, caught up and the last mail": letter(
        replace(
            missing(START_IS_UNKNOWN, last=True),
            caught_up=True,
            late_by_days=2,
            escalates=True,
        ),
        on=date(2017, 8, 21),
        about=UNSIGNED,
        role=Role.CASE_OWNER,
    ),
    "several topics, facts among them": letter(
        SIGN, missing(START_IS_UNKNOWN, END_IS_DISPUTED), on=date(2017, 7, 20), about=UNSIGNED
    ),
}
