"""The worked examples of the term arithmetic (docs/dates.md, R1 to R4 and R9)."""

from datetime import date

import pytest

from states.dates.instalments import periodic
from states.dates.policy import Policy
from states.dates.term_dates import FIXED_START, end_of, start_of, term_of
from states.model.arithmetic import Dated, after, before, given, last_day
from states.model.period import Period, parse_period
from states.model.stage import DATE_ITSELF, Deadline, Rule, Unknown
from tests.agreements import Walk, agreement, at, local

# Start, length, the last day, three months before it, the alert, the days between.
WORKED_EXAMPLES = """
2017-10-12  P3Y  Sun 2020-10-11  Sat 2020-07-11  Fri 2020-07-10  92
2018-01-01  P3Y  Thu 2020-12-31  Wed 2020-09-30  Wed 2020-09-30  92
2024-02-29  P3Y  Sun 2027-02-28  Sat 2026-11-28  Fri 2026-11-27  92
2024-02-29  P4Y  Mon 2028-02-28  Sun 2027-11-28  Fri 2027-11-26  92
2025-03-01  P3Y  Tue 2028-02-29  Mon 2027-11-29  Mon 2027-11-29  92
2022-12-01  P3Y  Sun 2025-11-30  Sat 2025-08-30  Fri 2025-08-29  92
2023-09-01  P3Y  Mon 2026-08-31  Sun 2026-05-31  Fri 2026-05-29  92
2023-06-01  P3Y  Sun 2026-05-31  Sat 2026-02-28  Fri 2026-02-27  92
2023-05-31  P3Y  Sat 2026-05-30  Sat 2026-02-28  Fri 2026-02-27  91
2025-08-31  P6M  Sat 2026-02-28  Fri 2025-11-28  Fri 2025-11-28  92
2024-08-07  P3Y  Fri 2027-08-06  Thu 2027-05-06  Tue 2027-05-04  92
2022-10-26  P4Y  Sun 2026-10-25  Sat 2026-07-25  Fri 2026-07-24  92
2023-03-29  P3Y  Sat 2026-03-28  Sun 2025-12-28  Wed 2025-12-24  90
"""
QUARTER = Period(3)


def started(text: str) -> Dated:
    return given(date.fromisoformat(text), FIXED_START)


def in_full(day: date) -> str:
    return day.strftime("%a %Y-%m-%d")


def explained(dated: Dated | Unknown) -> list[str]:
    assert isinstance(dated, Dated)
    return [str(phrase) for phrase in dated.explanation]


def test_a_start_by_signature_is_unknown_where_every_party_joined_later() -> None:
    start = start_of(
        agreement({f"party.{key}.joined_on": "2018-01-01" for key in agreement().party})
    )
    assert isinstance(start, Unknown)
    assert str(start.because) == "there is no party on whose signature the start waits"


@pytest.mark.parametrize("line", WORKED_EXAMPLES.strip().splitlines())
def test_a_term_its_evaluation_and_its_alert_are_those_of_the_worked_example(line: str) -> None:
    start, length, end_weekday, end, due_weekday, due, alert_weekday, alert, days = line.split()

    last = last_day(started(start), parse_period(length))
    evaluated = before(last, QUARTER)
    called = Deadline(rule=Rule.EVALUATION, about="final", nominal=evaluated, steps=(DATE_ITSELF,))

    assert in_full(last.day) == f"{end_weekday} {end}"
    assert in_full(evaluated.day) == f"{due_weekday} {due}"
    assert local(Policy().occurrence(called, DATE_ITSELF).alert_at) == (
        f"{alert_weekday} {alert} 08:00"
    )
    assert (last.day - evaluated.day).days == int(days)


def test_a_last_day_tells_from_which_start_it_was_counted() -> None:
    last = last_day(started("2017-10-12"), Period(36))

    assert explained(last) == [
        "The start was fixed: 2017-10-12.",
        "2017-10-12 plus P3Y, less one day, is 2020-10-11: the last day (R1).",
    ]


def test_an_evaluation_tells_the_whole_way_from_the_last_signature() -> None:
    signed = Walk().decided().signed().agreement
    last = end_of(signed)
    assert isinstance(last, Dated)

    assert explained(before(last, QUARTER)) == [
        "The last party signed on 2017-10-12; the agreement starts with the last signature.",
        "2017-10-12 plus P3Y, less one day, is 2020-10-11: the last day (R1).",
        "P3M before 2020-10-11 is 2020-07-11 (R2).",
    ]


def test_a_date_after_the_start_is_clamped_to_the_shorter_month() -> None:
    half_way = after(started("2024-08-31"), Period(18))

    assert half_way.day == date(2026, 2, 28)
    assert explained(half_way)[-1] == "P18M after 2024-08-31 is 2026-02-28 (R2)."


def test_tot_is_exclusive() -> None:
    ends = end_of(agreement({"term.length": None, "term.ends_before": "2020-10-12"}))

    assert explained(ends) == [
        "The agreement ends before the next day (tot), so 2020-10-11 is its last day."
    ]


def test_tot_en_met_is_inclusive() -> None:
    ends = end_of(agreement({"term.length": None, "term.last_day": "2020-10-11"}))

    assert explained(ends) == [
        "The agreement itself names 2020-10-11 as its last day, which still belongs to the term."
    ]


