"""What long random runs have found, each as the shortest story that told it apart."""

from datetime import date, time

import pytest

from states.dates.instalments import payments
from states.dates.policy import Alerts, Policy
from states.dates.tacit_renewal import notice_date
from states.dates.term_dates import end_of, start_of
from states.model.arithmetic import Dated
from states.model.fact_types import Key
from states.model.facts import BadFacts
from states.model.period import Period
from states.model.stage import Continuation, Stage, Unknown
from states.rules.checks import problems
from states.rules.successor import successor_of
from tests.agreements import (
    ENDLESS,
    NO_EVALUATION,
    NO_MONEY,
    YEAR_BY_YEAR,
    Changes,
    Walk,
    amended,
    at,
    in_force,
    lines,
    local,
)
from tests.audits import findings
from tests.chance import PARTIES, RAN, alerts
from tests.clerk import Clerk
from tests.truths import what_is_planned_is_what_the_facts_demand
from workflow.engine.engine import adopt

DISPUTED: Changes = {"source.1.status": "disputed"}
OPEN_ENDED: Changes = {**ENDLESS, **NO_EVALUATION}


def signed_at(when: str, changes: Changes | None = None) -> Clerk:
    """Return the source case with changes, decided on and signed by all at once."""
    clerk = Clerk(changes or {}, when)
    clerk.act("skip_overleg", {})
    clerk.act("decide", {"outcome": "as_proposed"})
    for party in PARTIES:
        clerk.act("sign", {"party": party})
    return clerk


def day(found: Dated | Unknown) -> date | None:
    return found.day if isinstance(found, Dated) else None


# Stages ------------------------------------------------------------------------------------------


def test_a_signature_that_is_taken_back_after_the_end_brings_the_agreement_back_to_signing() -> (
    None
):
    walk = in_force({"term.start": "2017-11-01", "term.length": "P1Y"}).until("2018-11-02 00:00")
    assert walk.ending == "lapsed"

    amended(walk, "2018-11-05 10:00", party__beesel__signed_on="unknown")
    assert walk.is_in("signing")

    amended(walk.forget(), "2018-11-05 11:00", party__beesel__signed_on="2017-10-12")
    assert walk.ending == "lapsed"
    assert walk.shown() == []


def test_an_agreement_without_an_end_goes_on_after_its_evaluation() -> None:
    walk = in_force(
        {**OPEN_ENDED, "evaluation.one.on": "2018-06-01", "evaluation.one.final": "true"}
    )
    walk.until("2018-06-01 12:00").do("conclude", "2018-06-01 13:00")
    assert walk.is_in("active")

    objections = walk.objections("start_decision", "2018-06-02 10:00")
    assert objections == ["There is no last day to decide about."]


# Facts that go together --------------------------------------------------------------------------


def test_a_start_after_the_last_day_is_refused_before_it_blocks_every_amendment() -> None:
    walk = Walk({"term.length": None, "term.last_day": "2017-12-31", "term.start": "unknown"})
    walk.decided()

    with pytest.raises(BadFacts, match="the last day 2017-12-31 lies before the start 2018-01-01"):
        walk.do("set_start", "2017-10-01 10:00", on=date(2018, 1, 1))


def test_a_last_signature_after_the_last_day_is_recorded_and_the_term_is_over() -> None:
    walk = Walk({"term.length": None, "term.last_day": "2017-10-31"}).decided()
    for party in ("maastricht", "limburg", "waterschap", "beesel"):
        walk.do("sign", "2017-10-02 10:00", party=party, on=date(2017, 10, 2))

    walk.do("sign", "2017-11-01 10:00", party="cooperatie", on=date(2017, 11, 1))

    assert walk.agreement.party[Key("cooperatie")].signed_on == date(2017, 11, 1)
    assert (walk.agreement.stage, walk.agreement.ending) == ("ended", "lapsed")


