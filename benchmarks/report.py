"""What was measured, as tables in Markdown, and the places in docs/performance.md they go to."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from benchmarks.measuring import Spread, Table, Target

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
UNITS = ((1e-6, "ns", 1e9), (1e-3, "µs", 1e6), (1.0, "ms", 1e3), (float("inf"), "s", 1.0))


def markdown(tables: Iterable[Table]) -> str:
    """Return tables as Markdown."""
    return "\n\n".join(part for table in tables for part in _parts(table))


def _parts(table: Table) -> Iterator[str]:
    yield f"**{table.title}**"
    yield "\n".join(_times(table))
    if table.targets:
        yield "\n".join(_targets(table))
    if table.notes:
        yield "\n".join(f"- {note}" for note in table.notes)


def _times(table: Table) -> Iterator[str]:
    yield f"| | {table.unit} | from – to |"
    yield "|---|---|---|"
    for name, figures in table.times.items():
        spread = Spread.over(figures)
        yield f"| {name} | {duration(spread.middle)} | {_range(spread)} |"


def _range(spread: Spread) -> str:
    return f"{duration(spread.low)} – {duration(spread.high)}"


def _targets(table: Table) -> Iterator[str]:
    yield "| | times as fast | from – to | wanted | |"
    yield "|---|---|---|---|---|"
    for target in table.targets:
        ratio = table.times_as_fast(target)
        yield (
            f"| {target.contender} beside {target.beside} | **{factor(ratio.middle)}**"
            f" | {factor(ratio.low)} – {factor(ratio.high)} | ≥ {factor(target.at_least)}"
            f" | {_judged(ratio, target)} |"
        )


def _judged(ratio: Spread, target: Target) -> str:
    return "met" if ratio.middle >= target.at_least else "**missed**"


def duration(seconds: float) -> str:
    """Return seconds in the unit that suits them, in three digits."""
    unit, times = next((unit, times) for most, unit, times in UNITS if seconds < most)
    return f"{_three_digits(seconds * times)} {unit}"


def factor(number: float) -> str:
    """Return a ratio in three digits."""
    return _three_digits(number)


def _three_digits(number: float) -> str:
    decimals = 2 if number < 10 else 1 if number < 100 else 0  # noqa: PLR2004 - of three digits
    return f"{number:,.{decimals}f}"


def put(page: str, name: str, measured: str) -> str:
    """Return the page with what was measured between the marks of its benchmark."""
    begin, end = f"<!-- measured: {name} -->", f"<!-- end: {name} -->"
    marked = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if not marked.search(page):
        raise ValueError(f"docs/performance.md has no place for {name}: {begin} … {end}")
    return marked.sub(lambda _: f"{begin}\n\n{measured}\n\n{end}", page)
