"""The three standard streams: one may be closed, in another encoding, or on a full disk."""

import io
import os
import sys


def ready_streams() -> None:
    """Let what goes to a closed stream go nowhere, and a sign that a terminal lacks be a “?”."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number: this one
            setattr(sys, name, os.fdopen(number, "w" if number else "r", encoding="utf-8"))
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def print_error(line: str) -> None:
    """Print a line on standard error; what cannot be said there changes no exit code."""
    try:
        print(line, file=sys.stderr, flush=True)  # noqa: T201 - on purpose
    except OSError:
        say_no_more()


def say_no_more() -> None:
    """Let what standard error does not take go nowhere: Python would try again, and exit 120."""
    try:
        sys.stderr.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
