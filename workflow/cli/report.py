"""The command that writes the register as a static site."""

import sys
from contextlib import ExitStack
from pathlib import Path

import click

from states.phrase import say
from workflow.cli.running import Desk, command
from workflow.report.site import write_report


@click.command("report")
@click.option("--output", required=True, type=click.Path(path_type=Path), metavar="DIR")
@command
def report_command(desk: Desk, *, output: Path) -> None:
    """Write the register as a site into DIR: register, timeline, money, a page per agreement.

    It needs no server and no network: open DIR/index.html. An earlier report in DIR is replaced;
    anything else that stands there is left as it is.
    """
    with _Progress(desk) as progress:
        count = write_report(desk.house, desk.views, output, progress.begin, progress.advance)
    if desk.as_json:
        desk.print_json({"output": str(output), "agreements": count})
    else:
        index = str(output / "index.html")
        desk.tell(say("{count} agreements are in {index}.", count=count, index=index))


class _Progress(ExitStack):
    """How far a report is: shown on a terminal only."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.advance = _ignored

    def begin(self, count: int) -> None:
        """Begin to show, when somebody looks."""
        if sys.stderr.isatty():
            label = self._desk.say(say("Writing the report"))
            bar = click.progressbar(length=count, label=label, file=sys.stderr)
            self.advance = self.enter_context(bar).update


def _ignored(_steps: int) -> None:
    """Show nothing."""
