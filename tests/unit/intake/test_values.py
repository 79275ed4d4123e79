"""From found facts to an agreement: every problem at once, and what has happened as it was."""

from datetime import date

import pytest

from notifications.language import language
from states.model.agreement import Agreement
from states.model.facts import BadFacts, flatten
from states.rules.checks import problems
from tests.agreements import agreement, facts
from workflow.intake import values
from workflow.intake.agreements import far_ahead, lying_ahead, suspicions
from workflow.intake.files.records import Found
from workflow.intake.offices import gaps
from workflow.intake.values import agreement_of, garbled, office_of

Changes = dict[str, str | None]

SIGNED: Changes = {
    f"party.{key}.signed_on": "2017-10-12"
    for key in ("maastricht", "limburg", "waterschap", "beesel", "cooperatie")
}

REJECTED: Changes = {
    "stage": "ended",
    "decision.1.on": "2017-09-26",
    "decision.1.outcome": "rejected",
}
ENDLESS: Changes = {"term.length": None, "term.open_ended": "true"}
AFTER_A_YEAR: Changes = {"evaluation.final.before_end": None, "evaluation.final.after_start": "P1Y"}
A_PLAN: Changes = {"obligation.plan.what": "plan"}
IN_ONE_PART: Changes = {"contribution.amount": None, "contribution.every": None}


def read(changes: Changes, *, history: bool = True) -> Agreement:
    """Return the source case as a file with these changes tells it."""
    found = facts(changes)
    return agreement_of(Found(file="x", name=found.get("ref", ""), facts=found), history=history)


def shown(changes: Changes, *, history: bool = True) -> list[tuple[str, str]]:
    """Return what is said of the source case with these changes: the key and the sentence."""
    with pytest.raises(BadFacts) as caught:
        read(changes, history=history)
    return [(problem.path, str(problem.problem)) for problem in caught.value.problems]


def wrong(changes: Changes) -> dict[str, str]:
    """Return what is said of the source case with these changes, once of each key."""
    found = shown(changes)
    assert len(dict(found)) == len(found)
    return dict(found)


def test_what_is_wrong_with_a_reference_is_told_once() -> None:
    """A space of no width is no line of text either, and was told as both."""
    assert shown({"ref": "A-1\u200b"}) == [("ref", "“A-1\u200b” is not accepted.")]


@pytest.mark.parametrize("group", ["woo", "term", "evaluation.half", "party.beesel"])
def test_a_value_where_keys_belong_is_told_so_and_no_group_is_called_unknown(group: str) -> None:
    assert dict(shown({group: "x"}))[group] == "a group of keys is expected here."


# Every problem at once ---------------------------------------------------------------------------


def test_facts_that_contradict_each_other_are_told_beside_one_that_cannot_be_read() -> None:
    assert wrong(
        {
            "title": None,
            "purpose.more": "x",
            "contribution.amount": "duizend",
            "contribution.every": "P1W",
            "term.last_day": "2020-10-11",
            "term.renewal": "tacit",
            "party.limburg.own": "true",
            "evaluation.half.after_start": "P18M",
            "evaluation.half.on": "2019-01-01",
            "decision.1.outcome": "conform",
        }
    ) == {
        "purpose.more": "this key is not known.",
        "contribution.amount": "“duizend” is not accepted.",
        "decision.1.outcome": "“conform” is not accepted.",
        "decision.1.on": "this key is missing.",
        "title": "this key is missing.",
        "party": "2 parties are marked party.PARTY.own=yes.",
        "term": "the end is given more than once.",
        "term.renewal": "a tacit renewal needs its length and its notice period.",
        "evaluation.half": "an evaluation has exactly one date.",
        "contribution.every": "instalments follow each other by a month or more.",
    }


IN_PARTS = (
    "the contribution is paid once. To pay it in parts, enter contribution.amount as unknown, and"
    " the amount of each part, in one go."
)


@pytest.mark.parametrize(
    "every, why",
    [
        ("P1Y", "by the contribution and the term the last is 3."),
        (None, IN_PARTS),
    ],
)
def test_an_instalment_that_the_contribution_does_not_give_is_told(
    every: str | None, why: str
) -> None:
    """It was left out without a word, with its money and its day."""
    changes = {"term.start": "2017-10-12", "contribution.every": every}
    assert wrong({**changes, "instalment.7.due_on": "2019-03-01"}) == {
        "instalment.7": f"There is no instalment 7: {why}"
    }
    read({**changes, "stage": "signing", "instalment.7.paid_on": "2019-03-01"})


