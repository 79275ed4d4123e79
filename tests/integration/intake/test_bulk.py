"""Any number of agreements in one transaction: by the hundred, as a whole or not at all."""

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from tests.integration.intake.test_history import an_agreement
from tests.town import CASE, OFFICES, REF, Town, a_town, visiting
from workflow.intake.register import import_files
from workflow.intake.result import Imported

pytestmark = pytest.mark.on_sqlite


@pytest.fixture
def town(town: Town) -> Town:
    """Give the empty register on 1 September 2020."""
    return town.at("2020-09-01 10:00")


def lines(*found: dict[str, Any]) -> str:
    """Return agreements as JSON Lines."""
    return "\n".join(json.dumps(item) for item in found)


def many(count: int, **more: Any) -> str:
    """Return so many agreements as JSON Lines: half are drafts, half run since October 2017."""
    return lines(
        *(
            an_agreement(f"A-{number:04}", None if number % 2 else "2017-10-12", **more)
            | {"stage": "draft" if number % 2 else "active"}
            for number in range(count)
        )
    )


def importing(town: Town, *contents: str, **options: Any) -> Imported:
    """Import JSON Lines, each text as a file of its own, with the offices in the last file."""
    paths = [town.file(text, f"bulk-{town.files}.jsonl") for text in contents]
    chosen = {"history": True, **options}
    return import_files(town.app, [*paths, town.file(OFFICES)], by="griffier Smeets", **chosen)


def problems(result: Imported) -> list[tuple[str, int | None, str]]:
    """Return the file, the line and the key of each problem."""
    return [(Path(p.file).name, p.line, p.key) for p in result.problems]


# As a whole --------------------------------------------------------------------------------------


@pytest.mark.on_both
def test_hundreds_of_agreements_come_in_together_each_with_its_own_ledger(town: Town) -> None:
    result = importing(town, many(1101))
    assert (len(result.created), result.problems) == (1101, [])
    assert result.created[:2] == ["A-0000", "A-0001"]
    counts = town.counts()
    assert (counts["agreement"], counts["facts"]) == (1101, 1101)
    assert town.mails("rule") == ["summary"]  # one mail for the one office that has something open
    assert counts["event"] == 1101 + 4 + 1  # and four offices, and the register's own
    assert (town.stage("A-0501"), town.stage("A-1100")) == ("draft", "evaluation")
    assert town.problems() == []


def test_a_problem_on_the_last_line_takes_back_all_that_was_written_before_it(town: Town) -> None:
    before = town.counts()
    wrong = an_agreement("B-1") | {"term": {"length": "drie jaar"}}
    result = importing(town, many(600) + "\n" + lines(wrong))
    assert problems(result) == [("bulk-0.jsonl", 601, "term.length")]
    assert town.counts() == before
    assert importing(town, many(3)).problems == []


def test_after_the_first_problem_every_other_one_is_still_told_in_order(town: Town) -> None:
    before = town.counts()
    wrong = lines(an_agreement("A-0001"), an_agreement("B-1", office="nergens"), {"ref": "B 2"})
    result = importing(town, "{\n" + many(600), wrong)
    assert problems(result) == [
        ("bulk-0.jsonl", 1, ""),
        ("bulk-1.jsonl", 1, "ref"),
        ("bulk-1.jsonl", 2, "office"),
        ("bulk-1.jsonl", 3, "ref"),
        ("bulk-1.jsonl", 3, "title"),
        ("bulk-1.jsonl", 3, "office"),
        ("bulk-1.jsonl", 3, "term"),
        ("bulk-1.jsonl", 3, "party"),
    ]
    assert str(result.problems[1].problem) == "A-0001 stands in these files more than once."
    assert town.counts() == before


@pytest.mark.on_both
def test_what_is_known_and_what_is_new_come_together(town: Town) -> None:
    importing(town, many(510))
    before = town.counts()["event"]
    result = importing(town.later(days=3), many(1010))
    assert (len(result.unchanged), len(result.created)) == (510, 500)
    assert town.counts()["event"] == before + 500
    changed = importing(town, many(2, title="Anders"))
    assert problems(changed) == [("bulk-4.jsonl", 1, "ref"), ("bulk-4.jsonl", 2, "ref")]
    assert town.problems() == []


def test_contacts_are_sealed_in_bulk_too(town: Town) -> None:
    owner = {"name": "A. Janssen", "email": "a.janssen@maastricht.example"}
    importing(town, many(20, case_owner=owner))
    stored = [row[0] for row in town.query("SELECT payload FROM event")]
    assert [text for text in stored if "Janssen" in text or "Smeets" in text] == []
    assert town.scalar("SELECT count(*) FROM private WHERE value = 'A. Janssen'") == 20
    assert town.scalar("SELECT count(*) FROM private WHERE value = 'griffier Smeets'") == 24
    again = importing(town, many(20, case_owner=owner))
    assert len(again.unchanged) == 20


# Dry runs ----------------------------------------------------------------------------------------


