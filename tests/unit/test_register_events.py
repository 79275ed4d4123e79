"""The invented register: suspensions, early ends, disputes, and what was registered years later."""

from datetime import date

from states.stage import Ending
from tests.agreements import lines
from tests.register import Entry

# A suspension that moves the end (warmtenet) -----------------------------------------------------


def warmtenet() -> Entry:
    """Return it in force from 15 May 2025, its payee known and its first instalment paid."""
    walk = Entry("new/warmtenet", "2025-03-10 10:00")
    walk.adopted("2025-03-11", "2025-03-26", "2025-04-15")
    walk.signing(veldrijk="2025-05-06", warmtecooperatie="2025-05-08", veldwonen="2025-05-15")
    known = {
        "party.ontwikkelaar.left_on": "2025-05-12",
        "contribution.payee": "Coöperatie Warmte Lindehof U.A.",
    }
    return walk.amend("2025-05-19 10:00", known).do("pay", "2025-05-21 10:00", instalment="1")


def test_while_it_rests_the_last_day_is_unknown_and_payments_go_on() -> None:
    walk = warmtenet().forget().do("suspend", "2026-03-02 10:00", moves_end=True)
    assert walk.is_in("active")
    assert walk.term == ("Thu 2025-05-15", "unknown")
    assert walk.evaluations == {"final": "unknown"}

    walk.until("2026-05-13 08:00")

    assert walk.fired_of("payment") == lines(
        """
        Fri 2026-03-20 08:00 payment:2:2026-05-15:-P8W
        Fri 2026-04-17 08:00 payment:2:2026-05-15:-P4W
        Wed 2026-05-13 08:00 payment:2:2026-05-15:P0D
        """
    )


def test_the_end_moves_by_the_ninety_one_days_that_it_rested() -> None:
    walk = warmtenet().do("suspend", "2026-03-02 10:00", moves_end=True)

    walk.do("resume", "2026-06-01 10:00")

    assert walk.term == ("Thu 2025-05-15", "Sun 2028-08-13")
    assert walk.evaluations == {"final": "Sat 2028-05-13"}
    assert walk.instalments() == lines(
        """
        1 Thu 2025-05-15 25000.00 paid
        2 Fri 2026-05-15 25000.00 expected
        3 Sat 2027-05-15 25000.00 expected
        """
    )


def test_after_a_suspension_the_alerts_count_from_the_moved_end_only() -> None:
    walk = warmtenet().do("suspend", "2026-03-02 10:00", moves_end=True)
    walk.do("resume", "2026-06-01 10:00").forget().until("2028-09-01 00:00")

    assert walk.ending is Ending.LAPSED
    assert walk.fired_of("evaluation", "continuation", "expiry") == lines(
        """
        Fri 2028-02-11 08:00 evaluation:final:2028-05-13:-P3M
        Thu 2028-04-13 08:00 evaluation:final:2028-05-13:-P1M
        Fri 2028-05-12 08:00 evaluation:final:2028-05-13:P0D
        Mon 2028-05-29 08:00 evaluation:final:2028-05-13:+P2W
        Mon 2028-06-12 08:00 evaluation:final:2028-05-13:+P4W
        Mon 2028-06-26 08:00 evaluation:final:2028-05-13:+P6W
        Fri 2028-06-30 08:00 continuation:term:2028-08-13:-P6W
        Fri 2028-07-28 08:00 continuation:term:2028-08-13:-P2W
        Thu 2028-08-10 08:00 continuation:term:2028-08-13:-P3D
        Mon 2028-08-14 00:00 expiry:term:2028-08-14:P0D
        """
    )


def test_resuming_may_correct_that_the_end_moves() -> None:
    walk = warmtenet().do("suspend", "2026-03-02 10:00", moves_end=True)

    walk.do("resume", "2026-06-01 10:00", moves_end=False)

    assert walk.term == ("Thu 2025-05-15", "Sun 2028-05-14")


def test_two_suspensions_move_the_end_by_their_days_together() -> None:
    walk = warmtenet().do("suspend", "2026-03-02 10:00", moves_end=True)
    walk.do("resume", "2026-06-01 10:00").do("suspend", "2027-01-04 10:00", moves_end=True)

    walk.do("resume", "2027-01-18 10:00")

    # 91 days and 14 days after 14 May 2028.
    assert walk.term == ("Thu 2025-05-15", "Sun 2028-08-27")


# A suspension that does not move the end (snelfietsroute) ----------------------------------------


def test_a_suspension_in_the_past_left_the_last_day_where_it_was() -> None:
    walk = Entry("running/snelfietsroute")

    assert walk.term == ("Wed 2023-03-01", "Wed 2026-09-30")
    assert walk.evaluations == {"final": "Tue 2026-06-30"}
    assert walk.instalments()[2] == "3 Wed 2025-10-01 150000.00 expected"


def test_a_suspension_that_does_not_move_the_end_changes_no_date_and_no_alert() -> None:
    walk = Entry("running/snelfietsroute").do("suspend", "2025-03-03 10:00", moves_end=False)
    assert walk.term == ("Wed 2023-03-01", "Wed 2026-09-30")

    walk.do("resume", "2025-08-18 10:00").do("pay", "2025-09-29 10:00", instalment="3")
    walk.until("2026-06-30 08:00")

    assert walk.term == ("Wed 2023-03-01", "Wed 2026-09-30")
    assert walk.fired() == lines(
        """
        Wed 2025-08-06 08:00 payment:3:2025-10-01:-P8W
        Wed 2025-09-03 08:00 payment:3:2025-10-01:-P4W
        Mon 2026-03-30 08:00 evaluation:final:2026-06-30:-P3M
        Fri 2026-05-29 08:00 evaluation:final:2026-06-30:-P1M
        Tue 2026-06-30 08:00 evaluation:final:2026-06-30:P0D
        """
    )


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


def test_an_agreement_that_was_terminated_runs_to_its_new_last_day() -> None:
    walk = handhavers().forget().do("pay", "2025-08-28 10:00", instalment="7")
    walk.do("conclude", "2025-09-10 10:00", report="Evaluatie handhavers").until("2026-06-01 00:00")

    assert walk.ending is Ending.TERMINATED
    assert walk.told() == lines(
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
        Mon 2025-09-15 08:00 evaluation:interim:2025-09-15:P0D
        Mon 2025-09-29 08:00 evaluation:interim:2025-09-15:+P2W
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

    walk.do("pay", "2026-06-29 10:00", instalment="8").forget().until("2028-01-01 00:00")

    assert walk.ending is Ending.TERMINATED
    assert walk.fired() == ["Fri 2027-01-01 00:00 expiry:term:2027-01-01:P0D"]
    assert walk.told() == ["Mon 2027-01-04 08:00 expiry:term:2027-01-01:P0D"]


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
    assert walk.fired() == walk.told() == []
