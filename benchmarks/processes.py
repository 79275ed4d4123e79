"""Commands as processes of their own: what starting one, and all that it does, takes."""

import os
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.measuring import Contender, repeated

HERE = Path(__file__).parent
LOOPTIJD = (str(Path(sysconfig.get_path("scripts"), "looptijd")),)
DAEMON = (str(Path(sysconfig.get_path("scripts"), "looptijd-daemon")),)


def peer(module: str, *arguments: str) -> tuple[str, ...]:
    """Return the command that runs a module of this folder as a script, by this interpreter."""
    return (sys.executable, str(HERE / f"{module}.py"), *arguments)


def output(command: Sequence[str], environment: Mapping[str, str]) -> str:
    """Run a command, which must succeed, and return what it prints."""
    return subprocess.run(  # noqa: S603 - our own commands
        command,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=True,
    ).stdout


def running(
    command: Sequence[str], times: int, environment: Mapping[str, str] | None = None
) -> Contender:
    """Return a contender that runs a command so many times, each in a new process."""
    return lambda: repeated(lambda: output(command, environment or {}), times)
