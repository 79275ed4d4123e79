"""Tacit renewal: notice in time, the renewal itself as an event, everything counted anew."""

from datetime import date

from states.dates.instalments import of_renewal, payments
from states.dates.tacit_renewal import notice_date, term_before, term_named
from states.dates.term_dates import day_of, end_of
from states.model.arithmetic import Dated
from states.model.stage import Continuation, Rule
from states.process import RULES
from tests.agreements import NO_EVALUATION, NO_MONEY, YEAR_BY_YEAR, Changes, Walk, last_day, lines

# A calendar year at a time, with three months' notice; no evaluation, no money.
YEARLY: Changes = {
    "term.start": "2018-01-01",
    **YEAR_BY_YEAR,
    **NO_EVALUATION,
    **NO_MONEY,
}
RUNS: Changes = {
    **YEARLY,
    "stage": "active",
    "party.maastricht.signed_on": "2017-12-01",
    "party.limburg.signed_on": "2017-12-01",
    "party.waterschap.signed_on": "2017-12-01",
    "party.beesel.signed_on": "2017-12-01",
    "party.cooperatie.signed_on": "2017-12-01",
}


def running(when: str = "2018-01-05 10:00") -> Walk:
    return Walk(RUNS, when=when, history=True).forget()


def test_a_term_is_found_by_the_number_of_its_renewal_whichever_runs() -> None:
    walk = running().until("2020-01-31 00:00")

    ends = [day_of(end_of(term_named(walk.agreement, about))) for about in ("0", "1", "2", "4")]
    assert ends == [date(2018, 12, 31), date(2019, 12, 31), date(2020, 12, 31), date(2022, 12, 31)]
    assert term_named(walk.agreement, "term") == walk.agreement


def test_a_renewal_stands_as_long_as_the_agreement_goes_on_by_it() -> None:
    stands = RULES[Rule.RENEWAL].stands
    assert not stands(running().agreement)
    assert stands(running().until("2019-01-01 00:00").agreement)


def test_notice_is_asked_for_in_time_and_the_term_is_renewed_year_after_year() -> None:
    walk = running().until("2020-01-31 00:00")

    assert walk.shown() == lines("""
        Fri 2018-06-29 08:00 notice:term:2018-09-29:-P3M
        Wed 2018-08-29 08:00 notice:term:2018-09-29:-P1M
        Fri 2018-09-28 08:00 notice:term:2018-09-29:P0D
        Wed 2019-01-02 08:00 renewal:term:2019-01-01:P0D
        Fri 2019-06-28 08:00 notice:term:2019-09-29:-P3M
        Thu 2019-08-29 08:00 notice:term:2019-09-29:-P1M
        Fri 2019-09-27 08:00 notice:term:2019-09-29:P0D
        Thu 2020-01-02 08:00 renewal:term:2020-01-01:P0D
    """)
    assert last_day(walk) == date(2020, 12, 31)
    assert walk.is_in("active")


def test_the_renewal_is_an_event_that_holds_the_fact_and_its_occurrence() -> None:
    walk = running().until("2019-01-01 00:00")

    renewal = walk.events[-1]
    assert renewal.occurrence == "renewal:term:2019-01-01:P0D"
    assert [(c.field, c.old, c.new) for c in renewal.changes] == [
        ("extension.1.length", None, "P1Y"),
        ("extension.1.contribution", None, "true"),
    ]


def test_the_notice_date_is_the_earlier_of_two_readings_and_both_are_shown() -> None:
    notice = notice_date(running().agreement)

    assert isinstance(notice, Dated)
    assert notice.day == date(2018, 9, 29)
    assert [str(phrase) for phrase in notice.explanation] == [
        "The start was fixed: 2018-01-01.",
        "2018-01-01 plus P1Y, less one day, is 2018-12-31: the last day (R1).",
        "P3M before 2018-12-31 is 2018-09-30 (R2).",
        "One day earlier is 2018-09-29; of the two readings the earlier is kept.",
    ]


def test_the_earlier_reading_is_a_day_before_where_a_shorter_month_clamps() -> None:
    starts: Changes = {"term.start": "2017-06-01", "term.notice": "P1M"}
    notice = notice_date(Walk({**RUNS, **starts}, when="2018-01-05 10:00", history=True).agreement)

    assert isinstance(notice, Dated)
    # 30 May less a month is 30 April too, so nobody counted from the day before.
    assert [str(phrase) for phrase in notice.explanation][-2:] == [
        "P1M before 2018-05-31 is 2018-04-30 (R2).",
        "One day earlier is 2018-04-29; of the two readings the earlier is kept.",
    ]


def test_the_last_call_for_notice_escalates() -> None:
    walk = running().until("2018-12-31 00:00")

    assert [alert.escalates for alert in walk.alerts] == [False, False, True]