@pytest.mark.parametrize(
    "changes, path",
    [
        ({"term.length": "3 jaar"}, "term.length"),
        ({"contribution.amount": "duizend"}, "contribution.amount"),
        ({"evaluation.final.before_end": "drie maanden"}, "evaluation.final.before_end"),
        ({"party.maastricht.own": "zeker"}, "party.maastricht.own"),
        ({"party.maastricht.name": None}, "party.maastricht.name"),
        ({"party.maastricht.name": "\u202e"}, "party.maastricht.name"),
        (
            {"term.renewal": "tacit", "term.renewal_length": "P1Y", "term.notice": "x"},
            "term.notice",
        ),
        (
            {"term.start": "morgen", "term.length": None, "term.last_day": "2000-01-01"},
            "term.start",
        ),
        (
            {**SIGNED, "party.beesel.signed_on": "x", "evaluation.final.held_on": "2020-07-01"},
            "party.beesel.signed_on",
        ),
        (
            {
                "evaluation.final.before_end": "x",
                "evaluation.final.clause": None,
                "evaluation.final.held_on": "2020-07-01",
            },
            "evaluation.final.before_end",
        ),
        ({"stage": "geëindigd", "outcome": "rejected"}, "stage"),
        (
            {
                **SIGNED,
                "party.beesel.signed_on": "x",
                "term.length": None,
                "term.last_day": "2017-01-01",
            },
            "party.beesel.signed_on",
        ),
        (
            {"party.beesel.name": "x" * 301, "obligation.plan.by": "beesel", **A_PLAN},
            "party.beesel.name",
        ),
        ({**IN_ONE_PART, "instalment.1.amount": "1.000"}, "instalment.1.amount"),
        (
            {"instalment.1.paid_amount": "900.00", "instalment.1.paid_on": "2018-02-30"},
            "instalment.1.paid_on",
        ),
        (
            {
                "term.start": "2017-10-12",
                "contribution.every": None,
                "instalment.7.due_on": "2019-03-01",
                "instalment.7.paid_on": "?",
            },
            "instalment.7.paid_on",
        ),
        (
            {**ENDLESS, **AFTER_A_YEAR, "term.minimum": "P2Y", "term.open_ended": "zeker"},
            "term.open_ended",
        ),
        (
            {
                **ENDLESS,
                "evaluation.final.before_end": "P3M",
                "termination.on": "2019-01-01",
                "termination.ends_on": "31-6-2019",
            },
            "termination.ends_on",
        ),
        (
            {
                **ENDLESS,
                "evaluation.final.before_end": "P3M",
                "evaluation.final.held_on": "2019-01-01",
                "termination.on": "2019-01-01",
                "termination.ends_on": "31-6-2019",
            },
            "termination.ends_on",
        ),
        (
            {
                "suspension.1.on": "2018-01-01",
                "suspension.1.resumed_on": "mei",
                "suspension.2.on": "2019-01-01",
            },
            "suspension.1.resumed_on",
        ),
        (
            {
                **SIGNED,
                "continuation.2020-10-11.on": "2020-09-01",
                "continuation.2020-10-11.outcome": "extend",
                "extension.1.length": "een jaar",
            },
            "extension.1.length",
        ),
    ],
)
def test_what_cannot_be_read_is_told_once_and_nothing_is_concluded_from_it(
    changes: Changes, path: str
) -> None:
    assert list(wrong(changes)) == [path]


def test_one_instalment_that_cannot_be_read_hides_nothing_of_another() -> None:
    changes = {"instalment.1.paid_on": "x", "instalment.2.paid_amount": "900.00"}
    assert wrong({"stage": "signing", **changes}) == {
        "instalment.1.paid_on": "“x” is not accepted.",
        "instalment.2.paid_amount": "an amount was paid, and nothing says on which day.",
    }


