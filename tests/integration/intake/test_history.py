"""Bringing in agreements that run already: every stage, and nothing mailed for the past."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.town import OFFICES, Town
from workflow.intake.register import import_files
from workflow.intake.result import Imported

pytestmark = pytest.mark.on_sqlite

TODAY = "2020-09-01 10:00"
Facts = dict[str, Any]
MONEY = {
    "amount": "1000.00",
    "every": "P1Y",
    "payee": "Provincie Limburg",
    "budget_line": "Lidmaatschappen en contributies",
    "budgeted_through": 2025,
}


def an_agreement(ref: str, signed_on: str | None = None, **more: Any) -> Facts:
    """Return an agreement like the source case: three years, evaluated three months before."""
    parties: list[Facts] = [
        {"key": "maastricht", "name": "Gemeente Maastricht", "own": True},
        {"key": "limburg", "name": "Provincie Limburg"},
    ]
    for party in parties if signed_on else ():
        party |= {"signed_on": signed_on, "signatory": "de burgemeester"}
    known = {
        "ref": ref,
        "title": f"Overeenkomst {ref}",
        "office": "sociaal-domein",
        "term": {"length": "P3Y"},
        "party": parties,
        "evaluation": [{"key": "final", "before_end": "P3M"}],
        "contribution": MONEY,
        "decision": [{"on": "2014-09-23", "outcome": "as_proposed"}] if signed_on else [],
        "overleg": {"agreed_on": "2014-07-01", "attended": "wethouder Gerats"},
    }
    return known | more


def importing(town: Town, *found: Facts, **options: bool) -> Imported:
    """Import these agreements as JSON Lines, with the offices."""
    lines = "\n".join(json.dumps(item) for item in found)
    paths = [town.file(OFFICES), town.file(lines, f"register-{town.files}.jsonl")]
    return import_files(town.app, paths, by="griffier Smeets", **{"history": True, **options})  # type: ignore[arg-type]


def shown(result: Imported) -> list[tuple[str, str]]:
    """Return the key and the sentence of each problem."""
    return [(problem.key, str(problem.problem)) for problem in result.problems]


HELD = [{"key": "final", "before_end": "P3M", "held_on": "2020-07-01", "conclusion": "goed"}]
PAID = [{"number": n, "paid_on": f"{2016 + n}-10-12", "reference": f"F-{n}"} for n in (1, 2, 3)]


def decided(last_day: str, outcome: str, **more: Any) -> list[Facts]:
    """Return a decision on the time after a last day."""
    return [{"last_day": last_day, "on": "2018-06-05", "outcome": outcome, **more}]


EVERY_STAGE: list[tuple[Facts, str]] = [
    (an_agreement("A", overleg={"agreed_on": "2020-07-01"}), "college_decision"),
    (an_agreement("A", stage="bestuurlijk_overleg"), "bestuurlijk_overleg"),
    (
        an_agreement(
            "A",
            stage="college_decision",
            decision=[{"on": "2020-08-25", "outcome": "held_over", "until": "2020-09-15"}],
        ),
        "college_decision",
    ),
    (
        an_agreement(
            "A", stage="signing", decision=[{"on": "2020-08-25", "outcome": "as_proposed"}]
        ),
        "signing",
    ),
    (an_agreement("A", "2019-10-12", stage="active"), "active"),
    (an_agreement("A", "2019-10-12"), "active"),  # without a stage: where the facts lead
    (an_agreement("A", "2017-10-12"), "evaluation"),
    (
        an_agreement(
            "A", decision=[{"on": "2020-08-25", "outcome": "held_over", "until": "2020-09-15"}]
        ),
        "college_decision",
    ),
    (an_agreement("A", "2017-10-12", stage="evaluation", instalment=PAID), "evaluation"),
    (an_agreement("A", "2019-10-12", stage="evaluation"), "evaluation"),  # started early
    (
        an_agreement("A", "2017-10-12", stage="continuation_decision", evaluation=HELD),
        "continuation_decision",
    ),
    (
        an_agreement("A", "2019-10-12", stage="continuation_decision", evaluation=[]),
        "continuation_decision",
    ),
    (
        an_agreement(
            "A",
            "2015-10-12",
            stage="active",
            extension=[{"length": "P3Y", "contribution": False}],
            continuation=decided("2018-10-11", "extend"),
        ),
        "active",
    ),
    (an_agreement("A", "2015-10-12", stage="ended"), "ended (lapsed)"),
    (
        an_agreement("A", "2015-10-12", stage="ended", continuation=decided("2018-10-11", "stop")),
        "ended (expired)",
    ),
    (
        an_agreement(
            "A",
            "2015-10-12",
            stage="ended",
            continuation=decided("2018-10-11", "continue", successor="B"),
        ),
        "ended (continued)",
    ),
    (
        an_agreement(
            "A",
            "2019-10-12",
            stage="ended",
            termination={"on": "2020-01-05", "ends_on": "2020-06-30"},
        ),
        "ended (terminated)",
    ),
    (an_agreement("A", stage="ended", outcome="withdrawn"), "ended (withdrawn)"),
    (an_agreement("A", stage="ended", outcome="rejected"), "ended (rejected)"),
    (
        an_agreement("A", stage="ended", decision=[{"on": "2018-09-25", "outcome": "rejected"}]),
        "ended (rejected)",
    ),
]


@pytest.mark.parametrize("facts, stage", EVERY_STAGE)
def test_an_agreement_comes_in_at_the_stage_in_which_it_stands(
    town: Town, facts: Facts, stage: str
) -> None:
    result = importing(town.at(TODAY), facts)
    assert shown(result) == []
    assert town.stage("A") == stage
    town.one_pass()
    assert town.mails(where="agreement_id IS NOT NULL") == []
    assert town.problems() == []
    again = importing(town.later(days=1), facts)
    assert (again.unchanged, again.problems) == (["A"], [])


def test_a_stage_that_time_has_passed_is_the_one_that_the_facts_demand(town: Town) -> None:
    late = an_agreement("A", "2016-10-12", stage="active")
    assert shown(importing(town.at(TODAY), late)) == []
    assert town.stage("A") == "ended (lapsed)"


def test_what_is_signed_without_a_decision_is_a_problem_and_never_a_draft(town: Town) -> None:
    result = importing(town.at(TODAY), an_agreement("A", "2019-10-12", decision=[]))
    assert shown(result) == [
        (
            "stage",
            "the day of signing of Gemeente Maastricht is entered, but no decision of the college.",
        )
    ]


@pytest.mark.parametrize("ruling", ["returned", "held_over", "rejected"])
def test_what_is_signed_against_the_last_decision_is_a_problem_and_never_a_draft(
    town: Town, ruling: str
) -> None:
    decided = {"on": "2014-09-23", "outcome": ruling, "until": "2014-10-01"}
    facts = an_agreement("A", "2019-10-12", decision=[decided])
    signed = "the day of signing of Gemeente Maastricht is entered"
    found = importing(town.at(TODAY), facts)
    assert shown(found) == [("stage", f"{signed}, but the college's last decision is: {ruling}.")]
    assert str(found.problems[0].remedy) == "Add the decision that came later."
    theirs = facts | {"party": [an_agreement("A")["party"][0], facts["party"][1]]}
    assert shown(importing(town, theirs)) == []


NEW = {"key": "maastricht", "name": "Gemeente Maastricht", "own": True}
THEIRS = {"key": "limburg", "name": "Provincie Limburg", "signed_on": "2019-10-12"}


@pytest.mark.parametrize("stage", ["draft", "bestuurlijk_overleg", "college_decision"])
@pytest.mark.parametrize(
    "facts, problem",
    [
        (
            an_agreement("A", "2019-10-12"),
            "the college's last decision, as_proposed, leads to another stage.",
        ),
        (
            an_agreement("A", "2019-10-12", decision=[]),
            "the day of signing of Gemeente Maastricht is entered, but the stage is: {stage}.",
        ),
        (
            an_agreement("A", evaluation=HELD, term={"length": "P3Y", "start": "2017-10-12"}),
            "the day of holding of the final evaluation is entered, but the stage is: {stage}.",
        ),
        (
            an_agreement("A", instalment=PAID[:1]),
            "the day of payment of instalment 1 is entered, but the stage is: {stage}.",
        ),
    ],
)
def test_a_stage_before_the_signing_contradicts_what_comes_after_it(
    town: Town, stage: str, facts: Facts, problem: str
) -> None:
    found = shown(importing(town.at(TODAY), facts | {"stage": stage}))
    assert found == [("stage", problem.format(stage=stage))]
    assert town.counts()["agreement"] == 0


OWED = {"key": "o", "what": "polis", "on": "2020-01-01"}
UNDER_WAY = [
    ("the waiver of instalment 1", {"instalment": [{"number": 1, "waived_on": "2020-06-01"}]}),
    (
        "the day of fulfilment of “polis”",
        {"obligation": [OWED | {"fulfilment": [{"number": 1, "on": "2020-06-01"}]}]},
    ),
    ("the length of the extension", {"extension": [{"length": "P1Y"}]}),
    ("the date of the suspension", {"suspension": [{"on": "2020-06-01"}]}),
    (
        "the date of the termination",
        {"termination": {"on": "2020-06-01", "ends_on": "2020-12-31"}},
    ),
    (
        "the date of the decision on the continuation",
        {"continuation": decided("2020-12-31", "stop")},
    ),
]


@pytest.mark.parametrize("what, facts", UNDER_WAY)
def test_what_is_under_way_is_never_a_draft_and_the_remedy_brings_it_in(
    town: Town, what: str, facts: Facts
) -> None:
    begun = an_agreement("A", term={"length": "P3Y", "start": "2018-01-01"}, **facts)
    found = importing(town.at(TODAY), begun)
    assert shown(found) == [("stage", f"{what} is entered, but no decision of the college.")]
    found = importing(town, begun | {"stage": "draft"})
    assert [(str(it.problem), str(it.remedy)) for it in found.problems] == [
        (
            f"{what} is entered, but the stage is: draft.",
            "Give the stage that it has reached, and the college's decision to sign.",
        )
    ]
    to_sign = {"decision": [{"on": "2017-12-05", "outcome": "as_proposed"}]}
    assert shown(importing(town, begun | to_sign | {"stage": "signing"})) == []


def test_others_may_have_signed_what_is_a_draft_here(town: Town) -> None:
    facts = an_agreement("A", stage="draft", party=[NEW, THEIRS])
    assert shown(importing(town.at(TODAY), facts)) == []
    assert town.stage("A") == "draft"


UNREACHED: list[tuple[Facts, str, str]] = [
    (
        an_agreement("A", stage="active"),
        "the facts do not reach this stage, but signing.",
        (
            "Give what is missing: the agreement has not been signed by:"
            " Gemeente Maastricht, Provincie Limburg."
        ),
    ),
    (
        an_agreement("A", "2019-10-12", stage="ended"),
        "the facts do not reach this stage, but active.",
        "Give what is missing: a last day in the past, a termination or an outcome.",
    ),
    (
        an_agreement("A", "2017-10-12", stage="continuation_decision"),
        "the facts do not reach this stage, but evaluation.",
        (
            "Give what is missing: the day of holding the final evaluation,"
            " or an evaluation that is still to be held."
        ),
    ),
]


@pytest.mark.parametrize("facts, problem, remedy", UNREACHED)
def test_a_stage_that_the_facts_do_not_reach_is_a_problem_that_says_what_is_missing(
    town: Town, facts: Facts, problem: str, remedy: str
) -> None:
    result = importing(town.at(TODAY), facts)
    assert [(p.key, str(p.problem), str(p.remedy)) for p in result.problems] == [
        ("stage", problem, remedy)
    ]
    assert town.counts()["agreement"] == 0


def test_a_proposal_that_was_held_over_says_until_when(town: Town) -> None:
    held = {"on": "2020-08-25", "outcome": "held_over"}
    result = importing(town.at(TODAY), an_agreement("A", decision=[held]))
    assert [(p.key, str(p.problem), str(p.remedy)) for p in result.problems] == [
        (
            "decision.1.until",
            "this key is missing.",
            "The proposal waits for this date: write it, or add the decision that came later.",
        )
    ]
    later = {"on": "2020-08-28", "outcome": "as_proposed"}
    assert shown(importing(town, an_agreement("A", decision=[held, later]))) == []


def test_a_decision_by_mandate_says_which(town: Town) -> None:
    decided = {"on": "2020-08-25", "outcome": "mandate"}
    result = importing(town.at(TODAY), an_agreement("A", decision=[decided]))
    assert [(p.key, str(p.remedy)) for p in result.problems] == [
        ("decision.1.basis", "Write the mandate under which it was decided.")
    ]
    based = decided | {"basis": "mandaatregeling 2016, art. 3"}
    assert shown(importing(town, an_agreement("A", decision=[based]))) == []


# What was and what comes -------------------------------------------------------------------------


def test_what_time_renewed_is_unchanged_when_its_file_comes_again(town: Town) -> None:
    term = {"length": "P1Y", "renewal": "tacit", "renewal_length": "P1Y", "notice": "P3M"}
    facts = an_agreement("A", "2015-10-12", stage="active", term=term, evaluation=[])
    assert shown(importing(town.at(TODAY), facts)) == []
    kept = json.loads(town.scalar("SELECT facts FROM facts"))
    assert "extension.4.length" in kept
    assert "extension.5.length" not in kept  # the fifth year ends on 11 October 2020
    assert importing(town.later(days=90), facts).unchanged == ["A"]
    longer = facts | {"term": term | {"renewal_length": "P2Y"}}
    assert [key for key, _ in shown(importing(town, longer))] == ["ref"]


@pytest.mark.on_both
def test_what_has_happened_stands_in_the_facts_as_actions_would_have_left_it(town: Town) -> None:
    facts = an_agreement(
        "A",
        "2017-10-12",
        stage="continuation_decision",
        evaluation=HELD,
        instalment=[*PAID[:2], {"number": 3, "waived_on": "2019-11-01"}],
        suspension=[{"on": "2018-03-01", "resumed_on": "2018-04-01"}],
        predecessor="SO-1",
    )
    facts["party"][1] |= {
        "decided_on": "2017-09-19",
        "decision": "GS 2017-12",
        "capacity": "gedeputeerde",
        "power_of_attorney": "Volmacht 2017-3",
    }
    assert shown(importing(town.at(TODAY), facts)) == []
    kept = json.loads(town.scalar("SELECT facts FROM facts"))
    assert {path: kept[path] for path in EXPECTED} == EXPECTED


EXPECTED = {
    "overleg.attended": "wethouder Gerats",
    "evaluation.final.held.2020-07-11.on": "2020-07-01",
    "evaluation.final.held.2020-07-11.conclusion": "goed",
    "party.limburg.decided_on": "2017-09-19",
    "party.limburg.decision": "GS 2017-12",
    "party.limburg.capacity": "gedeputeerde",
    "party.limburg.power_of_attorney": "Volmacht 2017-3",
    "instalment.1.paid_on": "2017-10-12",
    "instalment.3.waived_on": "2019-11-01",
    "suspension.1.on": "2018-03-01",
    "suspension.1.resumed_on": "2018-04-01",
    "predecessor": "SO-1",
}


def test_what_still_lies_ahead_fires_and_mails_as_if_it_had_been_here_always(town: Town) -> None:
    open_evaluation = an_agreement("A", "2017-10-12", stage="evaluation", instalment=PAID)
    importing(town.at("2020-07-20 10:00"), open_evaluation)
    town.until("2020-08-31 09:00")
    assert town.fired("A") == [
        "continuation:term:2020-10-11:-P6W",
        "evaluation:final:2020-07-11:+P2W",
        "evaluation:final:2020-07-11:+P4W",
        "evaluation:final:2020-07-11:+P6W",
    ]
    assert next(mail.at for mail in town.relay.accepted) == "Mon 2020-07-27 08:00"
    assert town.problems() == []


def test_what_is_done_to_it_afterwards_is_possible(town: Town) -> None:
    importing(town.at(TODAY), an_agreement("A", "2017-10-12", stage="evaluation"))
    town.do_with("A", "conclude", on="2020-08-30", report="Rapport")
    town.do_with("A", "decide", outcome="stop", on="2020-09-01")
    assert town.until("2020-10-12 09:00").stage("A") == "ended (expired)"
    assert town.problems() == []


# What is suspect ---------------------------------------------------------------------------------


@pytest.mark.on_both
def test_a_link_to_an_agreement_that_is_nowhere_is_a_warning(town: Town) -> None:
    importing(town.at(TODAY), an_agreement("SO-1"))
    result = importing(
        town,
        an_agreement("A", "2015-10-12", stage="ended", successor="B", predecessor="SO-1"),
        an_agreement("B", predecessor="A"),
        an_agreement("C", predecessor="SO-0"),
    )
    assert [(ref, str(text)) for ref, text in result.warnings if "nor in" in str(text)] == [
        ("C", "It names SO-0, which is neither registered nor in these files.")
    ]
    assert result.problems == []


def test_a_gap_between_holders_is_a_warning_that_names_the_days(town: Town) -> None:
    gap = OFFICES.replace("from = 2018-06-01", "from = 2018-07-01\nuntil = 2022-03-31")
    result = town.importing(gap)
    assert [(ref, str(sentence)) for ref, sentence in result.warnings] == [
        (
            "office:sociaal-domein",
            "From 2018-06-01 through 2018-06-30 nobody holds the office “sociaal-domein”.",
        ),
        (
            "office:sociaal-domein",
            "From 2022-04-01 on nobody holds the office “sociaal-domein”.",
        ),
    ]
    assert result.offices[0] == "sociaal-domein"


SHEET = """\
kenmerk;titel;functie;fase;looptijd;evaluatie voor einde;evaluatie gehouden op;\
partij 1;partij 1 eigen;partij 1 tekende op;partij 2;partij 2 tekende op;\
bijdrage;bijdrage per;termijn 1 betaald op;besluit 1;besluit 1 op;\
voortzetting 1;voortzetting 1 einddatum;voortzetting 1 besloten op
A;Loopt;sociaal;active;P3Y;P3M;;Gemeente Maastricht;ja;12-10-2019;Provincie Limburg;1-10-2019;\
1.000,00;P1Y;15-10-2019;as_proposed;24-09-2019;;;
B;Gestopt;sociaal;ended;P3Y;P3M;01-07-2019;Gemeente Maastricht;ja;12-10-2016;;;\
;;;as_proposed;27-09-2016;stop;11-10-2019;03-09-2019
"""
HOLDERS = """\
sleutel,naam,houder,e-mail,vanaf,tot en met
sociaal,Sociaal Domein,wethouder Gerats,gerats@maastricht.example,20-05-2014,31-05-2018
sociaal,,wethouder Bastiaens,bastiaens@maastricht.example,01-06-2018,
"""


def test_a_register_in_a_spreadsheet_comes_in_with_its_history(town: Town) -> None:
    files = [town.file(SHEET, "register.csv"), town.file(HOLDERS, "functies.csv")]
    result = import_files(town.at(TODAY).app, files, by="x", history=True)
    assert (shown(result), result.warnings) == ([], [])
    assert (result.created, result.offices) == (["A", "B"], ["sociaal"])
    assert (town.stage("A"), town.stage("B")) == ("active", "ended (expired)")
    kept = json.loads(town.scalar("SELECT facts FROM facts ORDER BY agreement_id LIMIT 1"))
    assert kept["contribution.amount"] == "1000.00"
    assert kept["instalment.1.paid_on"] == "2019-10-15"
    town.one_pass()
    assert town.mails(where="agreement_id IS NOT NULL") == []
    town.until("2020-10-12 09:00")
    assert {mail.to for mail in town.relay.accepted} == {"bastiaens@maastricht.example"}
    assert town.problems() == []


def test_an_evaluation_of_an_earlier_term_stays_held(town: Town, tmp_path: Path) -> None:
    text = town.at(TODAY).file(f"""{OFFICES}
