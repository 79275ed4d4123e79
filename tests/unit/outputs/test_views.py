"""What `show` and the report say of a term, in the same words."""

from datetime import date

import pytest
from msgspec.structs import replace

from notifications.language import language
from states.dates.instalments import PaymentStatus
from states.model.agreement import Extension
from states.model.arithmetic import given
from states.model.events import Status
from states.model.fact_types import Key
from states.model.period import Period
from states.model.phrase import say
from states.model.stage import DATE_ITSELF, Deadline, Ending, Rule, Stage, Unknown
from tests.agreements import YEAR_BY_YEAR, agreement
from tests.town import CASE, OFFICES, REF, Town
from workflow.agreements import queries
from workflow.engine.standing import STATE_WORDS, DeadlineState, Standing
from workflow.outputs.json.views import Views, decisions, evaluations

VIEWS = Views(language("nl"), lambda moment: moment)
YEARLY = agreement({"term.start": "2024-10-01", **YEAR_BY_YEAR, "term.notice": "P1Y"})


def notice(day: date | None, state: DeadlineState, about: str = "term") -> Standing:
    """Return how giving notice stands, by a day or by one that is not known."""
    nominal = given(day, say("{day}")) if day else Unknown(say("nobody signed"))
    deadline = Deadline(rule=Rule.NOTICE, about=about, nominal=nominal, steps=(DATE_ITSELF,))
    return Standing(deadline=deadline, state=state, office=Key("office"))


@pytest.mark.parametrize(
    "day, state, sentence",
    [
        (
            date(2026, 6, 30),
            DeadlineState.ASKED,
            "met 1 jaar; opzeggen kan uiterlijk op 30 juni 2026",
        ),
        (
            date(2026, 6, 29),
            DeadlineState.NOT_ASKED,
            "met 1 jaar; opzeggen kon tot en met 29 juni 2026",
        ),
        (
            date(2026, 6, 29),
            DeadlineState.PASSED,
            "met 1 jaar; opzeggen kon tot en met 29 juni 2026",
        ),
        (
            date(2027, 6, 29),
            DeadlineState.AHEAD,
            "met 1 jaar; opzeggen kan uiterlijk op 29 juni 2027",
        ),
        (date(2027, 6, 29), DeadlineState.DROPPED, "niet meer"),
        (None, DeadlineState.UNKNOWN, "met 1 jaar"),
    ],
)
def test_a_day_for_notice_that_passed_is_told_as_past(
    day: date | None, state: DeadlineState, sentence: str
) -> None:
    assert VIEWS.renewal(YEARLY, [notice(day, state)], date(2026, 6, 30)) == sentence


def test_of_several_days_for_notice_the_next_is_told_with_the_end_that_it_is_about() -> None:
    passed = notice(date(2024, 9, 29), DeadlineState.PASSED)
    of_the_next = notice(date(2025, 9, 29), DeadlineState.ASKED, "1")

    told = "met 1 jaar; opzeggen kan uiterlijk op 29 september 2025, met 30 september 2026 als"
    assert VIEWS.renewal(YEARLY, [passed, of_the_next], date(2025, 9, 29)) == f"{told} laatste dag"


def test_of_what_was_withdrawn_nobody_says_that_it_will_be_signed() -> None:
    draft = agreement()
    for it, sentence in (
        (draft, "nog niet getekend"),
        (replace(draft, stage=Stage.ENDED, ending=Ending.WITHDRAWN), "niet getekend"),
    ):
        told = [VIEWS.language.say(part) for part in VIEWS.party(it.party[Key("limburg")], it)]
        assert told == [sentence]


def test_extensions_are_told_in_order() -> None:
    extended = {1: Extension(length=Period(12)), 2: Extension(length=Period(6))}
    assert VIEWS.extended(replace(agreement(), extension=extended)) == "1 jaar + 6 maanden"


def test_a_date_that_holds_no_more_is_dropped_and_an_alert_that_did_not_leave_is_skipped() -> None:
    assert STATE_WORDS[DeadlineState.DROPPED] == PaymentStatus.SUPERSEDED.words
    assert VIEWS.standing(PaymentStatus.SUPERSEDED, DeadlineState.DROPPED) == "vervallen"
    assert language("nl").say(say(Status.SUPERSEDED.value)) == "overgeslagen"


