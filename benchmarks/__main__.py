"""`python -m benchmarks [--quick] [NAME …]`: measure, print, and write docs/performance.md.

With --quick, in seconds and with too little to mean anything, nothing is written.
"""

import argparse
import importlib
import sys
import time
from collections.abc import Callable, Iterable

from benchmarks.measuring import Absent, Size, Table
from benchmarks.report import PAGE, markdown, put

# In the order of docs/performance.md; each module has `measure`.
BENCHMARKS = (
    *("firing", "firing_postgresql", "planning", "acting", "waiting"),
    *("starting", "reading", "importing"),
    *("idling", "mail", "simulating", "keeping"),
)
NAMED = ("scale",)  # run when named only: it takes long

Measure = Callable[[Size], Iterable[Table]]


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmarks that are named, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smoke test of seconds")
    parser.add_argument("--rounds", type=int, default=7, help="how often each takes its turn")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS + NAMED))
    chosen = parser.parse_args(arguments)
    size = Size(quick=chosen.quick, rounds=1 if chosen.quick else chosen.rounds)
    for name in chosen.names or BENCHMARKS:
        _run(name, size)
    return 0


def _run(name: str, size: Size) -> None:
    began = time.monotonic()
    measure: Measure = importlib.import_module(f"benchmarks.{name}").measure
    try:
        measured = markdown(measure(size))
    except Absent as absent:
        sys.stdout.write(f"## {name}: not measured: {absent}\n\n")
        return
    sys.stdout.write(f"## {name} ({time.monotonic() - began:.0f} s)\n\n{measured}\n\n")
    sys.stdout.flush()
    if not size.quick:
        PAGE.write_text(put(PAGE.read_text(encoding="utf-8"), name, measured), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
