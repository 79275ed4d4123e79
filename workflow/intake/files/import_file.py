"""Writing facts as an import file: the TOML that the reader of files takes."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from states.model.fact_types import parse_date
from workflow.intake.files.flatten import KEYED_BY

AS_IT_IS = frozenset({"true", "false"})


def as_import_file(facts: Mapping[str, str], remarks: list[str]) -> str:
    """Return one agreement as TOML; the remarks stand above it."""
    tree: dict[str, Any] = {}
    for path, text in facts.items():
        *groups, last = path.split(".")
        node = tree
        for group in groups:
            node = node.setdefault(group, {})
        node[last] = text
    lines = [*(f"# {remark}".rstrip() for remark in remarks), "", "[[agreement]]"]
    return "\n".join([*lines, *_table(tree, "agreement")]) + "\n"


def _table(tree: Mapping[str, Any], name: str) -> Iterator[str]:
    """Yield the facts of a table, then the tables in it."""
    yield from (f"{key} = {_value(v)}" for key, v in tree.items() if isinstance(v, str))
    for key, inner in tree.items():
        if isinstance(inner, str):
            continue
        if key not in KEYED_BY:
            yield from ["", f"[{name}.{key}]", *_table(inner, f"{name}.{key}")]
            continue
        for entry, part in inner.items():
            own = {KEYED_BY[key]: entry} if KEYED_BY[key] else {}
            yield from ["", f"[[{name}.{key}]]", *_table(own | part, f"{name}.{key}")]


def _value(text: str) -> str:
    with suppress(ValueError):
        return str(parse_date(text))
    is_plain = text in AS_IT_IS or (text.isascii() and text.isdecimal() and str(int(text)) == text)
    return text if is_plain else json.dumps(text, ensure_ascii=False)
