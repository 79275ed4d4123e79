"""The register that is attacked, and what a run that nobody attacks makes of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.agreements import at
from tests.town import OFFICES, Town, a_town, running, visiting

BEGIN, END = "2018-06-01 10:00", "2018-12-31 10:00"
HOLDER, OWNER = "bastiaens@maastricht.example", "a.janssen@maastricht.example"

MONTHLY = """
[agreement.contribution]
amount = "100.00"
every = "P1M"
payee = "Coöperatie Verbindend Leiden"
budget_line = "Lidmaatschappen en contributies"
budgeted_through = 2099
office = "financien"
"""


def owned(ref: str, owner: str, start: str, length: str) -> str:
    """Return a running agreement whose case owner has this address."""
    more = f'case_owner = {{ name = "A. Janssen", email = "{owner}" }}'
    return running(ref, start=start, length=length, more=more)


def agreements() -> Iterator[str]:
    """Yield agreements that pay monthly, that are evaluated and that end within the half-year.

    Of some the case owner has the office's address: what both are told is one mail.
    """
    for number in range(3):
        start = f"2018-0{1 + number}-1{number}"
        yield owned(f"B-{number}", (OWNER, HOLDER)[number % 2], start, "P2Y") + MONTHLY
    for number in range(20):
        on = date(2017, 1, 10) + number * timedelta(days=20)
        yield owned(f"E-{number}", (HOLDER, OWNER)[number % 2], on.isoformat(), "P18M")


def a_world(url: str, folder: Path, **settings: Any) -> Town:
    """Return a register with what is imported told already, so that attacks find what time does."""
    town = a_town(url, folder, BEGIN, **settings)
    town.register(OFFICES, *agreements(), history=True).one_pass()
    town.relay.forget()
    return town


Steps = frozenset[tuple[str, str, str]]
Mailed = tuple[str, str, str]
"""What a mail tells, the same in every register: the agreement, the cause and the role."""


@dataclass(frozen=True)
class Truth:
    """What comes of the register: when something is due, what is recorded, who gets which mail."""

    moments: tuple[datetime, ...]
    steps: Steps
    mails: dict[Mailed, str]


def steps_of(town: Town) -> Steps:
    """Return of each agreement what was recorded of each step."""
    return frozenset(
        (row.ref, row.name, row.status)
        for row in town.query(
            "SELECT a.ref, o.name, o.status FROM occurrence o"
            " JOIN agreement a ON a.id = o.agreement_id"
        )
    )


def reason_of_row(town: Town) -> dict[str, Mailed]:
    """Return of each Message-ID what the mail tells."""
    rows = town.query(
        "SELECT m.message_id, a.ref, m.cause, m.role FROM message m"
        " LEFT JOIN agreement a ON a.id = m.agreement_id"
    )
    return {row.message_id: (row.ref, row.cause, row.role) for row in rows}


def truth(folder: Path, end: str = END) -> Truth:
    """Let a daemon that nobody attacks and that is never late live through the time."""
    with visiting(a_world(f"sqlite:///{folder / 'truth.db'}", folder)) as town:
        moments = []
        while (moment := town._next_stop()) <= at(end):
            town.clock.moment = moment
            town.one_pass()
            moments.append(moment)
        shown = reason_of_row(town)
        mails = {shown[mail.message_id]: mail.to for mail in town.relay.accepted}
        return Truth(tuple(moments), steps_of(town), mails)
