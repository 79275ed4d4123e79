"""Composing at the moment of sending: who is the reader today, is it still true, in what words."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Never

from notifications.language import language
from notifications.letter import Composed, Letter
from notifications.retry_policy import MessageStatus
from notifications.transport import Parcel
from states.model.events import Role
from states.model.phrase import Phrase, say
from states.model.stage import Rule
from states.rules.shared_actions import obligation
from workflow.app.app import House
from workflow.app.incidents import envelope_sender, report, sender_of
from workflow.engine.offices import chain
from workflow.mail.attached_dates import dates_to_keep, taken_back
from workflow.mail.context import Told
from workflow.mail.recipients import Case, Reader, asked_of, case_owner_of, cases, reader_of
from workflow.mail.topics import about, is_still_true, topics
from workflow.store import agreements
from workflow.store.agreements import readable
from workflow.store.database import Transaction
from workflow.store.outbox import leases, messages, queries

LOOK_AGAIN = timedelta(hours=1)
URGENT_FIRST = (
    "expiry",
    "continuation",
    "notice",
    "evaluation",
    "payment",
    "unsigned",
    "held_over",
    "missing_fact",
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A mail of which all is known but the words, which are written when its turn comes."""

    parcel: Parcel
    letter: Letter | None = None
    """None: its words stand already."""


def lots(rows: Sequence[Any]) -> list[list[Any]]:
    """Return leased rows in lots, each of which is prepared and fails on its own."""
    found: dict[Any, list[Any]] = {}
    for row in rows:
        key = ("row", row.id) if leases.goes_alone(row) else ("agreement", row.agreement_id)
        found.setdefault(key, []).append(row)
    return list(found.values())


def prepare(
    connection: Transaction, house: House, rows: Sequence[Any], token: str, now: datetime
) -> list[Draft]:
    """Turn leased rows into drafts; what is told to one address about an agreement is one mail.

    Rows whose message makes no sense any more are cancelled, rows without a reader wait an hour;
    both say why. A row that was in doubt before goes as it was, and so does one about no agreement.
    Rows whose lease ended are left to whoever holds them now.
    """
    held = leases.leased(connection, [(row.id, token) for row in rows])
    rows = [row for row in rows if (row.id, token) in held]
    about = [row for row in rows if row.agreement_id is not None and not row.doubts]
    known = cases(connection, house, {row.agreement_id for row in about}, now) if about else {}
    carried = queries.carried_by_all(connection, about) if about else ()
    drafts: list[Draft] = []
    for lot in lots(rows):
        if lot[0].doubts or lot[0].agreement_id is None:
            drafts.append(Draft(parcel_of(house, lot[0], token)))
        else:
            case = known.get(lot[0].agreement_id) or _unreadable(connection, lot[0])
            numbers = {row.id for row in lot}
            lot += [row for row in carried if row.carried_by in numbers]
            drafts += _prepared(connection, house, case, lot, token)
    return drafts


def _unreadable(connection: Transaction, row: Any) -> Never:
    readable(agreements.by_id(connection, row.agreement_id))
    raise LookupError(row.agreement_id)


def _prepared(
    connection: Transaction, house: House, case: Case, rows: Sequence[Any], token: str
) -> list[Draft]:
    """Turn the rows about one agreement into drafts."""
    groups: dict[str, list[tuple[Any, Reader]]] = {}
    for row in rows:
        reader = reader_of(house, case, row)
        reason = pointless(case, row)
        if reason:
            cancel(connection, house, row, token, reason)
        elif reader is None:
            wait(connection, house, row, token, asked_of(case.offices, row), case.now)
        else:
            groups.setdefault(reader.box.email.lower(), []).append((row, reader))
    drafts: list[Draft] = []
    for group in groups.values():
        if all(row.carried_by for row, _ in group):
            for row, _ in group:
                leases.release_carried(connection, row.id, case.now)
        else:
            drafts.append(_mail(connection, house, case, group, token))
    return drafts


# What does not leave -----------------------------------------------------------------------------


def pointless(case: Case, row: Any) -> Phrase | None:
    """Return why a row makes no sense any more, or None when it does."""
    truth = is_still_true(told_by(row), case.setting)
    if truth is True:
        return _nobody_above(case, row)
    if truth is False:
        entered = row.rule == Rule.MISSING_FACT
        return say("it was entered meanwhile") if entered else say("the date has changed meanwhile")
    return say("it was settled meanwhile: {closed}", closed=say(truth.value))


def _nobody_above(case: Case, row: Any) -> Phrase | None:
    if row.role == Role.ESCALATION and len(list(chain(case.offices, row.office))) == 1:
        return say("there is no office above")
    if row.role == Role.CASE_OWNER and case_owner_of(case) is None:
        return say("the case owner is not known any more")
    return None


