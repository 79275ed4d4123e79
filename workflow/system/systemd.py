"""What a daemon and systemd tell each other: sd_notify over a socket, and the journal's levels."""

import logging
import os
import socket
import sys
from typing import IO

LEVELS = {logging.CRITICAL: 2, logging.ERROR: 3, logging.WARNING: 4, logging.INFO: 6}
DEBUG = 7


def notify(*states: str) -> None:
    """Tell systemd how it goes, such as READY=1 (sd_notify); does nothing without systemd.

    A socket whose name begins with @ is abstract: the kernel knows it by a leading zero byte. A
    socket that is gone or full is no reason to stop: systemd's own watchdog speaks then.
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    address = f"\0{address[1:]}" if address.startswith("@") else address
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as link:
        try:
            link.sendto("\n".join(states).encode(), address)
        except OSError as error:
            logging.getLogger("looptijd").warning("not_notified", extra={"reason": str(error)})


def is_journal(stream: IO[str]) -> bool:
    """Tell whether a stream ends in the journal: JOURNAL_STREAM names its device and inode."""
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError):  # no file stands behind it, or it is closed
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"


def priority(level: int) -> str:
    """Return the prefix by which the journal knows how grave a line is, such as <3> (sd-daemon)."""
    return f"<{LEVELS.get(level, DEBUG)}>"


def as_error(line: str) -> str:
    """Return a line for standard error as the journal takes it for an error, if it ends there."""
    return f"{priority(logging.ERROR)}{line}" if is_journal(sys.stderr) else line
