"""The invented register: parties that join, leave and are merged, and who signs for them."""

from datetime import date

from tests.agreements import lines
from tests.register import Entry

# Parties that came and went while the agreement ran (toerisme) ------------------------------------


def toerisme() -> Entry:
    """Return it as it was registered."""
    return Entry("running/toerisme")


def parties_on(walk: Entry, day: date) -> list[str]:
    """Return who takes part on a day."""
    return [key for key, party in walk.agreement.party.items() if party.takes_part_on(day)]


def test_the_start_is_the_last_signature_of_the_first_parties() -> None:
    walk = toerisme()

    assert walk.is_in("active")
    assert walk.term == ("Thu 2022-05-19", "Tue 2027-05-18")
    assert walk.evaluations == {"halfway": "Tue 2024-11-19", "final": "Wed 2026-11-18"}


def test_who_takes_part_follows_from_joining_leaving_and_merging() -> None:
    walk = toerisme()

    assert parties_on(walk, date(2023, 12, 31)) == [
        "veldrijk",
        "oudemeer",
        "heidelaar",
        "wiersloot",
    ]
    assert parties_on(walk, date(2024, 1, 1)) == ["veldrijk", "oudemeer", "wiersloot", "bremmeren"]
    assert walk.agreement.party["heidelaar"].merged_into == "oudemeer"  # type: ignore[index]


def test_a_party_that_leaves_moves_no_date_though_its_signature_was_the_last() -> None:
    walk = toerisme().amend("2025-09-01 10:00", {"party.wiersloot.left_on": "2025-12-31"})

    assert walk.is_in("active")
    assert walk.term == ("Thu 2022-05-19", "Tue 2027-05-18")
    assert parties_on(walk, date(2026, 1, 1)) == ["veldrijk", "oudemeer", "bremmeren"]


def test_a_party_that_joins_holds_nothing_up_and_its_accession_moves_no_date() -> None:
    joins = {"party.zandwijk.name": "Gemeente Zandwijk", "party.zandwijk.joined_on": "2025-07-01"}
    walk = toerisme().amend("2025-02-03 10:00", joins)
    assert walk.is_in("active")
    assert walk.agreement.unsigned == ()

    walk.amend("2025-07-15 10:00", {"party.zandwijk.signed_on": "2025-07-10"})

    assert walk.is_in("active")
    assert walk.term == ("Thu 2022-05-19", "Tue 2027-05-18")
    assert parties_on(walk, date(2025, 6, 30)) == ["veldrijk", "oudemeer", "wiersloot", "bremmeren"]
    assert parties_on(walk, date(2025, 7, 1))[-1] == "zandwijk"


def test_each_party_decides_and_signs_by_itself_and_one_by_power_of_attorney() -> None:
    party = toerisme().agreement.party

    assert [f"{key} {item.decided_on} {item.signed_on}" for key, item in party.items()] == lines(
        """
        veldrijk None 2022-05-10
        oudemeer 2022-04-19 2022-05-12
        heidelaar 2022-04-26 2022-05-16
        wiersloot 2022-05-03 2022-05-19
        bremmeren 2024-01-23 2024-02-08
        """
    )
    own = party["veldrijk"]  # type: ignore[index]
    assert (own.signatory, own.power_of_attorney) == (
        "wethouder De Ruigh",
        "volmacht van 3 mei 2022",
    )


def test_the_evaluation_half_way_is_held_and_the_last_one_is_announced() -> None:
    walk = toerisme().do("pay", "2025-05-12 10:00", instalment="4")
    walk.do("pay", "2026-05-11 10:00", instalment="5").until("2026-11-18 08:00")

    assert walk.fired() == lines(
        """
        Mon 2025-03-24 08:00 payment:4:2025-05-19:-P8W
        Thu 2025-04-17 08:00 payment:4:2025-05-19:-P4W
        Tue 2026-03-24 08:00 payment:5:2026-05-19:-P8W
        Tue 2026-04-21 08:00 payment:5:2026-05-19:-P4W
        Tue 2026-08-18 08:00 evaluation:final:2026-11-18:-P3M
        Fri 2026-10-16 08:00 evaluation:final:2026-11-18:-P1M
        Wed 2026-11-18 08:00 evaluation:final:2026-11-18:P0D
        """
    )
    assert walk.is_in("evaluation")


