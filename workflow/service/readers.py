"""Who reads a mail today: the holder of the office, who stands in, or the case owner."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from notifications.letter import Mailbox
from states.change import Role
from workflow.database import Transaction
from workflow.offices import Holder, Offices, chain, resolve
from workflow.service.house import House
from workflow.store import ledger
from workflow.told import Setting


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a mail today, and through which office."""

    box: Mailbox
    office: str


@dataclass(frozen=True, slots=True)
class Case:
    """What is read once for all messages about one agreement."""

    setting: Setting
    offices: Offices
    register: str
    now: datetime


def reader_of(connection: Transaction, house: House, case: Case, row: Any) -> Reader | None:
    """Return who reads a row of the outbox today, or None when nobody can be reached."""
    if row.role == Role.CASE_OWNER:
        return _redirected(house, case_owner_of(case))
    return holder_of(
        connection, house, case.offices, asked_of(case.offices, row), case.setting.today
    )


def asked_of(offices: Offices, row: Any) -> str:
    """Return the office that a row asks first: of an escalation the one above."""
    if row.role != Role.ESCALATION:
        return str(row.office)
    above = [office.key for office in chain(offices, row.office)][1:]
    return above[0] if above else ""


def holder_of(
    connection: Transaction, house: House, offices: Offices, key: str, today: date
) -> Reader | None:
    """Return who is reached through an office today; `offices` are those that can be reached."""
    found = resolve(offices, key, today)
    return _redirected(house, Reader(_box(connection, found[1]), found[0].name)) if found else None


def _redirected(house: House, found: Reader | None) -> Reader | None:
    """A test installation sends everything to one address."""
    redirected = house.settings.mail.redirect_all_to
    if found and redirected:
        return Reader(replace(found.box, email=redirected), found.office)
    return found


def _box(connection: Transaction, holder: Holder) -> Mailbox:
    opened = ledger.opened(connection, [holder.name, holder.email])
    return Mailbox(name=opened.get(holder.name, ""), email=opened.get(holder.email, ""))


def case_owner_of(case: Case) -> Reader | None:
    """Return the case owner, or None when the contact was never known or was erased."""
    owner, opened = case.setting.agreement.case_owner, case.setting.opened
    if owner is None or owner.email not in opened:
        return None
    return Reader(Mailbox(name=opened.get(owner.name, ""), email=opened[owner.email]), "")