[[agreement]]
ref = "A"
title = "Verlengd"
office = "sociaal-domein"
stage = "active"
term = {{ length = "P3Y", start = 2015-10-12 }}
[[agreement.party]]
key = "maastricht"
name = "Gemeente Maastricht"
own = true
signed_on = 2015-10-01
[[agreement.evaluation]]
key = "final"
before_end = "P3M"
[[agreement.evaluation.held]]
due_on = 2018-07-11
on = 2018-07-04
report = "Eerste evaluatie"
[[agreement.extension]]
length = "P3Y"
""")
    assert shown(import_files(town.app, [text], by="x", history=True)) == []
    kept = json.loads(town.scalar("SELECT facts FROM facts"))
    assert kept["evaluation.final.held.2018-07-11.report"] == "Eerste evaluatie"
    assert town.stage("A") == "active"


def test_a_file_that_names_a_later_stage_than_is_registered_moves_nothing_and_says_so(
    town: Town,
) -> None:
    town.at(TODAY)
    importing(town, an_agreement("A"))
    again = importing(town, an_agreement("A", stage="signing"))
    assert (again.unchanged, town.stage("A")) == (["A"], "college_decision")
    stays = "It stays in the stage college_decision: no import moves what is there."
    assert [(ref, str(sentence)) for ref, sentence in again.warnings] == [("A", stays)]
    assert importing(town, an_agreement("B", stage="signing")).created == ["B"]
    assert importing(town, an_agreement("B", stage="college_decision")).warnings == []
