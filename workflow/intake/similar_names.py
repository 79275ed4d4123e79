"""Names that are probably one party, written in two ways; found without comparing all with all."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from functools import lru_cache

ALIKE = 0.9
NEIGHBOURS = 8
MOST_COMPARED = 20_000  # of more names that are new, only those equal but for their spelling
WORDS = {"gem": "gemeente", "prov": "provincie"}


@lru_cache(maxsize=4096)
def plain(name: str) -> str:
    """Return a name without case, accents and punctuation, and without abbreviations."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(WORDS.get(word, word) for word in re.findall(r"\w+", bare))


class Names:
    """The names of parties in the files, each with the first agreement that has it."""

    def __init__(self) -> None:
        """Begin empty."""
        self.first: dict[str, str] = {}

    def add(self, name: str, ref: str) -> None:
        """Keep a name."""
        self.first.setdefault(name, ref)

    def resembling(self, registered: Iterable[str]) -> Iterator[tuple[str, str, str]]:
        """Yield (reference, name, other name) once for each pair, one of which is new."""
        known = set(registered) if self.first else set()
        new = {name: ref for name, ref in self.first.items() if name not in known}
        if not new:
            return
        spelt: dict[str, str] = {plain(name): name for name in known}
        fresh: dict[str, str] = {}
        for name, ref in new.items():
            other = spelt.setdefault(plain(name), name)
            if other is name:
                fresh[plain(name)] = ref
            else:
                yield ref, name, other
        if len(fresh) <= MOST_COMPARED:
            for pair in _alike(sorted(spelt), fresh):
                one, other = pair if pair[0] in fresh else pair[::-1]
                yield fresh[one], spelt[one], spelt[other]


def _alike(names: list[str], fresh: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield pairs that are nearly the same: near each other in order, read forwards or backwards.

    Two names that differ in a letter share what stands before it or what stands behind it, so they
    are neighbours in one of the two orders.
    """
    seen: set[tuple[str, str]] = set()
    for order in (names, sorted(names, key=lambda name: name[::-1])):
        for index, one in enumerate(order):
            for other in order[index + 1 : index + 1 + NEIGHBOURS]:
                pair = (one, other) if one < other else (other, one)
                if (one in fresh or other in fresh) and pair not in seen and _is_alike(*pair):
                    seen.add(pair)
                    yield pair


def _is_alike(one: str, other: str) -> bool:
    """Tell whether two plain names are nearly the same; other numbers are other names."""
    if re.findall(r"\d+", one) != re.findall(r"\d+", other):
        return False
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return (
        matcher.real_quick_ratio() >= ALIKE
        and matcher.quick_ratio() >= ALIKE
        and matcher.ratio() >= ALIKE
    )
