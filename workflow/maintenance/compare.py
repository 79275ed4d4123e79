"""Comparing what the register says of an agreement with what its ledger and its facts demand."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta

from msgspec import Struct

from states.dates.policy import Policy
from states.model.agreement import Agreement
from states.model.events import Dossier, Event, Plan
from states.model.facts import build
from states.model.phrase import Phrase, Refusal, say
from states.model.stage import OccurrenceName
from workflow.agreements.tick import QUARANTINE_WAIT
from workflow.engine.deadline_words import occurrence_in_words
from workflow.engine.deadlines import asked_again, watched_steps
from workflow.engine.decider import facts_of, facts_text
from workflow.engine.engine import as_demanded
from workflow.engine.ledger import DAMAGE, FoldedState, LedgerEntry, breaks, decode, fold, stream_of
from workflow.engine.plan import PlannedFor, is_as_demanded
from workflow.engine.private_values import ERASE, TOKEN
from workflow.store import ledger
from workflow.store.agreements import Stored, StoredRow, Unreadable
from workflow.store.database import Transaction
from workflow.store.due import kept_of
from workflow.store.outbox import queries

GRACE = timedelta(minutes=10)
MISSING = say("its ledger is missing")


class Comparison(Struct, kw_only=True):
    """What one stream of the ledger amounts to, and what differs from it.

    `events` are there when all of them can be read. `broken` is what is wrong with the stream
    itself: then it is no ground for a repair. `differs` is what the ledger and the facts say
    otherwise; `missed` steps may be about to fire at the next tick; `unqueued` are messages, and
    private values, that are gone.
    """

    stream: str
    entries: Sequence[LedgerEntry]
    events: Sequence[Event] = ()
    state: FoldedState | None = None
    plan: Plan | None = None
    broken: list[Phrase] = []
    differs: list[Phrase] = []
    missed: list[Phrase] = []
    unqueued: list[Phrase] = []

    @property
    def problems(self) -> list[Phrase]:
        """Return everything that is wrong."""
        return [*self.broken, *self.differs, *self.missed, *self.unqueued]

    @property
    def is_damaged(self) -> bool:
        """Tell whether more is wrong than that a tick is late."""
        return bool(self.broken or self.differs or self.unqueued)

    @property
    def head(self) -> str:
        """Return the hash of the last event."""
        return self.entries[-1].hash


def read_stream(connection: Transaction, stream: str) -> Comparison:
    """Read a stream that is no agreement's; says what is wrong with the stream itself."""
    found = _folded(stream, ledger.read(connection, stream))
    found.unqueued.extend(_vanished(found, ledger.kept(connection, _tokens(found.entries))))
    return found


def _folded(stream: str, entries: Sequence[LedgerEntry]) -> Comparison:
    """Check a stream's chain and fold it."""
    found = Comparison(stream=stream, entries=entries)
    if not entries:
        found.broken.append(MISSING)
        return found
    broken = (say("the chain is broken: {what}", what=what) for what in breaks(stream, entries))
    found.broken.extend(broken)
    try:
        events = [decode(row.payload) for row in entries]
        found.state = fold(events)
        found.events = events
        if any(event.at != row.at for event, row in zip(events, entries, strict=True)):
            found.broken.append(say("an event's moment is not the one that was written"))
    except DAMAGE:
        found.broken.append(say("an event cannot be read"))
    return found


def compare(
    connection: Transaction, batch: Sequence[StoredRow], policy: Policy, now: datetime
) -> Iterator[tuple[StoredRow, Comparison]]:
    """Yield for each agreement of a batch what differs from its ledger, in a few queries in all."""
    streams = ledger.read_all(connection, [stream_of(item.ref) for item in batch])
    rows = kept_of(connection, [item.id for item in batch])
    mails = queries.queued_of(connection, [item.id for item in batch])
    kept = ledger.kept(connection, {token for rows in streams.values() for token in _tokens(rows)})
    for item in batch:
        stream = stream_of(item.ref)
        found = _folded(stream, streams.get(stream, ()))
        if isinstance(item, Unreadable):
            found.differs.append(say("it cannot be read: {e}", e=item.error))
        elif found.state:
            _, found.plan = rows.get(item.id, ("", None))
            _judge(item, found, found.state, policy, now)
        found.unqueued.extend(_unqueued(found.events, mails.get(item.id, {})))
        found.unqueued.extend(_vanished(found, kept))
        yield item, found


