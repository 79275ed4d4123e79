"""Money over time: which years are paid, from which day an amount holds, and what was paid."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from states.dates.instalments import payments
from states.dates.term_dates import day_of
from states.model.facts import flatten
from states.model.period import Period
from states.model.stage import Continuation
from tests.agreements import NO_EVALUATION, YEAR_BY_YEAR, Changes, Walk, in_force, lines

FAR = date(2030, 1, 1)


UNEVALUATED: Changes = {**YEAR_BY_YEAR, **NO_EVALUATION}


def instalments(walk: Walk) -> list[str]:
    return [
        f"{item.number} {item.due.day} {item.amount} {item.status}"  # type: ignore[union-attr]
        for item in payments(walk.agreement, FAR)
    ]


# Extensions --------------------------------------------------------------------------------------


def extended(walk: Walk, when: str, length: Period, *, contribution: bool) -> Walk:
    held = Walk.do(walk.until(when), "start_evaluation", when)
    held.do("conclude", when)
    return held.do(
        "decide", when, outcome=Continuation.EXTEND, length=length, contribution=contribution
    )


def test_an_instalment_on_the_last_day_of_a_year_without_contribution_is_not_owed() -> None:
    free_then_paid = {
        "term.length": None,
        "term.last_day": "2018-12-31",
        "term.start": "2017-12-31",
        "extension.1.length": "P1Y",
        "extension.1.contribution": "false",
        "extension.2.length": "P1Y",
        "extension.2.contribution": "true",
    }
    owed = payments(Walk(free_then_paid).decided().signed().agreement, FAR)

    # That of 31 December 2019 falls in the free year, on its last day.
    assert [str(day_of(item.due)) for item in owed] == ["2017-12-31", "2018-12-31", "2020-12-31"]


def test_each_extension_has_or_has_not_its_instalments() -> None:
    walk = extended(in_force(), "2020-06-01 10:00", Period(12), contribution=False)
    extended(walk, "2021-06-01 10:00", Period(12), contribution=True)

    assert instalments(walk) == lines("""
        1 2017-10-12 1000.00 expected
        2 2018-10-12 1000.00 expected
        3 2019-10-12 1000.00 expected
        5 2021-10-12 1000.00 expected
    """)


def test_nothing_is_asked_in_a_year_without_and_in_time_in_a_year_with() -> None:
    walk = extended(in_force(), "2020-06-01 10:00", Period(12), contribution=False)
    extended(walk, "2021-06-01 10:00", Period(12), contribution=True).forget()
    walk.until("2021-10-13 00:00")

    assert [line for line in walk.fired() if "payment" in line] == lines("""
        Tue 2021-08-17 08:00 payment:5:2021-10-12:-P8W
        Tue 2021-09-14 08:00 payment:5:2021-10-12:-P4W
        Tue 2021-10-12 08:00 payment:5:2021-10-12:P0D
    """)


def test_an_extension_without_that_is_the_last_has_none() -> None:
    walk = extended(in_force(), "2020-06-01 10:00", Period(12), contribution=True)
    extended(walk, "2021-06-01 10:00", Period(12), contribution=False)

    assert [line.split()[1] for line in instalments(walk)] == [
        "2017-10-12",
        "2018-10-12",
        "2019-10-12",
        "2020-10-12",
    ]


@pytest.mark.parametrize("then", ["stop", "terminate", "amend"])
def test_what_was_paid_ahead_stays_paid_when_its_term_does_not_come(then: str) -> None:
    walk = in_force({"term.length": "P2Y"} if then == "amend" else UNEVALUATED)
    walk.until("2018-08-20 10:00").do("pay", "2018-08-20 10:00", instalment="2")
    when = "2018-09-01 10:00"
    if then == "stop":
        walk.do("start_decision", when).do("decide", when, outcome=Continuation.STOP)
    elif then == "terminate":
        walk.do(then, when, reason="x", on=date(2018, 9, 1), ends_on=date(2018, 10, 11))
    else:
        walk.do(then, when, reason="x", facts={"term.length": "P1Y"})

    assert instalments(walk) == lines("""
        1 2017-10-12 1000.00 expected
        2 2018-10-12 1000.00 paid
    """)


@pytest.mark.parametrize(
    "change",
    [
        {"source.1.field": "term.start", "source.1.status": "disputed"},
        {"source.1.field": "contribution.every", "source.1.status": "disputed"},
        {"contribution.every": "unknown"},
    ],
)
def test_what_was_paid_ahead_stays_paid_when_its_date_is_not_known_any_more(
    change: Changes,
) -> None:
    walk = in_force(UNEVALUATED).until("2018-08-20 10:00")
    walk.do("pay", "2018-08-20 10:00", instalment="2")
    walk.do("amend", "2018-09-01 10:00", reason="x", facts=change, correction=True)

    assert [
        f"{item.number} {item.amount} {item.status}" for item in payments(walk.agreement, FAR)
    ] == [
        "1 1000.00 expected",
        "2 1000.00 paid",
    ]


def test_what_was_paid_ahead_stays_paid_in_a_year_that_is_free_after_all() -> None:
    walk = in_force(UNEVALUATED).until("2018-08-20 10:00")
    walk.do("pay", "2018-08-20 10:00", instalment="2").do("start_decision", "2018-09-01 10:00")
    walk.do(
        "decide",
        "2018-09-01 10:00",
        outcome=Continuation.EXTEND,
        length=Period(12),
        contribution=False,
    )

    assert instalments(walk) == lines("""
        1 2017-10-12 1000.00 expected
        2 2018-10-12 1000.00 paid
        3 2019-10-12 1000.00 expected
    """)


# Another amount ----------------------------------------------------------------------------------


def amended(walk: Walk, when: str, amount: str, **keys: object) -> Walk:
    facts = {"contribution.amount": amount}
    return walk.do("amend", when, reason="x", facts=facts, **keys)


def test_another_amount_holds_from_today_and_earlier_instalments_keep_theirs() -> None:
    walk = in_force().do("pay", "2017-10-20 10:00", instalment="1")
    amended(walk, "2018-11-01 10:00", "1200.00")

    assert instalments(walk) == lines("""
        1 2017-10-12 1000.00 paid
        2 2018-10-12 1000.00 expected
        3 2019-10-12 1200.00 expected
    """)


def test_the_same_amount_once_more_pins_none_of_the_instalments() -> None:
    walk = in_force().do("pay", "2017-10-20 10:00", instalment="1")
    amended(walk, "2018-11-01 10:00", "1000")

    assert {path for path in flatten(walk.agreement) if path.startswith("instalment.")} == {
        "instalment.1.paid_on"
    }


def test_another_amount_holds_from_the_day_that_is_named() -> None:
    walk = amended(in_force(), "2018-11-01 10:00", "1200.00", **{"from": date(2018, 10, 12)})

    assert [line.split()[2] for line in instalments(walk)] == ["1000.00", "1200.00", "1200.00"]


def test_an_amount_holds_from_an_earlier_day_too_than_the_one_before_it() -> None:
    walk = in_force().do("pay", "2017-10-20 10:00", instalment="1")
    amended(walk, "2018-01-01 10:00", "1200.00", **{"from": date(2019, 10, 12)})
    amended(walk, "2018-01-02 10:00", "1400.00", **{"from": date(2018, 10, 12)})

    assert [line.split()[2] for line in instalments(walk)] == ["1000.00", "1400.00", "1400.00"]
    amended(walk, "2018-01-03 10:00", "1500.00", **{"from": date(2017, 1, 1)})
    assert [line.split()[2] for line in instalments(walk)] == ["1000.00", "1500.00", "1500.00"]


def test_of_an_indexed_amount_the_first_year_follows_and_a_figure_stays() -> None:
    """What an earlier amendment had kept of the first year never had another amount again."""
    halves = {"contribution.every": "P6M", "instalment.4.amount": "1050.00"}
    walk = in_force({**halves, "contribution.indexation": "CPI"})
    amended(walk, "2018-06-01 10:00", "1200.00")
    assert [line.split()[2] for line in instalments(walk)][:4] == [
        *("1000.00", "1000.00", "None", "1050.00"),
    ]

    amended(walk, "2018-06-02 10:00", "1300.00", **{"from": date(2018, 4, 1)})
    assert [line.split()[2] for line in instalments(walk)][:4] == [
        *("1000.00", "1300.00", "None", "1050.00"),
    ]


def test_an_amount_that_was_assumed_stays_so_where_it_is_kept_and_to_be_paid() -> None:
    assumed = {"source.3.field": "contribution.amount", "source.3.status": "assumed"}
    walk = in_force({"term.length": "P4Y", **assumed}).do("pay", "2017-10-20 10:00", instalment="1")
    walk.do("waive", "2018-10-20 10:00", instalment="2", reason="x")
    amended(walk.until("2019-11-01 10:00"), "2019-11-01 10:00", "1200.00")

    assert [str(item.money.words) for item in payments(walk.agreement, FAR)] == [
        *("€ 1000.00", "€ 1000.00", "€ 1000.00, not certain", "€ 1200.00"),
    ]

    amended(walk, "2019-11-02 10:00", "1300.00", **{"from": date(2019, 1, 1)})
    assert [str(item.money.words) for item in payments(walk.agreement, FAR)] == [
        *("€ 1000.00", "€ 1000.00", "€ 1300.00", "€ 1300.00"),
    ]


def test_without_a_day_it_holds_from_today_over_what_an_earlier_one_left() -> None:
    walk = in_force().do("pay", "2017-10-20 10:00", instalment="1")
    amended(walk, "2018-01-01 10:00", "1200.00", **{"from": date(2019, 10, 12)})
    amended(walk, "2018-01-02 10:00", "1400.00")

    assert [line.split()[2] for line in instalments(walk)] == ["1000.00", "1400.00", "1400.00"]


def test_what_was_paid_ahead_keeps_its_amount() -> None:
    walk = in_force()
    for number in "123":
        walk.do("pay", "2017-10-20 10:00", instalment=number)
    amended(walk, "2018-01-01 10:00", "1200.00")

    assert [line.split()[2] for line in instalments(walk)] == ["1000.00"] * 3


def test_a_day_ahead_beyond_the_coming_term_is_kept_to() -> None:
    walk = in_force(UNEVALUATED)
    amended(walk, "2018-01-01 10:00", "1200.00", **{"from": date(2021, 1, 1)})
    walk.until("2022-01-01 00:00")

    assert [line.split()[1:3] for line in instalments(walk)][:6] == [
        ["2017-10-12", "1000.00"],
        ["2018-10-12", "1000.00"],
        ["2019-10-12", "1000.00"],
        ["2020-10-12", "1000.00"],
        ["2021-10-12", "1200.00"],
        ["2022-10-12", "1200.00"],
    ]


def test_an_amount_that_comes_with_another_period_leaves_only_what_was_paid_as_it_was() -> None:
    """The second year's amount was kept for the second half-year, and for ever after."""
    walk = in_force().do("pay", "2017-10-20 10:00", instalment="1")
    halves = {"contribution.every": "P6M", "contribution.amount": "500.00"}
    years = {"contribution.every": "P1Y", "contribution.amount": "1000.00"}
    walk.do("amend", "2019-11-01 10:00", reason="x", facts=halves)
    assert instalments(walk) == lines("""
        1 2017-10-12 1000.00 paid
        2 2018-04-12 500.00 expected
        3 2018-10-12 500.00 expected
        4 2019-04-12 500.00 expected
        5 2019-10-12 500.00 expected
        6 2020-04-12 500.00 expected
    """)

    walk.do("amend", "2019-11-02 10:00", reason="x", facts=years)
    assert instalments(walk) == lines("""
        1 2017-10-12 1000.00 paid
        2 2018-10-12 1000.00 expected
        3 2019-10-12 1000.00 expected
    """)
    assert {path for path in flatten(walk.agreement) if path.startswith("instalment.")} == {
        "instalment.1.paid_on",
        "instalment.1.amount",
    }


