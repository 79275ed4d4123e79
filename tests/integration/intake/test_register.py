"""Importing files: every problem at once, all or nothing, and nothing personal in the ledger."""

import json
import os
import pickle
from errno import ENOSPC
from pathlib import Path
from tempfile import gettempdir

import pytest

from states.model.phrase import Refusal
from tests.town import CASE, OFFICES, REF, Town, running, the_usual_town, visiting
from workflow.agreements.queries import details
from workflow.app.app import Restored
from workflow.intake import register as registering
from workflow.intake.register import foreseen, import_files
from workflow.intake.result import Imported
from workflow.people.office_queries import office_lines

pytestmark = pytest.mark.on_sqlite

A_PERIOD = "Write a period of at most 100 years, such as 3 years, 6 weeks, P3Y or P18M."


def shown(result: Imported) -> list[tuple[str, int | None, str, str, str]]:
    """Return the problems: file, line, key, what is wrong, what to do."""
    return [
        (Path(p.file).name, p.line, p.key, str(p.problem), str(p.remedy)) for p in result.problems
    ]


def wrong(town: Town, old: str, new: str) -> list[tuple[int | None, str, str, str]]:
    """Return what is said of the source case's file after one replacement; nothing is written."""
    assert CASE.count(old) == 1
    before = town.counts()
    found = shown(town.importing(OFFICES, CASE.replace(old, new)))
    assert town.counts() == before
    return [(line, key, problem, remedy) for _, line, key, problem, remedy in found]


MANY_MISTAKES = """[[agreement]]
ref = "A-1"
title = "First"
office = "nowhere"
colour = "red"
[agreement.term]
lenght = "P3Y"
length = "drie jaar lang"
[[agreement.party]]
key = "a"
name = "A"
[agreement.contribution]
amount = "duizend"
[[agreement.evaluation]]
key = "final"
on = "2020-02-30"
"""


