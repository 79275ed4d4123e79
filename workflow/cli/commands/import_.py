"""The command that registers the agreements and offices in files."""

from collections.abc import Sequence
from pathlib import Path

import click

from states.model.phrase import say
from workflow.cli.command import Command, actor, operator_command
from workflow.cli.commands.import_result import print_imported
from workflow.cli.progress import progress
from workflow.intake.files.csv_columns import TABLES, template
from workflow.intake.register import import_files


def _print_template(context: click.Context, _option: click.Parameter, name: str | None) -> None:
    if name and not context.resilient_parsing:
        click.echo(template(name), nl=False)
        context.exit()


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--template",
    type=click.Choice(list(TABLES)),
    is_eager=True,
    expose_value=False,
    callback=_print_template,
    help="Print a spreadsheet to fill in, with an example; needs no files.",
)
@click.option("--dry-run", is_flag=True, help="Report, and write nothing.")
@click.option("--history", is_flag=True, help="Agreements that run already; mail nothing.")
@click.option("--by", metavar="NAME", default=None, help="Who does this; default: the login name.")
@operator_command
def import_command(
    command: Command, *, files: tuple[Path, ...], dry_run: bool, history: bool, by: str | None
) -> None:
    """Register the agreements and offices in FILES (TOML, JSON Lines or CSV): all or nothing."""
    with progress(command, say("Importing"), _size(files)) as advanced:
        result = import_files(
            command.app,
            list(files),
            by=actor(by),
            dry_run=dry_run,
            history=history,
            advanced=advanced,
        )
    if command.as_json:
        command.print_json(command.views.imported(result))
    else:
        print_imported(command, result)
    if result.problems:
        raise SystemExit(2)


def _size(files: Sequence[Path]) -> int:
    return sum(path.stat().st_size for path in files if path.is_file())
