"""Composing at the moment of sending: who is the reader today, is it still true, in what words."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from notifications.letter import Composed, Letter, Overview
from notifications.transport import Parcel
from states.dates.policy import day_of_step
from states.model.arithmetic import DAY
from states.model.events import Addressee, Role
from states.model.phrase import Phrase, say
from states.model.stage import OccurrenceName, Rule
from states.process import RULES
from states.rules.undo import TAKEN_BACK
from workflow.app.app import App
from workflow.app.incidents import report
from workflow.engine.alerts import addressees_of
from workflow.engine.calendar_dates import Shown
from workflow.engine.offices import chain
from workflow.mail.attached_dates import changed, dates_to_keep
from workflow.mail.context import MailReason
from workflow.mail.recipients import MailCase, Reader, asked_of, case_owner_of, cases, reader_of
from workflow.mail.senders import contact_of, envelope_sender, sender_of
from workflow.mail.topics import INFORMS, about, is_still_true, topics, without_earlier_notice
from workflow.store import agreements, register
from workflow.store.database import Transaction
from workflow.store.outbox import leases, queries
from workflow.store.outbox.messages import OutboxRow

LOOK_AGAIN = timedelta(hours=1)
LAST = 9  # the place of what only informs
NOTHING_LEFT = say("nothing is open any more")


class Draft(Struct, frozen=True):
    """A mail of which all is known but the words, which are written when its turn comes."""

    parcel: Parcel
    mail: Letter | Overview | None = None
    """None: its words stand already."""


def by_agreement(rows: Sequence[OutboxRow]) -> list[list[OutboxRow]]:
    """Return leased rows by agreement; each group is prepared and fails on its own."""
    found: dict[tuple[str, int | None], list[OutboxRow]] = {}
    for row in rows:
        key = ("row", row.id) if row.goes_alone else ("agreement", row.agreement_id)
        found.setdefault(key, []).append(row)
    return list(found.values())


def prepare(
    connection: Transaction, app: App, rows: Sequence[OutboxRow], now: datetime
) -> list[Draft]:
    """Turn leased rows into drafts; what is told to one address about an agreement is one mail.

    Rows whose message makes no sense any more are cancelled, rows without a reader wait an hour;
    both say why. A row that was in doubt before goes as it was, and so does one about no agreement.
    Rows whose lease ended are left to whoever holds them now.
    """
    register.work_beside_others(connection)
    held = leases.still_held(connection, rows)
    rows = [row for row in rows if row.held in held]
    about = [row for row in rows if row.agreement_id is not None and not row.doubts]
    known = cases(connection, app, {row.agreement for row in about}, now) if about else {}
    merged = queries.merged(connection, about) if about else ()
    drafts: list[Draft] = []
    unheld: set[str] = set()
    for group in by_agreement(rows):
        if group[0].doubts or group[0].agreement_id is None:
            drafts.append(Draft(_parcel_of(app, group[0])))
        else:
            case = known.get(group[0].agreement) or _read_again(connection, app, group[0], now)
            numbers = {row.id for row in group}
            group += [row for row in merged if row.merged_into in numbers]
            drafts += _prepared(connection, app, case, group, unheld)
    for key in sorted(unheld):  # in one order, or two daemons would wait for each other
        _tell_unheld(connection, app, key, now)
    return drafts


def _read_again(connection: Transaction, app: App, row: OutboxRow, now: datetime) -> MailCase:
    """Return the case of an agreement that was mended just now; Damaged where it was not."""
    stored = agreements.readable(agreements.by_id(connection, row.agreement))
    return cases(connection, app, {stored.id}, now)[stored.id]


def _prepared(
    connection: Transaction,
    app: App,
    case: MailCase,
    rows: Sequence[OutboxRow],
    unheld: set[str],
) -> list[Draft]:
    """Turn the rows about one agreement into drafts; add the offices that nobody holds."""
    groups: dict[str, list[tuple[OutboxRow, Reader]]] = {}
    for row in (as_it_stands(connection, app, case, row) for row in rows):
        reader = reader_of(app, case, row)
        reason = pointless(case, row)
        if reason:
            cancel(connection, app, row, reason, case.context.version)
        elif reader is None:
            unheld.add(asked_of(case.offices, row))
            _look_again(connection, app, row, case.now)
        elif may_leave(connection, app, row, case.context.version):
            groups.setdefault(reader.box.email.lower(), []).append((row, reader))
    drafts: list[Draft] = []
    for group in groups.values():
        if all(row.merged_into for row, _ in group):
            for row, _ in group:
                leases.queue_again(connection, row, case.now)
        else:
            drafts.append(_mail(connection, app, case, group))
    return drafts


# What does not leave -----------------------------------------------------------------------------


def as_it_stands(connection: Transaction, app: App, case: MailCase, row: OutboxRow) -> OutboxRow:
    """Return a row with the office and the date that took the place of its own."""
    return _of_its_date(connection, case, _of_its_office(connection, app, case, row))


def _of_its_office(connection: Transaction, app: App, case: MailCase, row: OutboxRow) -> OutboxRow:
    """Return a row for who is asked now in its role; a role that is asked no more takes a new one.

    What leaves for another office is marked: its own is told when that is asked again. What that
    office refused itself stays with the one in its chain that gets it instead.
    """
    name, context = OccurrenceName.of(row.cause), case.context
    there = context.deadline(row.cause)
    deadline = there or next(iter(context.open_of(name.subject)), None) if name else None
    if name and deadline is None:
        return row
    told = addressees_of(context.agreement, deadline, escalates=row.escalates)
    if Addressee(Role(row.role), row.office) in told:
        return row
    roles = {Role.CASE_OWNER, *(other.role for other in queries.of_the_same(connection, row))}
    as_before = [each for each in told if each.role == row.role]
    anew = [each for each in told if each.role not in roles]
    asked = next(iter(as_before or (anew if row.role != Role.CASE_OWNER else ())), None)
    if asked is None:
        return row
    theirs = replace(row, role=asked.role.value, office=asked.office)
    elsewhere = replace(theirs, pointless=row.pointless or row.role != Role.CASE_OWNER)
    mine, whose = asked_of(case.offices, row), asked_of(case.offices, theirs)
    if mine not in {office.key for office in chain(case.offices, whose)}:
        return elsewhere
    reader = reader_of(app, case, theirs)
    refused = (
        (asked_of(case.offices, replace(row, office=office)), address)
        for office, address in queries.refused_by(connection, row)
    )
    is_instead = any(
        office == whose or (reader and address == reader.box.email) for office, address in refused
    )
    if not is_instead:
        return elsewhere
    return row if asked.role == Role.ESCALATION else replace(theirs, office=mine)


def _of_its_date(connection: Transaction, case: MailCase, row: OutboxRow) -> OutboxRow:
    """Return a row as it tells of the date that took the place of its own, if none other does.

    That is the newest step up to its own of which the engine says nothing anew, as what was said of
    a date, or left unsaid, counts for the one after it. A step before its own does not escalate.
    """
    steps = case.context.in_its_place(row.cause)
    recorded = agreements.recorded_of(connection, [row.agreement]) if steps else {}
    names = {name for name, *_ in recorded.get(row.agreement, ())}
    taken = next((step for step in reversed(steps) if step.name in names), None)
    if taken is None or queries.tells(connection, row, taken):
        return row
    if not row.cause.endswith(f":{taken.step.name}"):
        told = addressees_of(case.context.agreement, taken.deadline, escalates=False)
        if row.role not in {each.role for each in told}:
            return row
        row = replace(row, escalates=False)
    return replace(row, cause=taken.name, pointless=True)


def pointless(case: MailCase, row: OutboxRow) -> Phrase | None:
    """Return why a row makes no sense any more, or None when it does."""
    truth = is_still_true(reason_of_row(row), case.context)
    if truth is True:
        return _nobody_above(case, row)
    if truth is False and row.rule in INFORMS:
        return TAKEN_BACK
    if truth is False:
        name = OccurrenceName.of(row.cause)
        is_asked = name and case.context.open_of(name.subject)
        entered = row.rule == Rule.MISSING_FACT and not is_asked
        return say("it was entered meanwhile") if entered else say("the date has changed meanwhile")
    return say("it was settled meanwhile: {closed}", closed=say(truth.value))


def _nobody_above(case: MailCase, row: OutboxRow) -> Phrase | None:
    if row.role == Role.ESCALATION and len(list(chain(case.offices, row.office))) == 1:
        return say("there is no office above")
    if row.role == Role.CASE_OWNER and case_owner_of(case) is None:
        return say("the case owner is not known any more")
    return None


def cancel(
    connection: Transaction, app: App, row: OutboxRow, why: Phrase, version: int | None = None
) -> None:
    """Cancel a row and say why; what it asks may be open again one day."""
    if version is not None and _queued_anew(connection, app, row, version):
        return
    values = leases.CANCELLED | {"last_error": app.language.say(why), "pointless": True}
    leases.write(connection, row, **values)


def may_leave(connection: Transaction, app: App, row: OutboxRow, version: int) -> bool:
    """Tell whether a row may leave, or is judged anew.

    Of one that tells of another date than its own it is noted that it does: that may come back.
    """
    if not row.pointless:
        return True
    if _queued_anew(connection, app, row, version):
        return False
    leases.mark_pointless(connection, row.id)
    return True


def _queued_anew(connection: Transaction, app: App, row: OutboxRow, version: int) -> bool:
    """Queue a row again, and tell so, if its agreement was changed or is being changed."""
    if agreements.is_kept_at(connection, row.agreement, version):
        return False
    leases.queue_again(connection, row, app.clock.now())
    return True


def _tell_unheld(connection: Transaction, app: App, key: str, now: datetime) -> None:
    """Tell the operator, once a day, of an office that nobody holds."""
    reasons = say(
        "Nobody holds the office “{key}”, nor one that stands in for it: its mail waits."
        " Name a holder: looptijd office handover {key} --to NAME --email ADDRESS",
        key=key,
    )
    report(connection, app, f"nobody:{key}", reasons, now)


def _look_again(connection: Transaction, app: App, row: OutboxRow, now: datetime) -> None:
    """Let a row wait an hour for somebody in office."""
    words = app.language.say(say("nobody holds the office today"))
    leases.queue_again(connection, row, now + LOOK_AGAIN, words)


# What leaves -------------------------------------------------------------------------------------


def _mail(
    connection: Transaction, app: App, case: MailCase, group: list[tuple[OutboxRow, Reader]]
) -> Draft:
    """Draft one mail for one address; its first row carries the others."""
    (lead, reader), *others = sorted(group, key=lambda pair: _urgency(pair[0]))
    told = told_once([lead, *(row for row, _ in others)])
    readers, rows = {row.id: reader for row, reader in group}, [row for row, _ in group]
    reasons = [_reason_among(connection, case, (row, readers[row.id]), rows) for row in told]
    mail = letter(app, case, (lead, reader), reasons, changed(connection, case, lead))
    follows = queries.reached(connection, lead.agreement, reader.box.email)
    merged = app.language.say(told_in(lead.id))
    for row, _ in others:
        leases.merge(connection, row.id, lead.id, merged)
    return _draft(app, lead, replace(mail, follows=follows))


def drafted(
    connection: Transaction, app: App, row: OutboxRow, mail: Overview | Phrase | str, now: datetime
) -> list[Draft]:
    """Return what becomes of a leased row about several agreements: a draft if it leaves.

    Instead of a mail stands why there is none, or the key of the office that nobody holds.
    """
    if isinstance(mail, Overview):
        return [_draft(app, row, mail)]
    if isinstance(mail, Phrase):
        cancel(connection, app, row, mail)
    else:
        _tell_unheld(connection, app, mail, now)
        _look_again(connection, app, row, now)
    return []


def _reason_among(
    connection: Transaction,
    case: MailCase,
    told: tuple[OutboxRow, Reader],
    group: Iterable[OutboxRow],
) -> MailReason:
    """Return what a row has to tell, by what was told before and what one mail tells besides."""
    row, reader = told
    reason = reason_of_row(row, 1 + queries.mailed_before(connection, row))
    late_by = _late_by(connection, case, row)
    reason = replace(reason, late_by=late_by, meant_for=meant_for(case, row, reader))
    if not row.escalates:
        return reason
    roles = {each.role for each in group if each.cause == row.cause} - {Role.CASE_OWNER}
    return replace(
        reason,
        asked_before=queries.asked_before(connection, row),
        for_both=len(roles) > 1,
    )


def _late_by(connection: Transaction, case: MailCase, row: OutboxRow) -> int:
    """Return how late a mail leaves whose step fired late: it, or one before, may have waited."""
    name = OccurrenceName.of(row.cause)
    if name is None or timedelta(seconds=row.late_by) < DAY:
        return row.late_by
    moves = RULES[name.rule].at_midnight
    fired_at = queries.first_queued(connection, row)
    ready = case.context.policy.next_alert_time(fired_at) if moves else fired_at
    return row.late_by + max(0, int((case.now - ready).total_seconds()))


def _draft(app: App, row: OutboxRow, mail: Letter | Overview) -> Draft:
    return Draft(replace(_parcel_of(app, row), recipient=mail.to.email), mail)


def words_of(parcel: Parcel, composed: Composed) -> dict[str, Any]:
    """Return what is written of a mail that was composed."""
    return {
        "number": parcel.id,
        "token": parcel.token,
        "address": parcel.recipient,
        "subject": composed.subject,
        "content": composed.content,
    }


def _urgency(row: OutboxRow) -> tuple[bool, int, bool, int, int]:
    """Order rows of one mail: what is leased, what may be tried longest, what asks most."""
    merged = row.merged_into is not None
    return merged, row.attempts, row.role == Role.CASE_OWNER, rank(row.rule), row.id


def told_in(number: int) -> Phrase:
    """Return why a row does not leave by itself: the mail of another row tells it."""
    return say("told in mail {number}", number=number)


def rank(rule: str) -> int:
    """Return the place of a rule among those that ask most; what only informs comes last."""
    return next((r.urgency for r in RULES.values() if r.rule == rule), LAST)


def told_once(rows: Iterable[OutboxRow]) -> list[OutboxRow]:
    """Return of each deadline or action that rows tell the newest of them.

    A mail tells both as matters stand when it leaves, so that the newest says it all.
    """
    found: dict[tuple[int | None, str], OutboxRow] = {}
    for row in rows:
        key = row.agreement_id, row.tells_of
        known = found.setdefault(key, row)
        if row.cause != known.cause and _age(row) > _age(known):
            found[key] = row
    return list(found.values())


def _age(row: OutboxRow) -> tuple[date, int]:
    """Return the place of a row among those of its deadline: a step may be sent once more."""
    name = OccurrenceName.of(row.cause)
    return day_of_step(name.day, name.day, name.step) if name else date.min, row.id


def letter(
    app: App,
    case: MailCase,
    lead: tuple[OutboxRow, Reader],
    reasons: list[MailReason],
    dates: Sequence[Shown] = (),
) -> Letter:
    """Return a mail about one agreement before it has words: its row, its reader, what it tells."""
    row, reader = lead
    reasons = without_earlier_notice(reasons, case.context)
    told = topics(reasons, case.context)
    owner = case_owner_of(case) if row.role != Role.CASE_OWNER else None
    meant = {one.meant_for for one in told}
    return Letter(
        **frame(app, row.message_id, reader, case.context.policy.local(case.now), owner),
        role=Role(row.role),
        about=about(case.context, told),
        topics=told,
        meant_for=meant.pop() if len(meant) == 1 else None,
        dates=dates_to_keep(app, case, reasons, dates),
    )


def meant_for(case: MailCase, row: OutboxRow, reader: Reader) -> str | None:
    """Return the office that a row asks, where it is read through another.

    Nobody holds it today, or it was refused there: then the row is of the next in its chain.
    """
    if row.role == Role.CASE_OWNER:
        return None
    name = OccurrenceName.of(row.cause)
    told = addressees_of(case.context.agreement, name, escalates=row.escalates)
    first = next((each.office for each in told if each.role == row.role), row.office)
    meant = case.context.office_names.get(asked_of(case.offices, replace(row, office=first)))
    return meant if meant != reader.office else None


def frame(
    app: App, message_id: str, reader: Reader, written_at: datetime, owner: Reader | None = None
) -> dict[str, Any]:
    """Return what every mail has: who writes whom, in what language, and at what local time.

    An answer goes to the case owner, else to the contact; never to the reader himself.
    """
    contact = contact_of(app)
    answering = [known.box for known in (owner, contact) if known]
    others = (box for box in answering if box.email.lower() != reader.box.email.lower())
    return {
        "language": app.settings.language,
        "municipality": app.settings.municipality.name,
        "office": reader.office,
        "to": reader.box,
        "sender": sender_of(app),
        "reply_to": next(others, None),
        "contact": contact,
        "message_id": message_id,
        "written_at": written_at,
    }


def reason_of_row(row: OutboxRow, reminder: int = 1) -> MailReason:
    """Return what a row has to tell, as its words depend on it."""
    return MailReason(
        rule=row.rule,
        cause=row.cause,
        role=Role(row.role),
        caught_up=row.caught_up,
        late_by=row.late_by,
        escalates=row.escalates,
        reminder=reminder,
    )


def _parcel_of(app: App, row: OutboxRow) -> Parcel:
    """Return a leased row as a transport takes it, with its words as they stand."""
    return Parcel(
        id=row.id,
        token=row.held[1],
        sender=envelope_sender(app),
        recipient=app.settings.mail.redirect_all_to or row.address or "",
        message_id=row.message_id,
        content=row.content or b"",
        waits_since=row.next_attempt_at,
        drafted_at=app.clock.now(),
    )
