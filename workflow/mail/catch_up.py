"""Catching up: one mail to each addressee with everything that it should have been told before."""

import logging
import uuid
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from notifications.letter import Item, Overview
from states.model.events import Role
from states.model.phrase import Phrase, say
from workflow.app.app import App, policy_of
from workflow.mail import drafts
from workflow.mail.recipients import MailCase, Reader, asked_of, case_owner_of, cases, reader_of
from workflow.mail.topics import item_of
from workflow.store import agreements, ledger, offices, register
from workflow.store.database import Transaction, is_away
from workflow.store.outbox import late, leases, messages
from workflow.store.outbox.messages import MailName, OfficeCause, OutboxRow
from workflow.system.refusals import what_failed

log = logging.getLogger("looptijd")
CATCH_UP = "catch_up"
FIRING_TAKES = timedelta(hours=1)
SEVERAL = 2
JUDGED_ANEW = say("all that it was to tell changed meanwhile, and is judged anew")


# Gathering ---------------------------------------------------------------------------------------


LateByRecipient = deque[list[int]]
"""What is late for each addressee, as it was read; one daemon goes through it, and reads anew."""


def lease_late(
    connection: Transaction,
    app: App,
    now: datetime,
    token: str,
    gathered: LateByRecipient | None = None,
) -> Sequence[OutboxRow]:
    """Lease what is late for one addressee: as one mail if it is about several agreements.

    While something is left to fire it waits, so that all of it is told at once; but an hour at the
    most, so that firing that fails for good holds nothing up.
    """
    gathered = LateByRecipient() if gathered is None else gathered
    if not gathered:
        gathered += _gathered(connection, now)
    while gathered:
        rows = late.lock(connection, gathered.popleft(), now)
        if not _are_of_one(rows):
            return [_merged_into_one(connection, app, rows, now, token)]
        for row in rows:
            if leased := leases.lease_alone(connection, row.id, now, token):
                return leased
    return ()


def _gathered(connection: Transaction, now: datetime) -> list[list[int]]:
    """Return the numbers of what is late, for each office and case owner that may be told now.

    Who is told of several agreements comes first.
    """
    rows = late.every(connection, now)
    if not rows:
        return []
    firing = agreements.anything_due(connection, now)
    found: dict[tuple[str, object], list[OutboxRow]] = {}
    known = offices.every(connection)
    owners = _case_owners(connection, {r.agreement for r in rows if r.role == Role.CASE_OWNER})
    for row in rows:
        if row.role == Role.CASE_OWNER:
            addressee = ("owner", owners.get(row.agreement))
        else:
            addressee = ("office", asked_of(known, row))
        # Who is not known is told nothing together with others.
        found.setdefault(addressee if addressee[1] else ("row", row.id), []).append(row)
    groups = [
        fellows
        for fellows in found.values()
        if any(row.is_ready(now) and not (firing and _is_new(row, now)) for row in fellows)
    ]
    return [[row.id for row in fellows] for fellows in sorted(groups, key=_are_of_one)]


def _are_of_one(rows: Sequence[OutboxRow]) -> bool:
    """Tell whether one agreement is all that they tell of: it takes along what others are told."""
    return len({row.agreement_id for row in rows}) < SEVERAL


def _is_new(row: OutboxRow, now: datetime) -> bool:
    return row.created_at > now - FIRING_TAKES


def _case_owners(connection: Transaction, numbers: set[int]) -> Mapping[int, str]:
    sealed = agreements.case_owners(connection, numbers)
    opened = ledger.opened(connection, list(sealed.values()))
    return {number: opened[token].lower() for number, token in sealed.items() if token in opened}


def _merged_into_one(
    connection: Transaction, app: App, rows: Sequence[OutboxRow], now: datetime, token: str
) -> OutboxRow:
    """Lease a mail that carries these rows; the same rows make the same Message-ID, always."""
    to_owner = rows[0].role == Role.CASE_OWNER
    role = Role.CASE_OWNER if to_owner else Role.OFFICE
    key = "" if to_owner else asked_of(offices.every(connection), rows[0])
    uid = register.read(connection).uid
    items = uuid.uuid5(uuid.UUID(uid), "|".join(sorted(row.message_id for row in rows)))
    name = MailName("", str(OfficeCause(CATCH_UP, key, str(items))), role.value, key)
    row = {"rule": CATCH_UP} | messages.fresh(uid, name, now)
    lead = late.lease_catch_up(connection, row, now, token)
    words = app.language.say(drafts.told_in(lead.id))
    late.merge_all(connection, [row.id for row in rows], lead.id, words)
    return lead


# Judging -----------------------------------------------------------------------------------------


class CatchUpItem(Struct, frozen=True, kw_only=True):
    """One carried row as it stands now: what it tells and whom, or why it is left out."""

    row: OutboxRow
    addressee: str = ""
    reader: Reader | None = None
    item: Item | None = None
    pointless: Phrase | None = None
    version: int = 0
    """The number of the agreement's last event, by which it was judged."""
    error: Phrase | None = None


