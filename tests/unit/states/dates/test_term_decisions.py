"""Decisions and held evaluations belong to the term they were taken for, not to a date."""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from states.dates.term_dates import dues_of, end_of
from states.dates.term_decisions import decision_of
from states.model.agreement import Agreement
from states.model.facts import build, flatten
from states.model.stage import Continuation
from tests.agreements import TACIT, Changes, Walk


def stopped(changes: Changes | None = None) -> Walk:
    """Return the source case, its evaluation of 11 July 2020 held, and decided not to go on."""
    walk = Walk(changes).decided().signed().until("2020-06-30 00:00")
    walk.do("start_evaluation", "2020-07-01 09:00").do("conclude", "2020-07-01 10:00")
    return walk.do("decide", "2020-08-03 10:00", outcome=Continuation.STOP).forget()


def amended(walk: Walk, when: str, facts: dict[str, str], **keys: Any) -> Walk:
    return walk.do("amend", when, reason="x", facts=facts, **keys)


def suspended(walk: Walk) -> Walk:
    walk.do("suspend", "2020-08-10 10:00", on=date(2020, 8, 10), moves_end=True)
    return walk.do("resume", "2020-08-20 10:00", on=date(2020, 8, 20))


@pytest.mark.parametrize("changes", [{}, TACIT], ids=["decision", "tacit"])
def test_a_decided_stop_stands_when_a_suspension_moves_the_end(changes: Changes) -> None:
    walk = suspended(stopped(changes))

    assert str(end_of(walk.agreement).day) == "2020-10-21"  # type: ignore[union-attr]
    assert walk.is_in("continuation_decision")
    walk.until("2020-11-01 00:00")
    assert (walk.stage.value, walk.ending) == ("ended", "expired")
    assert [line for line in walk.fired() if "payment" not in line] == [
        "Thu 2020-10-22 00:00 expiry:term:2020-10-22:P0D"
    ]


@pytest.mark.parametrize("changes", [{}, TACIT], ids=["decision", "tacit"])
def test_while_it_rests_a_decided_stop_stands_too(changes: Changes) -> None:
    walk = stopped(changes)
    walk.do("suspend", "2020-08-10 10:00", on=date(2020, 8, 10), moves_end=True)

    assert walk.is_in("continuation_decision")


@pytest.mark.parametrize(
    "facts",
    [
        {"term.start": "2017-10-13"},
        {"term.start": "2017-10-11"},
        {"party.beesel.signed_on": "2017-10-13"},
    ],
    ids=["a day later", "a day earlier", "a signature"],
)
def test_a_correction_of_the_start_leaves_what_was_decided(facts: dict[str, str]) -> None:
    walk = amended(stopped(), "2020-08-10 10:00", facts)

    assert walk.is_in("continuation_decision")
    walk.until("2020-11-01 00:00")
    assert walk.ending == "expired"


def test_an_evaluation_after_the_start_stays_held_when_the_start_is_corrected() -> None:
    walk = Walk({"evaluation.half.after_start": "P18M"}).decided().signed()
    walk.until("2019-05-01 00:00").do("conclude", "2019-05-01 10:00", evaluation="half").forget()
    amended(walk, "2019-05-02 10:00", {"term.start": "2017-10-13"})

    assert walk.is_in("active")
    walk.until("2020-04-10 00:00")
    assert [line for line in walk.shown() if "evaluation" in line] == [
        "Thu 2020-04-09 08:00 evaluation:final:2020-07-12:-P3M"
    ]


def test_a_termination_leaves_a_held_evaluation_standing() -> None:
    walk = stopped().do(
        "terminate", "2020-08-10 10:00", reason="x", on=date(2020, 8, 10), ends_on=date(2020, 9, 1)
    )

    assert [due.day for _, due in dues_of(walk.agreement)] == [date(2020, 7, 11)]  # type: ignore[union-attr]


ANOTHER = [
    {"term.length": "P4Y"},
    {"term.length": "unknown", "term.last_day": "2020-12-31"},
    {"term.length": "unknown", "term.ends_before": "2021-01-01"},
]


@pytest.mark.parametrize("facts", ANOTHER, ids=["length", "last_day", "ends_before"])
def test_another_length_or_last_day_was_not_decided_on(facts: dict[str, str]) -> None:
    walk = amended(stopped(), "2020-08-10 10:00", facts)

    assert not walk.is_in("continuation_decision")
    walk.until("2021-11-01 00:00")
    assert walk.ending == "lapsed"


@pytest.mark.parametrize("facts", ANOTHER, ids=["length", "last_day", "ends_before"])
def test_a_mistake_in_the_length_that_is_corrected_leaves_it_decided(facts: dict[str, str]) -> None:
    walk = amended(stopped(), "2020-08-10 10:00", facts, correction=True)

    assert walk.is_in("continuation_decision")
    walk.until("2021-11-01 00:00")
    assert walk.ending == "expired"


def test_an_extension_is_asked_about_anew_and_forgets_nothing() -> None:
    walk = stopped()
    walk.do(
        "decide",
        "2020-08-10 10:00",
        outcome=Continuation.EXTEND,
        length=walk.agreement.term.length,
        contribution=True,
    )

    assert walk.is_in("active")
    walk.until("2023-11-01 00:00")
    assert walk.ending == "lapsed"


ON_A_DAY: Changes = {
    "evaluation.final.before_end": None,
    "evaluation.final.after_start": "P30M",
    "evaluation.final.final": "true",
}


