"""Pages from templates: every value is escaped, shown without tricks, in a report no address."""

from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from notifications.language import LANGUAGES, Language, unbroken
from notifications.theme import Theme
from states.model.fact_words import in_money
from states.model.phrase import Named, Phrase, say
from states.model.stage import Rule
from states.process import RULES
from workflow.engine.standing import STATE_WORDS
from workflow.outputs.template_folder import templates_in
from workflow.system.printable import impersonal, printable

TEMPLATES = Path(__file__).parent / "templates"
BUFFERED = 200  # parts of a page that are written at once


class Pages:
    """Writes the pages of one report, or one that stands alone, in one language."""

    def __init__(self, language: Language, *, alone: bool = False, **common: Any) -> None:
        """Keep what every page may show.

        One that stands alone links to no other, and names to which address a mail went.
        """
        self._templates = _templates(language, alone=alone)
        self._common = {"alone": alone, **common}

    def fragment(self, template: str, **values: Any) -> str:
        """Return a part of a page."""
        return self._templates.get_template(template).render(self._common, **values)

    def write(self, path: Path, template: str, **values: Any) -> None:
        """Write a page part by part, so that a long one never stands in memory as a whole."""
        stream = self._templates.get_template(template).stream(self._common, **values)
        stream.enable_buffering(BUFFERED)
        with path.open("w", encoding="utf-8") as file:
            file.writelines(stream)


def style(dress: Theme) -> Markup:
    """Return what pages look like in a theme."""
    built = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    return dress.css + Markup(built)  # noqa: S704 - our own


@lru_cache(maxsize=2 * len(LANGUAGES))
def _templates(language: Language, *, alone: bool) -> Environment:
    """Return the templates of one language, which are read once."""
    shown = partial(_shown, language, None if alone else language.say(say("(address)")))
    templates = templates_in(TEMPLATES, finalize=shown)
    templates.filters.update(_filters(language))
    templates.globals.update(
        language=language.code,
        say=lambda text, **values: language.say(Phrase(text, values)),
        state_words={state.value: said for state, said in STATE_WORDS.items()},
    )
    return templates


def _shown(language: Language, instead: str | None, value: Any) -> Any:
    """Return text without what acts on a screen, amounts unbroken; instead of addresses a word."""
    if isinstance(value, Phrase):
        value = language.say(value)
    if isinstance(value, str) and not isinstance(value, Markup):
        text = printable(value)
        return unbroken(impersonal(text, instead) if instead else text)
    return value


def _filters(language: Language) -> dict[str, Callable[..., Any]]:
    """Return how values are written out for people."""
    return {
        "named": lambda name: language.named(Named(name)),
        "day": language.write,
        "short_day": language.short_day,
        "moment": language.moment,
        "period": language.period,
        "amount": lambda amount, currency: language.say(in_money(amount, currency)),
        "priced": lambda money: language.write(money.words),
        "said": language.say,
        "first_capital": lambda text: text[:1].upper() + text[1:],
        "rule": lambda name: language.say(RULES[Rule(name)].noun),
    }
