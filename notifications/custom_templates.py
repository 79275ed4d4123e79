"""A municipality's own templates: which of them is broken, where, and what is wrong with it."""

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from jinja2 import TemplateError, TemplateSyntaxError

from notifications.compose import TEMPLATES, environment
from notifications.sentences import Incomplete
from notifications.template_values import one_line
from states.model.phrase import Phrase, say

ENDING = ".j2"


def misspelt(own: Path) -> list[Phrase]:
    """Return each file of theirs that takes the place of no template: nobody ever reads it."""
    files = sorted(path.relative_to(own) for path in own.rglob("*") if path.is_file())
    text = "{file} takes the place of no template. Such a name is {example}."
    return [
        say(text, file=str(own / name), example="nl/evaluation.j2")
        for name in files
        if not (TEMPLATES / name).is_file()
    ]


def unreadable(code: str, own: Path) -> Iterator[Phrase]:
    """Yield what is wrong with each template of theirs that cannot even be read."""
    templates = environment(code, own)
    for name in templates.list_templates():
        try:
            templates.get_template(name)
        except (TemplateError, OSError, ValueError) as error:
            yield fault(error, own)


def fault(error: Exception, own: Path) -> Phrase:
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
        if file.endswith(ENDING):
            line = step.tb_lineno
            yield file, template.get_corresponding_lineno(line) if template else line
        step = step.tb_next
