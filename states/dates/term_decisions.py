"""Which decision and which evaluations stand for the term that runs, however its end moves."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from states.dates.term_dates import day_of, due_of, end_of, ends_that_moved, moment_of, term_of
from states.model.agreement import Agreement, ContinuationDecision, Evaluation
from states.model.fact_types import Key
from states.model.memo import remembered


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


def _ends(agreement: Agreement) -> Iterator[date | None]:
    """Yield the ends of this term; release 0.1.0 wrote down for which of them it was decided."""
    yield day_of(end_of(agreement))
    yield from (end.day for end in ends_that_moved(agreement))


def carried(before: Agreement, after: Agreement) -> Agreement:
    """Let what stands before stand after: it was taken for the term as it is agreed then."""
    continuation, decided = after.continuation, decision_of(before)
    if decided and decided[0] in continuation:
        day, item = decided
        continuation = {**continuation, day: replace(item, taken_for=term_of(after))}
    return replace(after, continuation=continuation, evaluation=_evaluations(before, after))


def _evaluations(before: Agreement, after: Agreement) -> Mapping[Key, Evaluation]:
    return {
        key: _carried(before, after, key, item) if key in before.evaluation else item
        for key, item in after.evaluation.items()
    }


def _carried(before: Agreement, after: Agreement, key: Key, item: Evaluation) -> Evaluation:
    day = day_of(due_of(before, before.evaluation[key]))
    if day is None or day not in item.held:
        return item
    held = replace(item.held[day], taken_for=moment_of(after, item))
    return replace(item, held={**item.held, day: held})