@pytest.mark.on_both
def test_a_dry_run_counts_what_would_be_and_needs_no_lock(town: Town) -> None:
    before = town.counts()
    money = {"amount": "1000.00", "every": "P1Y"}
    held = {"on": "2020-08-04", "outcome": "held_over", "until": "2020-08-25"}
    found = lines(
        an_agreement("A"),
        an_agreement("B", "2017-10-12", stage="active", contribution=money),
        an_agreement("C", "2017-10-12", stage="evaluation", source=[{"field": "term.length"}]),
        an_agreement("D", "2015-10-12", stage="ended"),
        an_agreement("E", stage="college_decision", decision=[held]),
        an_agreement("F", stage="signing", term={"length": "P3Y", "start": "unknown"}, decision=[]),
        an_agreement("G", "2019-10-12", stage="active", contribution={"kind": "subsidy"}) | UNDATED,
        an_agreement("H", "2015-10-12"),
    )
    with town.app.writing(), visiting(town.another()) as other:
        result = importing(other, found, dry_run=True)
    assert result.problems == []
    assert result.forecast
    assert result.forecast.counts() == {
        "stages": [
            {"stage": "college_decision", "outcome": None, "agreements": 2},
            {"stage": "signing", "outcome": None, "agreements": 1},
            {"stage": "active", "outcome": None, "agreements": 1},
            {"stage": "evaluation", "outcome": None, "agreements": 2},
            {"stage": "ended", "outcome": "lapsed", "agreements": 2},
        ],
        "later_than_named": 1,  # B; the file of H names no stage
        # B, C, D and H three instalments each; B and C their evaluation; E its decision, and D and
        # H the one before their end.
        "overdue": {
            "agreements": 5,
            "payment": 12,
            "obligation": 0,
            "evaluation": 2,
            "held_over": 1,
            "continuation": 2,
        },
        "missing": {"decision": 1, "signature": 1, "start": 1, "due_date": 1, "payee": 2},
    }
    assert town.counts() == before


UNDATED = {"instalment": [{"number": 1, "amount": "500.00"}]}


def test_a_dry_run_tells_problems_and_still_counts_the_others(town: Town) -> None:
    result = importing(town, lines(an_agreement("A"), {"ref": "B"}), dry_run=True)
    assert {key for _, _, key in problems(result)} == {"title", "office", "term", "party"}
    assert result.forecast
    assert result.forecast.counts()["stages"] == [
        {"stage": "college_decision", "outcome": None, "agreements": 1}
    ]


def test_only_a_dry_run_has_a_forecast(town: Town) -> None:
    assert importing(town, lines(an_agreement("A"))).forecast is None


# Names -------------------------------------------------------------------------------------------


def test_names_that_resemble_each_other_are_warnings_that_stop_nothing(town: Town) -> None:
    town.register(OFFICES, CASE)
    other = an_agreement("B")
    other["party"] += [
        {"key": "a", "name": "Prov. Limburg"},
        {"key": "b", "name": "Gemeente Maastrict"},
        {"key": "c", "name": "Waterschap Limburg"},
        {"key": "d", "name": "waterschap limburg"},
    ]
    result = importing(town, lines(other))
    assert (result.created, result.problems) == (["B"], [])
    assert sorted((ref, str(sentence)) for ref, sentence in result.warnings) == [
        ("B", "“Gemeente Maastrict” is probably the same party as “Gemeente Maastricht”."),
        ("B", "“Prov. Limburg” is probably the same party as “Provincie Limburg”."),
        ("B", "“waterschap limburg” is probably the same party as “Waterschap Limburg”."),
    ]
    assert importing(town, lines(other)).warnings == []


# Bounds ------------------------------------------------------------------------------------------


def _peak(folder: Path, count: int) -> int:
    """Return how many bytes an import of so many agreements takes at most."""
    folder.mkdir()
    with visiting(a_town(f"sqlite:///{folder}/looptijd.db", folder)) as town:
        importing(town.at("2020-09-01 10:00"), many(10))
        drafts = (an_agreement(f"B-{n}", evaluation=[], contribution=None) for n in range(count))
        found = town.file(lines(*drafts), "many.jsonl")
        tracemalloc.start()
        result = import_files(town.app, [found], by="x", history=True)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert (len(result.created), result.problems) == (count, [])
    return peak


def test_the_memory_of_an_import_does_not_grow_with_its_size(tmp_path: Path) -> None:
    assert _peak(tmp_path / "long", 1300) < 1.2 * _peak(tmp_path / "short", 500)


@pytest.mark.on_both
def test_the_reading_is_told_while_agreements_come_in(town: Town) -> None:
    shown: list[int] = []
    content = many(600)
    importing(town, content, advanced=shown.append)
    assert sum(shown) == 2 * (len(content.encode()) + len(OFFICES.encode()))  # read, and taken
    assert len(shown) > 1200


@pytest.mark.parametrize("last", ["A-0000", "a-0000"])
def test_references_differ_by_case_as_well(town: Town, last: str) -> None:
    result = importing(town, many(1) + "\n" + lines(an_agreement(last)))
    assert bool(result.problems) is (last == "A-0000")


def test_offices_may_stand_in_another_file_than_the_agreements_before_them(town: Town) -> None:
    first, second = town.file(CASE), town.file(OFFICES)
    assert import_files(town.app, [first, second], by="x").created == [REF]
