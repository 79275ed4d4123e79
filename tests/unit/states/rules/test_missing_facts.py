"""What an alert will need and nobody has entered is asked for in time."""

from datetime import date
from decimal import Decimal

from msgspec.structs import replace

from states.dates.instalments import payments
from states.dates.policy import Policy
from states.dates.term_dates import day_of, end_of, start_of
from states.model.agreement import Agreement
from states.model.arithmetic import Dated
from states.model.fact_types import Key
from states.model.facts import build
from states.model.stage import Unknown
from states.rules.missing_facts import missing_fact
from tests.agreements import Changes, Walk, at, facts, lines

PAYEE_UNKNOWN: Changes = {"contribution.payee": None, "contribution.budgeted_through": None}


def asked(walk: Walk) -> list[str]:
    return [line for line in walk.shown() if "missing_fact" in line]


def test_the_source_case_asks_for_its_payee_and_its_budget_in_the_same_moment() -> None:
    walk = Walk(PAYEE_UNKNOWN).decided().signed()

    # The first alert of instalment 1 would have left on 17 August 2017; eight weeks earlier is
    # 22 June, so both are asked for at once, on the day of the last signature.
    assert asked(walk) == lines("""
        Thu 2017-10-12 10:00 missing_fact:contribution.payee:2017-06-22:P0D
        Thu 2017-10-12 10:00 missing_fact:contribution.budgeted_through:2017-06-22:P0D
    """)


def test_follow_ups_of_what_was_asked_late_count_from_the_day_it_became_known() -> None:
    walk = Walk({**PAYEE_UNKNOWN, "contribution.budgeted_through": "2099"}).decided().signed()
    walk.forget().until("2018-01-31 00:00")

    assert asked(walk) == lines("""
        Thu 2017-11-09 08:00 missing_fact:contribution.payee:2017-06-22:+P4W
        Thu 2017-12-07 08:00 missing_fact:contribution.payee:2017-06-22:+P8W
    """)


def test_the_budget_of_a_coming_year_is_asked_for_eight_weeks_before_its_first_alert() -> None:
    walk = Walk({"contribution.budgeted_through": "2017"}).decided().signed()
    walk.do("pay", "2017-10-13 10:00", instalment="1", on=date(2017, 10, 13)).forget()
    walk.until("2018-08-31 00:00")

    assert asked(walk) == lines("""
        Fri 2018-06-22 08:00 missing_fact:contribution.budgeted_through:2018-06-22:P0D
        Fri 2018-07-20 08:00 missing_fact:contribution.budgeted_through:2018-06-22:+P4W
        Fri 2018-08-17 08:00 missing_fact:contribution.budgeted_through:2018-06-22:+P8W
    """)


def test_what_instalments_out_of_order_need_is_asked_for_by_the_first_that_falls_due() -> None:
    later = {
        **PAYEE_UNKNOWN,
        "contribution.budgeted_through": "2099",
        "contribution.amount": None,
        "contribution.every": None,
        "instalment.1.amount": "10.00",
        "instalment.1.due_on": "2020-02-03",
        "instalment.2.amount": "10.00",
        "instalment.2.due_on": "2018-06-01",
    }
    walk = Walk(later).decided().signed().until("2018-02-28 00:00")

    # Instalment 2 is told of first, on Friday 6 April 2018; eight weeks earlier is 9 February.
    assert asked(walk) == ["Fri 2018-02-09 08:00 missing_fact:contribution.payee:2018-02-09:P0D"]


def test_the_budget_is_asked_of_the_year_in_which_we_first_pay_without_one() -> None:
    written = {
        "stage": "active",
        "term.start": "2018-01-01",
        "contribution.budgeted_through": "2018",
        "contribution.amount": None,
        "contribution.every": None,
        "instalment.1.amount": "10.00",
        "instalment.1.due_on": "2020-11-02",
        "instalment.2.amount": "10.00",
        "instalment.2.due_on": "2019-11-01",
        "instalment.2.refund": "true",
        "instalment.3.amount": "10.00",
        "instalment.3.due_on": "2020-02-03",
        "instalment.3.fiscal_year": "2021",
    }
    agreement = build(Agreement, facts(written))
    found = missing_fact(agreement, Policy(), date(2018, 6, 1))
    assert [str(item.named) for item in found if item.about == "contribution.budgeted_through"] == [
        "the budget for 2021"
    ]


