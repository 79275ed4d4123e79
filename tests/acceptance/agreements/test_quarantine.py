"""What an operator sees of an agreement that cannot be read, and what can be done about it."""

import sqlite3
from contextlib import closing

import pytest

from tests.acceptance.commands import REF, Operator

DAMAGE = "UPDATE agreement SET stage = 'limbo' WHERE ref = 'LANG-1'"
UNREADABLE = (
    """UPDATE facts SET facts = '{"x": "1"}'"""
    " WHERE agreement_id = (SELECT id FROM agreement WHERE ref = 'LANG-1')"
)
REPAIR = "UPDATE agreement SET stage = 'draft' WHERE ref = 'LANG-1'"


def behind_its_back(operator: Operator, statement: str) -> None:
    """Change the database without the product."""
    with closing(sqlite3.connect(operator.folder / "looptijd.db")) as database, database:
        assert database.execute(statement).rowcount == 1


def test_a_damaged_agreement_is_seen_everywhere_and_released_when_it_is_repaired(
    case_decided: Operator,
) -> None:
    behind_its_back(case_decided, DAMAGE)

    listed = case_decided.reads("list")
    assert [(row["ref"], row["stage"]) for row in listed] == [("LANG-1", "limbo"), (REF, "signing")]
    assert case_decided.reads("list", "--attention")[0]["ref"] == "LANG-1"
    assert "LANG-1" in case_decided.does("list", "--attention")
    (row,) = case_decided.reads("quarantine", "list")
    assert (row["ref"], row["failures"], row["readable"]) == ("LANG-1", 0, False)
    assert "limbo" in row["error"]
    checked = case_decided.runs("doctor", "--json")
    assert checked.code == 1
    (failing,) = [check for check in checked.json()["checks"] if check["name"] == "failing"]
    assert failing["detail"].startswith("LANG-1 cannot be read")

    for command in (("show", "LANG-1"), ("do", "LANG-1"), ("deadlines", "LANG-1")):
        ran = case_decided.runs(*command)
        assert (ran.code, ran.out, len(ran.problems)) == (1, "", 1)
        assert "LANG-1 is registered but cannot be read" in ran.problems[0]
    assert [row["action"] for row in case_decided.reads("history", "LANG-1")] == ["register"]

    behind_its_back(case_decided, REPAIR)
    assert case_decided.does("quarantine", "list") == "Nothing is in quarantine.\n"
    assert case_decided.reads("verify")["ok"]


def test_of_what_cannot_be_read_stage_and_history_are_told_in_words(case_decided: Operator) -> None:
    behind_its_back(case_decided, UNREADABLE)

    (row,) = case_decided.does("--lang", "nl", "list").splitlines()[1:2]
    assert row.split() == ["×", "LANG-1", "–", "concept", "–", "geblokkeerd"]
    told = case_decided.does("--lang", "nl", "history", "LANG-1")
    assert "in het register opgenomen" in told
    assert "· kenmerk: LANG-1" in told
    for form in ((), ("--json",)):
        apart = case_decided.does("--lang", "nl", "quarantine", "list", *form)
        assert "de gegevens passen niet: x: deze sleutel is niet bekend." in " ".join(apart.split())


def test_the_quarantine_is_told_in_dutch_and_refuses_with_the_contracts_exit_codes(
    case_decided: Operator,
) -> None:
    assert case_decided.does("--lang", "nl", "quarantine", "list") == (
        "Er staat niets in quarantaine.\n"
    )
    healthy = case_decided.runs("quarantine", "release", "LANG-1")
    assert (healthy.code, healthy.problems) == (
        3,
        ["looptijd: LANG-1 is not in quarantine; nothing changes."],
    )
    assert case_decided.runs("quarantine", "release", "LANG-9").code == 4
    behind_its_back(case_decided, DAMAGE)
    assert case_decided.does("quarantine", "release", "LANG-1") == (
        "LANG-1 is tried at the next tick.\n"
    )
    ticked = case_decided.runs("tick", "--json")
    assert (ticked.code, ticked.json()["failed"]) == (1, 1)
    assert case_decided.reads("quarantine", "list") == []  # the daily work mended it
    assert case_decided.reads("history", "LANG-1")[-1]["action"] == "reconcile"


def test_what_a_pass_by_hand_mends_fires_and_is_mailed_in_that_same_pass(
    decided_that_day: Operator,
) -> None:
    decided_that_day.does("tick")
    behind_its_back(decided_that_day, "UPDATE agreement SET next_alert_at = NULL")

    later = decided_that_day.at("2017-10-24T08:00:00+02:00")
    ticked = later.reads("tick")
    assert (ticked["fired"], ticked["failed"], ticked["mails"]["accepted"]) == (1, 0, 2)
    assert [row["occurrence"] for row in later.reads("history", REF)[-2:]] == [
        None,  # what was mended
        "unsigned:signatures:2017-09-26:+P4W",
    ]
    assert later.reads("tick")["fired"] == 0


def test_a_payment_list_without_what_cannot_be_read_says_so(case_signed: Operator) -> None:
    behind_its_back(case_signed, UNREADABLE)
    ran = case_signed.runs("export", "--payments")
    assert (ran.code, ran.problems) == (
        1,
        ["looptijd: Not in it, for they cannot be read: LANG-1."],
    )
    assert [row.partition(",")[0] for row in ran.out.splitlines()] == ["ref", REF, REF, REF]


@pytest.mark.parametrize(
    "command", [("export", "--gpp", "gpp"), ("report", "--public", "--output", "site")]
)
def test_what_the_public_is_not_told_because_it_cannot_be_read_is_named(
    case_signed: Operator, command: tuple[str, ...]
) -> None:
    behind_its_back(case_signed, UNREADABLE)
    ran = case_signed.runs(*command)
    assert (ran.code, ran.problems) == (
        1,
        ["looptijd: Not in it, for they cannot be read: LANG-1."],
    )
    assert ": 1." in ran.out
    assert not [*case_signed.folder.glob("*/**/LANG-1*")]


@pytest.mark.parametrize(
    "command, key, named",
    [
        (("export", "--payments"), "ref", 1),
        (("export", "--gpp", "gpp"), "folder", 1),
        (("export", "--sqlite", "register.sqlite"), "file", 1),
        (("report", "--public", "--output", "site"), "agreements", 1),
        (("export", "--payments", "--output", "payments.json"), "error", 0),
    ],
)
def test_what_cannot_be_read_is_named_beside_the_one_document_of_json(
    case_signed: Operator, command: tuple[str, ...], key: str, named: int
) -> None:
    behind_its_back(case_signed, UNREADABLE)
    ran = case_signed.runs(*command, "--json")
    document = ran.json()
    assert key in (document[0] if isinstance(document, list) else document)
    told = [line for line in ran.problems if line.endswith("cannot be read: LANG-1.")]
    assert (ran.code, len(told)) == (1, named)
