"""What a week tells an office: what is late, what comes in ninety days, and what was done."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from notifications.letter import Done, Item
from states.agreement import Agreement
from states.policy import Policy, instant
from states.stage import Deadline, Rule
from workflow.engine.day_seals import Seal
from workflow.engine.deadlines import derive, is_open
from workflow.engine.event_words import ABOUT_MONEY, what_was_done
from workflow.engine.ledger import decode, stream_of
from workflow.service.overviews import item_of, office_of, open_of
from workflow.store import agreements, ledger, seals
from workflow.store.agreements import Stored
from workflow.store.database import Transaction

AHEAD, A_WEEK = timedelta(days=90), timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """What one office is told; it was done in the seven days before `day`."""

    day: date
    late: tuple[Item, ...]
    coming: tuple[Item, ...]
    done: tuple[Done, ...]
    seal: Seal

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to tell."""
        return not (self.late or self.coming or self.done)


def week_of(connection: Transaction, policy: Policy, key: str, day: date, now: datetime) -> Week:
    """Return what an office has to know: how things stand now, and what was done before `day`."""
    kept, today = list(agreements.of_office(connection, key)), policy.day_of(now)
    ahead = (coming(stored.dossier.agreement, policy, key, today) for stored in kept)
    return Week(
        day=day,
        late=_in_order(item for stored in kept for item in _late(stored, policy, key, now)),
        coming=_in_order(item for found in ahead for item in found),
        done=tuple(_done(connection, policy, key, day, kept)),
        seal=seals.last(connection),
    )


def _in_order(items: Iterator[Item]) -> tuple[Item, ...]:
    return tuple(sorted(items, key=lambda item: (item.nominal_on, item.ref)))


def _concerns(agreement: Agreement, rule: Rule, key: str) -> bool:
    """Its own office is told of everything, also of what another office pays."""
    return key in {agreement.office, office_of(agreement, rule)}


# What asks for something -------------------------------------------------------------------------


def _late(stored: Stored, policy: Policy, key: str, now: datetime) -> Iterator[Item]:
    """Yield what was alerted, is open still, and of which the date has gone by."""
    agreement, today = stored.dossier.agreement, policy.day_of(now)
    for deadline in open_of(stored.dossier, policy, now):
        if _concerns(agreement, deadline.rule, key) and _day(deadline) < today:
            yield item_of(agreement, deadline, today)


def coming(agreement: Agreement, policy: Policy, key: str, today: date) -> Iterator[Item]:
    """Yield each date of the next ninety days that its stage watches, alerted or not."""
    for deadline in _watched(agreement, policy, today + AHEAD):
        ahead = today <= _day(deadline) <= today + AHEAD
        if ahead and _concerns(agreement, deadline.rule, key):
            yield item_of(agreement, deadline, today)


def _watched(agreement: Agreement, policy: Policy, horizon: date) -> Sequence[Deadline]:
    """Return what is watched and has a date; of one that cannot be derived the doctor tells."""
    with suppress(Exception):
        return [
            deadline
            for deadline in derive(agreement, policy, horizon)
            if deadline.nominal_on and is_open(deadline, agreement)
        ]
    return ()


def _day(deadline: Deadline) -> date:
    assert deadline.nominal_on
    return deadline.nominal_on


# What was done -----------------------------------------------------------------------------------


def _done(
    connection: Transaction, policy: Policy, key: str, day: date, kept: Sequence[Stored]
) -> Iterator[Done]:
    """Yield each agreement with which something was done; who pays is told of payments only."""
    since, until = (instant(on, time(), policy.timezone) for on in (day - A_WEEK, day))
    known = {stream_of(stored.ref): stored.dossier.agreement for stored in kept}
    found = ledger.between(connection, list(known), since, until)
    for stream, agreement in known.items():
        events = [decode(row.payload) for row in found.get(stream, ())]
        if agreement.office != key:
            events = [event for event in events if event.action in ABOUT_MONEY]
        if what := what_was_done(events, agreement):
            yield Done(
                ref=agreement.ref, called=agreement.called, public=agreement.public, what=what
            )
