"""What the generator reads of a module's source: the texts in its calls, and what it imports.

A source is parsed once however often it is asked for: by the catalogue, by the picture of the
rooms, and by the tests, which generate from a dozen copies of the same tree. Its syntax tree, which
is a hundred times as large, is not kept.
"""

import ast
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple


class Source(NamedTuple):
    """The names of called functions with the texts in their arguments, and of imported modules."""

    calls: tuple[tuple[str, tuple[str, ...]], ...]
    imports: tuple[str, ...]


@cache
def read(source: str) -> Source:
    """Return what a source calls by a plain name, and what it imports.

    The syntax tree also holds the calls inside f-strings, which babel's own extractor sees only
    from Python 3.12 on.
    """
    nodes = [*ast.walk(ast.parse(source))]
    calls = [
        (node.func.id, tuple(_texts(node)))
        for node in nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    return Source(tuple(calls), tuple(name for node in nodes for name in _imported(node)))


def _texts(call: ast.Call) -> Iterator[str]:
    for argument in call.args:
        for part in ast.walk(argument):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                yield part.value


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        inside = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
        yield from (f"{inside}{item.name}" for item in node.names)
