"""The invented register: figures, budgets and payees that are asked for in time."""

from states.dates.instalments import payments
from tests.agreements import lines
from tests.register import FAR_AHEAD, Entry, paid

# Indexation and a budget for one year (ict-samenwerking) -----------------------------------------


def ict() -> Entry:
    """Return it as it was registered: three instalments paid, the second year's figure unknown."""
    return Entry("running/ict-samenwerking")


def amounts(walk: Entry) -> list[str]:
    """Return the amount of each instalment."""
    return [str(item.amount or "unknown") for item in payments(walk.agreement, FAR_AHEAD)]


def test_sixteen_quarters_are_sixteen_instalments_over_five_fiscal_years() -> None:
    walk = ict()

    assert walk.term == ("Mon 2024-07-01", "Fri 2028-06-30")
    assert walk.evaluations == {"halfway": "Wed 2026-07-01", "final": "Thu 2027-12-30"}
    assert walk.instalments()[2:5] == lines(
        """
        3 Wed 2025-01-01 31250.00 paid
        4 Tue 2025-04-01 31250.00 expected
        5 Tue 2025-07-01 unknown expected
        """
    )
    assert walk.instalments()[-1] == "16 Sat 2028-04-01 unknown expected"
    years = [item.fiscal_year for item in payments(walk.agreement, FAR_AHEAD)]
    assert years == [2024] * 2 + [2025] * 4 + [2026] * 4 + [2027] * 4 + [2028] * 2


def test_each_year_has_a_figure_of_its_own_that_is_never_guessed() -> None:
    walk = ict()
    assert amounts(walk) == ["31250.00"] * 4 + ["unknown"] * 12

    walk.amend("2025-04-15 10:00", {"instalment.5.amount": "32187.50"})

    assert amounts(walk) == ["31250.00"] * 4 + ["32187.50"] * 4 + ["unknown"] * 8


def test_the_figure_is_asked_for_eight_weeks_before_the_first_alert_that_needs_it() -> None:
    walk = paid(ict(), n4="2025-03-27").until("2025-05-06 08:00")

    assert walk.fired_of("missing_fact:instalment") == lines(
        """
        Tue 2025-03-11 08:00 missing_fact:instalment.5.amount:2025-03-11:P0D
        Tue 2025-04-08 08:00 missing_fact:instalment.5.amount:2025-03-11:+P4W
        Tue 2025-05-06 08:00 missing_fact:instalment.5.amount:2025-03-11:+P8W
        """
    )


def test_a_figure_that_was_entered_is_asked_for_again_a_year_later() -> None:
    walk = paid(ict(), n4="2025-03-27").amend(
        "2025-04-01 10:00", {"instalment.5.amount": "32187.50"}
    )
    walk.until("2026-03-11 08:00")

    assert walk.fired_of("missing_fact:instalment") == lines(
        """
        Tue 2025-03-11 08:00 missing_fact:instalment.5.amount:2025-03-11:P0D
        Wed 2026-03-11 08:00 missing_fact:instalment.9.amount:2026-03-11:P0D
        """
    )


def test_the_budget_of_the_coming_year_is_asked_for_before_its_first_alert() -> None:
    walk = ict().amend("2025-03-03 10:00", {"instalment.5.amount": "32187.50"})
    # Instalment 6, of this year, is still open when the budget of instalment 7 is asked for.
    paid(walk, n4="2025-03-27", n5="2025-06-26", n6="2025-09-30").until("2025-10-09 08:00")
    assert walk.fired_of("missing_fact:contribution") == lines(
        """
        Thu 2025-09-11 08:00 missing_fact:contribution.budgeted_through:2025-09-11:P0D
        Thu 2025-10-09 08:00 missing_fact:contribution.budgeted_through:2025-09-11:+P4W
        """
    )

    walk.forget().amend("2025-10-20 10:00", {"contribution.budgeted_through": "2026"})

    assert walk.until("2025-12-31 23:59").fired_of("missing_fact:contribution") == []


# A budget that is known two years ahead (streekarchief) ------------------------------------------


def test_the_budget_is_asked_for_only_when_a_year_without_one_comes_near() -> None:
    walk = paid(Entry("running/streekarchief"), n7="2025-06-30", n8="2026-06-30")
    walk.until("2027-05-04 07:59")

    assert walk.fired_of("missing_fact") == lines(
        """
        Tue 2027-03-09 08:00 missing_fact:contribution.budgeted_through:2027-03-09:P0D
        Tue 2027-04-06 08:00 missing_fact:contribution.budgeted_through:2027-03-09:+P4W
        """
    )


# A payee that nobody knows yet (warmtenet) -------------------------------------------------------


def test_an_unknown_payee_is_asked_for_until_it_is_entered() -> None:
    walk = Entry("new/warmtenet", "2025-03-10 10:00")
    walk.adopted("2025-03-11", "2025-03-26", "2025-04-15")
    walk.signing(veldrijk="2025-05-06", warmtecooperatie="2025-05-08", veldwonen="2025-05-15")
    walk.amend("2025-05-19 10:00", {"party.ontwikkelaar.left_on": "2025-05-12"})
    assert [line for line in walk.fired() if "contribution.payee:2025-01-23" in line]

    paid(walk.forget(), n1="2025-05-21").until("2026-02-20 08:00")
    assert walk.fired_of("missing_fact:contribution.payee:2026") == lines(
        """
        Fri 2026-01-23 08:00 missing_fact:contribution.payee:2026-01-23:P0D
        Fri 2026-02-20 08:00 missing_fact:contribution.payee:2026-01-23:+P4W
        """
    )

    entered = {"contribution.payee": "Coöperatie Warmte Lindehof U.A."}
    walk.forget().amend("2026-02-24 10:00", entered).until("2026-12-31 00:00")
    assert walk.fired_of("missing_fact") == []
