"""How every command runs: it opens the register, says refusals in a sentence, and prints."""

import errno
import functools
import logging
import os
import re
import socket
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import click
from msgspec import Struct

from notifications.language import Language, language
from notifications.typed import typed, word
from states.dates.policy import Policy
from states.model.fact_types import fact_type_for, parse_line
from states.model.phrase import Phrase, Refusal, say
from workflow.agreements.search import reference
from workflow.app.app import App, policy_of
from workflow.app.signs_of_life import leaving_sign
from workflow.cli.help_language import Names, translated
from workflow.cli.screen import Advanced, Screen, progress, tell
from workflow.outputs.json.views import Views
from workflow.store.database import Unavailable
from workflow.system.configuration import configure
from workflow.system.files import write_whole
from workflow.system.printable import one_line, to_json
from workflow.system.refusals import Failed, given_twice, not_accepted
from workflow.system.rights import unusable, user_name, with_line_to_type
from workflow.system.settings_path import SYSTEM_FILE
from workflow.system.streams import print_error
from workflow.system.systemd import as_error

# The log is the daemon's; what an operator has to know, a command says in a sentence.
logging.getLogger().addHandler(logging.NullHandler())
LONGEST_CLAIM = 100
BROKEN = re.compile("[\ud800-\udfff]")  # what no decoder could read
scheduled_option = click.option(
    "--scheduled", is_flag=True, help="Leave a sign for doctor: done, or what it failed of."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO})
NO_NAME = say("Name a file or a folder.")
RECORDED = say("What was recorded before that stays recorded.")


class APath(click.Path):
    """A path that is named; what cannot be read we tell ourselves."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path; an empty name would be the folder that one stands in."""
        if not value:
            self.fail(translated(NO_NAME.text), param, ctx)
        return super().convert(value, param, ctx)


A_PATH = APath(path_type=Path, readable=False)
path_option = functools.partial(click.option, type=A_PATH)


class Command(Struct, frozen=True, dict=True):
    """What a command works with."""

    app: App
    language: Language
    views: Views
    as_json: bool

    @cached_property
    def screen(self) -> Screen:
        """Return the screen that suits standard output; rich is imported for a terminal only."""
        if sys.stdout.isatty() or os.environ.get("FORCE_COLOR"):
            terminal: Screen = import_module("workflow.cli.terminal").Terminal()
            return terminal
        return Screen()

    @cached_property
    def policy(self) -> Policy:
        """Return the policy in force, that every date is computed with."""
        with self.app.reading() as connection:
            return policy_of(connection)

    @cached_property
    def today(self) -> date:
        """Return the civil day on which the command began, in the zone of the policy in force."""
        return self.policy.day_of(self.app.clock.now())

    def say(self, phrase: Phrase) -> str:
        """Return a phrase in the operator's language."""
        return self.language.say(phrase)

    def as_document(self, parts: Any) -> str:
        """Return values as the JSON document that is printed of them."""
        return to_json(self.views.plain(parts), indent=2)

    def print_json(self, parts: Any) -> None:
        """Print one JSON document on standard output."""
        click.echo(self.as_document(parts))

    def print_list(self, documents: Iterable[str]) -> None:
        """Print JSON documents as one list, each as it comes."""
        between = "[\n"
        for document in documents:
            click.echo(between + textwrap.indent(document, "  "), nl=False)
            between = ",\n"
        click.echo("[]" if between.startswith("[") else "\n]")

    def tell(self, *phrases: Phrase) -> None:
        """Print sentences on standard output."""
        tell(self.language, *phrases)

    def tell_aside(self, *phrases: Phrase) -> None:
        """Print sentences on standard error, for standard output is for what was asked."""
        for phrase in phrases:
            print_error(one_line(self.say(phrase)))

    def answer(self, document: Any, *phrases: Phrase) -> None:
        """Print the one that was asked for: a JSON document, or sentences."""
        self.print_json(document) if self.as_json else self.tell(*phrases)

    def write(self, file: Path, content: bytes, *, mode: int | None = None) -> None:
        """Write a file that somebody names, over what is there; never over what is our own."""
        if self.app.configuration.is_own(file):
            sentence = say("{file} is what looptijd works with: name another file.", file=str(file))
            raise Refusal(sentence)
        write_whole(file, content, mode=mode)

    def progress(self, label: Phrase, length: int) -> AbstractContextManager[Advanced]:
        """Give what is told of each part of long work that is done, of `length` in all."""
        return progress(self.say(label), length)

    def heading(self, phrase: Phrase) -> None:
        """Print a heading on the screen."""
        self.screen.heading(self.say(phrase))

    def more(self, count: int, phrase: Phrase | None = None) -> None:
        """Print how many more there are than stand on the screen, if any; a phrase may say it."""
        if count > 0:
            self.screen.line(f"    {self.say(phrase or say('and {count} more', count=count))}")

    def bullets(self, phrases: Iterable[Phrase], mark: str) -> None:
        """Print phrases on the screen, each with a mark."""
        self.screen.bullets(map(self.say, phrases), mark)

    def table(
        self,
        heads: Iterable[Phrase],
        rows: Iterable[Sequence[str]],
        elastic: int | None = None,
        *,
        marked: bool = False,
    ) -> None:
        """Print a table on the screen; rows that are `marked` begin with a mark and a space."""
        first, *others = map(self.say, heads)
        self.screen.table([f"  {first}" if marked else first, *others], rows, elastic)


