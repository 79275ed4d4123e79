"""Where the configuration stands: for settings, and for help and completion, which read less."""

import os
import stat
import tomllib
from typing import Any

LOCAL = "looptijd.toml"
SYSTEM_FILE = "/etc/looptijd/looptijd.toml"
LARGEST_FILE = 1_000_000  # bytes


class OfStrangers(Exception):
    """Somebody else may write ./looptijd.toml: it must not choose where mail and money facts go."""


def configuration_file(chosen: str | None, *, here: bool = True) -> str | None:
    """Return the file to read: `chosen`, $LOOPTIJD_CONFIG, ./looptijd.toml (with `here`), /etc.

    PermissionError: who asks may not enter the folder in /etc, so that none of their own is made.
    """
    named = os.environ.get("LOOPTIJD_CONFIG") if chosen is None else chosen
    if named or chosen is not None:  # a script's empty variable must not find another register
        return named
    if here and os.path.isfile(LOCAL):  # noqa: PTH113 - help starts without pathlib
        if _others_may_write(LOCAL):
            raise OfStrangers
        return LOCAL
    return SYSTEM_FILE if _is_file(SYSTEM_FILE) else None


def glance(chosen: str | None) -> dict[str, Any]:
    """Return what the file says, unchecked; nothing when it cannot be read or is not trusted.

    For words that precede any checking: the language of help, and what completion looks at.
    """
    try:
        file = configuration_file(chosen)
        if file is None:
            return {}
        with open(file, "rb") as content:  # noqa: PTH123 - help starts without pathlib
            return tomllib.loads(content.read(LARGEST_FILE).decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError, OfStrangers):
        return {}


def _is_file(name: str) -> bool:
    """Tell whether there is a file; PermissionError for who may not know, for there may be one."""
    try:
        return stat.S_ISREG(os.stat(name).st_mode)  # noqa: PTH116 - help starts without pathlib
    except (FileNotFoundError, NotADirectoryError):
        return False


def _others_may_write(name: str) -> bool:
    found = os.stat(name)  # noqa: PTH116 - help starts without pathlib
    may_write = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return found.st_uid not in {os.getuid(), 0} or bool(may_write)
