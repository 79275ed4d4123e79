"""How each deadline stands on a day, judged once for every output."""

import itertools
from collections.abc import Sequence
from datetime import date

import pytest

from notifications.language import language
from states.dates.policy import Policy
from states.model.agreement import Agreement
from states.model.events import Dossier, Record, Status
from states.model.facts import build
from tests.agreements import TACIT, at
from workflow.engine.deadlines import went_off
from workflow.engine.standing import (
    STATE_WORDS,
    DeadlineState,
    Standing,
    instalments_through,
    late,
    recorded_by,
    standings,
)

OURS = {
    "ref": "A-1",
    "title": "Samenwerking",
    "office": "sociaal-domein",
    "term.length": "P3Y",
    "evaluation.final.before_end": "P3M",
    "contribution.amount": "1000.00",
    "contribution.every": "P1Y",
    "party.maastricht.name": "Gemeente Maastricht",
    "party.maastricht.own": "true",
}
IN_FORCE = {
    "stage": "active",
    "decision.1.on": "2017-09-26",
    "decision.1.outcome": "as_proposed",
    "party.maastricht.signed_on": "2017-10-12",
}

AT_ONCE = (
    "payment:2:2018-10-12:P0D",
    "obligation:plan:2018-10-12:P0D",
    "obligation:annex:2018-10-12:P0D",
)


def stand(day: str, **facts: str) -> dict[str, str]:
    """Return how everything stands on a day, by what it is about."""
    return {item.deadline.subject: item.state.value for item in found(day, **facts)}


def found(day: str, **facts: str) -> Sequence[Standing]:
    named = {name.replace("__", "."): text for name, text in facts.items()}
    agreement = build(Agreement, {**OURS, **named})
    return standings(agreement, Policy(), date.fromisoformat(day))


def test_of_a_draft_nothing_is_asked_and_nothing_is_late() -> None:
    states = stand("2020-01-01", term__start="2017-01-01", stage="draft")
    assert states["payment:1"] == "not_asked"
    assert states["payment:3"] == "not_asked"
    assert states["evaluation:final"] == "not_asked"


def test_the_day_itself_is_in_time_and_the_day_after_is_late() -> None:
    assert stand("2018-10-12", **IN_FORCE)["payment:2"] == "asked"
    assert stand("2018-10-13", **IN_FORCE)["payment:2"] == "late"


def test_an_obligation_is_late_from_the_day_after_its_date() -> None:
    report = {"obligation__report__what": "jaarverslag", "obligation__report__on": "2018-04-01"}
    assert stand("2018-04-01", **IN_FORCE, **report)["obligation:report"] == "asked"
    assert stand("2018-04-02", **IN_FORCE, **report)["obligation:report"] == "late"


@pytest.mark.parametrize(
    "day, state", [("2018-08-16", "ahead"), ("2018-08-17", "asked"), ("2018-10-12", "asked")]
)
def test_it_is_asked_from_its_first_alert_on(day: str, state: str) -> None:
    assert stand(day, **IN_FORCE)["payment:2"] == state


def test_what_was_asked_and_seen_stays_asked_while_its_follow_ups_wait() -> None:
    seen = {"acknowledged.payment:2:2018-10-12": "2018-09-28"}
    assert stand("2018-08-16", **IN_FORCE, **seen)["payment:2"] == "ahead"
    assert stand("2018-08-20", **IN_FORCE, **seen)["payment:2"] == "asked"


def test_what_is_paid_is_done_and_what_is_waived_is_not_needed_any_more() -> None:
    paid = {"instalment.1.paid_on": "2017-10-13", "instalment.2.waived_on": "2018-01-01"}
    states = stand("2019-01-01", **IN_FORCE, **paid)
    assert (states["payment:1"], states["payment:2"]) == ("done", "waived")


def test_a_day_on_which_notice_could_be_given_is_passed_and_never_done_or_late() -> None:
    before, after = (stand(day, **IN_FORCE, **TACIT) for day in ("2020-07-10", "2020-07-12"))
    assert (before["notice:term"], after["notice:term"]) == ("asked", "passed")


