"""What went wrong in other registers and schedulers (GLPI's contract alerts first of all)."""

from datetime import date

import pytest

from states.dates.policy import Policy, instant
from states.dates.tacit_renewal import notice_date
from states.model.arithmetic import Dated, minus
from states.model.period import Period
from states.model.stage import Continuation, Ruling
from tests.agreements import NO_EVALUATION, NO_MONEY, Walk, in_force
from workflow.agreements.explanations import explain_alert
from workflow.engine.deadlines import derive, occurrences


def extended() -> Walk:
    walk = in_force().until("2020-07-10 08:00").do("conclude", "2020-08-01 10:00").forget()
    return walk.do(
        "decide",
        "2020-08-15 10:00",
        outcome=Continuation.EXTEND,
        length=Period(12),
        contribution=False,
    )


def test_glpi_4571_what_was_sent_for_the_old_end_does_not_silence_the_new_one() -> None:
    walk = extended().until("2021-10-13 00:00")

    assert [line for line in walk.shown() if "payment" not in line] == [
        "Fri 2021-04-09 08:00 evaluation:final:2021-07-11:-P3M",
        "Fri 2021-06-11 08:00 evaluation:final:2021-07-11:-P1M",
        "Fri 2021-07-09 08:00 evaluation:final:2021-07-11:P0D",
        "Mon 2021-07-26 08:00 evaluation:final:2021-07-11:+P2W",
        "Mon 2021-08-09 08:00 evaluation:final:2021-07-11:+P4W",
        "Mon 2021-08-23 08:00 evaluation:final:2021-07-11:+P6W",
        "Mon 2021-08-30 08:00 continuation:term:2021-10-11:-P6W",
        "Mon 2021-09-27 08:00 continuation:term:2021-10-11:-P2W",
        "Fri 2021-10-08 08:00 continuation:term:2021-10-11:-P3D",
        "Tue 2021-10-12 08:00 expiry:term:2021-10-12:P0D",
    ]


def test_glpi_23084_nothing_is_counted_from_the_old_end_after_an_extension() -> None:
    walk = extended().until("2021-10-13 00:00")

    assert not [line for line in walk.shown() if "2020-10-11" in line or "2020-10-12" in line]


def test_glpi_4760_alerts_leave_at_eight_local_time_in_summer_and_in_winter() -> None:
    walk = in_force().until("2021-01-01 00:00")
    utc = {alert.leaves_at.strftime("%m-%d %H:%M") for alert in walk.alerts}

    assert {"10-26 06:00", "04-09 06:00", "07-10 06:00", "10-12 06:00"} < utc
    assert instant(date(2020, 1, 3), Policy().alert_time, "Europe/Amsterdam").hour == 7


def test_glpi_4760_a_day_ends_at_midnight_in_amsterdam_and_not_in_greenwich() -> None:
    walk = in_force().until("2020-10-11 23:59")
    assert not walk.is_in("ended")

    walk.until("2020-10-12 00:00")

    assert walk.is_in("ended")
    assert walk.events[-1].at.isoformat() == "2020-10-11T22:00:00+00:00"


def test_glpi_15893_three_years_with_three_months_before_the_end_ask_once() -> None:
    walk = in_force().until("2021-01-01 00:00")

    calls = [line for line in walk.shown() if line.endswith("evaluation:final:2020-07-11:P0D")]
    assert calls == ["Fri 2020-07-10 08:00 evaluation:final:2020-07-11:P0D"]
    assert not [line for line in walk.shown() if "evaluation" in line and "2020" not in line]


def test_glpi_18954_a_lead_before_new_year_of_a_date_after_it_fires_in_the_old_year() -> None:
    walk = Walk({"term.start": "2018-01-15", "term.length": "P2Y"}).decided().signed().forget()
    walk.until("2020-01-16 12:00")

    assert [line for line in walk.shown() if "continuation" in line or "expiry" in line] == [
        "Tue 2019-12-03 08:00 continuation:term:2020-01-14:-P6W",
        "Tue 2019-12-31 08:00 continuation:term:2020-01-14:-P2W",
        "Fri 2020-01-10 08:00 continuation:term:2020-01-14:-P3D",
        "Wed 2020-01-15 08:00 expiry:term:2020-01-15:P0D",
    ]


@pytest.mark.parametrize("day", [28, 29, 30, 31])
def test_spiffworkflow_three_months_before_the_last_days_of_may_are_in_february(day: int) -> None:
    assert minus(date(2029, 5, day), Period(3)) == date(2029, 2, 28)


@pytest.mark.parametrize(
    "outage_ends", ["2017-10-13 08:00", "2017-10-13 08:01", "2017-10-13 08:11", "2017-10-16 08:00"]
)
def test_apscheduler_and_procrastinate_a_late_step_is_never_dropped(outage_ends: str) -> None:
    walk = in_force().forget().tick(outage_ends)

    assert [event.occurrence for event in walk.events] == ["payment:1:2017-10-12:+P1D"]


def test_oban_and_river_what_fired_stays_fired_years_later() -> None:
    walk = in_force().until("2021-01-01 00:00").forget()

    assert walk.tick("2031-01-01 08:00").events == []


def test_dolibarr_39814_a_day_on_which_nobody_looked_loses_nothing() -> None:
    walk = in_force().until("2020-07-09 23:59").forget().tick("2020-07-13 09:00")

    assert [f"{e.occurrence} {e.late_by}" for e in walk.events] == [
        "evaluation:final:2020-07-11:P0D 262800"
    ]
    assert walk.is_in("evaluation")