@pytest.mark.parametrize(
    "changes",
    [
        {"source.1.field": "term.length", **DISPUTED},
        {"term.length": None, "term.start": "2017-10-01", **NO_EVALUATION},
        {**OPEN_ENDED, "termination.on": "2018-05-01", "termination.ends_on": "2018-12-31"},
    ],
)
def test_a_quarterly_payment_without_a_known_end_is_not_a_payment_too_many(
    changes: Changes,
) -> None:
    walk = in_force({**changes, "contribution.every": "P3M"})

    assert problems(walk.agreement) == []


def decided_to_continue(changes: Changes) -> Walk:
    walk = in_force(changes).until("2020-08-01 00:00").do("conclude", "2020-08-01 10:00")
    return walk.do("decide", "2020-09-01 10:00", outcome=Continuation.CONTINUE)


def test_a_successor_takes_over_the_amounts_that_were_written_out_without_their_dates() -> None:
    written: Changes = {
        "contribution.amount": None,
        "contribution.every": None,
        "instalment.1.amount": "750.00",
        "instalment.1.due_on": "2018-03-01",
        "instalment.1.paid_on": "2018-03-01",
    }
    successor = successor_of(decided_to_continue(written).agreement)

    assert problems(successor) == []
    (first,) = payments(successor, date(2030, 1, 1))
    assert str(first.amount) == "750.00"
    assert isinstance(first.due, Unknown)


OF_YEARS: Changes = {"instalment.2.amount": "1050.00", "instalment.3.amount": "1100.00"}
# Each year's first has its figure; 250.00 is that of the sixth alone.
OF_QUARTERS: Changes = {
    "contribution.every": "P3M",
    "instalment.5.amount": "1050.00",
    "instalment.6.amount": "250.00",
}


@pytest.mark.parametrize("figures, amount", [(OF_YEARS, "1100.00"), (OF_QUARTERS, "1050.00")])
def test_a_successor_begins_with_the_figure_of_the_last_year_and_without_the_total(
    figures: Changes, amount: str
) -> None:
    indexed: Changes = {"contribution.indexation": "CPI", "contribution.total": "3150.00"}
    successor = successor_of(decided_to_continue({**indexed, **figures}).agreement)

    assert successor.contribution
    assert str(successor.contribution.amount) == amount
    assert successor.contribution.total is None


def test_a_successor_is_not_paid_for_by_a_party_that_left() -> None:
    walk = in_force({"contribution.payer": "beesel"})
    amended(walk, "2019-12-01 10:00", party__beesel__left_on="2019-12-31")
    walk.until("2020-08-01 00:00").do("conclude", "2020-08-01 10:00")
    walk.do("decide", "2020-09-01 10:00", outcome=Continuation.CONTINUE)

    successor = successor_of(walk.agreement)
    assert problems(successor) == []
    assert successor.contribution is None


def test_of_amounts_that_were_written_out_a_successor_has_those_of_who_stays() -> None:
    walk = in_force(
        {
            "contribution.amount": None,
            "contribution.every": None,
            "contribution.payer": "limburg",
            "instalment.1.amount": "100.00",
            "instalment.2.amount": "200.00",
            "instalment.2.payer": "beesel",
            "instalment.3.amount": "300.00",
            "instalment.3.payer": "maastricht",
        }
    )
    amended(walk, "2019-12-01 10:00", party__beesel__left_on="2019-12-31")
    walk.until("2020-08-01 00:00").do("conclude", "2020-08-01 10:00")
    walk.do("decide", "2020-09-01 10:00", outcome=Continuation.CONTINUE)

    successor = successor_of(walk.agreement)
    assert successor.contribution
    assert successor.contribution.payer == "limburg"
    assert [(number, item.payer) for number, item in successor.instalment.items()] == [
        (1, None),
        (3, "maastricht"),
    ]


