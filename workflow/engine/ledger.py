"""The ledger: events as text, chained by hash, and the fold that turns them back into a state.

The fold applies complete changes and never runs a rule, so the past stays what it was when the
rules change.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from msgspec import Struct, json
from msgspec.structs import asdict, replace

from states.model.events import FOUND_OUT, IN_THE_LEDGER, Event, Record, Status, apply
from states.model.phrase import Phrase, Refusal, say
from states.model.stage import Ending, Stage

VERSION = 1
GENESIS = "0" * 64
_EVENT = json.Decoder(Event)


# Text --------------------------------------------------------------------------------------------


def encode(event: Event) -> str:
    """Return the payload of an event: canonical JSON, nothing that is empty, instants in UTC."""
    parts = {"v": VERSION, **asdict(event), "at": event.at.astimezone(UTC).isoformat()}
    named = {IN_THE_LEDGER.get(name, name): part for name, part in parts.items() if part}
    return json.encode(named).decode()


DAMAGE = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What reading the ledger raises when somebody changed it."""


class UnreadableEvent(Refusal, ValueError):
    """What stands in the ledger as an event describes none."""

    exit_code = 1


def decode(payload: str) -> Event:
    """Return the event that a payload describes; raises UnreadableEvent when it describes none."""
    try:
        return _EVENT.decode(payload)
    except DAMAGE as error:
        raise UnreadableEvent(
            say(
                "An event in the ledger cannot be read. Somebody changed the database; what else"
                " differs: looptijd verify"
            )
        ) from error


# Chain -------------------------------------------------------------------------------------------


class LedgerEntry(Struct, frozen=True):
    """One row of the ledger."""

    stream: str
    seq: int
    at: datetime
    payload: str
    hash: str


AGREEMENT, OFFICE = "agreement", "office"  # the kinds of stream, beside that of the register


def stream_of(ref: str) -> str:
    """Return the name of an agreement's stream."""
    return f"{AGREEMENT}:{ref}"


def office_stream(key: str) -> str:
    """Return the name of an office's stream."""
    return f"{OFFICE}:{key}"


def owner_of(stream: str) -> tuple[str, str]:
    """Return whose a stream is: its kind, and a reference or key; that of the register has none."""
    kind, _, name = stream.partition(":")
    return kind, name


def stream_in_words(name: str) -> Phrase:
    """Return whose a stream is, where a sentence is about it: an office's, else as it is named."""
    kind, key = owner_of(name)
    return say("office “{key}”", key=key) if kind == OFFICE else say("{name}", name=name)


def link(previous: str, stream: str, payload: str) -> str:
    """Return the hash of an event: over the one before it, the stream and the payload itself."""
    return hashlib.sha256(f"{previous}\n{stream}\n{payload}".encode()).hexdigest()


def entries(stream: str, head: str, events: Iterable[Event]) -> list[LedgerEntry]:
    """Return the rows that append these events after the hash `head`."""
    rows: list[LedgerEntry] = []
    for event in events:
        payload = encode(event)
        head = link(head, stream, payload)
        rows.append(LedgerEntry(stream, event.seq, event.at, payload, head))
    return rows


def breaks(stream: str, rows: Iterable[LedgerEntry]) -> Iterator[Phrase]:
    """Yield what is wrong with a chain: a gap, a changed payload, an entry out of order."""
    previous, expected = GENESIS, 1
    for row in rows:
        if row.seq != expected:
            yield say("event {number} is missing", number=expected)
        if row.hash != link(previous, stream, row.payload):
            yield say("event {number} does not follow from the one before it", number=row.seq)
        previous, expected = row.hash, row.seq + 1


# Fold --------------------------------------------------------------------------------------------


class FoldedState(Struct, frozen=True, kw_only=True):
    """What a stream of events amounts to."""

    facts: Mapping[str, str]
    stage: Stage | None = None
    ending: Ending | None = None
    recorded: Mapping[str, Record]
    seq: int = 0

    @property
    def found_out(self) -> Mapping[str, str]:
        """Return the facts that the engine has found out on the way."""
        return {path: text for path, text in self.facts.items() if path.startswith(FOUND_OUT)}


def fold(events: Iterable[Event]) -> FoldedState:
    """Return the state after these events; applies changes only, never a rule."""
    facts: dict[str, str] = {}
    recorded: dict[str, Record] = {}
    state = FoldedState(facts=facts, recorded=recorded)
    for event in events:
        apply(event.changes, facts)
        _record(event, recorded)
        state = replace(state, stage=event.stage, ending=event.ending, seq=event.seq)
    return state


def _record(event: Event, recorded: dict[str, Record]) -> None:
    for name in event.reopened:
        recorded.pop(name, None)
    if event.occurrence:
        recorded[event.occurrence] = Record(Status.FIRED, event.at)
    for name in event.superseded:
        recorded[name] = Record(Status.SUPERSEDED, event.at)
    for name in event.waived:
        recorded[name] = Record(Status.WAIVED, event.at)
