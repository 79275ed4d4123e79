"""What to say to who mistypes: the nearest name, and which names there are."""

from collections.abc import Iterable
from difflib import get_close_matches

from notifications.typed import Said, plain, spellings
from states.model.phrase import Phrase, listed, say

FEW = 8  # so few are named even when one is near
MOST = 30
ALIKE = 0.75  # how much of a name has to be there to be meant


def suggest(name: str, known: Iterable[str]) -> Phrase:
    """Return the remedy for a name that is not known: what it resembles, and what there is."""
    names = [*known]
    near = get_close_matches(name.lower(), names, n=1)
    if near and len(names) > FEW:
        return say("Did you mean “{near}”?", near=near[0])
    if near:
        return say("Did you mean “{near}”? Accepted: {names}.", near=near[0], names=_some(names))
    return say("Accepted: {names}.", names=_some(names))


def suggest_said(text: str, names: Iterable[str]) -> Phrase:
    """Return the remedy for a word that is not known, with these names as the reader says them."""
    return suggest_called(text, map(say, names))


def suggest_called(text: str, names: Iterable[Said]) -> Phrase:
    """Return the remedy for a word that is not known, with what there is as it is called."""
    known = [*names]
    named = {spelling: name for name in known for spelling in spellings(name)}
    near = get_close_matches(plain(text), named, n=1, cutoff=ALIKE)
    there_are = say("Accepted: {names}.", names=listed(known))
    if not near:
        return there_are
    return say("Did you mean “{near}”? {accepted}", near=named[near[0]], accepted=there_are)


def _some(names: list[str]) -> str | Phrase:
    if not names:
        return say("none")
    return ", ".join(names[:MOST]) + (", …" if len(names) > MOST else "")
