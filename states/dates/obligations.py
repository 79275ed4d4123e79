"""What a party owes besides money (afspraken): once, or in turns that follow by a period (R9)."""

from collections.abc import Iterator
from datetime import date
from itertools import dropwhile

from msgspec import Struct

from states.dates.instalments import is_void
from states.dates.recurrence import Recurrence
from states.dates.tacit_renewal import renewed, renews, term_named
from states.dates.term_dates import day_of, end_of, in_force_from, natural_end_of, start_of
from states.dates.term_decisions import extended_on
from states.model.agreement import Agreement, Fulfilment, Obligation
from states.model.arithmetic import DAY, Dated, after, before, given
from states.model.disputes import disputed
from states.model.fact_types import Key
from states.model.period import Period
from states.model.phrase import say
from states.model.stage import Closed, Unknown

AGREED_DATE = say("It was agreed for {day}.")
FOLLOWING = say("{period} after {origin} is {day} (R9).")
NO_DATE = Unknown(
    say("the date of this obligation is not known; {action} sets it", action=say("amend"))
)
NOTHING = Fulfilment()
A_TERM = 100  # the numbers of a term, for turns that recur before its end: no more are taken


class Turn(Struct, frozen=True, kw_only=True):
    """One time that an obligation is due as it follows from the facts."""

    key: Key
    number: int
    owed: Obligation
    due: Dated | Unknown
    facts: Fulfilment
    closed: Closed | None

    @property
    def about(self) -> str:
        """Return its name: the key, with the number where it recurs."""
        return f"{self.key}.{self.number}" if self.owed.every else self.key

    @property
    def what(self) -> str:
        """Return what is owed; of one that recurs with its number and year."""
        year = f", {self.due.day.year}" if isinstance(self.due, Dated) else ""
        return f"{self.owed.what} (nr. {self.number}{year})" if self.owed.every else self.owed.what


def turn_of(about: str) -> tuple[Key, str]:
    """Return the key in the name of a turn, and its number where it has one: `report.2`."""
    key, _, number = about.partition(".")
    return Key(key), number


def turns(agreement: Agreement, horizon: date) -> Iterator[Turn]:
    """Yield the turns of every obligation; of those without an end the ones due up to a horizon."""
    for key in agreement.obligation:
        yield from turns_of(agreement, key, horizon)


def turns_of(agreement: Agreement, key: Key, horizon: date) -> Iterator[Turn]:
    """Yield the turns of one obligation in order; without an end, up to a horizon."""
    owed = agreement.obligation[key]
    # By the end something is owed in each term: the earlier ones have taken their numbers.
    taken = 0 if owed.before_end is None else len(agreement.extension) * _of_a_term(owed)
    for counted, due in _numbered(agreement, key, owed, horizon):
        number = counted + taken
        facts = owed.fulfilment.get(number, NOTHING)
        yield Turn(
            key=key,
            number=number,
            owed=owed,
            due=due,
            facts=facts,
            closed=_closed(agreement, facts, due),
        )


def turns_before(agreement: Agreement, key: Key) -> list[Turn]:
    """Return the turns counted back from an end that were due when this term took its place.

    It did so when that end had passed, or earlier: by an extension, or by notice for a later day.
    What has no date while a fact is disputed may have been due.
    """
    last = max(agreement.extension, default=0)
    if agreement.obligation[key].before_end is None or not last:
        return []
    before_it = _ran_before(agreement, last)
    end, ended = end_of(before_it), agreement.termination
    if isinstance(end, Unknown):
        return [*turns_of(before_it, key, date.max)]
    days = (end.day + DAY, extended_on(before_it), ended.on if ended else None)
    gone = min(filter(None, days))
    found = turns_of(before_it, key, end.day)
    return [turn for turn in found if isinstance(turn.due, Unknown) or turn.due.day < gone]


def _ran_before(agreement: Agreement, last: int) -> Agreement:
    """Return the term before this one; of several renewals that notice brought, before them all."""
    ended = agreement.termination
    before_it = term_named(agreement, str(last - 1))
    for number in reversed(range(last - 1)):
        earlier = term_named(agreement, str(number))
        end = natural_end_of(earlier)
        if ended is None or isinstance(end, Unknown) or end.day < ended.on:
            break
        before_it = earlier
    return before_it


def turns_of_earlier_terms(agreement: Agreement) -> Iterator[Turn]:
    """Yield what was owed by the end of an earlier term: what was settled, or is left since."""
    for key, owed in agreement.obligation.items():
        if owed.before_end is not None:
            left = (turn for turn in turns_before(agreement, key) if turn.closed is None)
            found = [*_settled_in_earlier_terms(agreement, key), *left]
            yield from sorted(found, key=lambda turn: turn.number)


def _settled_in_earlier_terms(agreement: Agreement, key: Key) -> Iterator[Turn]:
    owed, last = agreement.obligation[key], max(agreement.extension, default=0)
    numbers = {(number - 1) // _of_a_term(owed) for number in owed.fulfilment}
    for number in numbers & {*range(last)}:
        term = term_named(agreement, str(number))
        end = end_of(term)
        every = turns_of(term, key, end.day) if isinstance(end, Dated) else ()
        yield from (turn for turn in every if turn.facts.on or turn.facts.waived_on)


def _closed(agreement: Agreement, facts: Fulfilment, due: Dated | Unknown) -> Closed | None:
    if facts.on:
        return Closed.FULFILLED
    if facts.waived_on:
        return Closed.WAIVED
    return Closed.ENDED if is_void(agreement, day_of(due)) else None


def _of_a_term(owed: Obligation) -> int:
    """Return how many numbers a term takes of what is counted back from its end."""
    return A_TERM if owed.every else 1


def _numbered(
    agreement: Agreement, key: Key, owed: Obligation, horizon: date
) -> Iterator[tuple[int, Dated | Unknown]]:
    """Yield the number and date of each turn; those that recur are owed while it is in force."""
    first = first_due(agreement, key)
    begins = in_force_from(agreement) if owed.every else first
    if isinstance(first, Unknown) or isinstance(begins, Unknown) or owed.every is None:
        yield 1, first if isinstance(first, Unknown) else begins
        return
    recurs = Recurrence(
        anchor=first.anchor or first if owed.after_start else first,
        every=owed.every,
        offset=owed.after_start or Period(),
        from_start=owed.after_start is not None,
        following=FOLLOWING.text,
    )
    through = end_of(agreement) if owed.before_end else _in_force_through(agreement)
    dues = recurs.numbered(through, horizon, max(owed.fulfilment, default=0))
    yield from dropwhile(lambda item: item[1].day < begins.day, dues)


def _in_force_through(agreement: Agreement) -> Dated | Unknown:
    """Return the last day by which turns are counted: of the coming term where it renews tacitly.

    What falls after a termination is listed as dropped.
    """
    comes = agreement.term.renewal_length and renews(agreement)
    return natural_end_of(renewed(agreement) if comes else agreement)


def first_due(agreement: Agreement, key: Key) -> Dated | Unknown:
    """Return the first date of an obligation, or the only one."""
    owed = agreement.obligation[key]
    fields = ("on", "after_start", "before_end", "every")
    if unsure := disputed(agreement, *(f"obligation.{key}.{name}" for name in fields)):
        return unsure
    if owed.on:
        return given(owed.on, AGREED_DATE)
    if owed.after_start is not None:
        start = start_of(agreement)
        return start if isinstance(start, Unknown) else after(start, owed.after_start)
    if owed.before_end is not None:
        end = end_of(agreement)
        return end if isinstance(end, Unknown) else before(end, owed.before_end)
    return NO_DATE
