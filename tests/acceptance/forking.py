"""A Python that has imported the product once, and forks itself into each command it is asked for.

It runs as a script of its own, one for each pytest worker, and ends when the worker ends. A fork
gets the folder, the environment, the three streams and the words of the command, and goes on as the
process that it would have been: its exit code, its tracebacks and its last words are Python's own.
"""

import atexit
import gc
import json
import os
import pkgutil
import select
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import chdir, suppress
from fcntl import ioctl
from importlib import import_module
from io import BufferedReader, BufferedWriter, FileIO, TextIOWrapper
from pathlib import Path
from tempfile import TemporaryDirectory
from termios import TIOCSCTTY
from typing import Any

ENTRIES = {"looptijd": "workflow.cli", "looptijd-daemon": "scheduler"}
ROOMS = ("states", "notifications", "workflow")
LATER = ("scheduler", "psycopg", "sqlalchemy.dialects.sqlite", "sqlalchemy.dialects.postgresql")
# Alembic loads the migrations itself.
NOT_NOW = ("workflow.store.migrations",)
STDERR = 2
ROOT = Path(__file__).parents[2]
# What most commands go through, in the order of an agreement's life; each must end well.
USUAL = (
    "init",
    f"import {ROOT / 'examples' / 'verbindend-leiden.toml'}",
    "do SO-2017-0042 submit",
    "show SO-2017-0042",
    "list",
    "history SO-2017-0042",
    "simulate SO-2017-0042 --until 2099-01-01",
    "mail list",
    "report --output site",
    "export --csv",
    "verify",
)
LIMIT = 100_000  # bytes of one order


def main(number: int) -> None:
    """Import the product and serve; what comes back from serving is a fork with its order."""
    codes: list[int] = []
    atexit.register(vanish, codes)  # the first to be registered is the last to be called
    for name in modules():
        import_module(name)
    warm()
    gc.collect()
    gc.freeze()
    if order := serve(socket.socket(fileno=number)):
        become(order)
        try:
            sys.exit(import_module(ENTRIES[Path(sys.argv[0]).name]).main())
        except SystemExit as end:
            if isinstance(code := end.code or 0, int):
                codes.append(code)
            raise


def vanish(codes: list[int]) -> None:
    """Save Python from taking apart all that was imported, which takes as long as a command.

    Its threads have ended and its last functions were called. When its output can't be written, or
    no mere number was its end, Python goes on to say so.
    """
    with suppress(OSError):
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        for code in codes:
            os._exit(code)


def modules() -> Iterator[str]:
    """Yield the name of every module that a command may import."""
    yield from LATER
    for room in map(import_module, ROOMS):
        for found in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            if not found.name.startswith(NOT_NOW):
                yield found.name


def warm() -> None:
    """Run usual commands once, in a register that is gone then.

    What Python makes of patterns, SQLAlchemy of statements and Jinja of templates takes a third of
    a command's time, and is there then for each fork; all else is as it was.
    """
    streams, often = (sys.stdin, sys.stdout, sys.stderr), gc.get_threshold()
    sys.path.append(str(ROOT))
    import_module("tests.statements").compile_once()
    sys.path.pop()
    with TemporaryDirectory() as folder, chdir(folder), Path(os.devnull).open("r+") as nowhere:
        Path("looptijd.toml").write_text('language = "en"', encoding="ascii")
        Path("looptijd.toml").chmod(0o600)
        sys.stdin = sys.stdout = sys.stderr = nowhere
        for words in USUAL:
            sys.argv[:] = ["looptijd", *words.split()]
            import_module("workflow.cli").main()
    sys.stdin, sys.stdout, sys.stderr = streams
    gc.set_threshold(*often)
    del os.environ["LANGUAGE"]


# Serving -----------------------------------------------------------------------------------------


def serve(channel: socket.socket) -> dict[str, Any] | None:
    """Fork at each order, and tell how each fork ended; None when nobody orders any more."""
    woken, waking = os.pipe()
    os.set_blocking(waking, False)
    usual = signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(waking)
    asked: dict[int, int] = {}  # who wants to know how each fork ended
    watched: list[Any] = [channel, woken]
    while True:
        ready = select.select(watched, [], [])[0]
        if woken in ready:
            os.read(woken, LIMIT)
            tell(asked)
        if channel in ready:
            text, ends, _, _ = socket.recv_fds(channel, LIMIT, 4)
            if not text:
                return None
            *streams, reply = ends
            if pid := os.fork():
                asked[pid] = reply
                os.write(reply, pid.to_bytes(4))
                for stream in streams:
                    os.close(stream)
                continue
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, usual)
            channel.close()
            take(streams, also=(woken, waking, reply, *asked.values()))
            return dict(json.loads(text))


def tell(asked: dict[int, int]) -> None:
    """Tell of each fork that has ended how it ended."""
    for pid in list(asked):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            reply = asked.pop(pid)
            with suppress(OSError):  # nobody waits for it any more
                os.write(reply, status.to_bytes(4))
            os.close(reply)


def take(streams: list[int], also: tuple[int, ...]) -> None:
    """Make these the standard streams, and close what belongs to the server."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    for number in (*streams, *also):
        os.close(number)


# A fork ------------------------------------------------------------------------------------------


def become(order: dict[str, Any]) -> None:
    """Become the process that was ordered, as far as it is not so already."""
    if order["leads"]:
        lead()
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    time.tzset()
    sys.argv[:] = order["words"]
    for name in ("stdin", "stdout", "stderr"):
        stream = opened(getattr(sys, name))
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    if "AT" in os.environ:
        del sys.modules["sitecustomize"]
        import_module("sitecustomize")  # Python does so at its start: it moves the clock


def lead() -> None:
    """Begin a session; the terminal that is standard input is its own, and Ctrl-C interrupts."""
    os.setsid()
    if os.isatty(0):
        ioctl(0, TIOCSCTTY, 0)
        signal.signal(signal.SIGINT, signal.default_int_handler)


def opened(like: Any) -> Any:
    """Open a standard stream again, as Python does: whether it is a terminal may have changed."""
    number, mode, unbuffered = like.fileno(), like.mode, like.write_through
    raw: Any = FileIO(number, mode, closefd=False)
    raw.name = like.name
    if mode == "r":
        return TextIOWrapper(BufferedReader(raw), like.encoding, like.errors)
    stream: Any = TextIOWrapper(
        raw if unbuffered else BufferedWriter(raw),
        *(like.encoding, like.errors, "\n"),
        line_buffering=not unbuffered and (number == STDERR or os.isatty(number)),
        write_through=unbuffered,
    )
    stream.mode = mode
    return stream


if __name__ == "__main__":
    main(int(sys.argv[1]))