def test_airflow_68732_an_edit_of_something_else_orphans_no_deadline() -> None:
    walk = in_force().forget()
    walk.do("amend", "2020-07-01 10:00", reason="spelling", facts={"title": "Verbindend Leyden"})
    walk.forget().until("2020-07-11 00:00")

    assert walk.fired() == ["Fri 2020-07-10 08:00 evaluation:final:2020-07-11:P0D"]


def test_camunda_9680_and_openregister_of_what_an_outage_missed_only_the_newest_is_told() -> None:
    walk = in_force().until("2020-07-10 08:00").forget().tick("2020-08-25 09:00")

    assert walk.shown() == ["Tue 2020-08-25 09:00 evaluation:final:2020-07-11:+P6W"]
    assert {"evaluation:final:2020-07-11:+P2W", "evaluation:final:2020-07-11:+P4W"} <= {
        *walk.superseded()
    }


def test_openregister_a_calendar_beyond_the_known_decrees_says_that_they_are_unknown() -> None:
    walk = Walk({"term.start": "2028-01-01"}, when="2027-06-01 10:00")
    walk.decided("2027-09-26 10:00").signed("2027-10-12 10:00")
    derived = derive(walk.agreement, Policy(), date(2030, 9, 1))
    alert = next(i for i in occurrences(derived, Policy()) if i.deadline.rule == "evaluation")

    said = " ".join(map(str, explain_alert(alert, Policy())))
    assert "known from 2023-01-01 to 2028-12-31 only" in said


def test_temporal_a_year_of_outage_still_takes_every_move() -> None:
    walk = in_force().until("2020-01-01 00:00").forget().tick("2021-06-01 08:00")

    assert [event.stage.value for event in walk.events if event.stage] == ["evaluation", "ended"]


def test_pendulum_in_the_repeated_hour_of_october_every_alert_has_one_instant() -> None:
    walk = Walk({"term.start": "2022-10-26", "term.length": "P4Y"}, when="2022-10-01 10:00")
    walk.do("skip_overleg", "2022-10-01 11:00", reason="spoed")
    walk.do("decide", "2022-10-03 10:00", outcome=Ruling.AS_PROPOSED).signed("2022-10-05 10:00")

    walk.until("2026-10-27 00:00")

    assert walk.is_in("ended")
    assert walk.fired()[-1] == "Mon 2026-10-26 00:00 expiry:term:2026-10-26:P0D"
    assert walk.events[-1].at.isoformat() == "2026-10-25T23:00:00+00:00"


# With a tacit renewal -----------------------------------------------------------------------------


def renewing(length: str, notice: str) -> Walk:
    """Return an agreement from 1 January 2018 that renews by its length; nobody gives notice."""
    return Walk(
        {
            **NO_MONEY,
            "term.start": "2018-01-01",
            "term.length": length,
            "term.renewal": "tacit",
            "term.renewal_length": length,
            "term.notice": notice,
            **NO_EVALUATION,
        }
    )


def last_calls(walk: Walk, until: str) -> list[str]:
    return [
        line for line in walk.until(until).shown() if line.endswith(":P0D") and "notice" in line
    ]


def test_glpi_2596_what_was_sent_before_a_renewal_does_not_silence_the_term_after_it() -> None:
    walk = renewing("P1Y", "P3M").decided().signed().forget()

    assert last_calls(walk, "2021-01-01 00:00") == [
        "Fri 2018-09-28 08:00 notice:term:2018-09-29:P0D",
        "Fri 2019-09-27 08:00 notice:term:2019-09-29:P0D",
        "Tue 2020-09-29 08:00 notice:term:2020-09-29:P0D",
    ]


def test_glpi_6004_three_years_with_three_months_notice_ask_once_in_every_third_year() -> None:
    walk = renewing("P3Y", "P3M").decided().signed().forget()

    assert last_calls(walk, "2030-01-01 00:00") == [
        "Tue 2020-09-29 08:00 notice:term:2020-09-29:P0D",
        "Fri 2023-09-29 08:00 notice:term:2023-09-29:P0D",
        "Tue 2026-09-29 08:00 notice:term:2026-09-29:P0D",
        "Fri 2029-09-28 08:00 notice:term:2029-09-29:P0D",
    ]


def test_glpi_15893_three_years_that_renew_by_a_year_are_evaluated_in_the_right_years() -> None:
    walk = Walk(
        {
            **NO_MONEY,
            "term.start": "2018-01-01",
            "term.renewal": "tacit",
            "term.renewal_length": "P1Y",
            "term.notice": "P1M",
            "evaluation.final.clause": None,
        }
    )
    walk.decided().signed().forget().until("2022-12-31 00:00")

    assert [line for line in walk.fired() if "evaluation:final" in line and "P0D" in line] == [
        "Wed 2020-09-30 08:00 evaluation:final:2020-09-30:P0D",
        "Thu 2021-09-30 08:00 evaluation:final:2021-09-30:P0D",
        "Fri 2022-09-30 08:00 evaluation:final:2022-09-30:P0D",
    ]


def test_glpi_23084_after_a_renewal_notice_is_counted_from_the_new_end() -> None:
    walk = renewing("P1Y", "P3M").decided().signed().until("2019-01-01 00:00")

    planned = notice_date(walk.agreement)
    assert isinstance(planned, Dated)
    assert planned.day == date(2019, 9, 29)
    later = walk.forget().until("2019-12-31 00:00").shown()
    assert not [line for line in later if "notice:term:2018" in line]
