"""Import files in TOML: how they are read, and how one is written.

They are read agreement by agreement, so that neither a long file nor a wrong one stops it.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from states.model.fact_types import parse_date
from states.model.facts import grouped
from states.model.phrase import Phrase, say
from workflow.intake.files import records
from workflow.intake.files.lines import Lines
from workflow.intake.files.records import FileProblem, Found
from workflow.system.os_errors import not_toml

LONGEST_PIECE = 2_000_000
LONG_KEY = re.compile(r"""(?<![\w-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){50}""")
KINDS = ("agreement", "office")
AN_EXAMPLE = say("See the manual's example file.")
HEADER = re.compile(r"\s*\[\[\s*(agreement|office)\s*\]\]")
# What holds or opens quotes in a line, and what closes them inside a text of several lines.
PARTS = {
    "": re.compile(r"""'{3}|"{3}|"(?:\\.|[^"\\])*+"?|'[^']*+'?|#.*"""),
    '"""': re.compile(r'\\.|"""'),
    "'''": re.compile("'''"),
}

Places = list[tuple[list[str | int], int]]


def read_toml(lines: Lines) -> Iterator[Found | FileProblem]:
    """Yield what each piece of the file holds; one that is not TOML is a problem of its own."""
    for first, text in pieces(lines):
        if (wrong := _too_much(text)) is not None:
            yield lines.wrong(first, wrong, AN_EXAMPLE)
            continue
        try:
            parsed = tomllib.loads(text, parse_float=records.as_written)
        except (ValueError, RecursionError) as error:
            line, wrong = not_toml(error, text)
            yield lines.wrong(first + line - 1, wrong, AN_EXAMPLE)
            continue
        yield from _unknown(lines, parsed)
        places = _places_of(text, first)
        for kind in KINDS:
            tables = parsed.get(kind, [])
            for index, item in enumerate(tables if isinstance(tables, list) else [tables]):
                where = _resolved(places.get((kind, index), []), item)
                is_office = kind == "office"
                yield from records.found_in(str(lines.path), item, where, is_office=is_office)


def pieces(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield the number of the first line and the text of each agreement or office.

    A header that stands inside a text of several lines begins nothing. A piece that is longer than
    any agreement is the last.
    """
    first, piece, inside, length = 1, [""], "", 0
    for number, line in enumerate(lines, start=1):
        if not inside and HEADER.match(line):
            yield first, "".join(piece)
            first, piece, length = number, [], 0
        inside = _quotes_open_after(line, inside)
        piece.append(line)
        length += len(line)
        if length > LONGEST_PIECE:
            break
    yield first, "".join(piece)


def _quotes_open_after(line: str, inside: str) -> str:
    """Return the quotes of the text that goes on after this line, or nothing."""
    place = 0
    while found := PARTS[inside].search(line, place):
        place = found.end()
        if found[0] in PARTS:
            inside = "" if inside else found[0]
    return inside


def _too_much(text: str) -> Phrase | None:
    """Return why a piece is not even parsed: the parser would take hours for it."""
    if len(text) > LONGEST_PIECE:
        return say("this agreement or office is longer than 2 MB; nothing was read after it.")
    return say("a key has more than 50 parts.") if LONG_KEY.search(text) else None


def _unknown(lines: Lines, parsed: dict[str, Any]) -> Iterator[FileProblem]:
    for name in sorted(parsed.keys() - set(KINDS)):
        remedy = say("Accepted here: {names}.", names="[[agreement]], [[office]]")
        yield lines.wrong(None, say("“{key}” is not known.", key=name), remedy)


def _places_of(text: str, first: int) -> dict[tuple[str, int], Places]:
    """Return for each [[agreement]] and [[office]] where each of its keys stands.

    `first` is the number of the text's first line in its file. What stands inside a text of several
    lines is no key.
    """
    found: dict[tuple[str, int], Places] = {}
    counts: dict[str, int] = {}
    current: tuple[str, int] | None = None
    group: list[str | int] = []
    inside = ""
    for number, line in enumerate(text.split("\n"), start=first):
        is_text, inside = bool(inside), _quotes_open_after(line, inside)
        if is_text:
            continue
        header = re.match(r"\s*\[\[?\s*([A-Za-z0-9_.-]+)\s*\]\]?", line)
        if header:
            top, *rest = header[1].split(".")
            group = [*rest]
            if not rest:
                counts[top] = counts.get(top, -1) + 1
                current = (top, counts[top])
                counts = {k: v for k, v in counts.items() if "." not in k}
            elif "[[" in line:
                counts[header[1]] = counts.get(header[1], -1) + 1
                group.append(counts[header[1]])
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
            try:
                node = node[part]
            except (KeyError, IndexError, TypeError):
                node = None
            names.append(_name(names, part, node))
        lines.setdefault(".".join(names), number)
    return lines


def _name(parents: list[str], part: str | int, node: Any) -> str:
    if isinstance(part, str):
        return part
    keyed_by = records.KEYED_BY.get(parents[-1]) if parents else None
    if keyed_by and isinstance(node, dict) and keyed_by in node:
        return str(node[keyed_by])
    return str(part + 1)


# Written -----------------------------------------------------------------------------------------

AS_IT_IS = frozenset({"true", "false"})


def as_import_file(facts: Mapping[str, str], remarks: list[str]) -> str:
    """Return the facts of one agreement as a file to import; the remarks stand above it."""
    lines = [*(f"# {remark}".rstrip() for remark in remarks), "", "[[agreement]]"]
    return "\n".join([*lines, *_table(grouped(facts, []), "agreement")]) + "\n"


def _table(tree: Mapping[str, Any], name: str) -> Iterator[str]:
    """Yield the facts of a table, then the tables in it."""
    yield from (f"{key} = {_value(v)}" for key, v in tree.items() if isinstance(v, str))
    for key, inner in tree.items():
        if isinstance(inner, str):
            continue
        if key not in records.KEYED_BY:
            yield from ["", f"[{name}.{key}]", *_table(inner, f"{name}.{key}")]
            continue
        for entry, part in inner.items():
            own = {records.KEYED_BY[key]: entry} if records.KEYED_BY[key] else {}
            yield from ["", f"[[{name}.{key}]]", *_table(own | part, f"{name}.{key}")]


def _value(text: str) -> str:
    with suppress(ValueError):
        return str(parse_date(text))
    is_plain = text in AS_IT_IS or (text.isascii() and text.isdecimal() and str(int(text)) == text)
    return text if is_plain else json.dumps(text, ensure_ascii=False)