def test_an_agreement_that_was_given_notice_of_ends_and_is_not_renewed() -> None:
    walk = running().until("2018-09-03 00:00")
    walk.do("terminate", "2018-09-03 10:00", on=date(2018, 9, 3), ends_on=date(2018, 12, 31))
    walk.until("2019-02-01 00:00")

    assert walk.ending == "terminated"
    assert "renewal:term:2019-01-01:P0D" in walk.superseded()
    assert [line for line in walk.shown() if "notice" in line] == [
        "Fri 2018-06-29 08:00 notice:term:2018-09-29:-P3M",
        "Wed 2018-08-29 08:00 notice:term:2018-09-29:-P1M",
    ]


def test_a_decision_to_stop_ends_a_tacit_renewal_at_the_last_day() -> None:
    walk = running().do("start_decision", "2018-08-01 10:00")
    walk.do("decide", "2018-09-04 10:00", outcome=Continuation.STOP)
    walk.until("2019-02-01 00:00")

    assert walk.ending == "expired"


def test_a_tacit_renewal_needs_no_continuation_decision_and_never_lapses() -> None:
    walk = running().until("2022-06-01 00:00")

    assert not [line for line in walk.fired() if "continuation" in line or "expiry" in line]
    assert walk.is_in("active")


def test_a_daemon_that_was_away_for_years_renews_each_year_and_tells_of_the_last() -> None:
    walk = running("2018-10-01 10:00").tick("2021-03-01 09:00")

    assert [line for line in walk.fired() if "renewal" in line] == lines("""
        Mon 2021-03-01 09:00 renewal:term:2019-01-01:P0D
        Mon 2021-03-01 09:00 renewal:term:2020-01-01:P0D
        Mon 2021-03-01 09:00 renewal:term:2021-01-01:P0D
    """)
    assert walk.shown() == ["Mon 2021-03-01 09:00 renewal:term:2021-01-01:P0D"]
    assert last_day(walk) == date(2021, 12, 31)


def test_an_agreement_registered_years_after_it_began_was_renewed_and_mails_nothing() -> None:
    walk = Walk({**RUNS, "term.start": "2010-01-01"}, when="2021-05-03 10:00", history=True)

    assert last_day(walk) == date(2021, 12, 31)
    assert len(walk.agreement.extension) == 11
    assert not walk.alerts
    assert walk.until("2021-12-01 00:00").shown() == lines("""
        Tue 2021-06-29 08:00 notice:term:2021-09-29:-P3M
        Fri 2021-08-27 08:00 notice:term:2021-09-29:-P1M
        Wed 2021-09-29 08:00 notice:term:2021-09-29:P0D
    """)


def test_the_coming_terms_first_instalment_has_its_leads_before_the_renewal() -> None:
    money: Changes = {
        "contribution.amount": "500.00",
        "contribution.every": "P1Y",
        "contribution.payee": "Stichting",
        "contribution.budget_line": "Bijdragen",
        "contribution.budgeted_through": "2099",
        "instalment.1.paid_on": "2018-01-02",
    }
    walk = Walk({**RUNS, **money}, when="2018-01-05 10:00", history=True).forget()
    walk.until("2019-01-02 23:00")

    assert [line for line in walk.shown() if "payment" in line] == lines("""
        Tue 2018-11-06 08:00 payment:2:2019-01-01:-P8W
        Tue 2018-12-04 08:00 payment:2:2019-01-01:-P4W
        Mon 2018-12-31 08:00 payment:2:2019-01-01:P0D
        Wed 2019-01-02 08:00 payment:2:2019-01-01:+P1D
    """)


def test_an_evaluation_before_the_end_comes_back_with_every_renewal() -> None:
    walk = Walk({**RUNS, "evaluation.yearly.before_end": "P4M"}, when="2018-01-05 10:00")
    walk = walk.forget().until("2019-09-01 00:00")

    assert [line for line in walk.fired() if line.endswith("P0D") and "evaluation" in line] == [
        "Fri 2018-08-31 08:00 evaluation:yearly:2018-08-31:P0D",
        "Fri 2019-08-30 08:00 evaluation:yearly:2019-08-31:P0D",
    ]


def test_a_termination_that_is_taken_back_after_the_end_lets_the_renewal_take_place() -> None:
    walk = running()
    walk.do("terminate", "2018-09-03 10:00", on=date(2018, 9, 3), ends_on=date(2018, 12, 31))
    walk.until("2019-01-02 00:00")
    facts = {"termination.on": "unknown", "termination.ends_on": "unknown"}
    walk.do("amend", "2019-01-04 10:00", facts=facts)

    assert walk.is_in("active")
    assert last_day(walk) == date(2019, 12, 31)


