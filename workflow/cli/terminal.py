"""Printing on a terminal: in colour, as wide as it is, with long texts wrapped under themselves."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Column, Table
from rich.text import Text

from workflow.cli.screen import Screen, let_go
from workflow.system.printable import printable

GAP = 2
NARROWEST = 22
MARK = 2  # a mark and a space, or two spaces


def shown(text: str, style: str = "") -> Text:
    """Return text as it is shown: no markup, and nothing that a terminal acts on."""
    return Text(printable(text), style=style)


class Terminal(Screen):
    """One console; every text is shown as it is, never read as markup."""

    def __init__(self) -> None:
        """Write to standard output; colour and width follow the terminal and NO_COLOR."""
        self.console = Console(highlight=False, markup=False, emoji=False)
        self.width = self.console.width

    @contextmanager
    def paged(self) -> Iterator[None]:
        """Show a page at a time; what fits on one screen is printed at once (less -F)."""
        os.environ.setdefault("LESS", "FRX")
        with self.console.pager(styles=True):
            yield
            let_go()

    def line(self, text: str = "", style: str = "") -> None:
        """Print one line."""
        self.console.print(shown(text, style), soft_wrap=True)

    def entry(self, left: str, text: str, style: str = "") -> None:
        """Print what stands left and a text beside it, folded under itself."""
        room = self.console.width - cell_len(left)
        lines = shown(text).wrap(self.console, room) if room >= NARROWEST else [shown(text)]
        for number, words in enumerate(lines):
            words.rstrip()
            self.line(f"{left if number == 0 else ' ' * cell_len(left)}{words.plain}", style)

    def bullets(self, texts: Iterable[str], mark: str = "–") -> None:
        """Print lines with a mark, wrapped under themselves."""
        table = Table.grid(padding=(0, 1))
        for text in texts:
            table.add_row(Text(f"  {mark}"), shown(text))
        if table.rows:  # rich prints an empty line for an empty table
            self.console.print(table)

    def pairs(self, rows: Iterable[tuple[str, str]], margin: str = "  ") -> None:
        """Print names with their values under each other; a long word is folded, and not cut."""
        table = Table.grid("", Column(overflow="fold"), padding=(0, 2))
        for name, value in rows:
            table.add_row(Text(name, style="dim"), shown(value))
        self.console.print(Padding(table, (0, 0, 0, len(margin))))

    def table(
        self, columns: Sequence[str], rows: Iterable[Sequence[str]], elastic: int | None = None
    ) -> None:
        """Print a table with column heads; of the column `elastic` what does not fit is cut off.

        Where that is not enough, so is the widest of the others. The last is folded instead;
        without an elastic column all are, between words.
        """
        cells = [*rows]
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        mark = MARK if elastic is None and columns[0].startswith(" " * MARK) else 0
        widths = self._widths([columns, *cells], elastic, mark)
        for number, (column, width) in enumerate(zip(columns, widths, strict=True)):
            is_last = number == len(columns) - 1
            folds = elastic is None or (is_last and number != elastic)
            table.add_column(
                column,
                overflow="fold" if folds else "ellipsis",
                no_wrap=not folds,
                width=None if mark and number == 0 else width,
            )
        for first, *others in cells:
            table.add_row(self._folded(first, widths[0], mark), *map(shown, others))
        self.console.print(table)

    def _folded(self, text: str, room: int, mark: int) -> Text:
        """Return a text in so many columns, folded under its words, which a mark may precede."""
        if cell_len(text) <= room:
            return shown(text)
        lines = shown(text[mark:]).wrap(self.console, room - mark)
        return Text(text[:mark]) + Text("\n" + " " * mark).join(lines)

    def _widths(self, rows: Sequence[Sequence[str]], elastic: int | None, mark: int) -> list[int]:
        """Return how wide each column is: as its texts, or as much of the widest as there is room.

        The elastic column gives way first, down to its narrowest, then the last, which loses
        nothing, down to its head and its longest word, or to its head where it is the elastic one;
        the first never does. Without an elastic column all do, none within a word.
        """
        columns = [*zip(*rows, strict=True)]
        widths = [max(map(cell_len, column)) for column in columns]
        if elastic is None:
            words = [" ".join(column).split() for column in columns]
            least = [max(map(cell_len, every), default=0) for every in words]
            least[0] += mark
            self._narrow(widths, dict(enumerate(least)))
            return widths
        head, *texts = columns[-1]
        longest_word = max(map(cell_len, [head, *" ".join(texts).split()]))
        last = len(columns) - 1
        further = cell_len(head) if elastic == last else longest_word
        self._narrow(widths, {elastic: NARROWEST})
        self._narrow(widths, {last: further})
        self._narrow(widths, dict.fromkeys(range(1, len(widths)), 1))
        return widths

    def _narrow(self, widths: list[int], least: Mapping[int, int]) -> None:
        """Take what does not fit from the widest of these in turn, as far as each can give it."""
        too_wide = sum(widths) + GAP * (len(widths) - 1) - self.console.width
        for _ in range(too_wide):
            if wider := [column for column, width in least.items() if widths[column] > width]:
                widths[max(wider, key=widths.__getitem__)] -= 1
