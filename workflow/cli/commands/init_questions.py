"""The questions of `init --setup`: each is about one setting, and is asked until it is accepted."""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource
from msgspec import Struct
from msgspec.structs import replace

from notifications.language import Language, language
from notifications.smtp import SmtpTransport
from states.model.phrase import Phrase, Refusal, say
from workflow.cli.command import Command, Words
from workflow.cli.commands.mail import send_test, where_it_is
from workflow.cli.dialogue import answered, asking, confirmed
from workflow.cli.help_language import speak
from workflow.mail.delivery import transport_of
from workflow.mail.relay_words import fault_in_words
from workflow.store.database import Database
from workflow.system.files import refuse_what_is_there, write_whole
from workflow.system.settings import Setting, keys
from workflow.system.settings_file import accepted, written
from workflow.system.settings_path import SYSTEM_FILE as SYSTEM_PATH
from workflow.system.settings_path import configuration_file

Answers = dict[tuple[str, str], Any]

SYSTEM_FILE = Path(SYSTEM_PATH)
GROUP_READS = 0o640  # the group of /etc/looptijd is the daemon's
LANGUAGES = {"nl": say("Dutch"), "en": say("English")}
AS_THE_DAEMON = (
    "sudo systemd-run --pipe --wait --collect -p User=looptijd"
    " -p LoadCredential=looptijd.mail.password:/etc/credstore/looptijd.mail.password"
    " /opt/looptijd/current/bin/looptijd mail test ADDRESS"
)


class SettingQuestion(Struct, frozen=True):
    """What is asked for a setting, when, and what an installation of the whole system suggests.

    `refuse` raises what is wrong with an answer that the setting itself accepts.
    """

    section: str
    key: str
    sentence: Phrase
    on_system: str = ""
    asked: Callable[[Answers], bool] = lambda _answers: True
    refuse: Callable[[Any], object] = lambda _value: None


def _by_smtp(answers: Answers) -> bool:
    return bool(answers["mail", "transport"] == "smtp")


QUESTIONS = (
    SettingQuestion("municipality", "name", say("Name of the municipality")),
    SettingQuestion(
        "municipality",
        "installation",
        say("Name of this installation (another one than production for a test)"),
    ),
    SettingQuestion(
        "database",
        "url",
        say("Database (sqlite:///FILE or postgresql+psycopg://…)"),
        on_system="sqlite:////var/lib/looptijd/looptijd.db",
        refuse=Database,  # an address that cannot be; nothing is opened yet
    ),
    SettingQuestion(
        "mail", "transport", say("How mail leaves: by smtp, or as files in a directory")
    ),
    SettingQuestion(
        "mail",
        "directory",
        say("Folder for the mail"),
        on_system="/var/lib/looptijd/mail",
        asked=lambda answers: not _by_smtp(answers),
    ),
    SettingQuestion("mail", "host", say("The relay's name"), asked=_by_smtp),
    SettingQuestion("mail", "port", say("The relay's port"), asked=_by_smtp),
    SettingQuestion("mail", "tls", say("Encryption (none only to this machine)"), asked=_by_smtp),
    SettingQuestion(
        "mail", "username", say("User name at the relay (empty: none)"), asked=_by_smtp
    ),
    SettingQuestion(
        "mail",
        "password_file",
        say("File with the password (empty: the credential looptijd.mail.password)"),
        asked=lambda answers: bool(answers.get(("mail", "username"))),
    ),
    SettingQuestion("mail", "sender", say("Sender of all mail (NAME <ADDRESS>)")),
    SettingQuestion("mail", "operator", say("Address of the operator, for incidents")),
)


def ask(words: Language, *, on_system: bool) -> Answers:
    """Return the answers by section and key; `on_system` suggests the folders of the unit."""
    answers: Answers = {}
    settings = {setting.place: setting for setting in keys()}
    for question in QUESTIONS:
        place = question.section, question.key
        if question.asked(answers):
            suggested = question.on_system if on_system else ""
            answers[place] = _answer(words, question, settings[place], suggested)
    return answers


def _answer(words: Language, question: SettingQuestion, setting: Setting, suggested: str) -> Any:
    """Ask until the answer is one that the setting accepts."""
    default = suggested or str(setting.default)
    choices = f" ({accepted(setting)})" if setting.choices else ""
    shown = f"{words.say(question.sentence)}{choices}"
    shown += f" [{default}]" if default else ""

    def read(text: str) -> Any:
        value = setting.judged(text)
        question.refuse(value)
        return value

    return answered(words, shown, read, default)


