"""Wording: from a letter to a mail, with the municipality's own templates as long as they work."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from notifications.compose import compose, compose_overview
from notifications.custom_templates import fault, misspelt, unreadable
from notifications.letter import Composed, Letter, Overview
from notifications.theme import BadTheme, Theme, theme
from states.model.phrase import Phrase, Refusal, say
from workflow.app.app import App
from workflow.app.incidents import report
from workflow.store.database import Transaction


class BrokenTemplate(Refusal):
    """A template of the municipality's own cannot be used; names file, line and what is wrong."""

    exit_code = 1


def worded(app: App, letter: Letter | Overview) -> tuple[Composed, Phrase | None]:
    """Return a mail, and what is wrong with their template where the built-in one was taken.

    No alert is missed because of a template: what fails with theirs is written without them.
    """
    own, look = app.configuration.templates, _look(app)
    try:
        return _written(letter, own, look), None
    except Exception as error:
        if own is None:
            raise
        return _written(letter, None, look), fault(error, own)


def _look(app: App) -> Theme:
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
    """Return a mail in their words, or raise BrokenTemplate."""
    composed, wrong = worded(app, letter)
    if wrong:
        raise BrokenTemplate(wrong)
    return composed


def _written(letter: Letter | Overview, own: Path | None, look: Theme) -> Composed:
    if isinstance(letter, Overview):
        return compose_overview(letter, own, look)
    return compose(letter, own, look)


def faults(app: App, mails: Iterable[Letter | Overview]) -> Iterator[Phrase]:
    """Yield each fault of their templates once, found by writing these mails with them."""
    own = app.configuration.templates
    if own is None:
        return
    if not own.is_dir():
        yield say("mail.templates: there is no folder {folder}.", folder=str(own))
        return
    broken = [*unreadable(app.settings.language, own), *misspelt(own)]
    if not broken:
        broken = [wrong for mail in mails if (wrong := worded(app, mail)[1])]
    yield from {str(wrong): wrong for wrong in broken}.values()