def cancel(connection: Transaction, house: House, row: Any, token: str, why: Phrase) -> None:
    """Cancel a leased row and say why; one that another mail tells is cancelled already."""
    words = language(house.settings.language).say(why)
    if row.carried_by is None:
        leases.write(
            connection,
            row.id,
            token,
            status=MessageStatus.CANCELLED.value,
            look_at=None,
            lease=None,
            last_error=words,
        )


def wait(  # noqa: PLR0913, PLR0917 - the row, its lease, whom it waits for, and since when
    connection: Transaction, house: House, row: Any, token: str, key: str, now: datetime
) -> None:
    """Let a leased row wait an hour for somebody in office; the operator is told once a day."""
    told = say(
        "Nobody holds the office “{key}”, nor one that stands in for it: its mail waits."
        " Name a holder: looptijd office handover {key} --to NAME --email ADDRESS",
        key=key,
    )
    report(connection, house, f"nobody:{key}", told, now)
    words = language(house.settings.language).say(say("nobody holds the office today"))
    leases.write(
        connection,
        row.id,
        token,
        status=MessageStatus.QUEUED.value,
        look_at=now + LOOK_AGAIN,
        lease=None,
        last_error=words,
    )


# What leaves -------------------------------------------------------------------------------------


def _mail(
    connection: Transaction,
    house: House,
    case: Case,
    group: list[tuple[Any, Reader]],
    token: str,
) -> Draft:
    """Draft one mail for one address; its first row carries the others."""
    (lead, reader), *others = sorted(group, key=lambda pair: _urgency(pair[0]))
    letter = _letter(connection, house, case, [lead, *(row for row, _ in others)], reader)
    carried = language(house.settings.language).say(say("told in mail {number}", number=lead.id))
    for row, _ in others:
        leases.carry(connection, row.id, lead.id, carried)
    parcel = replace(parcel_of(house, lead, token), recipient=reader.box.email)
    return Draft(parcel, letter)


def addressed(  # noqa: PLR0913, PLR0917 - the row, its lease, its words and its reader
    connection: Transaction, house: House, row: Any, token: str, composed: Composed, reader: Reader
) -> Draft:
    """Write the words and the reader's address into a leased row; return it as a draft."""
    parcel = replace(parcel_of(house, row, token), recipient=reader.box.email)
    leases.write_all(connection, [words_of(parcel, composed)])
    return Draft(replace(parcel, content=composed.content))


def words_of(parcel: Parcel, composed: Composed) -> dict[str, Any]:
    """Return what is written of a mail that was composed."""
    return {
        "number": parcel.id,
        "token": parcel.token,
        "address": parcel.recipient,
        "subject": composed.subject,
        "content": composed.content,
    }


def _urgency(row: Any) -> tuple[bool, bool, bool, int, int]:
    """Order rows of one mail: what is leased, what was composed before, then what asks most."""
    carried = row.carried_by is not None
    return carried, row.content is None, row.role == Role.CASE_OWNER, rank(row.rule), row.id


def rank(rule: str) -> int:
    """Return the place of a rule among those that ask most; what only informs comes last."""
    return URGENT_FIRST.index(rule) if rule in URGENT_FIRST else len(URGENT_FIRST)


def _letter(
    connection: Transaction, house: House, case: Case, rows: list[Any], reader: Reader
) -> Letter:
    setting = case.setting
    owner = case_owner_of(case)
    unique = {row.cause: row for row in reversed(rows)}
    told = [
        told_by(row, 1 + queries.told_before(connection, row, obligation(row.cause)))
        for row in reversed(unique.values())
    ]
    words, at = language(house.settings.language), house.local(case.now)
    withdrawn = taken_back(connection, case, rows[0])
    return Letter(
        language=house.settings.language,
        municipality=house.settings.municipality.name,
        role=Role(rows[0].role),
        office=reader.office,
        to=reader.box,
        sender=sender_of(house),
        reply_to=owner.box if owner else None,
        message_id=rows[0].message_id,
        thread=messages.thread_id(case.register, setting.agreement.ref),
        written_at=at,
        about=about(setting),
        topics=topics(told, setting),
        dates=dates_to_keep(told, setting, case.register, words, at, withdrawn=withdrawn),
    )


def told_by(row: Any, reminder: int = 1) -> Told:
    """Return what a row has to tell, as its words depend on it."""
    return Told(
        rule=row.rule,
        cause=row.cause,
        role=Role(row.role),
        caught_up=row.caught_up,
        late_by=row.late_by,
        escalates=row.escalates,
        reminder=reminder,
    )


def parcel_of(house: House, row: Any, token: str) -> Parcel:
    """Return a leased row as a transport takes it, with its words as they stand."""
    return Parcel(
        id=row.id,
        token=token,
        sender=envelope_sender(house),
        recipient=row.address or "",
        message_id=row.message_id,
        content=row.content or b"",
        waits_since=row.look_at,
        drafted_at=house.clock.now(),
    )
