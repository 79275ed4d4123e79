"""The college's decision: its eight outcomes, as a whole and per decision point."""

from datetime import date

import pytest

from states.model.facts import BadFacts
from states.model.stage import Ending, Ruling, Stage
from states.process import PROCESS
from states.rules.amendment import amended
from tests.agreements import Changes, Walk, agreement

DECIDED = "2017-09-26 10:00"


def proposed(changes: Changes | None = None) -> Walk:
    walk = Walk(changes).do("submit", "2017-06-15 10:00").do("agree", "2017-07-05 16:00")
    return walk.forget()


OUTCOMES = {
    Ruling.AS_PROPOSED: (Stage.SIGNING, None),
    Ruling.TEXT_CHANGES: (Stage.SIGNING, None),
    Ruling.AMENDED: (Stage.SIGNING, None),
    Ruling.MANDATE: (Stage.SIGNING, None),
    Ruling.HELD_OVER: (Stage.COLLEGE_DECISION, None),
    Ruling.RETURNED: (Stage.DRAFT, None),
    Ruling.REJECTED: (Stage.ENDED, Ending.REJECTED),
    Ruling.WITHDRAWN: (Stage.ENDED, Ending.WITHDRAWN),
}


@pytest.mark.parametrize("outcome, expected", OUTCOMES.items())
def test_each_outcome_leads_where_the_domain_says(
    outcome: Ruling, expected: tuple[Stage, Ending | None]
) -> None:
    walk = proposed()
    until = date(2017, 10, 10) if outcome is Ruling.HELD_OVER else None

    walk.do("decide", DECIDED, outcome=outcome, until=until, basis="mandaatregeling 2016")

    assert (walk.stage, walk.ending) == expected


def test_points_that_are_not_named_take_the_outcome_of_the_whole() -> None:
    walk = proposed().do(
        "decide", DECIDED, outcome=Ruling.AMENDED, points={2: Ruling.REJECTED}, label="Gewijzigd"
    )

    decision = walk.agreement.decision[1]
    assert decision.point == {1: Ruling.AMENDED, 2: Ruling.REJECTED}
    assert decision.label == "Gewijzigd"
    assert decision.on == date(2017, 9, 26)


CONTRADICTIONS = [
    (Ruling.AS_PROPOSED, Ruling.REJECTED, "rejected", "as_proposed"),
    (Ruling.AS_PROPOSED, Ruling.TEXT_CHANGES, "text_changes", "as_proposed"),
    (Ruling.REJECTED, Ruling.AS_PROPOSED, "as_proposed", "rejected"),
    (Ruling.TEXT_CHANGES, Ruling.HELD_OVER, "held_over", "text_changes"),
    (Ruling.HELD_OVER, Ruling.AS_PROPOSED, "as_proposed", "held_over"),
]


@pytest.mark.parametrize("whole, point, said, contradicted", CONTRADICTIONS)
def test_a_whole_that_contradicts_a_point_is_refused_and_names_the_point(
    whole: Ruling, point: Ruling, said: str, contradicted: str
) -> None:
    objections = proposed().objections("decide", DECIDED, outcome=whole, points={2: point})

    assert objections == [f"Point 2 is {said}, which contradicts {contradicted} for the whole."]


@pytest.mark.parametrize("point", [Ruling.AS_PROPOSED, Ruling.REJECTED, Ruling.HELD_OVER])
def test_an_amended_whole_goes_together_with_other_points(point: Ruling) -> None:
    request = {"outcome": Ruling.AMENDED, "points": {1: point}}

    assert proposed().objections("decide", DECIDED, **request) == []


def test_a_decision_before_the_overleg_is_refused() -> None:
    objections = proposed().objections(
        "decide", DECIDED, outcome=Ruling.AS_PROPOSED, on=date(2017, 7, 4)
    )

    assert objections == [
        "The decision is dated 2017-07-04, before the bestuurlijk overleg of 2017-07-05."
    ]


def test_every_objection_is_told_at_once() -> None:
    objections = proposed().objections(
        "decide",
        DECIDED,
        outcome=Ruling.HELD_OVER,
        on=date(2017, 7, 4),
        until=date(2017, 7, 4),
        points={1: Ruling.REJECTED},
    )

    assert objections == [
        "The decision is dated 2017-07-04, before the bestuurlijk overleg of 2017-07-05.",
        "Point 1 is rejected, which contradicts held_over for the whole.",
        "The new date 2017-07-04 lies on or before the decision itself.",
    ]


