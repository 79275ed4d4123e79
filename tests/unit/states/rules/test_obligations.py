"""Obligations (docs/dates.md, R9): when each turn is due, what is alerted, and what ends it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from states.dates.obligations import turns, turns_of_earlier_terms
from states.dates.policy import Alerts, Policy
from states.dates.term_dates import day_of
from states.model.agreement import Agreement
from states.model.fact_types import Key
from states.model.facts import BadFacts
from states.model.period import Period
from states.model.phrase import Refusal
from states.model.stage import Continuation, Rule, Unknown
from states.rules.amendment import amended
from states.rules.checks import problems, warnings
from states.rules.obligations import FULFIL, several, turn_named
from tests.agreements import ENDLESS, NO_MONEY, TACIT, Changes, Walk, agreement, in_force, lines

FAR = date(2040, 1, 1)
REPORT = {
    "obligation.jaarverslag.what": "jaarverslag over de samenwerking",
    "obligation.jaarverslag.by": "limburg",
    "obligation.jaarverslag.on": "2018-04-01",
    "obligation.jaarverslag.every": "P1Y",
    "obligation.jaarverslag.clause": "Artikel 6, eerste lid",
}
ANNEX = {
    "obligation.bijlage.what": "bijlage over gegevensbescherming",
    "obligation.bijlage.after_start": "P3M",
}
PLAN = {
    "obligation.plan.what": "plan voor de afronding",
    "obligation.plan.before_end": "P6M",
    "obligation.plan.office": "financien",
}


def walk(*obligations: Changes, **changes: str) -> Walk:
    """Return the source case with obligations, in force from 12 October 2017."""
    facts = {path: text for part in (*obligations, changes) for path, text in part.items()}
    return in_force({**facts, **NO_MONEY})


OPEN_ENDED: Changes = {**ENDLESS, "evaluation.final.on": "2019-01-01"}


def dates(value: Agreement, horizon: date = FAR) -> list[str]:
    """Return each turn with its date, or with why that is not known."""
    return [
        f"{turn.about} {turn.due.because if isinstance(turn.due, Unknown) else turn.due.day}"
        for turn in turns(value, horizon)
    ]


def of_obligations(named: list[str]) -> list[str]:
    return [line for line in named if f"{Rule.OBLIGATION}:" in line]


# When --------------------------------------------------------------------------------------------


def test_an_obligation_is_due_on_a_date_after_the_start_or_before_the_end() -> None:
    found = walk(REPORT, ANNEX, PLAN).agreement

    assert dates(found) == lines(
        """
        jaarverslag.1 2018-04-01
        jaarverslag.2 2019-04-01
        jaarverslag.3 2020-04-01
        bijlage 2018-01-12
        plan 2020-04-11
        """
    )


def test_a_turn_is_found_by_its_name_alone() -> None:
    found = walk(ANNEX, REPORT).agreement
    second = turn_named(found, "jaarverslag.2", FAR)

    assert second is not None
    assert (second.about, second.number) == ("jaarverslag.2", 2)
    assert turn_named(found, "jaarverslag.99", FAR) is None
    assert turn_named(found, "jaarverslag", FAR) is None
    assert turn_named(found, "aanvang", FAR) is None


def test_turns_are_counted_from_the_start_itself_and_never_step_by_step() -> None:
    half_yearly = {"obligation.o.what": "overleg", "obligation.o.after_start": "P6M"}
    every = {"obligation.o.every": "P6M", "term.start": "2024-08-31", "term.length": "P2Y"}
    signed = {f"party.{key}.signed_on": "2024-08-31" for key in PARTIES}

    assert dates(agreement({**half_yearly, **every, **signed})) == lines(
        """
        o.1 2025-02-28
        o.2 2025-08-31
        o.3 2026-02-28
        """
    )


PARTIES = ("maastricht", "limburg", "waterschap", "beesel", "cooperatie")


@pytest.mark.parametrize(
    "first", [{"obligation.o.on": "2024-12-31"}, {"obligation.o.before_end": "P181D"}]
)
def test_of_what_recurs_from_a_day_of_its_own_the_last_may_fall_on_the_last_day(
    first: Changes,
) -> None:
    """From 1 July 2024 one year: through 30 June 2025, 181 days after 31 December."""
    quarterly = {"obligation.o.what": "kwartaalcijfers", "obligation.o.every": "P3M", **first}
    signed = {f"party.{key}.signed_on": "2024-06-03" for key in PARTIES}
    year = {"term.start": "2024-07-01", "term.length": "P1Y"}

    assert dates(agreement({**quarterly, **year, **signed})) == lines(
        """
        o.1 2024-12-31
        o.2 2025-03-31
        o.3 2025-06-30
        """
    )


def test_what_recurs_from_a_date_before_the_start_is_owed_while_the_agreement_is_in_force() -> None:
    early = {**REPORT, "obligation.jaarverslag.on": "2016-04-01"}

    assert dates(walk(early).agreement) == lines(
        """
        jaarverslag.3 2018-04-01
        jaarverslag.4 2019-04-01
        jaarverslag.5 2020-04-01
        """
    )


def test_an_anchor_that_is_not_known_says_why() -> None:
    bare = {"obligation.kaal.what": "polis"}
    turning = {"obligation.keer.what": "overleg", "obligation.keer.every": "P6M"}
    unsigned = agreement({**REPORT, **ANNEX, **PLAN, **bare, **turning})

    names = (
        "Gemeente Maastricht, Provincie Limburg, Waterschap Limburg, Gemeente Beesel,"
        " Coöperatie Verbindend Leiden"
    )
    because = f"the agreement has not been signed by: {names}"
    assert dates(unsigned) == [
        f"jaarverslag.1 {because}",
        f"bijlage {because}",
        f"plan {because}",
        "kaal the date of this obligation is not known; amend sets it",
        "keer.1 the date of this obligation is not known; amend sets it",
    ]


def test_without_an_end_turns_are_listed_as_far_as_one_looks() -> None:
    found = walk(REPORT, OPEN_ENDED).agreement

    assert dates(found, date(2019, 12, 31)) == [
        "jaarverslag.1 2018-04-01",
        "jaarverslag.2 2019-04-01",
    ]


# Alerts ------------------------------------------------------------------------------------------


def test_an_obligation_is_alerted_before_on_and_after_its_date() -> None:
    """1 April 2018 is Easter Day, Good Friday a holiday; 4 March and 13 May are Sundays."""
    fired = walk(REPORT).until("2018-06-01 10:00").fired()

    assert of_obligations(fired) == lines(
        """
        Fri 2018-03-02 08:00 obligation:jaarverslag.1:2018-04-01:-P4W
        Thu 2018-03-29 08:00 obligation:jaarverslag.1:2018-04-01:P0D
        Mon 2018-04-16 08:00 obligation:jaarverslag.1:2018-04-01:+P2W
        Mon 2018-05-14 08:00 obligation:jaarverslag.1:2018-04-01:+P6W
        """
    )


def roles(told: Walk) -> dict[str, list[str]]:
    """Return by step as whom each office was told of an obligation."""
    return {
        alert.cause.rpartition(":")[2]: [f"{a.role} {a.office}" for a in alert.addressees]
        for alert in told.alerts
        if alert.rule == Rule.OBLIGATION
    }


def test_the_last_step_escalates_to_the_office_above() -> None:
    own = ["office sociaal-domein", "case_owner sociaal-domein"]
    assert roles(walk(ANNEX).until("2018-03-01 10:00")) == {
        "-P4W": own,
        "P0D": own,
        "+P2W": own,
        "+P6W": [*own, "escalation sociaal-domein"],
    }


def test_an_office_that_acts_is_asked_instead_and_the_own_office_when_it_escalates() -> None:
    acting = ["acting financien", "case_owner sociaal-domein"]
    assert roles(walk(PLAN).until("2020-06-01 10:00")) == {
        "-P4W": acting,
        "P0D": acting,
        "+P2W": acting,
        "+P6W": ["acting financien", "office sociaal-domein", "case_owner sociaal-domein"],
    }


def test_the_alerts_are_those_of_the_policy() -> None:
    chosen = Policy(alerts=Alerts(obligation_before=(Period(1),), obligation_after=()))
    facts = {**ANNEX, **NO_MONEY}
    fired = Walk(facts, policy=chosen).decided().signed().until("2018-04-01 10:00").fired()

    assert of_obligations(fired) == lines(
        """
        Tue 2017-12-12 08:00 obligation:bijlage:2018-01-12:-P1M
        Fri 2018-01-12 08:00 obligation:bijlage:2018-01-12:P0D
        """
    )


def test_what_became_known_after_itself_is_caught_up_once_and_followed_up_from_then() -> None:
    late = walk().forget()
    late.do(
        "amend",
        "2018-06-01 10:00",
        facts={"obligation.polis.what": "polis", "obligation.polis.on": "2018-05-01"},
    )

    assert of_obligations(late.until("2018-07-31 10:00").shown()) == lines(
        """
        Fri 2018-06-01 10:00 obligation:polis:2018-05-01:P0D
        Fri 2018-06-15 08:00 obligation:polis:2018-05-01:+P2W
        Fri 2018-07-13 08:00 obligation:polis:2018-05-01:+P6W
        """
    )


# What ends it ------------------------------------------------------------------------------------


def test_each_turn_is_fulfilled_on_its_own() -> None:
    done = walk(REPORT).until("2018-03-20 10:00").forget()
    first: dict[str, Any] = {"number": 1, "reference": "D-2018-12", "on": date(2018, 3, 19)}
    done.do("fulfil", "2018-03-20 10:00", obligation="jaarverslag", **first)

    assert of_obligations(done.until("2019-03-10 10:00").fired()) == [
        "Mon 2019-03-04 08:00 obligation:jaarverslag.2:2019-04-01:-P4W"
    ]
    fulfilled = done.agreement.obligation[Key("jaarverslag")].fulfilment
    assert [(number, item.on, item.reference) for number, item in fulfilled.items()] == [
        (1, date(2018, 3, 19), "D-2018-12")
    ]
    assert [turn.what for turn in turns(done.agreement, FAR)] == [
        "jaarverslag over de samenwerking (nr. 1, 2018)",
        "jaarverslag over de samenwerking (nr. 2, 2019)",
        "jaarverslag over de samenwerking (nr. 3, 2020)",
    ]


def test_each_turn_is_waived_on_its_own() -> None:
    waived = walk(REPORT).until("2018-02-01 10:00").forget()
    waived.do("waive", "2018-02-01 10:00", reason="te vroeg", obligation="jaarverslag", number=1)

    closed = [turn.closed and turn.closed.value for turn in turns(waived.agreement, FAR)]
    assert closed == ["waived", None, None]
    assert of_obligations(waived.until("2019-03-10 10:00").fired()) == [
        "Mon 2019-03-04 08:00 obligation:jaarverslag.2:2019-04-01:-P4W"
    ]


def test_what_is_waived_is_not_asked_any_more() -> None:
    waived = walk(ANNEX).until("2017-12-20 10:00").forget()
    waived.do("waive", "2017-12-20 10:00", reason="er zijn geen gegevens", obligation="bijlage")

    assert of_obligations(waived.until("2018-06-01 10:00").fired()) == []
    assert waived.events[0].waived == (
        "obligation:bijlage:2018-01-12:P0D",
        "obligation:bijlage:2018-01-12:+P2W",
        "obligation:bijlage:2018-01-12:+P6W",
    )


def test_what_is_settled_cannot_be_settled_again() -> None:
    done = walk(REPORT, ANNEX)
    done.do("fulfil", "2018-03-20 10:00", obligation="jaarverslag", number=1, on=date(2018, 3, 19))
    done.do("waive", "2018-03-20 10:00", reason="vervallen", obligation="bijlage")

    assert done.objections("fulfil", "2018-03-21 10:00", obligation="jaarverslag", number=1) == [
        "“jaarverslag over de samenwerking (nr. 1, 2018)” is fulfilled already; amend corrects it."
    ]
    assert done.objections("waive", "2018-03-21 10:00", obligation="bijlage") == [
        "“bijlage over gegevensbescherming” is waived already; undo corrects it."
    ]
    assert done.objections("fulfil", "2018-03-21 10:00", obligation="jaarverslag", number=2) == []
    done.do("terminate", "2018-03-21 10:00", ends_on=date(2018, 12, 31), reason="x")
    assert done.objections("fulfil", "2018-03-22 10:00", obligation="jaarverslag", number=2) == [
        "“jaarverslag over de samenwerking (nr. 2, 2019)” is dropped already; amend corrects it."
    ]


def test_a_number_that_is_not_there_is_refused_with_those_that_are_open() -> None:
    with pytest.raises(Refusal) as refused:
        walk(REPORT).do("fulfil", "2018-03-20 10:00", obligation="jaarverslag", number=4)
    assert str(refused.value) == (
        "number: there is no number 4 here. Open are: 1 (2018-04-01), 2 (2019-04-01),"
        " 3 (2020-04-01)."
    )


def test_without_obligations_there_is_nothing_to_fulfil() -> None:
    assert walk().objections("fulfil", "2018-03-20 10:00") == ["This agreement has no obligations."]


# The agreement changes ---------------------------------------------------------------------------


def amend_objections(found: Walk, **keys: object) -> list[str]:
    return [
        line.partition(";")[0] for line in found.objections("amend", "2018-05-01 10:00", **keys)
    ]


def test_another_period_is_refused_once_a_number_that_was_settled_would_have_another_day() -> None:
    """The second of four quarters would be the second year, which then seems fulfilled."""
    quarterly = {**REPORT, "obligation.jaarverslag.every": "P3M"}
    yearly = {"obligation.jaarverslag.every": "P1Y"}
    found = walk(quarterly).do("fulfil", "2018-04-01 10:00", obligation="jaarverslag", number=1)
    assert amend_objections(found, facts=yearly) == []

    found.do("waive", "2018-04-30 10:00", reason="x", obligation="jaarverslag", number=2)
    refused = "Number 2 of “jaarverslag over de samenwerking” was fulfilled or waived"
    assert amend_objections(found, facts=yearly) == [refused]
    assert amend_objections(found, facts=yearly, correction=True) == []
    assert amend_objections(found, facts={"obligation.jaarverslag.clause": "Artikel 7"}) == []


@pytest.mark.parametrize(
    "first, refusals",
    [
        ({"on": "2019-03-31"}, 0),
        ({"on": "2019-04-01"}, 1),
        ({"on": "2017-04-02"}, 0),
        ({"on": "2017-04-01"}, 1),
        ({"on": "", "after_start": "P6M"}, 0),
        ({"on": "", "after_start": "P18M"}, 1),
    ],
    ids=["nearly later", "later", "nearly earlier", "earlier", "from the start", "a year from it"],
)
def test_another_first_day_is_refused_once_the_number_would_be_of_another_time(
    first: dict[str, str], refusals: int
) -> None:
    found = walk(REPORT)
    facts = {f"obligation.jaarverslag.{key}": text for key, text in first.items()}
    assert amend_objections(found, facts=facts) == []

    found.do("fulfil", "2018-04-01 10:00", obligation="jaarverslag", number=1)
    assert len(amend_objections(found, facts=facts)) == refusals


def test_what_is_taken_away_with_what_was_fulfilled_of_it_has_no_number() -> None:
    found = walk(REPORT).do("fulfil", "2018-04-01 10:00", obligation="jaarverslag", number=1)
    keys = (*REPORT, "obligation.jaarverslag.fulfilment.1.on")
    assert amend_objections(found, facts=dict.fromkeys(keys, "unknown")) == []


def test_after_an_extension_what_recurs_goes_on_and_the_end_asks_again() -> None:
    longer = walk(REPORT, PLAN).until("2020-04-01 10:00")
    longer.do("fulfil", "2020-04-01 11:00", obligation="plan", on=date(2020, 4, 1))
    longer.until("2020-08-01 10:00").do("conclude", "2020-08-01 11:00", on=date(2020, 8, 1))
    longer.do(
        "decide",
        "2020-08-02 10:00",
        outcome=Continuation.EXTEND,
        length=Period(12),
        contribution=False,
    )

    assert dates(longer.agreement)[3:] == ["jaarverslag.4 2021-04-01", "plan 2021-04-11"]
    assert of_obligations(longer.forget().until("2021-03-20 10:00").fired()) == lines(
        """
        Thu 2021-03-04 08:00 obligation:jaarverslag.4:2021-04-01:-P4W
        Fri 2021-03-12 08:00 obligation:plan:2021-04-11:-P4W
        """
    )


def test_after_a_termination_what_falls_later_is_dropped_and_what_fell_before_goes_on() -> None:
    ended = walk(REPORT).until("2018-05-01 10:00")
    ended.do(
        "terminate",
        "2018-05-01 11:00",
        reason="opgezegd",
        on=date(2018, 5, 1),
        ends_on=date(2018, 5, 10),
    )
    closed = [turn.closed and turn.closed.value for turn in turns(ended.agreement, FAR)]

    assert closed == [None, "ended", "ended"]
    assert of_obligations(ended.forget().until("2020-01-01 10:00").fired()) == [
        "Mon 2018-05-14 08:00 obligation:jaarverslag.1:2018-04-01:+P6W"
    ]


def test_a_tacit_renewal_brings_the_turns_of_the_coming_term() -> None:
    assert dates(walk(REPORT, TACIT).agreement) == lines(
        """
        jaarverslag.1 2018-04-01
        jaarverslag.2 2019-04-01
        jaarverslag.3 2020-04-01
        jaarverslag.4 2021-04-01
        """
    )


def test_what_the_term_before_left_open_has_its_number_and_is_not_taken_for_the_next() -> None:
    renewed = walk(PLAN, TACIT).until("2020-10-20 10:00")  # its own was due on 11 April 2020
    both: dict[str, Any] = {"obligation": "plan", "on": date(2020, 10, 19)}
    today = date(2020, 10, 20)

    assert several(renewed.agreement, {"obligation": "plan"})
    assert FULFIL.arguments[1].still_open is not None
    asked = FULFIL.arguments[1].still_open(renewed.agreement, both, today)
    assert str(asked) == "Open are: 1 (2020-04-11), 2 (2021-04-11)."

    renewed.do("fulfil", "2020-10-20 10:00", number=1, **both)
    assert of_obligations(renewed.forget().until("2021-04-12 10:00").shown()) == [
        "Fri 2021-03-12 08:00 obligation:plan:2021-04-11:-P4W",
        "Fri 2021-04-09 08:00 obligation:plan:2021-04-11:P0D",
    ]
    assert renewed.objections("fulfil", "2021-04-12 10:00", number=1, **both) == [
        "“plan voor de afronding” is fulfilled already; amend corrects it."
    ]
    assert not several(renewed.agreement, {"obligation": "plan"})
    renewed.do("fulfil", "2021-04-12 10:00", obligation="plan", on=date(2021, 4, 12))
    done = renewed.agreement.obligation[Key("plan")].fulfilment
    assert {number: item.on for number, item in done.items()} == {
        1: date(2020, 10, 19),
        2: date(2021, 4, 12),
    }


def test_after_two_renewals_the_term_directly_before_is_asked_about() -> None:
    renewed = walk(PLAN, TACIT).until("2021-10-20 10:00")

    assert FULFIL.arguments[1].still_open is not None
    asked = FULFIL.arguments[1].still_open(
        renewed.agreement, {"obligation": "plan"}, date(2021, 10, 20)
    )
    assert str(asked) == "Open are: 2 (2021-04-11), 3 (2022-04-11)."


def test_of_a_term_that_was_made_longer_before_its_own_was_due_no_number_is_asked() -> None:
    longer = walk(PLAN).until("2020-03-31 10:00")
    longer.do("start_evaluation", "2020-03-31 10:00", on=date(2020, 3, 31))
    longer.do("conclude", "2020-03-31 10:00", on=date(2020, 3, 31))
    decided: dict[str, Any] = {
        "outcome": Continuation.EXTEND,
        "length": Period(12),
        "contribution": False,
    }
    longer.do("decide", "2020-03-31 10:00", on=date(2020, 3, 31), **decided)

    assert not several(longer.agreement, {"obligation": "plan"})
    longer.do("amend", "2020-04-01 10:00", facts={"term.length": "P4Y"}, correction=True)
    assert not several(longer.agreement, {"obligation": "plan"})  # by the end that was corrected
    longer.do("fulfil", "2020-04-01 10:00", obligation="plan", on=date(2020, 4, 1))
    assert [*longer.agreement.obligation[Key("plan")].fulfilment] == [2]


def left(walk: Walk) -> list[str]:
    """Return what was owed by the end of an earlier term, with its date and how it is closed."""
    found = turns_of_earlier_terms(walk.agreement)
    return [
        f"{turn.number} {day_of(turn.due) or 'not known'} {turn.closed or 'open'}" for turn in found
    ]


def test_a_suspension_moves_what_is_owed_by_the_end_of_its_own_term_only() -> None:
    renewed = walk(PLAN, TACIT).until("2020-10-20 10:00")
    renewed.do("suspend", "2021-01-10 10:00", on=date(2021, 1, 10), moves_end=True)
    assert left(renewed) == ["1 2020-04-11 open"]
    assert several(renewed.agreement, {"obligation": "plan"})  # though its own day is not known
    renewed.do("resume", "2021-03-11 10:00", on=date(2021, 3, 11))  # after 60 days
    assert left(renewed) == ["1 2020-04-11 open"]
    assert dates(renewed.agreement) == ["plan 2021-06-10"]

    rested = walk(PLAN, TACIT).until("2019-11-10 10:00")
    rested.do("suspend", "2019-11-10 10:00", on=date(2019, 11, 10), moves_end=True)
    rested.do("resume", "2020-01-09 10:00", on=date(2020, 1, 9))  # after 60 days
    assert left(rested.until("2020-12-20 10:00")) == ["1 2020-06-10 open"]


def test_of_a_term_that_notice_made_longer_before_its_own_was_due_no_number_is_asked() -> None:
    """Notice could be given through 10 July 2020: what comes later ends the next term."""
    parts: dict[str, Any] = {"on": date(2020, 8, 1), "ends_on": date(2021, 9, 30)}
    by_then = walk(PLAN | {"obligation.plan.before_end": "P1M"}, TACIT).until("2020-08-01 10:00")
    by_then.do("terminate", "2020-08-01 10:00", reason="x", **parts)

    assert dates(by_then.agreement) == ["plan 2021-08-30"]
    assert left(by_then) == []
    assert not several(by_then.agreement, {"obligation": "plan"})
    late = walk(PLAN, TACIT).until("2020-08-01 10:00")
    assert left(late.do("terminate", "2020-08-01 10:00", reason="x", **parts)) == [
        "1 2020-04-11 open"
    ]


@pytest.mark.parametrize("field", ["term.length", "obligation.plan.before_end"])
def test_while_a_date_is_disputed_it_is_asked_which_term_is_meant(field: str) -> None:
    renewed = walk(PLAN, TACIT).until("2020-10-20 10:00")
    unsure = {"source.1.field": field, "source.1.status": "disputed"}
    renewed.do("amend", "2020-10-20 10:00", facts=unsure)

    assert several(renewed.agreement, {"obligation": "plan"})
    assert left(renewed) == ["1 not known open"]


def test_notice_that_brings_two_renewals_at_once_leaves_open_what_was_late() -> None:
    """Of both terms the last day for notice had passed: what runs then is the first term."""
    long_notice = TACIT | {"term.notice": "P15M"}
    late = walk(PLAN, long_notice).until("2020-08-01 10:00")
    late.do(
        "terminate", "2020-08-01 10:00", reason="x", on=date(2020, 8, 1), ends_on=date(2022, 9, 30)
    )

    assert dates(late.agreement) == ["plan 2022-03-30"]
    assert left(late) == ["1 2020-04-11 open"]
    late.do("fulfil", "2020-08-02 10:00", obligation="plan", number=1, on=date(2020, 8, 2))
    assert left(late) == ["1 2020-04-11 fulfilled"]


def test_what_terms_before_left_open_and_settled_stands_by_number() -> None:
    monthly = PLAN | {"obligation.plan.before_end": "P3M", "obligation.plan.every": "P1M"}
    renewed = walk(monthly, TACIT).until("2020-10-20 10:00")
    for number in (3, 1):
        renewed.do(
            "fulfil", "2020-10-20 10:00", obligation="plan", number=number, on=date(2020, 10, 19)
        )
    assert left(renewed) == [
        "1 2020-07-11 fulfilled",
        "2 2020-08-11 open",
        "3 2020-09-11 fulfilled",
        "4 2020-10-11 open",
    ]


def test_a_renewal_without_its_length_is_named_and_not_tripped_over() -> None:
    with pytest.raises(BadFacts, match="a tacit renewal needs its length"):
        amended(walk(REPORT).agreement, {"term.renewal": "tacit"})


def test_a_suspension_that_moves_the_end_moves_what_is_counted_from_it() -> None:
    rested = walk(PLAN)
    rested.do("suspend", "2018-05-01 10:00", on=date(2018, 5, 1), moves_end=True)
    rested.do("resume", "2018-05-31 10:00", on=date(2018, 5, 31))

    assert dates(rested.agreement) == ["plan 2020-05-10"]


def test_an_amended_date_says_nothing_again_of_what_was_said() -> None:
    moved = walk(ANNEX).until("2017-12-20 10:00").forget()
    moved.do("amend", "2017-12-20 10:00", facts={"obligation.bijlage.after_start": "P12W"})

    assert of_obligations(moved.until("2018-01-10 10:00").shown()) == [
        "Thu 2018-01-04 08:00 obligation:bijlage:2018-01-04:P0D"
    ]


def test_a_successor_owes_what_is_not_bound_to_a_day_and_nothing_is_fulfilled() -> None:
    once = {"obligation.start.what": "startbijeenkomst", "obligation.start.on": "2017-11-01"}
    followed = walk(REPORT, ANNEX, PLAN, once).until("2020-08-01 10:00")
    followed.do("fulfil", "2020-08-01 10:00", obligation="plan", on=date(2020, 4, 1))
    followed.do("conclude", "2020-08-01 11:00", on=date(2020, 8, 1))
    followed.do("decide", "2020-08-02 10:00", outcome=Continuation.CONTINUE)
    successor = followed.change.successor

    assert successor
    assert [*successor.obligation] == ["jaarverslag", "bijlage", "plan"]
    assert not successor.obligation[Key("plan")].fulfilment


# Facts that cannot be ----------------------------------------------------------------------------

TOO_MANY = "these terms give more than 600 dates."
SIXTY_YEARS = {"obligation.bijlage.every": "P1M", "term.length": "P60Y"}
SIGNED = {f"party.{key}.signed_on": "2018-01-01" for key in PARTIES}
MONTHLY_PLAN = {"obligation.plan.what": "het plan", "obligation.plan.every": "P1M"}
WRONG = [
    ("an obligation has one date, or one first date.", {"obligation.bijlage.on": "2018-01-01"}),
    ("what recurs does so by a month or more.", {"obligation.bijlage.every": "P2W"}),
    ("there is no party “venlo”.", {"obligation.bijlage.by": "venlo"}),
    (TOO_MANY, {**SIXTY_YEARS, **SIGNED}),
    (TOO_MANY, SIXTY_YEARS),  # else the last signature would be refused for it
    (  # the next term's numbers begin with 101
        "these terms give more than 100 dates.",
        {**MONTHLY_PLAN, "obligation.plan.before_end": "P100M", "term.length": "P9Y", **SIGNED},
    ),
    (  # of three years, but renewals make the term as long
        "these terms give more than 100 dates.",
        {**MONTHLY_PLAN, "obligation.plan.before_end": "P100M"},
    ),
    (
        TOO_MANY,
        {
            "obligation.bijlage.every": "P1M",
            "term.start": "2018-01-01",
            "term.length": None,
            "term.last_day": "2077-12-31",
        },
    ),
]


@pytest.mark.parametrize("wrong, facts", WRONG)
def test_facts_that_make_an_obligation_impossible_are_named(
    wrong: str, facts: Mapping[str, str]
) -> None:
    found = problems(agreement({**ANNEX, "contribution.every": None, **facts}))

    assert [str(problem.problem) for problem in found] == [wrong]


def test_a_hundred_turns_before_an_end_are_possible() -> None:
    facts = {**MONTHLY_PLAN, "obligation.plan.before_end": "P99M", "contribution.every": None}

    assert problems(agreement(facts)) == []


def test_an_end_that_is_not_there_is_no_anchor() -> None:

    assert [problem.path for problem in problems(agreement({**PLAN, **OPEN_ENDED}))] == [
        "obligation.plan.before_end"
    ]


def test_what_is_due_after_the_end_is_suspect() -> None:
    late = {"obligation.polis.what": "polis", "obligation.polis.on": "2020-11-01"}

    assert [str(phrase) for phrase in warnings(walk(late).agreement)] == [
        (
            "“polis” is due on 2020-11-01, after the last day 2020-10-11; after the end nobody is"
            " reminded of it."
        )
    ]
    assert list(warnings(walk(late, TACIT).agreement)) == []  # it goes on by itself
    done = {"obligation.polis.fulfilment.1.on": "2020-10-01"}
    money = {"instalment.4.amount": "5.00", "instalment.4.due_on": "2020-11-01"}
    paid = {**money, "instalment.4.paid_on": "2020-10-02"}
    assert list(warnings(walk({**late, **done}, paid).agreement)) == []
    assert list(warnings(walk(money, TACIT).agreement)) == []
    assert [str(phrase)[:30] for phrase in warnings(walk(money).agreement)] == [
        "Instalment 4 falls due on 2020"
    ]


def test_a_disputed_date_drives_nothing_until_it_is_confirmed() -> None:
    unsure = {"source.1.field": "obligation.bijlage.after_start", "source.1.status": "disputed"}
    found = walk(ANNEX, **unsure).agreement

    because = "the time after the start of “bijlage over gegevensbescherming” is disputed"
    assert dates(found) == [f"bijlage {because}"]
    assert dates(amended(found, {"obligation.bijlage.after_start": "P3M"})) == [
        "bijlage 2018-01-12"
    ]