def test_a_fact_that_was_entered_is_asked_for_no_more() -> None:
    walk = Walk(PAYEE_UNKNOWN).decided().signed().forget()
    facts = {"contribution.payee": "Coöperatie", "contribution.budgeted_through": "2020"}
    walk.do("amend", "2017-10-20 10:00", facts=facts).until("2018-08-01 00:00")

    assert asked(walk) == []


def test_a_start_that_is_unknown_is_asked_for_from_the_decision_on() -> None:
    walk = Walk({"term.start": "unknown"}).decided().signed().forget().until("2017-12-31 00:00")

    assert asked(walk) == lines("""
        Tue 2017-10-24 08:00 missing_fact:term.start:2017-09-26:+P4W
        Tue 2017-11-21 08:00 missing_fact:term.start:2017-09-26:+P8W
    """)


def test_signatures_are_asked_for_before_a_start_that_is_fixed() -> None:
    walk = Walk({"term.start": "2018-01-01"}).decided()
    for party in ("maastricht", "limburg", "waterschap", "beesel"):
        walk.do("sign", "2017-10-02 10:00", party=party, on=date(2017, 10, 2))
    walk.forget().until("2018-01-31 00:00")

    assert asked(walk) == lines("""
        Mon 2017-11-06 08:00 missing_fact:party.cooperatie.signed_on:2017-11-06:P0D
        Mon 2017-12-04 08:00 missing_fact:party.cooperatie.signed_on:2017-11-06:+P4W
        Tue 2018-01-02 08:00 missing_fact:party.cooperatie.signed_on:2017-11-06:+P8W
    """)


def test_nothing_is_asked_before_the_college_has_decided() -> None:
    walk = Walk({**PAYEE_UNKNOWN, "term.start": "2018-01-01"}).until("2018-06-01 00:00")

    assert asked(walk) == []


def test_an_instalment_without_a_due_date_is_asked_for_before_its_fiscal_year() -> None:
    written: Changes = {
        "contribution.amount": None,
        "contribution.every": None,
        "instalment.1.amount": "750.00",
        "instalment.1.fiscal_year": "2019",
    }
    walk = Walk(written).decided().signed().forget().until("2018-12-31 00:00")

    # 1 January 2019, less eight weeks for the first alert, less eight weeks for the question.
    assert asked(walk) == lines("""
        Tue 2018-09-11 08:00 missing_fact:instalment.1.due_on:2018-09-11:P0D
        Tue 2018-10-09 08:00 missing_fact:instalment.1.due_on:2018-09-11:+P4W
        Tue 2018-11-06 08:00 missing_fact:instalment.1.due_on:2018-09-11:+P8W
    """)


def test_an_ended_agreement_asks_for_nothing() -> None:
    walk = Walk(PAYEE_UNKNOWN).decided().signed()
    walk.do("terminate", "2017-10-13 10:00", on=date(2017, 10, 13)).until("2017-10-14 12:00")

    assert asked(walk.forget().until("2019-01-01 00:00")) == []


def test_a_release_that_brings_this_rule_asks_nothing_of_the_past() -> None:
    walk = Walk(PAYEE_UNKNOWN).decided().signed().forget()
    before = {
        name: record
        for name, record in walk.dossier.recorded.items()
        if not name.startswith("missing_fact")
    }
    unknown = replace(walk.agreement, known_on={})
    walk.dossier = replace(walk.dossier, agreement=unknown, recorded=before)
    installed = at("2018-03-01 09:00")
    steps = ("P0D", "+P4W", "+P8W")
    walk.adopt(Policy(since=frozenset((f"missing_fact:{step}", installed) for step in steps)))
    walk.tick("2018-03-01 09:00")

    assert asked(walk) == []
    assert sorted(name for name in walk.superseded() if "payee" in name) == [
        "missing_fact:contribution.payee:2017-06-22:+P4W",
        "missing_fact:contribution.payee:2017-06-22:+P8W",
        "missing_fact:contribution.payee:2017-06-22:P0D",
    ]


