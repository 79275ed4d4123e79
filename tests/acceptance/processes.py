"""The product's commands as processes: forks of a Python that imported it, or the real scripts."""

import atexit
import json
import os
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from functools import cache
from inspect import signature
from pathlib import Path
from typing import Any, AnyStr

SCRIPTS = Path(sysconfig.get_path("scripts"))
CLOCK = Path(__file__).with_name("clock")
SERVER = Path(__file__).with_name("forking.py")
OURS = (
    "PYTHONDONTWRITEBYTECODE",
    "LANGUAGE",
    "LOOPTIJD_",
    "NOTIFY_",
    "STATE_DIRECTORY",
    "CREDENTIALS_DIRECTORY",
    "SUDO_",
    "WATCHDOG_",
)
# What Python or the system reads when a process starts, and a fork can't read again.
AT_START = ("PYTHON", "LC_", "LANG", "LD_", "MALLOC_")
POPEN = signature(subprocess.Popen._execute_child)  # type: ignore[attr-defined]
LOST = b"\xff\x00"  # the status of a command whose server has ended


def surroundings(folder: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return an environment in which nobody has configured anything, plus `more`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    person = {"HOME": str(folder), "PYTHONUTF8": "1", "COLUMNS": "200"}
    return kept | person | dict(more or {})


def at(moment: str) -> dict[str, str]:
    """Return the environment of a process at another moment."""
    path = os.pathsep.join(filter(None, (str(CLOCK), os.environ.get("PYTHONPATH"))))
    return {"PYTHONPATH": path, "AT": moment}


def started(
    command: str,
    *words: str | Path,
    env: dict[str, str],
    first: Sequence[str] = (),
    real: bool = False,
    **options: Any,
) -> "subprocess.Popen[Any]":
    """Start a command as a fork, or as the real script where a fork might differ from it.

    That is when it is asked for, when a program goes `first` that becomes the script, and when the
    environment has other things in it that are read at the start.
    """
    alike = read_at_start(env) == read_at_start(usual())
    kind = subprocess.Popen if real or first or not alike else Forked
    return kind([*first, SCRIPTS / command, *words], env=env, **options)


def read_at_start(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what stays as it was when the process started; the clock is moved in a fork too."""
    clock = at(environment["AT"]) if "AT" in environment else {}
    return {
        name: value
        for name, value in environment.items()
        if name.startswith(AT_START) and clock.get(name) != value
    }


class Forked(subprocess.Popen[AnyStr]):
    """A process that the server forks; how to start and to wait is all that differs from Popen."""

    _reply: socket.socket

    def _execute_child(self, *given: Any) -> None:
        named: dict[str, Any] = POPEN.bind(self, *given).arguments
        order = {
            "words": [str(word) for word in named["args"]],
            "folder": str(named["cwd"] or Path.cwd()),
            "environment": named["env"],
            "leads": named["start_new_session"],
        }
        ends: list[int] = [named[name] for name in ("p2cread", "c2pwrite", "errwrite")]
        streams: list[int] = [number if end < 0 else end for number, end in enumerate(ends)]
        self._reply, reply = socket.socketpair()
        with reply:
            socket.send_fds(server(), [json.dumps(order).encode()], [*streams, reply.fileno()])
        self.pid = int.from_bytes(self._reply.recv(4, socket.MSG_WAITALL))
        assert self.pid, "the server has ended"
        self._child_created = True
        pipes = ("p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite")
        self._close_pipe_fds(*(named[name] for name in pipes))  # type: ignore[attr-defined]

    def _try_wait(self, wait_flags: int) -> tuple[int, int]:
        """Return what os.waitpid would."""
        try:
            shown = self._reply.recv(4, socket.MSG_DONTWAIT if wait_flags else socket.MSG_WAITALL)
        except BlockingIOError:
            return 0, 0
        self._reply.close()
        return self.pid, int.from_bytes(shown or LOST)

    def _internal_poll(self, *_args: Any, **_more: Any) -> int | None:
        if self.returncode is None:
            pid, status = self._try_wait(os.WNOHANG)
            if pid:
                self._handle_exitstatus(status)  # type: ignore[attr-defined]
        return self.returncode


@cache
def usual() -> dict[str, str]:
    """Return the environment in which the server has started."""
    return surroundings(Path("/"))


@cache
def server() -> socket.socket:
    """Start the server of this worker; it ends when the other end of this is closed."""
    ours, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
    process = subprocess.Popen(
        [sys.executable, "-P", SERVER, str(theirs.fileno())],
        env=usual() | {"PYTHONPATH": at("")["PYTHONPATH"]},
        cwd="/",
        stdin=subprocess.DEVNULL,
        pass_fds=[theirs.fileno()],
        start_new_session=True,
    )
    theirs.close()
    atexit.register(process.wait)
    atexit.register(ours.close)  # goes first
    return ours
