"""Which decision and which evaluations stand for the term that runs, however its end moves."""

from collections.abc import Iterator
from datetime import date

from msgspec.structs import replace

from states.dates.term_dates import day_of, due_of, end_of, ends_that_moved, moment_of, term_of
from states.model.agreement import Agreement, ContinuationDecision, Evaluation
from states.model.arithmetic import minus
from states.model.fact_types import Key
from states.model.memo import remembered
from states.model.stage import Continuation


@remembered
def decision_of(agreement: Agreement) -> tuple[date, ContinuationDecision] | None:
    """Return what was decided about the time after this term, with the last day it had then."""
    if not agreement.continuation:
        return None
    mine, ends = term_of(agreement), list(_ends(agreement))
    return next(
        (
            (day, item)
            for day, item in agreement.continuation.items()
            if item.taken_for == mine or (item.taken_for is None and day in ends)
        ),
        None,
    )


def is_continued(agreement: Agreement) -> bool:
    """Tell whether it was decided to go on in another agreement after this term."""
    decided = decision_of(agreement)
    return decided is not None and decided[1].outcome is Continuation.CONTINUE


def _ends(agreement: Agreement) -> Iterator[date | None]:
    """Yield the ends of this term; release 0.1.0 wrote down for which of them it was decided."""
    yield day_of(end_of(agreement))
    yield from (end.day for end in ends_that_moved(agreement))


def extended_on(agreement: Agreement) -> date | None:
    """Return the day on which it was decided to extend this term, whatever its length is by now."""
    if decided := decision_of(agreement):
        return decided[1].on
    number = term_of(agreement).partition(" ")[0]
    extended = (
        item.on
        for item in agreement.continuation.values()
        if item.outcome is Continuation.EXTEND
        and item.taken_for
        and item.taken_for.partition(" ")[0] == number
    )
    return next(extended, None)


def carried(before: Agreement, after: Agreement) -> Agreement:
    """Let what stands before stand after: it was taken for the term as it is agreed then."""
    continuation, decided = after.continuation, decision_of(before)
    if decided and decided[0] in continuation:
        day, item = decided
        continuation = {**continuation, day: replace(item, taken_for=term_of(after))}
    evaluations = {
        key: _carried(before, after, key, item) if key in before.evaluation else item
        for key, item in after.evaluation.items()
    }
    return replace(after, continuation=continuation, evaluation=evaluations)


def _carried(before: Agreement, after: Agreement, key: Key, item: Evaluation) -> Evaluation:
    day = day_of(due_of(before, before.evaluation[key]))
    if day is None or day not in item.held:
        return item
    held = replace(item.held[day], taken_for=moment_of(after, item))
    return replace(item, held={**item.held, day: held})


def still_begun(old: Agreement, new: Agreement) -> Agreement:
    """Let what an operator began ahead of its date stay begun where that date moves in its term.

    The decision stays so while what was agreed of the end is the same.
    """
    if len(old.extension) != len(new.extension):
        return new
    evaluations = {
        key: _still_begun(old, new, key, item) if item.started_for else item
        for key, item in new.evaluation.items()
    }
    begun, end = new.decision_started_for, day_of(end_of(new))
    is_same = begun in {*_ends(old), *_ends(new)} and term_of(old) == term_of(new)
    begun = end if begun and end and is_same else begun
    return replace(new, evaluation=evaluations, decision_started_for=begun)


def _still_begun(old: Agreement, new: Agreement, key: Key, item: Evaluation) -> Evaluation:
    due, was = day_of(due_of(new, item)), old.evaluation.get(key)
    begun_for = {day_of(due_of(old, was))} if was else set()
    if item.before_end is not None:
        begun_for |= {minus(end.day, item.before_end) for end in ends_that_moved(new)}
    if due is None or item.started_for in item.held or item.started_for not in begun_for:
        return item
    return replace(item, started_for=due)
