"""The files of an audit export: what was recorded and mailed, as text, with the judge beside it."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from states.dates.working_days import EQUATED_DAYS_KNOWN, holidays
from workflow import __version__
from workflow.app.app import App, policy_of
from workflow.engine.decider import facts_of
from workflow.engine.ledger import LedgerEntry, stream_of
from workflow.store import agreements, ledger, register
from workflow.store.agreements import Stored, StoredRow
from workflow.store.database import Transaction
from workflow.store.outbox import queries

FORMAT = 2
YEARS = range(2000, 2100)
ZONES = files("tzdata") / "zoneinfo"  # some computers have none
CHECK = Path(__file__).with_name("check.py")
JsonLine = Mapping[str, Any]


def write_audit(app: App, draft: Path, advanced: Callable[[int], object] = bool) -> int:
    """Write the register, as it is at one moment, into a folder; return how many agreements.

    `advanced` is told of how many agreements more were written.
    """
    count = 0
    with app.reading() as connection:
        policy_of(connection)  # without those that were adopted nothing can be judged
        for zone in {json.loads(text)["timezone"] for _, text in register.adopted(connection)}:
            (draft / zone).parent.mkdir(parents=True, exist_ok=True)
            (draft / zone).write_bytes(ZONES.joinpath(zone).read_bytes())
        _write(draft / "register.json", [_register(connection, app)])
        _write(draft / "calendar.jsonl", _calendar())
        _write(draft / "mails.jsonl", queries.accounts(connection, None))
        with (draft / "agreements.jsonl").open("w", encoding="utf-8") as file:
            for batch in agreements.batches(connection):
                file.writelines(map(_line, _agreements(connection, batch)))
                advanced(len(batch))
                count += len(batch)
    (draft / "check.py").write_bytes(CHECK.read_bytes())
    return count


def _write(path: Path, lines: Iterator[JsonLine] | Sequence[JsonLine]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(map(_line, lines))


def _line(row: JsonLine) -> str:
    """Return a row as a line of JSON, its instants in UTC."""
    return f"{json.dumps(row, ensure_ascii=False, default=_text)}\n"


def _text(value: object) -> str:
    """Return what JSON has no form for: an instant, or bytes that somebody wrote into SQLite."""
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


def _register(connection: Transaction, app: App) -> JsonLine:
    row, (known, events) = register.read(connection), ledger.size_of_agreements(connection)
    return {
        "format": FORMAT,
        "release": __version__,
        "adoptions": row.adoptions or 0,
        "language": app.settings.language,
        "exported_at": app.clock.now(),
        "agreements": known,
        "events": events,
        "mails": sum(queries.by_status(connection).values()),
        "ledger": _events(ledger.read(connection, register.STREAM)),
    }


def _calendar() -> Iterator[JsonLine]:
    """Yield the days of each year on which no alert leaves, the equated ones where known (R6)."""
    first, last = EQUATED_DAYS_KNOWN
    for year in YEARS:
        days = sorted(map(date.isoformat, holidays(year)))
        known = first.year <= year <= last.year
        yield {"year": year, "holidays": days, "equated_days_known": known}


def _agreements(connection: Transaction, batch: Sequence[StoredRow]) -> Iterator[JsonLine]:
    streams = ledger.read_all(connection, [stream_of(item.ref) for item in batch])
    by_agreement: dict[int, list[JsonLine]] = {}
    for mail in queries.accounts(connection, [item.id for item in batch]):
        by_agreement.setdefault(mail["agreement_id"], []).append(mail)
    for item in batch:
        yield {
            "ref": item.ref,
            **(_facts(item) if isinstance(item, Stored) else {"unreadable": str(item.error)}),
            "events": _events(streams.get(stream_of(item.ref), ())),
            "mails": by_agreement.get(item.id, []),
        }


def _events(rows: Sequence[LedgerEntry]) -> list[JsonLine]:
    return [{"at": row.at, "hash": row.hash, "payload": row.payload} for row in rows]


def _facts(item: Stored) -> JsonLine:
    agreement, recorded = item.dossier.agreement, item.dossier.recorded
    return {
        "stage": agreement.stage,
        "outcome": agreement.ending,
        "facts": facts_of(agreement),
        "occurrences": {name: [record.status, record.at] for name, record in recorded.items()},
    }