def test_an_extension_counts_from_the_original_start_with_the_sum_of_the_lengths() -> None:
    extended = agreement(
        {"term.start": "2023-08-31", "term.length": "P6M", "extension.1.length": "P1M"}
    )

    # 31 August + 7 months is 31 March; step by step 29 February + 1 month would give 29 March.
    assert explained(end_of(extended)) == [
        "The start was fixed: 2023-08-31.",
        "2023-08-31 plus P7M, less one day, is 2024-03-30: the last day (R1).",
    ]


def test_an_extension_in_weeks_of_a_term_in_years_names_both_in_its_explanation() -> None:
    extended = agreement(
        {"term.start": "2017-10-12", "term.length": "P3Y", "extension.1.length": "P2W"}
    )

    assert explained(end_of(extended))[-1] == (
        "2017-10-12 plus P3Y2W, less one day, is 2020-10-25: the last day (R1)."
    )


def test_an_explicit_last_day_is_extended_from_the_day_after_it() -> None:
    extended = agreement(
        {"term.length": None, "term.last_day": "2024-02-29", "extension.1.length": "P1Y"}
    )

    assert explained(end_of(extended)) == [
        "The agreement itself names 2024-02-29 as its last day, which still belongs to the term.",
        "The longer term is counted from 2024-03-01, the day after it.",
        "2024-03-01 plus P1Y, less one day, is 2025-02-28: the last day (R1).",
    ]


def test_a_term_is_named_by_its_number_and_by_what_was_agreed_of_its_end() -> None:
    """The ledger keeps the name: what was decided for a term is found by it for ever."""
    once = {"extension.1.length": "P1Y"}
    twice = {**once, "extension.2.length": "P6M"}
    ends = {"term.length": None, "term.last_day": "2020-10-11"}

    assert term_of(agreement()) == "1 P3Y"
    assert term_of(agreement(once)) == "2 P4Y"
    assert term_of(agreement(twice)) == "3 P54M"
    assert term_of(agreement({**ends, **twice})) == "3 2020-10-11 P18M"


def test_a_term_of_one_month_from_the_31st_of_january_runs_through_february() -> None:
    assert last_day(started("2023-01-31"), Period(1)).day == date(2023, 2, 28)
    assert last_day(started("2024-01-31"), Period(1)).day == date(2024, 2, 29)
    assert last_day(started("2024-01-30"), Period(1)).day == date(2024, 2, 29)
    assert last_day(started("2024-01-29"), Period(1)).day == date(2024, 2, 28)


def test_a_term_in_weeks_counts_days() -> None:
    assert last_day(started("2024-02-26"), Period(0, 14)).day == date(2024, 3, 10)


INSTALMENTS = {
    ("2017-10-12", "P1Y", "2020-10-11"): "2017-10-12 2018-10-12 2019-10-12",
    ("2024-02-29", "P1Y", "2028-02-28"): "2024-02-29 2025-02-28 2026-02-28 2027-02-28",
    ("2024-02-29", "P1Y", "2028-02-29"): "2024-02-29 2025-02-28 2026-02-28 2027-02-28 2028-02-29",
    ("2023-11-30", "P3M", "2024-11-29"): "2023-11-30 2024-02-29 2024-05-30 2024-08-30",
    ("2024-08-31", "P1M", "2024-12-31"): "2024-08-31 2024-09-30 2024-10-31 2024-11-30 2024-12-31",
    ("2024-08-31", "P1Y", "2024-08-31"): "2024-08-31",
}


@pytest.mark.parametrize("given_facts, due", INSTALMENTS.items())
def test_instalments_are_counted_from_the_original_start_through_the_last_day(
    given_facts: tuple[str, str, str], due: str
) -> None:
    start, every, through = given_facts

    dates = periodic(started(start), parse_period(every)).dates(date.fromisoformat(through))

    assert [str(item.day) for item in dates] == due.split()


def test_each_instalment_tells_how_its_date_came_about() -> None:
    first, second = periodic(started("2024-02-29"), Period(12)).dates(date(2025, 3, 1))

    assert explained(first)[-1] == "The first instalment is due on the start, 2024-02-29 (R9)."
    assert explained(second)[-1] == (
        "P1Y after the start, 2024-02-29, is 2025-02-28: the instalment's date (R9)."
    )


def test_a_term_without_any_end_says_how_to_enter_one() -> None:
    ends = end_of(agreement({"term.length": None, "term.start": "2018-01-01"}))

    assert isinstance(ends, Unknown)
    assert str(ends.because) == "the length of the term is not known; amend term.length sets it"


def test_an_open_ended_term_says_that_it_has_no_last_day() -> None:
    ends = end_of(agreement({"term.length": None, "term.open_ended": "true"}))

    assert isinstance(ends, Unknown)
    assert str(ends.because) == "the agreement is open-ended"


def test_what_comes_after_the_alert_time_of_a_day_waits_for_the_next_working_day() -> None:
    told = {"2017-10-12 07:59": "2017-10-12", "2017-10-12 08:01": "2017-10-13"}
    told |= {"2017-10-13 08:01": "2017-10-16", "2017-10-14 07:00": "2017-10-16"}  # a weekend
    for moment, day in told.items():
        assert local(Policy().next_alert_time(at(moment)))[4:] == f"{day} 08:00"
