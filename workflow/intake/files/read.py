"""Reading files of every format, one agreement or office after another."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from workflow.intake.files.csv_rows import read_rows
from workflow.intake.files.excel_rows import read_excel
from workflow.intake.files.json_lines import read_json_lines
from workflow.intake.files.lines import Advanced, Endless, Lines
from workflow.intake.files.records import FileProblem, Found
from workflow.intake.files.toml import read_toml

Reader = Callable[[Lines], Iterator[Found | FileProblem]]
READERS: dict[str, Reader] = {
    ".jsonl": read_json_lines,
    ".csv": read_rows,
    ".xlsx": read_excel,
}


def read(paths: Iterable[Path], advanced: Advanced = bool) -> Iterator[Found | FileProblem]:
    """Yield what the files hold, each file once and never as a whole.

    A file that can't be read is a problem like any other. `advanced` is told the bytes as they are
    read.
    """
    for path in paths:
        lines = Lines(path, advanced)
        try:
            yield from READERS.get(lines.suffix(), read_toml)(lines)
        except (OSError, UnicodeDecodeError, Endless) as error:
            yield lines.unreadable(error)
