"""The invented register: suspensions, of which some move the end."""

from states.model.stage import Ending
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
