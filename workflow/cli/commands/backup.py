"""`looptijd backup`: the whole register in one file, while the daemon runs."""

from pathlib import Path

import click

from states.model.fact_types import A_NUMBER
from states.model.phrase import Refusal, say
from workflow.cli.command import A_PATH, Command, operator_command, parse_option, scheduled_option
from workflow.maintenance.backup import back_up, name_in, remove_others, rows_to_copy
from workflow.system.refusals import not_accepted


@click.command("backup", epilog="register.backup")
@click.argument("file", type=A_PATH)
@click.option(
    "--keep",
    metavar="COUNT",
    help="FILE is a folder: name the backup by its moment, and leave the newest COUNT there.",
)
@scheduled_option
@operator_command
def backup_command(command: Command, *, file: Path, keep: str | None) -> None:
    """Write the whole register to the new FILE, while the daemon runs."""
    newest = parse_option(command, keep, "--keep", int)
    if newest == 0:
        raise Refusal(not_accepted("--keep", "0", A_NUMBER))
    if newest:
        file = name_in(file, command.app.local(command.app.clock.now()))
    with command.progress(say("Copying"), rows_to_copy(command.app)) as advanced:
        copied = back_up(command.app, file, advanced)
    if newest:
        remove_others(file, newest)
    sentence = say(
        "{file} holds the whole register, through event {through}. Keep it elsewhere; whoever"
        " puts it back adopts it before anything leaves.",
        file=str(file),
        through=copied.through,
    )
    command.answer({"file": str(file), "rows": copied.rows, "through": copied.through}, sentence)
