"""Printing for people: tables and headings, plain when piped; a terminal has its own module."""

import sys
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import zip_longest

import click
from rich.cells import cell_len

from notifications.language import Language
from states.model.phrase import Phrase, say
from workflow.system.printable import one_line, printable

CHOICES = {True: say("Y/n"), False: say("y/N")}
YES, NO = frozenset({"y", "yes", "j", "ja"}), frozenset({"n", "no", "nee"})


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

    def heading(self, text: str) -> None:
        """Print a heading with air above it."""
        self.line()
        self.line(text, "bold")

    def bullets(self, texts: Iterable[str], mark: str = "–") -> None:
        """Print lines with a mark, wrapped under themselves."""
        _write(f"  {mark} {one_line(text)}" for text in texts)

    def pairs(self, rows: Iterable[tuple[str, str]]) -> None:
        """Print names with their values under each other."""
        _write(_aligned([(f"  {name}", value) for name, value in rows]))

    def table(
        self,
        columns: Sequence[str],
        rows: Iterable[Sequence[str]],
        elastic: int | None = None,  # noqa: ARG002 - a terminal is narrow
    ) -> None:
        """Print a table with column heads; on a terminal the column `elastic` gives way."""
        _write(_aligned([columns, *rows]))


def _aligned(rows: Iterable[Sequence[str]]) -> Iterable[str]:
    shown = [[one_line(cell) for cell in row] for row in rows]
    widths = [max(map(cell_len, column)) for column in zip_longest(*shown, fillvalue="")]
    for row in shown:
        cells = (cell + " " * (w - cell_len(cell)) for cell, w in zip(row, widths, strict=False))
        yield "  ".join(cells).rstrip()


def _write(lines: Iterable[str]) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def confirmed(words: Language, question: Phrase, *, default: bool) -> bool:
    """Ask until the answer is yes or no, in Dutch or English; Enter is the default."""
    shown = f"{words.say(question)} [{words.say(CHOICES[default])}]"
    while True:
        text: str = click.prompt(shown, default="", show_default=False, prompt_suffix=": ")
        answer = text.strip().lower()
        if not answer:
            return default
        if answer in YES | NO:
            return answer in YES
        click.echo(words.say(say("Answer yes or no.")))