def test_what_others_pay_under_a_successor_keeps_its_currency_and_who_gets_it() -> None:
    """The contribution went with the party that paid the rest of it."""
    walk = in_force(
        {
            "contribution.amount": None,
            "contribution.every": None,
            "contribution.currency": "USD",
            "contribution.payer": "beesel",
            "instalment.1.amount": "100.00",
            "instalment.2.amount": "300.00",
            "instalment.2.payer": "maastricht",
        }
    )
    amended(walk, "2019-12-01 10:00", party__beesel__left_on="2019-12-31")
    walk.until("2020-08-01 00:00").do("conclude", "2020-08-01 10:00")
    walk.do("decide", "2020-09-01 10:00", outcome=Continuation.CONTINUE)

    successor = successor_of(walk.agreement)
    assert problems(successor) == []
    assert successor.contribution
    assert (successor.contribution.payer, successor.contribution.office) == (None, "financien")
    (item,) = payments(successor, date(2030, 1, 1))
    assert (item.number, str(item.money.words), item.payee) == (
        *(2, "USD 300.00", "Coöperatie Verbindend Leiden"),
    )


# Disputes ----------------------------------------------------------------------------------------


def test_a_dispute_about_anothers_signature_does_not_touch_a_start_by_our_own() -> None:
    walk = in_force({"term.start": "own_signature"})
    amended(
        walk,
        "2018-01-10 10:00",
        source__1__field="party.limburg.signed_on",
        source__1__status="disputed",
    )

    assert walk.is_in("active")
    assert day(start_of(walk.agreement)) == date(2017, 10, 12)


def test_a_dispute_about_who_joined_later_does_not_bring_a_running_agreement_back() -> None:
    joined: Changes = {
        "party.stein.name": "Gemeente Stein",
        "party.stein.joined_on": "2018-01-01",
        "party.stein.signed_on": "2018-01-05",
        "source.1.field": "party.stein.signed_on",
    }

    assert in_force({**joined, **DISPUTED}).is_in("active")


@pytest.mark.parametrize("field", ["extension.1.length", "suspension.1.resumed_on"])
def test_a_disputed_extension_or_suspension_drives_no_end(field: str) -> None:
    changes: Changes = {
        "extension.1.length": "P1Y",
        "suspension.1.on": "2017-11-01",
        "suspension.1.resumed_on": "2017-12-01",
        "suspension.1.moves_end": "true",
        "source.1.field": field,
    }
    walk = in_force({**changes, **DISPUTED})

    assert isinstance(end_of(walk.agreement), Unknown)
    assert f"missing_fact:{field}:2017-09-26" in {
        item.cause.rpartition(":")[0] for item in walk.alerts
    }


def test_a_disputed_notice_period_drives_no_notice_date_and_the_term_is_renewed() -> None:
    walk = in_force({**YEAR_BY_YEAR, "source.1.field": "term.notice", **DISPUTED})

    assert isinstance(notice_date(walk.agreement), Unknown)
    assert day(end_of(walk.until("2018-10-12 00:00").agreement)) == date(2019, 10, 11)


# Steps -------------------------------------------------------------------------------------------


def test_an_instalment_that_is_brought_forward_from_years_ahead_is_reminded_of() -> None:
    walk = in_force(OPEN_ENDED).until("2017-11-01 00:00").forget()
    amended(walk, "2017-11-01 10:00", instalment__9__due_on="2018-02-01").until("2018-02-01 12:00")

    assert [line for line in walk.shown() if ":9:" in line] == lines("""
        Thu 2017-12-07 08:00 payment:9:2018-02-01:-P8W
        Thu 2018-01-04 08:00 payment:9:2018-02-01:-P4W
        Thu 2018-02-01 08:00 payment:9:2018-02-01:P0D
    """)


def test_an_instalment_without_an_amount_is_asked_for_its_own() -> None:
    written: Changes = {
        "contribution.amount": None,
        "contribution.every": "P3M",
        "instalment.1.amount": "400.00",
        "instalment.1.due_on": "2018-03-01",
        "instalment.4.due_on": "2018-06-01",
    }
    walk = in_force(written).forget().until("2018-03-01 00:00")

    # 1 June less eight weeks is 6 April; the question comes eight weeks earlier.
    assert [line for line in walk.shown() if "missing_fact" in line] == lines("""
        Fri 2018-02-09 08:00 missing_fact:instalment.4.amount:2018-02-09:P0D
    """)