def test_a_one_off_contribution_that_was_paid_keeps_its_amount_and_its_date() -> None:
    walk = in_force({"contribution.every": None}).do("pay", "2017-10-20 10:00", instalment="1")
    amended(walk, "2018-01-01 10:00", "1200.00")

    assert instalments(walk) == ["1 2017-10-12 1000.00 paid"]


def test_a_one_off_contribution_takes_an_amount_that_holds_from_before_it() -> None:
    walk = amended(in_force({"contribution.every": None}), "2018-01-01 10:00", "1200.00")
    amended(walk, "2018-01-02 10:00", "1300.00", **{"from": date(2017, 10, 12)})

    assert instalments(walk) == ["1 2017-10-12 1300.00 expected"]


def test_before_the_dates_are_known_what_was_entered_by_its_number_stays() -> None:
    walk = amended(Walk({"instalment.2.amount": "500.00"}), "2017-06-02 10:00", "1200.00")

    assert walk.agreement.instalment[2].amount == Decimal("500.00")


def test_before_the_dates_are_known_another_amount_holds_for_all() -> None:
    walk = amended(Walk(), "2017-06-02 10:00", "1200.00").decided().signed()

    assert [line.split()[2] for line in instalments(walk)] == ["1200.00"] * 3


def test_an_instalment_that_is_written_itself_is_amended_as_before() -> None:
    walk = in_force().do("pay", "2017-10-20 10:00", instalment="1")
    walk.do("amend", "2018-01-01 10:00", reason="x", facts={"instalment.1.amount": "900.00"})

    assert instalments(walk)[0] == "1 2017-10-12 900.00 paid"


