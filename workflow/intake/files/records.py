"""What a file holds, as it was found: facts by path with their lines, and what is wrong."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from itertools import islice
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from states.model.facts import Problem
from states.model.phrase import FieldName, Phrase, say
from states.rules.amendment import MEANS_UNKNOWN, UNKNOWN
from workflow.intake.keys import all_as_kept, pattern_of

MOST_DEEP = 8
LONGEST_PATH = 300
MOST_FACTS = 6_000
LARGEST_NUMBER = 10**15  # neither endless nor too long to write
WITH_A_POINT = re.compile(r"\d{1,15}\.\d{1,15}", re.ASCII)

# How the entries of a list are told apart: by their key or number, or by their place.
KEYED_BY = {
    "party": "key",
    "evaluation": "key",
    "held": "due_on",
    "instalment": "number",
    "obligation": "key",
    "fulfilment": "number",
    "decision_point": "number",
    "document": None,
    "source": None,
    "decision": None,
    "extension": None,
    "suspension": None,
    "continuation": "last_day",
    "holder": None,
}

# What is there, however little is known of it: it is not left out in silence.
GROUP = re.compile(r"contribution(?=\.)|(?:party|evaluation|obligation)\.[^.]+")
TELL_OR_LEAVE_OUT = say("Give what is known of it, or leave it out.")


class FileProblem(Struct, frozen=True, kw_only=True):
    """A problem with the file and, where it is known, the line it stands on.

    In a spreadsheet it has the column, by its letters and name, and in a workbook the sheet.
    """

    file: str
    line: int | None
    key: str
    problem: Phrase
    remedy: Phrase
    sheet: str = ""
    column: str = ""


class Found(Struct, frozen=True, kw_only=True):
    """One agreement or office as its file tells it: facts by path, not yet checked together."""

    file: str
    name: str
    facts: Mapping[str, str]
    lines: Mapping[str, int] = {}
    is_office: bool = False
    sheet: str = ""
    columns: Mapping[str, str] = {}

    def problem(self, problem: Problem) -> FileProblem:
        """Return a problem of these facts with its place."""
        return FileProblem(
            file=self.file,
            line=self.line_of(problem.path),
            key=problem.path,
            problem=_as_in_files(problem.problem, words=bool(self.columns)),
            remedy=_as_in_files(problem.remedy, words=bool(self.columns)),
            sheet=self.sheet,
            column=self.columns.get(problem.path, ""),
        )

    def line_of(self, path: str) -> int | None:
        """Return the line of a path, else of the group it stands in, else of the whole."""
        while path and path not in self.lines:
            path = path.rpartition(".")[0]
        return self.lines.get(path)


def _as_in_files(phrase: Phrase, *, words: bool) -> Phrase:
    """Return a sentence in which what has a key is called by it, as every file does.

    What a cell of a spreadsheet may hold is told in the reader's `words`, as its template does.
    """

    def told(value: object) -> object:
        if isinstance(value, Phrase):
            return _as_in_files(value, words=words)
        if not isinstance(value, FieldName) or (words and "." not in value.path):
            return value
        return value.path

    return Phrase(phrase.text, {name: told(item) for name, item in phrase.values.items()})


def of_file(file: str, line: int | None, problem: Phrase, remedy: Phrase) -> FileProblem:
    """Return a problem of a file or of one of its lines, not of a key."""
    return FileProblem(file=file, line=line, key="", problem=problem, remedy=remedy)


# From what a parser returns to facts: tables in tables become one mapping of path and text -------


def as_written(number: str) -> str | float:
    """Return a number with a point as it stands in the file: 1.000 may be meant as a thousand."""
    return number if WITH_A_POINT.fullmatch(number) else float(number)


def found_in(
    file: str, item: Any, lines: Mapping[str, int], *, is_office: bool = False
) -> Iterator[Found | FileProblem]:
    """Yield what is wrong with the values of a table, and the agreement or office that it is."""
    problems: list[Problem] = []
    every = flat(item, "", problems) if isinstance(item, dict) else iter(())
    facts = dict(islice(every, MOST_FACTS))
    if next(every, None):
        wrong = say("there are more than {most} facts.", most=MOST_FACTS)
        problems.append(Problem(path="", problem=wrong, remedy=say("Leave out what is no fact.")))
    found = Found(file=file, name="", facts=facts, lines=lines, is_office=is_office)
    yield from found_as_kept(found, problems)


def found_as_kept(found: Found, problems: Iterable[Problem]) -> Iterator[Found | FileProblem]:
    """Yield what is wrong with facts as people wrote them, and then the facts as they are kept."""
    kept = all_as_kept(found.facts)
    known = {p: t for p, t in kept.items() if _is_known(p, t, is_office=found.is_office)}
    name = known.get("key" if found.is_office else "ref", "")
    found, written = replace(found, name=name, facts=known), found.facts
    yield from map(found.problem, [*problems, *_of_nothing_known(written, known)])
    yield found


def _is_known(path: str, text: str, *, is_office: bool) -> bool:
    """Tell whether a fact is to be judged: one that is unknown is not, where its key is known."""
    return text != UNKNOWN or path in MEANS_UNKNOWN or not (is_office or pattern_of(path))


def _of_nothing_known(facts: Iterable[str], known: Mapping[str, str]) -> Iterator[Problem]:
    """Yield a problem for each group of which only unknown facts are told: it would be gone."""
    groups: dict[str, list[str]] = {}
    for path in facts:
        if found := GROUP.match(path):
            groups.setdefault(found[0], []).append(path)
    for group, paths in groups.items():
        if known.keys().isdisjoint(paths):
            wrong = say("all that is told of it is unknown: {names}.", names=", ".join(paths))
            yield Problem(path=group, problem=wrong, remedy=TELL_OR_LEAVE_OUT)


def flat(
    item: Mapping[str, Any], prefix: str, problems: list[Problem]
) -> Iterator[tuple[str, str]]:
    """Yield every fact of a table with its path; what can't be one is added to `problems`.

    JSON's null is an absent fact.
    """
    for key, value in item.items():
        path = f"{prefix}{key}"
        if value is None:
            continue
        if len(path) > LONGEST_PATH or path.count(".") > MOST_DEEP:
            wrong = say("this key is too long, or stands too deep in groups.")
            remedy = say("See the manual's page on import files.")
            problems.append(Problem(path=path[:60], problem=wrong, remedy=remedy))
        elif isinstance(value, dict) and not _is_entry(value, path):
            yield from _group(value, path, problems)
        elif isinstance(value, dict):
            yield from _flat_list([value], path, key, problems)
        elif isinstance(value, list):
            yield from _flat_list(value, path, key, problems)
        elif (text := _text(value)) is None:
            wrong = say("this kind of value is not accepted.")
            remedy = say("Write text, a number, a date, true or false.")
            problems.append(Problem(path=path, problem=wrong, remedy=remedy))
        else:
            yield path, text


def _is_entry(item: Mapping[str, Any], path: str) -> bool:
    """Tell whether a table is the only entry of a list, written in single brackets.

    A list and its entries' keys alternate in a path, so `obligation.evaluation` is an entry.
    """
    *around, group = path.split(".")
    is_list = len(around) % 2 == 0 and group in KEYED_BY
    return is_list and not all(isinstance(value, dict | None) for value in item.values())


def _flat_list(
    items: list[Any], path: str, key: str, problems: list[Problem]
) -> Iterator[tuple[str, str]]:
    keyed_by = KEYED_BY.get(key)
    seen: set[str] = set()
    for number, item in enumerate(items, start=1):
        is_keyed = keyed_by and isinstance(item, dict)
        name = (_text(item.get(keyed_by)) or "") if is_keyed else str(number)
        if not isinstance(item, dict) or not name or name in seen or "." in name:
            problems.append(no_key_of_its_own(path, number, keyed_by))
            continue
        seen.add(name)
        inner = {k: v for k, v in item.items() if k != keyed_by}
        yield from _group(inner, f"{path}.{name}", problems)


def _group(
    item: Mapping[str, Any], path: str, problems: list[Problem]
) -> Iterator[tuple[str, str]]:
    """Yield the facts of a group; an entry of which nothing is told would be gone."""
    if "." in path and all(value is None for value in item.values()):
        problems.append(nothing_told(path))
    yield from flat(item, f"{path}.", problems)


def nothing_told(path: str) -> Problem:
    """Return the problem of an entry of which no more stands there than its key."""
    return Problem(path=path, problem=say("nothing is told of it."), remedy=TELL_OR_LEAVE_OUT)


def no_key_of_its_own(path: str, number: object, key: str | None) -> Problem:
    """Return the problem of an entry in a list that can't be told from the others."""
    if key is None:
        wrong, remedy = say("entry {number} is no group of keys.", number=number), say("Give keys.")
    else:
        wrong = say("entry {number} has no “{key}” of its own.", number=number, key=key)
        remedy = say("Give each its own.")
    return Problem(path=path, problem=wrong, remedy=remedy)


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, int | float) and -LARGEST_NUMBER < value < LARGEST_NUMBER:
        return str(value)
    return None
