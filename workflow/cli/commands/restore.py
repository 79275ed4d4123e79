"""`looptijd restore`: the register in a backup, brought into an empty database."""

from pathlib import Path

import click

from states.model.phrase import say
from workflow.cli.command import A_PATH, Command, operator_command
from workflow.maintenance.backup import restore


@click.command("restore", epilog="register.backup")
@click.argument("file", type=A_PATH)
@operator_command
def restore_command(command: Command, *, file: Path) -> None:
    """Bring the register in the backup FILE into a database that has none yet."""
    copied = restore(command.app, file)
    sentence = say(
        "The register is back, through event {through}. Nothing fires and no mail leaves yet."
        " Look at what fell due since, and go on: {commands}",
        through=copied.through,
        commands="looptijd init, looptijd adopt" if copied.is_older else "looptijd adopt",
    )
    command.answer({"file": str(file), "rows": copied.rows, "through": copied.through}, sentence)
