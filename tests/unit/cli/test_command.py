"""What a command does when what it stands on gives way."""

import errno

import click
import pytest
from click.testing import CliRunner

from workflow.cli.command import operator_command


def test_a_terminal_that_is_gone_before_the_register_is_open_is_no_fault_of_the_program() -> None:
    def gone(_context: click.Context) -> None:
        raise OSError(errno.EIO, "Input/output error")

    command = click.command()(operator_command(lambda _command: None, first=gone))
    with pytest.raises(OSError, match="Input/output error"):
        command.main([], obj={"config": None, "lang": "en"}, standalone_mode=False)


def test_a_file_that_gives_way_is_named_and_no_fault_of_the_program() -> None:
    """As on a network share: there when it was looked for, and gone when it is read."""

    def stale(_context: click.Context) -> None:
        raise OSError(errno.ESTALE, "Stale file handle", "theme.css")

    command = click.command()(operator_command(lambda _command: None, first=stale))
    ran = CliRunner().invoke(command, [], obj={"config": None, "lang": "en"})
    assert ran.exit_code == 2
    assert ran.output == "looptijd: theme.css cannot be used: Stale file handle.\n"
