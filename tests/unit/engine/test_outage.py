"""After an outage: every move fires, in order; of each deadline the newest step mails."""

from datetime import date

from states.model.period import Period
from states.model.stage import Continuation, Ending, Stage
from tests.agreements import NO_MONEY, Walk, in_force


def test_after_an_outage_over_the_whole_end_the_moves_fire_in_order() -> None:
    walk = in_force().until("2020-01-01 00:00").forget().tick("2021-01-04 09:00")

    assert walk.fired() == [
        "Mon 2021-01-04 09:00 evaluation:final:2020-07-11:P0D",
        "Mon 2021-01-04 09:00 expiry:term:2020-10-12:P0D",
    ]
    assert [event.stage for event in walk.events] == [Stage.EVALUATION, Stage.ENDED]
    assert walk.ending is Ending.LAPSED


def test_after_an_outage_over_the_whole_end_one_mail_goes_out_not_nine() -> None:
    walk = in_force().until("2020-01-01 00:00").forget().tick("2021-01-04 09:00")

    assert [alert.cause for alert in walk.alerts] == ["expiry:term:2020-10-12:P0D"]
    assert sorted(walk.superseded()) == [
        "continuation:term:2020-10-11:-P2W",
        "continuation:term:2020-10-11:-P3D",
        "continuation:term:2020-10-11:-P6W",
        "evaluation:final:2020-07-11:+P2W",
        "evaluation:final:2020-07-11:+P4W",
        "evaluation:final:2020-07-11:+P6W",
        "evaluation:final:2020-07-11:-P1M",
        "evaluation:final:2020-07-11:-P3M",
    ]


def test_a_late_step_tells_how_late_it_is() -> None:
    walk = in_force().until("2020-01-01 00:00").forget().tick("2020-07-10 09:00")

    assert walk.events[0].late_by == 3600
    assert not walk.events[0].caught_up


def test_a_step_within_a_minute_of_its_alert_is_in_time() -> None:
    walk = in_force().until("2020-07-01 00:00").forget().tick("2020-07-10 08:01")

    assert [event.late_by for event in walk.events] == [0]


def test_after_an_outage_up_to_the_evaluation_its_call_is_the_one_mail() -> None:
    walk = in_force().until("2020-04-01 00:00").forget().tick("2020-07-10 09:00")

    assert walk.stage is Stage.EVALUATION
    assert walk.fired() == ["Fri 2020-07-10 09:00 evaluation:final:2020-07-11:P0D"]
    assert walk.shown() == ["Fri 2020-07-10 09:00 evaluation:final:2020-07-11:P0D"]
    assert sorted(walk.superseded()) == [
        "evaluation:final:2020-07-11:-P1M",
        "evaluation:final:2020-07-11:-P3M",
    ]


def test_after_an_outage_past_the_evaluation_its_newest_follow_up_is_the_one_mail() -> None:
    walk = in_force().until("2020-04-01 00:00").forget().tick("2020-08-12 09:00")

    assert walk.stage is Stage.EVALUATION
    assert walk.shown() == ["Wed 2020-08-12 09:00 evaluation:final:2020-07-11:+P4W"]
    assert sorted(walk.superseded()) == [
        "evaluation:final:2020-07-11:+P2W",
        "evaluation:final:2020-07-11:-P1M",
        "evaluation:final:2020-07-11:-P3M",
    ]


def test_of_each_instalment_the_newest_missed_step_mails() -> None:
    walk = in_force().until("2018-08-01 00:00").forget().tick("2019-10-01 09:00")

    assert walk.shown() == [
        "Tue 2019-10-01 09:00 payment:2:2018-10-12:+P2W",
        "Tue 2019-10-01 09:00 payment:3:2019-10-12:-P4W",
    ]
    assert len(walk.superseded()) == 6


def test_an_evaluation_that_is_past_at_activation_is_called_once_and_caught_up() -> None:
    fixed = {"term.length": None, "term.last_day": "2017-12-31"}
    walk = Walk(fixed).decided().forget().signed("2017-10-12 10:00")

    evaluation = [event for event in walk.events if "evaluation" in (event.occurrence or "")]
    assert [event.occurrence for event in evaluation] == ["evaluation:final:2017-09-30:P0D"]
    assert evaluation[0].caught_up
    assert str(evaluation[0].nominal_on) == "2017-09-30"
    assert walk.stage is Stage.EVALUATION
    assert [line for line in walk.shown() if "evaluation" in line] == [
        "Thu 2017-10-12 10:00 evaluation:final:2017-09-30:P0D"
    ]