def test_a_clause_that_cannot_be_read_hides_no_date_that_is_given_twice_or_not() -> None:
    changes: Changes = {
        "evaluation.final.before_end": None,
        "evaluation.final.final": "true",
        "evaluation.final.clause": "\u202e",
        "obligation.plan.what": "plan",
        "obligation.plan.clause": "\u202e",
        "obligation.plan.on": "2018-04-01",
        "obligation.plan.after_start": "P1Y",
        "suspension.1.on": "2018-05-01",
        "suspension.1.resumed_on": "2018-04-01",
        "suspension.1.moves_end": "misschien",
    }
    assert wrong(changes) == {
        "evaluation.final.clause": "“\ufffd” is not accepted.",
        "evaluation.final": "an evaluation has exactly one date.",
        "obligation.plan.clause": "“\ufffd” is not accepted.",
        "obligation.plan": "an obligation has one date, or one first date.",
        "suspension.1.moves_end": "“misschien” is not accepted.",
        "suspension.1": "the agreement was resumed before it was suspended.",
    }


def test_a_suspension_that_cannot_be_read_hides_nothing_of_two_others() -> None:
    changes: Changes = {
        "suspension.1.on": "mei",
        "suspension.2.on": "2018-07-01",
        "suspension.2.resumed_on": "2018-09-01",
        "suspension.3.on": "2018-08-01",
    }
    assert wrong({"stage": "signing", **changes}) == {
        "suspension.1.on": "“mei” is not accepted.",
        "suspension.3.on": "this suspension begins before the one before it was over.",
    }


def test_a_suspension_after_one_that_cannot_be_read_is_not_judged_whatever_its_number() -> None:
    changes: Changes = {"suspension.1.on": "mei", "suspension.3.on": "2018-08-01"}
    assert wrong({"stage": "signing", **changes}) == {
        "suspension.1.on": "“mei” is not accepted.",
    }


def test_a_suspension_that_cannot_be_read_hides_no_evaluation_that_has_no_date() -> None:
    changes: Changes = {"suspension.1.on": "mei", "evaluation.mid.held_on": "2018-07-01"}
    assert wrong({"stage": "signing", **changes}) == {
        "suspension.1.on": "“mei” is not accepted.",
        "evaluation.mid": "an evaluation has exactly one date.",
    }


def test_without_a_term_and_without_parties_both_are_told() -> None:
    gone: Changes = {path: None for path in facts() if path.startswith(("term.", "party."))}
    assert wrong(gone) == {"term": "this key is missing.", "party": "this key is missing."}


def test_a_term_without_an_end_is_told_beside_other_problems() -> None:
    assert wrong({"term.length": None, "term.start": "2018-01-01", "public": "misschien"}) == {
        "public": "“misschien” is not accepted.",
        "term": "the term has no end and no length.",
    }


def test_holders_that_overlap_are_told_beside_a_holder_that_cannot_be_read() -> None:
    found = {
        "key": "o",
        "name": "O",
        "holder.1.name": "A",
        "holder.1.email": "a@m.example",
        "holder.1.from": "2014-01-01",
        "holder.2.name": "B",
        "holder.2.from": "2015-01-01",
        "holder.3.name": "C",
        "holder.3.email": "c@m.example",
        "holder.3.from": "gisteren",
    }
    office = office_of(Found(file="x", name="o", facts=found))
    assert {problem.path for problem in office.problems} == {"holder.2.email", "holder.3.from"}
    assert office.value
    assert sorted(office.value.holder) == [1, 2]


# Keys --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "stage",
        "outcome",
        "successor",
        "overleg.agreed_on",
        "decision.1.on",
        "decision.1.point.2",
        "continuation.2020-10-11.outcome",
        "extension.1.length",
        "suspension.1.on",
        "termination.ends_on",
        "party.beesel.decided_on",
        "party.beesel.decision",
        "party.beesel.signed_on",
        "party.beesel.capacity",
        "party.beesel.power_of_attorney",
        "instalment.1.paid_on",
        "instalment.1.paid_amount",
        "instalment.1.reference",
        "instalment.1.waived_on",
        "evaluation.final.held_on",
        "evaluation.final.held.2020-07-11.on",
    ],
)
def test_what_has_happened_needs_history(path: str) -> None:
    sentence = "this fact belongs to an agreement that runs already."
    assert (path, sentence) in shown({path: "x"}, history=False)


