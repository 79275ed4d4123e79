"""Facts by the paths that files and amendments write."""

from datetime import date

import pytest

from states.model.fact_types import fact_type_for
from states.rules.amendment import amendable, fact_type_of, is_past

MAY_LIE_AHEAD = {
    *("term.last_day", "term.ends_before", "termination.ends_on"),
    *("party.PARTY.joined_on", "party.PARTY.left_on"),
    *("evaluation.EVALUATION.on", "instalment.INSTALMENT.due_on", "obligation.OBLIGATION.on"),
    *("decision.DECISION.until", "woo.published_on"),
}


@pytest.mark.parametrize(
    "written, kept",
    [
        ("evaluation.final.held_on", "evaluation.final.held.2020-07-11.on"),
        ("evaluation.final.report", "evaluation.final.held.2020-07-11.report"),
        ("evaluation.final.conclusion", "evaluation.final.held.2020-07-11.conclusion"),
        ("evaluation.final.on", "evaluation.half.on"),
    ],
)
def test_how_an_evaluation_was_held_is_read_as_it_is_kept(written: str, kept: str) -> None:
    assert fact_type_of(written) is fact_type_of(kept) is not None


def test_only_an_evaluation_has_been_held() -> None:
    assert fact_type_of("obligation.report.held_on") is None


def test_a_day_that_somebody_enters_has_happened_or_may_lie_ahead() -> None:
    days = {path for path in amendable() if fact_type_of(path) is fact_type_for(date)}

    assert {day for day in days if not is_past(day)} == MAY_LIE_AHEAD
