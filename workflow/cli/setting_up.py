"""`init --setup`: a configuration written from answers, and a first try of the relay."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import click
from click.core import ParameterSource

from notifications.language import language
from notifications.smtp import SmtpTransport
from states.phrase import Refusal, say
from workflow.cli.confirming import confirmed
from workflow.cli.mailing import send_test
from workflow.cli.questions import ask, ask_language
from workflow.cli.running import Desk
from workflow.cli.speech import speak
from workflow.mail.delivery import transport_of
from workflow.system.files import write_whole
from workflow.system.settings_file import written
from workflow.system.settings_path import SYSTEM_FILE as SYSTEM_PATH

SYSTEM_FILE = Path(SYSTEM_PATH)
GROUP_READS = 0o640  # the group of /etc/looptijd is the daemon's

# The file ----------------------------------------------------------------------------------------


def write_configuration(context: click.Context) -> None:
    """Ask and write, when --setup was given; the command goes on with the new file."""
    if not context.params["setup"]:
        return
    path = _target(context.obj["config"])
    _refuse_to_ask(path)
    chosen = ask_language(context.obj["lang"])
    if not _is_named(context):
        context.obj["lang"] = chosen
        speak(chosen)
    words = language(context.obj["lang"])
    answers = ask(words, on_system=path.absolute().parent == SYSTEM_FILE.parent)
    content = written({("", "language"): chosen} | answers)
    write_whole(path, content, mode=GROUP_READS, anew=True)
    click.echo(words.say(say("{file} is written.", file=str(path))))
    context.obj["config"] = str(path)


def _is_named(context: click.Context) -> bool:
    """Tell whether --lang was given: then that is spoken, whatever is chosen for the mails."""
    root = context.find_root()
    return root.get_parameter_source("lang") is ParameterSource.COMMANDLINE


def _target(chosen: str | None) -> Path:
    named = chosen or os.environ.get("LOOPTIJD_CONFIG")
    if named:
        return Path(named)
    return SYSTEM_FILE if os.access(SYSTEM_FILE.parent, os.W_OK) else Path("looptijd.toml")


def _refuse_to_ask(path: Path) -> None:
    """Refuse before the first question what would fail after the last."""
    if os.path.lexists(path):
        raise Refusal(say("{file} is there already and stays as it is.", file=str(path)))
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


# Trying it ---------------------------------------------------------------------------------------


def try_out(desk: Desk) -> bool:
    """Try the relay and a mail; return whether to go on and make the register.

    The daemon could not write what root makes: root has to say so on purpose, and no mail is
    written to a folder here.
    """
    if desk.house.settings.mail.transport == "smtp":
        _attempt(desk, _greet)
        if confirmed(desk.language, say("Send a test mail?"), default=True):
            _attempt(desk, _send)
    if confirmed(desk.language, say("Make the register now?"), default=os.geteuid() != 0):
        return True
    file = str(desk.house.configuration.file)
    desk.tell(say("Make it as the user of the daemon: looptijd --config {file} init", file=file))
    return False


def _attempt(desk: Desk, work: Callable[[Desk], None]) -> None:
    """Do it; what fails is told, and can be mended in the file."""
    try:
        work(desk)
    except Refusal as refusal:
        for sentence in refusal.sentences:
            desk.tell(sentence)
        file = str(desk.house.configuration.file)
        desk.tell(say("Correct {file} and try again: looptijd mail test ADDRESS", file=file))


def _greet(desk: Desk) -> None:
    relay = transport_of(desk.house)
    assert isinstance(relay, SmtpTransport)
    where, wrong = f"{relay.host}:{relay.port}", relay.greet()
    if wrong:
        raise Refusal(say("The relay {where} cannot be used: {reason}", where=where, reason=wrong))
    desk.tell(say("The relay {where} answers (tls: {tls}).", where=where, tls=relay.tls))


def _send(desk: Desk) -> None:
    suggested = desk.house.settings.mail.operator or None
    address = click.prompt(desk.say(say("To which address?")), default=suggested)
    _, _, reply = send_test(desk, address)
    desk.tell(say("The test mail was accepted: {reply}", reply=reply or "ok"))
