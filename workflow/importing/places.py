"""On which line of a TOML file each key stands: the parser does not tell."""

import re
from typing import Any

from workflow.importing.flat import KEYED_BY

Places = list[tuple[list[str | int], int]]


def places_of(text: str, first: int = 1) -> dict[tuple[str, int], Places]:
    """Return for each [[agreement]] and [[office]] where each of its keys stands.

    `first` is the number of the text's first line in its file.
    """
    found: dict[tuple[str, int], Places] = {}
    counts: dict[str, int] = {}
    current: tuple[str, int] | None = None
    group: list[str | int] = []
    for number, line in enumerate(text.split("\n"), start=first):
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


def resolved(places: Places, item: Any) -> dict[str, int]:
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
