"""`looptijd backup`: the whole register in one file, while the daemon runs."""

from pathlib import Path

import click

from states.model.phrase import Phrase, say
from workflow.cli.command import Command, operator_command
from workflow.cli.progress import progress
from workflow.maintenance.backup import Copied, back_up, rows_to_copy


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@operator_command
def backup_command(command: Command, *, file: Path) -> None:
    """Write the whole register to the new FILE, while the daemon runs."""
    with progress(command, say("Copying"), rows_to_copy(command.app)) as advanced:
        copied = back_up(command.app, file, advanced)
    sentence = say(
        "{file} holds the whole register, through event {through}. Keep it elsewhere; whoever"
        " puts it back adopts it before anything leaves.",
        file=str(file),
        through=copied.through,
    )
    tell_copied(command, file, copied, sentence)


def tell_copied(command: Command, file: Path, copied: Copied, sentence: Phrase) -> None:
    """Print how much was copied from or to a file, and what comes next."""
    document = {"file": str(file), "rows": copied.rows, "through": copied.through}
    command.answer(document, sentence)
