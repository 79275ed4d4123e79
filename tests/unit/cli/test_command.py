"""What a command does when what it stands on gives way."""

import errno

import click
import pytest

from workflow.cli.command import operator_command


def test_a_terminal_that_is_gone_before_the_register_is_open_is_no_fault_of_the_program() -> None:
    def gone(_context: click.Context) -> None:
        raise OSError(errno.EIO, "Input/output error")

    command = click.command()(operator_command(lambda _command: None, first=gone))
    with pytest.raises(OSError, match="Input/output error"):
        command.main([], obj={"config": None, "lang": "en"}, standalone_mode=False)
