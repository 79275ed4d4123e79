"""The lines of a file as text, read one by one, and how far the reading is."""

from collections.abc import Callable, Iterator
from pathlib import Path

from states.phrase import say
from workflow.importing.found import FileProblem, of_file

LONGEST_LINE = 1_000_000
BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"

Advanced = Callable[[int], object]


def ignored(_bytes: int) -> None:
    """Tell nobody how far the reading is."""


class Lines:
    """The lines of one file; `number` is that of the line that was read last."""

    def __init__(self, path: Path, advanced: Advanced = ignored) -> None:
        """Open nothing yet; `advanced` is told the bytes of each line."""
        self.path, self.number = path, 0
        self._advanced = advanced

    def __iter__(self) -> Iterator[str]:
        """Yield each line with its end; OSError and UnicodeDecodeError when it can't be read.

        A line of over a megabyte is cut off, so that no file fills the memory; in each of the three
        formats a line that was cut off is a problem.
        """
        with self.path.open("rb") as file:
            while raw := file.readline(LONGEST_LINE):
                self.number += 1
                self._advanced(len(raw))
                yield self._text(raw)
                while not raw.endswith(b"\n") and (raw := file.readline(LONGEST_LINE)):
                    self._advanced(len(raw))

    def _text(self, raw: bytes) -> str:
        text = raw.decode("utf-8")
        return text.removeprefix(BYTE_ORDER_MARK) if self.number == 1 else text

    def unreadable(self, error: OSError | UnicodeDecodeError) -> FileProblem:
        """Return the problem of a file that could not be read, or not any further."""
        file = str(self.path)
        if isinstance(error, OSError):
            reason = error.strerror or type(error).__name__
            wrong = say("the file cannot be read ({reason}).", reason=reason)
            return of_file(file, None, wrong, say("Name a readable text file."))
        remedy = say("Save it as UTF-8; a spreadsheet calls it “CSV UTF-8”.")
        return of_file(file, self.number, say("this line is not text in UTF-8."), remedy)
