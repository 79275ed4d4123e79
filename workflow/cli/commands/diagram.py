"""The command that draws the procedure."""

import click

from workflow.cli.command import Desk, command
from workflow.outputs.procedure_mermaid import mermaid
from workflow.outputs.procedure_picture import svg


@click.command("diagram")
@click.option("--svg", "as_svg", is_flag=True, help="Print a picture (SVG) instead.")
@command
def diagram_command(desk: Desk, *, as_svg: bool) -> None:
    """Print the procedure as Mermaid text, made from the stages' own declarations."""
    kind, text = ("svg", svg(desk.language)) if as_svg else ("mermaid", mermaid(desk.language))
    desk.print_json({kind: text}) if desk.as_json else click.echo(text)
