"""What was measured, as tables in Markdown, and the places in docs/performance.md they go to."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from benchmarks.measuring import Limit, Spread, Table, Target
from benchmarks.words import factor

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"


def markdown(tables: Iterable[Table]) -> str:
    """Return tables as Markdown."""
    return "\n\n".join(part for table in tables for part in _parts(table))


def _parts(table: Table) -> Iterator[str]:
    yield f"**{table.title}**"
    if table.times:
        yield "\n".join(_times(table))
    if table.targets:
        yield "\n".join(_targets(table))
    if table.facts:
        yield "\n".join(_facts(table))
    if table.notes:
        yield "\n".join(f"- {note}" for note in table.notes)


def _times(table: Table) -> Iterator[str]:
    yield f"| | {table.unit} | from – to |"
    yield "|---|---|---|"
    for name, figures in table.times.items():
        spread = Spread.over(figures)
        low, middle, high = map(table.shown, (spread.low, spread.middle, spread.high))
        yield f"| {name} | {middle} | {low} – {high} |"


def _targets(table: Table) -> Iterator[str]:
    yield "| | reached | from – to | wanted | |"
    yield "|---|---|---|---|---|"
    for target in table.targets:
        reached = target.reached(table.times)
        yield (
            f"| {target.contender} beside {target.beside}"
            f" | **{factor(reached.middle)}** {target.words}"
            f" | {factor(reached.low)} – {factor(reached.high)} | {_wanted(target)}"
            f" | {'met' if target.is_met(reached) else '**missed**'} |"
        )


def _wanted(target: Target | Limit) -> str:
    if isinstance(target, Target):
        return f"≥ {factor(target.at_least)}"
    return f"≤ {factor(target.at_most)}"


def _facts(table: Table) -> Iterator[str]:
    yield "| | |"
    yield "|---|---|"
    yield from (f"| {name} | {words} |" for name, words in table.facts.items())


def put(page: str, name: str, measured: str) -> str:
    """Return the page with what was measured between the marks of its benchmark."""
    begin, end = f"<!-- measured: {name} -->", f"<!-- end: {name} -->"
    marked = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if not marked.search(page):
        raise ValueError(f"docs/performance.md has no place for {name}: {begin} … {end}")
    return marked.sub(lambda _: f"{begin}\n\n{measured}\n\n{end}", page)
