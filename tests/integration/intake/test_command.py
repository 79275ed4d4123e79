"""The command `looptijd import` as an operator meets it: templates, reports and a progress bar."""

import json
import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.acceptance.commands import CASE, Operator, sleeps, until
from tests.acceptance.processes import started, surroundings
from tests.integration.intake.test_history import an_agreement
from workflow.cli.screen import progress

SETTINGS = 'language = "en"\n[municipality]\nname = "Gemeente Maastricht"\n'


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    """Give an operator whose register is made and empty."""
    operator = Operator(folder=tmp_path).configures(SETTINGS)
    operator.does("init")
    return operator


def write(operator: Operator, name: str, text: str) -> Path:
    """Write a file in the operator's folder."""
    path = operator.folder / name
    path.write_text(text, encoding="utf-8")
    return path


# Templates ---------------------------------------------------------------------------------------


def test_both_templates_can_be_imported_as_they_are(operator: Operator) -> None:
    for name in ("csv", "csv-offices"):
        write(operator, f"{name}.csv", operator.does("import", "--template", name))
    assert operator.reads("import", "csv.csv", "csv-offices.csv") == {
        "created": ["SO-2026-0001"],
        "unchanged": [],
        "offices": ["sociaal-domein"],
        "summaries": [],
        "warnings": [],
        "problems": [],
        "forecast": None,
    }
    assert operator.reads("show", "SO-2026-0001")["term"]["last_day"] == "2029-12-31"


def test_what_a_spreadsheet_lacks_is_named_by_its_column(operator: Operator) -> None:
    write(operator, "a.csv", "kenmerk;titel;looptijd\nA;B;\n")
    ran = operator.runs("import", "a.csv")
    assert ran.code == 2
    named = [line.removeprefix("looptijd: ").split(": ")[0] for line in ran.problems]
    assert "a.csv:2: column functie" in "\n".join(ran.problems)
    assert "a.csv:2: column C (looptijd)" in "\n".join(ran.problems), named
    assert "a.csv:2: column partij 1" in "\n".join(ran.problems)
    assert "office:" not in ran.err
    write(operator, "o.csv", "sleutel;houder\nx;y\n")
    assert "o.csv:2: column naam: this key is missing." in operator.runs("import", "o.csv").err


def test_a_template_needs_no_file_no_configuration_and_no_register(tmp_path: Path) -> None:
    nobody = Operator(folder=tmp_path).configures("nonsense = 1\n")
    ran = nobody.runs("import", "--template", "csv-offices")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines()[0] == "sleutel;naam;vervanger;houder;e-mail;vanaf;tot en met"
    assert list(tmp_path.iterdir()) == [tmp_path / "looptijd.toml"]


def test_without_files_or_with_an_unknown_template_the_usage_is_wrong(operator: Operator) -> None:
    assert operator.runs("import").code == 2
    assert operator.runs("import", "--template", "xlsx").code == 2


# Reports -----------------------------------------------------------------------------------------


def test_a_dry_run_prints_a_report_and_no_word_on_standard_error(operator: Operator) -> None:
    found = [
        an_agreement("A", "2015-10-12", stage="ended"),
        an_agreement("B", "2015-10-12", stage="active"),
        an_agreement("C", stage="signing", office="financien"),
    ]
    for number, item in enumerate(found):
        item["party"][0]["name"] = ("Gemeente Maastricht", "Gem. Maastricht", "Provincie")[number]
        item["source"] = [{"field": "looptijd", "status": "assumed"}]
    lines = write(operator, "found.jsonl", "\n".join(map(json.dumps, found)))
    ran = operator.runs("import", lines, CASE, "--history", "--dry-run")
    assert (ran.code, ran.err) == (0, "")
    words = " ".join(ran.out.split())
    for sentence in (
        "Where they would stand today draft 1 signing 1 ended (lapsed without a decision) 2",
        "of these in a later stage than their file names 1",
        "Overdue today instalments that are not paid 6",
        "agreements with something overdue 2",
        "Agreements that lack a fact a decision of the college 1 a signature 1",
        "! A: A source names “looptijd”, which is no key of an agreement.",
        "! B: “Gem. Maastricht” is probably the same party as “Gemeente Maastricht”.",
        "Agreements: 4 registered, 0 unchanged. Offices: 4 entered.",
        "This was a dry run: nothing was written.",
    ):
        assert sentence in words
    assert operator.reads("list") == []


def test_a_dry_run_with_problems_tells_them_and_reports_the_rest(operator: Operator) -> None:
    lines = write(operator, "found.jsonl", '{"ref":"A"}\n{\n')
    ran = operator.runs("import", lines, CASE, "--dry-run")
    assert ran.code == 2
    assert len(ran.problems) == 5
    assert "draft" in ran.out
    assert ran.out.splitlines()[-1] == "Nothing was written; problems: 5."
    document = operator.runs("import", lines, CASE, "--dry-run", "--json").json()
    assert document["forecast"]["stages"] == [{"stage": "draft", "outcome": None, "agreements": 1}]


