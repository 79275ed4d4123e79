"""An agreement never changes, so what follows from it alone is worked out once and remembered."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from states.agreement import Agreement

T = TypeVar("T")


def remembered(follows: Callable[[Agreement], T]) -> Callable[[Agreement], T]:
    """Let a value that follows from an agreement be worked out once per agreement.

    One firing asks some thirty times for the start and twenty times for the end (a profile).
    """

    @wraps(follows)
    def asked(agreement: Agreement) -> T:
        value: T
        try:
            value = agreement.memory[follows]
        except KeyError:
            value = agreement.memory[follows] = follows(agreement)
        return value

    return asked
