"""The actions that several stages share: pay, waive, amend, acknowledge, note."""

from datetime import date
from decimal import Decimal

import pytest

from states.model.facts import BadFacts
from states.model.stage import Continuation
from states.rules.checks import warnings
from states.rules.shared_actions import PAY, WAIVE
from tests.agreements import ENDLESS, NO_MONEY, Walk, in_force

PAID = "2018-10-16 10:00"


def test_a_paid_instalment_keeps_its_date_and_reference() -> None:
    walk = in_force().do("pay", "2017-10-20 10:00", instalment="1", reference="F-2017-881")

    paid = walk.agreement.instalment[1]
    assert (paid.paid_on, paid.reference) == (date(2017, 10, 20), "F-2017-881")
    assert walk.is_in("active")


def test_an_amount_that_an_amendment_leaves_alone_is_not_written_down() -> None:
    walk = in_force().do("pay", "2017-10-20 10:00", instalment="1")

    walk.do("amend", PAID, reason="typefout", facts={"title": "Verbindend Leiden"})

    assert walk.agreement.instalment[1].amount is None


def test_who_waives_an_obligation_is_not_asked_for_an_instalment() -> None:
    instalment = next(item for item in WAIVE.arguments if item.name == "instalment")
    agreement = in_force().agreement

    assert instalment.needed(agreement, {})
    assert not instalment.needed(agreement, {"obligation": "annex"})


def test_who_pays_an_indexed_instalment_gives_its_amount_unless_it_was_entered() -> None:
    amount = next(item for item in PAY.arguments if item.name == "amount")
    indexed = Walk({"contribution.indexation": "CBS", "instalment.2.amount": "612000.00"})
    agreement = indexed.decided().signed().agreement

    assert amount.needed(agreement, {"instalment": "3"})
    assert not amount.needed(agreement, {"instalment": "2"})
    assert not amount.needed(agreement, {})
    assert not amount.needed(in_force().agreement, {"instalment": "3"})


def test_who_pays_what_nobody_knew_the_amount_of_gives_it() -> None:
    amount = next(item for item in PAY.arguments if item.name == "amount")
    settled = {"instalment.2.due_on": "2018-12-15", "instalment.2.refund": "true"}
    written_out = {"contribution.amount": None, "contribution.every": None, **settled}
    agreement = in_force({**written_out, "instalment.1.amount": "60000.00"}).agreement

    assert amount.needed(agreement, {"instalment": "2"})
    assert not amount.needed(agreement, {"instalment": "1"})


def test_a_payment_ends_the_reminders_in_its_own_event() -> None:
    walk = in_force().until("2018-10-15 08:00").forget()

    walk.do("pay", PAID, instalment="2")

    (paid,) = walk.events
    assert paid.superseded == ("payment:2:2018-10-12:+P1W", "payment:2:2018-10-12:+P2W")
    assert walk.shown() == []
    assert not [line for line in walk.until("2020-01-01 00:00").fired() if "payment:2" in line]


def test_an_instalment_may_be_paid_before_it_is_due() -> None:
    walk = (
        in_force().until("2017-11-01 00:00").forget().do("pay", "2017-12-01 10:00", instalment="2")
    )

    assert len(walk.superseded()) == 6
    assert not [line for line in walk.until("2020-01-01 00:00").fired() if "payment:2" in line]


def test_a_waived_instalment_is_recorded_as_waived() -> None:
    walk = in_force().until("2018-10-15 08:00").forget()

    walk.do("waive", PAID, instalment="2", reason="kwijtgescholden")

    (waived,) = walk.events
    assert waived.waived == ("payment:2:2018-10-12:+P1W", "payment:2:2018-10-12:+P2W")
    assert waived.superseded == ()


def test_what_is_paid_or_waived_cannot_be_paid_again() -> None:
    walk = in_force().do("pay", "2017-10-20 10:00", instalment="1")
    walk.do("waive", "2017-10-20 10:00", instalment="2", reason="kwijtgescholden")

    assert walk.objections("pay", PAID, instalment="1") == [
        "Instalment 1 is paid already; amend corrects it."
    ]
    assert walk.objections("waive", PAID, instalment="2") == [
        "Instalment 2 is waived already; undo corrects it."
    ]


def test_what_lapsed_with_an_early_end_is_called_dropped() -> None:
    walk = in_force().do("terminate", "2017-10-20 10:00", ends_on=date(2017, 12, 31), reason="x")

    assert walk.objections("pay", PAID, instalment="3") == [
        "Instalment 3 is dropped already; amend corrects it."
    ]


