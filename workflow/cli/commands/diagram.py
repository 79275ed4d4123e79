"""`looptijd diagram`: the procedure, drawn from the stages' own declarations."""

import click

from workflow.cli.command import Command, operator_command
from workflow.outputs.procedure_picture import mermaid, svg


@click.command("diagram")
@click.option("--svg", "as_svg", is_flag=True, help="Print a picture (SVG) instead.")
@operator_command
def diagram_command(command: Command, *, as_svg: bool) -> None:
    """Print the procedure as Mermaid text, made from the stages' own declarations."""
    text = svg(command.language) if as_svg else mermaid(command.language)
    kind = "svg" if as_svg else "mermaid"
    command.print_json({kind: text}) if command.as_json else click.echo(text)
