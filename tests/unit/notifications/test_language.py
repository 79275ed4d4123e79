"""Periods as people say them; dates and amounts are read back by the tests of what is typed."""

import pytest

from notifications.language import language
from states.model.period import Period


@pytest.mark.parametrize(
    "period, dutch, english",
    [
        (Period(months=1), "1 maand", "1 month"),
        (Period(months=12), "1 jaar", "1 year"),
        (Period(months=18), "18 maanden", "18 months"),
        (Period(months=36), "3 jaar", "3 years"),
        (Period(days=1), "1 dag", "1 day"),
        (Period(days=7), "1 week", "1 week"),
        (Period(days=14), "2 weken", "2 weeks"),
        (Period(days=30), "30 dagen", "30 days"),
        (Period(months=12, days=42), "1 jaar 6 weken", "1 year 6 weeks"),
        (Period(), "0 dagen", "0 days"),
    ],
)
def test_a_period_is_said_as_it_is_agreed_on(period: Period, dutch: str, english: str) -> None:
    """Thirty days were 4 weken 2 dagen, and none at all 0 microseconden."""
    assert [language(code).period(period) for code in ("nl", "en")] == [dutch, english]