@pytest.mark.parametrize(
    "more, told",
    [
        ({}, "1000.00"),
        ({"facts": {"instalment.1.paid_amount": "950.00"}}, "950.00"),
        ({"correction": True}, "900.00"),
    ],
)
def test_what_was_paid_is_told_whatever_amount_is_agreed_later(
    more: dict[str, Any], told: str
) -> None:
    walk = in_force().do("pay", "2017-10-20 10:00", instalment="1")
    facts = {"instalment.1.amount": "900.00"} | more.pop("facts", {})
    walk.do("amend", "2018-01-01 10:00", reason="x", facts=facts, **more)

    assert payments(walk.agreement, FAR)[0].money.amount == Decimal(told)


def test_what_is_not_paid_any_more_is_told_as_it_was_agreed() -> None:
    """Its day could be taken away alone: the open instalment was asked for at what was paid."""
    walk = in_force().do("pay", "2017-10-20 10:00", instalment="1", amount=Decimal("950.00"))
    instalment = {1: replace(walk.agreement.instalment[1], paid_on=None)}
    (first, *_) = payments(replace(walk.agreement, instalment=instalment), FAR)

    assert str(first.money.words) == "€ 1000.00"


@pytest.mark.parametrize("key", ["every", "indexation"])
def test_whatever_is_amended_what_was_paid_keeps_its_amount(key: str) -> None:
    walk = in_force().do("pay", "2017-10-20 10:00", instalment="1")
    walk.do("pay", "2017-10-21 10:00", instalment="2")
    other = {"contribution.every": "P6M"} if key == "every" else {"contribution.indexation": "CPI"}
    walk.do("amend", "2018-01-01 10:00", reason="x", facts=other, correction=True)

    paid = [item for item in payments(walk.agreement, FAR) if item.facts.paid_on]
    assert [item.amount for item in paid] == [Decimal("1000.00")] * 2


