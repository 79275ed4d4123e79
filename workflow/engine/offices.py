"""Offices: portfolios with holders, resolved on the day of sending, with their fallbacks."""

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import pairwise

from msgspec import Struct

from states.model.agreement import Agreement
from states.model.arithmetic import DAY
from states.model.fact_types import Key, Line, PrivateText
from states.model.facts import Problem
from states.model.phrase import say


class Holder(Struct, frozen=True, kw_only=True):
    """Who holds an office, from a day up to and including another; personal, so behind tokens."""

    name: PrivateText
    email: PrivateText
    starts: date
    until: date | None = None

    def holds_on(self, day: date) -> bool:
        """Tell whether this person holds the office on a day."""
        return self.starts <= day and (self.until is None or day <= self.until)


class Office(Struct, frozen=True, kw_only=True):
    """A portfolio or a bureau; `fallback` is asked when nobody holds it or the address refuses."""

    key: Key
    name: Line
    fallback: Key | None = None
    holder: Mapping[int, Holder] = {}

    def holder_on(self, day: date) -> Holder | None:
        """Return who holds the office on a day, or None."""
        return next((holder for holder in self.holder.values() if holder.holds_on(day)), None)

    @property
    def in_turn(self) -> list[Holder]:
        """Return who holds the office, the earliest first."""
        return sorted(self.holder.values(), key=lambda holder: holder.starts)


Offices = Mapping[str, Office]


def chain(offices: Offices, key: str) -> Iterator[Office]:
    """Yield an office and its fallbacks, each once; a circle ends it."""
    seen: set[str] = set()
    while key in offices and key not in seen:
        seen.add(key)
        yield offices[key]
        key = offices[key].fallback or ""


def resolve(offices: Offices, key: str, day: date) -> tuple[Office, Holder] | None:
    """Return the first office in the chain that somebody holds on a day, and who that is."""
    for office in chain(offices, key):
        holder = office.holder_on(day)
        if holder:
            return office, holder
    return None


def first_gap(offices: Offices, key: str, begin: date, through: date) -> date | None:
    """Return the first day on which nobody is reached through an office, fallbacks included.

    Only the day after somebody's last day can begin a gap, so no other day is looked at.
    """
    ends = {
        holder.until + DAY
        for office in chain(offices, key)
        for holder in office.holder.values()
        if holder.until
    }
    days = sorted({begin, *(day for day in ends if begin < day <= through)})
    return next((day for day in days if resolve(offices, key, day) is None), None)


OFFICE_FACTS = frozenset({"office", "contribution.office", "obligation.OBLIGATION.office"})
"""The facts that name an office, as patterns."""


def offices_of(agreement: Agreement) -> list[str]:
    """Return the offices that mail about an agreement goes to, each once."""
    finance = agreement.contribution.office if agreement.contribution else None
    acting = (owed.office for owed in agreement.obligation.values())
    return list(dict.fromkeys(filter(None, (agreement.office, finance, *acting))))


def problems(offices: Offices) -> Iterator[Problem]:
    """Yield what is impossible about a set of offices: overlaps, unknown fallbacks, circles."""
    for office in offices.values():
        yield from _overlaps(office)
        yield from _fallback(offices, office)


def _overlaps(office: Office) -> Iterator[Problem]:
    for earlier, later in pairwise(office.in_turn):
        if earlier.until is None or earlier.until >= later.starts:
            yield Problem(
                path=f"office.{office.key}.holder",
                problem=say(
                    "two holders overlap: one ends {until}, the next begins {begins}.",
                    until=earlier.until or say("never"),
                    begins=later.starts,
                ),
                remedy=say("Give the earlier one an `until` before the day the next begins."),
            )
    for holder in office.in_turn:
        if holder.until and holder.until < holder.starts:
            wrong = say("a holder's last day {until} lies before the first.", until=holder.until)
            path = f"office.{office.key}.holder"
            yield Problem(path=path, problem=wrong, remedy=say("Correct `from` or `until`."))


def _fallback(offices: Offices, office: Office) -> Iterator[Problem]:
    path = f"office.{office.key}.fallback"
    if office.fallback and office.fallback not in offices:
        wrong = say("there is no office “{key}”.", key=office.fallback)
        yield Problem(path=path, problem=wrong, remedy=say("Import that office too, or first."))
    last = list(chain(offices, office.key))[-1]
    if last.fallback and last.fallback in offices:
        wrong = say("the fallbacks run in a circle.")
        yield Problem(path=path, problem=wrong, remedy=say("Let the last office have none."))
