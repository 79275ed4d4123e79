"""Every document of `--json` has the keys that docs/reference/interface.md names."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.commands import CASE, LOGIN, REF, Operator
from tests.acceptance.conftest import monthly
from tests.acceptance.documents import (
    ACTION,
    DEADLINE,
    DOCTOR,
    DOSSIER,
    ERROR,
    EVENT,
    EXPLAINED,
    FORESEEN,
    GAP,
    IMPORTED,
    LINE,
    MAIL,
    OFFICE,
    PASS,
    POLICY,
    PROOF,
    TIMELINE,
    WHOLE_MAIL,
    WORK,
    Shape,
    faults,
)

UNSIGNED = (
    "the agreement has not been signed by: Gemeente Maastricht, Provincie Limburg,"
    " Waterschap Limburg, Gemeente Beesel, Coöperatie Verbindend Leiden"
)


def rows(document: Any, shape: Shape) -> list[Any]:
    """Return the rows of a document, of which there must be some, each of the shape."""
    assert isinstance(document, list)
    assert document
    assert [found for row in document if (found := faults(row, shape))] == []
    return document


def test_an_agreement_without_signatures_tells_of_each_date_why_it_is_unknown(
    registered: Operator,
) -> None:
    shown = registered.reads("show", REF)
    assert faults(shown, DOSSIER) == {}
    assert shown["stage"] == "draft"
    assert shown["version"] == 1
    assert shown["term"]["length"] == "P3Y"
    assert shown["term"]["starts_on"] is None
    assert shown["term"]["last_day"] is None
    assert shown["term"]["unknown_because"] == UNSIGNED
    assert [(i["number"], i["amount"], i["due_on"]) for i in shown["instalments"]] == [
        (1, "1000.00", None),
        (2, "1000.00", None),
        (3, "1000.00", None),
    ]
    assert [(e["key"], e["final"], e["due_on"]) for e in shown["evaluations"]] == [
        ("final", True, None)
    ]
    unknown = rows(registered.reads("deadlines", REF), DEADLINE)
    assert [(row["rule"], row["about"]) for row in unknown if row["rule"] == "payment"] == [
        ("payment", "1"),
        ("payment", "2"),
        ("payment", "3"),
    ]
    assert {row["rule"]: row["unknown_because"] for row in unknown} == {
        "activation": UNSIGNED,
        "continuation": UNSIGNED,
        "evaluation": UNSIGNED,
        "expiry": UNSIGNED,
        "payment": UNSIGNED,
        "unsigned": "the college has not decided yet",
    }
    assert {
        (row["status"], row["occurrence"], row["step"], row["alert_at"], row["nominal_on"])
        for row in unknown
    } == {("unknown", None, None, None, None)}


def test_today_timeline_and_check_have_the_keys_of_the_page(signed: Operator) -> None:
    work = rows(signed.reads("today"), WORK)
    assert {(row["ref"], row["state"]) for row in work} == {(REF, "late")}
    assert [row["command"] for row in work if row["rule"] == "payment"] == [
        f"looptijd do {REF} pay instalment=1",
        f"looptijd do {REF} pay instalment=2",
        f"looptijd do {REF} pay instalment=3",
    ]
    assert [row["amount"] for row in work if row["rule"] == "continuation"] == [None]
    assert faults(signed.reads("timeline", REF), TIMELINE) == {}
    assert rows(signed.reads("timeline", "--office", "grondzaken"), TIMELINE)


def test_what_is_open_before_the_signing_has_the_keys_of_the_page(
    case_registered: Operator,
) -> None:
    case_registered.does("do", REF, "amend", "term.start=unknown", "--reason", "niet bekend")
    rows(case_registered.reads_whatever_the_code("check", REF), GAP)


def test_list_and_show_have_the_contracts_keys(signed: Operator) -> None:
    listed = {row["ref"]: row for row in rows(signed.reads("list"), LINE)}
    long = listed["LANG-1"]
    assert long == long | {
        "title": "Erfpacht tot 2077",
        "stage": "active",
        "outcome": None,
        "office": "grondzaken",
        "starts_on": "2017-10-12",
        "last_day": "2077-10-11",
        "next_on": "2076-05-15",
        "next_rule": "payment",
        "attention": [],
    }
    assert listed[REF]["stage"] == "ended"
    assert listed[REF]["outcome"] == "lapsed"
    asking = rows(signed.reads("list", "--attention"), LINE)
    assert [row["ref"] for row in asking] == [REF]
    active = signed.reads("list", "--stage", "active", "--office", "grondzaken")
    assert [row["ref"] for row in active] == ["LANG-1"]
    shown = signed.reads("show", "LANG-1")
    assert faults(shown, DOSSIER) == {}
    assert shown["term"] == shown["term"] | {
        "length": "P60Y",
        "starts_on": "2017-10-12",
        "last_day": "2077-10-11",
        "unknown_because": None,
    }
    assert [(i["amount"], i["currency"], i["fiscal_year"]) for i in shown["instalments"]] == [
        ("250.50", "EUR", 2076),
        ("250.50", "EUR", 2077),
    ]
    assert [i["payee"] for i in shown["instalments"]] == ["Gemeente Beesel", "Grondbedrijf"]
    assert [e["due_on"] for e in shown["evaluations"]] == ["2077-07-11"]
    assert [p["signed_on"] for p in shown["parties"]] == ["2017-10-01"]


def test_deadlines_and_why_are_the_same_rows_in_order_of_their_alerts(
    signed: Operator,
) -> None:
    coming = rows(signed.reads("deadlines", "--until", "2077-07-12"), DEADLINE)
    of_long = [row for row in coming if row["ref"] == "LANG-1"]
    assert [(row["occurrence"], row["alert_at"]) for row in of_long] == [
        ("payment:1:2076-07-11:-P8W", "2076-05-15T08:00:00+02:00"),
        ("payment:1:2076-07-11:-P4W", "2076-06-12T08:00:00+02:00"),
        ("payment:1:2076-07-11:P0D", "2076-07-10T08:00:00+02:00"),
        ("payment:1:2076-07-11:+P1D", "2076-07-13T08:00:00+02:00"),
        ("payment:1:2076-07-11:+P1W", "2076-07-20T08:00:00+02:00"),
        ("payment:1:2076-07-11:+P2W", "2076-07-27T08:00:00+02:00"),
        ("evaluation:final:2077-07-11:-P3M", "2077-04-08T08:00:00+02:00"),
        ("payment:2:2077-07-12:-P8W", "2077-05-17T08:00:00+02:00"),
        ("evaluation:final:2077-07-11:-P1M", "2077-06-11T08:00:00+02:00"),
        ("payment:2:2077-07-12:-P4W", "2077-06-14T08:00:00+02:00"),
        ("evaluation:final:2077-07-11:P0D", "2077-07-09T08:00:00+02:00"),
        ("payment:2:2077-07-12:P0D", "2077-07-12T08:00:00+02:00"),
    ]
    assert {row["status"] for row in coming} == {"planned"}
    explained = rows(signed.reads("why", "LANG-1", "evaluation"), EXPLAINED)
    first = explained[2]
    assert first == first | {
        "rule": "evaluation",
        "occurrence": "evaluation:final:2077-07-11:P0D",
        "step": "P0D",
        "nominal_on": "2077-07-11",
        "alert_at": "2077-07-09T08:00:00+02:00",
        "status": "planned",
        "fired_at": None,
        "unknown_because": None,
        "moves_to": "evaluation",
        "office": "grondzaken",
    }
    assert "Sunday 11 July 2077" in " ".join(first["explanation"])
    every = signed.reads("deadlines", "LANG-1")
    receipts = [row.pop("receipt") for row in explained]
    assert [row for row in every if row["rule"] == "evaluation"] == explained
    counted = receipts[2]["arithmetic"][-1]
    assert counted == {
        "rule": "R2",
        "from": "2077-10-11",
        "period": "P3M",
        "days": -92,
        "to": "2077-07-11",
    }
    assert [move["day"] for move in receipts[2]["alert"]["moved"]] == ["2077-07-11", "2077-07-10"]
    assert receipts[2]["alert"]["at"] == "2077-07-09T08:00:00+02:00"
    facts = {fact["field"]: fact["value"] for fact in receipts[2]["facts"]}
    assert facts["evaluation.final.before_end"] == "P3M"
    ended = rows(signed.reads("deadlines", REF), DEADLINE)
    assert {row["status"] for row in ended} >= {"fired", "superseded", "planned"}
    assert [row["alert_at"] for row in ended] == sorted(row["alert_at"] for row in ended)
    assert {row["rule"]: row["moves_to"] for row in ended if row["moves_to"]} == {
        "activation": "active",
        "evaluation": "evaluation",
        "expiry": "ended",
    }


def test_history_tells_each_event_once_and_each_occurrence_once(signed: Operator) -> None:
    events = rows(signed.reads("history", REF), EVENT)
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    decided = events[3]
    assert decided == decided | {
        "actor": LOGIN,
        "action": "decide",
        "on": "2017-09-26",
        "from": "college_decision",
        "to": "signing",
        "occurrence": None,
        "superseded": [],
        "nominal_on": None,
        "late_by": 0,
    }
    assert {"field": "decision.1.label", "old": None, "new": "Conform"} in decided["changes"]
    activated = next(e for e in events if e["occurrence"] == "activation:term:2017-10-12:P0D")
    assert (activated["actor"], activated["from"], activated["to"]) == (
        "looptijd",
        "signing",
        "active",
    )
    names = [e["occurrence"] for e in events if e["occurrence"]]
    names += [name for e in events for name in e["superseded"]]
    assert len(names) == len(set(names))
    assert len({event["hash"] for event in events}) == len(events)


def test_show_counts_a_refund_apart_from_what_was_paid(case_signed: Operator) -> None:
    case_signed.does("do", "LANG-1", "amend", "instalment.2.refund=true", "--reason", "typefout")
    case_signed.does("do", "LANG-1", "pay", "instalment=1,2", "on=2017-11-01")
    shown = case_signed.does("show", "LANG-1")
    assert "✓ 1 paid: € 250.50\n" in shown
    assert "✓ 1 paid (refund): € 250.50\n" in shown


def test_show_counts_what_another_party_paid_apart_from_what_we_paid(
    case_signed: Operator,
) -> None:
    other = ("party.beesel.name=Gemeente Beesel", "instalment.2.payer=beesel")
    case_signed.does("do", "LANG-1", "amend", *other, "--reason", "forgotten")
    case_signed.does("do", "LANG-1", "pay", "instalment=1-2", "on=2017-11-01")
    shown = case_signed.does("show", "LANG-1")
    assert "✓ 1 paid: € 250.50\n" in shown
    assert "✓ 1 paid (payer: Gemeente Beesel): € 250.50\n" in shown


def test_show_lists_what_is_late_before_what_has_a_lower_number(case_signed: Operator) -> None:
    late = ("instalment.3.amount=9.00", "instalment.3.due_on=2017-11-01")
    case_signed.does("do", "LANG-1", "amend", *late, "--reason", "forgotten")
    shown = case_signed.does("show", "LANG-1").splitlines()
    assert [line[:12].rstrip() for line in shown if line.endswith(("Grondbedrijf", "Beesel"))] == [
        "! 3       20",
        "  1       20",
        "  2       20",
    ]


def test_show_does_not_count_what_lapsed_of_an_agreement_that_had_no_end(
    case_signed: Operator,
) -> None:
    (case_signed.folder / "open.toml").write_text(monthly("OPEN-1", "sociaal-domein", 2017))
    case_signed.does("import", "--history", "open.toml")
    case_signed.does("do", "OPEN-1", "terminate", "ends_on=2017-12-31", "--reason", "klaar")
    shown = case_signed.does("show", "OPEN-1")
    assert "Instalments\n  number" in shown
    assert "dropped" not in shown


def test_show_says_who_signed_and_that_an_agreement_is_not_public(case_signed: Operator) -> None:
    amended = ("public=false", "party.maastricht.signatory=wethouder Gerats")
    case_signed.does("do", "LANG-1", "amend", *amended, "--reason", "forgotten")
    shown = case_signed.does("show", "LANG-1")
    assert re.search(r"^ *public +no: the agreement is not public$", shown, re.MULTILINE)
    assert re.search(
        r"✓ Gemeente Maastricht .* signed on .* 2017, wethouder Gerats$", shown, re.MULTILINE
    )


def test_show_puts_evaluations_under_each_other(case_signed: Operator) -> None:
    halfway = "evaluation.halfway.on=2021-03-01"
    case_signed.does("do", "LANG-1", "amend", halfway, "--reason", "forgotten")
    case_signed.does("do", "LANG-1", "conclude", "evaluation=halfway", "on=2017-11-01")
    _, _, printed = case_signed.does("show", "LANG-1").partition("Evaluations\n")
    assert printed.splitlines()[:2] == [
        "  final evaluation (final)      2077-07-11  not held yet",
        "  interim evaluation (halfway)  2021-03-01  held on 1 November 2017",
    ]


def test_do_prints_what_can_be_done_or_the_new_rows_of_history(case_signed: Operator) -> None:
    actions = {row["name"]: row for row in rows(case_signed.reads("do", "LANG-1"), ACTION)}
    assert actions["pay"]["ready"]
    assert actions["pay"]["objections"] == []
    assert not actions["start_decision"]["ready"]
    assert actions["start_decision"]["objections"] != []
    paid = case_signed.reads(
        *("do", "LANG-1", "pay", "instalment=1", "on=2017-11-01", "reference=F-1", "amount=99.00"),
        *("--by", "team financiën", "--reason", "vooruit betaald"),
    )
    (row,) = rows(paid, EVENT)
    actor = f"{LOGIN} (--by team financiën)"
    assert (row["action"], row["actor"], row["on"]) == ("pay", actor, "2017-11-01")
    assert row["reason"] == "vooruit betaald"
    assert sorted(row["superseded"]) == [
        "payment:1:2076-07-11:+P1D",
        "payment:1:2076-07-11:+P1W",
        "payment:1:2076-07-11:+P2W",
        "payment:1:2076-07-11:-P4W",
        "payment:1:2076-07-11:-P8W",
        "payment:1:2076-07-11:P0D",
    ]
    (waived,) = case_signed.reads("do", "LANG-1", "waive", "instalment=2", "--reason", "akkoord")
    assert "payment:2:2077-07-12:P0D" in waived["superseded"]
    shown = case_signed.reads("show", "LANG-1")
    assert [(i["status"], i["paid_on"], i["reference"]) for i in shown["instalments"]] == [
        ("paid", "2017-11-01", "F-1"),
        ("waived", None, None),
    ]
    assert any("99.00" in warning for warning in shown["warnings"])
    statuses = {row["status"] for row in shown["deadlines"] if row["rule"] == "payment"}
    assert statuses == {"superseded", "waived"}


def test_mail_is_a_row_that_can_be_listed_shown_cancelled_resent_and_tried_again(
    case_decided: Operator,
) -> None:
    queued = rows(case_decided.reads("mail", "list"), MAIL)
    assert {row["status"] for row in queued} == {"queued"}
    assert {(row["to"], row["subject"], row["attempts"]) for row in queued} == {(None, None, 0)}
    last = queued[-1]["id"]
    assert f"looptijd mail preview unsigned {REF}\n" in case_decided.does("mail", "show", last)
    cancelled = case_decided.reads("mail", "cancel", last)
    assert faults(cancelled, MAIL) == {}
    assert (cancelled["id"], cancelled["status"]) == (last, "cancelled")
    shown = case_decided.does("mail", "show", last)
    assert re.search(r"reason +cancelled by an operator", shown)
    assert "last error" not in shown
    retried = case_decided.reads("mail", "retry", queued[0]["id"])
    assert faults(retried, MAIL) == {}
    assert (retried["id"], retried["status"]) == (queued[0]["id"], "queued")
    assert retried["message_id"] == queued[0]["message_id"]
    passed = case_decided.reads("tick")
    assert faults(passed, PASS) == {}
    assert (passed["fired"], passed["superseded"], passed["failed"]) == (0, 0, 0)
    assert passed["mails"]["accepted"] > 0
    accepted = rows(case_decided.reads("mail", "list", REF, "--status", "accepted"), MAIL)
    assert {row["ref"] for row in accepted} == {REF}
    assert all(row["to"].endswith("@maastricht.example") for row in accepted)
    assert all(row["accepted_at"] for row in accepted)
    shown = case_decided.reads("mail", "show", accepted[0]["id"])
    assert faults(shown, WHOLE_MAIL) == {}
    assert shown["headers"]["Auto-Submitted"] == "auto-generated"
    assert shown["headers"]["Subject"] == shown["subject"]
    assert ("Verbindend Leiden" in shown["text"], "\r" in shown["text"]) == (True, False)
    assert "<html" in shown["html"]
    again = case_decided.reads("mail", "resend", accepted[0]["id"])
    assert faults(again, MAIL) == {}
    assert again["id"] != accepted[0]["id"]
    assert again["message_id"] != accepted[0]["message_id"]


def test_a_test_mail_is_a_row_too(case_registered: Operator) -> None:
    row = case_registered.reads("mail", "test", "beheer@maastricht.example")
    assert row["id"] == "0"  # a test is not kept in the outbox
    assert faults(row | {"id": "1"}, MAIL) == {}
    assert (row["to"], row["status"]) == ("beheer@maastricht.example", "accepted")
    assert len(list((case_registered.folder / "mail").glob("*.eml"))) == 1


def test_of_a_mail_to_the_operator_only_what_it_has_is_shown(operator: Operator) -> None:
    operator.configures('language = "en"\n[mail]\noperator = "beheer@maastricht.example"\n')
    operator.does("init")
    operator.does("tick")
    later = operator.at("2090-01-03T10:00:00+01:00")
    assert later.runs("tick").code == 1
    (incident,) = rows(later.reads("mail", "list"), MAIL)
    shown = later.does("mail", "show", incident["id"]).partition("\n\n")[0]
    assert [line.strip().split("  ")[0] for line in shown.splitlines()] == [
        *("number", "about", "sent to", "to", "subject", "status", "attempts", "made"),
        *("accepted at", "the relay's answer", "Message-ID"),
    ]


def test_offices_tell_who_holds_them_today(registered: Operator) -> None:
    offices = {row["key"]: row for row in rows(registered.reads("office", "list"), OFFICE)}
    assert sorted(offices) == [
        "bestuurssecretariaat",
        "financien",
        "gemeentesecretaris",
        "grondzaken",
        "sociaal-domein",
    ]
    assert offices["sociaal-domein"] == offices["sociaal-domein"] | {
        "name": "Portefeuille Sociaal Domein",
        "holder": "opvolger van wethouder Gerats",
        "email": "secretariaat.sociaal@maastricht.example",
        "resolves_through": "sociaal-domein",
        "agreements": 1,
    }


def test_import_tells_what_is_new_what_is_known_and_what_is_wrong(
    case_registered: Operator, tmp_path: Path
) -> None:
    known = case_registered.reads("import", CASE)
    assert faults(known, IMPORTED) == {}
    assert (known["created"], known["unchanged"], known["problems"]) == ([], [REF], [])
    other = tmp_path / "other.toml"
    other.write_text(CASE.read_text(encoding="utf-8").replace(REF, "SO-2"), encoding="utf-8")
    dry = case_registered.reads("import", other, "--dry-run")
    assert (dry["created"], dry["problems"]) == (["SO-2"], [])
    assert case_registered.reads("import", other)["created"] == ["SO-2"]


def test_simulate_tells_what_will_happen_and_changes_nothing(case_signed: Operator) -> None:
    found = rows(case_signed.reads("simulate", "LANG-1", "--until", "2076-06-12"), FORESEEN)
    assert [(row["at"], row["occurrence"], row["caught_up"]) for row in found] == [
        ("2076-05-15T08:00:00+02:00", "payment:1:2076-07-11:-P8W", False),
        ("2076-06-12T08:00:00+02:00", "payment:1:2076-07-11:-P4W", False),
    ]
    assert [mail["to"] for row in found for mail in row["mails"]] == [
        "wethouder@maastricht.example",
        "wethouder@maastricht.example",
    ]
    assert case_signed.reads("list", "--stage", "active")[0]["next_on"] == "2076-05-15"
    assert not (case_signed.folder / "mail").exists()


def test_doctor_and_verify_say_that_all_is_well(case_signed: Operator) -> None:
    case_signed.does("tick")
    checked = case_signed.reads("doctor")
    assert faults(checked, DOCTOR) == {}
    assert checked["ok"]
    proof = case_signed.reads("verify")
    assert faults(proof, PROOF) == {}
    assert proof == proof | {"ok": True, "agreements": 2, "problems": []}


def test_a_policy_is_in_force_only_when_it_is_adopted(case_signed: Operator) -> None:
    settings = (case_signed.folder / "looptijd.toml").read_text(encoding="utf-8")
    case_signed.configures(
        f'{settings}\n[calendar]\nalert_time = "09:30"\n'
        '[alerts]\nevaluation_before = ["P6M", "P3M"]\n'
    )
    planned = case_signed.reads("why", "LANG-1", "evaluation")
    assert [row["step"] for row in planned] == ["-P3M", "-P1M", "P0D", "+P2W", "+P4W", "+P6W"]
    assert planned[0]["alert_at"] == "2077-04-08T08:00:00+02:00"
    difference = case_signed.reads("policy", "diff")
    lists = {key for key in POLICY if key != "moments"}
    assert {key: type(difference[key]) for key in lists} == dict.fromkeys(lists, list)
    assert difference["moments"].keys() == {*difference["moved"]}
    assert difference["moments"]["LANG-1 evaluation:final:2077-07-11:-P3M"] == [
        "2077-04-08T08:00:00+02:00",
        "2077-04-08T09:30:00+02:00",
    ]
    assert difference["settings"] == [
        {"key": "calendar.alert_time", "old": "08:00", "new": "09:30"},
        {"key": "alerts.evaluation_before", "old": ["P3M", "P1M"], "new": ["P6M", "P3M"]},
    ]
    assert [name for name in difference["new"] if "LANG-1" in name] == [
        "LANG-1 evaluation:final:2077-07-11:-P6M"
    ]
    assert [name for name in difference["gone"] if "LANG-1" in name] == [
        "LANG-1 evaluation:final:2077-07-11:-P1M"
    ]
    assert "LANG-1 evaluation:final:2077-07-11:-P3M" in difference["moved"]
    assert case_signed.reads("why", "LANG-1", "evaluation") == planned
    assert case_signed.reads("policy", "adopt") == difference
    adopted = case_signed.reads("why", "LANG-1", "evaluation")
    assert [row["step"] for row in adopted] == ["-P6M", "-P3M", "P0D", "+P2W", "+P4W", "+P6W"]
    assert adopted[1]["alert_at"] == "2077-04-08T09:30:00+02:00"
    assert case_signed.reads("policy", "diff") == {
        "settings": [],
        "new": [],
        "moved": [],
        "gone": [],
        "suppressed": [],
        "moments": {},
    }


def test_a_preview_is_a_mail_with_its_subject_and_both_bodies(signed: Operator) -> None:
    mail = signed.reads("mail", "preview", "payment")
    assert [*mail] == ["subject", "text", "html"]
    assert mail["subject"] == "Verbindend Leiden: pay instalment 1 today, 12 Oct (SO-2017-0042)"
    assert mail["text"].startswith("Pay instalment 1 of 3\n=====================\n")
    assert mail["html"].startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(
    "arguments,code",
    [
        (("show", "SO-2017-0043"), 4),
        (("do", REF, "sign", "party=utrecht"), 3),
        (("do", REF, "withdraw", "kleur=rood"), 2),
        (("list", "--stage", "klaar"), 2),
        (("lijst",), 2),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else None,
)
def test_an_error_is_a_document_on_standard_output_with_the_same_code(
    registered: Operator, arguments: tuple[str, ...], code: int
) -> None:
    ran = registered.runs(*arguments, "--json")
    assert ran.code == code
    assert faults(ran.json(), ERROR) == {}
    assert ran.json()["objections"] != []
    assert ran.err == ""