PAID: Changes = {
    "contribution.amount": "500.00",
    "contribution.every": "P1Y",
    "contribution.payee": "Stichting",
    "contribution.budget_line": "Bijdragen",
    "contribution.budgeted_through": "2099",
}


def dues(walk: Walk) -> list[date | None]:
    return [day_of(item.due) for item in payments(walk.agreement, date(2030, 1, 1))]


def test_what_is_registered_as_terminated_is_owed_for_each_renewal_until_then() -> None:
    ended: Changes = {"termination.on": "2020-06-01", "termination.ends_on": "2021-06-30"}
    walk = Walk({**RUNS, **PAID, **ended}, when="2020-09-01 10:00", history=True)

    assert last_day(walk) == date(2021, 6, 30)
    assert list(walk.agreement.extension) == [1, 2, 3]
    assert dues(walk) == [date(year, 1, 1) for year in (2018, 2019, 2020, 2021)]


def test_what_is_registered_as_resting_was_renewed_until_then() -> None:
    rests: Changes = {"suspension.1.on": "2020-01-01", "suspension.1.moves_end": "true"}
    walk = Walk({**RUNS, **PAID, **rests}, when="2020-09-01 10:00", history=True)

    assert list(walk.agreement.extension) == [1, 2]
    assert dues(walk) == [date(year, 1, 1) for year in (2018, 2019, 2020, 2021)]  # with the coming


def test_a_termination_that_is_moved_behind_a_renewal_brings_what_is_owed_till_then() -> None:
    walk = Walk({**RUNS, **PAID}, when="2018-01-05 10:00", history=True).forget()
    walk.do("terminate", "2018-09-03 10:00", on=date(2018, 9, 3), ends_on=date(2018, 12, 31))
    assert dues(walk) == [date(2018, 1, 1)]
    walk.do("amend", "2018-09-04 10:00", facts={"termination.ends_on": "2019-12-31"})

    assert last_day(walk) == date(2019, 12, 31)
    assert dues(walk) == [date(2018, 1, 1), date(2019, 1, 1)]


def test_the_coming_term_costs_what_falls_due_after_this_ones_last_day_through_its_own() -> None:
    money: Changes = {
        "contribution.amount": "500.00",
        "contribution.every": "P1Y",
        "instalment.1.due_on": "2018-12-31",
        "instalment.2.due_on": "2019-12-31",
    }
    walk = Walk({**RUNS, **money}, when="2018-01-05 10:00", history=True)

    assert [(item.number, day_of(item.due)) for item in of_renewal(walk.agreement)] == [
        (2, date(2019, 12, 31))
    ]


def test_what_is_paid_for_the_coming_term_on_this_ones_last_day_is_what_that_term_costs() -> None:
    """The year from 29 February 2024 ends on 28 February 2025; that day the second is paid."""
    money: Changes = {
        "term.start": "2024-02-29",
        "contribution.amount": "500.00",
        "contribution.every": "P1Y",
    }
    walk = Walk({**RUNS, **money}, when="2024-03-05 10:00", history=True)

    assert last_day(walk) == date(2025, 2, 28)
    assert [(item.number, day_of(item.due)) for item in of_renewal(walk.agreement)] == [
        (2, date(2025, 2, 28))
    ]


def test_what_the_coming_term_costs_is_counted_from_the_start_whatever_a_suspension_moved() -> None:
    """The year rests for 60 days and ends on 1 March 2019; the second is paid on 1 January."""
    money: Changes = {
        "contribution.amount": "500.00",
        "contribution.every": "P1Y",
        "instalment.3.amount": "900.00",
    }
    walk = Walk({**RUNS, **money}, when="2018-01-05 10:00", history=True)
    walk.do("suspend", "2018-02-01 10:00", moves_end=True)
    walk.do("resume", "2018-04-02 10:00")

    assert last_day(walk) == date(2019, 3, 1)
    assert [(item.number, day_of(item.due)) for item in of_renewal(walk.agreement)] == [
        (2, date(2019, 1, 1))
    ]


def test_the_term_before_is_found_by_its_last_day_whatever_moved_later_ends() -> None:
    walk = running().until("2019-01-01 00:00")
    walk.do("suspend", "2019-03-01 10:00", on=date(2019, 3, 1), moves_end=True)
    walk.do("resume", "2019-04-30 10:00", on=date(2019, 4, 30))  # after 60 days

    assert last_day(walk) == date(2020, 2, 29)
    found = term_before(walk.agreement, date(2019, 1, 1))
    assert found is not None
    assert day_of(end_of(found)) == date(2018, 12, 31)
    assert term_before(walk.agreement, date(2019, 3, 2)) is None
