"""Writes the manual pages of every command, and the completion for Bash, from the commands."""

import gzip
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from workflow import __version__
from workflow.cli import COMPLETING, cli
from workflow.cli.completion import Bash

DAEMON = "Watches a register until SIGTERM or SIGINT; --config FILE names the configuration."


def pages(command: click.Command, context: click.Context) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of the page of a command, and of each below it."""
    yield context.command_path.replace(" ", "-"), _page(command, context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below
            yield from pages(below, click.Context(below, info_name=name, parent=context))


def _page(command: click.Command, context: click.Context) -> str:
    name, shown = context.command_path.replace(" ", "-"), _plain(command.get_help(context))
    brief = _plain(command.get_short_help_str(100))
    return _header(name) + f".SH NAME\n{name} \\- {brief}\n.SH SYNOPSIS\n.nf\n{shown}\n.fi\n"


def _header(name: str) -> str:
    return f'.TH "{name.upper()}" "1" "" "looptijd {__version__}" "Looptijd"\n'


def _plain(text: str) -> str:
    """Return text in which roff finds no request of its own."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join(
        f"\\&{line}" if line[:1] in {".", "'"} else line for line in escaped.split("\n")
    )


def main(manuals: Path, completion: Path) -> None:
    """Write the pages into a folder of manuals, and the completion into a file."""
    folder = manuals / "man1"
    folder.mkdir(parents=True)
    chosen = {"config": None, "lang": "en"}
    context = click.Context(cli, info_name="looptijd", obj=chosen, **cli.context_settings)
    daemon = f"{_header('looptijd-daemon')}.SH NAME\nlooptijd-daemon \\- {_plain(DAEMON)}\n"
    for name, text in [*pages(cli, context), ("looptijd-daemon", daemon)]:
        (folder / f"{name}.1.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
    source = Bash(cli, {}, "looptijd", COMPLETING).source()
    completion.write_text(source, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
