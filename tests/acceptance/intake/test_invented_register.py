"""The invented register through the real commands: brought in, asked about, and moved on."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.commands import ROOT, Operator

REGISTER = ROOT / "examples" / "register"
SETTINGS = """
language = "en"
[municipality]
name = "Gemeente Veldrijk"
installation = "acceptance"
"""

# Reference, stage, start and last day on 6 January 2025.
LIST = """
VR-2016-009 ended 2016-09-01 2021-08-31
VR-2019-003 active 2019-07-01 None
VR-2020-006 active 2020-10-01 None
VR-2021-001 active 2021-01-01 2025-12-31
VR-2021-005 continuation_decision 2021-04-06 2025-04-05
VR-2022-002 active 2022-04-01 2026-03-31
VR-2022-004 active 2022-05-19 2027-05-18
VR-2022-007 active 2022-09-01 2026-08-31
VR-2023-004 active 2023-03-01 2026-09-30
VR-2024-003 active 2024-07-01 2028-06-30
VR-2024-008 draft None None
VR-2025-001 draft 2025-01-01 2028-12-31
VR-2025-002 draft None 2026-12-31
VR-2025-003 draft None 2030-12-31
VR-2025-004 draft 2025-08-01 2027-07-31
VR-2025-005 draft None None
VR-2025-006 draft None None
VR-2025-007 draft None None
"""
RENEWED = """
2025-03-28T08:00:00+01:00 notice:term:2025-06-29:-P3M
2025-05-28T08:00:00+02:00 notice:term:2025-06-29:-P1M
2025-06-27T08:00:00+02:00 notice:term:2025-06-29:P0D
2025-11-06T08:00:00+01:00 payment:6:2026-01-01:-P8W
2025-12-04T08:00:00+01:00 payment:6:2026-01-01:-P4W
2025-12-31T08:00:00+01:00 payment:6:2026-01-01:P0D
2026-01-01T00:00:00+01:00 renewal:term:2026-01-01:P0D
"""


@pytest.fixture(scope="module")
def brought_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Bring the whole register in on 6 January 2025, as its README says."""
    folder = tmp_path_factory.mktemp("veldrijk")
    operator = Operator(folder=folder).configures(SETTINGS).at("2025-01-06T10:00:00+01:00")
    operator.does("init")
    new = operator.reads("import", REGISTER / "offices.toml", *sorted(REGISTER.glob("new/*.toml")))
    running = operator.reads("import", "--history", *sorted(REGISTER.glob("running/*.toml")))
    assert (len(new["created"]), len(running["created"])) == (8, 10)
    return folder


@pytest.fixture
def veldrijk(brought_in: Path, tmp_path: Path) -> Operator:
    """Give the register on 6 January 2025, in a folder of its own."""
    shutil.copytree(brought_in, tmp_path, dirs_exist_ok=True)
    return Operator(folder=tmp_path).at("2025-01-06T10:00:00+01:00")


def instalments(operator: Operator, ref: str) -> list[Any]:
    """Return the instalments that `show` lists."""
    listed: list[Any] = operator.reads("show", ref)["instalments"]
    return listed


def test_every_agreement_stands_where_its_facts_put_it(veldrijk: Operator) -> None:
    rows = veldrijk.reads("list")

    assert [
        f"{row['ref']} {row['stage']} {row['starts_on']} {row['last_day']}" for row in rows
    ] == LIST.split("\n")[1:-1]
    assert veldrijk.reads("verify")["problems"] == []


def test_importing_again_changes_nothing(veldrijk: Operator) -> None:
    again = veldrijk.reads("import", "--history", *sorted(REGISTER.glob("running/*.toml")))

    assert (again["created"], len(again["unchanged"]), again["problems"]) == ([], 10, [])


def test_a_simulation_shows_the_notice_dates_and_the_renewal(veldrijk: Operator) -> None:
    rows = veldrijk.reads("simulate", "VR-2021-001", "--until", "2026-01-01")

    assert [f"{row['at']} {row['occurrence']}" for row in rows] == RENEWED.split("\n")[1:-1]
    assert [row["nominal_on"] for row in rows[:3]] == ["2025-06-29"] * 3


def test_why_shows_both_readings_of_the_notice_period(veldrijk: Operator) -> None:
    shown = veldrijk.does("why", "VR-2021-001", "notice", "--all")

    assert "29 June 2025" in shown
    assert "30 June 2025" in shown


def test_an_option_year_is_decided_with_extend(veldrijk: Operator) -> None:
    then = veldrijk.at("2025-01-20T10:00:00+01:00")
    pays_on = ("outcome=extend", "length=P1Y", "contribution=yes")

    assert then.runs("do", "VR-2021-005", "decide", *pays_on[:2]).code == 2
    then.does("do", "VR-2021-005", "decide", *pays_on)

    shown = then.reads("show", "VR-2021-005")
    assert (shown["stage"], shown["term"]["last_day"]) == ("active", "2026-04-05")
    assert [row["due_on"] for row in shown["evaluations"]] == ["2024-10-05", "2025-10-05"]
    assert shown["instalments"][-1]["due_on"] == "2025-04-06"