@pytest.mark.parametrize(
    "path",
    [
        "ending",
        "known_on.x",
        "replaces.x",
        "acknowledged.x",
        "decision_started_for",
        "evaluation.final.started_for",
        "party.beesel.name.x",
        "colour",
    ],
)
def test_what_the_procedure_keeps_and_what_does_not_exist_are_no_keys(path: str) -> None:
    assert wrong({path: "2020-01-01"})[path] == "this key is not known."


@pytest.mark.parametrize(
    "path, remedy",
    [
        ("TITLE", "Did you mean “title”?"),
        ("oblization.polis.what", "Did you mean “obligation.polis.what”?"),
        ("party.beesel.won", "Did you mean “party.beesel.own”?"),
        ("party.beesel.name.x", "Accepted: the keys of the manual's page on import files."),
        ("decision.1.poiot.2", "Did you mean “decision.1.point.2”?"),
        ("case_owner.phone", "Accepted: the keys of the manual's page on import files."),
    ],
)
def test_an_unknown_key_is_told_the_nearest_that_is_known(path: str, remedy: str) -> None:
    with pytest.raises(BadFacts) as caught:
        read({path: "2020-01-01"})
    assert (path, remedy) in {(p.path, str(p.remedy)) for p in caught.value.problems}


def test_a_predecessor_is_known_before_an_agreement_runs() -> None:
    assert read({"predecessor": "SO-2014-0001"}, history=False).predecessor == "SO-2014-0001"


# What has happened -------------------------------------------------------------------------------


def test_an_evaluation_was_held_for_the_date_that_the_facts_give_it() -> None:
    held = {"evaluation.final.held_on": "2020-07-01", "evaluation.final.report": "Rapport"}
    kept = flatten(read({**SIGNED, **held, "stage": "active"}))
    assert kept["evaluation.final.held.2020-07-11.on"] == "2020-07-01"
    assert kept["evaluation.final.held.2020-07-11.report"] == "Rapport"


def test_an_evaluation_without_a_date_was_not_held_yet() -> None:
    facts = {"evaluation.final.held_on": "2020-07-01", "title": None, "stage": "draft"}
    assert wrong(facts) == {
        "title": "this key is missing.",
        "evaluation.final.held_on": "this evaluation has no date yet.",
    }
    undated = {"evaluation.final.before_end": None, "evaluation.half.after_start": "P18M"}
    assert wrong({**SIGNED, **undated, "evaluation.half.held_on": "2019-05-01"}) == {
        "evaluation.final": "an evaluation has exactly one date."
    }
    assert wrong({"evaluation.half.held_on": "2020-07-01", "stage": "draft"}) == {
        "evaluation.half": "an evaluation has exactly one date."
    }
    assert wrong({**SIGNED, "stage": "draft", "evaluation.final.held_on": "ja"}) == {
        "evaluation.final.held_on": "“ja” is not accepted."
    }
    assert wrong({**SIGNED, "stage": "draft", "evaluation.final.report": "Rapport"}) == {
        "evaluation.final.held_on": "this key is missing."
    }


def test_the_stage_of_a_file_tells_what_an_operator_had_started() -> None:
    early = {**SIGNED, "evaluation.half.after_start": "P18M", "stage": "evaluation"}
    assert read(early).evaluation["half"].started_for == date(2019, 4, 12)  # type: ignore[index]
    without: Changes = {
        **SIGNED,
        "evaluation.final.before_end": None,
        "evaluation.final.clause": None,
        "stage": "continuation_decision",
    }
    assert read(without).decision_started_for == date(2020, 10, 11)
    held: Changes = {**SIGNED, "stage": "evaluation", "evaluation.final.held_on": "2020-07-01"}
    assert read(held).stage == "evaluation"
    assert [one.started_for for one in read(held).evaluation.values()] == [None]


def test_an_ending_tells_the_stage_of_what_nobody_decided_about() -> None:
    ended = read({"outcome": "withdrawn"})
    assert (ended.stage, ended.ending) == ("ended", "withdrawn")