def test_what_an_import_refuses_is_an_error_in_json_as_well(operator: Operator) -> None:
    lines = write(operator, "found.jsonl", "{\n[]\n")
    ran = operator.runs("import", lines, "--json")
    told = "this line is not a JSON object of at most 1 MB. Write one agreement a line, with the"
    assert (ran.code, ran.err, ran.json()["error"]) == (2, "", "Nothing was written; problems: 2.")
    assert ran.json()["objections"] == [
        f"{lines}:1: {told} keys of the TOML file.",
        f"{lines}:2: {told} keys of the TOML file.",
    ]
    assert "error" not in operator.reads("import", CASE)


def test_of_many_warnings_of_one_kind_the_first_are_told_and_the_others_counted(
    operator: Operator,
) -> None:
    source = [{"field": "looptijd"}]
    found = [an_agreement(f"A-{number}", source=source) for number in range(8)]
    lines = write(operator, "found.jsonl", "\n".join(map(json.dumps, found)))
    ran = operator.runs("import", lines, CASE, "--history")
    assert ran.problems[:5] == [
        f"Warning: A-{number}: A source names “looptijd”, which is no key of an agreement."
        for number in range(5)
    ]
    assert ran.problems[5] == "Warning: 3 more of this kind; --json lists them all."
    again = operator.runs("import", lines, "--history", "--dry-run", "--json").json()
    assert again["unchanged"] == [f"A-{number}" for number in range(8)]


# Progress ----------------------------------------------------------------------------------------


@pytest.fixture
def large(operator: Operator) -> Path:
    """Give a file of over a megabyte with sixty agreements."""
    found = (an_agreement(f"A-{number}", purpose="x" * 19_000) for number in range(60))
    path = write(operator, "large.jsonl", "\n".join(map(json.dumps, found)))
    assert path.stat().st_size > 1_000_000
    return path


def test_a_bar_shows_on_a_terminal_how_far_long_work_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        monkeypatch.setattr("workflow.cli.screen.A_MOMENT", 0.0)
        with progress("Importing", 4) as advanced:
            for _ in range(4):
                time.sleep(0.01)
                advanced(1)
        shown = os.read(ours, 65_536).decode()
        while "100%" not in shown:  # pytest's limit of time ends what never comes
            shown += os.read(ours, 65_536).decode()
    os.close(ours)
    assert shown.count("Importing") >= 4


def test_no_bar_stands_in_a_pipe_nor_for_a_small_file(operator: Operator, large: Path) -> None:
    ran = operator.runs("import", large, CASE, "--history", "--dry-run")
    assert (ran.code, ran.err) == (0, "")
    assert "Importing" not in ran.out
    assert "Importing" not in on_a_terminal(operator, "import", CASE, "--dry-run")[1]


def on_a_terminal(operator: Operator, *arguments: str | Path) -> tuple[str, str]:
    """Run `looptijd` with standard error on a terminal; return what stands on both."""
    ours, theirs = pty.openpty()
    with started(
        "looptijd",
        *arguments,
        cwd=operator.folder,
        env=surroundings(operator.folder),
        stdout=subprocess.PIPE,
        stderr=theirs,
        encoding="utf-8",
    ) as process:
        os.close(theirs)
        shown = bytearray()
        try:
            while some := os.read(ours, 4096):
                shown += some
        except OSError:  # Linux tells so that the other side has closed the terminal
            pass
        assert process.stdout
        out = process.stdout.read()
    os.close(ours)
    assert process.returncode == 0, shown.decode()
    return out, shown.decode()


def test_who_hands_a_file_over_slowly_holds_nobody_up(operator: Operator) -> None:
    with started(
        "looptijd",
        *("import", "-"),
        cwd=operator.folder,
        env=surroundings(operator.folder),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        until(lambda: sleeps(process.pid))
        assert operator.runs("tick").code == 0
        out, _ = process.communicate(CASE.read_text(encoding="utf-8"))
    assert process.returncode == 0
    assert out.startswith("Agreements: 1 registered")


def test_a_wrong_first_day_of_a_holder_is_told_with_its_column(operator: Operator) -> None:
    sheet = "sleutel;naam;houder;e-mail;vanaf\nzorg;Zorg;A. de Wit;a@m.example;1-1-26\n"
    ran = operator.runs("import", write(operator, "f.csv", sheet))
    assert ran.code == 2
    assert any("column E (vanaf): “1-1-26” is not accepted" in line for line in ran.problems)
