"""What a deadline is about, in words: as its rule declares it."""

from states.model.phrase import Phrase
from states.model.stage import Deadline
from states.process import RULES


def subject(deadline: Deadline) -> Phrase:
    """Return what a deadline is about, in words."""
    return RULES[deadline.rule].subject(deadline.about)
