"""Printing on a terminal: in colour, as wide as it is, with long texts wrapped under themselves."""

import os
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from workflow.cli.screen import Screen
from workflow.system.printable import printable

GAP = 2
NARROWEST = 22


def shown(text: str, style: str = "") -> Text:
    """Return text as it is shown: no markup, and nothing that a terminal acts on."""
    return Text(printable(text), style=style)


class Terminal(Screen):
    """One console; every text is shown as it is, never read as markup."""

    def __init__(self) -> None:
        """Write to standard output; colour and width follow the terminal and NO_COLOR."""
        self.console = Console(highlight=False, markup=False, emoji=False)
        self.width = self.console.width

    def paged(self) -> AbstractContextManager[object]:
        """Show a page at a time; what fits on one screen is printed at once (less -F)."""
        os.environ.setdefault("LESS", "FRX")
        return self.console.pager(styles=True)

    def line(self, text: str = "", style: str = "") -> None:
        """Print one line."""
        self.console.print(shown(text, style), soft_wrap=True)

    def bullets(self, texts: Iterable[str], mark: str = "–") -> None:
        """Print lines with a mark, wrapped under themselves."""
        table = Table.grid(padding=(0, 1))
        for text in texts:
            table.add_row(Text(f"  {mark}"), shown(text))
        if table.rows:  # rich prints an empty line for an empty table
            self.console.print(table)

    def pairs(self, rows: Iterable[tuple[str, str]]) -> None:
        """Print names with their values under each other."""
        table = Table.grid(padding=(0, 2))
        for name, value in rows:
            table.add_row(Text(f"  {name}", style="dim"), shown(value))
        self.console.print(table)

    def table(
        self,
        columns: Sequence[str],
        rows: Iterable[Sequence[str]],
        elastic: int | None = None,
    ) -> None:
        """Print a table with column heads; of the column `elastic` what does not fit is cut off."""
        cells = [*rows]
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        for number, column in enumerate(columns):
            stays = elastic is not None and number < len(columns) - 1
            table.add_column(column, overflow="fold", no_wrap=stays)
            if number == elastic:
                width = self._left_over(number, columns, cells)
                table.columns[number].max_width = width
                table.columns[number].min_width = min(NARROWEST, width)
                table.columns[number].no_wrap = True
                table.columns[number].overflow = "ellipsis"
        for row in cells:
            table.add_row(*map(shown, row))
        self.console.print(table)

    def _left_over(
        self, elastic: int, columns: Sequence[str], rows: Sequence[Sequence[str]]
    ) -> int:
        widths = [max(map(cell_len, column)) for column in zip(columns, *rows, strict=True)]
        others = sum(width + GAP for number, width in enumerate(widths) if number != elastic)
        return max(NARROWEST, self.console.width - others - GAP)