def test_a_resumption_is_asked_for_after_the_longest_lead_however_it_is_written() -> None:
    policy = Policy(alerts=Alerts(evaluation_before=(Period(days=100), Period(2))))
    walk = Walk(policy=policy).decided().signed()
    walk.do("suspend", "2019-01-01 10:00", on=date(2019, 1, 1), moves_end=True).forget()

    # 1 January and 100 days is Thursday 11 April; two months would have been 1 March.
    assert walk.until("2019-04-30 00:00").shown() == [
        "Thu 2019-04-11 08:00 missing_fact:suspension.1.resumed_on:2019-04-11:P0D"
    ]


def test_what_was_missed_of_an_old_term_is_on_record_when_the_term_is_renewed_late() -> None:
    walk = in_force({**YEAR_BY_YEAR, **NO_EVALUATION, **NO_MONEY}).forget()
    walk.tick("2019-11-01 09:00")

    assert [(event.occurrence, event.superseded) for event in walk.events] == [
        (
            "renewal:term:2018-10-12:P0D",
            (
                "notice:term:2018-07-10:-P1M",
                "notice:term:2018-07-10:-P3M",
                "notice:term:2018-07-10:P0D",
            ),
        ),
        (
            "renewal:term:2019-10-12:P0D",
            (
                "notice:term:2019-07-10:-P1M",
                "notice:term:2019-07-10:-P3M",
                "notice:term:2019-07-10:P0D",
            ),
        ),
    ]


def test_what_was_missed_of_a_date_that_an_amendment_moved_is_on_record() -> None:
    walk = in_force().until("2020-04-01 00:00").forget()
    amended(walk, "2020-04-20 10:00", term__length="P4Y")

    assert walk.events[0].superseded == ("evaluation:final:2020-07-11:-P3M",)


def test_a_step_that_a_renewal_brings_too_late_is_caught_up_and_not_late() -> None:
    monthly: Changes = {**YEAR_BY_YEAR, "term.renewal_length": "P1M", "term.notice": "P2W"}
    walk = in_force({**monthly, **NO_MONEY}).until("2018-10-11 12:00").forget()
    walk.until("2018-10-12 00:00")

    # For the term through 11 November the evaluation falls on 11 August, before its renewal.
    assert [(e.occurrence, e.caught_up, e.late_by) for e in walk.events] == [
        ("renewal:term:2018-10-12:P0D", False, 0),
        ("evaluation:final:2018-08-11:P0D", True, 0),
        ("notice:term:2018-10-27:-P1M", True, 0),
    ]


def test_the_follow_ups_of_what_a_renewal_brings_too_late_count_from_the_renewal() -> None:
    half_years: Changes = {**YEAR_BY_YEAR, "term.renewal_length": "P6M"}
    evaluated = {"evaluation.final.before_end": "P9M"}
    walk = in_force({**half_years, **NO_MONEY, **evaluated}).until("2018-10-11 12:00").forget()
    walk.until("2018-12-01 00:00")

    assert [line for line in walk.fired() if "evaluation" in line] == [
        "Fri 2018-10-12 00:00 evaluation:final:2018-07-11:P0D",
        "Fri 2018-10-26 08:00 evaluation:final:2018-07-11:+P2W",
        "Fri 2018-11-09 08:00 evaluation:final:2018-07-11:+P4W",
        "Fri 2018-11-23 08:00 evaluation:final:2018-07-11:+P6W",
    ]