@pytest.mark.parametrize(
    "fact, price",
    [
        ({"contribution.payer": "maastricht"}, " (€ 1.000,00)"),
        ({"contribution.payer": "limburg"}, ""),
        ({"instalment.4.waived_on": "2020-07-01"}, ""),
    ],
)
def test_what_passed_unused_tells_until_when_it_goes_on_and_what_we_pay(
    fact: dict[str, str], price: str
) -> None:
    limburg = {"party.limburg.name": "Limburg", "party.limburg.signed_on": "2017-10-11"}
    (notice,) = [
        item
        for item in found("2020-07-12", **IN_FORCE, **TACIT, **limburg, **fact)
        if item.deadline.rule == "notice"
    ]
    goes_on = "de overeenkomst loopt door tot en met maandag 11 oktober 2021"
    told = language("nl").say(notice.told).replace("\N{NO-BREAK SPACE}", " ")
    assert told == f"verstreken en niet gebruikt: {goes_on}{price}"


def test_of_a_date_that_is_not_known_it_is_told_why() -> None:
    disputed = {"source.1.field": "evaluation.final.before_end", "source.1.status": "disputed"}
    told = {
        item.deadline.subject: item.told for item in found("2019-01-01", **IN_FORCE, **disputed)
    }
    assert language("nl").say(told["evaluation:final"]) == (
        "onbekend, want de tijd vóór het einde van de eindevaluatie is betwist"
    )


@pytest.mark.parametrize(
    "ending, evaluation, decision",
    [("lapsed", "passed", "late"), ("terminated", "dropped", "dropped")],
)
def test_what_could_be_done_until_the_term_ran_out_and_was_not_has_passed(
    ending: str, evaluation: str, decision: str
) -> None:
    ended = IN_FORCE | {"stage": "ended", "ending": ending}
    states = stand("2021-01-01", **ended)
    assert states["evaluation:final"] == evaluation
    assert states["continuation:term"] == decision
    asked = {item.deadline.rule.value for item in found("2021-01-01", **ended) if item.is_open}
    assert asked == {"payment"} | ({"continuation"} if decision == "late" else set())


def test_what_was_done_stays_done_after_the_end() -> None:
    lapsed = stand("2021-01-01", **IN_FORCE | {"stage": "ended", "ending": "lapsed"})
    assert (lapsed["unsigned:signatures"], lapsed["activation:term"]) == ("done", "done")
    rejected = stand("2021-01-01", stage="ended", ending="rejected", term__start="2017-01-01")
    assert (rejected["unsigned:signatures"], rejected["activation:term"]) == ("dropped", "dropped")


def test_of_what_has_lapsed_nobody_is_told_that_it_will_end_by_itself() -> None:
    ended = IN_FORCE | {"stage": "ended", "ending": "lapsed"}
    (lapse,) = [i for i in found("2021-01-01", **ended) if i.deadline.rule == "continuation"]
    assert str(lapse.request) == "decide, or acknowledge the lapse"
    assert lapse.by_itself is None


def test_a_lapse_that_was_seen_asks_for_no_decision_any_more() -> None:
    ended = IN_FORCE | {"stage": "ended", "ending": "lapsed"}
    seen = {"acknowledged.expiry:term:2020-10-12": "2020-10-12"}
    assert stand("2021-01-01", **ended, **seen)["continuation:term"] == "passed"


def test_a_lapse_that_was_seen_in_an_earlier_term_hides_no_later_one() -> None:
    """It was seen in 2020, extended after all, and ran out undecided again a year later."""
    seen = {"acknowledged.expiry:term:2020-10-12": "2020-10-12"}
    extended = {"extension.1.length": "P1Y", "extension.1.contribution": "true"}
    again = IN_FORCE | seen | extended | {"stage": "ended", "ending": "lapsed"}
    assert stand("2022-01-01", **again)["continuation:term"] == "late"

    both = {"acknowledged.expiry:term:2021-10-12": "2021-10-13"}
    assert stand("2022-01-01", **again, **both)["continuation:term"] == "passed"


def test_an_evaluation_that_was_to_be_held_after_the_end_is_dropped() -> None:
    ended = IN_FORCE | {"stage": "ended", "ending": "lapsed"}
    late = {"evaluation.after.on": "2020-10-12"}
    assert stand("2021-01-01", **ended, **late)["evaluation:after"] == "dropped"


def test_a_decision_to_stop_voids_the_notice_and_the_renewal() -> None:
    stopped = {
        "continuation.2020-10-11.on": "2020-06-01",
        "continuation.2020-10-11.outcome": "stop",
    }
    states = stand("2020-07-12", **IN_FORCE, **TACIT, **stopped)
    assert (states["notice:term"], states["renewal:term"]) == ("dropped", "dropped")
    assert states["continuation:term"] == "done"


