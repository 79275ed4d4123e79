"""In which language a command speaks, and click's words and every help text in that language.

It is imported by every command, also by `--help`: it reads the compiled catalogue and little else.
"""

import copy
import gettext
import os
from collections.abc import Iterator, Mapping, Sequence
from inspect import cleandoc
from typing import Any, TypeVar

import click

import notifications
from workflow.system.settings_path import glance

CODES = ("nl", "en")
DOMAIN = "looptijd"
CATALOGUES = os.path.join(os.path.dirname(notifications.__file__), "locale")  # noqa: PTH118, PTH120
ENVIRONMENT = ("LC_ALL", "LC_MESSAGES", "LANG")

AnyCommand = TypeVar("AnyCommand", bound=click.Command)


def language_of(words: Sequence[str], environment: Mapping[str, str]) -> str:
    """Return nl or en: what --lang says, else the configuration, else LC_ALL or LANG, else nl.

    Words that make no sense are left to who reads them in full, and refuses them.
    """
    return next((code for code in _named(words, environment) if code in CODES), CODES[0])


def _named(words: Sequence[str], environment: Mapping[str, str]) -> Iterator[str]:
    yield given(words, "--lang") or ""
    yield environment.get("LOOPTIJD_LANGUAGE", "")
    yield str(glance(given(words, "--config")).get("language", ""))
    chosen = next((environment[name] for name in ENVIRONMENT if environment.get(name)), "")
    yield chosen[:2]


def given(words: Sequence[str], option: str) -> str | None:
    """Return what an option was given, as `--lang en` or `--lang=en`, or None."""
    for word, following in zip(words, [*words[1:], ""], strict=False):
        name, sign, value = word.partition("=")
        if name == option:
            return value if sign else following
    return None


def speak(code: str) -> None:
    """Let click say its own words in this language, by the domain of gettext that it asks."""
    os.environ["LANGUAGE"] = code
    gettext.bindtextdomain(DOMAIN, CATALOGUES)
    gettext.textdomain(DOMAIN)


def translated(text: str) -> str:
    """Return a text in the language that is spoken."""
    return gettext.gettext(text) if text else text


class Names(click.Choice[str]):
    """A choice of names; what is wrong with another, and which there are, is told as elsewhere."""

    def said(self, name: str) -> str:
        """Return a name as it is called."""
        return name

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:  # noqa: ARG002
        """Return that a word is none of the names."""
        wrong = translated("“{value}” is not accepted.").format(value=value)
        return f"{wrong} {self._accepted()}"

    def get_missing_message(self, param: click.Parameter, ctx: click.Context | None) -> str:  # noqa: ARG002
        """Return which names there are."""
        return self._accepted()

    def _accepted(self) -> str:
        names = ", ".join(map(self.said, self.choices))
        return translated("Accepted: {names}.").format(names=names)


def spoken(command: AnyCommand, path: str = "") -> AnyCommand:
    """Return a copy of a command whose help is in the language that is spoken, with an example.

    A command declares of it, as its `epilog`, what is typed behind the words that call it.
    """
    spoken_copy = copy.copy(command)
    if path and not isinstance(command, click.Group):
        typed = f"looptijd {path} {translated(command.epilog or '')}".rstrip()
        spoken_copy.epilog = f"{translated('Example')}: {typed}"
    _translate(spoken_copy, ("help", "options_metavar", "subcommand_metavar"))
    spoken_copy.short_help = (spoken_copy.help or "").partition("\n\n")[0]  # whole, however long
    spoken_copy.params = [_spoken_parameter(item) for item in command.params]
    if isinstance(spoken_copy, click.Group):
        inner = spoken_copy.commands.items()
        spoken_copy.commands = {name: spoken(one, f"{path} {name}") for name, one in inner}
    return spoken_copy


def _spoken_parameter(item: click.Parameter) -> click.Parameter:
    spoken_copy = copy.copy(item)
    _translate(spoken_copy, ("help", "metavar"))
    if isinstance(item, click.Argument) and not item.metavar:
        spoken_copy.metavar = translated(placeholder(item))
    return spoken_copy


def placeholder(item: click.Argument) -> str:
    """Return how an argument is called in the usage line: REF, [RULE] or FILES..."""
    name = (item.name or "").upper()
    return (name if item.required else f"[{name}]") + ("" if item.nargs == 1 else "...")


def _translate(part: Any, names: Sequence[str]) -> None:
    for name in names:
        if text := getattr(part, name, None):
            setattr(part, name, translated(cleandoc(text)))