def write_configuration(context: click.Context) -> None:
    """Ask and write, when --setup was given; the command goes on with the new file."""
    if not context.params["setup"]:
        return
    path = _target(context.obj["config"])
    _refuse_to_ask(path)
    either = Words(LANGUAGES, lambda code: (LANGUAGES[code],))
    with asking(language(context.obj["lang"])):
        chosen: str = click.prompt("Taal / language", type=either, default=context.obj["lang"])
    source = context.find_root().get_parameter_source("lang")
    # A --lang that was given is spoken, whatever is chosen for the mails.
    if source is not ParameterSource.COMMANDLINE:
        context.obj["lang"] = chosen
        speak(chosen)
    words = language(context.obj["lang"])
    with asking(words):
        answers = ask(words, on_system=path.absolute().parent == SYSTEM_FILE.parent)
    content = written({("", "language"): chosen} | answers)
    write_whole(path, content.encode(), mode=GROUP_READS, anew=True)
    click.echo(words.say(say("{file} is written.", file=str(path))))
    context.obj["config"] = str(path)


def _target(chosen: str | None) -> Path:
    named = chosen or os.environ.get("LOOPTIJD_CONFIG")
    if named:
        return Path(named)
    if os.access(SYSTEM_FILE.parent, os.W_OK):
        return SYSTEM_FILE
    configuration_file(None, here=False)  # who may not enter that folder is told so
    return Path("looptijd.toml")


def _refuse_to_ask(path: Path) -> None:
    """Refuse before the first question what would fail after the last."""
    refuse_what_is_there(path)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Refusal(
            say(
                "--setup asks questions, and there is no terminal. Write {file} yourself: name"
                " under [municipality], url under [database], and transport, host, sender and"
                " operator under [mail]. Every key stands in docs/reference/configuration.md.",
                file=str(path),
            )
        )
    if not os.access(path.absolute().parent, os.W_OK):
        folder = str(path.absolute().parent)
        raise Refusal(say("The folder {folder} is missing or cannot be written.", folder=folder))


def try_out(command: Command) -> bool:
    """Try the relay and a mail; return whether to go on and make the register.

    What root makes is given to the folder's owner; PostgreSQL lets in its own users only. No mail
    is written to a folder here.
    """
    if command.app.settings.mail.transport == "smtp":
        _attempt(command, _greet)
        if _lacks_password(command):
            _tell_untested(command)
        elif confirmed(command.language, say("Send a test mail?"), default=True):
            _attempt(command, _send)
    may = os.geteuid() != 0 or command.app.database.is_sqlite
    if confirmed(command.language, say("Make the register now?"), default=may):
        return True
    file = str(command.app.configuration.file)
    if command.app.database.is_sqlite:
        line = say("Make it as the user of the daemon: looptijd --config {file} init", file=file)
    else:
        line = say(
            "Make it as the role that owns the database (docs/postgresql.md):"
            " looptijd --config {file} init",
            file=file,
        )
    command.tell(line)
    return False


def _attempt(command: Command, work: Callable[[Command], None]) -> None:
    """Do it; what fails is told, and can be mended in the file."""
    try:
        work(command)
    except Refusal as refusal:
        command.tell(*refusal.sentences)
        file = str(command.app.configuration.file)
        command.tell(say("Correct {file} and try again: looptijd mail test ADDRESS", file=file))


def _lacks_password(command: Command) -> bool:
    """Tell whether a login would need a password that is not here, or that cannot be read."""
    with suppress(Refusal):
        return bool(
            command.app.settings.mail.username and not command.app.configuration.mail_password
        )
    return True


def _tell_untested(command: Command) -> None:
    """Say that the login was not tried, and the line that tries it as the daemon logs in."""
    command.tell(
        say(
            "The login as {username} was not tried, for there is no password here. When it stands"
            " in /etc/credstore, try it as the daemon does: {line}",
            username=command.app.settings.mail.username,
            line=AS_THE_DAEMON,
        )
    )


def _greet(command: Command) -> None:
    """Greet the relay; without a password no login is tried."""
    relay = transport_of(command.app)
    assert isinstance(relay, SmtpTransport)
    if not relay.password:
        relay = replace(relay, username="")
    where, wrong = f"{relay.host}:{relay.port}", relay.greet()
    if wrong:
        reason = fault_in_words(wrong)
        raise Refusal(say("The relay {where} cannot be used: {reason}", where=where, reason=reason))
    command.tell(say("The relay {where} answers (tls: {tls}).", where=where, tls=relay.tls))


def _send(command: Command) -> None:
    suggested = command.app.settings.mail.operator or None
    address = click.prompt(command.say(say("To which address?")), default=suggested)
    command.tell(where_it_is(command, send_test(command, address)))