# A party that leaves before it signed (warmtenet) ------------------------------------------------


def warmtenet() -> Entry:
    """Return it as three of its four parties have signed it, the last on 15 May 2025."""
    walk = Entry("new/warmtenet", "2025-03-10 10:00")
    walk.adopted("2025-03-11", "2025-03-26", "2025-04-15")
    return walk.signing(
        veldrijk="2025-05-06", warmtecooperatie="2025-05-08", veldwonen="2025-05-15"
    )


def test_while_one_party_has_not_signed_the_dates_wait_for_it() -> None:
    walk = warmtenet()

    assert walk.is_in("signing")
    assert walk.term == ("unknown", "unknown")
    assert [party.name for party in walk.agreement.unsigned] == ["Lindehof Vastgoed B.V."]
    assert walk.fired() == ["Tue 2025-05-13 08:00 unsigned:signatures:2025-04-15:+P4W"]


def test_nobody_waits_for_a_party_that_has_left_without_signing() -> None:
    walk = warmtenet().forget()

    walk.amend("2025-05-19 10:00", {"party.ontwikkelaar.left_on": "2025-05-12"})

    assert walk.is_in("active")
    assert walk.term == ("Thu 2025-05-15", "Sun 2028-05-14")
    assert walk.evaluations == {"final": "Mon 2028-02-14"}
    assert walk.fired_of("activation", "payment") == lines(
        """
        Mon 2025-05-19 10:00 activation:term:2025-05-15:P0D
        Mon 2025-05-19 10:00 payment:1:2025-05-15:P0D
        """
    )


# A party that is to join later (ggd) -------------------------------------------------------------


def ggd() -> Entry:
    """Return it in force since 29 February 2024; Kastelrade joins on 1 January 2025."""
    walk = Entry("new/ggd", "2023-12-11 10:00").adopted("2023-12-12", "2024-01-10", "2024-01-30")
    return walk.signing(veldrijk="2024-02-15", wiersloot="2024-02-20", ggd="2024-02-29")


def test_a_party_that_joins_later_is_not_waited_for_at_the_start() -> None:
    walk = ggd()

    assert walk.is_in("active")
    assert walk.fired() == lines(
        """
        Tue 2024-02-27 08:00 unsigned:signatures:2024-01-30:+P4W
        Thu 2024-02-29 10:00 activation:term:2024-02-29:P0D
        Thu 2024-02-29 10:00 payment:1:2024-02-29:P0D
        """
    )


def test_the_accession_of_a_party_is_asked_for_before_it_joins() -> None:
    walk = ggd().do("pay", "2024-02-29 11:00", instalment="1").forget()

    walk.amend("2024-12-16 10:00", {"party.kastelrade.signed_on": "2024-12-12"})
    walk.until("2025-01-03 07:59")

    assert walk.fired() == lines(
        """
        Wed 2024-11-06 08:00 missing_fact:party.kastelrade.signed_on:2024-11-06:P0D
        Wed 2024-12-04 08:00 missing_fact:party.kastelrade.signed_on:2024-11-06:+P4W
        """
    )
    assert walk.term == ("Thu 2024-02-29", "Mon 2028-02-28")


def test_an_evaluation_half_way_that_stays_open_does_not_hold_the_last_one_back() -> None:
    walk = ggd().until("2027-11-26 08:00")
    assert walk.is_in("evaluation")

    walk.do("conclude", "2027-12-01 10:00", evaluation="halfway")

    assert walk.is_in("evaluation")
    assert walk.fired_of("evaluation") == lines(
        """
        Fri 2025-11-28 08:00 evaluation:halfway:2026-02-28:-P3M
        Wed 2026-01-28 08:00 evaluation:halfway:2026-02-28:-P1M
        Fri 2026-02-27 08:00 evaluation:halfway:2026-02-28:P0D
        Mon 2026-03-16 08:00 evaluation:halfway:2026-02-28:+P2W
        Mon 2026-03-30 08:00 evaluation:halfway:2026-02-28:+P4W
        Mon 2026-04-13 08:00 evaluation:halfway:2026-02-28:+P6W
        Fri 2027-08-27 08:00 evaluation:final:2027-11-28:-P3M
        Thu 2027-10-28 08:00 evaluation:final:2027-11-28:-P1M
        Fri 2027-11-26 08:00 evaluation:final:2027-11-28:P0D
        """
    )