def test_what_else_moved_the_last_day_is_said_with_its_days() -> None:
    rested = {"suspension.1.on": "2018-05-01", "suspension.1.resumed_on": "2018-07-01"}
    again = {"suspension.2.on": "2019-01-15", "suspension.2.moves_end": "true"}
    early = {"termination.on": "2019-02-01", "termination.ends_on": "2019-06-30"}
    told = VIEWS.moved_end(
        agreement({**rested, "suspension.1.moves_end": "true", **again, **early})
    )

    rests = (
        "van 1 mei 2018 tot 1 juli 2018; het einde is daardoor verschoven; sinds 15 januari 2019"
    )
    ended = "op 1 februari 2019; de laatste dag is 30 juni 2019"
    assert {str(name): words for name, words in told} == {"suspended": rests, "terminated": ended}
    assert not list(VIEWS.moved_end(agreement()))


def test_a_decision_on_the_proposal_and_one_on_the_continuation_have_the_same_keys() -> None:
    of_the_college = {"on": "2017-09-26", "outcome": "as_proposed", "label": "Conform"}
    of_the_end = {"on": "2020-08-25", "outcome": "continue", "successor": "SO-2017-0042-2"}
    decided = agreement(
        {f"decision.1.{name}": text for name, text in of_the_college.items()}
        | {"decision.1.point.1": "as_proposed"}
        | {f"continuation.2020-10-11.{name}": text for name, text in of_the_end.items()}
    )

    unsaid = {"reference": None, "basis": None, "until": None}
    assert VIEWS.plain([*decisions(decided)]) == [
        of_the_college
        | unsaid
        | {"about": "proposal", "points": {"1": "as_proposed"}}
        | {"successor": None, "last_day": None},
        of_the_end
        | unsaid
        | {"about": "continuation", "points": {}, "label": None, "last_day": "2020-10-11"},
    ]


def test_an_evaluation_has_a_row_for_each_date_that_it_was_held_for() -> None:
    earlier = {"2020-07-11": "2020-07-01", "2019-07-11": "2019-07-03"}
    held = {f"evaluation.final.held.{due}.on": on for due, on in earlier.items()}
    stand = {"evaluation:final": DeadlineState.AHEAD}

    rows = evaluations(agreement({"term.start": "2017-10-12", "term.length": "P4Y", **held}), stand)
    assert [(row["due_on"], row["held_on"], row["state"]) for row in rows] == [
        (date(2019, 7, 11), date(2019, 7, 3), DeadlineState.DONE),
        (date(2020, 7, 11), date(2020, 7, 1), DeadlineState.DONE),
        (date(2021, 7, 11), None, DeadlineState.AHEAD),
    ]
    rows = evaluations(agreement({"term.start": "2017-10-12", **held}), stand)
    assert [row["due_on"] for row in rows] == [date(2019, 7, 11), date(2020, 7, 11)]


def test_a_suspension_moves_no_end_that_a_termination_named_before_it() -> None:
    rested = {"suspension.1.on": "2019-03-01", "suspension.1.resumed_on": "2019-04-01"}
    early = {"termination.on": "2019-02-01", "termination.ends_on": "2019-06-30"}
    told = VIEWS.moved_end(agreement({**rested, "suspension.1.moves_end": "true", **early}))

    assert next(words for _, words in told) == "van 1 maart 2019 tot 1 april 2019"


def test_when_it_can_end_is_not_known_before_anybody_signed(small_town: Town) -> None:
    lasting = CASE.replace('length = "P3Y"', 'open_ended = true\nminimum = "P2Y"')
    small_town.register(OFFICES, lasting.replace('before_end = "P3M"', "on = 2019-01-01")).decided()
    details = queries.details(small_town.app, REF)
    told = "Onbekend, want de overeenkomst is nog niet ondertekend door: "
    assert VIEWS.can_end(details) == f"{told}Gemeente Maastricht, Provincie Limburg."