def test_a_date_is_asked_of_what_is_owed_from_a_known_start_and_has_none() -> None:
    owed: Changes = {
        "obligation.annex.what": "bijlage",
        "obligation.plan.what": "plan",
        "obligation.plan.on": "2018-03-01",
        "obligation.report.what": "verslag",
        "obligation.report.after_start": "P3M",
        "obligation.account.what": "rekening",
        "obligation.account.before_end": "P1M",
    }
    unknown = Walk({**owed, "term.start": "unknown"}).decided().signed().agreement
    known = Walk({**owed, "term.start": "2018-01-01"}).decided().signed().agreement
    policy, today = Policy(), date(2017, 10, 12)

    # The start is 1 January 2018; eight weeks before it is 6 November 2017.
    assert [(i.about, day_of(i.nominal)) for i in missing_fact(known, policy, today)] == [
        ("obligation.annex.on", date(2017, 11, 6))
    ]
    asked_of = [item.about for item in missing_fact(unknown, policy, today)]
    assert [about for about in asked_of if about.startswith("obligation")] == []


def test_no_date_is_asked_any_more_of_what_is_owed_once_and_was_settled() -> None:
    owed: Changes = {
        "obligation.annex.what": "bijlage",
        "obligation.policy.what": "polis",
        "obligation.report.what": "verslag",
        "obligation.report.every": "P1Y",
        "term.start": "2018-01-01",
    }
    walk = Walk(owed).decided().signed().until("2017-12-01 10:00")
    walk.do("fulfil", "2017-12-01 10:00", obligation="annex")
    walk.do("waive", "2017-12-01 10:10", obligation="policy", reason="Vervalt.")
    walk.do("waive", "2017-12-01 10:20", obligation="report", number=1, reason="Vervalt.")
    walk.forget().until("2018-02-01 10:00")

    # Of the yearly report the next one is to come.
    assert asked(walk) == lines("""
        Mon 2017-12-04 08:00 missing_fact:obligation.report.on:2017-11-06:+P4W
        Tue 2018-01-02 08:00 missing_fact:obligation.report.on:2017-11-06:+P8W
    """)


def test_a_disputed_date_is_asked_of_what_is_still_to_be_settled_only() -> None:
    dated: dict[str, str | None] = {
        "contribution.amount": None,
        "contribution.every": None,
        "instalment.1.amount": "10.00",
        "instalment.1.due_on": "2018-06-01",
        "obligation.annex.what": "bijlage",
        "obligation.annex.on": "2018-06-01",
        "obligation.report.what": "verslag",
        "obligation.report.on": "2018-06-01",
        "obligation.report.every": "P1Y",
        "obligation.account.what": "rekening",
        "obligation.account.before_end": "P1M",
    }
    fields = ("instalment.1.due_on", "obligation.annex.on", "obligation.report.on")
    for number, field in enumerate((*fields, "obligation.account.before_end"), 1):
        dated[f"source.{number}.field"] = field
        dated[f"source.{number}.status"] = "disputed"
    walk = Walk({**dated, "term.start": "2018-01-01"}).decided().signed()
    walk.until("2018-01-03 10:00")
    walk.do("pay", "2018-01-03 10:00", instalment="1", on=date(2018, 1, 3))
    for obligation in ("annex", "report", "account"):
        walk.do("fulfil", "2018-01-03 10:00", obligation=obligation, number=1)
    walk.forget().until("2018-02-01 10:00")

    # What recurs has a turn to come; what is counted from the end is owed after an extension too.
    assert asked(walk) == lines("""
        Mon 2018-01-29 08:00 missing_fact:obligation.report.on:2018-01-01:+P4W
        Mon 2018-01-29 08:00 missing_fact:obligation.account.before_end:2018-01-01:+P4W
    """)


