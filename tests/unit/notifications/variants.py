"""The mails that are agreed word for word, and what their variants say otherwise (variants.md)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from notifications.language import LANGUAGES
from tests.unit.notifications.composed import composed

# One of each template: its text stands whole in the snapshots.
WHOLE_LETTERS = (
    "unsigned",
    "held over",
    "activation",
    "evaluation, start",
    "continuation",
    "expiry, lapsed",
    "decide, to sign",
    "notice",
    "renewal",
    "terminate",
    "payment, commitment",
    "instalments",
    "obligation, of another party",
    "missing facts, all kinds",
)
WHOLE_OVERVIEWS = ("digest", "handover", "summary", "catch-up")
AGREED = Path(__file__).with_name("variants.md")
NEIGHBOUR = re.compile(r"Beside (.+), without (\d+) of its paragraphs:")


@dataclass(frozen=True, slots=True)
class Variant:
    """What one mail says that its neighbour does not say, in each language."""

    name: str
    neighbour: str
    without: int
    says: dict[str, list[str]] = field(default_factory=lambda: {key: [] for key in LANGUAGES})


def variants() -> Iterator[Variant]:
    """Read what is agreed of each variant."""
    for section in AGREED.read_text(encoding="utf-8").split("\n## ")[1:]:
        name, neighbour, *lines = filter(None, section.split("\n"))
        beside = NEIGHBOUR.fullmatch(neighbour)
        assert beside, neighbour
        variant = Variant(name=name, neighbour=beside[1], without=int(beside[2]))
        for line in lines:
            language, said = line.removeprefix("- ").split(": ", 1)
            variant.says[language].append(said)
        yield variant


def paragraphs(name: str, language: str) -> list[str]:
    """Return the subject, headings, paragraphs and items of a mail, each on one line.

    An amount's no-break space is written as any other here: nobody sees it.
    """
    mail = composed(name, language)
    seen = f"Subject: {mail.subject}\n\n{mail.text.strip()}".replace("\xa0", " ")
    whole = re.sub(r"\n[=~-]{3,}\n", "\n\n", seen)
    joined = re.sub(r"(?<!\n)\n(?!\n|- ) *", " ", whole)
    return [*filter(None, joined.split("\n"))]
