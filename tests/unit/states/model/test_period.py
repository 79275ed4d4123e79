"""Periods as ISO 8601 writes them: what is accepted, what is refused, how they are written."""

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from states.model.period import Period, parse_period

CANONICAL = {
    "P3Y": "P3Y",
    "P12M": "P1Y",
    "P18M": "P18M",
    "P1Y6M": "P18M",
    "P7D": "P1W",
    "P10D": "P10D",
    "P1W3D": "P10D",
    "P0D": "P0D",
    "P0W": "P0D",
    "P100Y": "P100Y",
}


@pytest.mark.parametrize("text, canonical", CANONICAL.items())
def test_a_period_is_written_in_its_canonical_form(text: str, canonical: str) -> None:
    assert str(parse_period(text)) == canonical


@pytest.mark.parametrize(
    "text",
    [
        "3 jaar",
        "",
        "P",
        "3Y",
        "p3y",
        "P-3Y",
        "P3Y ",
        "PT1H",
        "P1.5Y",
        "P1Y1D",
        "P1M2W",
        "P3",
        "P101Y",
        "P1201M",
        "P36526D",
        "P٣Y",
    ],
)
def test_a_text_that_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_period(text)


def test_a_month_and_thirty_days_are_different_lengths() -> None:
    assert parse_period("P1M") == Period(1, 0)
    assert parse_period("P30D") == Period(0, 30)


def test_periods_add_up_in_months_and_in_days() -> None:
    assert Period(36) + Period(12) == Period(48)
    assert Period(0, 7) * 8 == Period(0, 56)


def test_a_sum_of_months_and_days_is_written_whole() -> None:
    assert str(Period(36) + Period(0, 14)) == "P3Y2W"
    assert str(Period(18) + Period(0, 10)) == "P18M10D"


@for_all(
    st.builds(Period, st.integers(0, 1200)) | st.builds(Period, st.just(0), st.integers(0, 9999))
)
def test_a_written_period_reads_back_as_itself(period: Period) -> None:
    assert parse_period(str(period)) == period
