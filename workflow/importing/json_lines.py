"""Reading JSON Lines: one agreement an object, an object a line, with the keys of the TOML file."""

import json
from collections.abc import Iterator
from typing import Any

from states.phrase import say
from workflow.importing.flat import found_in
from workflow.importing.found import FileProblem, Found, of_file
from workflow.importing.lines import Lines


def read_json_lines(lines: Lines) -> Iterator[Found | FileProblem]:
    """Yield the agreement of each line."""
    for line in lines:
        if not line.strip():
            continue
        item = _parsed(line)
        if isinstance(item, dict):
            yield from found_in(str(lines.path), item, {"": lines.number})
        else:
            wrong = say("this line is not a JSON object of at most 1 MB.")
            remedy = say("Write one agreement a line, with the keys of the TOML file.")
            yield of_file(str(lines.path), lines.number, wrong, remedy)


def _parsed(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None