def operator_command(
    function: Callable[..., Any],
    *,
    first: Callable[[click.Context], None] = lambda _context: None,
    refused: Callable[..., Any] | None = None,
) -> Callable[..., Any]:
    """Give a function its `Command` as first argument; refusals become sentences and exit codes.

    `first` is done before the configuration is read; `refused` tells a refusal in another way, and
    ends the program.
    """

    @json_option
    @click.pass_context
    @functools.wraps(function)
    def run(context: click.Context, /, *, as_json: bool, **arguments: Any) -> Any:
        with _command(context, first, refused or refuse, as_json=as_json) as command:
            _refuse_broken(arguments)
            arguments = _with_references(command, arguments)
            if not arguments.pop("scheduled", False):
                return function(command, **arguments)
            with leaving_sign(command.app, str(context.command.name)):
                return function(command, **arguments)

    return run


def _refuse_broken(arguments: Mapping[str, Any]) -> None:
    """Refuse text that came in another encoding than UTF-8: nothing can look it up or keep it."""
    for value in arguments.values():
        for text in value if isinstance(value, tuple) else (value,):
            if isinstance(text, str) and BROKEN.search(text):
                raise Refusal(say("“{value}” is not text in UTF-8.", value=text[:60]))


def _with_references(command: Command, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments with the references of the agreements that an operator means."""
    if ref := arguments.get("ref"):
        return arguments | {"ref": reference(command.app, ref)}
    if refs := arguments.get("refs"):
        return arguments | {"refs": tuple(reference(command.app, ref) for ref in refs)}
    return arguments


@contextmanager
def _command(
    context: click.Context,
    first: Callable[[click.Context], None],
    refused: Callable[..., Any],
    *,
    as_json: bool,
) -> Iterator[Command]:
    words = language(context.obj["lang"] or "nl")
    register = Path(context.obj["config"] or os.environ.get("LOOPTIJD_CONFIG") or SYSTEM_FILE)
    try:
        first(context)
        configuration = configure(context.obj["config"])
        words = language(context.obj["lang"] or configuration.settings.language)
        register = configuration.register
        app = App.of(configuration)
        context.obj["close"] = app.database.close
        try:
            yield Command(app, words, Views(words, app.local), as_json)
        except OSError as error:
            if app.database.has_written:
                error.add_note("recorded")
            raise
        except Unavailable as refusal:
            if app.database.has_written and refusal.__cause__:  # it went, and is no backup
                refusal.sentences = (*refusal.sentences, RECORDED)
            raise
        finally:
            app.database.close()
    except Refusal as refusal:
        refused(with_line_to_type(refusal, register), words, as_json=as_json)
    except (click.ClickException, click.Abort, BrokenPipeError):
        raise  # whoever mistypes, answers with Ctrl-C, or reads no further has found no fault
    except Exception as error:
        if isinstance(error, OSError) and error.errno in FULL and error.filename is None:
            raise  # it is what is printed that cannot be written
        refused(with_line_to_type(_in_a_sentence(error), register), words, as_json=as_json)


def _in_a_sentence(error: Exception) -> Refusal:
    """Return what is wrong with a file, or else a fault of the program as a sentence.

    LOOPTIJD_TEST_RAISE shows where such a fault stands.
    """
    if isinstance(error, OSError) and error.filename:
        return unusable(error)
    if os.environ.get("LOOPTIJD_TEST_RAISE"):
        raise error
    return Failed(
        say(
            "Something went wrong inside looptijd: {error}. See whether somebody changed the"
            " database: looptijd verify. If not, please report this line.",
            error=repr(error),
        )
    )


def refuse(refusal: Refusal, words: Language, *, as_json: bool) -> NoReturn:
    """Print what is wrong, one line per problem, and exit with the refusal's code."""
    if as_json:
        document = Views(words, lambda moment: moment).error(refusal)
        click.echo(to_json(document, indent=2))
    else:
        for sentence in refusal.sentences:
            line = one_line(f"looptijd: {words.say(sentence)}")
            print_error(as_error(line))
    sys.exit(refusal.exit_code)


def name_unreadable(command: Command, refs: list[str], *, printed: bool = True) -> None:
    """Name, and fail, when what was written lacks agreements that cannot be read.

    Where a JSON document is `printed` it stays the only one on standard output.
    """
    if refs:
        sentence = say("Not in it, for they cannot be read: {refs}.", refs=", ".join(refs))
        refuse(Failed(sentence), command.language, as_json=command.as_json and not printed)


def actor(claim: str | None) -> str:
    """Return who does this: the login on its host, who it was before sudo, and the name given.

    `--by` is a claim. It stands behind the login, so that nobody acts in another's name unseen; nor
    by setting LOGNAME, since the login is that of the process.
    """
    before = os.environ.get("SUDO_USER", "")
    parts = [f"sudo: {one_line(before)[:LONGEST_CLAIM]}"] if before else []
    parts += [f"--by {_claimed(claim)}"] if claim else []
    here = f"{user_name(os.getuid())}@{socket.gethostname()}"
    return f"{here} ({', '.join(parts)})" if parts else here


def _claimed(claim: str) -> str:
    try:
        name = parse_line(claim)
    except ValueError:
        name = ""
    if not name or len(name) > LONGEST_CLAIM:
        sentence = say("--by: write a name of one line, at most {most} signs.", most=LONGEST_CLAIM)
        raise Refusal(sentence)
    return name


def parse_option(command: Command, text: str | None, option: str, kind: Any = date) -> Any:
    """Return the date, or the value of another kind, that an option was given, or None."""
    fact_type = fact_type_for(kind)
    assert fact_type
    if text is None:
        return None
    try:
        today = command.today if kind is date else None
        return fact_type.parse(typed(text, fact_type, today))
    except ValueError as error:
        raise Refusal(not_accepted(option, text, fact_type.accepted)) from error


class Words(Names):
    """A choice of names, each also by what it is called in either language."""

    def __init__(
        self, names: Iterable[str], called: Callable[[str], Iterable[Phrase]] = lambda _name: ()
    ) -> None:
        super().__init__([*map(str, names)])
        self.called = called

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name that was meant."""
        return super().convert(word(value, self.choices, self.called) or value, param, ctx)

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str | None:  # noqa: ARG002
        """Return the names as help shows them, in the language that is spoken."""
        return f"[{'|'.join(map(self.said, self.choices))}]"

    def said(self, name: str) -> str:
        """Return a name as it is called and can be typed; in English by itself."""
        word_for_it = translated(name)
        if word_for_it == name:
            return name
        called = next((translated(phrase.text) for phrase in self.called(name)), word_for_it)
        return called.replace(" ", "-")


def parse_pairs(pairs: tuple[str, ...]) -> dict[str, str]:
    """Return `key=value` arguments as a mapping; names those that are not, or that stand twice."""
    wrong = [pair for pair in pairs if "=" not in pair[1:]]
    keys = [pair.partition("=")[0] for pair in pairs]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    problems = [say("“{pair}” is not key=value.", pair=pair) for pair in wrong]
    problems += map(given_twice, twice)
    if problems:
        raise Refusal(*problems)
    return dict(pair.partition("=")[::2] for pair in pairs)
