"""What a simulation from a day in the past begins with, and when each fact comes into force."""

from datetime import date

from states.dates.policy import Policy
from states.model.facts import flatten
from tests.agreements import YEAR_BY_YEAR, Walk, at, local
from workflow.engine.replay import Replay, replay


def from_day(walk: Walk, day: str) -> Replay:
    return replay(walk.events, Policy(), at(f"{day} 00:00"))


def known(walk: Walk, day: str) -> dict[str, str]:
    """Return the facts with which a simulation from this day begins."""
    begun = from_day(walk, day).begin(Policy(), at(f"{day} 00:00"))
    return flatten(begun.dossier.agreement)


def test_a_start_that_was_set_ahead_is_known_from_the_day_it_was_said() -> None:
    walk = Walk({"term.start": "unknown"}).decided()
    walk.do("set_start", "2017-10-02 10:00", on=date(2018, 1, 1))

    assert local(from_day(walk, "2017-10-01").changes[-1][0]) == "Mon 2017-10-02 10:00"
    assert known(walk, "2017-11-01")["term.start"] == "2018-01-01"


def test_a_start_that_was_set_twice_is_the_one_that_was_said_last() -> None:
    walk = Walk({"term.start": "unknown"}).decided()
    walk.do("set_start", "2017-10-02 10:00", on=date(2018, 1, 1))
    walk.do("set_start", "2017-10-03 10:00", on=date(2017, 12, 1))

    assert known(walk, "2018-02-01")["term.start"] == "2017-12-01"


def test_a_correction_never_comes_before_what_it_corrects() -> None:
    walk = Walk().decided().signed()
    walk.do("amend", "2017-10-16 10:00", facts={"party.beesel.signed_on": "2017-10-10"})
    walk.do("pay", "2017-10-20 10:00", instalment="1", on=date(2017, 10, 9))

    # The amendment has no date of its own: it goes with the payment, but not before the signature.
    assert known(walk, "2017-11-01")["party.beesel.signed_on"] == "2017-10-10"


def test_a_suspension_is_not_resumed_before_it_began_on_the_same_day() -> None:
    walk = Walk().decided().signed()
    walk.do("suspend", "2017-11-01 15:00", on=date(2017, 11, 1), moves_end=True)
    walk.do("resume", "2017-11-02 10:00", on=date(2017, 11, 1))

    moments = [local(moment) for moment, _ in from_day(walk, "2017-06-01").changes]
    assert moments[-2:] == ["Wed 2017-11-01 15:00", "Wed 2017-11-01 15:00"]


def test_what_was_renewed_before_the_beginning_stays_renewed_after_a_termination() -> None:
    walk = Walk(YEAR_BY_YEAR).decided().signed().until("2019-10-13 00:00")
    walk.do("terminate", "2020-01-10 10:00", on=date(2020, 1, 10))

    facts = known(walk, "2020-02-01")
    assert (facts["extension.1.length"], facts["extension.2.length"]) == ("P1Y", "P1Y")


def test_what_fired_before_the_beginning_and_was_put_off_does_not_fire_again() -> None:
    walk = Walk({"term.start": "unknown"}).decided()
    asked = "missing_fact:term.start:2017-09-26:P0D"
    walk.do("acknowledge", "2017-10-02 10:00", occurrence=asked, until=date(2017, 10, 9))
    begun = from_day(walk, "2017-10-03").begin(Policy(), at("2017-10-03 00:00"))

    # What was put off is followed up on 24 October; the question itself was asked before.
    assert begun.dossier.recorded[asked].status == "fired"
    assert begun.next_alert_at == at("2017-10-24 08:00")


def test_since_when_a_date_was_known_by_the_beginning_is_known_there_too() -> None:
    walk = Walk({"term.start": "2017-05-01"}, when="2017-06-01 10:00")  # the first payment was due
    known_on = "known_on.payment:1:2017-05-01"

    assert known(walk, "2017-06-02")[known_on] == "2017-06-01"
    assert known_on not in known(walk, "2017-05-20")
