"""Wording: from a letter to a mail, with the municipality's own templates as long as they work."""

import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from types import TracebackType

from jinja2 import TemplateError, TemplateSyntaxError

from notifications.compose import TEMPLATES, compose, environment
from notifications.letter import Composed, Letter, Overview
from notifications.sentences import Incomplete
from notifications.template_values import one_line
from notifications.theme import BadTheme, Theme, theme
from states.model.phrase import Phrase, say
from workflow.app.app import App
from workflow.app.incidents import report
from workflow.store.database import Transaction
from workflow.system.refusals import Failed


def worded(app: App, letter: Letter | Overview) -> tuple[Composed, Phrase | None]:
    """Return a mail, and what is wrong with their template where the built-in one was taken.

    No alert is missed because of a template: what fails with theirs is written without them.
    """
    own, look = app.configuration.templates, dress(app)
    try:
        return compose(letter, own, look), None
    except Exception as error:
        if own is None:
            raise
        return compose(letter, None, look), _fault(error, own)


def dress(app: App) -> Theme:
    """Return their theme; the built-in one where it cannot be used, which `doctor` tells."""
    try:
        return theme(app.configuration.theme)
    except BadTheme:
        return theme()


def report_template(connection: Transaction, app: App, wrong: Phrase, now: datetime) -> None:
    """Tell the operator, once a day, that a mail leaves in other words than theirs."""
    sentence = say("{fault}. The built-in one was taken.", fault=wrong)
    report(connection, app, "template", sentence, now)


def composed_for_reading(app: App, letter: Letter | Overview) -> Composed:
    """Return a mail in their words; Failed names the place where one is broken."""
    composed, wrong = worded(app, letter)
    if wrong:
        raise Failed(wrong)
    return composed


def faults(app: App, own: Path, mails: Iterable[Letter | Overview]) -> Iterator[Phrase]:
    """Yield each fault of their own templates once, found by writing these mails with them."""
    if not os.path.isdir(own):  # noqa: PTH112 - never raises
        yield say("mail.templates: there is no folder {folder}.", folder=str(own))
        return
    broken = [*_unreadable(app.settings.language, own), *_misspelt(own)]
    if not broken:
        broken = [wrong for mail in mails if (wrong := worded(app, mail)[1])]
    yield from {str(wrong): wrong for wrong in broken}.values()


# What is wrong with a template of theirs ---------------------------------------------------------


def _theirs(own: Path) -> list[Path]:
    """Return the files in their folder, by their place in it."""
    files = filter(os.path.isfile, own.rglob("*"))  # a folder that is closed raises nothing
    return sorted(path.relative_to(own) for path in files)


def _misspelt(own: Path) -> list[Phrase]:
    """Return each file of theirs that takes the place of no template: nobody ever reads it."""
    text = "{file} takes the place of no template. Such a name is {example}."
    return [
        say(text, file=str(own / name), example="nl/evaluation.j2")
        for name in _theirs(own)
        if not (TEMPLATES / name).is_file()
    ]


def _unreadable(code: str, own: Path) -> Iterator[Phrase]:
    """Yield what is wrong with each template of theirs that cannot even be read."""
    templates = environment(code, own)
    for name in _theirs(own):
        try:
            templates.get_template(name.as_posix())
        except (TemplateError, OSError, ValueError) as error:
            yield _fault(error, own)


def _fault(error: Exception, own: Path) -> Phrase:
    """Return where a mail could not be written and why, in one sentence."""
    file, line = _place(error, own)
    what = one_line(getattr(error, "message", None) or str(error), 200) or type(error).__name__
    return say("{file}, line {line}: {what}", file=file, line=line, what=what)


def _place(error: Exception, own: Path) -> tuple[str, int]:
    """Return the last line of theirs that was passed, or else of any template."""
    if isinstance(error, TemplateSyntaxError):
        return error.filename or str(own), error.lineno
    if isinstance(error, Incomplete):
        return error.file, 1
    passed = list(_passed(error.__traceback__))
    theirs = [place for place in passed if Path(place[0]).is_relative_to(own)]
    return (theirs or passed or [(str(getattr(error, "filename", None) or own), 1)])[-1]


def _passed(step: TracebackType | None) -> Iterator[tuple[str, int]]:
    """Yield the templates' lines in a traceback; what they were compiled to has other numbers."""
    while step:
        file = step.tb_frame.f_code.co_filename
        template = step.tb_frame.f_globals.get("__jinja_template__")
        if file.endswith(".j2"):
            line = step.tb_lineno
            yield file, template.get_corresponding_lineno(line) if template else line
        step = step.tb_next