def test_what_is_wrong_is_told_too_where_nothing_is_left_to_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(values, "ROUNDS", 1)
    assert wrong({"contribution.amount": "duizend"}) == {
        "contribution.amount": "“duizend” is not accepted."
    }


@pytest.mark.parametrize(
    "changes, sentences",
    [
        ({"outcome": "lapsed", "stage": "ended"}, {"outcome": "“lapsed” is not accepted."}),
        (
            {"outcome": "rejected", "stage": "draft"},
            {"outcome": "only an agreement that has ended has an outcome."},
        ),
        (
            {"stage": "active", "decision.1.on": "2017-09-26", "decision.1.outcome": "rejected"},
            {"stage": "the college's last decision, rejected, leads to another stage."},
        ),
        (
            {**REJECTED, "outcome": "withdrawn"},
            {"outcome": "the outcome is withdrawn, but the college's last decision is: rejected."},
        ),
        (
            {**REJECTED, "decision.1.outcome": "amended", "outcome": "rejected"},
            {"outcome": "the outcome is rejected, but the college's last decision is: amended."},
        ),
        (
            {**REJECTED, "party.maastricht.signed_on": "2017-10-12"},
            {
                "outcome": "the day of signing of Gemeente Maastricht is entered,"
                " but the outcome is: rejected."
            },
        ),
        (
            {**SIGNED, "stage": "ended", "outcome": "withdrawn", "suspension.1.on": "2018-10-12"},
            {"outcome": "the date of the suspension is entered, but the outcome is: withdrawn."},
        ),
    ],
)
def test_an_ending_that_contradicts_the_other_facts_is_told(
    changes: Changes, sentences: dict[str, str]
) -> None:
    assert wrong(changes) == sentences


@pytest.mark.parametrize("path", ["predecessor", "successor", "continuation.2020-10-11.successor"])
def test_an_agreement_neither_follows_nor_continues_itself(path: str) -> None:
    decided: Changes = {
        "continuation.2020-10-11.on": "2020-09-01",
        "continuation.2020-10-11.outcome": "continue",
    }
    changes: Changes = {**SIGNED, **decided, "stage": "active", path: "SO-2017-0042"}
    assert wrong(changes) == {path: "this is the agreement itself."}


def test_what_was_paid_or_fulfilled_was_not_waived_as_well() -> None:
    fulfilment = "obligation.plan.fulfilment.1"
    paid: Changes = {"instalment.1.paid_on": "2017-11-01", "instalment.1.waived_on": "2017-11-02"}
    plan: Changes = {**A_PLAN, "obligation.plan.on": "2018-01-05"}
    done: Changes = {f"{fulfilment}.on": "2018-01-04", f"{fulfilment}.waived_on": "2018-01-06"}
    assert wrong({**SIGNED, "stage": "active", **paid, **plan, **done}) == {
        "instalment.1.waived_on": "it is said to be done, and not to be needed any more.",
        f"{fulfilment}.waived_on": "it is said to be done, and not to be needed any more.",
    }


def test_what_is_withdrawn_may_have_been_signed_and_paid_before() -> None:
    ended: Changes = {**SIGNED, "stage": "ended", "outcome": "withdrawn"}
    paid: Changes = {"instalment.1.paid_on": "2017-11-01"}
    decided: Changes = {**REJECTED, "decision.1.outcome": "as_proposed"}
    assert read({**ended, **paid, **decided}).ending == "withdrawn"


def test_a_successor_that_a_decision_names_is_the_agreements_own() -> None:
    decided = {
        "continuation.2020-10-11.on": "2020-09-01",
        "continuation.2020-10-11.outcome": "continue",
        "continuation.2020-10-11.successor": "SO-2",
    }
    assert read({**SIGNED, **decided, "stage": "active"}).successor == "SO-2"


# What is suspect ---------------------------------------------------------------------------------


def suspect(changes: Changes) -> list[str]:
    """Return what is suspect about the source case with these changes."""
    return [str(phrase) for phrase in suspicions(read(changes))]


@pytest.mark.parametrize(
    "field",
    ["term.length", "term", "party.beesel.name", "party.beesel", "instalment.3.due_on", "decision"],
)
def test_a_source_may_name_a_key_or_a_group_of_keys(field: str) -> None:
    assert suspect({"source.1.field": field}) == []


