"""Reading files: from TOML or JSON Lines to facts, with every problem and the line it stands on."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from states.agreement import Agreement
from states.amendment import (
    HELD_KEYS,
    MEANS_UNKNOWN,
    UNKNOWN,
    amendable,
    amended,
    checked,
    fits,
)
from states.facts import BadFacts, Problem, build
from states.phrase import Phrase, say
from workflow.offices import Office

KEYED_BY = {
    "party": "key",
    "evaluation": "key",
    "instalment": "number",
    "decision_point": "number",
    "document": None,
    "source": None,
    "decision": None,
}
ONLY_WITH_HISTORY = re.compile(
    r"stage|decision\..*|party\..*\.(signed_on|signatory)|instalment\..*\.(paid_on|reference)"
    r"|evaluation\..*\.(held_on|report|conclusion)"
)
REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
HIGHEST_JSON_LINE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FileProblem:
    """A problem with the file and, where it is known, the line it stands on."""

    file: str
    line: int | None
    key: str
    problem: Phrase
    remedy: Phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One agreement or office as its file tells it: facts by path, not yet checked together."""

    file: str
    name: str
    facts: Mapping[str, str]
    lines: Mapping[str, int] = field(default_factory=dict)

    def problem(self, problem: Problem) -> FileProblem:
        """Return a problem of these facts with its place."""
        return FileProblem(
            file=self.file,
            line=self._line(problem.path),
            key=problem.path,
            problem=problem.problem,
            remedy=problem.remedy,
        )

    def _line(self, path: str) -> int | None:
        """Return the line of a path, else of the group it stands in, else of the whole."""
        while path and path not in self.lines:
            path = path.rpartition(".")[0]
        return self.lines.get(path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What files hold."""

    agreements: list[Found] = field(default_factory=list)
    offices: list[Found] = field(default_factory=list)
    problems: list[FileProblem] = field(default_factory=list)


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
    places = _places(text)
    for kind, store in (("agreement", reading.agreements), ("office", reading.offices)):
        for index, item in enumerate(_tables(parsed.get(kind, []))):
            found_one = _found(path, item, kind, reading)
            store.append(
                Found(
                    file=str(path),
                    name=found_one.name,
                    facts=found_one.facts,
                    lines=_resolved(places.get((kind, index), []), item),
                )
            )


def _tables(part: Any) -> list[Any]:
    return part if isinstance(part, list) else [part]


Places = list[tuple[list[str | int], int]]


def _places(text: str) -> dict[tuple[str, int], Places]:
    """Return for each [[agreement]] and [[office]] where each of its keys stands."""
    found: dict[tuple[str, int], Places] = {}
    counts: dict[str, int] = {}
    current: tuple[str, int] | None = None
    group: list[str | int] = []
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*\[\[?\s*([A-Za-z0-9_.-]+)\s*\]\]?", line)
        if header:
            top, *rest = header[1].split(".")
            if not rest:
                counts[top] = counts.get(top, -1) + 1
                current = (top, counts[top])
                counts = {k: v for k, v in counts.items() if "." not in k}
            elif "[[" in line:
                counts[header[1]] = counts.get(header[1], -1) + 1
            group = [*rest, counts[header[1]]] if rest and "[[" in line else list(rest)
            if current:
                found.setdefault(current, []).append((group, number))
        key = re.match(r"\s*([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)\s*=", line)
        if key and current:
            found.setdefault(current, []).append(([*group, *key[1].split(".")], number))
    return found


def _resolved(places: Places, item: Any) -> dict[str, int]:
    """Return lines by the path that a fact has, where a table's place is its key or number."""
    lines: dict[str, int] = {}
    for parts, number in places:
        names: list[str] = []
        node: Any = item
        for part in parts:
            node = _step(node, part)
            names.append(_name(names, part, node))
        lines.setdefault(".".join(names), number)
    return lines


def _step(node: Any, part: str | int) -> Any:
    try:
        return node[part]
    except (KeyError, IndexError, TypeError):
        return None


def _name(parents: list[str], part: str | int, node: Any) -> str:
    if isinstance(part, str):
        return part
    keyed_by = KEYED_BY.get(parents[-1]) if parents else None
    if keyed_by and isinstance(node, dict) and keyed_by in node:
        return str(node[keyed_by])
    return str(part + 1)


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
        found = _found(path, item, "agreement", reading)
        lines = dict.fromkeys(["", *found.facts], number)
        reading.agreements.append(
            Found(file=str(path), name=found.name, facts=found.facts, lines=lines)
        )


# One agreement or office -------------------------------------------------------------------------


def _found(path: Path, item: Any, kind: str, reading: Reading) -> Found:
    problems: list[Problem] = []
    facts = dict(_flat(item, "", problems)) if isinstance(item, dict) else {}
    name = facts.get("ref" if kind == "agreement" else "key", "")
    found = Found(file=str(path), name=name, facts=facts)
    reading.problems.extend(map(found.problem, problems))
    return found


def _flat(
    item: Mapping[str, Any], prefix: str, problems: list[Problem]
) -> Iterator[tuple[str, str]]:
    for key, value in item.items():
        path = f"{prefix}{key}"
        if isinstance(value, dict):
            yield from _flat(value, f"{path}.", problems)
        elif isinstance(value, list):
            yield from _flat_list(value, path, key, problems)
        elif (text := _text(value)) is None:
            wrong = say("this kind of value is not accepted.")
            remedy = say("Write text, a number, a date, true or false.")
            problems.append(Problem(path=path, problem=wrong, remedy=remedy))
        elif text != UNKNOWN or path in MEANS_UNKNOWN:
            yield path, text


def _flat_list(
    items: list[Any], path: str, key: str, problems: list[Problem]
) -> Iterator[tuple[str, str]]:
    keyed_by = KEYED_BY.get(key)
    seen: set[str] = set()
    for number, item in enumerate(items, start=1):
        name = str(item.get(keyed_by, "")) if keyed_by and isinstance(item, dict) else str(number)
        if not isinstance(item, dict) or not name or name in seen or "." in name:
            wrong = say("entry {number} has no “{key}” of its own.", number=number, key=keyed_by)
            problems.append(Problem(path=path, problem=wrong, remedy=say("Give each its own.")))
            continue
        seen.add(name)
        inner = {k: v for k, v in item.items() if k != keyed_by}
        yield from _flat(inner, f"{path}.{name}.", problems)


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, (datetime, time)):
        return None
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, (int, float)) else None


