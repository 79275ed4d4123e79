"""What ties agreements to offices, to each other and to parties; judged when all were read."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from difflib import SequenceMatcher
from functools import lru_cache

from msgspec.structs import replace

from notifications.typed import unaccented
from states.model.agreement import Agreement
from states.model.facts import Problem
from states.model.phrase import Phrase, say
from workflow.engine.offices import OFFICE_FACTS
from workflow.intake.files.records import FileProblem, Found
from workflow.intake.keys import pattern_of
from workflow.store import imports
from workflow.store.database import Transaction


class References:
    """Remembers what agreements name that is not known yet, and no agreement itself."""

    def __init__(self, connection: Transaction, offices: Collection[str]) -> None:
        """Begin with the register as it is, and the offices' keys, which grow with each file."""
        self.connection, self.offices = connection, offices
        self.registered_through = imports.latest(connection)
        self.seen: set[str] = set()
        self._unknown: list[tuple[str, FileProblem]] = []
        self._links: list[tuple[str, str]] = []
        self._names: dict[str, str] = {}

    # While files are read ------------------------------------------------------------------------

    def meet(self, item: Found) -> Iterator[Problem]:
        """Yield the problem of a reference that was met before; remember offices not met yet."""
        if item.name and item.name in self.seen:
            wrong = say("{ref} stands in these files more than once.", ref=item.name)
            yield Problem(path="ref", problem=wrong, remedy=say("Keep one of them."))
        self.seen.add(item.name)
        for path, key in item.facts.items():
            if pattern_of(path) in OFFICE_FACTS and key not in self.offices:
                wrong = say("there is no office “{key}”.", key=key)
                problem = Problem(path=path, problem=wrong, remedy=wrong)
                self._unknown.append((key, item.problem(problem)))

    def keep(self, agreement: Agreement) -> None:
        """Remember the parties of a new agreement, and those it follows or is followed by."""
        for party in agreement.party.values():
            self._names.setdefault(party.name, agreement.ref)
        for other in (agreement.predecessor, agreement.successor):
            if other:
                self._links.append((agreement.ref, other))

    # When all were read --------------------------------------------------------------------------

    def problems(self) -> Iterator[FileProblem]:
        """Yield a problem for each office that is named and stands nowhere."""
        names = ", ".join(self.offices)
        remedy = say("Import the offices first, or with this file.")
        if names:
            remedy = say("Add an [[office]], or name one of: {names}.", names=names)
        for key, problem in self._unknown:
            if key not in self.offices:
                yield replace(problem, remedy=remedy)

    def warnings(self) -> Iterator[tuple[str, Phrase]]:
        """Yield what is suspect: links to nothing, and names that are probably one party's."""
        others = {other for _, other in self._links} - self.seen
        missing = others - imports.known_among(self.connection, others)
        for ref, other in self._links:
            if other in missing:
                sentence = say(
                    "It names {other}, which is neither registered nor in these files.", other=other
                )
                yield ref, sentence
        registered = imports.party_names(self.connection, self.registered_through)
        for ref, name, other in resembling(self._names, registered):
            alike = say("“{name}” is probably the same party as “{other}”.", name=name, other=other)
            yield ref, alike


# Names that are probably one party, written in two ways ------------------------------------------

ALIKE = 0.9
NEIGHBOURS = 8
MOST_COMPARED = 20_000  # of more names that are new, only those equal but for their spelling
WORDS = {"gem": "gemeente", "prov": "provincie"}


@lru_cache(maxsize=4096)
def in_one_spelling(name: str) -> str:
    """Return a name without case, accents and punctuation, and without abbreviations."""
    return " ".join(WORDS.get(word, word) for word in re.findall(r"\w+", unaccented(name)))


def resembling(
    named: Mapping[str, str], registered: Iterable[str]
) -> Iterator[tuple[str, str, str]]:
    """Yield (reference, name, other name) once for each pair, one of which is new.

    `named` has the names in the files, each with the first agreement that has it.
    """
    known = set(registered) if named else set()
    new = {name: ref for name, ref in named.items() if name not in known}
    if not new:
        return
    spelt: dict[str, str] = {in_one_spelling(name): name for name in known}
    fresh: dict[str, str] = {}
    for name, ref in new.items():
        other = spelt.setdefault(in_one_spelling(name), name)
        if other is name:
            fresh[in_one_spelling(name)] = ref
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
    """Tell whether two such names are nearly the same; other numbers are other names."""
    if re.findall(r"\d+", one) != re.findall(r"\d+", other):
        return False
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return (
        matcher.real_quick_ratio() >= ALIKE
        and matcher.quick_ratio() >= ALIKE
        and matcher.ratio() >= ALIKE
    )