def _judge(
    stored: Stored, found: Comparison, state: FoldedState, policy: Policy, now: datetime
) -> None:
    """Say what differs and what was missed; dates that cannot be derived stay with their own."""
    try:
        found.differs.extend(_differences(stored, found, state, policy, now))
        found.missed.extend(_missed(stored.dossier, policy, now))
    except Exception as error:  # noqa: BLE001 - whatever one agreement raises stays with it
        found.unqueued.append(say("its dates cannot be derived: {e}", e=repr(error)))


def _differences(
    stored: Stored, found: Comparison, state: FoldedState, policy: Policy, now: datetime
) -> Iterator[Phrase]:
    agreement, dossier = stored.dossier.agreement, stored.dossier
    yield from row_differs(found, state, (dossier.seq, stored.head), facts_of(agreement))
    if (state.stage, state.ending) != (agreement.stage, agreement.ending):
        yield say("its stage is not that of the ledger")
    if dict(state.recorded) != dict(dossier.recorded):
        yield say("what was recorded of its deadlines is not what the ledger says")
    if asked_again(agreement, dossier.recorded, policy, policy.day_of(now)):
        yield say("an alert that was closed ahead of its time is asked for again")
    demanded = as_demanded(dossier, policy, now)
    if not is_looked_at_in_time(stored, demanded.next_alert_at, now):
        yield say("its next look is not planned when its facts demand it")
    row = PlannedFor(agreement.ref, agreement.stage, dossier.seq, facts_text(agreement))
    if found.plan and not is_as_demanded(found.plan, row, policy, demanded.plan):
        yield say("what fires next by its plan is not what its facts demand")


def row_differs(
    found: Comparison,
    state: FoldedState,
    end: tuple[int, str] | None,
    facts: Mapping[str, str] | None,
) -> Iterator[Phrase]:
    """Yield what a row has otherwise than its stream: the number and hash at its end, its facts."""
    if (state.seq, found.head) != end:
        yield say("the ledger does not end where the register says")
    if state.facts != facts:
        yield say("its facts are not those of the ledger")


def is_looked_at_in_time(stored: Stored, demanded: datetime | None, now: datetime) -> bool:
    """Tell whether an agreement is looked at when its facts demand it, or when it is tried again.

    Too early does no harm: it is looked at and planned anew.
    """
    if demanded is None:
        return True
    latest = max(demanded, now + QUARANTINE_WAIT + GRACE) if stored.failures else demanded
    return stored.next_alert_at is not None and stored.next_alert_at <= latest


def _missed(dossier: Dossier, policy: Policy, now: datetime) -> Iterator[Phrase]:
    """Yield every step that should have fired by now and is not on record."""
    for item in watched_steps(dossier.agreement, policy, policy.day_of(now)):
        if item.name not in dossier.recorded and item.alert_at <= now - GRACE:
            what = occurrence_in_words(item.name, dossier.agreement)
            day = OccurrenceName.parse(item.name).day
            yield say("{what}, of {day}, should have fired", what=what, day=day)


def _unqueued(events: Sequence[Event], queued: Mapping[str, int]) -> Iterator[Phrase]:
    """Yield every event that queued mail of which a row is gone."""
    for event in events:
        if queued.get(event.cause, 0) < event.mails:
            yield mail_is_gone(event.cause)


def mail_is_gone(cause: str) -> Phrase:
    """Return that the outbox lacks what an event queued."""
    return say("a mail about {cause} is gone from the outbox", cause=cause)


def _tokens(entries: Sequence[LedgerEntry]) -> set[str]:
    """Return the tokens of private values that the events hold."""
    return {token for row in entries for token in TOKEN.findall(row.payload)}


def _vanished(found: Comparison, kept: AbstractSet[str]) -> Iterator[Phrase]:
    """Tell of private values that are gone although no erasure says so."""
    erased = {c.old for event in found.events if event.action == ERASE for c in event.changes}
    if _tokens(found.entries) - kept - erased:
        yield say("a private value is gone, and no erasure says so")


# What the ledger says ----------------------------------------------------------------------------


def as_the_ledger_says(found: Comparison) -> Dossier | None:
    """Return the dossier that the ledger amounts to; None where it is no ground to build on."""
    state = found.state
    if found.broken or state is None or state.stage is None:
        return None
    facts = {**state.facts, "stage": state.stage.value}
    if state.ending:
        facts["ending"] = state.ending.value
    try:
        agreement = build(Agreement, facts)
    except (Refusal, ValueError, KeyError, TypeError):
        return None
    return Dossier(agreement=agreement, recorded=dict(state.recorded), seq=state.seq)
