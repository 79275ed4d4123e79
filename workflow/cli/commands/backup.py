"""`looptijd backup`: the whole register in one file, while the daemon runs."""

from pathlib import Path

import click

from states.model.phrase import say
from workflow.cli.command import Command, operator_command, scheduled_option
from workflow.maintenance.backup import back_up, name_in, remove_older, rows_to_copy


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--keep",
    metavar="COUNT",
    type=click.IntRange(1),
    help="FILE is a folder: name the backup by its moment, and leave the newest COUNT there.",
)
@scheduled_option
@operator_command
def backup_command(command: Command, *, file: Path, keep: int | None) -> None:
    """Write the whole register to the new FILE, while the daemon runs."""
    folder = file
    if keep:
        file = name_in(folder, command.app.local(command.app.clock.now()))
    with command.progress(say("Copying"), rows_to_copy(command.app)) as advanced:
        copied = back_up(command.app, file, advanced)
    if keep:
        remove_older(folder, keep)
    sentence = say(
        "{file} holds the whole register, through event {through}. Keep it elsewhere; whoever"
        " puts it back adopts it before anything leaves.",
        file=str(file),
        through=copied.through,
    )
    document = {"file": str(file), "rows": copied.rows, "through": copied.through}
    command.answer(document, sentence)
