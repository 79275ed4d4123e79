"""Compliance: what was due is counted once, also when another date has taken its place since."""

import re

import pytest

from tests.reports import report, words
from tests.town import OFFICES, REF, Town, running

# What the ledger tells is read through queries that other tests ask of both databases.
pytestmark = pytest.mark.on_sqlite


def evaluated_late(town: Town) -> Town:
    """Let the source case come nine days past its final evaluation, which nobody held."""
    return town.in_force(until="2020-07-20 10:00")


def rows(town: Town, year: int) -> list[str]:
    """Return what stands under a year, from the first office on."""
    found = words(report(town) / "compliance.html")
    begin = found.index(str(year)) + 7
    after = [i for i, text in enumerate(found) if i > begin and re.fullmatch(r"20\d\d", text)]
    end = next(i for i, text in enumerate(found) if text.startswith("Made by looptijd"))
    return found[begin : min([*after, end])]


HEADS = [
    "One by one",
    "1",
    "by when",
    "what",
    "done",
    "result",
    "date known",
    "first asked",
    "recorded",
]


def test_an_evaluation_that_was_held_late_tells_how_late_and_what_was_known_when(
    town: Town,
) -> None:
    town.in_force(until="2020-07-21 10:00")
    town.do("conclude", on="2020-07-20", report="R-1", conclusion="Doorgaan.")
    assert rows(town, 2020) == [
        *("Portefeuille Sociaal Domein", "1", "0", "1", "0", "9", *HEADS),
        *("11 July 2020", "Verbindend Leiden", "the final evaluation, Portefeuille Sociaal Domein"),
        *("20 July 2020", "9 days late", "Doorgaan."),
        *("12 October 2017", "9 April 2020", "21 July 2020"),
    ]


def test_what_was_undone_is_recorded_anew(town: Town) -> None:
    town.in_force(until="2020-07-21 10:00")
    town.do("conclude", on="2020-07-20", report="R-1", conclusion="Doorgaan.")
    town.at("2020-07-23 10:00").do("undo", reason="Van een andere overeenkomst.")
    assert rows(town, 2020)[-2:] == ["9 April 2020", "–"]

    town.at("2020-07-28 10:00").do("conclude", on="2020-07-27", report="R-2", conclusion="Stoppen.")
    assert rows(town, 2020)[-1] == "28 July 2020"


def test_what_was_corrected_stays_recorded_on_the_day_on_which_it_was_first_recorded(
    town: Town,
) -> None:
    town.in_force(until="2020-07-21 10:00")
    town.do("conclude", on="2020-07-20", report="R-1", conclusion="Doorgaan.")
    correction = {"evaluation.final.held_on": "2020-07-16"}
    town.at("2020-07-23 10:00").do("amend", reason="Verkeerde dag", **correction)
    found = rows(town, 2020)
    assert "5 days late" in found
    assert found[-1] == "21 July 2020"


def test_what_was_done_before_its_day_was_in_time(town: Town) -> None:
    town.in_force(until="2020-07-06 10:00").do("start_evaluation")
    town.do("conclude", on="2020-07-06", report="R-1", conclusion="Doorgaan.")
    found = rows(town, 2020)
    assert found[:6] == ["Portefeuille Sociaal Domein", "1", "1", "0", "0", "0"]
    assert "in time" in found


def test_one_that_is_not_held_counts_its_days_and_one_that_is_not_due_does_not_count(
    town: Town,
) -> None:
    town.in_force(until="2020-07-11 10:00")
    assert words(report(town) / "compliance.html").count("There is nothing to list.") == 1
    town.until("2020-07-13 10:00")
    assert rows(town, 2020)[:6] == ["Portefeuille Sociaal Domein", "1", "0", "0", "1", "2"]
    assert "2 days late" in rows(town, 2020)


def test_a_term_that_ran_out_undecided_and_a_decision_that_came_after_are_told(
    town: Town,
) -> None:
    town.in_force(until="2020-10-13 10:00")
    assert "lapsed" in rows(town, 2020)
    town.do("decide", outcome="stop", on="2020-10-13", reference="B-7")
    found = rows(town, 2020)
    assert found[:6] == ["Portefeuille Sociaal Domein", "2", "0", "1", "1", "48"]
    assert found[-6:] == [
        *("13 October 2020", "2 days late", "stop (B-7)"),
        *("12 October 2017", "28 August 2020", "13 October 2020"),
    ]


def test_a_day_that_was_reached_stays_due_when_an_amendment_moves_it(town: Town) -> None:
    evaluated_late(town)
    town.do("amend", reason="verlengd", **{"term.length": "P4Y"})
    assert "11 July 2020" in rows(town, 2020)
    assert "not done" in rows(town, 2020)


def test_a_day_that_an_amendment_moves_before_it_is_over_was_never_due(town: Town) -> None:
    """On Friday 10 July it was asked for the last time; Saturday 11 July was still to come."""
    town.in_force(until="2020-07-10 15:00")
    assert town.stage() == "evaluation"
    town.at("2020-07-11 23:00").do("amend", reason="verlengd", **{"term.length": "P4Y"})
    town.until("2020-07-20 10:00")
    assert words(report(town) / "compliance.html").count("There is nothing to list.") == 1


def test_a_day_that_was_moved_by_mistake_and_stood_again_stays_due_when_the_term_is_extended(
    town: Town,
) -> None:
    town.in_force(until="2020-07-10 15:00")
    town.at("2020-07-11 10:00").do("amend", reason="verlengd", **{"term.length": "P4Y"})
    town.at("2020-07-14 10:00").do("undo", reason="Van een andere overeenkomst.")
    town.until("2020-09-01 10:00")
    assert "11 July 2020" in rows(town, 2020)

    town.do("amend", reason="verlengd", **{"term.length": "P4Y"})
    assert rows(town, 2020)[:5] == ["Portefeuille Sociaal Domein", "1", "0", "0", "1"]
    assert "11 July 2020" in rows(town, 2020)


def test_a_day_that_was_only_reminded_of_was_not_due_when_an_amendment_moves_it(
    town: Town,
) -> None:
    town.in_force(until="2020-06-01 10:00")  # reminded of 11 July on 9 April
    town.do("amend", reason="later", **{"evaluation.final.before_end": "P2M"})
    found = rows(town.until("2020-08-13 10:00"), 2020)
    assert "11 August 2020" in found
    assert "11 July 2020" not in found


def test_a_day_that_lies_before_the_end_by_a_later_correction_alone_was_due_too(
    town: Town,
) -> None:
    """`show` calls such an evaluation never held."""
    town.in_force(until="2020-10-13 10:00")
    town.do("amend", reason="Fout", **{"evaluation.final.before_end": "P6M"})
    found = rows(town, 2020)
    assert found[:5] == ["Portefeuille Sociaal Domein", "3", "0", "0", "3"]
    assert "11 April 2020" in found


def test_what_was_due_before_it_was_registered_counts(town: Town) -> None:
    held = running("A-1", start="2014-01-01", length="P2Y")
    town.at("2018-11-01 10:00").register(OFFICES, held, history=True)
    found = rows(town, 2015)
    assert found[:5] == ["Portefeuille Sociaal Domein", "2", "0", "0", "2"]
    assert found[-3:] == ["1 November 2018", "–", "–"]


def test_the_public_report_has_no_such_page(town: Town) -> None:
    evaluated_late(town)
    folder = report(town, public=True)
    assert not (folder / "compliance.html").exists()
    assert "Compliance" not in words(folder / "index.html")
    assert REF in words(folder / "index.html")
