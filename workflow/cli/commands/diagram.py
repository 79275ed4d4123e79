"""The command that draws the procedure."""

import click

from workflow.cli.command import Command, operator_command
from workflow.outputs.procedure_mermaid import mermaid
from workflow.outputs.procedure_picture import svg


@click.command("diagram")
@click.option("--svg", "as_svg", is_flag=True, help="Print a picture (SVG) instead.")
@operator_command
def diagram_command(command: Command, *, as_svg: bool) -> None:
    """Print the procedure as Mermaid text, made from the stages' own declarations."""
    kind, text = (
        ("svg", svg(command.language)) if as_svg else ("mermaid", mermaid(command.language))
    )
    command.print_json({kind: text}) if command.as_json else click.echo(text)
