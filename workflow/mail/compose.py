"""Wording: from a letter to a mail, with the municipality's own templates as long as they work."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from notifications.compose import compose, compose_overview
from notifications.custom_templates import fault, misspelt, unreadable
from notifications.letter import Composed, Letter, Overview
from states.model.phrase import Phrase, Refusal, say
from workflow.app.app import House
from workflow.app.incidents import report
from workflow.store.database import Transaction


class BrokenTemplate(Refusal):
    """A template of the municipality's own cannot be used; names file, line and what is wrong."""

    exit_code = 1


def worded(house: House, letter: Letter | Overview) -> tuple[Composed, Phrase | None]:
    """Return a mail, and what is wrong with their template where the built-in one was taken.

    No alert is missed because of a template: what fails with theirs is written without them.
    """
    own = house.configuration.templates
    try:
        return _written(letter, own), None
    except Exception as error:
        if own is None:
            raise
        return _written(letter, None), fault(error, own)


def report_template(connection: Transaction, house: House, wrong: Phrase, now: datetime) -> None:
    """Tell the operator, once a day, that a mail leaves in other words than theirs."""
    told = say("{fault}. The built-in one was taken.", fault=wrong)
    report(connection, house, "template", told, now)


def worded_as_told(house: House, letter: Letter | Overview) -> Composed:
    """Return a mail in their words, or raise BrokenTemplate."""
    composed, wrong = worded(house, letter)
    if wrong:
        raise BrokenTemplate(wrong)
    return composed


def _written(letter: Letter | Overview, own: Path | None) -> Composed:
    if isinstance(letter, Overview):
        return compose_overview(letter, own)
    return compose(letter, own)


def faults(house: House, mails: Iterable[Letter | Overview]) -> Iterator[Phrase]:
    """Yield each fault of their templates once, found by writing these mails with them."""
    own = house.configuration.templates
    if own is None:
        return
    if not own.is_dir():
        yield say("mail.templates: there is no folder {folder}.", folder=str(own))
        return
    broken = [*unreadable(house.settings.language, own), *misspelt(own)]
    if not broken:
        broken = [wrong for mail in mails if (wrong := worded(house, mail)[1])]
    yield from {str(wrong): wrong for wrong in broken}.values()
