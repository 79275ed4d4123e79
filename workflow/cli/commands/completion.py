"""`looptijd completion`: the script with which a shell completes words."""

import click
from click.shell_completion import get_completion_class

from workflow.cli import COMPLETING
from workflow.cli.completion import Bash
from workflow.cli.help_language import Names


@click.command("completion", epilog="bash")
@click.argument("shell", type=Names(["bash", "zsh", "fish"]))
@click.pass_context
def completion_command(context: click.Context, *, shell: str) -> None:
    """Print the script for SHELL; in ~/.bashrc: eval "$(looptijd completion bash)"."""
    kind = Bash if shell == Bash.name else get_completion_class(shell)
    assert kind
    click.echo(kind(context.find_root().command, {}, "looptijd", COMPLETING).source())