def _judged(connection: Transaction, app: App, row: OutboxRow, now: datetime) -> list[CatchUpItem]:
    """Ask of each carried row whether it is still true and who reads it; few queries for all."""
    rows = late.merged_for(connection, row.cause)
    known = cases(connection, app, {items.agreement for items in rows}, now)
    return [
        _judge(connection, app, known[items.agreement], items)
        if items.agreement in known
        else CatchUpItem(row=items, error=say("the agreement cannot be read"))
        for items in rows
    ]


def _judge(connection: Transaction, app: App, case: MailCase, row: OutboxRow) -> CatchUpItem:
    """Judge one row; one that raises is left to a mail of its own, the others go on."""
    try:
        row = drafts.as_it_stands(connection, app, case, row)
        reason = drafts.pointless(case, row)
        item = None
        if reason is None:
            item = replace(
                item_of(drafts.reason_of_row(row), case.context), rank=drafts.rank(row.rule)
            )
    except Exception as error:
        if is_away(error):
            raise
        log.exception("composing_failed", extra={"mail": row.id})
        return CatchUpItem(row=row, error=say("{error}", error=what_failed(error)))
    owner = case_owner_of(case) if row.role == Role.CASE_OWNER else None
    asked = owner.box.email.lower() if owner else asked_of(case.offices, row)
    reader = None if reason else reader_of(app, case, row)
    return CatchUpItem(
        row=row,
        addressee=asked,
        reader=reader and Reader(reader.box, case.context.office_names.get(asked, reader.office)),
        item=item,
        pointless=reason,
        version=case.context.version,
    )


# Composing ---------------------------------------------------------------------------------------


def prepare_catch_up(app: App, row: OutboxRow, now: datetime) -> list[drafts.Draft]:
    """Turn a leased row into a draft with what is still true of what it carries.

    What is not is left out, with the reason; what another has to be told now waits to be gathered
    anew. Where nobody is told of several agreements any more, each mail leaves on its own at once:
    gathered anew they would be the same. All is judged before the transaction that writes.
    """
    with app.reading() as connection:
        judged = _judged(connection, app, row, now)
    true = [one for one in judged if one.item]
    items = _for_one_addressee(true, row)
    few = len({one.row.agreement_id for one in items}) < SEVERAL and row.generation == 1
    with app.writing() as connection:
        register.work_beside_others(connection)
        if not leases.still_held(connection, [row]):
            return []  # the lease ended; whoever holds the row now decides about it
        if not late.was_accepted(connection, row.cause):  # else what it leaves out was told
            told = true if few else items
            _leave(connection, app, [one for one in judged if one not in told], now)
        if few:
            return _parted(connection, app, row, [one.row for one in true], now)
        items = [one for one in items if drafts.may_leave(connection, app, one.row, one.version)]
        if not items:
            why = JUDGED_ANEW if true else drafts.NOTHING_LEFT  # settled since it left once
            return drafts.drafted(connection, app, row, why, now)
        reader = items[0].reader
        if reader is None:
            return drafts.drafted(connection, app, row, items[0].addressee, now)
        at = policy_of(connection).local(now)
        common = drafts.frame(app, row.message_id, reader, at)
        return drafts.drafted(connection, app, row, _overview(row, items, common), now)


def _for_one_addressee(true: list[CatchUpItem], row: OutboxRow) -> list[CatchUpItem]:
    """Return what is told to who is told of most agreements, or nothing.

    One that is sent once more goes to its own office, as long as anything is asked of that.
    """
    found: dict[str, list[CatchUpItem]] = {}
    for one in true:
        found.setdefault(one.addressee, []).append(one)
    if row.generation > 1 and row.office in found:
        return found[row.office]
    return max(
        found.values(), key=lambda mine: len({one.row.agreement_id for one in mine}), default=[]
    )


def _leave(connection: Transaction, app: App, left: list[CatchUpItem], now: datetime) -> None:
    for one in left:
        if one.pointless:
            drafts.cancel(connection, app, one.row, one.pointless, one.version)
        elif one.error:
            why = app.language.say(one.error)
            leases.queue_again(connection, one.row, now + drafts.LOOK_AGAIN, why)
        else:
            leases.queue_again(connection, one.row, now - messages.MAKES_LATE)


def _parted(
    connection: Transaction, app: App, lead: OutboxRow, rows: list[OutboxRow], now: datetime
) -> list[drafts.Draft]:
    """Let what a mail was to tell leave on its own, under its lease, instead of it."""
    why = say("what is left leaves in a mail of its own for each agreement")
    drafts.drafted(connection, app, lead, why if rows else drafts.NOTHING_LEFT, now)
    return drafts.prepare(connection, app, leases.take_over(connection, rows, lead, now), now)


def _overview(row: OutboxRow, items: list[CatchUpItem], common: dict[str, Any]) -> Overview:
    told = [(one, one.item.renewed) for one in items if one.item]
    newest = {row.id for row in drafts.told_once(one.row for one in items if one.item)}
    return Overview(
        **common,
        kind=row.rule,
        role=Role(row.role),
        items=tuple(one.item for one in items if one.item and one.row.id in newest),
        is_late=any(one.row.late_by or not one.row.caught_up for one in items),
        is_known_late=any(one.row.caught_up and not renewed for one, renewed in told),
        is_renewed=any(one.row.caught_up and renewed for one, renewed in told),
    )
