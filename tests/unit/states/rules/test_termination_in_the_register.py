"""The invented register: early ends, a disputed length, and what ended long ago."""

from datetime import date

import pytest
from msgspec.structs import replace

from states.dates.instalments import payments
from states.model.agreement import Source, SourceStatus
from states.model.fact_types import Line
from states.model.stage import Ending
from tests.agreements import lines
from tests.register import Entry

# An early termination (handhavers, streekarchief) ------------------------------------------------


def handhavers() -> Entry:
    """Return it as it was terminated on 13 May 2025, to end with the year."""
    walk = Entry("running/handhavers").do("pay", "2025-02-28 14:00", instalment="6")
    return walk.do(
        "terminate",
        "2025-05-13 10:00",
        reason="Bremmeren gaat verder met een eigen team",
        ends_on=date(2025, 12, 31),
    )


def test_before_it_is_terminated_the_term_runs_four_years() -> None:
    walk = Entry("running/handhavers")

    assert walk.term == ("Thu 2022-09-01", "Mon 2026-08-31")
    assert walk.evaluations == {"final": "Thu 2026-04-30"}
    assert walk.instalments()[5:] == lines(
        """
        6 Sat 2025-03-01 33750.00 expected
        7 Mon 2025-09-01 33750.00 expected
        8 Sun 2026-03-01 33750.00 expected
        """
    )


def test_an_early_end_moves_the_evaluation_and_drops_what_falls_due_after_it() -> None:
    walk = handhavers()

    assert walk.is_in("active")
    assert walk.term == ("Thu 2022-09-01", "Wed 2025-12-31")
    assert walk.evaluations == {"final": "Sun 2025-08-31"}
    assert walk.instalments()[6:] == lines(
        """
        7 Mon 2025-09-01 33750.00 expected
        8 Sun 2026-03-01 33750.00 superseded
        """
    )


def test_no_instalment_of_a_disputed_period_is_counted_after_an_early_end() -> None:
    """Without a date they stay open: of ten years that ended after one all ten had to be paid."""
    doubt = Source(field=Line("contribution.every"), status=SourceStatus.DISPUTED)
    unsure = replace(handhavers().agreement, source={1: doubt}, instalment={})

    assert [item.number for item in payments(unsure, date(2030, 1, 1))] == [1, 2, 3, 4, 5, 6, 7]


def test_an_agreement_that_was_terminated_runs_to_its_new_last_day() -> None:
    walk = handhavers().forget().do("pay", "2025-08-28 10:00", instalment="7")
    walk.do("conclude", "2025-09-10 10:00", report="Evaluatie handhavers").until("2026-06-01 00:00")

    assert walk.ending is Ending.TERMINATED
    assert walk.shown() == lines(
        """
        Wed 2025-05-28 08:00 evaluation:final:2025-08-31:-P3M
        Mon 2025-07-07 08:00 payment:7:2025-09-01:-P8W
        Thu 2025-07-31 08:00 evaluation:final:2025-08-31:-P1M
        Mon 2025-08-04 08:00 payment:7:2025-09-01:-P4W
        Fri 2025-08-29 08:00 evaluation:final:2025-08-31:P0D
        Mon 2026-01-05 08:00 expiry:term:2026-01-01:P0D
        """
    )


def archief() -> Entry:
    """Return it with its yearly fee paid and its evaluation held on 2 October 2025."""
    walk = Entry("running/streekarchief").do("pay", "2025-06-30 10:00", instalment="7")
    return walk.do("conclude", "2025-10-02 10:00", report="Ledenevaluatie")


def test_an_open_ended_agreement_has_an_evaluation_and_payments_and_no_end() -> None:
    walk = archief()

    assert walk.is_in("active")
    assert walk.term == ("Mon 2019-07-01", "unknown")
    assert walk.nominal("continuation") == walk.nominal("expiry") == []
    assert walk.fired() == lines(
        """
        Tue 2025-05-06 08:00 payment:7:2025-07-01:-P8W
        Tue 2025-06-03 08:00 payment:7:2025-07-01:-P4W
        Fri 2025-06-13 08:00 evaluation:interim:2025-09-15:-P3M
        Fri 2025-08-15 08:00 evaluation:interim:2025-09-15:-P1M
        Wed 2025-09-03 08:00 obligation:begroting.3:2025-10-01:-P4W
        Mon 2025-09-15 08:00 evaluation:interim:2025-09-15:P0D
        Mon 2025-09-29 08:00 evaluation:interim:2025-09-15:+P2W
        Wed 2025-10-01 08:00 obligation:begroting.3:2025-10-01:P0D
        """
    )


