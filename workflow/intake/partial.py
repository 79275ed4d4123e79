"""What can be said of facts of which some cannot be read: the others are judged all the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from states.model.facts import BadFacts, Problem, build

T = TypeVar("T")

ROUNDS = 5
# What stands in for a fact that is required and is not there; nothing is concluded from it.
STANDS_IN = {"ref": "x", "title": "x", "office": "x", "name": "x", "key": "x", "email": "x"}
GROUPS_STAND_IN = {
    "term": {"term.length": "P1Y"},
    "party": {"party.x.name": "x", "party.x.own": "true"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Readable(Generic[T]):
    """A value made of the facts that can be read, the paths of those that can't, and why."""

    value: T | None
    unread: frozenset[str]
    problems: list[Problem]

    def lacks(self, path: str) -> bool:
        """Tell whether a fact at or under this path could not be read."""
        return any(item == path or item.startswith(f"{path}.") for item in self.unread)


def readable(cls: type[T], facts: Mapping[str, str]) -> Readable[T]:
    """Return the value of `cls` that can be made; facts that can't be read are left out of it."""
    kept, unread, problems = dict(facts), set[str](), list[Problem]()
    for _ in range(ROUNDS):
        try:
            value = build(cls, kept)
        except BadFacts as error:
            problems = problems or error.problems
            for problem in error.problems:
                unread |= _left_out(kept, problem.path)
        else:
            return Readable(value=value, unread=frozenset(unread), problems=problems)
    return Readable(value=None, unread=frozenset(unread), problems=problems)


def _left_out(kept: dict[str, str], path: str) -> set[str]:
    """Take what is wrong out of the facts, or fill in what is missing; return the paths."""
    if under := _under(kept, path):
        for item in under:
            del kept[item]
        return {path, *under}
    stand_in = _stand_in(path)
    if stand_in:
        kept |= stand_in
        return {path}
    group = path.rpartition(".")[0]
    for item in (gone := _under(kept, group)):
        del kept[item]
    return {path, *gone}


def _under(kept: Mapping[str, str], path: str) -> list[str]:
    return [item for item in kept if item == path or item.startswith(f"{path}.")]


def _stand_in(path: str) -> dict[str, str]:
    last = path.rpartition(".")[2]
    return GROUPS_STAND_IN.get(path) or ({path: STANDS_IN[last]} if last in STANDS_IN else {})