def test_what_was_paid_keeps_its_amount_when_its_own_is_taken_away() -> None:
    walk = in_force({"instalment.1.amount": "1200.00"}).do(
        "pay", "2017-10-20 10:00", instalment="1"
    )
    walk.do("amend", "2018-01-01 10:00", reason="x", facts={"instalment.1.amount": "unknown"})

    first, *_ = payments(walk.agreement, FAR)
    assert (first.amount, first.money.amount) == (Decimal("1000.00"), Decimal("1200.00"))


IN_PARTS = (
    "the contribution is paid once. To pay it in parts, enter contribution.amount as unknown, and"
    " the amount of each part, in one go."
)


@pytest.mark.parametrize(
    "every, last, why",
    [("P1Y", 3, "by the contribution and the term the last is 3."), (None, 1, IN_PARTS)],
)
def test_what_is_entered_of_an_instalment_that_there_is_not_is_refused(
    every: str | None, last: int, why: str
) -> None:
    """It held for nothing; or, of what is paid once, instead of the whole."""
    walk = in_force({"contribution.every": every})

    def objections(number: int) -> list[str]:
        facts = {f"instalment.{number}.amount": "500.00"}
        return walk.objections("amend", "2018-01-01 10:00", reason="x", facts=facts)

    assert objections(last) == []
    assert objections(30) == [f"There is no instalment 30: {why}"]
    written = {"contribution.amount": "unknown", "instalment.30.amount": "500.00"}
    assert walk.objections("amend", "2018-01-01 10:00", reason="x", facts=written) == []


