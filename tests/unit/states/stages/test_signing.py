"""Signing: each party on its own date; the start rule says when the agreement is in force."""

from datetime import date

import pytest

from states.dates.term_dates import start_of
from states.model.arithmetic import Dated
from states.model.stage import Stage, Unknown
from tests.agreements import Walk

PARTIES = ("maastricht", "limburg", "waterschap", "beesel", "cooperatie")


def sign(walk: Walk, when: str, *parties: str) -> Walk:
    for party in parties:
        walk.do("sign", when, party=party)
    return walk


def test_a_signature_has_a_signatory_a_capacity_and_a_date() -> None:
    walk = Walk().decided()
    walk.do(
        "sign",
        "2017-10-12 10:00",
        party="maastricht",
        on=date(2017, 10, 10),
        signatory="J. Gerats",
        capacity="wethouder, volmacht van de burgemeester",
    )

    signed = walk.agreement.party["maastricht"]  # type: ignore[index]
    assert signed.signed_on == date(2017, 10, 10)
    assert signed.signatory == "J. Gerats"
    assert signed.capacity == "wethouder, volmacht van de burgemeester"
    assert walk.is_in("signing")


def test_the_last_signature_puts_the_agreement_in_force() -> None:
    walk = sign(Walk().decided(), "2017-10-02 10:00", *PARTIES[:4])
    assert walk.is_in("signing")

    sign(walk.forget(), "2017-10-12 10:00", "cooperatie")

    assert walk.is_in("active")
    assert "activation:term:2017-10-12:P0D" in [event.occurrence for event in walk.events]


def test_the_start_is_the_latest_signature_in_whatever_order_they_are_recorded() -> None:
    walk = sign(Walk().decided(), "2017-10-12 10:00", *PARTIES[:4])
    walk.do("sign", "2017-10-12 11:00", party="cooperatie", on=date(2017, 10, 1))

    start = start_of(walk.agreement)
    assert isinstance(start, Dated)
    assert start.day == date(2017, 10, 12)


def test_while_a_signature_is_missing_the_start_is_unknown_and_names_who_is_awaited() -> None:
    walk = sign(Walk().decided(), "2017-10-02 10:00", *PARTIES[:3])

    start = start_of(walk.agreement)
    assert isinstance(start, Unknown)
    assert str(start.because) == (
        "the agreement has not been signed by: Gemeente Beesel, Coöperatie Verbindend Leiden"
    )


def test_who_signed_cannot_sign_again() -> None:
    walk = sign(Walk().decided(), "2017-10-02 10:00", "limburg")

    assert walk.objections("sign", "2017-10-12 10:00", party="limburg") == [
        "Provincie Limburg signed on 2017-10-02 already."
    ]


def test_our_own_signature_may_not_lie_before_the_colleges_decision() -> None:
    walk = Walk().decided()
    early = date(2017, 9, 25)

    assert walk.objections("sign", "2017-10-12 10:00", party="maastricht", on=early) == [
        "Our own signature is dated 2017-09-25, before the college decided on 2017-09-26."
    ]
    assert walk.objections("sign", "2017-10-12 10:00", party="limburg", on=early) == []


def test_a_fixed_start_waits_for_its_day_when_all_have_signed() -> None:
    walk = Walk({"term.start": "2018-01-01"}).decided().signed().forget()
    assert walk.is_in("signing")

    assert walk.until("2017-12-31 23:59").stage is Stage.SIGNING
    walk.until("2018-01-01 00:00")

    assert walk.is_in("active")
    assert "Mon 2018-01-01 00:00 activation:term:2018-01-01:P0D" in walk.fired()
    assert "Tue 2018-01-02 08:00 activation:term:2018-01-01:P0D" in walk.shown()


def test_nothing_is_activated_on_the_start_while_a_signature_is_missing() -> None:
    walk = sign(Walk({"term.start": "2018-01-01"}).decided(), "2017-10-02 10:00", *PARTIES[:4])

    walk.until("2018-01-10 12:00")

    assert walk.is_in("signing")
    assert [line for line in walk.fired() if "activation" in line] == []


def test_a_signature_after_a_fixed_start_activates_at_once_and_tells_so() -> None:
    walk = sign(Walk({"term.start": "2018-01-01"}).decided(), "2017-10-02 10:00", *PARTIES[:4])
    walk.until("2018-01-10 12:00").forget()

    sign(walk, "2018-01-10 12:00", "cooperatie")

    assert walk.is_in("active")
    assert walk.fired() == ["Wed 2018-01-10 12:00 activation:term:2018-01-01:P0D"]
    assert walk.shown() == ["Wed 2018-01-10 12:00 activation:term:2018-01-01:P0D"]
    assert walk.events[-1].caught_up


def test_our_own_signature_as_the_start_activates_only_when_all_have_signed() -> None:
    walk = sign(Walk({"term.start": "own_signature"}).decided(), "2017-10-02 10:00", "maastricht")
    walk.until("2017-10-11 00:00")
    assert walk.is_in("signing")
    assert [line for line in walk.fired() if "activation" in line] == []

    sign(walk, "2017-10-12 10:00", *PARTIES[1:])

    assert walk.is_in("active")
    start = start_of(walk.agreement)
    assert isinstance(start, Dated)
    assert start.day == date(2017, 10, 2)


def test_an_unknown_start_waits_for_set_start() -> None:
    walk = Walk({"term.start": "unknown"}).decided().signed()
    assert walk.is_in("signing")
    start = start_of(walk.agreement)
    assert isinstance(start, Unknown)
    assert str(start.because) == "the start is not known; set_start sets it"

    walk.do("set_start", "2017-10-20 10:00", on=date(2017, 11, 1))
    assert walk.is_in("signing")

    assert walk.until("2017-11-01 00:00").stage is Stage.ACTIVE


def test_a_start_that_is_moved_into_the_past_activates_at_once() -> None:
    walk = Walk({"term.start": "2018-01-01"}).decided().signed()

    walk.do("set_start", "2017-10-20 10:00", on=date(2017, 10, 1))

    assert walk.is_in("active")


def test_missing_signatures_are_asked_for_four_and_eight_weeks_after_the_decision() -> None:
    walk = Walk().decided().forget().until("2018-06-01 00:00")

    assert walk.fired() == [
        "Tue 2017-10-24 08:00 unsigned:signatures:2017-09-26:+P4W",
        "Tue 2017-11-21 08:00 unsigned:signatures:2017-09-26:+P8W",
    ]
    assert [alert.escalates for alert in walk.alerts] == [False, True]


@pytest.mark.parametrize("step", ["+P4W", "+P8W"])
def test_the_last_signature_ends_the_asking(step: str) -> None:
    walk = Walk().decided().signed()

    assert f"unsigned:signatures:2017-09-26:{step}" in walk.superseded()
