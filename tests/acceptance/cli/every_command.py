"""Runs commands, each in a fork of this process, which stands in the surroundings of its start.

It is told its commands as JSON. It opens no file while they run, for the file would take the number
of a closed stream; when all have ended it writes to `ended.json` how each did, and what it printed.
"""

import atexit
import gc
import json
import os
import sys
from importlib import import_module
from itertools import pairwise
from pathlib import Path

from tests.acceptance.forking import modules, vanish

PRINTED = (Path("out"), Path("err"))  # both streams, where they are written at all


def main(commands: list[str]) -> None:
    """Import the product once and run every command, one after the other."""
    codes: list[int] = []
    atexit.register(vanish, codes)  # the first to be registered is the last to be called
    for name in modules():
        import_module(name)
    gc.collect()
    gc.freeze()  # or each fork would copy what its own collections pass over
    ended, sizes = [], [printed()]
    for command in commands:
        if not (pid := os.fork()):
            run(command, codes)
        ended.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
        sizes.append(printed())
    out, err = (path.read_bytes() if path.exists() else b"" for path in PRINTED)
    document = [
        {
            "code": code,
            "out": text(out[before[0] : after[0]]),
            "err": text(err[before[1] : after[1]]),
        }
        for code, (before, after) in zip(ended, pairwise(sizes), strict=True)
    ]
    Path("ended.json").write_text(json.dumps(document), encoding="ascii")
    atexit.unregister(vanish)


def run(command: str, codes: list[int]) -> None:
    """Be the command; how it ends is Python's own doing."""
    sys.argv[:] = ["looptijd", *command.split()]
    try:
        sys.exit(import_module("workflow.cli").main())
    except SystemExit as end:
        if isinstance(code := end.code or 0, int):
            codes.append(code)
        raise


def printed() -> list[int]:
    """Return how much was printed so far on each stream."""
    return [path.stat().st_size if path.exists() else 0 for path in PRINTED]


def text(content: bytes) -> str:
    """Return what was printed, in whatever encoding."""
    return content.decode(errors="replace")


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