def test_a_day_without_an_amount_is_refused() -> None:
    refused = in_force().objections(
        "amend", "2018-01-01 10:00", facts={"title": "x"}, **{"from": date(2018, 1, 1)}
    )
    assert refused == ["“from” says from which day another contribution.amount holds."]


@pytest.mark.parametrize("before", [{}, {"contribution.amount": None, "contribution.every": None}])
def test_a_day_is_refused_where_no_amount_of_before_it_can_be_kept(before: Changes) -> None:
    """With another period, or the first contribution, it would hold for what is past as well."""
    facts = {"contribution.amount": "250.00", "contribution.every": "P3M"}
    walk = in_force(before)

    assert walk.objections("amend", "2018-01-01 10:00", facts=facts) == []
    (refused,) = walk.objections(
        "amend", "2018-01-01 10:00", facts=facts, **{"from": date(2018, 10, 12)}
    )
    assert refused == (
        "“from” keeps the amounts of the days before it, and by this period there are none: the"
        " amount would hold for all that is not paid. Leave “from” out."
    )


def test_an_amount_that_would_hold_from_within_a_term_that_was_not_agreed_is_refused() -> None:
    """The instalments of an extension that begins before that day would have it at once."""
    facts = {"contribution.amount": "1200.00"}

    def objections(day: date, **more: str) -> list[str]:
        return in_force().objections(
            "amend", "2018-01-01 10:00", facts=facts | more, **{"from": day}
        )

    first_day_after = date(2020, 10, 12)
    assert objections(first_day_after) == []
    (refused,) = objections(first_day_after + timedelta(days=1))
    assert refused.startswith("2020-10-13 lies after the last day, 2020-10-11.")
    assert objections(date(2022, 10, 12), **{"term.length": "P5Y"}) == []


def test_another_period_is_refused_once_the_number_of_a_payment_would_have_another_day() -> None:
    """Of quarters that were paid, the second and third would be the second and third year."""
    yearly = {"contribution.every": "P1Y"}
    walk = in_force({"contribution.every": "P3M"})

    def objections(**more: object) -> list[str]:
        return walk.objections("amend", "2018-06-01 10:00", facts=yearly, **more)

    walk.do("pay", "2017-10-20 10:00", instalment="1")
    assert objections() == []
    walk.do("pay", "2018-02-01 10:00", instalment="2")
    (refused,) = objections()
    by_number = "was paid, waived or entered by its number; by another period that number has"
    assert refused.startswith(f"Instalment 2 {by_number} another day.")
    assert objections(correction=True) == []
    assert walk.objections("amend", "2018-06-01 10:00", facts={"contribution.every": "P3M"}) == []


def test_a_year_in_months_is_no_other_period() -> None:
    walk = in_force({"contribution.every": "P1Y"})
    walk.do("pay", "2018-11-01 11:00", instalment="2")
    in_months = {"contribution.every": "P12M"}
    assert walk.objections("amend", "2018-11-02 10:00", facts=in_months) == []