def test_an_open_ended_agreement_runs_on_for_years() -> None:
    walk = archief().until("2035-01-01 00:00")

    assert walk.is_in("active")
    assert walk.fired_of("continuation", "expiry", "notice", "renewal") == []
    # Eight weeks before 1 July 2034 is a Saturday, and 5 May is a holiday.
    assert "Thu 2034-05-04 08:00 payment:16:2034-07-01:-P8W" in walk.fired()


def test_an_open_ended_agreement_ends_when_it_is_terminated() -> None:
    walk = archief().do(
        "terminate", "2025-11-03 10:00", reason="opgezegd door de raad", ends_on=date(2026, 12, 31)
    )
    assert walk.term == ("Mon 2019-07-01", "Thu 2026-12-31")

    walk.do("fulfil", "2025-11-03 10:00", obligation="begroting", number=3, on=date(2025, 10, 2))
    walk.do("pay", "2026-06-29 10:00", instalment="8")
    walk.do("fulfil", "2026-08-20 10:00", obligation="begroting", number=4, on=date(2026, 8, 19))
    walk.forget().until("2028-01-01 00:00")

    assert walk.ending is Ending.TERMINATED
    assert walk.fired() == ["Fri 2027-01-01 00:00 expiry:term:2027-01-01:P0D"]
    assert walk.shown() == ["Mon 2027-01-04 08:00 expiry:term:2027-01-01:P0D"]


# A disputed fact (recreatieplas) -----------------------------------------------------------------


def test_no_date_counts_from_a_length_that_is_disputed() -> None:
    walk = Entry("running/recreatieplas")

    assert walk.is_in("active")
    assert walk.term == ("Thu 2020-10-01", "unknown")
    assert walk.evaluations == {"final": "unknown"}
    assert walk.until("2032-01-01 00:00").fired_of("evaluation", "continuation", "expiry") == []


def test_confirming_the_same_length_ends_the_dispute_and_gives_the_dates() -> None:
    walk = Entry("running/recreatieplas").amend("2025-02-03 10:00", {"term.length": "P10Y"})

    assert walk.term == ("Thu 2020-10-01", "Mon 2030-09-30")
    assert walk.evaluations == {"final": "Sun 2029-09-30"}
    assert walk.agreement.source[1].status.value == "stated"


@pytest.mark.parametrize("status", ["assumed", "inferred"])
def test_what_was_no_more_than_assumed_is_confirmed_as_well(status: str) -> None:
    walk = Entry("running/recreatieplas").amend("2025-02-03 10:00", {"source.1.status": status})
    assert walk.agreement.source[1].status.value == status
    walk.amend("2025-02-04 10:00", {"term.length": "P10Y"})
    assert 1 not in walk.agreement.source  # its words were of what was assumed


def test_who_enters_a_source_along_with_its_fact_says_how_sure_it_is() -> None:
    entered = {"term.length": "P10Y", "source.1.status": "inferred"}
    walk = Entry("running/recreatieplas").amend("2025-02-03 10:00", entered)
    assert walk.agreement.source[1].status.value == "inferred"
    walk.amend("2025-02-04 10:00", {"term.length": "P9Y", "source.1.quote": "negen jaar"})
    assert walk.agreement.source[1].status.value == "stated"


def test_another_length_may_call_an_evaluation_at_once_and_is_late_from_that_day_on() -> None:
    walk = Entry("running/recreatieplas").amend("2025-02-03 10:00", {"term.length": "P5Y"})
    assert walk.is_in("evaluation")
    assert walk.term == ("Thu 2020-10-01", "Tue 2025-09-30")

    walk.until("2025-10-01 00:00")

    assert walk.fired_of("evaluation", "continuation", "expiry") == lines(
        """
        Mon 2025-02-03 10:00 evaluation:final:2024-09-30:P0D
        Mon 2025-02-17 08:00 evaluation:final:2024-09-30:+P2W
        Mon 2025-03-03 08:00 evaluation:final:2024-09-30:+P4W
        Mon 2025-03-17 08:00 evaluation:final:2024-09-30:+P6W
        Tue 2025-08-19 08:00 continuation:term:2025-09-30:-P6W
        Tue 2025-09-16 08:00 continuation:term:2025-09-30:-P2W
        Fri 2025-09-26 08:00 continuation:term:2025-09-30:-P3D
        Wed 2025-10-01 00:00 expiry:term:2025-10-01:P0D
        """
    )


# Registered years after it ended (zwembad) -------------------------------------------------------


def test_what_ended_before_it_was_registered_tells_nothing_any_more() -> None:
    walk = Entry("running/zwembad")

    assert walk.ending is Ending.EXPIRED
    assert walk.term == ("Thu 2016-09-01", "Tue 2021-08-31")
    assert walk.next_alert_at is None
    assert walk.fired() == walk.shown() == []