def extended_after(changes: Changes) -> Walk:
    """Return it evaluated on 2 May 2020, and extended from 11 October 2020 by three years."""
    walk = Walk(changes).decided().signed().until("2020-05-01 00:00")
    walk.do("conclude", "2020-05-02 10:00", evaluation="final")
    assert walk.is_in("continuation_decision")
    keys: dict[str, Any] = {"outcome": Continuation.EXTEND, "length": walk.agreement.term.length}
    return walk.do("decide", "2020-06-01 10:00", contribution=True, **keys).forget()


def test_what_was_evaluated_on_a_day_of_its_own_asks_for_no_decision_after_the_extension() -> None:
    walk = extended_after(ON_A_DAY)

    assert walk.is_in("active")
    assert walk.until("2023-08-30 07:59").is_in("active")  # six weeks before 11 October 2023
    assert walk.until("2023-08-30 08:00").is_in("continuation_decision")
    assert walk.until("2023-10-12 00:00").ending == "lapsed"


def test_after_such_an_extension_the_decision_may_be_begun() -> None:
    walk = extended_after(ON_A_DAY)

    assert walk.do("start_decision", "2023-03-01 10:00").is_in("continuation_decision")


def test_a_second_day_in_the_longer_term_is_evaluated_before_its_decision() -> None:
    second = {"evaluation.next.on": "2023-03-01", "evaluation.next.final": "true"}
    walk = extended_after(ON_A_DAY)
    amended(walk, "2020-07-01 10:00", second)

    assert walk.until("2023-03-01 08:00").is_in("evaluation")
    assert walk.do("conclude", "2023-03-02 10:00").is_in("continuation_decision")


def test_an_evaluation_that_comes_late_in_the_longer_term_is_of_that_term() -> None:
    walk = Walk(ON_A_DAY).decided().signed().until("2020-10-12 00:00")
    keys: dict[str, Any] = {"outcome": Continuation.EXTEND, "length": walk.agreement.term.length}
    walk.do("decide", "2020-10-19 10:00", contribution=True, **keys)
    assert walk.is_in("evaluation")

    walk.do("conclude", "2020-10-20 10:00")
    assert walk.is_in("continuation_decision")


def test_a_renewal_lets_an_agreement_run_that_was_evaluated_on_a_day_of_its_own() -> None:
    walk = Walk({**ON_A_DAY, **TACIT}).decided().signed().until("2020-05-01 00:00")
    walk.do("conclude", "2020-05-02 10:00")
    assert walk.until("2020-10-11 12:00").is_in("continuation_decision")

    assert walk.until("2020-10-12 00:00").is_in("active")


@pytest.mark.parametrize(
    "rested, day, stage",
    [
        ((date(2018, 3, 1), date(2018, 5, 1)), date(2020, 12, 1), "active"),
        ((date(2021, 3, 1), date(2021, 5, 1)), date(2020, 12, 1), "continuation_decision"),
    ],
    ids=["in the first term", "after it"],
)
def test_the_term_in_which_it_rested_is_the_one_that_ended_later(
    rested: tuple[date, date], day: date, stage: str
) -> None:
    """The first term ends on 11 October 2020, or 61 days later, on 11 December."""
    walk = extended_after(ON_A_DAY)
    (begun, resumed), third = rested, {"evaluation.third.final": "true"}
    amended(walk, "2020-07-01 10:00", {**third, "evaluation.third.on": f"{day}"})
    suspension = {"on": f"{begun}", "resumed_on": f"{resumed}", "moves_end": "true"}
    facts = {f"suspension.1.{key}": text for key, text in suspension.items()}
    amended(walk.until("2021-06-01 00:00"), "2021-06-01 10:00", facts)
    walk.do("conclude", "2021-06-01 11:00", on=day)

    assert walk.stage.value == stage


def test_a_decision_that_is_taken_again_after_the_end_moved_takes_the_place_of_the_first() -> None:
    walk = suspended(stopped()).do(
        "decide", "2020-09-01 10:00", outcome=Continuation.CONTINUE, successor="SO-2"
    )

    assert list(walk.agreement.continuation) == [date(2020, 10, 21)]
    walk.until("2020-11-01 00:00")
    assert walk.ending == "continued"


def test_of_another_length_that_ends_on_the_same_day_nothing_was_decided() -> None:
    walk = amended(
        stopped(), "2020-08-10 10:00", {"term.length": "P4Y", "term.start": "2016-10-12"}
    )

    assert str(end_of(walk.agreement).day) == "2020-10-11"  # type: ignore[union-attr]
    assert decision_of(walk.agreement) is None


def test_what_an_earlier_release_recorded_stands_as_well() -> None:
    walk = stopped()
    old = {k: v for k, v in flatten(walk.agreement).items() if not k.endswith(".taken_for")}
    assert old["continuation.2020-10-11.outcome"] == "stop"
    walk.dossier = replace(walk.dossier, agreement=build(Agreement, old))
    amended(walk, "2020-08-10 10:00", {"term.start": "2017-10-13"})

    assert walk.is_in("continuation_decision")
    assert walk.agreement.continuation[date(2020, 10, 11)].taken_for == "1 P3Y"


def test_an_earlier_release_that_lost_a_stop_to_a_suspension_finds_it_again() -> None:
    walk = suspended(stopped())
    old = {k: v for k, v in flatten(walk.agreement).items() if not k.endswith(".taken_for")}
    walk.dossier = replace(walk.dossier, agreement=build(Agreement, old))
    walk.until("2020-11-01 00:00")

    assert walk.ending == "expired"
