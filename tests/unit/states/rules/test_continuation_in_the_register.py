"""The invented register: option years that are decided on, and the agreement that follows."""

from states.model.period import Period
from states.model.stage import Continuation, Ending, Ruling, Stage
from tests.agreements import lines
from tests.register import Entry

# Option years that each need a decision (leerlingenvervoer) --------------------------------------


def leerlingenvervoer() -> Entry:
    """Return it in force from 1 August 2025, after the college sent it back once."""
    walk = Entry("new/leerlingenvervoer", "2025-03-03 10:00").agreed("2025-03-04", "2025-03-26")
    walk.do("decide", "2025-04-08 15:00", outcome=Ruling.RETURNED)
    walk.adopted("2025-04-10", "2025-04-24", "2025-05-13")
    walk.signing(veldrijk="2025-05-27", bremmeren="2025-06-03", vervoerder="2025-06-10")
    return walk.until("2025-08-01 08:00")


def one_more_year(walk: Entry, evaluated: str, decided: str) -> Entry:
    """Hold the evaluation and decide for another year, which is paid for as well."""
    walk.do("conclude", f"{evaluated} 10:00", report="Evaluatie leerlingenvervoer")
    return walk.do(
        "decide",
        f"{decided} 10:00",
        outcome=Continuation.EXTEND,
        length=Period(12),
        contribution=True,
    )


def test_a_start_that_lies_ahead_asks_for_the_signatures_and_comes_at_midnight() -> None:
    assert sorted(leerlingenvervoer().fired()) == lines(
        """
        Fri 2025-06-06 08:00 missing_fact:party.vervoerder.signed_on:2025-06-06:P0D
        Fri 2025-06-06 08:00 payment:1:2025-08-01:-P8W
        Fri 2025-07-04 08:00 payment:1:2025-08-01:-P4W
        Fri 2025-08-01 00:00 activation:term:2025-08-01:P0D
        Fri 2025-08-01 08:00 payment:1:2025-08-01:P0D
        Tue 2025-06-10 08:00 unsigned:signatures:2025-05-13:+P4W
        """
    )


def test_an_extension_has_a_length() -> None:
    walk = leerlingenvervoer()
    walk.do("conclude", "2027-02-09 10:00", report="Evaluatie leerlingenvervoer")
    extends = {"outcome": Continuation.EXTEND, "length": Period(), "contribution": True}
    said = walk.objections("decide", "2027-03-09 10:00", **extends)
    assert said == ["An extension of no length is no extension."]


def test_each_option_year_has_its_own_end_evaluation_and_instalments() -> None:
    walk = leerlingenvervoer()
    assert walk.term == ("Fri 2025-08-01", "Sat 2027-07-31")
    assert walk.evaluations == {"final": "Sun 2027-01-31"}
    assert len(walk.instalments()) == 8

    one_more_year(walk, "2027-02-09", "2027-03-09")
    assert walk.is_in("active")
    assert walk.term == ("Fri 2025-08-01", "Mon 2028-07-31")
    assert walk.evaluations == {"final": "Mon 2028-01-31"}
    assert len(walk.instalments()) == 12

    one_more_year(walk, "2028-02-08", "2028-03-14")
    assert walk.is_in("active")
    assert walk.term == ("Fri 2025-08-01", "Tue 2029-07-31")
    assert walk.evaluations == {"final": "Wed 2029-01-31"}
    assert len(walk.instalments()) == 16
    assert walk.instalments()[-1] == "16 Tue 2029-05-01 41250.00 expected"


def test_after_the_last_option_year_the_decision_to_stop_lets_it_expire() -> None:
    walk = one_more_year(leerlingenvervoer(), "2027-02-09", "2027-03-09")
    one_more_year(walk, "2028-02-08", "2028-03-14").do("conclude", "2029-02-06 10:00")
    walk.do("decide", "2029-03-13 10:00", outcome=Continuation.STOP).until("2030-01-01 00:00")

    assert walk.ending is Ending.EXPIRED
    assert walk.fired_of("evaluation", "continuation", "expiry") == lines(
        """
        Fri 2026-10-30 08:00 evaluation:final:2027-01-31:-P3M
        Thu 2026-12-31 08:00 evaluation:final:2027-01-31:-P1M
        Fri 2027-01-29 08:00 evaluation:final:2027-01-31:P0D
        Fri 2027-10-29 08:00 evaluation:final:2028-01-31:-P3M
        Fri 2027-12-31 08:00 evaluation:final:2028-01-31:-P1M
        Mon 2028-01-31 08:00 evaluation:final:2028-01-31:P0D
        Tue 2028-10-31 08:00 evaluation:final:2029-01-31:-P3M
        Fri 2028-12-29 08:00 evaluation:final:2029-01-31:-P1M
        Wed 2029-01-31 08:00 evaluation:final:2029-01-31:P0D
        Wed 2029-08-01 00:00 expiry:term:2029-08-01:P0D
        """
    )


def test_an_option_year_that_nobody_decides_on_lapses() -> None:
    walk = leerlingenvervoer().do("conclude", "2027-02-09 10:00").until("2027-08-02 00:00")

    assert walk.ending is Ending.LAPSED
    assert walk.fired_of("continuation", "expiry") == lines(
        """
        Fri 2027-06-18 08:00 continuation:term:2027-07-31:-P6W
        Fri 2027-07-16 08:00 continuation:term:2027-07-31:-P2W
        Wed 2027-07-28 08:00 continuation:term:2027-07-31:-P3D
        Sun 2027-08-01 00:00 expiry:term:2027-08-01:P0D
        """
    )


# The agreement that follows (schuldhulp) ---------------------------------------------------------


def continued() -> Entry:
    """Return it with the decision of 25 February 2025 to go on as VR-2025-040."""
    return Entry("running/schuldhulp").do(
        "decide", "2025-02-25 10:00", outcome=Continuation.CONTINUE, successor="VR-2025-040"
    )


def test_what_waits_for_its_decision_is_registered_so_and_reminded_of_it() -> None:
    walk = Entry("running/schuldhulp")

    assert walk.is_in("continuation_decision")
    assert walk.term == ("Tue 2021-04-06", "Sat 2025-04-05")
    assert walk.until("2025-04-04 00:00").fired() == lines(
        """
        Fri 2025-02-21 08:00 continuation:term:2025-04-05:-P6W
        Fri 2025-03-21 08:00 continuation:term:2025-04-05:-P2W
        Wed 2025-04-02 08:00 continuation:term:2025-04-05:-P3D
        """
    )


def test_the_successor_is_a_draft_that_takes_over_the_terms_and_no_signature() -> None:
    walk = continued()

    successor = walk.change.successor
    assert successor is not None
    assert (walk.agreement.successor, successor.predecessor) == ("VR-2025-040", "VR-2021-005")
    assert (successor.stage, str(successor.term.length)) == (Stage.DRAFT, "P4Y")
    assert [party.name for party in successor.unsigned] == [
        "Gemeente Veldrijk",
        "Kredietbank Veldstreek",
    ]
    assert successor.contribution is not None
    assert (str(successor.contribution.amount), successor.instalment) == ("28000.00", {})
    assert successor.evaluation["final"].held == {}  # type: ignore[index]


def test_the_predecessor_ends_as_continued_and_that_is_told_on_monday() -> None:
    walk = continued().forget().until("2025-05-01 00:00")

    assert walk.ending is Ending.CONTINUED
    assert walk.fired() == ["Sun 2025-04-06 00:00 expiry:term:2025-04-06:P0D"]
    assert walk.shown() == ["Mon 2025-04-07 08:00 expiry:term:2025-04-06:P0D"]
