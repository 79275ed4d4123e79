"""Who reads a mail today: the holder of the office, who stands in, or the case owner."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime

from msgspec import Struct
from msgspec.structs import replace

from notifications.letter import Mailbox
from states.dates.term_decisions import is_continued
from states.model.events import Role
from states.model.stage import BEFORE_ACTIVE
from workflow.app.app import App, policy_of
from workflow.engine.offices import Offices, chain, resolve
from workflow.engine.private_values import tokens_in
from workflow.mail.context import MailContext
from workflow.store import agreements, ledger, offices, register
from workflow.store.database import Transaction
from workflow.store.outbox.messages import OutboxRow


class Reader(Struct, frozen=True):
    """Who reads a mail today, and through which office."""

    box: Mailbox
    office: str


class MailCase(Struct, frozen=True):
    """What is read once for all messages about one agreement."""

    context: MailContext
    offices: Offices
    register: str
    now: datetime


def cases(
    connection: Transaction, app: App, numbers: Collection[int], now: datetime
) -> Mapping[int, MailCase]:
    """Return what messages about these agreements need; one that cannot be read is absent."""
    found = agreements.as_they_stand(connection, numbers)
    known, policy = offices.reachable(connection), policy_of(connection)
    tokens = [token for agreement, _ in found.values() for token in tokens_in(agreement)]
    opened = ledger.opened(connection, [*tokens, *boxes_of(known)])
    decided = {n: it for n, (it, _) in found.items() if is_continued(it)}
    successors = {agreement.successor for agreement in decided.values()}
    stages = agreements.stages(connection, successors) if successors else {}
    waits = {ref for ref, stage in stages.items() if stage in BEFORE_ACTIVE}
    gone = agreements.never_began(connection, successors) if successors else frozenset()
    continued = {  # what was terminated is not decided anew
        number: agreement.successor
        for number, agreement in decided.items()
        if not (agreement.termination and agreement.successor in gone)
    }
    names = {key: office.name for key, office in known.items()}
    above = {key: office.fallback for key, office in known.items() if office.fallback}
    uid, today = register.read(connection).uid, policy.day_of(now)
    return {
        number: MailCase(
            MailContext(
                agreement=agreement,
                policy=policy,
                today=today,
                college=app.configuration.college,
                office_names=names,
                above=above,
                opened=opened,
                successor=continued.get(number),
                successor_waits=continued.get(number) in waits,
                successor_is_gone=continued.get(number) in gone,
                version=version,
            ),
            known,
            uid,
            now,
        )
        for number, (agreement, version) in found.items()
    }


def boxes_of(offices: Offices) -> Iterator[str]:
    """Yield the tokens of the names and addresses of everybody who holds one of these offices."""
    for office in offices.values():
        for holder in office.holder.values():
            yield from (holder.name, holder.email)


def reader_of(app: App, case: MailCase, row: OutboxRow) -> Reader | None:
    """Return who reads a row of the outbox today, or None when nobody can be reached."""
    if row.role == Role.CASE_OWNER:
        return _redirected(app, case_owner_of(case))
    asked, context = asked_of(case.offices, row), case.context
    return holder_of(app, case.offices, context.opened, asked, context.today)


def asked_of(offices: Offices, row: OutboxRow) -> str:
    """Return the office that a row asks first: of an escalation the one above."""
    if row.role != Role.ESCALATION:
        return row.office
    above = [office.key for office in chain(offices, row.office)][1:]
    return above[0] if above else ""


def holder_of(
    app: App, offices: Offices, opened: Mapping[str, str], key: str, today: date
) -> Reader | None:
    """Return who is reached through an office today; `offices` are those that can be reached."""
    found = resolve(offices, key, today)
    if found is None:
        return None
    office, holder = found
    box = Mailbox(name=opened.get(holder.name, ""), email=opened.get(holder.email, ""))
    return _redirected(app, Reader(box, office.name))


def _redirected(app: App, found: Reader | None) -> Reader | None:
    """A test installation sends everything to one address."""
    redirected = app.settings.mail.redirect_all_to
    if found and redirected:
        return Reader(replace(found.box, email=redirected), found.office)
    return found


def case_owner_of(case: MailCase) -> Reader | None:
    """Return the case owner, or None when the contact was never known or was erased."""
    owner, opened = case.context.agreement.case_owner, case.context.opened
    if owner is None or owner.email not in opened:
        return None
    return Reader(Mailbox(name=opened.get(owner.name, ""), email=opened[owner.email]), "")
