"""Reading JSON Lines: one agreement an object, an object a line, with the keys of the TOML file."""

import json
from collections.abc import Iterator
from typing import Any

from states.model.phrase import say
from workflow.intake.files.flatten import found_in
from workflow.intake.files.lines import Lines
from workflow.intake.files.records import FileProblem, Found, of_file


def read_json_lines(lines: Lines) -> Iterator[Found | FileProblem]:
    """Yield the agreement of each line."""
    for line in lines:
        if not line.strip():
            continue
        item = _parsed(line)
        if isinstance(item, dict):
            yield from found_in(str(lines.path), item, {"": lines.number})
        elif isinstance(item, Twice):
            wrong = say("“{key}” stands more than once in one object.", key=item.key)
            yield of_file(str(lines.path), lines.number, wrong, say("Keep one of them."))
        else:
            wrong = say("this line is not a JSON object of at most 1 MB.")
            remedy = say("Write one agreement a line, with the keys of the TOML file.")
            yield of_file(str(lines.path), lines.number, wrong, remedy)


class Twice(ValueError):
    """A key that stands twice in one object: JSON itself would keep the last without a word."""

    def __init__(self, key: str) -> None:
        """Keep the key."""
        super().__init__()
        self.key = key


def _parsed(line: str) -> Any:
    """Return what the line holds; NaN, Infinity and endless digits or brackets hold nothing."""
    try:
        return json.loads(line, parse_constant=_no_number, object_pairs_hook=_once)
    except Twice as twice:
        return twice
    except (ValueError, RecursionError):
        return None


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
