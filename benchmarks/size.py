"""`make size`: how long the product is, per room, beside the number to defend."""

import ast
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

PACKAGES = ("states", "notifications", "workflow")
IMPORTS = (ast.Import, ast.ImportFrom)
TO_DEFEND = 21_500  # every later capability pays for itself by what it makes unnecessary


@dataclass(frozen=True, kw_only=True, slots=True)
class FileLength:
    """How long a file is, in lines."""

    all: int
    code: int  # neither blank nor a comment; docstrings count
    imports: int

    @classmethod
    def of(cls, text: str) -> "FileLength":
        """Measure a file; an import over several lines counts each."""
        lines = [line.strip() for line in text.splitlines()]
        found = [node for node in ast.walk(ast.parse(text)) if isinstance(node, IMPORTS)]
        return cls(
            all=len(lines),
            code=sum(bool(line) and not line.startswith("#") for line in lines),
            imports=sum((node.end_lineno or node.lineno) - node.lineno + 1 for node in found),
        )


def main() -> None:
    """Print a row for each room, and one for the whole."""
    listed = [path for package in PACKAGES for path in Path(package).rglob("*.py")]
    files = sorted((_room(path), path) for path in [*listed, Path("scheduler.py")])
    lengths = [(room, FileLength.of(path.read_text(encoding="utf-8"))) for room, path in files]
    print(f"{'room':<22}{'files':>6}{'lines':>8}{'median':>8}{'imports':>9}")
    for room, group in groupby(lengths, key=lambda pair: pair[0]):
        print(_row(room, [length for _, length in group]))
    print(_row("all", [length for _, length in lengths]))
    total = sum(length.code for _, length in lengths)
    print(f"\n{total:,} lines are neither blank nor a comment; to defend: {TO_DEFEND:,}.")


def _room(path: Path) -> str:
    """Return the first folder below a package; a file outside any folder is a room of its own."""
    return "/".join(path.parts[:-1][:2]) or path.name


def _row(room: str, lengths: Iterable[FileLength]) -> str:
    found = [*lengths]
    code = [length.code for length in found]
    imports = sum(length.imports for length in found) / max(1, sum(length.all for length in found))
    median = statistics.median(code)
    return f"{room:<22}{len(found):>6}{sum(code):>8,}{median:>8.0f}{imports:>9.1%}"


if __name__ == "__main__":
    main()
