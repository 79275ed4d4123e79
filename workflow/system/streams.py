"""The three standard streams: one may be closed, in another encoding, or on a full disk."""

import io
import os
import shutil
import sys
import textwrap
from functools import partial
from typing import TextIO


def ready_streams() -> None:
    """Let what goes to a closed stream go nowhere, and a sign that a terminal lacks be a “?”.

    With PYTHONUNBUFFERED Python writes once, and what the system did not take is lost without a
    word: on a disk that fills up, or in a pipe when a signal comes. What is buffered is written on.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        stream = getattr(sys, name)
        if stream is None:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number: this one
            setattr(sys, name, os.fdopen(number, "w" if number else "r", encoding="utf-8"))
        elif isinstance(getattr(stream, "buffer", None), io.FileIO):
            how = {"encoding": stream.encoding, "errors": stream.errors, "closefd": False}
            setattr(sys, name, os.fdopen(number, stream.mode, **how))
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def folded(text: str, stream: TextIO) -> str:
    """Return lines as they fit a terminal, between words; elsewhere they stay as they are."""
    if not stream.isatty():
        return text
    width = shutil.get_terminal_size().columns
    fill = partial(textwrap.fill, width=width, break_long_words=False, break_on_hyphens=False)
    return "\n".join(map(fill, text.split("\n")))


def print_error(line: str) -> None:
    """Print a line on standard error; what cannot be said there changes no exit code."""
    try:
        print(folded(line, sys.stderr), file=sys.stderr, flush=True)  # noqa: T201 - on purpose
    except OSError:
        say_no_more()


def say_no_more() -> None:
    """Let what standard error does not take go nowhere: Python would try again, and exit 120."""
    try:
        sys.stderr.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
