"""The real commands, as subprocesses in a folder of their own, seen from outside only."""

import json
import os
import pwd
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from tests.acceptance.processes import at, started, surroundings

ROOT = Path(__file__).parents[2]
CASE = ROOT / "examples" / "verbindend-leiden.toml"
REF = "SO-2017-0042"
LOGIN = f"{pwd.getpwuid(os.getuid()).pw_name}@{socket.gethostname()}"
LOCKS = Path("/proc/locks")
PATIENCE = 30.0

# A command that root runs may write what is read-only: this one may not.
WITHOUT_PRIVILEGE = """
import ctypes, os, sys
for right in (1, 2, 3):  # PR_CAPBSET_DROP of CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER
    ctypes.CDLL(None).prctl(24, right, 0, 0, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
# A command for which the disk is full after so many bytes in a file.
FULL_AFTER = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
os.execv(sys.argv[2], sys.argv[2:])
"""


class Ran(Struct, frozen=True, kw_only=True):
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def problems(self) -> list[str]:
        """Return what stands on standard error, a line for each problem."""
        return self.err.splitlines()

    def json(self) -> Any:
        """Return the one document on standard output."""
        return json.loads(self.out)


class Operator(Struct, frozen=True, kw_only=True):
    """Somebody who works in a folder, with an environment; `real`: never with a fork."""

    folder: Path
    environment: Mapping[str, str] = {}
    real: bool = False

    def runs(
        self, *arguments: str | Path, first: Sequence[str] = (), at: Path | None = None
    ) -> Ran:
        """Run `looptijd` and return how it ended; a traceback never reaches an operator.

        What goes `first` is a program that becomes the real script.
        """
        with self.starts(*arguments, first=first, at=at) as process:
            try:
                out, err = process.communicate(timeout=PATIENCE)
            finally:
                process.kill()
        assert "Traceback" not in err + out, err
        return Ran(code=process.returncode, out=out, err=err)

    def does(self, *arguments: str | Path) -> str:
        """Run `looptijd`, which must succeed; return what it printed."""
        ran = self.runs(*arguments)
        assert ran.code == 0, ran
        return ran.out

    def reads(self, *arguments: str | Path) -> Any:
        """Run `looptijd … --json`, which must succeed and print one document; return that."""
        return json.loads(self.does(*arguments, "--json"))

    def reads_whatever_the_code(self, *arguments: str) -> Any:
        """Run `looptijd … --json`, which may find what is wrong; return what it printed."""
        return json.loads(self.runs(*arguments, "--json").out)

    def starts(
        self, *arguments: str | Path, first: Sequence[str] = (), at: Path | None = None
    ) -> "subprocess.Popen[str]":
        """Start `looptijd` and return the process at once."""
        return started(
            "looptijd",
            *arguments,
            first=first,
            real=self.real,
            cwd=at or self.folder,
            env=surroundings(self.folder, self.environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def puts_back(self, backup: str) -> None:
        """Write a backup over the register and remove its logs, whoever has it open."""
        for log in self.folder.glob("looptijd.db-*"):
            log.unlink()
        (self.folder / "looptijd.db").write_bytes((self.folder / backup).read_bytes())

    def configures(self, text: str) -> "Operator":
        """Write ./looptijd.toml, which nobody else may write; return the operator."""
        path = self.folder / "looptijd.toml"
        path.write_text(text, encoding="utf-8")
        path.chmod(0o644)
        return self

    def at(self, moment: str) -> "Operator":
        """Return this operator at another moment, such as 2017-10-12T10:00:00+02:00."""
        return replace(self, environment={**self.environment, **at(moment)})

    def without_privilege(self, *arguments: str) -> Ran:
        """Run `looptijd` as somebody for whom read-only is read-only, root included."""
        return self.runs(*arguments, first=(sys.executable, "-c", WITHOUT_PRIVILEGE))

    def on_a_full_disk(self, limit: int, *arguments: str | Path) -> Ran:
        """Run `looptijd` where no file can grow over `limit` bytes."""
        return self.runs(*arguments, first=(sys.executable, "-c", FULL_AFTER, str(limit)))


@dataclass(kw_only=True)
class Watcher:
    """A daemon that runs, with its log in a file."""

    process: "subprocess.Popen[bytes]"
    log: Path

    def lines(self) -> list[dict[str, Any]]:
        """Return the log: each line is one JSON object; what is still being written is none yet."""
        whole, _, _ = self.log.read_text(encoding="utf-8").rpartition("\n")
        return [json.loads(line) for line in whole.splitlines()]

    def events(self) -> list[str]:
        """Return what happened, in order."""
        return [line["event"] for line in self.lines()]

    def pauses(self) -> None:
        """Stop in its tracks a daemon that holds no lock which others wait for."""
        until(self._pauses_unlocked)

    def _pauses_unlocked(self) -> bool:
        self.process.send_signal(signal.SIGSTOP)
        until(self._is_stopped)
        if f" WRITE {self.process.pid} " not in LOCKS.read_text(encoding="ascii"):
            return True
        self.process.send_signal(signal.SIGCONT)
        return False

    def _is_stopped(self) -> bool:
        threads = Path(f"/proc/{self.process.pid}/task").iterdir()
        return {state(thread) for thread in threads} == {"T"}

    def stops(self, by: signal.Signals = signal.SIGTERM, code: int = 0) -> float:
        """Send a signal; return how many seconds the end took. It must end with this code."""
        began = time.monotonic()
        self.process.send_signal(by)
        assert self.process.wait(PATIENCE) == code, self.log.read_text(encoding="utf-8")
        return time.monotonic() - began


@contextmanager
def a_daemon(
    operator: Operator,
    *arguments: str,
    name: str = "daemon",
    first: tuple[str, ...] = (),
    tells: bool = True,
) -> Iterator[Watcher]:
    """Run `looptijd-daemon` and wait until it says that it has started, if it tells anything."""
    log = operator.folder / f"{name}.log"
    with (
        log.open("wb") as stream,
        started(
            "looptijd-daemon",
            *arguments,
            first=first,
            real=operator.real,
            cwd=operator.folder,
            env=surroundings(operator.folder, operator.environment),
            stdout=stream,
            stderr=stream,
        ) as process,
    ):
        watcher = Watcher(process=process, log=log)
        try:
            until(lambda: not tells or '"started"' in log.read_text(encoding="utf-8"))
            yield watcher
        finally:
            if process.poll() is None:
                process.kill()


def quick(operator: Operator, more: str = "") -> Operator:
    """Let the daemon look every second; `more` is added to the settings."""
    path = operator.folder / "looptijd.toml"
    settings = path.read_text(encoding="utf-8")
    return operator.configures(f"{settings}\n[daemon]\ntick_seconds = 1\n{more}")


def until(condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Wait until something is true of other processes; fail when that takes too long."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def sleeps(pid: int) -> bool:
    """Tell whether a process waits for something, such as an answer."""
    return state(Path(f"/proc/{pid}")) == "S"


def state(process: Path) -> str:
    """Return the state of a process or a thread: S when it waits, T when it is stopped."""
    return (process / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
