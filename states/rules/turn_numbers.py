"""The numbers of what was fulfilled or waived: no change of facts gives them to other times."""

from states.dates.obligations import A_TERM, first_due
from states.dates.term_dates import day_of
from states.model.agreement import Agreement, Obligation
from states.model.arithmetic import minus, plus
from states.model.fact_types import Key
from states.model.phrase import Phrase, say
from states.rules.action import Request
from states.rules.amendment import amended


def renumbered(before: Agreement, after: Agreement) -> tuple[Obligation, int] | None:
    """Return what was settled by a number that has the day of another time after a change.

    By another period every number but the first has; where the first day moves by a period or more
    all have. What is owed then would seem fulfilled.
    """
    for key in [key for key in before.obligation if key in after.obligation]:
        owed, then = before.obligation[key], after.obligation[key]
        numbers = owed.fulfilment.keys() & then.fulfilment.keys()
        if numbers and _is_renumbered(owed, then, max(numbers)):
            return owed, max(numbers)
        if numbers and _begins_elsewhere(before, after, key):
            return owed, max(numbers)
    return None


def _is_renumbered(owed: Obligation, then: Obligation, number: int) -> bool:
    is_first = number == 1 or (owed.before_end is not None and number % A_TERM == 1)
    return None not in {owed.every, then.every} and owed.every != then.every and not is_first


def _begins_elsewhere(before: Agreement, after: Agreement, key: Key) -> bool:
    """Tell whether the first day, as it was agreed, moves by a period of before or more."""
    owed, then = before.obligation[key], after.obligation[key]
    was, will = day_of(first_due(before, key)), day_of(first_due(after, key))
    is_same = _first_day(owed) == _first_day(then)
    if is_same or not (owed.every and then.every and was and will):
        return False
    return not minus(was, owed.every) < will < plus(was, owed.every)


def _first_day(owed: Obligation) -> tuple[object, ...]:
    return owed.on, owed.after_start, owed.before_end


def gives_numbers_to_other_times(agreement: Agreement, request: Request) -> Phrase | None:
    """Object to an amendment by which something would seem fulfilled that is not."""
    is_named = any(path.startswith("obligation.") for path in request.facts)
    if request.get("correction") or not is_named:
        return None
    found = renumbered(agreement, amended(agreement, request.facts))
    if found is None:
        return None
    owed, number = found
    return say(
        "Number {number} of “{what}” was fulfilled or waived; by another period or first day that"
        " number has another day. Enter what is owed from now on as another obligation, and waive"
        " the rest of this one. If it was a mistake from the beginning: {key}=yes.",
        number=number,
        what=owed.what,
        key=say("correction"),
    )
