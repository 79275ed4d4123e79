"""The lines of a file as text, read one by one, and how far the reading is."""

import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from io import BufferedReader
from pathlib import Path
from tempfile import TemporaryFile

from states.model.phrase import Phrase, Refusal, say
from workflow.intake.files.records import FileProblem, of_file
from workflow.system.files import temporary_not_written
from workflow.system.os_errors import reason_of
from workflow.system.rights import hand_over

LONGEST_LINE = 1_000_000
MOST_SKIPPED = 100  # megabytes of one line: a device or a pipe may never end it
STANDARD_INPUT = Path("-")  # what somebody hands over, as in `import - < FILE`
SEPARATOR = "sep="  # what a spreadsheet may say of itself in a line of its own
WORKBOOK = b"PK\x03\x04"
LARGEST_HANDED_OVER = 1 << 30  # on a disk that others need as well
IN_UTF_8 = say("Save it as UTF-8; a spreadsheet calls it “CSV UTF-8”.")
AS_WORKBOOK = say("Save it as an Excel workbook (.xlsx) or as “CSV UTF-8”, and name that file.")
A_PROPOSAL = say("If it is a proposal, run: looptijd new --from FILE")
AS_PDF = say("If it is a proposal, save it as a PDF and run: looptijd new --from FILE")
OF_OTHER_PROGRAMS = {
    **dict.fromkeys((".xls", ".xlsm", ".xlsb", ".ods"), AS_WORKBOOK),
    **dict.fromkeys((".doc", ".docx", ".odt", ".rtf"), AS_PDF),
    ".pdf": A_PROPOSAL,
}
BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"

Advanced = Callable[[int], object]


class Endless(Exception):
    """A line that goes on and on."""


class Piped(Exception):
    """A pipe that has a name: nothing tells its format, and nobody may be writing it."""


class Lines:
    """The lines of one file; `number` is that of the line that was read last."""

    def __init__(self, path: Path, advanced: Advanced = bool) -> None:
        """Open nothing yet; `advanced` is told the bytes of each line."""
        self.path, self.number = path, 0
        self._advanced = advanced

    def __iter__(self) -> Iterator[str]:
        """Yield each line with its end; OSError, UnicodeDecodeError, Endless when it can't be read.

        A line of over a megabyte is cut off, so that no file fills the memory; in each of the three
        formats a line that was cut off is a problem.
        """
        with self._opened() as file:
            while raw := file.readline(LONGEST_LINE):
                self.number += 1
                self._advanced(len(raw))
                text = raw.decode("utf-8")
                yield text.removeprefix(BYTE_ORDER_MARK) if self.number == 1 else text
                self._skip(file, raw)

    def content(self, most: int) -> bytes:
        """Return the bytes of a file that has no lines, as far as `most`; OSError when it can't."""
        with self._opened() as file:
            content = file.read(most)
        self._advanced(len(content))
        return content

    def _opened(self) -> AbstractContextManager[BufferedReader]:
        if self.path == STANDARD_INPUT:
            return nullcontext(_standard_input())
        if self.path.is_fifo():
            raise Piped
        return self.path.open("rb")

    def suffix(self) -> str:
        """Return the ending that tells the format; of standard input the first signs tell it."""
        if self.path != STANDARD_INPUT:
            return self.path.suffix.lower()
        raw = _standard_input().peek(LONGEST_LINE)
        if raw.startswith(WORKBOOK):
            return ".xlsx"
        begin = raw.decode("utf-8", "replace")
        line = next(filter(None, map(str.strip, begin.lstrip(BYTE_ORDER_MARK).splitlines())), "")
        if line.startswith("{"):
            return ".jsonl"
        names_a_key = "=" in line and not line.lower().startswith(SEPARATOR)
        return ".toml" if line.startswith(("[", "#")) or names_a_key else ".csv"

    def _skip(self, file: BufferedReader, raw: bytes) -> None:
        """Read on to the end of a line that was cut off."""
        for _ in range(MOST_SKIPPED):
            if raw.endswith(b"\n") or not (raw := file.readline(LONGEST_LINE)):
                return
            self._advanced(len(raw))
        raise Endless

    def unreadable(self, error: OSError | UnicodeDecodeError | Endless | Piped) -> FileProblem:
        """Return the problem of a file that could not be read, or not any further."""
        if isinstance(error, Piped):
            remedy = say("Give it as standard input: looptijd import -")
            return self.wrong(None, say("this is a pipe."), remedy)
        if isinstance(error, Endless):
            wrong = say("this line is far too long; nothing was read after it.")
            return self.wrong(self.number, wrong, say("Write lines of at most 1 MB."))
        if isinstance(error, OSError):
            wrong = say("the file cannot be read ({reason}).", reason=reason_of(error))
            is_closed = isinstance(error, PermissionError)
            remedy = hand_over(str(self.path)) if is_closed else say("Name a readable text file.")
            return self.wrong(None, wrong, remedy)
        if otherwise := OF_OTHER_PROGRAMS.get(self.path.suffix.lower()):
            return self.wrong(None, say("a file of this kind is not read."), otherwise)
        return self.wrong(self.number, say("this line is not text in UTF-8."), IN_UTF_8)

    def wrong(self, line: int | None, problem: Phrase, remedy: Phrase) -> FileProblem:
        """Return a problem of the file, or of one of its lines."""
        return of_file(str(self.path), line, problem, remedy)


def take_in() -> None:
    """Read a pipe or a terminal to its end, for who hands over may be slow to tell the format.

    What came waits in a file that has no name.
    """
    kind = os.fstat(sys.stdin.fileno()).st_mode
    if not (stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind) or sys.stdin.isatty()):
        return
    try:
        with TemporaryFile() as kept:
            while some := _standard_input().read1():
                if kept.tell() > LARGEST_HANDED_OVER:
                    raise Refusal(say("What is handed over is larger than 1 GB: name a file."))
                kept.write(some)
            kept.seek(0)
            os.dup2(kept.fileno(), sys.stdin.fileno())
    except OSError as error:
        raise temporary_not_written(error) from error


def _standard_input() -> BufferedReader:
    reader = sys.stdin.buffer
    assert isinstance(reader, BufferedReader)
    return reader
