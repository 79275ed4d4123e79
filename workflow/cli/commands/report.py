"""The command that writes the register as a static site."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import click

from states.model.phrase import say
from workflow.cli.command import Command, operator_command
from workflow.intake.files.lines import Advanced, ignored
from workflow.outputs.report.site import write_report


@click.command("report")
@click.option("--output", required=True, type=click.Path(path_type=Path), metavar="DIR")
@operator_command
def report_command(command: Command, *, output: Path) -> None:
    """Write the register as a site into DIR: register, timeline, money, a page per agreement.

    It needs no server and no network: open DIR/index.html. An earlier report in DIR is replaced;
    anything else that stands there is left as it is.
    """
    count = write_report(command.app, command.views, output, partial(_progress, command))
    if command.as_json:
        command.print_json({"output": str(output), "agreements": count})
    else:
        index = str(output / "index.html")
        command.tell(
            say("The report is in {index}; agreements: {count}.", index=index, count=count)
        )


@contextmanager
def _progress(command: Command, count: int) -> Iterator[Advanced]:
    """Show on a terminal how far the writing is; never in a pipe."""
    if not sys.stderr.isatty():
        yield ignored
        return
    label, steps = command.say(say("Writing the report")), count // 200
    with click.progressbar(
        length=count, label=label, file=sys.stderr, update_min_steps=steps
    ) as bar:
        yield bar.update
