"""Asking at a terminal: until an answer can be read, or is yes or no; and who stops halfway."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import click

from notifications.language import Language
from states.model.phrase import Phrase, Refusal, say
from workflow.cli.command import Command
from workflow.cli.screen import let_go, tell
from workflow.system.streams import folded

CHOICES = {True: say("Y/n"), False: say("y/N")}
YES, NO = frozenset({"y", "yes", "j", "ja"}), frozenset({"n", "no", "nee"})
NOTHING_WRITTEN = say("Nothing was written.")

Answer = TypeVar("Answer")


def may_ask(command: Command) -> bool:
    """Tell whether somebody sits there to answer: never in a pipe, nor for a program."""
    return not command.as_json and sys.stdin.isatty() and sys.stdout.isatty()


@contextmanager
def asking(words: Language, otherwise: Phrase = NOTHING_WRITTEN) -> Iterator[None]:
    """Tell who stops halfway how it stands: that nothing was written."""
    try:
        yield
    except click.Abort:
        click.echo()
        tell(words, otherwise)
        raise


def answer(
    command: Command,
    question: Phrase,
    read: Callable[[str], Answer],
    default: str = "",
    shown: object = None,
) -> Answer:
    """Ask until the answer can be read, which `read` refuses in sentences; return what it means.

    Enter is the default, or what is `shown` for it. Ctrl-C ends it all.
    """
    asked = command.say(question)
    if enter := shown or default:
        asked = f"{asked} ({command.say(say('Enter: {answer}', answer=enter))})"
    return answered(command.language, asked, read, default)


def answered(words: Language, asked: str, read: Callable[[str], Answer], default: str) -> Answer:
    """Ask until the answer can be read, which `read` refuses in sentences.

    Enter is the default, and so is yes: who is offered a title and says yes wants no title “yes”.
    """
    while True:
        typed = _prompted(asked)
        try:
            return read(default if default and typed.casefold() in YES else typed or default)
        except Refusal as refusal:
            tell(words, *refusal.sentences)


def confirmed(words: Language, question: Phrase, *, default: bool) -> bool:
    """Ask until the answer is yes or no, in Dutch or English; Enter is the default."""
    shown = f"{words.say(question)} [{words.say(CHOICES[default])}]"
    while True:
        typed = _prompted(shown).lower()
        if not typed:
            return default
        if typed in YES | NO:
            return typed in YES
        tell(words, say("Answer yes or no."))


def _prompted(words: str) -> str:
    """Return what is typed after these words; nothing for Enter."""
    let_go()
    shown = folded(f"{words}:", sys.stdout)
    text: str = click.prompt(shown, default="", show_default=False, prompt_suffix=" ")
    return text.strip()