@pytest.mark.parametrize(
    "field", ["term.lenght", "de looptijd", "party.venlo.name", "party.venlo", "known_on"]
)
def test_a_source_that_names_no_key_is_suspect(field: str) -> None:
    assert suspect({"source.1.field": field}) == [
        f"A source names “{field}”, which is no key of an agreement."
    ]


def test_a_continuation_decided_for_a_day_that_is_no_last_day_is_suspect() -> None:
    extended: Changes = {
        **SIGNED,
        "stage": "active",
        "extension.1.length": "P2Y",
        "continuation.2020-10-11.on": "2020-09-01",
        "continuation.2020-10-11.outcome": "extend",
    }
    assert suspect(extended) == []
    moved = {
        "continuation.2022-10-12.on": "2022-09-01",
        "continuation.2022-10-12.outcome": "stop",
    }
    assert suspect({**extended, **moved}) == [
        "A continuation is decided for 2022-10-12, which is no last day of its term."
    ]


def test_what_has_happened_on_a_day_that_is_yet_to_come_is_suspect() -> None:
    found = {
        "party.beesel.signed_on": "2017-10-13",
        "decision.1.on": "2017-10-12",
        "term.last_day": "2020-10-11",
        "instalment.1.due_on": "2018-10-12",
        "termination.ends_on": "2018-01-01",
    }
    ahead = lying_ahead(agreement({}), found, date(2017, 10, 12))
    (told,) = map(language("nl").say, ahead)
    assert told == (
        "de dag van ondertekening van Gemeente Beesel is vrijdag 13 oktober 2017."
        " Die dag moet nog komen."
    )


@pytest.mark.parametrize(
    "text", ["Co\u00c3\u00b6peratie", "\u00e2\u201a\u00ac 1.000", "Co\ufffdperatie"]
)
def test_letters_that_another_program_read_wrongly_are_no_name(text: str) -> None:
    (problem,) = garbled({"title": "Coöperatie “Één” – € 1.000", "party.x.name": text})
    assert (problem.path, str(problem.problem)) == (
        "party.x.name",
        f"letters went wrong on the way here: “{text}”.",
    )


def test_a_day_that_no_agreement_reaches_is_suspect() -> None:
    found = {"term.last_day": "2206-10-11", "instalment.1.due_on": "2117-12-31", "title": "2206"}
    ahead = far_ahead(agreement({}), found, date(2017, 10, 12))
    assert [language("nl").say(phrase) for phrase in ahead] == [
        "de laatste dag van de looptijd is zaterdag 11 oktober 2206, meer dan honderd jaar vooruit."
    ]


# Gaps --------------------------------------------------------------------------------------------


def nobody(*holders: tuple[str, str | None]) -> list[str]:
    """Return what is said of an office whose holders begin and end on these days."""
    found = {"key": "o", "name": "O"}
    for number, (starts, until) in enumerate(holders, start=1):
        holder = {"name": "x", "email": "x@m.example", "from": starts, "until": until}
        found |= {f"holder.{number}.{name}": text for name, text in holder.items() if text}
    office = office_of(Found(file="x", name="o", facts=found)).value
    assert office
    return [str(phrase) for phrase in gaps(office)]


def test_the_days_on_which_nobody_holds_an_office_are_named() -> None:
    assert nobody(("2014-01-01", "2015-12-31"), ("2016-01-01", None)) == []
    assert nobody(("2018-01-01", "2019-06-30"), ("2014-01-01", "2017-12-30")) == [
        "From 2017-12-31 through 2017-12-31 nobody holds the office “o”.",
        "From 2019-07-01 on nobody holds the office “o”.",
    ]
    assert nobody() == ["Nobody holds the office “o”."]


def test_a_problem_of_a_file_names_keys_as_every_file_does_in_dutch_as_well() -> None:
    (problem,) = problems(agreement({"evaluation.final.on": "2020-07-11"}))
    found = Found(file="x.toml", name="x", facts={}).problem(problem)

    assert language("nl").say(found.remedy) == (
        "Geef één van: evaluation.final.before_end, evaluation.final.after_start,"
        " evaluation.final.on. Wat niet geldt, haalt u weg met"
        " evaluation.final.before_end=onbekend."
    )
