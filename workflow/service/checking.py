"""Checking: `verify` proves from the ledger that nothing was changed or missed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from states.change import Record, Status
from states.facts import flatten
from states.phrase import Phrase, say
from states.policy import Policy
from workflow.course import facts_of
from workflow.database import Transaction
from workflow.deadlines import derive, is_due, occurrences
from workflow.ledger import Entry, State, breaks, decode, fold, office_stream, stream_of
from workflow.offices import Office
from workflow.sealing import digest
from workflow.service.house import House, policy_of
from workflow.store import agreements, ledger, offices
from workflow.store.agreements import Stored, Unreadable

GRACE = timedelta(minutes=10)


@dataclass(slots=True, kw_only=True)
class Verified:
    """What `verify` found."""

    agreements: int = 0
    events: int = 0
    problems: list[tuple[str, Phrase]] = field(default_factory=list)


def verify(house: House) -> Verified:
    """Check every chain, that each state is the fold of its ledger, and that nothing was missed."""
    result = Verified()
    with house.reading() as connection:
        policy, now = policy_of(connection), house.clock.now()
        known, ends = offices.every(connection), offices.ends(connection)
        streams = set(ledger.streams(connection))
        for stored in agreements.each(connection):
            result.agreements += 1
            if isinstance(stored, Unreadable):
                streams.discard(stream_of(stored.ref))
                result.problems.append((stored.ref, say("it cannot be read: {e}", e=stored.error)))
                continue
            ref = stored.dossier.agreement.ref
            streams.discard(stream_of(ref))
            for problem in _agreement(connection, stored, policy, now, result):
                result.problems.append((ref, problem))
        for key, office in known.items():
            streams.discard(office_stream(key))
            for problem in _office(connection, office, ends[key], result):
                result.problems.append((office_stream(key), problem))
        for stream in sorted(streams):
            result.problems.append((stream, say("the ledger knows it, the register does not")))
        result.problems.extend(_private(connection))
    return result


def _read(
    connection: Transaction, stream: str, result: Verified
) -> tuple[list[Entry], State | None, list[Phrase]]:
    rows = ledger.read(connection, stream)
    result.events += len(rows)
    problems = [say("the chain is broken: {what}", what=what) for what in breaks(stream, rows)]
    try:
        return rows, fold(decode(row.payload) for row in rows), problems
    except (ValueError, KeyError, TypeError):
        return rows, None, [*problems, say("an event cannot be read")]


def _agreement(
    connection: Transaction, stored: Stored, policy: Policy, now: datetime, result: Verified
) -> Iterator[Phrase]:
    agreement = stored.dossier.agreement
    rows, state, problems = _read(connection, stream_of(agreement.ref), result)
    yield from problems
    if not rows or state is None:
        yield say("its ledger is missing")
        return
    if rows[-1].hash != stored.head or state.seq != stored.dossier.seq:
        yield say("the ledger does not end where the register says")
    if state.facts != facts_of(agreement):
        yield say("its facts are not those of the ledger")
    if (state.stage, state.ending) != (agreement.stage, agreement.ending):
        yield say("its stage is not that of the ledger")
    if not _same_records(state.recorded, stored.dossier.recorded):
        yield say("what was recorded of its deadlines is not what the ledger says")
    yield from _missed(stored, policy, now)


def _same_records(one: Mapping[str, Record], other: Mapping[str, Record]) -> bool:
    return _statuses(one) == _statuses(other)


def _statuses(recorded: Mapping[str, Record]) -> dict[str, Status]:
    return {name: record.status for name, record in recorded.items()}


def _missed(stored: Stored, policy: Policy, now: datetime) -> Iterator[Phrase]:
    """Yield every step that should have fired by now and is not on record."""
    dossier = stored.dossier
    derived = derive(dossier.agreement, policy, policy.day_of(now))
    following: list[datetime] = []
    for item in occurrences(derived, policy):
        if item.name in dossier.recorded:
            continue
        if is_due(item, dossier.agreement, now - GRACE):
            yield say("{occurrence} should have fired", occurrence=item.name)
        elif is_due(item, dossier.agreement, item.alert_at):
            following.append(item.alert_at)
    expected = min(following, default=None)
    if expected and (stored.next_alert_at is None or stored.next_alert_at > expected):
        yield say("its next look is planned too late")


def _office(
    connection: Transaction, office: Office, end: tuple[int, str], result: Verified
) -> Iterator[Phrase]:
    rows, state, problems = _read(connection, office_stream(office.key), result)
    yield from problems
    if not rows or state is None:
        yield say("its ledger is missing")
        return
    if (rows[-1].seq, rows[-1].hash) != end:
        yield say("the ledger does not end where the register says")
    if state.facts != flatten(office):
        yield say("its facts are not those of the ledger")


def _private(connection: Transaction) -> Iterator[tuple[str, Phrase]]:
    """Yield each value that is not the one that the ledger's token was made of."""
    for row in ledger.privates(connection):
        if digest(row.salt, row.value) != row.token:
            told = say("a private value is not the one that was sealed")
            yield row.stream.removeprefix(stream_of("")), told
