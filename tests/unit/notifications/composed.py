"""Each mail of the tests in each language: it is composed once, for all who look at it."""

from functools import cache

from msgspec.structs import replace

from notifications.compose import compose
from notifications.letter import Composed
from tests.unit.notifications.mails import LETTERS
from tests.unit.notifications.overviews import OVERVIEWS


@cache
def composed(name: str, language: str = "nl") -> Composed:
    """Return a letter or an overview as a mail."""
    if name in OVERVIEWS:
        return compose(replace(OVERVIEWS[name], language=language))
    return compose(replace(LETTERS[name], language=language))