def test_what_happens_in_an_agreement_happened_since_it_began() -> None:
    walk, before = in_force().until("2020-07-12 10:00"), date(2017, 10, 11)
    said = ["The agreement did not run on 2017-10-11, before 2017-10-12."]

    assert walk.objections("conclude", "2020-07-12 10:00", on=before) == said
    assert walk.objections("conclude", "2020-07-12 10:00", on=date(2017, 10, 12)) == []
    walk.do("conclude", "2020-07-12 10:00")
    stop = {"outcome": Continuation.STOP}
    assert walk.objections("decide", "2020-07-13 10:00", on=before, **stop) == said
    assert walk.objections("decide", "2020-07-13 10:00", **stop) == []


def test_another_amount_closes_the_instalment_with_a_warning() -> None:
    walk = in_force().do("pay", "2017-10-20 10:00", instalment="1", amount=Decimal("950.00"))

    assert [str(phrase) for phrase in warnings(walk.agreement)] == [
        "Instalment 1 was € 1000.00, but € 950.00 was paid."
    ]


def test_an_agreement_without_money_has_nothing_to_pay() -> None:
    walk = in_force(NO_MONEY)

    assert walk.objections("pay", PAID, instalment="1") == ["This agreement has no instalments."]


def test_under_an_agreement_that_never_began_nothing_is_paid() -> None:
    walk = Walk().decided().do("withdraw", "2017-10-01 10:00")

    assert "The agreement never began; nothing is owed under it." in walk.objections(
        "pay", PAID, instalment="1"
    )


def test_reminders_go_on_after_the_end_for_what_fell_due_before_it() -> None:
    late = {"contribution.every": None, "instalment.1.due_on": "2020-10-05"}
    walk = Walk(late).decided().signed().until("2020-10-12 08:00").forget()
    assert walk.is_in("ended")

    assert walk.until("2021-01-01 00:00").fired() == [
        "Mon 2020-10-19 08:00 payment:1:2020-10-05:+P2W"
    ]


# amend and note ----------------------------------------------------------------------------------


def test_an_amendment_shows_each_field_with_old_and_new() -> None:
    walk = in_force().forget()

    walk.do("amend", PAID, reason="typefout", facts={"title": "Verbindend Leiden", "public": "no"})

    assert [(c.field, c.old, c.new) for c in walk.events[0].changes] == [
        ("title", "Samenwerkingsovereenkomst Verbindend Leiden", "Verbindend Leiden"),
        ("public", "true", "false"),
    ]
    assert walk.events[0].reason == "typefout"


@pytest.mark.parametrize(
    "facts, told",
    [
        (
            {"party.beesl.signed_on": "2017-10-12"},
            (
                "party.beesl: there is no “beesl” here. Did you mean “beesel”? A new one needs"
                " party.beesl.name as well."
            ),
        ),
        (
            {"obligation.plan.on": "2018-10-12"},
            (
                "obligation.plan: there is no “plan” here. Accepted here: none. A new one needs"
                " obligation.plan.what as well."
            ),
        ),
        (
            {"evaluation.finla.held_on": "2018-10-12"},
            "evaluation.finla: there is no “finla” here. Did you mean “final”?",
        ),
        ({"title": ""}, "title: this fact cannot be taken away. Give it another value."),
    ],
)
def test_an_amendment_is_not_told_that_a_key_is_missing_which_it_never_named(
    facts: dict[str, str], told: str
) -> None:
    with pytest.raises(BadFacts) as refused:
        in_force().do("amend", PAID, reason="x", facts=facts)
    assert str(refused.value) == told


def test_an_amendment_that_takes_the_own_party_away_is_refused() -> None:
    with pytest.raises(BadFacts, match=r"party: 0 parties are marked party\.PARTY\.own=yes\."):
        in_force().do("amend", PAID, reason="x", facts={"party.maastricht.own": "no"})


def test_a_party_that_joins_is_awaited_and_the_stage_follows() -> None:
    walk = in_force().do("amend", PAID, reason="x", facts={"party.sittard.name": "Sittard"})
    assert walk.is_in("signing")

    walk.do("sign", "2018-10-17 10:00", party="sittard")

    assert walk.is_in("active")


