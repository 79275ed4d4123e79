"""What the generator reads of a module's source: its calls and its imports.

A source is parsed once however often it is asked for: by the catalogue, by the picture of the
rooms, and by the tests, which generate from a dozen copies of the same tree.
"""

import ast
from functools import cache


@cache
def calls_and_imports(source: str) -> tuple[ast.Call | ast.Import | ast.ImportFrom, ...]:
    """Return the nodes of a source's syntax tree that call or import something."""
    return tuple(
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call | ast.Import | ast.ImportFrom)
    )