# Paid ahead --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "paid, next_look",
    [
        (
            2,
            "Fri 2019-08-16 08:00",
        ),  # of the third, 12 October 2019, eight weeks before: a Saturday
        (5, "Wed 2022-08-17 08:00"),  # of the sixth, 12 October 2022
        (9, "Mon 2026-08-17 08:00"),  # of the tenth, 12 October 2026
    ],
)
def test_what_follows_on_what_was_paid_years_ahead_is_still_looked_at(
    paid: int, next_look: str
) -> None:
    walk = in_force(OPEN_ENDED)
    for number in range(1, paid + 1):
        walk.do("pay", "2017-10-13 10:00", instalment=str(number), on=date(2017, 10, 13))
    assert walk.next_alert_at
    assert local(walk.next_alert_at) == next_look

    walk.tick("2018-06-01 10:00")
    assert local(walk.next_alert_at) == next_look


def test_after_a_year_without_payments_the_next_payment_is_still_waited_for() -> None:
    facts = {**RAN, **YEAR_BY_YEAR, **NO_EVALUATION, "contribution.every": "P3M"}
    unpaid = {"extension.1.length": "P1Y", "extension.1.contribution": "false"}
    clerk = Clerk({**facts, **unpaid}, "2018-11-05 10:00", history=True)
    clerk.act("suspend", {"on": "2018-11-05", "moves_end": "yes"})

    # Four quarters are paid for, four are not: the ninth falls on 12 October 2019, a Saturday;
    # eight weeks before it is Saturday 17 August, so its first reminder is on Friday the 16th.
    clerk.until(at("2019-06-01 00:00"))

    assert clerk.next_alert_at
    assert local(clerk.next_alert_at) == "Fri 2019-08-16 08:00"


def test_what_the_end_closed_is_asked_again_in_time_when_the_end_is_taken_back() -> None:
    clerk = Clerk({**RAN, "evaluation.first.after_start": "P1Y"}, "2017-11-05 10:00", history=True)
    clerk.act("terminate", {"on": "2017-11-05", "ends_on": "2018-04-06"})
    clerk.until(at("2018-04-20 10:00"))
    stood = clerk.agreement.stage
    clerk.act("amend", {"termination.on": "unknown", "termination.ends_on": "unknown"})
    what_is_planned_is_what_the_facts_demand(clerk)

    # The evaluation of 12 October 2018 is announced three months before it, on a Thursday.
    clerk.until(at("2018-07-20 10:00"))
    assert (stood, clerk.agreement.stage) == (Stage.ENDED, Stage.ACTIVE)
    assert clerk.events[-1].occurrence == "evaluation:first:2018-10-12:-P3M"
    assert local(clerk.events[-1].at) == "Thu 2018-07-12 08:00"


def test_what_a_mistake_had_closed_is_asked_again_when_a_renewal_brings_it_into_the_term() -> None:
    """Undone in another order than it was done, the mistake kept what lay beyond the end."""
    clerk = signed_at("2017-09-01 10:00", YEAR_BY_YEAR)
    clerk.until(at("2018-02-01 10:00"))
    clerk.act("terminate", {"on": "2018-01-31", "ends_on": "2018-01-31"})
    clerk.act("amend", {"term.length": "P4Y"})
    for event in (clerk.events[-1], next(e for e in clerk.events if e.action == "terminate")):
        clerk.take_back(event)

    clerk.until(at("2019-10-01 10:00"))

    assert [
        e.occurrence for e in clerk.events if (e.occurrence or "").startswith("payment:3:")
    ] == [
        "payment:3:2019-09-01:-P8W",
        "payment:3:2019-09-01:-P4W",
        "payment:3:2019-09-01:P0D",
        "payment:3:2019-09-01:+P1D",
        "payment:3:2019-09-01:+P1W",
        "payment:3:2019-09-01:+P2W",
    ]


