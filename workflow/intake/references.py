"""What ties agreements to offices, to each other and to parties; judged when all were read."""

from collections.abc import Collection, Iterator
from dataclasses import replace

from states.model.agreement import Agreement
from states.model.facts import Problem
from states.model.phrase import Phrase, say
from workflow.intake.files.records import FileProblem, Found
from workflow.intake.keys import pattern_of
from workflow.intake.similar_names import Names
from workflow.store import imports
from workflow.store.database import Transaction

OFFICES = frozenset({"office", "contribution.office", "obligation.OBLIGATION.office"})


class References:
    """Remembers what agreements name that is not known yet, and no agreement itself."""

    def __init__(self, connection: Transaction, offices: Collection[str]) -> None:
        """Begin with the register as it is, and the offices' keys, which grow with each file."""
        self.connection, self.offices = connection, offices
        self.registered_through = imports.latest(connection)
        self.seen: set[str] = set()
        self._unknown: list[tuple[str, FileProblem]] = []
        self._links: list[tuple[str, str]] = []
        self._names = Names()

    # While files are read ------------------------------------------------------------------------

    def meet(self, item: Found) -> Iterator[Problem]:
        """Yield the problem of a reference that was met before; remember offices not met yet."""
        if item.name and item.name in self.seen:
            wrong = say("{ref} stands in these files more than once.", ref=item.name)
            yield Problem(path="ref", problem=wrong, remedy=say("Keep one of them."))
        self.seen.add(item.name)
        for path, key in item.facts.items():
            if pattern_of(path) in OFFICES and key not in self.offices:
                wrong = say("there is no office “{key}”.", key=key)
                problem = Problem(path=path, problem=wrong, remedy=wrong)
                self._unknown.append((key, item.problem(problem)))

    def keep(self, agreement: Agreement) -> None:
        """Remember the parties of a new agreement, and those it follows or is followed by."""
        for party in agreement.party.values():
            self._names.add(party.name, agreement.ref)
        for other in (agreement.predecessor, agreement.successor):
            if other:
                self._links.append((agreement.ref, other))

    # When all were read --------------------------------------------------------------------------

    def problems(self) -> Iterator[FileProblem]:
        """Yield a problem for each office that is named and stands nowhere."""
        names = ", ".join(self.offices)
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
        for ref, name, other in self._names.resembling(registered):
            alike = say("“{name}” is probably the same party as “{other}”.", name=name, other=other)
            yield ref, alike
