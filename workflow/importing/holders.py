"""Offices from a spreadsheet: rows with one key are the holders of one office."""

from collections.abc import Iterator, Mapping

from states.facts import Problem
from states.phrase import say
from workflow.importing.found import Found

HOLDER = "holder."
OF_THE_OFFICE = ("name", "fallback")


class Holders:
    """Collects the rows of a file; the offices are known when all of it was read."""

    def __init__(self, file: str) -> None:
        """Begin empty."""
        self.file = file
        self._facts: dict[str, dict[str, str]] = {}
        self._lines: dict[str, dict[str, int]] = {}
        self._holders: dict[str, int] = {}

    def add(self, facts: Mapping[str, str], line: int) -> list[Problem]:
        """Keep a row; return what contradicts an earlier row of the same office."""
        key = facts.get("key", "")
        known = self._facts.setdefault(key, {"key": key} if key else {})
        lines = self._lines.setdefault(key, {"": line})
        problems = [
            _other(name, known[name])
            for name in OF_THE_OFFICE
            if name in facts and known.get(name, facts[name]) != facts[name]
        ]
        if any(path.startswith(HOLDER) for path in facts):
            self._holders[key] = self._holders.get(key, 0) + 1
        for path, text in facts.items():
            named = path.replace(HOLDER, f"{HOLDER}{self._holders.get(key)}.")
            known.setdefault(named, text)
            lines.setdefault(named, line)
        return problems

    def offices(self) -> Iterator[Found]:
        """Yield each office with its holders."""
        for key, facts in self._facts.items():
            lines = self._lines[key]
            yield Found(file=self.file, name=key, facts=facts, lines=lines, is_office=True)


def _other(name: str, known: str) -> Problem:
    return Problem(
        path=name,
        problem=say("an earlier row of this office says “{value}”.", value=known),
        remedy=say("Write the same, or leave the cell empty."),
    )
