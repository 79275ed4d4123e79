"""The invented register: how a term begins and ends, and what is asked on the way."""

from datetime import date

from states.model.stage import Ending, Ruling
from tests.agreements import lines
from tests.register import Entry

# A start that was fixed before anybody signed (jeugdhulp) ----------------------------------------


def jeugdhulp() -> Entry:
    """Return it as the college amended it, at 16:00 on 4 February 2025."""
    walk = Entry("new/jeugdhulp", "2024-12-09 10:00").agreed("2024-12-10", "2025-01-15")
    amended = {
        "term.length": "P3Y",
        "instalment.3.amount": "92500.00",
        "contribution.total": "887500.00",
    }
    return walk.do("decide", "2025-02-04 16:00", outcome=Ruling.AMENDED, facts=amended)


def test_a_fixed_start_gives_every_date_before_anybody_has_signed() -> None:
    walk = Entry("new/jeugdhulp", "2024-12-09 10:00")

    assert walk.term == ("Wed 2025-01-01", "Sun 2028-12-31")
    assert walk.evaluations == {"halfway": "Wed 2026-07-01", "final": "Fri 2028-06-30"}


def test_a_decision_that_amends_the_length_moves_the_end_and_its_evaluation() -> None:
    walk = jeugdhulp()

    assert walk.is_in("signing")
    assert walk.term == ("Wed 2025-01-01", "Fri 2027-12-31")
    assert walk.evaluations == {"halfway": "Wed 2026-07-01", "final": "Wed 2027-06-30"}


def test_of_what_lies_in_the_past_the_newest_of_each_deadline_is_caught_up() -> None:
    walk = jeugdhulp()

    assert sorted(walk.fired()) == lines(
        """
        Tue 2025-02-04 16:00 missing_fact:party.oudemeer.signed_on:2024-11-06:+P8W
        Tue 2025-02-04 16:00 missing_fact:party.veldrijk.signed_on:2024-11-06:+P8W
        Tue 2025-02-04 16:00 missing_fact:party.wiersloot.signed_on:2024-11-06:+P8W
        Tue 2025-02-04 16:00 payment:1:2025-01-31:+P1D
        Tue 2025-02-04 16:00 payment:2:2025-01-31:+P1D
        Tue 2025-02-04 16:00 payment:3:2025-01-31:+P1D
        """
    )
    assert {event.caught_up for event in walk.events if event.occurrence} == {True}


def test_what_works_back_is_active_from_the_last_signature_on_and_began_before() -> None:
    walk = jeugdhulp().forget().do("pay", "2025-02-06 10:00", instalment="1")

    walk.signing(veldrijk="2025-02-18", oudemeer="2025-02-20", wiersloot="2025-03-06")

    assert walk.is_in("active")
    assert walk.term == ("Wed 2025-01-01", "Fri 2027-12-31")
    assert walk.fired_of("activation", "unsigned", "payment:1") == lines(
        """
        Tue 2025-03-04 08:00 unsigned:signatures:2025-02-04:+P4W
        Thu 2025-03-06 10:00 activation:term:2025-01-01:P0D
        """
    )


# Our own signature as the start, and an end that is written as *tot* (bibliotheek) ---------------


def bibliotheek() -> Entry:
    """Return it as it was signed: by us on 14 January 2025, by the library a week later."""
    walk = Entry("new/bibliotheek", "2024-11-18 10:00").agreed("2024-11-19", "2024-11-27")
    walk.do("decide", "2024-12-10 15:00", outcome=Ruling.TEXT_CHANGES)
    return walk.signing(veldrijk="2025-01-14", bibliotheek="2025-01-21")


def test_tot_a_day_ends_the_day_before_and_is_known_without_any_signature() -> None:
    walk = Entry("new/bibliotheek", "2024-11-18 10:00")

    assert walk.term == ("unknown", "Thu 2026-12-31")
    assert walk.evaluations == {"final": "Wed 2026-09-30"}


def test_our_own_signature_is_the_start_and_the_other_one_puts_it_in_force() -> None:
    walk = bibliotheek()

    assert walk.term == ("Tue 2025-01-14", "Thu 2026-12-31")
    assert walk.fired_of("activation", "payment:1") == lines(
        """
        Tue 2024-12-10 15:00 payment:1:2025-02-01:-P8W
        Fri 2025-01-03 08:00 payment:1:2025-02-01:-P4W
        Tue 2025-01-21 10:00 activation:term:2025-01-14:P0D
        """
    )


# A named last day, and no evaluation (sportpark) -------------------------------------------------


def sportpark() -> Entry:
    """Return it as its last party signed it on 22 April 2025."""
    walk = Entry("new/sportpark", "2025-02-10 10:00")
    walk.do("skip_overleg", "2025-02-11 10:00", reason="besproken in het portefeuilleoverleg")
    walk.do("decide", "2025-03-25 15:00", outcome=Ruling.AS_PROPOSED)
    return walk.signing(veldrijk="2025-04-08", oudemeer="2025-04-15", de_horst="2025-04-22")


