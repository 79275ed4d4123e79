"""Printing on a terminal: in colour, as wide as it is, with long texts wrapped under themselves."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from workflow.cli.screen import Screen
from workflow.printable import printable


def shown(text: str, style: str = "") -> Text:
    """Return text as it is shown: no markup, and nothing that a terminal acts on."""
    return Text(printable(text), style=style)


class Terminal(Screen):
    """One console; every text is shown as it is, never read as markup."""

    def __init__(self) -> None:
        """Write to standard output; colour and width follow the terminal and NO_COLOR."""
        self.console = Console(highlight=False, markup=False, emoji=False)

    def line(self, text: str = "", style: str = "") -> None:
        """Print one line."""
        self.console.print(shown(text, style), soft_wrap=True)

    def bullets(self, texts: Iterable[str], mark: str = "–") -> None:
        """Print lines with a mark, wrapped under themselves."""
        table = Table.grid(padding=(0, 1))
        for text in texts:
            table.add_row(Text(f"  {mark}"), shown(text))
        self.console.print(table)

    def pairs(self, rows: Iterable[tuple[str, str]]) -> None:
        """Print names with their values under each other."""
        table = Table.grid(padding=(0, 2))
        for name, value in rows:
            table.add_row(Text(f"  {name}", style="dim"), shown(value))
        self.console.print(table)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Print a table with column heads."""
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*map(shown, row))
        self.console.print(table)