def test_what_was_paid_by_mistake_is_reminded_of_although_other_settings_hold_by_then() -> None:
    """The steps that the payment closed are gone; those of the settings were closed for it."""
    clerk = signed_at("2017-09-20 10:00")
    clerk.until(at("2017-09-25 10:00"))
    clerk.act("pay", {"instalment": "1", "on": "2017-09-25"})
    paid = clerk.events[-1]
    assert paid.action == "pay"
    clerk.until(at("2018-01-10 10:00"))
    clerk.adopt(alerts(payment_before="P3W", payment_after="P2D P10W"))
    clerk.until(at("2018-02-01 10:00"))
    clerk.act("note", {"text": "Er is gebeld."})  # what is closed is recorded with it

    clerk.take_back(paid)

    assert [alert.cause for alert in clerk.shown] == ["payment:1:2017-09-20:+P10W"]


def test_so_is_it_where_all_steps_had_fired_before_the_payment() -> None:
    """The payment closed none: those that other settings brought were closed for it afterwards."""
    clerk = signed_at("2017-09-20 10:00")
    clerk.until(at("2017-10-05 10:00"))
    clerk.act("pay", {"instalment": "1", "on": "2017-10-05"})
    paid = clerk.events[-1]
    clerk.adopt(alerts(payment_before="P10W P1D", payment_after="P1D P10W"))
    clerk.until(at("2017-12-05 10:00"))
    clerk.act("note", {"text": "Er is gebeld."})
    clerk.until(at("2018-01-10 10:00"))

    clerk.take_back(paid)

    assert [alert.cause for alert in clerk.shown] == ["payment:1:2017-09-20:+P10W"]
    assert findings(clerk) == []


def test_what_was_waived_years_ahead_is_reminded_of_when_that_is_taken_back() -> None:
    dated = {"evaluation.final.on": "2030-01-01", "contribution.every": "P1Y"}
    walk = in_force({**ENDLESS, **dated})
    walk.do("waive", "2017-10-13 10:00", instalment="4", reason="verkeerd nummer")
    waived = next(event for event in walk.events if event.action == "waive")
    assert len(waived.waived) == 6
    walk.take_back(waived, "2017-10-13 10:01")

    # Instalment 4 is due on 12 October 2020, beyond all that is derived in 2017.
    walk.until("2020-08-20 10:00")
    assert "Mon 2020-08-17 08:00 payment:4:2020-10-12:-P8W" in walk.fired()


# Settings ----------------------------------------------------------------------------------------


def test_a_longer_lead_moves_the_day_a_fact_is_needed_and_mails_nothing_for_the_past() -> None:
    walk = in_force({"contribution.budgeted_through": "2017"})
    walk.do("pay", "2017-10-13 10:00", instalment="1", on=date(2017, 10, 13))
    old, new = Policy(), Policy(alerts=Alerts(payment_before=(Period(days=26 * 7),)))

    # The budget of 2018 is asked for on 22 June 2018: with a lead of 26 weeks on 16 February.
    change = adopt(walk.dossier, old, new, at("2018-03-20 10:00"))

    assert change.alerts == ()
    gone = [name for event in change.events for name in event.superseded]
    assert sorted(name for name in gone if "budgeted" in name) == [
        "missing_fact:contribution.budgeted_through:2018-02-16:+P4W",
        "missing_fact:contribution.budgeted_through:2018-02-16:P0D",
    ]


def test_what_was_due_under_the_old_settings_is_mailed_before_the_new_ones_hold() -> None:
    walk = in_force().until("2020-04-01 00:00")
    old, new = Policy(), Policy(alerts=Alerts(evaluation_before=(Period(1),)))

    change = adopt(walk.dossier, old, new, at("2020-04-20 10:00"))

    assert [alert.cause for alert in change.alerts] == ["evaluation:final:2020-07-11:-P3M"]


def test_what_a_renewal_brings_is_told_where_a_zone_that_is_adopted_brings_the_renewal() -> None:
    """History 41077: in Tokyo the last day was over when the zone was adopted."""
    monthly: Changes = {**YEAR_BY_YEAR, "term.renewal_length": "P1M", "term.notice": "P2W"}
    walk = in_force({**monthly, **NO_MONEY}).until("2018-10-11 12:00")

    change = adopt(walk.dossier, Policy(), Policy(timezone="Asia/Tokyo"), at("2018-10-11 23:00"))

    assert [event.occurrence for event in change.events] == [
        "renewal:term:2018-10-12:P0D",
        "evaluation:final:2018-08-11:P0D",
        "notice:term:2018-10-27:-P1M",
    ]