def test_without_an_evaluation_the_first_alert_before_the_end_asks_for_the_decision() -> None:
    walk = sportpark().do("pay", "2025-04-25 10:00", instalment="1")
    assert walk.term == ("Tue 2025-04-22", "Tue 2030-12-31")

    walk.forget().until("2030-11-19 08:00")

    assert walk.fired() == ["Tue 2030-11-19 08:00 continuation:term:2030-12-31:-P6W"]
    assert walk.is_in("continuation_decision")


def test_without_a_decision_the_term_lapses_and_that_is_told_on_a_working_day() -> None:
    walk = sportpark().do("pay", "2025-04-25 10:00", instalment="1").forget()
    walk.until("2031-02-01 00:00")

    assert walk.ending is Ending.LAPSED
    assert walk.shown() == lines(
        """
        Tue 2030-11-19 08:00 continuation:term:2030-12-31:-P6W
        Tue 2030-12-17 08:00 continuation:term:2030-12-31:-P2W
        Fri 2030-12-27 08:00 continuation:term:2030-12-31:-P3D
        Thu 2031-01-02 08:00 expiry:term:2031-01-01:P0D
        """
    )


def test_without_an_evaluation_the_decision_may_be_started_early() -> None:
    walk = sportpark().do("pay", "2025-04-25 10:00", instalment="1")

    assert walk.do("start_decision", "2030-06-03 10:00").is_in("continuation_decision")


# An evaluation that was agreed for a date, a mandate, and no money (gegevensdeling) ---------------


def gegevensdeling() -> Entry:
    """Return it as it was signed under a mandate, by its last party on 10 March 2025."""
    walk = Entry("new/gegevensdeling", "2025-01-13 10:00").agreed("2025-01-14", "2025-02-05")
    walk.do("decide", "2025-02-18 15:00", outcome=Ruling.MANDATE, basis="Mandaatbesluit, artikel 7")
    return walk.signing(veldrijk="2025-03-03", veiligheidshuis="2025-03-05", zorgplein="2025-03-10")


def test_an_agreement_without_money_has_its_term_and_evaluation_and_nothing_to_pay() -> None:
    walk = gegevensdeling()

    assert walk.term == ("Mon 2025-03-10", "Tue 2027-03-09")
    assert walk.evaluations == {"final": "Thu 2026-10-15"}
    assert walk.instalments() == []
    assert walk.objections("pay", "2025-04-01 10:00", instalment="1") == [
        "This agreement has no instalments."
    ]


def test_an_agreement_without_money_asks_for_its_evaluation_and_decision_only() -> None:
    walk = gegevensdeling().do("conclude", "2026-11-03 10:00", report="Toets convenant")
    assert walk.is_in("continuation_decision")

    walk.until("2027-03-10 00:00")

    assert walk.ending is Ending.LAPSED
    assert walk.fired_of("activation", "evaluation", "continuation", "expiry") == lines(
        """
        Mon 2025-03-10 10:00 activation:term:2025-03-10:P0D
        Wed 2026-07-15 08:00 evaluation:final:2026-10-15:-P3M
        Tue 2026-09-15 08:00 evaluation:final:2026-10-15:-P1M
        Thu 2026-10-15 08:00 evaluation:final:2026-10-15:P0D
        Thu 2026-10-29 08:00 evaluation:final:2026-10-15:+P2W
        Tue 2027-01-26 08:00 continuation:term:2027-03-09:-P6W
        Tue 2027-02-23 08:00 continuation:term:2027-03-09:-P2W
        Fri 2027-03-05 08:00 continuation:term:2027-03-09:-P3D
        Wed 2027-03-10 00:00 expiry:term:2027-03-10:P0D
        """
    )


