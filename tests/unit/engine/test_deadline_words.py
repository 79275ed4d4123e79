"""What dates are called, and that they are found by what they are called."""

from datetime import date

import pytest

from notifications.language import language
from states.dates.policy import Policy
from states.model.agreement import Agreement
from states.model.facts import build
from states.model.phrase import say
from states.model.stage import Rule
from states.process import RULES
from states.rules.deadline_rules import EXPIRY
from tests.agreements import RENEWING, agreement
from workflow.engine.deadline_words import (
    listed_on,
    listed_step,
    occurrence_in_words,
    watched,
)
from workflow.engine.deadlines import derive, occurrences

FACTS = {**RENEWING, "contribution.amount": "1000.00", "contribution.every": "P1Y"}


@pytest.mark.parametrize(
    "text, meant",
    [
        ("opzegging", "notice"),
        ("de opzegging", "notice"),
        ("eindevaluatie", "evaluation:final"),
        ("Evaluation", "evaluation"),
        ("termijn 2", "payment:2"),
        ("ingangsdatum", "activation"),
        ("de inwerkingtreding", "activation"),
    ],
)
def test_a_date_is_asked_for_as_it_is_called(text: str, meant: str) -> None:
    assert watched(text, derive(build(Agreement, FACTS), Policy(), date(2018, 1, 1))) == meant


def test_the_entry_into_force_is_not_called_as_the_action_that_records_the_first_day() -> None:
    dutch = language("nl")
    recorded = dutch.say(say("set_start"))

    assert dutch.say(RULES[Rule.ACTIVATION].noun) == "de inwerkingtreding"
    assert recorded not in {dutch.say(rule.noun).partition(" ")[2] for rule in RULES.values()}


def test_a_name_that_ends_with_a_dot_ends_the_sentence() -> None:
    unsigned = say("Unknown, because {reason}.", reason="niet getekend door: Warmte U.A.")
    assert language("nl").say(unsigned) == "Onbekend, want niet getekend door: Warmte U.A."
    assert language("nl").say(say("{path}", path="../looptijd.toml …")) == "../looptijd.toml …"


OWED = {
    "party.limburg.name": "Provincie Limburg",
    "obligation.verslag.what": "jaarverslag",
    "obligation.verslag.by": "limburg",
    "obligation.verslag.on": "2018-04-01",
    "obligation.verslag.every": "P1Y",
    "obligation.bijlage.what": "bijlage",
    "obligation.bijlage.on": "2018-01-12",
}


@pytest.mark.parametrize(
    "name, said",
    [
        (
            "obligation:verslag.2:2019-04-01:-P4W",
            "jaarverslag (nr. 2, 2019), door Provincie Limburg, 4 weken ervoor",
        ),
        ("obligation:bijlage:2018-01-12:P0D", "bijlage, op de dag zelf"),
        ("obligation:weg:2018-01-12:P0D", "afspraak “weg”, op de dag zelf"),
        ("payment:2:2018-10-12:-P4W", "termijn 2, 4 weken ervoor"),
        ("evaluation:final:2020-07-11:P0D", "de eindevaluatie, op de dag zelf"),
        ("evaluation:weg:2020-07-11:P0D", "een evaluatie, op de dag zelf"),
    ],
)
def test_what_fired_is_called_as_the_facts_call_it_where_they_still_do(
    name: str, said: str
) -> None:
    owing = build(Agreement, {**FACTS, **OWED})

    assert language("nl").say(occurrence_in_words(name, owing)) == said


@pytest.mark.parametrize(
    "facts, words",
    [
        ({}, "it ends without a decision"),
        ({"termination.on": "2019-01-01", "termination.ends_on": "2019-06-30"}, "it ends"),
        (
            {"continuation.2020-10-11.on": "2020-06-01", "continuation.2020-10-11.outcome": "stop"},
            "it ends",
        ),
    ],
)
def test_an_end_says_whether_anybody_decided_on_it(facts: dict[str, str], words: str) -> None:
    case = agreement({"term.start": "2017-10-12", **facts})
    (end,) = [d for d in derive(case, Policy(), date(2017, 10, 12)) if d.rule is Rule.EXPIRY]

    assert EXPIRY.by_itself
    assert str(EXPIRY.by_itself(case, end)) == words


def test_a_list_shows_the_last_day_of_the_term_and_not_the_day_after() -> None:
    running = agreement({"term.start": "2017-10-12", "term.length": "P3Y"})
    policy = Policy()
    found = {d.rule: d for d in derive(running, policy, date(2017, 10, 12))}
    listed = {
        rule: (
            listed_on(found[rule]),
            str(listed_step(next(iter(occurrences([found[rule]], policy))))),
        )
        for rule in (Rule.CONTINUATION, Rule.EXPIRY)
    }

    assert found[Rule.EXPIRY].nominal_on == date(2020, 10, 12)
    assert listed[Rule.EXPIRY] == (date(2020, 10, 11), "P1D after")
    assert listed[Rule.CONTINUATION][0] == date(2020, 10, 11)
