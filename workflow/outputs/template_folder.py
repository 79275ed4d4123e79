"""Folders of templates: pages and pictures escape all text, and a missing value is an error."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

ESCAPED = ("html.j2", "svg.j2", "xml.j2")


def templates_in(folder: Path, **more: Any) -> Environment:
    """Return the templates of a folder; `more` are other settings of jinja2."""
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=select_autoescape(ESCAPED),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        **more,
    )
