"""Printing for people: tables, headings and progress, plain when piped; see also terminal."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from itertools import zip_longest
from pathlib import Path
from typing import Any

import click
from rich.cells import cell_len, set_cell_size

from notifications.language import Language
from states.model.phrase import Phrase
from workflow.system.printable import one_line, printable
from workflow.system.streams import folded

ON_SCREEN = Path("-")  # where what is written goes that is named so
A_MOMENT = 1.0  # seconds
STEPS = 200

Advanced = Callable[[int], object]


class Screen:
    """Standard output that is piped: nothing is coloured and nothing is folded."""

    width = 0
    """How many signs fit on a line; nothing that is piped is cut off."""

    def paged(self) -> AbstractContextManager[object]:
        """Let what is printed meanwhile be read page by page, where somebody reads it."""
        return nullcontext()

    def line(self, text: str = "", style: str = "") -> None:  # noqa: ARG002 - a terminal has styles
        """Print one line."""
        _write([printable(text)])

    def entry(self, left: str, text: str, style: str = "") -> None:
        """Print what stands left and a text beside it, which a terminal folds under itself."""
        self.line(f"{left}{text}", style)

    def heading(self, text: str) -> None:
        """Print a heading with air above it."""
        self.line()
        self.entry("", text, "bold")

    def bullets(self, texts: Iterable[str], mark: str = "–") -> None:
        """Print lines with a mark, wrapped under themselves."""
        _write(f"  {mark} {one_line(text)}" for text in texts)

    def pairs(self, rows: Iterable[tuple[str, str]], margin: str = "  ") -> None:
        """Print names with their values under each other."""
        _write(_aligned([(f"{margin}{name}", value) for name, value in rows]))

    def table(
        self,
        columns: Sequence[str],
        rows: Iterable[Sequence[str]],
        elastic: int | None = None,  # noqa: ARG002 - a terminal is narrow
    ) -> None:
        """Print a table with column heads; on a terminal the column `elastic` gives way."""
        _write(_aligned([columns, *rows]))


def cut(text: str, width: int) -> str:
    """Return a text in so many columns: what does not fit is cut off, what is short is filled."""
    short = text if cell_len(text) <= width else f"{set_cell_size(text, width - 1)}…"
    return set_cell_size(short, width)


def _aligned(rows: Iterable[Sequence[str]]) -> Iterable[str]:
    shown = [[one_line(cell) for cell in row] for row in rows]
    widths = [max(map(cell_len, column)) for column in zip_longest(*shown, fillvalue="")]
    for row in shown:
        cells = (cell + " " * (w - cell_len(cell)) for cell, w in zip(row, widths, strict=False))
        yield "  ".join(cells).rstrip()


def _write(lines: Iterable[str]) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def tell(words: Language, *phrases: Phrase) -> None:
    """Print sentences on standard output."""
    for phrase in phrases:
        click.echo(folded(one_line(words.say(phrase)), sys.stdout))


def let_go() -> None:
    """Close the database while somebody reads, or has to answer.

    Whoever goes on after a backup was put back would else write the log of the lost register over
    it.
    """
    context = click.get_current_context(silent=True)
    if context and context.obj:
        context.obj.get("close", bool)()


# How far long work is ----------------------------------------------------------------------------


@contextmanager
def progress(label: str, length: int) -> Iterator[Advanced]:
    """Give what is told of each part that is done, of `length` in all.

    On a terminal a bar appears when the work is not done after a moment.
    """
    shown_from, done = time.monotonic() + A_MOMENT, 0
    bar: Any = None
    with ExitStack() as stack:

        def advanced(parts: int) -> None:
            nonlocal done, bar
            done += parts
            if bar is not None:
                bar.update(parts)
            elif time.monotonic() > shown_from:
                steps = max(1, length // STEPS)
                whole = click.progressbar(
                    length=length, label=label, file=sys.stderr, update_min_steps=steps
                )
                bar = stack.enter_context(whole)
                bar.update(done)

        yield advanced if sys.stderr.isatty() else bool