def test_a_lead_that_begins_before_the_term_does_moves_the_agreement_when_it_is_adopted() -> None:
    walk = in_force({"term.length": "P6M", **NO_EVALUATION})
    old, new = Policy(), Policy(alerts=Alerts(continuation_before=(Period(12), Period(0, 14))))

    # It ends on 11 April 2018, so a year before that nobody had signed.
    change = adopt(walk.dossier, old, new, at("2017-10-12 12:00"))

    assert [(event.stage_before, event.stage) for event in change.events] == [
        ("active", "continuation_decision")
    ]
    assert change.next_alert_at
    assert local(change.next_alert_at) == "Fri 2017-10-13 08:00"


def test_a_date_that_was_told_of_and_comes_back_was_not_found_out_on_that_day() -> None:
    clerk = Clerk(RAN, "2018-06-01 10:00", history=True)
    clerk.until(at("2018-10-15 10:00"))
    clerk.act("amend", {"term.start": "2017-11-20", "correction": "yes"})
    clerk.now = at("2018-10-15 10:05")
    clerk.act("amend", {"term.start": "last_signature", "correction": "yes"})
    assert "payment:2:2018-10-12" not in clerk.agreement.known_on

    clerk.until(at("2018-10-20 10:00"))
    assert clerk.alerts[-1].cause == "payment:2:2018-10-12:+P1W"
    assert local(clerk.alerts[-1].leaves_at) == "Fri 2018-10-19 08:00"


def test_a_date_that_was_known_is_not_found_out_too_late_because_nobody_is_reminded_of_it() -> None:
    clerk = Clerk(RAN, "2018-06-01 10:00", history=True)
    clerk.adopt(alerts(payment_before="", payment_after=""))
    clerk.until(at("2019-01-05 10:00"))
    clerk.act("amend", {"title": "Een andere titel"})
    assert not clerk.agreement.known_on

    clerk.adopt(Alerts())
    clerk.until(at("2019-03-01 10:00"))
    assert clerk.alerts == []
    clerk.until(at("2019-09-01 10:00"))
    assert [alert.cause for alert in clerk.alerts] == ["payment:3:2019-10-12:-P8W"]


def test_a_reminder_that_was_held_when_it_was_closed_comes_when_that_is_taken_back() -> None:
    walk = Walk().decided()
    walk.do("set_start", "2017-12-01 10:00", on=date(2017, 11, 1))
    asked = next(name for name in walk.dossier.recorded if "beesel" in name and "P0D" in name)
    until = date(2018, 1, 12)
    walk.do("acknowledge", "2017-12-01 11:00", occurrence=asked, until=until)
    walk.do("withdraw", "2018-01-08 10:00")
    walk.take_back(walk.events[-1], "2018-01-08 10:01").until("2018-01-15 10:00")

    follow_up = asked.replace("P0D", "+P4W")
    assert f"Fri 2018-01-12 08:00 {follow_up}" in walk.fired()


def unsigned_unseen() -> Clerk:
    """Return where a signature is taken back while settings remind of none."""
    clerk = signed_at("2018-06-01 10:00")
    clerk.adopt(alerts(unsigned_after=""))
    clerk.act("amend", {"party.beesel.signed_on": "unknown"})
    return clerk


def test_what_a_signature_closed_is_asked_again_when_settings_bring_its_steps_back() -> None:
    clerk = unsigned_unseen()

    clerk.now = at("2018-06-08 10:00")
    clerk.adopt(Alerts())
    clerk.until(at("2018-08-01 10:00"))
    fired = [event.occurrence for event in clerk.events if event.occurrence]
    assert [name for name in fired if name.startswith("unsigned")] == [
        "unsigned:signatures:2018-06-01:+P4W",
        "unsigned:signatures:2018-06-01:+P8W",
    ]


