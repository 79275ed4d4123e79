"""What to say to who mistypes: the nearest name, and which names there are."""

from collections.abc import Iterable
from difflib import get_close_matches

from states.model.phrase import Phrase, say

FEW = 8  # so few are named even when one is near
MOST = 30


def suggest(name: str, known: Iterable[str], few: int = FEW) -> Phrase:
    """Return the remedy for a name that is not known: what it resembles, and what there is."""
    names = [*known]
    near = get_close_matches(name.lower(), names, n=1)
    if near and len(names) > few:
        return say("Did you mean “{near}”?", near=near[0])
    if near:
        return say("Did you mean “{near}”? Accepted: {names}.", near=near[0], names=_some(names))
    return say("Accepted: {names}.", names=_some(names))


def _some(names: list[str]) -> str | Phrase:
    if not names:
        return say("none")
    return ", ".join(names[:MOST]) + (", …" if len(names) > MOST else "")