def test_what_each_party_owes_is_asked_for_through_the_end_and_after_it() -> None:
    """29 May 2025 is Ascension Day, the 30th is equated; the term ends on 9 March 2027."""
    walk = gegevensdeling()
    for number, on in (("1", "2025-03-31"), ("2", "2026-03-31")):
        walk.do("fulfil", f"{on} 10:00", obligation="jaarverslag", number=int(number))
    walk.do("fulfil", "2026-03-31 11:00", obligation="overleg", number=2)

    assert walk.until("2027-06-01 10:00").fired_of("obligation") == lines(
        """
        Mon 2025-03-10 10:00 obligation:jaarverslag.1:2025-04-01:-P4W
        Fri 2025-05-02 08:00 obligation:functionaris:2025-06-01:-P4W
        Tue 2025-05-13 08:00 obligation:verwerkersbijlage:2025-06-10:-P4W
        Wed 2025-05-28 08:00 obligation:functionaris:2025-06-01:P0D
        Tue 2025-06-10 08:00 obligation:verwerkersbijlage:2025-06-10:P0D
        Mon 2025-06-16 08:00 obligation:functionaris:2025-06-01:+P2W
        Tue 2025-06-24 08:00 obligation:verwerkersbijlage:2025-06-10:+P2W
        Mon 2025-07-14 08:00 obligation:functionaris:2025-06-01:+P6W
        Tue 2025-07-22 08:00 obligation:verwerkersbijlage:2025-06-10:+P6W
        Wed 2025-08-13 08:00 obligation:overleg.1:2025-09-10:-P4W
        Wed 2025-09-10 08:00 obligation:overleg.1:2025-09-10:P0D
        Wed 2025-09-24 08:00 obligation:overleg.1:2025-09-10:+P2W
        Wed 2025-10-22 08:00 obligation:overleg.1:2025-09-10:+P6W
        Tue 2026-02-10 08:00 obligation:overleg.2:2026-03-10:-P4W
        Wed 2026-03-04 08:00 obligation:jaarverslag.2:2026-04-01:-P4W
        Tue 2026-03-10 08:00 obligation:overleg.2:2026-03-10:P0D
        Tue 2026-03-24 08:00 obligation:overleg.2:2026-03-10:+P2W
        Thu 2026-08-13 08:00 obligation:overleg.3:2026-09-10:-P4W
        Thu 2026-09-10 08:00 obligation:overleg.3:2026-09-10:P0D
        Thu 2026-09-24 08:00 obligation:overleg.3:2026-09-10:+P2W
        Thu 2026-10-22 08:00 obligation:overleg.3:2026-09-10:+P6W
        Tue 2027-01-12 08:00 obligation:vernietiging:2027-02-09:-P4W
        Tue 2027-02-09 08:00 obligation:vernietiging:2027-02-09:P0D
        Tue 2027-02-23 08:00 obligation:vernietiging:2027-02-09:+P2W
        Tue 2027-03-23 08:00 obligation:vernietiging:2027-02-09:+P6W
        """
    )


# A start that nobody knows yet, after a decision that was held over (buurtbus) --------------------


def buurtbus() -> Entry:
    """Return it as both signed it on 11 March 2025, its start still unknown."""
    walk = Entry("new/buurtbus", "2025-01-13 10:00").agreed("2025-01-14", "2025-01-22")
    later = date(2025, 2, 25)
    walk.do("decide", "2025-02-04 15:00", outcome=Ruling.HELD_OVER, until=later)
    walk.do("decide", "2025-02-25 15:00", outcome=Ruling.AS_PROPOSED)
    return walk.signing(veldrijk="2025-03-06", buurtbus="2025-03-11")


def test_a_decision_that_was_held_over_is_asked_for_on_its_new_date() -> None:
    assert buurtbus().fired_of("held_over") == [
        "Tue 2025-02-25 08:00 held_over:college:2025-02-25:P0D"
    ]


def test_an_unknown_start_is_asked_for_and_leaves_every_date_unknown() -> None:
    walk = buurtbus()

    assert walk.is_in("signing")
    assert walk.term == ("unknown", "unknown")
    assert walk.evaluations == {"final": "unknown"}
    assert walk.instalments()[0] == "1 unknown 6000.00 expected"
    assert any(" missing_fact:term.start:" in line for line in walk.fired())


def test_a_start_that_is_set_gives_the_dates_and_comes_at_midnight() -> None:
    walk = buurtbus().forget()

    walk.do("set_start", "2025-03-18 10:00", on=date(2025, 4, 1))
    walk.until("2025-04-01 08:00")

    assert walk.is_in("active")
    assert walk.term == ("Tue 2025-04-01", "Fri 2028-03-31")
    assert walk.evaluations == {"final": "Mon 2028-01-31"}
    assert walk.fired_of("activation", "payment") == lines(
        """
        Tue 2025-03-18 10:00 payment:1:2025-04-01:-P4W
        Tue 2025-04-01 00:00 activation:term:2025-04-01:P0D
        Tue 2025-04-01 08:00 payment:1:2025-04-01:P0D
        """
    )


# Four years from a leap day (ggd) ----------------------------------------------------------------


def test_four_years_from_a_leap_day_end_on_28_february_and_pay_on_28_february() -> None:
    walk = Entry("new/ggd", "2023-12-11 10:00").adopted("2023-12-12", "2024-01-10", "2024-01-30")
    walk.signing(veldrijk="2024-02-15", wiersloot="2024-02-20", ggd="2024-02-29")

    assert walk.term == ("Thu 2024-02-29", "Mon 2028-02-28")
    assert walk.evaluations == {"halfway": "Sat 2026-02-28", "final": "Sun 2027-11-28"}
    assert walk.instalments() == lines(
        """
        1 Thu 2024-02-29 54000.00 expected
        2 Fri 2025-02-28 54000.00 expected
        3 Sat 2026-02-28 54000.00 expected
        4 Sun 2027-02-28 54000.00 expected
        """
    )