def test_a_disk_that_is_full_while_files_are_read_is_named(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(ENOSPC, os.strerror(ENOSPC))

    monkeypatch.setattr(pickle, "dump", full)
    with pytest.raises(Refusal) as refused:
        town.importing(OFFICES)
    assert str(refused.value) == f"{gettempdir()} cannot be written: No space left on device."


def test_when_there_are_too_many_problems_the_rest_is_not_judged(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registering, "MOST_PROBLEMS", 2)
    monkeypatch.setattr(registering, "AT_ONCE", 3)
    many = "".join(running(f"A-{n}", length="P0D") for n in range(1, 9))
    found = town.importing(OFFICES, many, history=True).problems
    assert len(found) == 2 * 3 + 1  # of the first three, and that there are too many


def test_what_is_registered_and_cannot_be_read_is_compared_with_what_was_entered(
    town: Town,
) -> None:
    town.at("2018-06-01 10:00").register(OFFICES, running("R-1"), history=True)
    town.change("UPDATE facts SET facts = '{'")
    unchanged = town.importing(running("R-1"), history=True)
    assert (unchanged.problems, unchanged.unchanged) == ([], ["R-1"])
    (problem,) = town.importing(running("R-1", length="P2Y"), history=True).problems
    assert "R-1 is registered with other facts: the length of the term" in str(problem.problem)


def test_what_no_amendment_of_the_file_fits_any_more_is_told_all_the_same(town: Town) -> None:
    """It was terminated since; by the file it would begin after that."""
    town.at("2018-06-01 10:00").register(OFFICES, running("R-1"), history=True)
    town.do_with("R-1", "terminate", reason="samen besloten", ends_on="2018-10-31")
    later = running("R-1", start="2018-12-01")
    (problem,) = town.importing(later, history=True).problems
    assert str(problem.problem) == (
        "R-1 is registered with other facts: the first day of the term: 2018-01-01 → 2018-12-01."
    )


# Problems ----------------------------------------------------------------------------------------


def test_every_problem_of_every_file_is_told_at_once_with_its_place(town: Town) -> None:
    result = town.importing(OFFICES, MANY_MISTAKES, "not [ TOML", '[[agreement]]\nref = "B-1"\n')
    found = shown(result)

    assert {(file, line, key) for file, line, key, _, _ in found} >= {
        ("import-2.toml", 5, "colour"),
        ("import-2.toml", 7, "term.lenght"),
        ("import-2.toml", 8, "term.length"),
        ("import-2.toml", 13, "contribution.amount"),
        ("import-2.toml", 16, "evaluation.final.on"),
        ("import-3.toml", 1, ""),
    }
    assert {(file, key) for file, _, key, _, _ in found} >= {
        ("import-4.toml", "title"),
        ("import-4.toml", "office"),
        ("import-4.toml", "term"),
        ("import-4.toml", "party"),
    }
    assert all(problem and remedy for _, _, _, problem, remedy in found)
    assert town.counts()["agreement"] == town.counts()["office"] == 0


def test_an_office_that_does_not_exist_is_told_along_with_the_other_problems(town: Town) -> None:
    found = shown(town.importing(OFFICES, MANY_MISTAKES))
    assert ("import-2.toml", 4, "office") in {(file, line, key) for file, line, key, _, _ in found}


def test_an_unknown_key_gets_the_nearest_as_a_remedy(town: Town) -> None:
    (found,) = shown(town.importing(OFFICES, CASE.replace("short_title", "short_titel")))
    assert found == (
        "import-2.toml",
        5,
        "short_titel",
        "this key is not known.",
        "Did you mean “short_title”?",
    )


def test_a_key_in_dutch_gets_the_fact_that_it_is_called_as_a_remedy(town: Town) -> None:
    """By its letters “contribution.bedrag” is nearest to “contribution.every”."""
    assert wrong(town, "budget_line =", "bedrag =") == [
        (
            27,
            "contribution.bedrag",
            "this key is not known.",
            "Did you mean “contribution.amount”?",
        )
    ]


def test_what_is_told_of_only_as_unknown_is_not_left_out_in_silence(town: Town) -> None:
    money = '[agreement.contribution]\namount = "unknown"\npayee = "onbekend"\n'
    report = '[[agreement.obligation]]\nkey = "report"\nwhat = "unknown"\n'
    remedy = "Give what is known of it, or leave it out."
    town.at("2018-02-01 10:00")
    assert shown(town.importing(OFFICES, running("R-1") + money + report, history=True)) == [
        (
            "import-2.toml",
            23,
            "contribution",
            "all that is told of it is unknown: contribution.amount, contribution.payee.",
            remedy,
        ),
        (
            "import-2.toml",
            26,
            "obligation.report",
            "all that is told of it is unknown: obligation.report.what.",
            remedy,
        ),
    ]


def test_an_entry_of_which_nothing_is_told_is_not_left_out_in_silence(town: Town) -> None:
    """Who writes a key expects an evaluation; the import made none."""
    more = '[[agreement.evaluation]]\nkey = "mid"\n[[agreement.obligation]]\nkey = "report"\n'
    town.at("2018-02-01 10:00")
    remedy = "Give what is known of it, or leave it out."
    assert [
        one[2:] for one in shown(town.importing(OFFICES, running("R-1") + more, history=True))
    ] == [
        ("evaluation.mid", "nothing is told of it.", remedy),
        ("obligation.report", "nothing is told of it.", remedy),
    ]


def test_a_mistyped_key_of_an_unknown_fact_is_a_problem(town: Town) -> None:
    (found,) = shown(town.importing(OFFICES, CASE.replace("payee =", "paye = 'unknown' #")))
    assert found[2:4] == ("contribution.paye", "this key is not known.")


def test_an_amount_in_words_or_below_zero_is_a_problem(town: Town) -> None:
    remedy = "Write an amount, such as 1000.00 or 1.000,00."
    for amount in ("duizend", "-1", "1e3", "9999999999999.00"):
        assert wrong(town, '"1000.00"', f'"{amount}"') == [
            (24, "contribution.amount", f"“{amount}” is not accepted.", remedy)
        ]
    assert wrong(town, '"1000.00"', "-1")[0][:2] == (24, "contribution.amount")


@pytest.mark.parametrize("amount", ["€ 1.000,00", "EUR 1000", "1000 euro"])
def test_an_amount_in_euros_of_what_is_paid_in_francs_is_a_problem(town: Town, amount: str) -> None:
    remedy = "Write an amount, such as 1000.00 or 1.000,00."
    francs = f'"{amount}"\ncurrency = "CHF"'
    assert wrong(town, '"1000.00"', francs) == [
        (24, "contribution.amount", f"“{amount}” is not accepted.", remedy)
    ]
    town.register(OFFICES, CASE.replace('"1000.00"', f'"{amount}"'))


def test_a_length_in_words_is_a_problem(town: Town) -> None:
    assert wrong(town, '"P3Y"', '"drie jaar lang"') == [
        (
            11,
            "term.length",
            "“drie jaar lang” is not accepted.",
            f"{A_PERIOD} Years and months do not go together with weeks and days.",
        )
    ]


def test_a_date_that_does_not_exist_is_a_problem(town: Town) -> None:
    assert wrong(town, 'before_end = "P3M"', 'on = "2020-02-30"') == [
        (
            14,
            "evaluation.final.on",
            "“2020-02-30” is not accepted.",
            "Write a date that exists, such as 2017-10-12 or 12-10-2017.",
        )
    ]
    (found,) = wrong(town, 'before_end = "P3M"', "on = 2020-02-30")  # TOML refuses it itself
    assert found[0] == 14


def test_without_an_own_party_the_file_is_refused(town: Town) -> None:
    assert wrong(town, "own = true", "own = false") == [
        (
            2,
            "party",
            "0 parties are marked party.PARTY.own=yes.",
            "Mark exactly one: the municipality of this register.",
        )
    ]


def test_a_file_that_is_not_toml_is_a_problem_with_its_line(town: Town) -> None:
    (found,) = shown(town.importing("[[office]]\nkey = \n"))
    assert found[:3] == ("import-1.toml", 2, "")
    assert found[3].startswith("this is not valid TOML: ")


def test_a_file_that_is_not_there_is_a_problem(town: Town) -> None:
    (found,) = import_files(town.app, [town.folder / "missing.toml"], by="x").problems
    assert str(found.problem) == "the file cannot be read (No such file or directory)."


def test_an_unknown_office_is_a_problem_that_names_those_there_are(town: Town) -> None:
    assert wrong(town, 'office = "sociaal-domein"', 'office = "sociaal"') == [
        (
            6,
            "office",
            "there is no office “sociaal”.",
            (
                "Add an [[office]], or name one of: sociaal-domein, secretariaat,"
                " gemeentesecretaris, financien."
            ),
        )
    ]
    assert wrong(town, 'office = "financien"', 'office = "geld"')[0][1] == "contribution.office"


def test_where_no_office_is_registered_none_is_named(town: Town) -> None:
    found = {str(problem.remedy) for problem in town.importing(CASE).problems}
    assert found == {"Import the offices first, or with this file."}


@pytest.mark.parametrize(
    "address",
    [
        *("a.janssen", "a@b@c.example", "Janssen <a@b.example>", "a..b@c.example", "a@b c"),
        *("a@b..example", "a@b.example.", "a@.example", f"a@{'b' * 64}.example"),
        "=?utf-8?q?a?=@b.example",
    ],
)
def test_a_case_owner_needs_an_address_that_mail_can_go_to(town: Town, address: str) -> None:
    assert wrong(town, "a.janssen@maastricht.example", address) == [
        (
            9,
            "case_owner.email",
            f"“{address[:60]}” is not accepted.",
            "Write one e-mail address, such as secretariaat@maastricht.example.",
        )
    ]


def test_a_holder_needs_an_address_too(town: Town) -> None:
    (found,) = shown(town.importing(OFFICES.replace("geld@maastricht.example", "geld")))
    assert found[1:4] == (39, "holder.1.email", "“geld” is not accepted.")


def test_holders_of_one_office_do_not_overlap(town: Town) -> None:
    (found,) = shown(town.importing(OFFICES.replace("until = 2018-05-31", "until = 2018-06-01")))
    assert found[2:] == (
        "holder",
        "two holders overlap: one ends 2018-06-01, the next begins 2018-06-01.",
        "Give the earlier one an `until` before the day the next begins.",
    )
    assert found[1] is not None


@pytest.mark.parametrize(
    "old, new, key",
    [
        ("until = 2018-05-31", 'until = "mei 2018"', "holder.1.until"),
        ("from = 2018-06-01", 'from = "juni 2018"', "holder.2.from"),
    ],
)
def test_of_a_holder_who_cannot_be_read_nothing_is_concluded(
    town: Town, old: str, new: str, key: str
) -> None:
    """It was told that two holders overlap, and that somebody who is in the file was not."""
    town.at("2018-05-01 10:00").register(OFFICES)
    for files in ([OFFICES.replace(old, new)], [OFFICES, OFFICES.replace(old, new)]):
        result = town.importing(*files)
        assert [problem.key for problem in result.problems] == [key]
        assert result.warnings == []


def test_a_reference_stands_in_one_call_once(town: Town) -> None:
    found = shown(town.importing(OFFICES, CASE, CASE))
    assert [(file, key, problem) for file, _, key, problem, _ in found] == [
        ("import-3.toml", "ref", "SO-2017-0042 stands in these files more than once.")
    ]
    assert town.counts()["agreement"] == 0


@pytest.mark.on_both
def test_an_office_that_stands_in_two_files_is_as_the_last_says_and_that_is_said(
    town: Town,
) -> None:
    assert town.importing(OFFICES, OFFICES, dry_run=True).warnings == []
    moved = OFFICES.replace("Concernfinancien", "Team Financien")
    ((stream, told),) = town.importing(OFFICES, moved).warnings
    assert (stream, str(told)) == (
        "office:financien",
        "it stands in these files with other facts as well; what came last holds.",
    )
    names = {str(line.office.key): line.office.name for line in office_lines(town.app)}
    assert names["financien"] == "Team Financien"


def test_facts_of_a_running_agreement_need_history(town: Town) -> None:
    found = shown(town.importing(OFFICES, running("A-1")))
    assert {key for _, _, key, _, _ in found} == {
        "stage",
        "party.maastricht.signed_on",
        "party.maastricht.signatory",
        "decision.1.on",
        "decision.1.outcome",
    }


# All or nothing ----------------------------------------------------------------------------------


def test_one_problem_in_one_file_keeps_every_other_file_out(town: Town) -> None:
    result = town.importing(OFFICES, CASE, "[[agreement]]\n")
    assert (result.problems != [], result.created, result.offices) == (True, [], [])
    assert set(town.counts().values()) == {0, 1}  # the adopted policy is the one row there is
    assert town.counts()["policy"] == 1


def test_a_dry_run_tells_what_it_would_do_and_writes_nothing(town: Town) -> None:
    before = town.counts()
    result = town.importing(OFFICES, CASE, dry_run=True)
    assert result.created == [REF]
    assert town.counts() == before
    result = town.importing(OFFICES, CASE, "[[agreement]]\n", dry_run=True)
    assert (result.created, result.offices) == ([], [])


# Again -------------------------------------------------------------------------------------------


def test_the_same_facts_again_change_nothing(town: Town) -> None:
    town.register(OFFICES, CASE)
    before = town.counts()
    result = town.importing(OFFICES, CASE)
    assert (result.unchanged, result.created, result.offices) == ([REF], [], [])
    assert town.counts() == before


def test_the_same_facts_are_unchanged_after_actions_too(town: Town) -> None:
    town.in_force()
    before = town.counts()
    assert town.importing(OFFICES, CASE).unchanged == [REF]
    assert town.counts() == before


def test_other_facts_for_a_registered_reference_are_named_with_the_line_that_amends(
    town: Town,
) -> None:
    town.register(OFFICES, CASE)
    before = town.counts()
    other = CASE.replace('"P3Y"', '"P4Y"').replace(
        '"Coöperatie Verbindend Leiden"\nbudget', '"De kring"\nbudget'
    )
    (found,) = shown(town.importing(other))
    assert found[1:] == (
        3,
        "ref",
        (
            "SO-2017-0042 is registered with other facts: the length of the term: P3Y → P4Y,"
            " the payee of the contribution: Coöperatie Verbindend Leiden → De kring."
        ),
        (
            "Another agreement needs another reference; change this one with:"
            " looptijd do SO-2017-0042 amend term.length=P4Y 'contribution.payee=De kring'"
            " --reason …"
        ),
    )
    assert town.counts() == before


def test_a_fact_that_a_file_no_longer_has_is_amended_to_unknown(town: Town) -> None:
    town.register(OFFICES, CASE)
    (found,) = shown(town.importing(CASE.replace("budgeted_through = 2099\n", "")))
    assert "the last budgeted year of the contribution: 2099 → taken away." in found[3]
    assert " amend contribution.budgeted_through=unknown --reason" in found[4]


def test_how_an_evaluation_was_held_is_amended_as_files_write_it(town: Town) -> None:
    """The line to type was FIELD=VALUE, and what was not held at all could not be taken back."""
    date = '[[agreement.evaluation]]\nkey = "mid"\non = 2018-03-01\n'
    held = f'{date}held_on = 2018-03-02\nreport = "JOIN 1"\n'
    other = f"{date}held_on = 2018-03-05\n"
    town.at("2018-06-01 10:00").register(OFFICES, running("R-1", more=held), history=True)
    for more, line in (
        (other, "evaluation.mid.held_on=2018-03-05 evaluation.mid.report=unknown"),
        (date, "evaluation.mid.held_on=unknown"),
    ):
        (found,) = shown(town.importing(running("R-1", more=more), history=True))
        assert f" amend {line} --reason" in found[4]
        pairs = dict(pair.split("=") for pair in line.split())
        town.do_with("R-1", "amend", reason="mistyped", **pairs)
        assert town.importing(running("R-1", more=more), history=True).unchanged == ["R-1"]


def test_another_start_in_a_file_takes_no_evaluation_back_that_it_calls_held(town: Town) -> None:
    """The line to type took away that it was held, and the office was asked to evaluate again."""
    held = 'before_end = "P3M"\nheld_on = 2018-09-10'

    def imported(start: str) -> Imported:
        text = running("R-1", start=start).replace('before_end = "P3M"', held)
        return town.importing(text, history=True)

    town.at("2018-10-01 10:00").register(OFFICES)
    assert imported("2018-01-01").created == ["R-1"]
    (found,) = shown(imported("2018-02-01"))
    assert found[3:] == (
        "R-1 is registered with other facts: the first day of the term: 2018-01-01 → 2018-02-01.",
        (
            "Another agreement needs another reference; change this one with:"
            " looptijd do R-1 amend term.start=2018-02-01 --reason …"
        ),
    )
    town.do_with("R-1", "amend", reason="mistyped", **{"term.start": "2018-02-01"})
    assert town.stage("R-1") == "continuation_decision"
    assert imported("2018-02-01").unchanged == ["R-1"]


def test_an_evaluation_held_for_a_date_agreed_anew_is_entered_after_that_date(town: Town) -> None:
    """By another clause it is another evaluation: nothing of the first is taken away."""
    agreed = 'key = "mid"\non = {day}\nheld_on = 2018-03-02\n'

    def line_for(day: str) -> str:
        more = f"[[agreement.evaluation]]\n{agreed.format(day=day)}"
        (found,) = shown(town.importing(running("R-1", more=more), history=True))
        return found[4].partition(" amend ")[2]

    first = f"[[agreement.evaluation]]\n{agreed.format(day='2018-03-01')}"
    town.at("2018-06-01 10:00").register(OFFICES, running("R-1", more=first), history=True)
    assert line_for("2018-04-01") == "evaluation.mid.on=2018-04-01 --reason …"
    town.do_with("R-1", "amend", reason="mistyped", **{"evaluation.mid.on": "2018-04-01"})
    assert line_for("2018-04-01") == "evaluation.mid.held_on=2018-03-02 --reason …"


HELD = 'before_end = "P3M"\nheld_on = 2018-09-10'


def extended(town: Town, text: str) -> Town:
    """Bring in an agreement that ends with 2018, whose evaluation was held, and extend it."""
    town.at("2018-10-01 10:00").register(OFFICES, text, history=True)
    if "held_on" not in text:
        town.do_with("R-1", "conclude", on="2018-09-10")
    town.do_with("R-1", "decide", outcome="extend", length="P1Y")
    return town


@pytest.mark.parametrize("registered", ['before_end = "P3M"', HELD])
def test_what_was_held_for_an_earlier_term_is_not_entered_for_the_term_that_runs(
    town: Town, registered: str
) -> None:
    """The line to type called the next evaluation held, and nobody would have been asked for it."""
    text = running("R-1")
    extended(town, text.replace('before_end = "P3M"', registered))
    held = text.replace('before_end = "P3M"', HELD)
    assert town.importing(held, history=True).unchanged == ["R-1"]
    longer = held.replace('length = "P1Y"', 'length = "P2Y"')
    (found,) = shown(town.importing(longer, history=True))
    assert found[4].partition(" amend ")[2] == "term.length=P2Y --reason …"
    (found,) = shown(town.importing(held.replace("09-10", "09-20"), history=True))
    assert found[3:] == (
        (
            "R-1 is registered with other facts: the day of holding of the final evaluation:"
            " 2018-09-10 → 2018-09-20."
        ),
        "No amendment enters this. What can be done: looptijd do R-1",
    )


def test_what_was_held_for_a_date_agreed_anew_is_corrected_for_no_other_date(town: Town) -> None:
    """The file knows of the first date only."""
    more = '[[agreement.evaluation]]\nkey = "mid"\non = 2018-03-01\nheld_on = 2018-03-02\n'
    text = running("R-1", more=more)
    town.at("2018-04-01 10:00").register(OFFICES, text, history=True)
    town.do_with("R-1", "amend", reason="agreed anew", **{"evaluation.mid.on": "2018-05-01"})
    (found,) = shown(town.importing(text.replace("03-02", "03-05"), history=True))
    assert found[4] == "No amendment enters this. What can be done: looptijd do R-1"


def test_another_date_in_a_file_takes_nothing_back_that_was_held_for_the_first(town: Town) -> None:
    """It was held for that date, and is asked for by the other."""
    more = '[[agreement.evaluation]]\nkey = "mid"\non = 2018-03-01\nheld_on = 2018-03-02\n'
    town.at("2018-04-01 10:00").register(OFFICES, running("R-1", more=more), history=True)
    other = running("R-1", more=more.replace("03-01\nheld_on = 2018-03-02", "05-01"))
    (found,) = shown(town.importing(other, history=True))
    assert found[4].partition(" amend ")[2] == "evaluation.mid.on=2018-05-01 --reason …"
    town.do_with("R-1", "amend", reason="mistyped", **{"evaluation.mid.on": "2018-05-01"})
    assert town.importing(other, history=True).unchanged == ["R-1"]


def test_how_an_evaluation_was_held_is_entered_after_what_moves_its_date(town: Town) -> None:
    """In the same line it would count for the date before, and the office would be asked again."""
    town.at("2018-10-01 10:00").register(OFFICES, running("R-1"), history=True)
    moved = running("R-1", start="2018-02-01").replace('before_end = "P3M"', HELD)
    for path, value in (("term.start", "2018-02-01"), ("evaluation.final.held_on", "2018-09-10")):
        (found,) = shown(town.importing(moved, history=True))
        assert found[4].partition(" amend ")[2] == f"{path}={value} --reason …"
        town.do_with("R-1", "amend", reason="mistyped", **{path: value})
    assert town.stage("R-1") == "continuation_decision"
    assert town.importing(moved, history=True).unchanged == ["R-1"]


def test_an_evaluation_that_is_new_in_a_file_is_entered_before_how_it_was_held(town: Town) -> None:
    """The line to type was refused."""
    more = '[[agreement.evaluation]]\nkey = "mid"\non = 2018-03-01\nheld_on = 2018-03-02\n'
    town.at("2018-04-01 10:00").register(OFFICES, running("R-1"), history=True)
    for path, value in (("on", "2018-03-01"), ("held_on", "2018-03-02")):
        (found,) = shown(town.importing(running("R-1", more=more), history=True))
        line = f"evaluation.mid.{path}={value} --reason …"
        assert found[4].partition(" amend ")[2] == line
        town.do_with("R-1", "amend", reason="lacked", **{f"evaluation.mid.{path}": value})
    assert town.importing(running("R-1", more=more), history=True).unchanged == ["R-1"]


def test_what_no_amendment_enters_has_no_line_that_would(town: Town) -> None:
    town.at("2018-06-01 10:00").register(OFFICES, running("R-1"), history=True)
    other = running("R-1").replace('"as_proposed"', '"text_changes"')
    (found,) = shown(town.importing(other, history=True))
    assert found[4] == "No amendment enters this. What can be done: looptijd do R-1"


def test_what_was_amended_to_what_the_file_says_is_no_difference_any_more(town: Town) -> None:
    town.register(OFFICES, CASE)
    town.do("amend", reason="as signed", term__length="P4Y")
    assert town.importing(CASE.replace('"P3Y"', '"P4Y"')).unchanged == [REF]
    assert town.importing(CASE).unchanged == [REF]


def test_a_source_that_went_with_an_amendment_is_entered_whole(town: Town) -> None:
    """Its number was that of another amount by then, which became certain by the line to type."""
    source = '[[agreement.source]]\nfield = "contribution.amount"\nstatus = "assumed"\n'
    town.register(OFFICES, CASE + source).decided().signed()
    town.at("2018-11-01 10:00").do("amend", reason="so", contribution__amount="1200.00")

    (found,) = shown(town.importing(CASE + source.replace("assumed", "stated")))
    assert " amend source.1.field=contribution.amount source.1.status=stated --reason" in found[4]
    stated = {"source__1__field": "contribution.amount", "source__1__status": "stated"}
    town.do("amend", reason="so", **stated)
    sources = details(town.app, REF).agreement.source.items()
    assert {number: (said.field, said.status.value) for number, said in sources} == {
        1: ("contribution.amount", "stated"),
        2: ("instalment.1.amount", "assumed"),
        3: ("instalment.2.amount", "assumed"),
    }


def test_sources_of_the_same_words_are_the_same_by_any_number(town: Town) -> None:
    """The first went when its fact was entered; a file without it seemed to change the second."""
    amount = '[[agreement.source]]\nfield = "contribution.amount"\nstatus = "assumed"\n'
    length = amount.replace("contribution.amount", "term.length")
    town.register(OFFICES, CASE + amount + length)
    town.do("amend", reason="so", contribution__amount="1200.00")
    dearer = CASE.replace("1000.00", "1200.00")

    assert town.importing(dearer + length).unchanged == [REF]
    (found,) = shown(town.importing(dearer + length.replace("assumed", "inferred")))
    assert "the certainty of source 1: inferred" in found[3]


def test_a_source_that_a_file_has_since_takes_no_number_of_an_amount_that_was_kept(
    town: Town,
) -> None:
    """The line to type made the amount of the first instalment certain."""
    source = '[[agreement.source]]\nfield = "contribution.amount"\nstatus = "assumed"\n'
    town.register(OFFICES, CASE + source).decided().signed()
    town.at("2018-11-01 10:00").do("amend", reason="so", contribution__amount="1200.00")
    more = source.replace("contribution.amount", "term.length")

    (found,) = shown(town.importing(CASE + source + more))
    assert " amend source.5.field=term.length source.5.status=assumed --reason" in found[4]
    typed = {"source__5__field": "term.length", "source__5__status": "assumed"}
    town.do("amend", reason="so", **typed)
    sources = details(town.app, REF).agreement.source.items()
    assert {number: (said.field, said.status.value) for number, said in sources} == {
        2: ("instalment.1.amount", "assumed"),
        3: ("instalment.2.amount", "assumed"),
        5: ("term.length", "assumed"),
    }
    assert town.importing(CASE + source + more).unchanged == [REF]


def test_an_evaluation_that_a_file_calls_held_stays_so_while_its_date_is_disputed(
    town: Town,
) -> None:
    """The line to type took away that it was held; the file said what the register said."""
    town.at("2018-09-01 10:00").register(OFFICES, running("R-1"), history=True)
    town.at("2018-09-10 10:00").do_with("R-1", "start_evaluation")
    town.do_with("R-1", "conclude", evaluation="final")
    disputed = {"source__1__field": "term.length", "source__1__status": "disputed"}
    town.do_with("R-1", "amend", reason="so", **disputed)

    held = "\n[[agreement.evaluation.held]]\ndue_on = 2018-09-30\non = 2018-09-10"
    source = '[[agreement.source]]\nfield = "term.length"\nstatus = "disputed"\n'
    known = running("R-1").replace('before_end = "P3M"', f'before_end = "P3M"{held}') + source
    found = town.importing(known, history=True)
    assert (found.unchanged, shown(found)) == (["R-1"], [])


def test_later_facts_of_an_office_replace_the_earlier_ones_as_an_event(town: Town) -> None:
    town.register(OFFICES)
    moved = OFFICES.replace("Concernfinancien", "Team Financien")
    assert town.importing(moved).offices == ["financien"]
    assert town.scalar("SELECT count(*) FROM event WHERE stream = 'office:financien'") == 2
    facts = town.scalar("SELECT facts FROM office WHERE key = 'financien'")
    assert json.loads(facts)["name"] == "Team Financien"
    assert town.problems() == []


# History -----------------------------------------------------------------------------------------


def test_history_records_the_past_as_superseded_and_mails_nothing(town: Town) -> None:
    town.at("2018-11-20 10:00").register(OFFICES, running("A-1"), history=True)
    assert town.stage("A-1") == "evaluation"
    recorded = town.query("SELECT name, status FROM occurrence ORDER BY name")
    assert [tuple(row) for row in recorded] == [
        ("activation:term:2018-01-01:P0D", "superseded"),
        ("continuation:term:2018-12-31:-P6W", "superseded"),
        ("evaluation:final:2018-09-30:+P2W", "superseded"),
        ("evaluation:final:2018-09-30:+P4W", "superseded"),
        ("evaluation:final:2018-09-30:+P6W", "superseded"),
        ("evaluation:final:2018-09-30:-P1M", "superseded"),
        ("evaluation:final:2018-09-30:-P3M", "superseded"),
        ("evaluation:final:2018-09-30:P0D", "superseded"),
        ("unsigned:signatures:2017-11-21:+P4W", "superseded"),
        ("unsigned:signatures:2017-11-21:+P8W", "superseded"),
    ]
    town.one_pass()
    assert town.mails(where="agreement_id IS NOT NULL") == []
    assert town.problems() == []


def test_what_lies_ahead_of_an_agreement_with_a_history_fires_and_mails(town: Town) -> None:
    town.at("2018-11-20 10:00").register(OFFICES, running("A-1"), history=True)
    town.until("2019-01-02 09:00")
    assert town.fired("A-1") == [
        "continuation:term:2018-12-31:-P2W",
        "continuation:term:2018-12-31:-P3D",
        "expiry:term:2019-01-01:P0D",
    ]
    assert town.stage("A-1") == "ended (lapsed)"
    assert town.relay.accepted[-1].at == "Wed 2019-01-02 08:00"


def test_a_stage_that_the_facts_do_not_reach_is_refused(town: Town) -> None:
    unsigned = running("A-1").replace("signed_on = 2017-12-01", "")
    result = town.at("2018-03-01 10:00").importing(OFFICES, unsigned, history=True)
    assert [(p.key, str(p.problem)) for p in result.problems] == [
        ("stage", "the facts do not reach this stage, but signing.")
    ]


def test_a_file_that_holds_nothing_is_named(town: Town) -> None:
    result = town.importing(OFFICES, "\n", "# niets\n")
    assert result.problems == []
    assert [(Path(name).is_file(), str(said)) for name, said in result.warnings] == [
        (True, "There is no agreement and no office in it.")
    ] * 2


# Suspect facts -----------------------------------------------------------------------------------


def test_suspect_facts_are_warnings_and_stay_as_they_were_written(town: Town) -> None:
    suspect = running("A-1").replace("on = 2017-11-21", "on = 2017-11-25") + (
        '[[agreement.document]]\ntitle = "Rapport"\ndated = "2017-11-27"\n'
        '[agreement.contribution]\namount = "1000.00"\ntotal = "3000.00"\n'
    )
    result = town.at("2018-03-01 10:00").importing(OFFICES, suspect, history=True)
    assert result.problems == []
    assert [(ref, str(warning)) for ref, warning in result.warnings] == [
        (
            "A-1",
            (
                "The document “Rapport” is dated 2017-11-27, after the decision of 2017-11-25 that"
                " cites it. It is kept as written, and no date depends on it."
            ),
        ),
        ("A-1", "The college decided on 2017-11-25, a day of the weekend."),
        ("A-1", "The total of € 3000.00 differs from the instalments together, € 1000.00."),
    ]
    facts = json.loads(town.scalar("SELECT facts FROM facts"))
    assert facts["decision.1.on"] == "2017-11-25"
    assert facts["document.1.dated"] == "2017-11-27"
    assert facts["contribution.total"] == "3000.00"


# Personal values ---------------------------------------------------------------------------------

PERSONAL = [
    "A. Janssen",
    "a.janssen@maastricht.example",
    "wethouder Bastiaens",
    "bastiaens@maastricht.example",
    "team geld",
    "griffier Smeets",
    "omdat Pietersen het vroeg",
    "Klaas belde hierover",
    "B. Opvolger",
    "b.opvolger@maastricht.example",
]


def test_the_ledger_and_the_facts_hold_no_contact_reason_note_or_actor_in_clear(
    town: Town,
) -> None:
    town.in_force()
    town.do("note", text="Klaas belde hierover")
    owner = {
        "case_owner__name": "B. Opvolger",
        "case_owner__email": "b.opvolger@maastricht.example",
    }
    town.do("amend", reason="omdat Pietersen het vroeg", **owner)

    stored = "\n".join(
        row[0]
        for table, column in (("event", "payload"), ("facts", "facts"), ("office", "facts"))
        for row in town.query(f"SELECT {column} FROM {table}")  # noqa: S608 - the names above
    )
    assert [value for value in PERSONAL if value in stored] == []
    kept = {row[0] for row in town.query("SELECT value FROM private")}
    assert kept >= set(PERSONAL)


def test_a_personal_value_never_enters_the_ledger_under_the_same_digest_twice(town: Town) -> None:
    town.register(OFFICES, CASE)
    tokens = [r[0] for r in town.query("SELECT token FROM private WHERE value = 'griffier Smeets'")]
    assert len(tokens) == len(set(tokens)) == 5  # four offices and the agreement


def test_who_decided_and_signed_stays_in_the_dossier(town: Town) -> None:
    town.in_force()
    facts = json.loads(town.scalar("SELECT facts FROM facts"))
    assert facts["party.maastricht.signatory"] == "wethouder Gerats"
    assert facts["overleg.attended"] == "wethouder Gerats"


def test_a_broken_import_leaves_the_register_usable(database_url: str, tmp_path: Path) -> None:
    with visiting(the_usual_town(database_url, tmp_path)) as town:
        assert town.importing("[[agreement]]\n").problems
        town.register(OFFICES, CASE)
        assert town.stage() == "draft"


@pytest.mark.parametrize("facts", ['{"half":', "[]"])
def test_facts_that_are_no_facts_hold_up_no_import_of_others(town: Town, facts: str) -> None:
    town.register(OFFICES, CASE)
    town.change("UPDATE facts SET facts = :facts WHERE agreement_id = 1", facts=facts)

    assert town.importing(CASE.replace(REF, "A-2")).created == ["A-2"]


def test_the_dates_that_follow_from_a_file_stand_in_order(town: Town) -> None:
    fixed = CASE.replace('length = "P3Y"', 'length = "P3Y"\nstart = 2018-01-01')
    dates = foreseen(town.app, town.file(fixed), history=False)

    days = [item.on for item in dates]
    known = [day for day in days if day]
    assert known == sorted(known)
    assert days == [*known, *([None] * (len(days) - len(known)))]
    assert [str(item.deadline.rule) for item in dates if item.on][-2:] == ["continuation", "expiry"]


def test_a_register_that_takes_nothing_says_so_before_files_are_read(town: Town) -> None:
    read: list[int] = []
    town.change("UPDATE register SET restored = 'backup'")
    with pytest.raises(Restored):
        town.importing(OFFICES, advanced=read.append)
    assert read == []


@pytest.mark.on_both
def test_the_register_is_free_while_files_are_read(town: Town) -> None:
    """A workbook of 100,000 agreements takes minutes, in which nothing fired."""
    town.importing(OFFICES, advanced=lambda _: town.tick())
