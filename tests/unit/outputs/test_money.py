"""The report's money: what is late, due, not decided yet, and what follows only from a renewal."""

from datetime import date
from decimal import Decimal

from notifications.language import language
from states.dates.policy import Policy
from states.model.agreement import Agreement
from states.model.facts import build
from tests.agreements import ENDLESS, TACIT
from workflow.engine.standing import standings
from workflow.outputs.report.money import FiscalYears, Sum

FACTS = {
    "ref": "A-1",
    "title": "Samenwerking",
    "office": "sociaal-domein",
    "stage": "active",
    "term.length": "P3Y",
    "term.start": "2018-01-01",
    "evaluation.final.before_end": "P3M",
    "contribution.amount": "100.00",
    "contribution.every": "P1Y",
    "decision.1.on": "2017-09-26",
    "decision.1.outcome": "as_proposed",
    "party.maastricht.name": "Gemeente Maastricht",
    "party.maastricht.own": "true",
    "party.maastricht.signed_on": "2017-10-12",
}
HUNDRED = Decimal(100)


def sums(today: date, **facts: str | None) -> dict[int | None, Sum]:
    known = {**FACTS, **{k.replace("__", "."): v for k, v in facts.items()}}
    agreement = build(Agreement, {path: text for path, text in known.items() if text is not None})
    horizon = date(2022, 12, 31)
    money = FiscalYears(horizon)
    money.add(agreement, standings(agreement, Policy(), today, horizon))
    return {year: total for (_, year), total in money.sums.items()}


def test_what_falls_due_after_the_end_follows_only_if_the_agreement_renews() -> None:
    found = sums(date(2020, 6, 1), **{"instalment.1.paid_on": "2018-01-02"}, **TACIT)
    assert found == {
        2018: Sum(paid=HUNDRED, count=1),
        2019: Sum(late=HUNDRED, count=1),
        2020: Sum(late=HUNDRED, count=1),
        2021: Sum(if_renewed=HUNDRED, count=1),
        2022: Sum(if_renewed=HUNDRED, count=1),
    }


def test_what_is_paid_for_the_coming_term_on_the_last_day_follows_only_from_a_renewal() -> None:
    """From 29 February 2016 two years end on 28 February 2018: that day the third is paid."""
    leap = {"term.start": "2016-02-29", "term.length": "P2Y", **TACIT}
    found = sums(date(2017, 6, 1), **leap)
    assert found[2017] == Sum(late=HUNDRED, count=1)
    assert found[2018] == found[2019] == Sum(if_renewed=HUNDRED, count=1)
    found = sums(date(2017, 11, 28), **leap)  # notice was possible through 27 November
    assert found[2018] == Sum(due=HUNDRED, count=1)
    assert found[2019] == Sum(if_renewed=HUNDRED, count=1)


def test_the_instalment_that_begins_on_the_last_day_of_a_term_is_that_terms() -> None:
    """Until and with 1 January 2021: that day the fourth year begins."""
    term = {"term.length": None, "term.last_day": "2021-01-01", **TACIT}
    found = sums(date(2020, 6, 1), **term)
    assert found[2021] == Sum(due=HUNDRED, count=1)
    assert found[2022] == Sum(if_renewed=HUNDRED, count=1)
    found = sums(date(2020, 10, 3), **term)  # notice was possible through 1 October
    assert found[2022] == Sum(due=HUNDRED, count=1)


def test_what_falls_due_on_the_last_day_that_is_shown_counts() -> None:
    found = sums(date(2020, 6, 1), **{"term.start": "2018-12-31"}, **TACIT)
    assert found[2022] == Sum(if_renewed=HUNDRED, count=1)


def test_what_was_paid_ahead_is_paid_whether_or_not_the_agreement_renews() -> None:
    found = sums(date(2020, 6, 1), **{"instalment.4.paid_on": "2020-05-02"}, **TACIT)
    assert found[2021] == Sum(paid=HUNDRED, count=1)


def test_what_is_late_is_late_also_where_no_signature_let_the_term_be_renewed() -> None:
    unsigned = {"stage": "signing", "party.limburg.name": "Provincie Limburg"}
    found = sums(date(2021, 2, 1), **unsigned, **TACIT)
    assert found == {
        2018: Sum(late=HUNDRED, count=1),
        2019: Sum(late=HUNDRED, count=1),
        2020: Sum(late=HUNDRED, count=1),
        2021: Sum(late=HUNDRED, count=1),
        2022: Sum(if_renewed=HUNDRED, count=1),
    }


def test_when_the_day_for_notice_passed_unused_the_next_term_is_sure() -> None:
    for day, sure in ((date(2020, 9, 29), False), (date(2020, 9, 30), True)):
        found = sums(day, **TACIT)
        assert found[2021] == (
            Sum(due=HUNDRED, count=1) if sure else Sum(if_renewed=HUNDRED, count=1)
        )
        assert found[2022] == Sum(if_renewed=HUNDRED, count=1)


def test_of_what_was_withdrawn_or_rejected_no_renewal_costs_anything() -> None:
    for ending in ("withdrawn", "rejected"):
        assert sums(date(2018, 6, 1), stage="ended", ending=ending, **TACIT) == {}


def test_what_has_no_end_counts_as_far_as_what_renews() -> None:
    assert [*sums(date(2018, 6, 1), **ENDLESS)] == [2018, 2019, 2020, 2021, 2022]


def test_the_instalments_of_a_draft_are_neither_late_nor_due() -> None:
    found = sums(date(2020, 6, 1), stage="draft")
    assert found == {year: Sum(undecided=HUNDRED, count=1) for year in (2018, 2019, 2020)}


def test_what_is_to_come_within_the_term_is_due() -> None:
    assert sums(date(2018, 6, 1))[2020] == Sum(due=HUNDRED, count=1)


def test_what_another_party_pays_back_comes_back_and_is_netted_with_nothing() -> None:
    refund = {"instalment.1.refund": "true", "instalment.1.payer": "leiden"}
    found = sums(date(2018, 6, 1), **refund, **{"party.leiden.name": "Leiden"})
    assert found[2018] == Sum(back=HUNDRED, count=1)


def test_what_came_back_and_what_should_have_are_told_as_such() -> None:
    facts = {f"instalment.{number}.refund": "true" for number in (1, 2, 3)}
    agreement = build(Agreement, {**FACTS, **facts, "instalment.1.paid_on": "2018-01-02"})
    today, horizon = date(2019, 6, 1), date(2022, 12, 31)
    found = standings(agreement, Policy(), today, horizon)
    told = [language("nl").say(entry.words) for entry in FiscalYears(horizon).add(agreement, found)]
    assert told == ["teruggekomen", "had terug moeten komen", "komt terug"]


def test_what_is_not_certain_of_what_comes_back_leaves_what_we_pay_certain() -> None:
    assumed = {"source.1.field": "contribution.amount", "source.1.status": "assumed"}
    found = sums(date(2018, 6, 1), **{"instalment.1.refund": "true"}, **assumed)
    assert [found[year].is_certain for year in (2018, 2019)] == [True, False]


def test_what_another_party_pays_to_others_is_no_money_of_ours() -> None:
    found = sums(
        date(2018, 6, 1), **{"instalment.1.payer": "leiden", "party.leiden.name": "Leiden"}
    )
    assert 2018 not in found


def test_what_nobody_knows_is_counted_and_makes_the_sum_uncertain() -> None:
    unknown = {"contribution.amount": None, "contribution.every": None}
    found = sums(date(2018, 6, 1), **unknown, instalment__1__due_on="2018-03-01")
    assert found[2018] == Sum(count=1, unknown=1, is_certain=False)
