"""The questions of `init --setup`: each is about one setting, and is asked until it is accepted."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_args

import click

from notifications.language import Language
from states.phrase import Phrase, Refusal, say
from workflow.system.printable import one_line
from workflow.system.settings import judged, keys

Answers = dict[tuple[str, str], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked for a setting, when, and what an installation of the whole system suggests."""

    section: str
    key: str
    told: Phrase
    on_system: str = ""
    asked: Callable[[Answers], bool] = lambda _answers: True


def _by_smtp(answers: Answers) -> bool:
    return bool(answers["mail", "transport"] == "smtp")


def _by_directory(answers: Answers) -> bool:
    return not _by_smtp(answers)


def _with_a_name(answers: Answers) -> bool:
    return bool(answers.get(("mail", "username")))


QUESTIONS = (
    Question(section="municipality", key="name", told=say("Name of the municipality")),
    Question(
        section="municipality",
        key="installation",
        told=say("Name of this installation (another one than production for a test)"),
    ),
    Question(
        section="database",
        key="url",
        told=say("Database (sqlite:///FILE or postgresql+psycopg://…)"),
        on_system="sqlite:////var/lib/looptijd/looptijd.db",
    ),
    Question(
        section="mail",
        key="transport",
        told=say("How mail leaves: by smtp, or as files in a directory"),
    ),
    Question(
        section="mail",
        key="directory",
        told=say("Folder for the mail"),
        on_system="/var/lib/looptijd/mail",
        asked=_by_directory,
    ),
    Question(section="mail", key="host", told=say("The relay's name"), asked=_by_smtp),
    Question(section="mail", key="port", told=say("The relay's port"), asked=_by_smtp),
    Question(
        section="mail",
        key="tls",
        told=say("Encryption (none only to this machine)"),
        asked=_by_smtp,
    ),
    Question(
        section="mail",
        key="username",
        told=say("User name at the relay (empty: none)"),
        asked=_by_smtp,
    ),
    Question(
        section="mail",
        key="password_file",
        told=say("File with the password (empty: the credential looptijd.mail.password)"),
        asked=_with_a_name,
    ),
    Question(section="mail", key="sender", told=say("Sender of all mail (NAME <ADDRESS>)")),
    Question(
        section="mail", key="operator", told=say("Address of the administrator, for incidents")
    ),
)


def ask_language(suggested: str) -> str:
    """Ask in both languages, for neither is chosen yet."""
    answer: str = click.prompt(
        "Taal / language", type=click.Choice(["nl", "en"]), default=suggested
    )
    return answer


def ask(words: Language, *, on_system: bool) -> Answers:
    """Return the answers by section and key; `on_system` suggests the folders of the unit."""
    answers: Answers = {}
    fields = {(section, key): item for section, key, item in keys()}
    for question in QUESTIONS:
        place = question.section, question.key
        if question.asked(answers):
            suggested = question.on_system if on_system else ""
            answers[place] = _answer(words, question, fields[place], suggested)
    return answers


def _answer(words: Language, question: Question, item: Any, suggested: str) -> Any:
    """Ask until the answer is one that the setting accepts."""
    choices = [str(value) for value in get_args(item.annotation)]
    while True:
        text = click.prompt(
            words.say(question.told),
            default=suggested or str(item.default),
            type=click.Choice(choices) if choices else str,
            show_default=bool(suggested or item.default),
        )
        try:
            return judged(question.section, question.key, text.strip())
        except Refusal as refusal:
            for sentence in refusal.sentences:
                click.echo(one_line(words.say(sentence)))