def test_an_evaluation_that_is_entered_as_held_moves_the_agreement_on() -> None:
    walk = in_force().until("2020-07-10 08:00")

    walk.do(
        "amend", "2020-08-01 10:00", reason="x", facts={"evaluation.final.held_on": "2020-07-15"}
    )

    assert walk.is_in("continuation_decision")


def test_a_note_changes_no_fact() -> None:
    walk = in_force().forget().do("note", PAID, text="Gebeld met de provincie.")

    assert next((event.action, event.changes) for event in walk.events) == ("note", ())


# acknowledge -------------------------------------------------------------------------------------


def called() -> Walk:
    return in_force().until("2020-07-10 08:00").forget()


CALL = "evaluation:final:2020-07-11:P0D"


def test_after_an_acknowledgement_the_follow_ups_wait_and_the_newest_held_back_fires() -> None:
    walk = called().do("acknowledge", "2020-07-13 10:00", occurrence=CALL, until=date(2020, 8, 15))

    # Saturday 15 August: +P2W and +P4W are held back to Monday 17 August; +P6W escalates on time.
    assert list(walk.until("2020-08-27 00:00").fired()) == [
        "Mon 2020-08-17 08:00 evaluation:final:2020-07-11:+P4W",
        "Mon 2020-08-24 08:00 evaluation:final:2020-07-11:+P6W",
    ]
    assert "evaluation:final:2020-07-11:+P2W" in walk.superseded()


def test_the_escalating_follow_up_does_not_wait() -> None:
    walk = called().do("acknowledge", "2020-08-18 10:00", occurrence=CALL, until=date(2020, 9, 28))

    assert "Mon 2020-08-24 08:00 evaluation:final:2020-07-11:+P6W" in (
        walk.until("2020-08-25 00:00").fired()
    )


def test_an_acknowledgement_never_brings_superseded_leads_back() -> None:
    walk = in_force().until("2017-10-20 00:00").forget()
    walk.do(
        "acknowledge",
        "2017-10-20 10:00",
        occurrence="payment:1:2017-10-12:+P1W",
        until=date(2017, 11, 20),
    )

    assert walk.until("2018-01-01 00:00").fired() == [
        "Thu 2017-10-26 08:00 payment:1:2017-10-12:+P2W"
    ]


def test_a_follow_up_waits_six_weeks_at_most() -> None:
    assert called().objections(
        "acknowledge", "2020-07-13 10:00", occurrence=CALL, until=date(2020, 8, 25)
    ) == ["The follow-ups can wait until 2020-08-24 at most, from today."]


def test_nothing_before_the_end_waits_past_the_last_day() -> None:
    walk = in_force().until("2020-09-25 08:00")
    lead = "continuation:term:2020-10-11:-P2W"

    assert walk.objections(
        "acknowledge", "2020-09-28 10:00", occurrence=lead, until=date(2020, 10, 12)
    ) == ["This cannot wait past the last day, 2020-10-11."]


def test_what_was_never_alerted_cannot_be_acknowledged() -> None:
    assert Walk().objections("acknowledge", "2017-06-02 10:00") == [
        "Nothing has been alerted that could be acknowledged."
    ]


@pytest.mark.parametrize("until", [date(2020, 7, 13), date(2020, 8, 24)])
def test_a_follow_up_may_wait_from_today_through_six_weeks(until: date) -> None:
    key = {"occurrence": CALL, "until": until}

    assert called().objections("acknowledge", "2020-07-13 10:00", **key) == []


def test_what_precedes_the_end_may_wait_through_the_last_day() -> None:
    key = {"occurrence": "continuation:term:2020-10-11:-P2W", "until": date(2020, 10, 11)}

    walk = in_force().until("2020-09-25 08:00")
    assert walk.objections("acknowledge", "2020-09-28 10:00", **key) == []


def test_an_end_that_is_not_known_limits_no_waiting() -> None:
    on = {"evaluation.final.on": "2020-07-11"}
    walk = in_force({**ENDLESS, **on}).until("2020-07-13 08:00")
    key = {"occurrence": CALL, "until": date(2020, 8, 15)}

    assert walk.objections("acknowledge", "2020-07-13 10:00", **key) == []


def test_an_end_is_acknowledged_without_a_day_to_wait_for() -> None:
    walk = in_force().until("2020-10-13 08:00")

    lapse = "expiry:term:2020-10-12:P0D"
    assert walk.objections("acknowledge", "2020-10-13 10:00", occurrence=lapse) == []
