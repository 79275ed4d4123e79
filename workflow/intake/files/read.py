"""Reading files of every format, one agreement or office after another."""

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from states.model.phrase import say
from workflow.intake.files.csv_rows import read_rows
from workflow.intake.files.excel_rows import read_excel
from workflow.intake.files.lines import Advanced, Endless, Lines, Piped
from workflow.intake.files.records import FileProblem, Found, as_written, found_in
from workflow.intake.files.toml import read_toml


def read(paths: Iterable[Path], advanced: Advanced = bool) -> Iterator[Found | FileProblem]:
    """Yield what the files hold, each file once and never as a whole.

    A file that can't be read is a problem like any other. `advanced` is told the bytes as they are
    read.
    """
    for path in paths:
        lines = Lines(path, advanced)
        try:
            yield from READERS.get(lines.suffix(), read_toml)(lines)
        except (OSError, UnicodeDecodeError, Endless, Piped) as error:
            yield lines.unreadable(error)


# JSON Lines: an object a line, with the keys of the TOML file ------------------------------------


class Twice(ValueError):
    """A key that stands twice in one object: JSON itself would keep the last without a word."""


def _read_json_lines(lines: Lines) -> Iterator[Found | FileProblem]:
    """Yield the agreement of each line; NaN, Infinity, endless digits or brackets hold nothing."""
    for line in lines:
        if not line.strip():
            continue
        try:
            item = json.loads(
                line, parse_float=as_written, parse_constant=_no_number, object_pairs_hook=_once
            )
        except Twice as twice:
            wrong = say("“{key}” stands more than once in one object.", key=str(twice))
            yield lines.wrong(lines.number, wrong, say("Keep one of them."))
            continue
        except (ValueError, RecursionError):
            item = None
        if isinstance(item, dict):
            yield from found_in(str(lines.path), item, {"": lines.number})
        else:
            wrong = say("this line is not a JSON object of at most 1 MB.")
            remedy = say("Write one agreement a line, with the keys of the TOML file.")
            yield lines.wrong(lines.number, wrong, remedy)


def _no_number(name: str) -> None:
    raise ValueError(name)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the pairs as an object in which each key stands once."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise Twice(key)
        found[key] = value
    return found


READERS: dict[str, Callable[[Lines], Iterator[Found | FileProblem]]] = {
    ".jsonl": _read_json_lines,
    ".csv": read_rows,
    ".xlsx": read_excel,
}
