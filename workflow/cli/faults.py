"""What is said of wrong usage: a sentence, the nearest name, and exit code 2."""

import sys
from collections.abc import Iterable
from difflib import get_close_matches
from typing import NoReturn

import click

from workflow.printable import printable, to_json

UNKNOWN = 3  # by the guidelines for plugins of Nagios


def no_command(name: str, known: Iterable[str], context: click.Context) -> click.UsageError:
    """Return the refusal of a command that does not exist; a wrong name gets the nearest."""
    near = get_close_matches(name, known, n=1)
    hint = f" Did you mean “{near[0]}”?" if near else ""
    return click.UsageError(f"There is no command “{name}”.{hint}", context)


def refuse(error: click.ClickException) -> NoReturn:
    """Tell wrong usage, as JSON when that was asked for; to a monitor it is a state unknown."""
    sentence = error.format_message()
    if "--nagios" in sys.argv:
        click.echo(printable(f"LOOPTIJD UNKNOWN - {sentence}"))
        sys.exit(UNKNOWN)
    if "--json" in sys.argv:
        document = {"error": sentence, "objections": [sentence]}
        click.echo(to_json(document, indent=2))
    else:
        click.echo(printable(f"looptijd: {sentence}"), err=True)
    sys.exit(error.exit_code)