def test_the_follow_ups_of_a_date_that_became_known_late_count_from_that_day() -> None:
    walk = Walk({"term.start": "unknown"}).decided().signed()
    walk.do("set_start", "2017-10-20 10:00", on=date(2015, 1, 1)).forget()

    walk.until("2017-12-15 00:00")

    assert [line for line in walk.fired() if "evaluation" in line] == [
        "Fri 2017-11-03 08:00 evaluation:final:2017-09-30:+P2W",
        "Fri 2017-11-17 08:00 evaluation:final:2017-09-30:+P4W",
        "Fri 2017-12-01 08:00 evaluation:final:2017-09-30:+P6W",
    ]


def test_of_what_was_extended_after_its_end_a_date_in_the_past_is_known_since_that_day() -> None:
    walk = in_force(NO_MONEY).until("2020-11-20 00:00").forget()
    longer, now = Period(3), "2020-11-20 10:00"
    walk.do("decide", now, outcome=Continuation.EXTEND, length=longer, contribution=False)
    walk.until("2021-01-11 00:00")

    assert [line for line in walk.fired() if "evaluation" in line] == [
        "Fri 2020-11-20 10:00 evaluation:final:2020-10-11:P0D",
        "Fri 2020-12-04 08:00 evaluation:final:2020-10-11:+P2W",
        "Fri 2020-12-18 08:00 evaluation:final:2020-10-11:+P4W",
        "Mon 2021-01-04 08:00 evaluation:final:2020-10-11:+P6W",
    ]


def test_the_follow_ups_of_a_date_that_was_known_before_count_from_the_date_itself() -> None:
    fixed = {"term.length": None, "term.last_day": "2017-12-31"}
    walk = Walk(fixed).decided().signed("2017-10-12 10:00").forget().until("2017-11-20 00:00")

    assert [line for line in walk.fired() if "evaluation" in line] == [
        "Mon 2017-10-16 08:00 evaluation:final:2017-09-30:+P2W",
        "Mon 2017-10-30 08:00 evaluation:final:2017-09-30:+P4W",
        "Mon 2017-11-13 08:00 evaluation:final:2017-09-30:+P6W",
    ]


def test_a_signature_that_is_recorded_late_counts_the_overdue_instalment_from_that_day() -> None:
    walk = Walk().decided()
    walk.signed("2017-10-20 10:00", on=date(2017, 10, 12)).forget().until("2018-01-01 00:00")

    assert walk.fired() == [
        "Mon 2017-10-23 08:00 payment:1:2017-10-12:+P1D",
        "Fri 2017-10-27 08:00 payment:1:2017-10-12:+P1W",
        "Fri 2017-11-03 08:00 payment:1:2017-10-12:+P2W",
    ]


def test_an_operator_who_acts_after_an_outage_finds_the_moves_taken_first() -> None:
    walk = in_force().until("2020-07-01 00:00").forget()

    walk.do("conclude", "2020-07-13 10:00", report="Eindevaluatie")

    assert [(event.action, event.stage) for event in walk.events] == [
        ("fire", Stage.EVALUATION),
        ("conclude", Stage.CONTINUATION_DECISION),
    ]
    assert walk.shown() == []


def test_an_evaluation_that_is_past_at_activation_is_called_without_money_too() -> None:
    past = {"term.length": None, "term.last_day": "2017-12-31"}
    walk = Walk({**past, **NO_MONEY}).decided().signed("2017-10-12 10:00")

    assert [(event.stage_before, event.stage) for event in walk.events[-2:]] == [
        (Stage.SIGNING, Stage.ACTIVE),
        (Stage.ACTIVE, Stage.EVALUATION),
    ]
    assert [line for line in walk.shown() if "event" not in line] == [
        "Thu 2017-10-12 10:00 activation:term:2017-10-12:P0D",
        "Thu 2017-10-12 10:00 evaluation:final:2017-09-30:P0D",
    ]
