"""How far long work is: a bar on a terminal's standard error, once it takes more than a moment."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import click

from states.model.phrase import Phrase
from workflow.cli.command import Command

A_MOMENT = 1.0  # seconds
STEPS = 200

Advanced = Callable[[int], object]


@contextmanager
def progress(command: Command, label: Phrase, length: int) -> Iterator[Advanced]:
    """Give what is told of each part that is done, of `length` in all; in a pipe nothing shows."""
    with ExitStack() as stack:
        yield _Bar(stack, command.say(label), length).advanced if sys.stderr.isatty() else bool


class _Bar:
    """A bar that appears when the work is not done after a moment."""

    def __init__(self, stack: ExitStack, label: str, length: int) -> None:
        self.stack, self.label, self.length = stack, label, length
        self.begun, self.done = time.monotonic(), 0
        self.bar: Any = None

    def advanced(self, parts: int) -> None:
        """Note that so many parts more are done."""
        self.done += parts
        if self.bar is not None:
            self.bar.update(parts)
        elif time.monotonic() - self.begun > A_MOMENT:
            self.bar = self.stack.enter_context(
                click.progressbar(
                    length=self.length,
                    label=self.label,
                    file=sys.stderr,
                    update_min_steps=max(1, self.length // STEPS),
                )
            )
            self.bar.update(self.done)
