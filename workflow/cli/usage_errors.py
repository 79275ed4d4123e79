"""What is said of wrong usage: a sentence, the nearest name, and exit code 2."""

import sys
from collections.abc import Iterable
from difflib import get_close_matches
from typing import NoReturn

import click
from click.exceptions import NoArgsIsHelpError

from states.model.phrase import Phrase, say
from workflow.cli.help_language import translated
from workflow.system.os_errors import reason_of
from workflow.system.printable import one_line, to_json
from workflow.system.streams import print_error

OF_EVERY_COMMAND = ("--config", "--lang")

UNKNOWN = 3  # by the guidelines for plugins of Nagios


def no_command(name: str, known: Iterable[str], context: click.Context) -> click.UsageError:
    """Return the refusal of a command that does not exist; a wrong name gets the nearest."""
    near = get_close_matches(name, known, n=1)
    sentence = [_in_words(say("There is no command “{name}”.", name=name))]
    sentence += [_in_words(say("Did you mean “{near}”?", near=near[0]))] if near else []
    return click.UsageError(" ".join(sentence), context)


def refuse(error: click.ClickException, name: str = "looptijd") -> NoReturn:
    """Tell wrong usage, as JSON when asked for; of a group without a command, its help.

    To a monitor it is a state unknown.
    """
    if isinstance(error, NoArgsIsHelpError):
        print_error(error.format_message())
        sys.exit(error.exit_code)
    sentence = _what_is_wrong(error)
    if context := getattr(error, "ctx", None):
        where = say("See: {command} --help", command=context.command_path)
        end = "." if sentence.endswith(")") else ""  # of extra arguments click's sentence has none
        sentence = f"{sentence}{end} {_in_words(where)}"
    if "--nagios" in sys.argv:
        click.echo(one_line(f"LOOPTIJD UNKNOWN - {sentence}"))
        sys.exit(UNKNOWN)
    if "--json" in sys.argv:
        click.echo(to_json({"error": sentence, "objections": [sentence]}, indent=2))
    else:
        print_error(one_line(f"{name}: {sentence}"))
    sys.exit(error.exit_code)


def unwritten(error: OSError, name: str = "looptijd") -> NoReturn:
    """Tell that what was to be printed cannot be written: a full disk, mostly."""
    sentence = say("What is printed cannot be written: {reason}.", reason=reason_of(error))
    print_error(one_line(f"{name}: {_in_words(sentence)}"))
    if getattr(error, "__notes__", ()):
        recorded = say("What was to be recorded is recorded all the same.")
        print_error(f"{name}: {_in_words(recorded)}")
    sys.exit(UNKNOWN if "--nagios" in sys.argv else 1)


def _what_is_wrong(error: click.ClickException) -> str:
    """Return what click says; an option of every command stands before the command."""
    if isinstance(error, click.NoSuchOption) and error.option_name in OF_EVERY_COMMAND:
        return _in_words(say("{option} stands before the command.", option=error.option_name))
    return error.format_message()


def _in_words(phrase: Phrase) -> str:
    """Return a phrase without importing what writes dates and amounts: a typing error is quick."""
    values = {
        name: _in_words(value) if isinstance(value, Phrase) else value
        for name, value in phrase.values.items()
    }
    return translated(phrase.text).format(**values)
