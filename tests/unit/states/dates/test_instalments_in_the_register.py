"""The invented register: instalments, who pays them, what comes back."""

from datetime import date

from states.dates.instalments import payments
from states.model.stage import Ruling
from states.rules.checks import warnings
from tests.agreements import lines
from tests.register import FAR_AHEAD, Entry, paid

# Several payers (jeugdhulp) ----------------------------------------------------------------------


def test_each_instalment_has_its_payer_and_each_payer_its_share() -> None:
    items = list(payments(Entry("new/jeugdhulp", "2024-12-09 10:00").agreement, FAR_AHEAD))

    assert [f"{item.number} {item.payer} {item.amount}" for item in items] == lines(
        """
        1 veldrijk 210000.00
        2 oudemeer 140000.00
        3 wiersloot 95000.00
        4 veldrijk 210000.00
        5 oudemeer 140000.00
        6 wiersloot 95000.00
        """
    )
    assert {f"{item.fiscal_year} {item.payee}" for item in items} == {
        "2025 Inkoopbureau Jeugd Veldstreek",
        "2026 Inkoopbureau Jeugd Veldstreek",
    }


def test_the_shares_of_all_payers_together_are_the_total() -> None:
    walk = Entry("new/jeugdhulp", "2024-12-09 10:00")
    assert warnings(walk.agreement) == []

    walk.amend("2024-12-10 10:00", {"instalment.3.amount": "92500.00"})

    assert [str(warning) for warning in warnings(walk.agreement)] == [
        "The total of € 890000.00 differs from the instalments together, € 887500.00."
    ]


# A subsidy and what comes back of the year before (bibliotheek) ----------------------------------


def bibliotheek() -> Entry:
    """Return it in force, its first instalment paid."""
    walk = Entry("new/bibliotheek", "2024-11-18 10:00")
    walk.adopted("2024-11-19", "2024-11-27", "2024-12-10")
    walk.signing(veldrijk="2025-01-14", bibliotheek="2025-01-21")
    return paid(walk, n1="2025-01-30")


def test_a_refund_is_marked_and_never_netted_with_the_subsidy() -> None:
    walk = bibliotheek()

    items = list(payments(walk.agreement, FAR_AHEAD))
    assert [item.number for item in items if item.is_refund] == [9]
    assert [str(item.amount) for item in items] == ["96000.00"] * 4 + ["98000.00"] * 4 + ["4150.00"]
    assert (items[8].payer, items[8].payee, items[8].fiscal_year) == (
        "bibliotheek",
        "Gemeente Veldrijk",
        2024,
    )
    # The total, 776000.00, is that of the subsidy alone.
    assert warnings(walk.agreement) == []


def test_a_refund_is_watched_until_it_has_come_in() -> None:
    walk = paid(bibliotheek().forget(), n2="2025-04-30", n9="2025-06-11").until("2025-07-01 00:00")

    assert walk.fired_of("payment:9", "payment:2") == lines(
        """
        Thu 2025-03-06 08:00 payment:2:2025-05-01:-P8W
        Thu 2025-04-03 08:00 payment:2:2025-05-01:-P4W
        Mon 2025-04-07 08:00 payment:9:2025-06-02:-P8W
        Fri 2025-05-02 08:00 payment:9:2025-06-02:-P4W
        Mon 2025-06-02 08:00 payment:9:2025-06-02:P0D
        Tue 2025-06-03 08:00 payment:9:2025-06-02:+P1D
        Tue 2025-06-10 08:00 payment:9:2025-06-02:+P1W
        """
    )


# A contribution that is paid once (sportpark, recreatieplas) -------------------------------------


def test_a_one_off_contribution_falls_due_on_the_start_and_then_never_again() -> None:
    walk = Entry("new/sportpark", "2025-02-10 10:00")
    walk.do("skip_overleg", "2025-02-11 10:00", reason="besproken in het portefeuilleoverleg")
    assert walk.instalments() == ["1 unknown 475000.00 expected"]
    walk.do("decide", "2025-03-25 15:00", outcome=Ruling.AS_PROPOSED)

    walk.signing(veldrijk="2025-04-08", oudemeer="2025-04-15", de_horst="2025-04-22")
    paid(walk, n1="2025-04-25").until("2030-01-01 00:00")

    assert walk.instalments() == ["1 Tue 2025-04-22 475000.00 paid"]
    assert walk.fired() == lines(
        """
        Tue 2025-04-22 08:00 unsigned:signatures:2025-03-25:+P4W
        Tue 2025-04-22 10:00 activation:term:2025-04-22:P0D
        Tue 2025-04-22 10:00 payment:1:2025-04-22:P0D
        Wed 2025-04-23 08:00 payment:1:2025-04-22:+P1D
        """
    )


def test_a_one_off_contribution_that_was_paid_long_ago_asks_for_nothing() -> None:
    walk = Entry("running/recreatieplas").until("2026-01-01 00:00")

    assert walk.instalments() == ["1 Thu 2020-10-01 60000.00 paid"]
    assert walk.fired_of("payment", "missing_fact:contribution") == []


# Instalments a quarter (buurtbus, leerlingenvervoer) ---------------------------------------------


def test_three_years_by_the_quarter_are_twelve_instalments() -> None:
    walk = Entry("new/buurtbus", "2025-01-13 10:00")
    walk.adopted("2025-01-14", "2025-01-22", "2025-02-25")
    walk.signing(veldrijk="2025-03-06", buurtbus="2025-03-11")

    walk.do("set_start", "2025-03-18 10:00", on=date(2025, 4, 1))

    assert [line.split()[2] for line in walk.instalments()] == lines(
        """
        2025-04-01
        2025-07-01
        2025-10-01
        2026-01-01
        2026-04-01
        2026-07-01
        2026-10-01
        2027-01-01
        2027-04-01
        2027-07-01
        2027-10-01
        2028-01-01
        """
    )
    assert warnings(walk.agreement) == []


def test_two_years_of_transport_pay_eight_quarters_from_the_start() -> None:
    walk = Entry("new/leerlingenvervoer", "2025-03-03 10:00")

    assert walk.instalments() == lines(
        """
        1 Fri 2025-08-01 41250.00 expected
        2 Sat 2025-11-01 41250.00 expected
        3 Sun 2026-02-01 41250.00 expected
        4 Fri 2026-05-01 41250.00 expected
        5 Sat 2026-08-01 41250.00 expected
        6 Sun 2026-11-01 41250.00 expected
        7 Mon 2027-02-01 41250.00 expected
        8 Sat 2027-05-01 41250.00 expected
        """
    )
