"""Importing: a file of agreements that run already, beside raw inserts of the very same rows."""

import gc
import json
import sqlite3
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks.measuring import OURS, Size, Table, Target, in_turn, stopwatch
from benchmarks.world import FILLED
from tests.town import CASE, OFFICES, a_town, visiting
from workflow.cli import SELDOM
from workflow.intake.register import import_files

RAW = "raw inserts of the same rows"
AT_LEAST = 1 / 8
TABLES = ("agreement", "facts", "event", "occurrence", "private", "message")


def measure(size: Size) -> Iterator[Table]:
    count = size.of(100_000, 200)
    gc.set_threshold(SELDOM)  # as the command does
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "agreements.jsonl"
        file.write_text("".join(f"{json.dumps(_running(n))}\n" for n in range(count)))
        imported = folder / "imported"
        _import(file, imported, count)
        contenders = {
            OURS: lambda: _import(file, _emptied(imported), count),
            RAW: lambda: _insert(imported / "register.db", folder / "raw.db", count),
        }
        yield Table(
            title=f"{count:,} agreements in one call",
            unit="an agreement",
            times=in_turn(contenders, min(size.rounds, 2)),
            targets=(Target(beside=RAW, at_least=AT_LEAST),),
        )


def _running(number: int) -> dict[str, Any]:
    """Return the source case as it runs since October 2017."""
    case: dict[str, Any] = tomllib.loads(CASE)["agreement"][0]
    signed = {"signed_on": "2017-10-12", "signatory": "de burgemeester"}
    return case | {
        "ref": f"B-{number:07}",
        "stage": "active",
        "party": [party | signed for party in case["party"]],
        "decision": [{"on": "2017-09-26", "outcome": "as_proposed"}],
    }


def _emptied(folder: Path) -> Path:
    for file in folder.iterdir():
        file.unlink()
    return folder


def _import(file: Path, folder: Path, count: int) -> float:
    folder.mkdir(exist_ok=True)
    with visiting(a_town(f"sqlite:///{folder}/register.db", folder, FILLED)) as town:
        town.register(OFFICES)
        with stopwatch() as watch:
            result = import_files(town.app, [file], by="griffier", history=True)
        assert result.problems == []
        assert town.counts()["agreement"] == count
        return watch.seconds / count


def _insert(imported: Path, target: Path, count: int) -> float:
    """Insert everything that an import wrote, from memory, into the same tables and indexes."""
    target.unlink(missing_ok=True)
    with closing(sqlite3.connect(imported)) as source, closing(sqlite3.connect(target)) as raw:
        made = "SELECT sql FROM sqlite_schema WHERE sql NOT NULL ORDER BY type = 'table' DESC"
        raw.executescript(";".join(sql for (sql,) in source.execute(made)))
        raw.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
        rows = {name: source.execute(f"SELECT * FROM {name}").fetchall() for name in TABLES}
        with stopwatch() as watch, raw:
            for name, some in rows.items():
                places = ", ".join("?" * len(some[0])) if some else "NULL"
                raw.executemany(f"INSERT INTO {name} VALUES ({places})", some)
        assert raw.execute("SELECT count(*) FROM agreement").fetchone() == (count,)
        return watch.seconds / count
