"""An agreement never changes, so what follows from it alone is worked out once and remembered.

It stands in the `__dict__` of the agreement, which is no fact: not compared, not handed on.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from states.model.agreement import Agreement

T = TypeVar("T")
P = ParamSpec("P")


def remembered(follows: Callable[[Agreement], T]) -> Callable[[Agreement], T]:
    """Let a value that follows from an agreement be worked out once per agreement.

    One firing asks some thirty times for the start and twenty times for the end (a profile).
    """

    @wraps(follows)
    def asked(agreement: Agreement) -> T:
        value: T
        memory: dict[Any, Any] = agreement.__dict__
        try:
            value = memory[follows]
        except KeyError:
            value = memory[follows] = follows(agreement)
        return value

    return asked


def last_remembered(
    follows: Callable[Concatenate[Agreement, P], T],
) -> Callable[Concatenate[Agreement, P], T]:
    """Let what follows from an agreement and more be kept for who asks the same again next.

    One action, one firing, or one line of a list asks the same two or three times.
    """

    @wraps(follows)
    def asked(agreement: Agreement, /, *more: P.args, **named: P.kwargs) -> T:
        memory: dict[Any, Any] = agreement.__dict__
        known: tuple[Any, T] | None = memory.get(follows)
        if known is None or known[0] != (more, named):
            known = memory[follows] = (more, named), follows(agreement, *more, **named)
        return known[1]

    return asked
