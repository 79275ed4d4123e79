"""The look before signing on the real case: what it names, where, and the answer that stays."""

from pathlib import Path

import pytest

from tests.acceptance.commands import CASE, REF, Operator

KNOWN = ["term.start", "contribution.payee", "contribution.budgeted_through"]
PAYEE = [
    "It is not written who is paid.",
    "The first reminder to pay cannot say it, and the payment waits.",
    "Write to whom the money is paid.",
]


def test_the_real_case_has_its_known_gaps_and_no_others(registered: Operator) -> None:
    ran = registered.runs("check", REF, "--json")

    assert ran.code == 1
    assert [(row["field"], row["answered"]) for row in ran.json()] == [
        (field, None) for field in KNOWN
    ]


@pytest.mark.parametrize("command", ["show", "do", "check"])
def test_each_gap_is_told_with_why_and_what_to_write(registered: Operator, command: str) -> None:
    said = registered.runs(command, REF).out

    positions = [said.find(part) for part in PAYEE]
    assert positions == sorted(positions)
    assert positions[0] > 0
    assert all(field in said for field in KNOWN)


def test_why_a_draft_has_no_dates_stands_once_on_the_screen(registered: Operator) -> None:
    said = " ".join(registered.runs("show", REF).out.split())

    assert said.count("the agreement has not been signed by: Gemeente Maastricht") == 1
    assert "instalment 3: unknown, as the term is." in said
    assert "? the signatures: unknown, because the college has not decided yet." in said


def test_instalments_without_a_day_go_through_no_day(case_registered: Operator) -> None:
    monthly = Path(CASE).read_text("utf-8").replace('every = "P1Y"', 'every = "P1M"')
    file = case_registered.folder / "monthly.toml"
    file.write_text(monthly.replace(REF, "SO-2017-0043"), encoding="utf-8")
    case_registered.does("import", "monthly.toml")

    assert "\n    and 31 more\n" in case_registered.does("show", "SO-2017-0043")


def test_an_answer_stays_and_nothing_blocks(case_registered: Operator) -> None:
    for field in KNOWN:
        case_registered.does("do", REF, "note", f"field={field}", f"text=Akkoord over {field}.")

    ran = case_registered.runs("check", REF, "--json")
    assert ran.code == 0
    assert [row["answered"] for row in ran.json()] == [f"Akkoord over {f}." for f in KNOWN]
    assert "It is not written who is paid." not in case_registered.does("show", REF)


def test_a_decision_is_taken_whatever_is_open(case_registered: Operator) -> None:
    case_registered.does("do", REF, "skip_overleg", "--reason", "spoed")
    case_registered.does("do", REF, "decide", "outcome=as_proposed", "on=2017-09-26")

    assert case_registered.reads("show", REF)["stage"] == "signing"


def test_nothing_is_asked_of_what_will_not_be_signed(case_registered: Operator) -> None:
    case_registered.does("do", REF, "withdraw")

    ran = case_registered.runs("check", REF)
    assert (ran.code, ran.out.strip()) == (
        0,
        f"{REF}: withdrawn. There is nothing to sign any more.",
    )
    assert case_registered.reads("check", REF) == []


def test_what_nobody_has_to_pay_yet_is_not_late(case_registered: Operator) -> None:
    """A draft whose first day is over: the list, the report and the worklist call nothing late."""
    begun = ("term.start=2015-01-01",)
    case_registered.does("do", REF, "amend", *begun, "--reason", "vaste ingangsdatum")
    instalments = case_registered.reads("show", REF)["instalments"]
    assert (instalments[0]["due_on"], instalments[0]["state"]) == ("2015-01-01", "not_asked")
    assert "2015-01-01 late" not in case_registered.does("show", REF)
    assert "2014-11-06" not in case_registered.does("show", REF)
    why = case_registered.does("why", REF, "payment")
    assert "instalment 1: Thursday 1 January 2015 (not in force yet)" in why
    assert "next alert: Thursday 6 November 2014" not in why


def test_no_alert_of_a_draft_is_told_as_one_that_will_leave(case_registered: Operator) -> None:
    begun = ("term.start=2015-01-01",)
    case_registered.does("do", REF, "amend", *begun, "--reason", "vaste ingangsdatum")

    def told(about: str, *command: str) -> list[str]:
        rows = [" ".join(row.split()) for row in case_registered.does(*command).splitlines()]
        return [row for row in rows if about in row]

    assert told("instalment 1 2015", "show", REF) == ["instalment 1 2015-01-01 not in force yet"]
    late = "instalment 1 2015-01-01 1 day after"
    [first] = told(late, "deadlines", REF)
    assert first.endswith(f"{late} planned, but not in force yet")
    [first] = told(late, "deadlines")
    assert first.endswith(f"{late} (not in force yet)")
    assert told("instalment 1:", "why", REF, "payment") == [
        "instalment 1: Thursday 1 January 2015 (not in force yet)"
    ]
    assert told("next alert", "why", REF, "payment") == []


def test_what_the_college_decided_stands_in_show(case_decided: Operator) -> None:
    lines = [" ".join(line.split()) for line in case_decided.does("show", REF).splitlines()]
    assert [line for line in lines if line.startswith("college")] == [
        "college Conform, 26 September 2017"
    ]