def test_what_a_source_calls_an_instalment_and_is_none_is_asked_for_all_the_same() -> None:
    doubt = {"source.1.field": "instalment.laatste.due_on", "source.1.status": "disputed"}
    walk = Walk({"term.start": "2018-01-01", **doubt}).decided().signed()
    every = missing_fact(walk.agreement, Policy(), date(2018, 1, 2))

    assert "instalment.laatste.due_on" in {item.about for item in every}


# Indexation --------------------------------------------------------------------------------------

INDEXED: Changes = {
    "contribution.every": "P3M",
    "contribution.amount": "250.00",
    "contribution.indexation": "CPI, alle huishoudens",
}


def amounts(walk: Walk) -> list[Decimal | None]:
    return [item.amount for item in payments(walk.agreement, date(2030, 1, 1))]


def test_an_indexed_amount_holds_for_the_first_contract_year_only() -> None:
    walk = Walk(INDEXED).decided().signed()

    assert amounts(walk) == [Decimal("250.00")] * 4 + [None] * 8


def test_a_figure_that_was_entered_holds_for_its_contract_year_only() -> None:
    walk = Walk(INDEXED).decided().signed()
    walk.do("amend", "2018-08-01 10:00", facts={"instalment.5.amount": "255.50"})

    assert amounts(walk) == [Decimal("250.00")] * 4 + [Decimal("255.50")] * 4 + [None] * 4


def test_the_figure_is_asked_for_before_the_instalment_it_applies_to() -> None:
    walk = Walk(INDEXED).decided().signed().forget().until("2018-09-30 00:00")

    assert asked(walk) == lines("""
        Fri 2018-06-22 08:00 missing_fact:instalment.5.amount:2018-06-22:P0D
        Fri 2018-07-20 08:00 missing_fact:instalment.5.amount:2018-06-22:+P4W
        Fri 2018-08-17 08:00 missing_fact:instalment.5.amount:2018-06-22:+P8W
    """)


# Disputed facts ----------------------------------------------------------------------------------

DISPUTED: Changes = {
    "source.1.field": "term.length",
    "source.1.quote": "drie of vier jaar",
    "source.1.status": "disputed",
}


def test_a_disputed_fact_drives_no_date_and_says_so() -> None:
    end = end_of(Walk(DISPUTED).decided().signed().agreement)

    assert isinstance(end, Unknown)
    assert str(end.because) == "the length of the term is disputed"


def test_a_disputed_fact_is_asked_for_and_a_wrong_alert_never_leaves() -> None:
    walk = Walk(DISPUTED).decided().signed().until("2021-01-01 00:00")

    assert not [line for line in walk.fired() if " evaluation:" in line or "expiry" in line]
    assert asked(walk)[0].endswith("missing_fact:term.length:2017-09-26:P0D")


def test_amending_the_field_to_the_value_that_it_has_confirms_it() -> None:
    walk = Walk(DISPUTED).decided().signed()
    walk.do("amend", "2018-01-10 10:00", facts={"term.length": "P3Y"})

    end = end_of(walk.agreement)
    assert not isinstance(end, Unknown)
    assert end.day == date(2020, 10, 11)
    (amended,) = [event for event in walk.events if event.action == "amend"]
    assert [(c.field, c.new) for c in amended.changes] == [("source.1.status", "stated")]


def test_a_disputed_start_leaves_the_start_unknown() -> None:
    changes = {**DISPUTED, "source.1.field": "term.start", "term.start": "2018-01-01"}

    assert isinstance(start_of(Walk(changes).agreement), Unknown)


def test_a_disputed_signature_leaves_the_last_signature_unknown() -> None:
    walk = Walk({**DISPUTED, "source.1.field": "party.beesel.signed_on"}).decided().signed()

    assert isinstance(start_of(walk.agreement), Unknown)
    assert walk.is_in("signing")


def test_a_disputed_evaluation_date_is_unknown_and_the_end_is_not() -> None:
    walk = Walk({**DISPUTED, "source.1.field": "evaluation.final.before_end"}).decided().signed()

    assert not isinstance(end_of(walk.agreement), Unknown)
    assert not [line for line in walk.until("2020-10-01 00:00").fired() if " evaluation:" in line]