def test_a_decision_before_an_earlier_one_is_refused() -> None:
    walk = proposed().do("decide", DECIDED, outcome=Ruling.HELD_OVER, until=date(2017, 10, 10))

    assert walk.objections(
        "decide", "2017-10-10 10:00", outcome=Ruling.AS_PROPOSED, on=date(2017, 9, 19)
    ) == ["The decision is dated 2017-09-19, before the earlier one of 2017-09-26."]


def required(**values: object) -> list[str]:
    action = PROCESS[Stage.COLLEGE_DECISION].action("decide")
    assert action
    return [key.name for key in action.arguments if key.is_needed(agreement(), values)]


def test_a_new_date_is_required_with_held_over_and_a_basis_with_a_mandate() -> None:
    assert required() == ["outcome"]
    assert required(outcome=Ruling.AS_PROPOSED) == ["outcome"]
    assert required(outcome=Ruling.HELD_OVER) == ["outcome", "until"]
    assert required(outcome=Ruling.MANDATE) == ["outcome", "basis"]


def test_an_amended_decision_enters_the_changed_terms() -> None:
    walk = proposed().do(
        "decide", DECIDED, outcome=Ruling.AMENDED, facts={"contribution.amount": "750"}
    )

    (decided,) = walk.events
    changed = {change.field: (change.old, change.new) for change in decided.changes}
    assert changed["contribution.amount"] == ("1000.00", "750.00")


def test_what_was_held_over_is_reminded_of_on_its_new_date() -> None:
    walk = proposed().do("decide", DECIDED, outcome=Ruling.HELD_OVER, until=date(2017, 10, 10))

    walk.until("2018-01-01 00:00")

    assert walk.fired() == ["Tue 2017-10-10 08:00 held_over:college:2017-10-10:P0D"]
    assert walk.stage is Stage.COLLEGE_DECISION


def test_what_was_held_over_is_not_reminded_of_once_it_is_decided() -> None:
    walk = proposed().do("decide", DECIDED, outcome=Ruling.HELD_OVER, until=date(2017, 10, 10))
    walk.do("decide", "2017-10-03 10:00", outcome=Ruling.REJECTED)

    assert "held_over:college:2017-10-10:P0D" in walk.superseded()
    assert walk.until("2018-01-01 00:00").fired() == []


def test_what_is_held_over_again_to_the_same_date_is_reminded_of_once() -> None:
    walk = proposed().do("decide", DECIDED, outcome=Ruling.HELD_OVER, until=date(2017, 10, 10))
    walk.do("decide", "2017-10-03 10:00", outcome=Ruling.HELD_OVER, until=date(2017, 10, 10))

    assert walk.until("2018-01-01 00:00").fired() == [
        "Tue 2017-10-10 08:00 held_over:college:2017-10-10:P0D"
    ]


def test_what_is_held_over_back_to_an_earlier_date_is_reminded_of_on_that_date() -> None:
    walk = proposed().do("decide", DECIDED, outcome=Ruling.HELD_OVER, until=date(2017, 10, 10))
    walk.do("decide", "2017-10-03 10:00", outcome=Ruling.HELD_OVER, until=date(2017, 10, 24))
    walk.do("decide", "2017-10-04 10:00", outcome=Ruling.HELD_OVER, until=date(2017, 10, 10))

    assert walk.until("2018-01-01 00:00").fired() == [
        "Tue 2017-10-10 08:00 held_over:college:2017-10-10:P0D"
    ]


def test_the_office_and_the_case_owner_are_told_of_a_decision_at_once() -> None:
    walk = proposed().do("decide", DECIDED, outcome=Ruling.AS_PROPOSED)

    (alert,) = walk.alerts
    assert (alert.rule, alert.cause) == ("decide", "event:4")
    assert walk.shown() == ["Tue 2017-09-26 10:00 event:4"]
    assert [addressee.role.value for addressee in alert.addressees] == ["office", "case_owner"]


def test_terms_that_do_not_go_together_cannot_be_entered_with_a_decision() -> None:
    with pytest.raises(BadFacts, match=r"term: the end is given more than once"):
        amended(proposed().agreement, {"term.last_day": "2020-10-11"})