@pytest.mark.parametrize("outcome, ending", [("stop", "expired"), ("continue", "continued")])
def test_a_decision_that_was_taken_is_done_after_the_end_too(outcome: str, ending: str) -> None:
    decided = {
        "continuation.2020-10-11.on": "2020-06-01",
        "continuation.2020-10-11.outcome": outcome,
    }
    ended = IN_FORCE | {"stage": "ended", "ending": ending}
    assert stand("2021-01-01", **ended, **decided)["continuation:term"] == "done"


def test_what_has_no_date_is_unknown_once_it_is_watched() -> None:
    undated = {"contribution.every": "", "instalment.1.amount": "500.00"}
    facts = {name: text for name, text in {**IN_FORCE, **undated}.items() if text}
    assert "unknown" in stand("2018-01-01", **facts, term__start="unknown").values()


def test_only_what_can_fall_overdue_is_late() -> None:
    names = {item.deadline.subject for item in late(found("2020-10-01", **IN_FORCE))}
    assert names == {"payment:1", "payment:2", "payment:3", "evaluation:final"}


def test_every_state_has_words() -> None:
    assert set(STATE_WORDS) == set(DeadlineState)


def lines(day: str, **facts: str) -> dict[str, str | None]:
    """Return the line that records what is open, by what it is about."""
    named = {name.replace("__", "."): text for name, text in facts.items()}
    agreement = build(Agreement, {**OURS, **named})
    return {
        item.deadline.subject: recorded_by(agreement, item.deadline, date.fromisoformat(day))
        for item in found(day, **facts)
        if item.is_open
    }


def test_a_decision_that_follows_an_evaluation_begins_with_that_evaluation() -> None:
    assert lines("2020-06-01", **IN_FORCE)["continuation:term"] == "start_evaluation"
    tacit = {**IN_FORCE, **TACIT}
    assert lines("2020-06-01", **tacit)["notice:term"] == "terminate ends_on=… --reason …"


def test_of_what_was_held_over_no_signatures_are_awaited() -> None:
    over = {"decision__1__outcome": "held_over", "decision__1__until": "2017-10-10"}
    waits = {**over, "stage": "college_decision", "decision__1__on": "2017-09-26"}

    stands = stand("2017-10-01", **waits)
    assert (stands["held_over:college"], stands["unsigned:signatures"]) == ("ahead", "not_asked")
    [signatures] = [i for i in found("2017-10-01", **waits) if i.deadline.about == "signatures"]
    assert signatures.on is None


def test_what_was_held_over_is_done_by_a_decision_and_by_no_withdrawal() -> None:
    over = {"decision__1__outcome": "held_over", "decision__1__until": "2017-10-10"}
    first = {**over, "decision__1__on": "2017-09-26"}
    decided = {"decision__2__outcome": "rejected", "decision__2__on": "2017-10-10"}

    withdrawn = {**first, "stage": "ended", "ending": "withdrawn"}
    assert stand("2017-10-11", **withdrawn)["held_over:college"] == "dropped"
    rejected = {**first, **decided, "stage": "ended", "ending": "rejected"}
    assert stand("2017-10-11", **rejected)["held_over:college"] == "done"


@pytest.mark.parametrize("names", [*itertools.permutations(AT_ONCE)])
def test_what_went_off_at_one_moment_has_one_order(names: Sequence[str]) -> None:
    """Whatever order the database gives it in."""
    told = Record(Status.FIRED, at("2018-10-12 08:00"))
    dossier = Dossier(agreement=build(Agreement, OURS), recorded=dict.fromkeys(names, told))
    found = went_off(dossier, Policy(), at("2018-10-12 09:00"))
    assert [*found] == [*AT_ONCE]


def test_of_the_instalments_those_up_to_the_horizon_are_told() -> None:
    endless = {"term.open_ended": "true", "term.start": "2017-10-12"}
    ours = {path: text for path, text in OURS.items() if path[:4] not in {"term", "eval"}}
    agreement = build(Agreement, {**ours, **IN_FORCE, **endless})
    everything = standings(agreement, Policy(), date(2018, 1, 1))
    seen = instalments_through(agreement, everything, date(2019, 1, 1))
    assert [item.number for _, item in seen] == [1, 2]