def test_a_fact_that_is_only_assumed_still_drives_its_dates() -> None:
    walk = Walk({**DISPUTED, "source.1.status": "assumed"}).decided().signed()

    assert not isinstance(end_of(walk.agreement), Unknown)


# Parties that come and go -------------------------------------------------------------------------


def test_a_party_that_joins_later_does_not_move_the_start_nor_hold_the_agreement_up() -> None:
    walk = Walk().decided().signed().forget()
    facts = {"party.stein.name": "Gemeente Stein", "party.stein.joined_on": "2018-06-01"}
    walk.do("amend", "2018-02-01 10:00", facts=facts)

    assert walk.is_in("active")
    start = start_of(walk.agreement)
    assert not isinstance(start, Unknown)
    assert start.day == date(2017, 10, 12)
    assert asked(walk.until("2018-07-31 00:00")) == lines("""
        Fri 2018-04-06 08:00 missing_fact:party.stein.signed_on:2018-04-06:P0D
        Fri 2018-05-04 08:00 missing_fact:party.stein.signed_on:2018-04-06:+P4W
        Fri 2018-06-01 08:00 missing_fact:party.stein.signed_on:2018-04-06:+P8W
    """)


def test_a_party_that_left_before_it_signed_is_not_waited_for() -> None:
    walk = Walk({"party.beesel.left_on": "2017-10-01"}).decided()
    for party in ("maastricht", "limburg", "waterschap", "cooperatie"):
        walk.do("sign", "2017-10-12 10:00", party=party, on=date(2017, 10, 12))

    assert walk.is_in("active")


def test_a_party_that_merged_is_no_party_any_more_and_its_successor_is() -> None:
    walk = Walk().decided().signed()
    facts = {
        "party.beesel.left_on": "2018-12-31",
        "party.beesel.merged_into": "maasduinen",
        "party.maasduinen.name": "Gemeente Maasduinen",
        "party.maasduinen.joined_on": "2019-01-01",
        "party.maasduinen.signed_on": "2019-01-15",
    }
    walk.do("amend", "2019-01-20 10:00", facts=facts)

    parties = walk.agreement.party
    assert walk.is_in("active")
    assert not parties[Key("beesel")].takes_part_on(date(2019, 1, 1))
    assert parties[Key("beesel")].takes_part_on(date(2018, 12, 31))
    assert parties[Key("maasduinen")].takes_part_on(date(2019, 1, 1))
    assert not parties[Key("maasduinen")].takes_part_on(date(2018, 12, 31))


def test_a_signature_that_is_missing_and_disputed_is_asked_for_once() -> None:
    """It would have been asked for on two schedules: by the start, and because of the dispute."""
    doubt = {"source.1.field": "party.limburg.signed_on", "source.1.status": "disputed"}
    walk = Walk({"term.start": "2018-05-26", **doubt}).decided().forget().until("2018-08-01 00:00")

    assert [line for line in asked(walk) if "limburg" in line] == lines("""
        Thu 2018-03-29 08:00 missing_fact:party.limburg.signed_on:2018-03-31:P0D
        Mon 2018-04-30 08:00 missing_fact:party.limburg.signed_on:2018-03-31:+P4W
        Mon 2018-05-28 08:00 missing_fact:party.limburg.signed_on:2018-03-31:+P8W
    """)


def test_of_a_start_to_come_nothing_is_told_as_if_it_had_been() -> None:
    ahead = {"term.start": "2018-05-26", "term.length": None, "evaluation.final.before_end": None}
    walk = Walk({**ahead, "evaluation.final.after_start": "P1Y"}).decided()
    every = missing_fact(walk.agreement, Policy(), date(2017, 10, 1))

    (length,) = (item for item in every if item.about == "term.length")
    assert isinstance(length.nominal, Dated)
    assert [*map(str, length.nominal.explanation)] == [
        "Every date depends on it from 2018-05-26 on."
    ]