# Facts to values ---------------------------------------------------------------------------------


def agreement_of(found: Found, *, history: bool) -> Agreement:
    """Return the agreement that was found; BadFacts names every problem."""
    problems = [_of_key(path, history=history) for path in found.facts]
    if not REFERENCE.fullmatch(found.name):
        problems.append(_bad_reference(found.name))
    facts, held = _without_held(found.facts)
    try:
        agreement = build(Agreement, {p: t for p, t in facts.items() if _is_known(p)})
    except BadFacts as error:
        raise BadFacts([*filter(None, problems), *error.problems]) from error
    if any(problems):
        raise BadFacts([*filter(None, problems)])
    if not _has_term(agreement):
        raise BadFacts([_no_term()])
    return held_evaluations(checked(agreement), held)


def _of_key(path: str, *, history: bool) -> Problem | None:
    if ONLY_WITH_HISTORY.fullmatch(path) and not history:
        return Problem(
            path=path,
            problem=say("this fact belongs to an agreement that runs already."),
            remedy=say("Import it with --history, or enter it with: looptijd do"),
        )
    if _is_known(path):
        return None
    remedy = say("Accepted: the keys of the manual's page on import files.")
    return Problem(
        path=path, problem=say("this key is not known."), remedy=_suggested(path, remedy)
    )


def _suggested(path: str, otherwise: Phrase) -> Phrase:
    patterns = [*amendable(), "ref"]
    near = get_close_matches(path, patterns, n=1)
    return say("Did you mean “{name}”?", name=near[0]) if near else otherwise


def _is_known(path: str) -> bool:
    return path in {"ref", "stage"} or any(fits(path, pattern) for pattern in PATTERNS)


PATTERNS = (*amendable(), "decision.DECISION.outcome", "predecessor")


def _without_held(facts: Mapping[str, str]) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    plain: dict[str, str] = {}
    held: dict[str, dict[str, str]] = {}
    for path, text in facts.items():
        top, _, rest = path.partition(".")
        key, _, name = rest.partition(".")
        if top == "evaluation" and name in HELD_KEYS:
            held.setdefault(key, {})[name] = text
        else:
            plain[path] = text
    return plain, held


def _has_term(agreement: Agreement) -> bool:
    term = agreement.term
    return bool(term.length or term.last_day or term.ends_before or term.open_ended)


def _no_term() -> Problem:
    remedy = say("Give one of length, last_day, ends_before and open_ended.")
    return Problem(path="term", problem=say("the term has no end and no length."), remedy=remedy)


def _bad_reference(name: str) -> Problem:
    wrong = say("“{value}” is not accepted.", value=name[:60])
    remedy = say("Write letters, digits, dots, underscores and hyphens, such as SO-2017-0042.")
    return Problem(path="ref", problem=wrong, remedy=remedy)


def held_evaluations(agreement: Agreement, held: Mapping[str, dict[str, str]]) -> Agreement:
    """Return the agreement with evaluations that were held, each for the date that it has."""
    facts = {
        f"evaluation.{key}.{name}": text
        for key, item in held.items()
        for name, text in item.items()
    }
    return amended(agreement, facts) if facts else agreement


def office_of(found: Found) -> Office:
    """Return the office that was found; BadFacts names every problem."""
    renamed = {
        re.sub(r"^(holder\.\d+)\.from$", r"\1.starts", path): text
        for path, text in found.facts.items()
    }
    return build(Office, renamed)
