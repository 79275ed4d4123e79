"""Files as tests write them, and what reading them gives."""

from pathlib import Path

from workflow.intake.files.read import read
from workflow.intake.files.records import FileProblem, Found


def found_in(
    path: Path, content: str | bytes, name: str = "file.toml"
) -> tuple[list[Found], list[FileProblem]]:
    """Write a file, and return what was found in it and what is wrong with it."""
    file = path / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    items = list(read([file]))
    found = [item for item in items if isinstance(item, Found)]
    return found, [item for item in items if isinstance(item, FileProblem)]


def shown(problems: list[FileProblem]) -> list[tuple[int | None, str, str]]:
    """Return the line, the key and the sentence of each problem."""
    return [(p.line, p.key, str(p.problem)) for p in problems]
