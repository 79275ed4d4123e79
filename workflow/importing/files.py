"""Reading TOML for people and JSON Lines for bulk."""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from states.facts import Problem
from states.phrase import Phrase, say
from workflow.importing.flat import flat
from workflow.importing.found import FileProblem, Found, Reading
from workflow.importing.places import places_of, resolved

HIGHEST_JSON_LINE = 1_000_000


def read(paths: list[Path]) -> Reading:
    """Return what the files hold; a file that can't be read is a problem like any other."""
    reading = Reading()
    for path in paths:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "UTF-8"
            wrong = say("the file cannot be read ({reason}).", reason=reason)
            reading.problems.append(_of_file(path, None, wrong, say("Name a readable text file.")))
            continue
        (_read_lines if path.suffix == ".jsonl" else _read_toml)(path, text, reading)
    return reading


def _of_file(path: Path, line: int | None, problem: Phrase, remedy: Phrase) -> FileProblem:
    return FileProblem(file=str(path), line=line, key="", problem=problem, remedy=remedy)


# TOML --------------------------------------------------------------------------------------------


def _read_toml(path: Path, text: str, reading: Reading) -> None:
    try:
        parsed = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = re.search(r"line (\d+)", str(error))
        wrong = say("this is not valid TOML: {reason}.", reason=str(error))
        line = int(found[1]) if found else None
        reading.problems.append(_of_file(path, line, wrong, say("See the manual's example file.")))
        return
    for name in parsed.keys() - {"agreement", "office"}:
        remedy = say("Accepted here: {names}.", names="[[agreement]], [[office]]")
        reading.problems.append(
            _of_file(path, None, say("“{key}” is not known.", key=name), remedy)
        )
    places = places_of(text)
    for kind, store in (("agreement", reading.agreements), ("office", reading.offices)):
        for index, item in enumerate(_tables(parsed.get(kind, []))):
            lines = resolved(places.get((kind, index), []), item)
            store.append(_found(path, item, kind, reading, lines))


def _tables(part: Any) -> list[Any]:
    return part if isinstance(part, list) else [part]


# JSON Lines --------------------------------------------------------------------------------------


def _read_lines(path: Path, text: str, reading: Reading) -> None:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            item = json.loads(line) if len(line) <= HIGHEST_JSON_LINE else None
        except (ValueError, RecursionError):
            item = None
        if not isinstance(item, dict):
            wrong = say("this line is not a JSON object of at most 1 MB.")
            remedy = say("Write one agreement a line, with the keys of the TOML file.")
            reading.problems.append(_of_file(path, number, wrong, remedy))
            continue
        found = _found(path, item, "agreement", reading, {"": number})
        lines = dict.fromkeys(["", *found.facts], number)
        reading.agreements.append(replace(found, lines=lines))


def _found(path: Path, item: Any, kind: str, reading: Reading, lines: Mapping[str, int]) -> Found:
    problems: list[Problem] = []
    facts = dict(flat(item, "", problems)) if isinstance(item, dict) else {}
    name = facts.get("ref" if kind == "agreement" else "key", "")
    found = Found(file=str(path), name=name, facts=facts, lines=lines)
    reading.problems.extend(map(found.problem, problems))
    return found
