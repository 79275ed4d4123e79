"""`looptijd backup`: the whole register in one file, while the daemon runs."""

from pathlib import Path

import click

from states.model.phrase import Phrase, say
from workflow.cli.command import Desk, command
from workflow.cli.progress import progress
from workflow.maintenance.backup import Copied, back_up, rows_to_copy


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@command
def backup_command(desk: Desk, *, file: Path) -> None:
    """Write the whole register to the new FILE, while the daemon runs."""
    with progress(desk, say("Copying"), rows_to_copy(desk.house)) as advanced:
        copied = back_up(desk.house, file, advanced)
    told = say(
        "{file} holds the whole register, through event {through}. Keep it elsewhere; whoever"
        " puts it back adopts it before anything leaves.",
        file=str(file),
        through=copied.through,
    )
    tell_copied(desk, file, copied, told)


def tell_copied(desk: Desk, file: Path, copied: Copied, told: Phrase) -> None:
    """Print how much was copied from or to a file, and what comes next."""
    if desk.as_json:
        desk.print_json({"file": str(file), "rows": copied.rows, "through": copied.through})
    else:
        desk.tell(told)