def test_what_was_closed_and_is_past_when_its_steps_come_back_is_never_mailed() -> None:
    clerk = unsigned_unseen()

    clerk.now = at("2018-09-03 10:00")
    clerk.adopt(Alerts())
    clerk.now = at("2018-09-04 10:00")
    clerk.act("amend", {"title": "Een andere titel"})
    assert not [alert.cause for alert in clerk.alerts if alert.rule == "unsigned"]


def test_a_step_before_one_that_fired_is_not_asked_again_at_a_later_hour() -> None:
    # The 2nd of December 2018 is a Sunday: a day before and the day itself are told on a Friday.
    changes = {**RAN, **NO_MONEY, "instalment.1.amount": "10.00"}
    clerk = Clerk(
        {**changes, "instalment.1.due_on": "2018-12-02"}, "2018-06-01 10:00", history=True
    )
    clerk.adopt(alerts(payment_before="P1D P0D"))
    clerk.until(at("2018-11-30 10:00"))
    clerk.adopt(alerts(payment_before="P1D P0D"), alert_time=time(17))
    clerk.act("amend", {"title": "Een andere titel"})
    clerk.until(at("2018-11-30 18:00"))

    assert [alert.cause for alert in clerk.alerts if alert.rule == "payment"] == [
        "payment:1:2018-12-02:P0D"
    ]


def test_what_is_due_where_a_day_that_went_back_comes_again_is_told_with_it() -> None:
    signed = {**RAN, "stage": "signing", "term.start": "unknown"}
    clerk = Clerk(signed, "2017-11-02 10:00", history=True)
    clerk.act("set_start", {"on": "2017-11-02"})
    clerk.now = at("2017-11-02 10:05")
    clerk.adopt(Alerts(), timezone="Pacific/Pago_Pago")
    clerk.act("amend", {"evaluation.halfway.after_start": "P45D"})

    clerk.until(at("2017-11-02 13:00"))
    (told,) = clerk.alerts[-1:]
    moves = [(event.action, event.stage) for event in clerk.events if event.action == "settle"]
    assert moves == [("settle", Stage.SIGNING), ("settle", Stage.ACTIVE)]  # it was the day before
    assert (told.cause, told.caught_up) == ("evaluation:halfway:2017-12-17:-P3M", True)
    assert findings(clerk) == []


# The outside judge -------------------------------------------------------------------------------


def test_what_an_earlier_hour_of_new_settings_makes_due_at_once_is_not_too_early() -> None:
    clerk = Clerk(RAN, "2018-06-01 10:00", history=True)
    clerk.until(at("2018-08-17 07:30"))
    clerk.adopt(Alerts(), alert_time=time(7))

    assert [alert.cause for alert in clerk.alerts] == ["payment:2:2018-10-12:-P8W"]
    assert findings(clerk) == []


def test_what_was_filed_is_judged_by_what_was_known_then() -> None:
    owed: Changes = {
        "obligation.report.what": "verslag",
        "obligation.report.on": "2018-05-01",
    }
    clerk = Clerk({**RAN, **owed}, "2018-06-18 10:00", history=True)
    followed = "obligation:report:2018-05-01:+P2W"
    clerk.act("acknowledge", {"occurrence": followed, "until": "2018-07-02"})

    assert findings(clerk) == []


def test_what_an_acknowledgement_held_is_not_late_when_that_is_taken_back() -> None:
    clerk = signed_at("2017-09-20 10:00")
    clerk.until(at("2017-09-22 10:00"))
    told = {"occurrence": "payment:1:2017-09-20:+P1D", "until": "2017-10-15"}
    clerk.act("acknowledge", told)
    clerk.until(at("2017-09-30 10:00"))
    clerk.take_back(clerk.events[-1])

    assert [alert.cause for alert in clerk.shown] == ["payment:1:2017-09-20:+P1W"]
    assert findings(clerk) == []
