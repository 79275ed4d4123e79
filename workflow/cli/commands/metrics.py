"""`looptijd metrics`: the register's figures for Prometheus."""

from pathlib import Path

import click

from workflow.cli.command import Command, operator_command, path_option, scheduled_option
from workflow.cli.screen import ON_SCREEN
from workflow.maintenance.figures import measure
from workflow.maintenance.prometheus import exposition

READABLE = 0o644  # the collector is another user


@click.command("metrics", epilog="--output looptijd.prom")
@path_option("--output", metavar="FILE", help="Write to FILE.")
@scheduled_option
@operator_command
def metrics_command(command: Command, *, output: Path | None) -> None:
    """Print the register's figures for Prometheus, or write them to a file in one step."""
    text = exposition(measure(command.app))
    output = None if output == ON_SCREEN else output
    if output:
        command.write(output, text.encode(), mode=READABLE)
    if command.as_json:
        command.print_json({"metrics": text})
    elif not output:
        click.echo(text, nl=False)