def test_another_period_is_refused_once_an_instalment_was_waived_or_kept_another_amount() -> None:
    """The third year was waived as the third quarter was; the second had the amount of before."""
    yearly = {"contribution.every": "P1Y"}
    waived = in_force({"contribution.every": "P3M"})
    waived.do("waive", "2018-01-01 10:00", reason="x", instalment="3")
    kept = in_force({"contribution.every": "P3M"})
    amended(kept, "2018-06-01 10:00", "1200.00")

    for walk, number in ((waived, 3), (kept, 3)):
        (refused,) = walk.objections("amend", "2018-06-02 10:00", facts=yearly)
        assert refused.startswith(f"Instalment {number} was paid, waived or entered")

    walk = in_force({"contribution.every": "P3M", "instalment.3.amount": "1200.00"})
    taken_away = yearly | {"instalment.3.amount": ""}
    assert walk.objections("amend", "2018-06-02 10:00", facts=taken_away) == []


def test_a_year_whose_figure_was_entered_keeps_it_when_the_indexation_ends() -> None:
    """What was due then and was not paid would have had the first year's amount again."""
    figures = {"contribution.every": "P6M", "instalment.3.amount": "1035.00"}
    walk = in_force({**figures, "contribution.indexation": "CPI"})

    walk.do("amend", "2019-06-01 10:00", reason="x", facts={"contribution.indexation": ""})

    assert [line.split()[2] for line in instalments(walk)] == lines(
        "1000.00 1000.00 1035.00 1035.00 1000.00 1000.00".replace(" ", "\n")
    )


def test_a_figure_that_is_kept_where_the_indexation_ends_is_as_sure_as_it_was() -> None:
    figures = {"contribution.every": "P6M", "instalment.3.amount": "1035.00"}
    doubt = {"source.3.field": "instalment.3.amount", "source.3.status": "assumed"}
    walk = in_force({**figures, **doubt, "contribution.indexation": "CPI"})
    walk.do("amend", "2019-06-01 10:00", reason="x", facts={"contribution.indexation": ""})

    assert [str(item.money.words) for item in payments(walk.agreement, FAR)][2:5] == [
        *("€ 1035.00, not certain", "€ 1035.00, not certain", "€ 1000.00"),
    ]

    of_the_first_year = {**doubt, "source.3.field": "contribution.amount"}
    walk = in_force({**figures, **of_the_first_year, "contribution.indexation": "CPI"})
    walk.do("amend", "2019-06-01 10:00", reason="x", facts={"contribution.indexation": ""})

    assert [str(item.money.words) for item in payments(walk.agreement, FAR)][2:5] == [
        *("€ 1035.00", "€ 1035.00", "€ 1000.00, not certain"),
    ]


def test_another_currency_is_refused_once_something_was_paid_unless_it_was_a_mistake() -> None:
    """What was paid in euros would be told as as many dollars."""
    dollars, walk = {"contribution.currency": "USD"}, in_force()

    def objections(**more: object) -> list[str]:
        return walk.objections("amend", "2018-06-01 10:00", **{"facts": dollars, **more})

    assert objections() == []
    walk.do("pay", "2017-10-20 10:00", instalment="1")
    (refused,) = objections()
    assert refused.startswith("Instalment 1 was paid in EUR")
    assert objections(correction=True) == []
    assert objections(facts={"contribution.currency": "EUR"}) == []


def test_an_amount_holds_from_no_day_while_the_days_of_instalments_are_not_known() -> None:
    """All would have it, also those that fall before the day."""
    walk, when = in_force(), "2018-11-01 10:00"
    doubt = {"source.1.field": "term.start", "source.1.status": "disputed"}
    more = {"facts": {"contribution.amount": "1200.00"}, "from": date(2019, 10, 12)}

    assert walk.objections("amend", when, **more) == []
    walk.do("amend", when, reason="x", facts=doubt)
    (refused,) = walk.objections("amend", when, **more)
    assert refused.endswith(
        "before 2019-10-12 is not known: the first day of the term is disputed."
    )
