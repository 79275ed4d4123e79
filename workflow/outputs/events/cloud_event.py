"""An event of the ledger as a CloudEvent 1.0, after the Dutch government's profile of it (NL-GOV).

It tells that something happened and to what, not what was entered: a file that others copy cannot
be told to forget. So there is no actor, no reason and no value of a fact in it; who is allowed to
know those asks `looptijd show` and `looptijd history`.
"""

import json
import re
from datetime import UTC
from typing import Any

from workflow.engine.ledger import LedgerEntry, decode

CONTENT_TYPE = "application/json"
PARTY = re.compile(r"\b(party[./])[a-z0-9_-]+")
WIDTH = 12  # digits: as text, sequences sort in their own order


def cloud_event(number: int, entry: LedgerEntry, source: str) -> dict[str, Any]:
    """Return an event with its place in the register; the same event gives the same parts.

    `time` is the instant at which it was recorded. `id` is the event's hash in the ledger, and
    `sequence` its number, which may skip some.
    """
    kind, _, name = entry.stream.partition(":")
    event = decode(entry.payload)
    return {
        "specversion": "1.0",
        "id": entry.hash,
        "source": source,
        "type": f"nl.looptijd.{kind}.{event.action}",
        "subject": name or kind,
        "time": event.at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "sequence": f"{number:0{WIDTH}}",
        "datacontenttype": CONTENT_TYPE,
        "data": _data(entry),
    }


def _data(entry: LedgerEntry) -> dict[str, Any]:
    """Return what happened, in the names of `looptijd history --json`; nothing that is empty."""
    event = decode(entry.payload)
    parts = {
        "seq": event.seq,
        "on": event.on and event.on.isoformat(),
        "from": event.stage_before,
        "to": event.stage,
        "outcome": event.ending,
        "changed": [change.field for change in event.changes],
        "occurrence": event.occurrence,
        "superseded": [*event.superseded, *event.waived],
        "reopened": event.reopened,
        "nominal_on": event.nominal_on and event.nominal_on.isoformat(),
        "caught_up": event.caught_up,
        "late_by": event.late_by,
    }
    return {name: _without_parties(part) for name, part in parts.items() if part}


def _without_parties(part: Any) -> Any:
    """Return a part with `*` for the key of a party, which names it, in paths and occurrences."""
    if isinstance(part, str):
        return PARTY.sub(r"\1*", part)
    return [_without_parties(item) for item in part] if isinstance(part, list | tuple) else part


def line_of(number: int, entry: LedgerEntry, source: str) -> bytes:
    """Return the event as one line of JSON."""
    document = cloud_event(number, entry, source)
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return f"{text}\n".encode()
