"""Every point of a process: what it asks of the database, of files and of the relay, counted.

A point comes after a statement, around a commit, before whatever reads, makes, writes, syncs,
renames or removes a file, and in the relay before each of its replies. The product has no hooks:
these are put around what it calls, and taken out again.
"""

import io
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Self
from unittest.mock import patch

from sqlalchemy import Engine

from tests.chaos.points import PHASES
from tests.smtp_sink import Script

STATEMENT, BEFORE_COMMIT, AFTER_COMMIT = "statement", "before a commit", "after a commit"
WRITES, READS, RELAY = "write", "read", "relay: "
MAKES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
CALLS = {
    "fsync": "fsync",
    "replace": "rename",
    "rename": "rename",
    "link": "link",
    "unlink": "unlink",
    "remove": "unlink",
}
EXECUTES = ("do_execute", "do_executemany", "do_execute_no_params")
KEPT = "KEPT"
Listener = Callable[[str], None]


class Torn(OSError):
    """Half of what was to be written is written."""


class Meter:
    """Tells each point of this process to whoever listens now."""

    def __init__(self) -> None:
        self.listener: Listener | None = None
        self.folder = ""
        self.fails = False

    @contextmanager
    def telling(self, listener: Listener, *, fails: bool = False) -> Iterator[None]:
        """Tell of each point while something is done; of a statement before it, if that `fails`."""
        self.listener, self.fails = listener, fails
        with ExitStack() as wrapped:
            for name, kind in CALLS.items():
                call = getattr(os, name)
                wrapped.enter_context(patch.object(os, name, self._before(kind, call)))
            wrapped.enter_context(patch.object(os, "open", self._making(os.open)))
            wrapped.enter_context(patch.object(io, "open", self._opening(io.open)))
            try:
                yield
            finally:
                self.listener = None

    def reached(self, kind: str) -> None:
        """Tell of a point; what the listener does itself is none."""
        listener, self.listener = self.listener, None
        if listener:
            try:
                listener(kind)
            finally:
                self.listener = listener

    def watch(self, engine: Engine) -> None:
        """Tell of the statements and commits of an engine."""
        dialect: Any = engine.dialect
        for name in EXECUTES:
            setattr(dialect, name, self._executing(getattr(dialect, name)))
        commit = dialect.do_commit

        def committed(connection: Any) -> None:
            self.reached(BEFORE_COMMIT)
            commit(connection)
            self.reached(AFTER_COMMIT)

        dialect.do_commit = committed

    def script(self) -> Script:
        """Return the script of a relay that tells before each reply; a kept mail is kept before."""
        return {phase: self._in_relay(phase) for phase in (*PHASES.values(), KEPT)}

    def _in_relay(self, phase: str) -> Callable[[], Awaitable[str]]:
        async def step() -> str:
            self.reached(RELAY + phase)
            return ""

        return step

    def _executing(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def executed(*arguments: Any, **options: Any) -> None:
            if self.fails:
                self.reached(STATEMENT)
            call(*arguments, **options)
            if not self.fails:
                self.reached(STATEMENT)

        return executed

    def _before(self, kind: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def told(*arguments: Any, **options: Any) -> Any:
            self.reached(kind)
            return call(*arguments, **options)

        return told

    def _making(self, opens: Callable[..., Any]) -> Callable[..., Any]:
        def opened(path: Any, flags: int, *arguments: Any, **options: Any) -> Any:
            if flags & MAKES and self._is_ours(path):
                self.reached("open to write")
            return opens(path, flags, *arguments, **options)

        return opened

    def _opening(self, opens: Callable[..., Any]) -> Callable[..., Any]:
        def opened(file: Any, mode: str = "r", *arguments: Any, **options: Any) -> Any:
            writes = set(mode) & set("wa+")
            if self._is_ours(file):
                self.reached("open to write" if writes else READS)
            made = opens(file, mode, *arguments, **options)
            return _Written(made, self) if writes and self.listener else made

        return opened

    def _is_ours(self, file: Any) -> bool:
        return isinstance(file, str | os.PathLike) and str(file).startswith(self.folder)


class _Written:
    """A file that tells before it is written; everything else is the file's own."""

    def __init__(self, file: Any, meter: Meter) -> None:
        self._file, self._meter = file, meter

    def write(self, content: Any) -> Any:
        try:
            self._meter.reached(WRITES)
        except Torn:
            self._file.write(content[: len(content) // 2])
            self._file.flush()
            raise
        return self._file.write(content)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> Self:
        self._file.__enter__()
        return self

    def __exit__(self, *error: object) -> Any:
        return self._file.__exit__(*error)


METER = Meter()
