"""What is printed or logged: nothing in it acts on a screen, breaks a line, or names a person.

Most texts were judged when they came in. A relay's words, the name of a file and the values of an
older release were not, and they are shown as well.
"""

import json
import re
from typing import Any

from states.model.fact_types import is_hidden

SUSPECT = re.compile(r"[^\t\n -~\xa1-\xac\xae-\u024f]")
INSTEAD = "\N{REPLACEMENT CHARACTER}"
ADDRESS = re.compile(r"[^\s\"'<>()\[\]:;,\\/]+@[\w.-]+")


def printable(text: str) -> str:
    """Return text without characters that a screen would act on; lines and tabs stay."""
    return SUSPECT.sub(lambda found: INSTEAD if is_hidden(found[0]) else found[0], text)


def one_line(text: str) -> str:
    """Return text as one line that a screen does not act on."""
    return " ".join(printable(text).split("\n"))


def to_json(document: Any, *, indent: int | None = None) -> str:
    """Return a document as JSON in which such characters are escaped, so that none is lost."""
    text = json.dumps(document, ensure_ascii=False, indent=indent, default=str)
    return SUSPECT.sub(
        lambda found: json.dumps(found[0])[1:-1] if is_hidden(found[0]) else found[0], text
    )


def log_line(parts: Any) -> str:
    """Return a line of the log: one JSON object, without anybody's address."""
    return to_json({name: impersonal(value) for name, value in parts.items()})


def impersonal(value: Any, instead: str = "(address)") -> Any:
    """Return text without anybody's address in it; another value as it is."""
    return ADDRESS.sub(instead, value) if isinstance(value, str) else value
