"""From a letter or an overview to a mail: subject, text, HTML and the whole message.

1. `view` turns the letter into plain values, written out in the reader's language.
2. The sentences come from one template per rule and language, as text (`notifications.sentences`).
   An overview of several agreements, and so the weekly digest, has a template per kind
   (`notifications.overview`).
3. Two layouts show the same sentences, as text and as HTML; only the HTML one escapes, all of it.
4. `message` makes the MIME message: the same letter gives the same bytes.
"""

import re
from collections.abc import Callable
from functools import lru_cache, partial
from itertools import takewhile
from pathlib import Path
from stat import S_ISREG
from textwrap import fill
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import escape

from notifications.calendar import calendar
from notifications.language import LANGUAGES, language, unbroken
from notifications.letter import CalendarEvent, Composed, Letter, Overview, method_of
from notifications.message import message
from notifications.overview import overview_page, overview_view
from notifications.sentences import Incomplete, page
from notifications.template_values import headed, view
from notifications.theme import Theme, theme

TEMPLATES = Path(__file__).parent / "templates"
COLUMNS = 72
is_html = select_autoescape(["html.j2"])  # by name
in_lines = partial(fill, width=COLUMNS, break_long_words=False, break_on_hyphens=False)
HOLDS = "\N{NO-BREAK SPACE}"
BELONGS_TOGETHER = re.compile(r"€ \d|\b(\w+ )?\d{1,2} \w+ \d{4}|looptijd list --office|--at \d")


def compose(
    letter: Letter | Overview, own: Path | None = None, look: Theme | None = None
) -> Composed:
    """Return the mail that tells a letter or an overview; the same one gives the same bytes.

    A template in the folder `own` takes the place of the built-in one of that name.
    """
    words, templates = language(letter.language), environment(letter.language, own)
    if isinstance(letter, Overview):
        shown = overview_page(overview_view(letter, words), templates)
    else:
        shown = page(view(letter, words), templates)
    dressed = {**shown, "look": look or theme()}
    text, html = (
        _rendered(name, dressed, templates) for name in ("layout.txt.j2", "layout.html.j2")
    )
    dates = _dates(letter.sender.name, letter.dates, letter.sender.email)
    content = message(letter, shown["subject"], text, html, dates)
    return Composed(subject=shown["subject"], text=text, html=html, content=content)


def _rendered(name: str, shown: dict[str, Any], templates: SandboxedEnvironment) -> str:
    """Return a mail as a layout shows it; one of their own that shows no table is broken."""
    layout = templates.get_template(name)
    written = layout.render(shown)
    as_shown = escape if is_html(name) else str
    cells = (cell for one in shown["sections"] for row in one["table"] for cell in row)
    if any(as_shown(cell) not in written for cell in cells):
        raise Incomplete(str(layout.filename), "section.table")
    return unbroken(written)


@lru_cache(maxsize=16)
def _dates(name: str, dates: tuple[CalendarEvent, ...], organizer: str) -> str:
    """Return the calendar of a mail; everybody who is told of an event gets the same one."""
    if not dates:
        return ""
    return calendar(name, dates, method=method_of(dates), organizer=organizer)


@lru_cache(maxsize=2 * len(LANGUAGES))
def environment(code: str, own: Path | None = None) -> SandboxedEnvironment:
    """Return the templates of one language, with the layouts that all languages share.

    Those in `own` come first; they can do no more than the built-in ones, which are sandboxed too.
    """
    folders = (own, TEMPLATES) if own else (TEMPLATES,)
    templates = Templates(
        loader=Folders([path for folder in folders for path in (folder / code, folder)]),
        autoescape=is_html,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    templates.filters.update(
        in_columns=_in_columns, listed=_listed, wrapped=_wrapped, headed=headed
    )
    return templates


class Folders(FileSystemLoader):
    """Folders of which an earlier one comes first, also with what was put into it since."""

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        """Return a template's text, its file, and what tells whether both are so still."""
        text, file, is_unchanged = super().get_source(environment, template)
        files = (Path(folder, template) for folder in self.searchpath)
        before = [*takewhile(lambda path: not _is_file(path), files)]
        return text, file, lambda: is_unchanged() and not any(map(_is_file, before))


def _is_file(path: Path) -> bool:
    """Tell whether a file is there; a folder that is closed raises, as is_file does until 3.13."""
    try:
        return S_ISREG(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False


class Templates(SandboxedEnvironment):
    """Sandboxed templates, whose values are mappings: a name is looked up in them first.

    Jinja looks for an attribute of the mapping first; that took a tenth of composing a mail.
    """

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return what a template calls `obj.attribute`."""
        if isinstance(obj, dict) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)


def _listed(items: list[str], conjunction: str) -> str:
    """Return items as a sentence has them: A, B and C."""
    *others, last = items or [""]
    return f"{', '.join(others)} {conjunction} {last}" if others else last


def _in_columns(table: list[list[str]]) -> list[str]:
    """Return the rows of a table as lines, each column as wide as its widest cell."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    padded = ((cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in table)
    return ["  ".join(cells).rstrip() for cells in padded]


@lru_cache(maxsize=4096)
def _wrapped(text: str, indent: int = 0) -> str:
    """Return text in lines of at most COLUMNS; dates, amounts and commands are not broken.

    Mails share most of their sentences: a tenth of composing one was wrapping them again.
    """
    if len(text) <= COLUMNS:
        return text
    held = BELONGS_TOGETHER.sub(lambda found: found[0].replace(" ", HOLDS), text)
    return in_lines(held, subsequent_indent=" " * indent).replace(HOLDS, " ")
