"""How a date stands that is none of the agreement's any more: that of a term before, or another."""

from collections.abc import Iterator
from datetime import date

from states.dates.obligations import Turn, turns_of_earlier_terms
from states.dates.tacit_renewal import notice_date, renews, term_named
from states.dates.term_dates import day_of
from states.model.agreement import Agreement
from states.model.fact_types import Key
from states.model.memo import last_remembered
from states.model.stage import Deadline, Rule
from workflow.engine.standing import DeadlineState


def owed_in_earlier_terms(
    agreement: Agreement, today: date
) -> Iterator[tuple[Turn, DeadlineState]]:
    """Yield what was owed by the end of an earlier term as it stands; what that left has passed.

    Its day may be ahead, where a term was made longer since, or not known: then it is not told.
    """
    for turn in turns_of_earlier_terms(agreement):
        settled = DeadlineState.DONE if turn.facts.on else DeadlineState.WAIVED
        if turn.closed or (day_of(turn.due) or today) < today:
            yield turn, settled if turn.closed else DeadlineState.PASSED


def state_of_past(agreement: Agreement, deadline: Deadline, today: date) -> DeadlineState:
    """Return how a past date stands: what was done for it, or left, stays so; the rest dropped."""
    rule, about, day = deadline.rule, deadline.about, deadline.nominal_on
    if rule is Rule.NOTICE and day in _passed_unused(agreement, today):
        return DeadlineState.PASSED
    if rule is Rule.OBLIGATION:
        owed = owed_in_earlier_terms(agreement, today)
        named = (state for turn, state in owed if (turn.about, day_of(turn.due)) == (about, day))
        return next(named, DeadlineState.DROPPED)
    evaluation = agreement.evaluation.get(Key(about)) if rule is Rule.EVALUATION else None
    is_decided = rule is Rule.CONTINUATION and day in agreement.continuation
    is_done = is_decided or (evaluation is not None and day in evaluation.held)
    return DeadlineState.DONE if is_done else DeadlineState.DROPPED


@last_remembered
def _passed_unused(agreement: Agreement, today: date) -> list[date]:
    """Return the last days for notice of the earlier terms that were renewed for want of it."""
    ended, last = agreement.termination, max(agreement.extension, default=0)
    earlier = (term_named(agreement, str(number)) for number in range(last))
    days = (day_of(notice_date(term)) for term in earlier if renews(term))
    return [day for day in days if day and day < (ended.on if ended else today)]
