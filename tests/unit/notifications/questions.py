"""Mails that ask for facts: of every kind, unknown and disputed, one and many."""

from collections.abc import Mapping
from datetime import date

from msgspec.structs import replace

from notifications.letter import Letter
from states.model.events import Role
from states.model.phrase import say
from tests.unit.notifications.letters import SIGN, UNSIGNED, letter, missing

START_IS_UNKNOWN = (say("the first day"), "term", "unknown")
END_IS_DISPUTED = (say("the last day"), "term", "disputed")
EVERY_FACT = (
    START_IS_UNKNOWN,
    END_IS_DISPUTED,
    (say("the length"), "term", "unknown"),
    (say("the day of signing"), "party", "disputed"),
    (say("the payee"), "contribution", "unknown"),
    (say("the budget for {year}", year="2019"), "contribution", "unknown"),
    (say("instalment {about}", about="2"), "instalment", "unknown"),
    (say("the suspension"), "suspension", "unknown"),
    (say("the final evaluation"), "evaluation", "unknown"),
    (say("the termination"), "termination", "unknown"),
    (say("the purpose"), "purpose", "unknown"),
)
ASKED = date(2017, 6, 22)

QUESTIONS: Mapping[str, Letter] = {
    "missing facts, all kinds": letter(missing(*EVERY_FACT), on=ASKED, about=UNSIGNED),
    "missing fact, one": letter(missing(START_IS_UNKNOWN), on=ASKED, about=UNSIGNED),
    "missing fact, one disputed": letter(missing(END_IS_DISPUTED), on=ASKED, about=UNSIGNED),
    "missing facts, all disputed": letter(
        missing(END_IS_DISPUTED, (say("the length"), "term", "disputed")), on=ASKED, about=UNSIGNED
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