def test_a_successor_is_linked_both_ways_and_missed_when_its_predecessor_ends(
    veldrijk: Operator,
) -> None:
    then = veldrijk.at("2025-01-20T10:00:00+01:00")
    then.does("do", "VR-2021-005", "decide", "outcome=continue", "successor=VR-2025-040")

    successor = then.reads("show", "VR-2025-040")
    assert then.reads("show", "VR-2021-005")["successor"] == "VR-2025-040"
    assert (successor["stage"], successor["predecessor"]) == ("draft", "VR-2021-005")
    assert [party["signed_on"] for party in successor["parties"]] == [None, None]

    later = veldrijk.at("2025-04-07T10:00:00+02:00")
    later.does("clock", "confirm")
    later.does("tick")
    attention = {row["ref"]: row["attention"] for row in later.reads("list", "--attention")}
    assert "VR-2021-005" in attention or "VR-2025-040" in attention
    assert later.reads("show", "VR-2021-005")["outcome"] == "continued"


def test_a_suspension_that_moves_the_end_leaves_it_unknown_until_the_resumption(
    veldrijk: Operator,
) -> None:
    ref = "VR-2023-004"
    first, last = (veldrijk.at(f"2025-01-{day}T10:00:00+01:00") for day in ("07", "27"))

    assert first.runs("do", ref, "suspend").code == 2
    first.does("do", ref, "suspend", "moves_end=yes")
    assert first.reads("show", ref)["term"]["last_day"] is None
    assert first.runs("do", ref, "suspend", "moves_end=yes").code == 3

    last.does("do", ref, "resume")
    # Twenty days, 7 up to 27 January, after 30 September 2026.
    assert last.reads("show", ref)["term"]["last_day"] == "2026-10-20"


def test_a_disputed_length_gives_a_last_day_once_it_is_confirmed(veldrijk: Operator) -> None:
    before = veldrijk.reads("show", "VR-2020-006")["term"]
    assert before["last_day"] is None
    assert "disputed" in before["unknown_because"]

    veldrijk.does("do", "VR-2020-006", "amend", "term.length=P10Y", "--reason", "notulen gevonden")

    assert veldrijk.reads("show", "VR-2020-006")["term"]["last_day"] == "2030-09-30"


def test_the_figure_of_an_indexation_is_planned_to_be_asked_and_then_applies_for_a_year(
    veldrijk: Operator,
) -> None:
    ref = "VR-2024-003"
    planned = {row["occurrence"]: row["alert_at"] for row in veldrijk.reads("deadlines", ref)}
    asked = "missing_fact:instalment.5.amount:2025-03-11:P0D"
    assert planned[asked] == "2025-03-11T08:00:00+01:00"

    figure = "instalment.5.amount=32187.50"
    veldrijk.does("do", ref, "amend", figure, "--reason", "indexcijfer bekend")

    amounts = [row["amount"] for row in instalments(veldrijk, ref)]
    assert amounts == ["31250.00"] * 4 + ["32187.50"] * 4 + [None] * 8
    left = [row["occurrence"] for row in veldrijk.reads("deadlines", ref)]
    assert asked not in left


def test_an_early_termination_needs_its_reason_and_drops_later_instalments(
    veldrijk: Operator,
) -> None:
    ref = "VR-2022-007"
    assert veldrijk.runs("do", ref, "terminate", "ends_on=2025-12-31").code == 2

    veldrijk.does("do", ref, "terminate", "ends_on=2025-12-31", "--reason", "eigen team")

    assert veldrijk.reads("show", ref)["term"]["last_day"] == "2025-12-31"
    assert [row["status"] for row in instalments(veldrijk, ref)[5:]] == [
        "expected",
        "expected",
        "superseded",
    ]


def test_a_draft_is_walked_from_the_overleg_to_its_first_day(veldrijk: Operator) -> None:
    ref = "VR-2025-003"
    then = veldrijk.at("2025-01-30T10:00:00+01:00")
    then.does("do", ref, "skip_overleg", "--reason", "besproken in het portefeuilleoverleg")
    then.does("do", ref, "decide", "outcome=as_proposed", "on=2025-01-14", "label=Conform")
    for party, day in (("veldrijk", "21"), ("oudemeer", "23"), ("de-horst", "28")):
        then.does("do", ref, "sign", f"party={party}", f"on=2025-01-{day}", "signatory=bestuurder")

    shown = then.reads("show", ref)
    assert (shown["stage"], shown["term"]["starts_on"]) == ("active", "2025-01-28")
    assert [row["due_on"] for row in shown["instalments"]] == ["2025-01-28"]
    assert then.reads("verify")["problems"] == []


def test_the_readme_names_every_file_of_the_register() -> None:
    readme = (REGISTER / "README.md").read_text(encoding="utf-8")

    files = sorted(path.relative_to(REGISTER) for path in REGISTER.glob("*/*.toml"))
    assert len(files) == 18
    assert [str(file) for file in files if f"`{file.as_posix()}`" not in readme] == []
    assert all(
        path.read_text(encoding="utf-8").startswith("# Covers: ")
        for path in REGISTER.glob("*/*.toml")
    )


def test_a_simulation_says_when_a_mail_leaves_that_is_not_sent_at_once(veldrijk: Operator) -> None:
    shown = veldrijk.does("simulate", "VR-2021-001", "--until", "2026-01-06")

    renewed = shown[shown.index("Thursday 1 January 2026 00:00") :].splitlines()[1]
    assert renewed.startswith("    ✉ Monday 5 January 2026 08:00  ")


def test_a_mail_that_tells_of_two_things_is_told_as_one(veldrijk: Operator) -> None:
    shown = veldrijk.does("simulate", "VR-2021-001", "--until", "2026-01-06")

    late = shown[shown.index("instalment 6, 1 day after") :].splitlines()[1:3]
    assert [line.endswith(" (the same mail)") for line in late] == [False, True]
    assert shown.count("(the same mail)") == 1
