"""`looptijd report`: the register as a static site."""

from functools import partial
from pathlib import Path

import click

from states.model.phrase import say
from workflow.cli.command import Command, name_unreadable, operator_command, path_option
from workflow.outputs.report.site import write_report


@click.command("report", epilog="--output site")
@path_option("--output", required=True, metavar="DIR")
@click.option("--public", is_flag=True, help="Only what is public; no persons, history or mail.")
@operator_command
def report_command(command: Command, *, output: Path, public: bool) -> None:
    """Write the register as a site into DIR: register, timeline, money, a page per agreement.

    It needs no server and no network: open DIR/index.html. An earlier report in DIR is replaced;
    anything else that stands there is left as it is.
    """
    shown = partial(command.progress, say("Writing the report"))
    count, failed = write_report(command.app, command.views, output, shown, public=public)
    index = str(output / "index.html")
    sentence = say("The report is in {index}; agreements: {count}.", index=index, count=count)
    command.answer({"output": str(output), "agreements": count}, sentence)
    name_unreadable(command, failed)
