"""The audit export, and the judge beside it, which shares nothing with looptijd."""

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from datetime import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from notifications.directory import DirectoryTransport
from notifications.transport import Outcome, Verdict
from states.dates.policy import Alerts
from states.model.agreement import Agreement
from states.model.events import Addressee, Role
from states.model.period import Period
from tests.announced import FIVE, REFUSED
from tests.audits import exported, judged, judged_by_an_auditor, why
from tests.chaos.world import MONTHLY
from tests.register import FOLDER
from tests.stopped import stopped
from tests.town import CASE, OFFICES, REF, Town, a_town, running, visiting
from workflow.agreements.queries import deadlines, history
from workflow.app.app import policy_of
from workflow.engine import alerts
from workflow.engine.decider import Decider
from workflow.intake.register import import_files
from workflow.mail import queue
from workflow.maintenance.setup import adopt_policy
from workflow.outputs.audit import check
from workflow.outputs.audit.folder import CHECK
from workflow.people.erase import erase
from workflow.system.settings import Calendar

pytestmark = pytest.mark.on_sqlite

Row = dict[str, Any]
EVALUATION = "evaluation:final:2020-07-11"


@pytest.fixture(scope="module")
def audit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the source case, watched to the end of its term by a daemon that is never late."""
    folder = tmp_path_factory.mktemp("audit")
    with visiting(a_town(f"sqlite:///{folder / 'looptijd.db'}", folder)) as town:
        town.in_force(until="2020-10-20 10:00")
        (folder / "why.json").write_text(receipts(town), encoding="utf-8")
        return exported(town)


@pytest.fixture
def lapsed(audit: Path, tmp_path: Path) -> Path:
    """Give a copy of that export, to be tampered with."""
    return shutil.copytree(audit, tmp_path / "copy")


# Histories that are in order ---------------------------------------------------------------------


def test_the_source_case_to_the_end_of_its_term_is_in_order(lapsed: Path) -> None:
    assert judged(lapsed) == judged_by_an_auditor(lapsed) == (0, [])


# What is exported is read through queries that the next ones ask of both databases.
def test_the_page_for_an_auditor_names_every_key_of_the_folder(audit: Path) -> None:
    names = ("register.json", "calendar.jsonl", "agreements.jsonl")
    rows = [json.loads((audit / name).read_text(encoding="utf-8").split("\n")[0]) for name in names]
    rows += [*rows[2]["events"], *rows[2]["mails"]]
    page = (Path(__file__).parents[3] / "docs/exports.md").read_text(encoding="utf-8")
    told = re.findall(r"`(\w+)`", page.split("## For an auditor")[1])
    keys = {key for row in rows for key in row}
    assert (keys - {*told}, len(keys)) == (set(), 37)


def test_the_example_register_through_two_years_is_in_order(town: Town) -> None:
    files = [FOLDER / "offices.toml", *sorted(FOLDER.glob("running/*.toml"))]
    town.at("2025-01-06 10:00")
    assert not import_files(town.app, files, by="griffier", history=True).problems
    assert judged(exported(town.until("2027-01-06 10:00"))) == (0, [])


def test_a_stop_of_months_and_a_relay_that_refuses_are_in_order(town: Town) -> None:
    town.in_force()
    town.relay.answers(Outcome(verdict=Verdict.REFUSED, reply="550 5.1.1 unknown"))
    for moment in ("2018-03-01 10:00", "2020-12-01 10:00"):
        town.at(moment).tick()
        town.confirm()
        town.one_pass()
    assert judged(exported(town.until("2021-02-01 10:00"))) == (0, [])


def test_the_address_that_a_relay_repeats_in_its_answer_stands_in_no_folder(town: Town) -> None:
    refused = "550 5.1.1 <secretariaat.gerats@maastricht.example>: unknown"
    town.in_force().relay.answers(Outcome(verdict=Verdict.REFUSED, reply=refused))
    folder = exported(town.until("2018-09-20 10:00"))
    told = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.jsonl"))
    assert "550 5.1.1 <(address)>: unknown" in told
    assert "@maastricht.example" not in told
    assert judged(folder) == (0, [])


def test_a_draft_of_which_every_party_joined_later_is_in_order(town: Town) -> None:
    party = "[[agreement.party]]"
    town.register(OFFICES, CASE.replace(party, f"{party}\njoined_on = 2018-01-01"))
    assert judged(exported(town.until("2017-10-20 10:00"))) == (0, [])


@pytest.mark.parametrize("release", ["0.1", "now"])
def test_whoever_an_own_office_that_pays_was_escalated_to_is_in_order(
    release: str, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Release 0.1 told such an office its last step twice, in two roles."""

    def in_two_roles(agreement: Agreement, *_: object, escalates: bool) -> list[Addressee]:
        own = agreement.office
        roles = [Role.FINANCE, *([Role.OFFICE] if escalates else []), Role.CASE_OWNER]
        return [Addressee(role, own) for role in roles]

    named = CASE.replace('office = "financien"', 'office = "sociaal-domein"')
    town.register(OFFICES, named).decided().signed()
    if release == "0.1":
        monkeypatch.setattr(alerts, "_each", in_two_roles)
    town.until("2018-11-01 10:00")
    last = "office" if release == "0.1" else "escalation"
    assert town.mails("role", where="cause = 'payment:2:2018-10-12:+P2W'").count(last) == 1
    assert judged(exported(town)) == (0, [])


def test_what_an_undo_asks_again_is_in_order(town: Town) -> None:
    """The renewal of three months, which came meanwhile, stays: its notice is asked again."""
    renews = '2018-01-01\nrenewal = "tacit"\nrenewal_length = "P1M"\nnotice = "P3M"'
    town.at("2018-01-02 10:00").register(OFFICES, running("A-1", start=renews), history=True)
    longer = {"term.renewal_length": "P3M"}
    town.until("2019-02-28 10:00").do_with("A-1", "amend", reason="langer", **longer)
    events = town.until("2019-03-27 10:00").do_with("A-1", "undo", reason="toch niet")

    told = [event.occurrence for event in events if event.caught_up]
    assert told[0] == "notice:3:2019-02-27:P0D"
    assert judged(exported(town)) == (0, [])


def test_what_was_left_unsaid_before_a_mistake_and_is_asked_again_with_it_is_named(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reminder of eight weeks was said of the date before; the undo opens it of the new one."""
    town.in_force(until="2018-08-20 10:00").do(
        "amend", reason="later", **{"instalment.2.due_on": "2018-10-13"}
    )
    town.later(hours=1).do("pay", instalment="2", on="2018-08-20")
    monkeypatch.setattr(Decider, "_closed_by", lambda decider, *_: set(decider.recorded))
    town.do("undo", reason="verkeerde termijn")

    code, found = judged(exported(town))
    said = "payment:2:2018-10-13:-P8W is recorded at event 13 as well"
    assert (code, [line.split(": ", 3)[3] for line in found]) == (1, [said])


def test_a_decision_that_is_taken_back_and_recorded_anew_once_all_signed_is_in_order(
    town: Town,
) -> None:
    """History 30483: its start was told, so the decision alone leads to where time put it."""
    signed = {f"party.{key}.signed_on": "2017-09-20" for key in ("maastricht", "limburg")}
    town.register(OFFICES, CASE).at("2017-09-27 10:00")
    town.do("skip_overleg", reason="al besproken")
    town.do("amend", reason="vooraf getekend", **signed)
    town.do("decide", outcome="as_proposed", on="2017-09-26")
    assert town.stage() == "active"
    town.do("undo", reason="verkeerde dag")
    (event,) = town.later(hours=1).do("decide", outcome="as_proposed", on="2017-09-25")
    assert (event.stage_before, event.stage) == ("college_decision", "active")
    assert judged(exported(town)) == (0, [])


def test_money_without_a_date_is_asked_for_while_what_was_terminated_runs_on(town: Town) -> None:
    """History 20688: money of 2019, asked for sixteen weeks before that year, and again after."""
    money = '[[agreement.instalment]]\nnumber = 1\namount = "400.00"\nfiscal_year = 2019\n'
    undated = running("A-1", length="P3Y") + money
    town.at("2018-01-02 10:00").register(OFFICES, undated, history=True).until("2018-10-15 10:00")
    town.do_with("A-1", "terminate", reason="besluit", ends_on="2020-06-30")

    name = "missing_fact:instalment.1.due_on:2018-09-11"
    fired = town.until("2018-11-07 10:00").fired("A-1")
    assert fired == [f"{name}:+P4W", f"{name}:+P8W", f"{name}:P0D"]
    assert judged(exported(town)) == (0, [])


@pytest.mark.on_both
def test_a_refused_mail_that_tells_two_things_is_in_order(town: Town) -> None:
    town.at("2018-06-01 10:00")
    town.register(
        OFFICES, running("A-1", start="2018-01-10", length="P2Y") + MONTHLY, history=True
    ).until("2018-06-09 10:00")
    refused = Outcome(verdict=Verdict.REFUSED, reply="550 5.1.1 unknown")
    town.relay.by_address["geld@maastricht.example"] = refused
    town.at("2018-06-12 08:00").one_pass()
    assert town.mails("cause, office, status", where="created_at > '2018-06-12'") == [
        ("payment:6:2018-06-10:+P1D", "financien", "refused"),
        ("payment:7:2018-07-10:-P4W", "financien", "cancelled"),
        ("payment:6:2018-06-10:+P1D", "secretariaat", "accepted"),
        ("payment:7:2018-07-10:-P4W", "secretariaat", "cancelled"),
    ]
    folder = exported(town)
    assert judged(folder) == (0, [])
    count = len(town.mails())
    assert without_a_line(folder / "mails.jsonl") == [
        f"mails: {count} on record, {count - 1} in the folder"
    ]


def test_what_was_due_before_a_policy_was_adopted_escalates_as_it_would_have(town: Town) -> None:
    twice = Alerts(payment_after=(Period(0, 1), Period(0, 7)))
    adopt_policy(town.in_force().configured(alerts=twice).app, by="beheer")
    adopt_policy(town.until("2018-10-19 07:00").at("2018-10-19 09:00").app, by="beheer")

    late = town.mails("cause, role", where="created_at > '2018-10-19'")
    assert late == [
        ("payment:2:2018-10-12:+P1W", "finance"),
        ("payment:2:2018-10-12:+P1W", "office"),  # the last of the policy before
        ("payment:2:2018-10-12:+P1W", "case_owner"),
    ]
    assert judged(exported(town)) == (0, [])


def test_what_a_policy_that_is_adopted_makes_due_beside_what_was_is_one_mail(town: Town) -> None:
    noon = town.in_force().configured(calendar=Calendar(alert_time=time(12)))
    adopt_policy(noon.app, by="beheer")
    town.until("2018-10-18 10:00").relay.forget()
    adopt_policy(town.at("2018-10-26 09:00").app, by="beheer")  # at 08:00 again
    town.one_pass()
    assert town.mails("cause", where="role = 'finance'")[-2:] == [
        "payment:2:2018-10-12:+P1W",  # at noon, a week ago
        "payment:2:2018-10-12:+P2W",  # an hour ago
    ]
    assert [mail.to for mail in town.relay.accepted] == [
        "geld@maastricht.example",
        "a.janssen@maastricht.example",
        "bastiaens@maastricht.example",
    ]
    assert judged(exported(town)) == (0, [])


def test_what_is_told_twice_as_a_policy_is_adopted_is_named(town: Town) -> None:
    noon = town.in_force().configured(calendar=Calendar(alert_time=time(12)))
    adopt_policy(noon.app, by="beheer")
    adopt_policy(town.until("2018-10-12 18:00").at("2018-10-22 13:00").app, by="beheer")
    folder = exported(town)
    assert judged(folder) == (0, [])

    def tell_both(events: list[Row]) -> None:
        event = fired(events, "payment:2:2018-10-12:+P1W")
        assert event.pop("superseded") == ["payment:2:2018-10-12:+P1D"]
        events.insert(events.index(event), event | {"occurrence": "payment:2:2018-10-12:+P1D"})

    put(folder, rechained(agreement(folder), tell_both))
    assert "payment:2:2018-10-12 was mailed more than once" in sentences(folder)


def test_what_moves_as_somebody_names_another_office_is_told_to_that_one(town: Town) -> None:
    town.in_force(until="2020-10-11 10:00").do("amend", office="financien", reason="wie")
    town.at("2020-10-12 00:30").do("undo", reason="toch niet")
    assert town.mails("role, office", where="cause = 'expiry:term:2020-10-12:P0D'") == [
        ("office", "sociaal-domein"),
        ("case_owner", "sociaal-domein"),
    ]
    assert judged(exported(town)) == (0, [])


@pytest.mark.parametrize("then", ["retry", "cancel"])
def test_a_refused_mail_that_an_operator_retried_or_cancelled_is_in_order(
    town: Town, then: str
) -> None:
    town.in_force()
    town.relay.answers(Outcome(verdict=Verdict.REFUSED, reply="550 5.1.1 unknown"))
    town.until("2018-03-01 10:00").until("2018-09-20 10:00")
    ((number,),) = town.query("SELECT id FROM message WHERE status = 'refused'")
    if then == "retry":
        queue.retry(town.app, str(number))
    else:
        queue.cancel(town.app, str(number), "the secretariat has it")
    town.later(minutes=1).one_pass()
    assert not town.mails(where="status = 'refused'")
    assert judged(exported(town)) == (0, [])


def test_a_catch_up_mail_that_is_refused_once_it_is_sent_again_is_in_order(town: Town) -> None:
    stopped(town, *FIVE[:2]).one_pass()
    (number,) = town.mails("id", where="rule = 'catch_up'")
    town.relay.answers(REFUSED)
    queue.resend(town.app, str(number))
    town.deliver()
    assert town.mails("office, status", where="rule = 'catch_up'") == [
        ("sociaal-domein", "accepted"),
        ("sociaal-domein", "refused"),
        ("secretariaat", "accepted"),
    ]
    assert judged(exported(town)) == (0, [])


@pytest.mark.parametrize("person", ["A. Janssen", "griffier Smeets"])
def test_who_was_erased_as_contact_of_before_actor_or_in_a_reason_is_in_order(
    town: Town, person: str
) -> None:
    town.in_force()
    other = {"case_owner__name": "B. Smit", "case_owner__email": "smit@maastricht.example"}
    town.do("amend", **other, reason="A. Janssen is weg.")
    erase(town.app, person, by="bob", reason="uit dienst")
    assert judged(exported(town)) == (0, [])


def test_mails_that_were_written_to_a_folder_are_in_order(town: Town) -> None:
    town.in_force()
    mail = town.folder / "mail"
    for _ in range(12):
        town.later(days=30).tick()
        town.post.deliver(DirectoryTransport(mail), lambda: False)
    assert len([*mail.glob("*.eml")]) > 5
    assert judged(exported(town)) == (0, [])


@pytest.mark.parametrize("seconds", [2, 45, 60, 61])
def test_a_daemon_that_looks_once_a_minute_is_in_order(town: Town, seconds: int) -> None:
    town.at("2018-06-05 10:00").register(OFFICES, running("A-1"), history=True).one_pass()
    town.at("2018-06-29 08:00").later(seconds=seconds).one_pass()
    assert town.fired("A-1") == ["evaluation:final:2018-09-30:-P3M"]
    assert judged(exported(town)) == (0, [])


# What was changed --------------------------------------------------------------------------------


def agreement(folder: Path) -> Row:
    (line,) = (folder / "agreements.jsonl").read_text(encoding="utf-8").splitlines()
    read: Row = json.loads(line)
    return read


def put(folder: Path, row: Row) -> None:
    (folder / "agreements.jsonl").write_text(f"{json.dumps(row)}\n", encoding="utf-8")


def rechained(row: Row, change: Callable[[list[Row]], object]) -> Row:
    """Change the events as a forger does who makes the chain and the state anew."""
    events = [json.loads(event["payload"]) for event in row["events"]]
    change(events)
    row["events"], previous = [], "0" * 64
    for seq, event in enumerate(events, 1):
        payload = json.dumps({**event, "seq": seq}, ensure_ascii=False)
        previous = hashlib.sha256(f"{previous}\nagreement:{REF}\n{payload}".encode()).hexdigest()
        row["events"].append({"at": event["at"], "hash": previous, "payload": payload})
    facts: Row = {}
    recorded: Row = {}
    for event in events:
        facts |= {field: new for field, _, new in event.get("changes", [])}
        names = {"fired": [event["occurrence"]]} if "occurrence" in event else {}
        for status, each in (names | {"superseded": event.get("superseded", [])}).items():
            recorded |= {name: [status, event["at"]] for name in each}
    row["facts"], row["occurrences"] = facts, recorded
    return row


def found_in(folder: Path, change: Callable[[Row], object]) -> list[str]:
    row = agreement(folder)
    change(row)
    put(folder, row)
    code, found = judged(folder)
    assert code == 1
    return [line.split(": ", 3)[0] + ": " + line.split(": ", 3)[3] for line in found]


def sentences(folder: Path) -> list[str]:
    """Return what the judge found, each without its kind, its agreement and its moment."""
    return [line.split(": ", 3)[3] for line in judged(folder)[1]]


def fired(events: list[Row], name: str) -> Row:
    return next(event for event in events if event.get("occurrence") == name)


def test_one_fact_that_was_changed_is_named(lapsed: Path) -> None:
    changed = {"ref": "R-2", "term.length": "P4Y"}
    found = found_in(lapsed, lambda row: row["facts"].update(changed))
    assert found == [
        "altered: ref is R-2, by ledger and time SO-2017-0042",
        "altered: term.length is P4Y, by ledger and time P3Y",
    ]


def test_what_a_forger_wrote_is_shown_and_acts_on_no_screen(lapsed: Path) -> None:
    put(lapsed, agreement(lapsed) | {"ref": "A-1\x1b[2J\u202e\n0 findings.\r"})

    code, found = judged(lapsed)

    assert code == 1
    assert found[0].split(": ")[:2] == ["altered", "A-1�[2J��0 findings.�"]


def test_one_event_that_was_changed_is_named(lapsed: Path) -> None:
    def change(row: Row) -> None:
        event = row["events"][5]
        event["payload"] = event["payload"].replace("griffier", "iemand") + " "

    assert found_in(lapsed, change) == ["altered: event 6 does not follow from the one before"]


def test_a_date_that_a_forger_changed_everywhere_is_named(lapsed: Path) -> None:
    """The signature is a month later in the ledger too, and every hash is right."""

    def change(events: list[Row]) -> None:
        for event in events:
            for each in event.get("changes", []):
                each[2] = "2017-09-12" if each[0] == "party.limburg.signed_on" else each[2]
                each[2] = "2017-09-12" if each[0] == "party.maastricht.signed_on" else each[2]

    found = found_in(lapsed, lambda row: rechained(row, change))
    assert (
        "missed: evaluation:final:2020-06-11:P0D was due at 2020-06-11T08:00:00+02:00"
        in "\n".join(found)
    )
    assert f"unexplained: nothing asked for {EVALUATION}:P0D" in found


@pytest.mark.parametrize(
    "field, new, said",
    [
        ("office", "financien", "altered: mail {} about event:4: office cannot be right"),
        ("ref", "SO-2017-0043", f"altered: ref is {REF}, by ledger and time SO-2017-0043"),
    ],
)
def test_whose_an_agreement_is_that_a_forger_changed_everywhere_is_named(
    lapsed: Path, field: str, new: str, said: str
) -> None:
    def change(events: list[Row]) -> None:
        (entered,) = (each for each in events[0]["changes"] if each[0] == field)
        entered[2] = new

    numbers = [mail["id"] for mail in agreement(lapsed)["mails"] if mail["cause"] == "event:4"]
    assert said.format(numbers[0]) in found_in(lapsed, lambda row: rechained(row, change))


def test_one_alert_that_was_taken_out_everywhere_is_missed(lapsed: Path) -> None:
    name = f"{EVALUATION}:+P2W"
    found = found_in(
        lapsed, lambda row: rechained(row, lambda events: events.remove(fired(events, name)))
    )
    assert f"missed: {name} was due at 2020-07-27T08:00:00+02:00 and is nowhere" in found


def test_one_alert_that_was_recorded_as_superseded_is_missed(lapsed: Path) -> None:
    def change(events: list[Row]) -> None:
        event = fired(events, f"{EVALUATION}:+P2W")
        event["superseded"] = [event.pop("occurrence")]
        event["mails"] = 0

    found = found_in(lapsed, lambda row: rechained(row, change))
    sentence = f"missed: {EVALUATION}:+P2W of 2020-07-27T08:00:00+02:00 was superseded"
    assert any(line.startswith(sentence) for line in found)


def test_one_alert_that_fired_twice_is_doubled(lapsed: Path) -> None:
    def change(events: list[Row]) -> None:
        event = fired(events, f"{EVALUATION}:+P2W")
        events.append({**event, "at": events[-1]["at"], "mails": 0})

    found = found_in(lapsed, lambda row: rechained(row, change))
    assert any(line.startswith(f"doubled: {EVALUATION}:+P2W is recorded") for line in found)


@pytest.mark.parametrize(
    "at, said",
    [
        ("2020-07-20T06:00:00+00:00", "early: {} was not due before 2020-07-27T08:00:00+02:00"),
        (
            "2020-08-03T06:00:00+00:00",
            "late: {} was due at 2020-07-27T08:00:00+02:00; on record: 0 s late",
        ),
    ],
)
def test_one_alert_at_another_moment_is_early_or_late(lapsed: Path, at: str, said: str) -> None:
    name = f"{EVALUATION}:+P2W"

    def change(row: Row) -> None:
        rechained(row, lambda events: fired(events, name).update(at=at))
        for mail in row["mails"]:
            if mail["cause"] == name:
                mail["created_at"] = mail["accepted_at"] = at

    assert said.format(name) in found_in(lapsed, change)


@pytest.mark.parametrize(
    "action, part, value",
    [
        ("submit", "action", "resume"),
        ("submit", "from", "signing"),
        ("submit", "to", "college_decision"),
        ("submit", "late_by", 60),
        ("agree", "on", "2017-07-04"),
        ("decide", "ending", "lapsed"),
        ("sign", "reopened", [f"{EVALUATION}:P0D"]),
        ("fire", "actor", "sealed:0"),
        ("fire", "caught_up", True),
        ("fire", "nominal_on", "2017-10-13"),
        ("fire", "undoes", 1),
        ("fire", "v", 2),
    ],
)
def test_what_an_event_says_of_itself_is_named_when_a_forger_changed_it(
    lapsed: Path, action: str, part: str, value: object
) -> None:
    """Every hash is right, and no date follows from it."""

    def change(events: list[Row]) -> None:
        event = [event for event in events if event["action"] == action][-1]
        event[part] = value
        said.append(f"altered: event {event['seq']}: {part} cannot be right ({value})")

    said: list[str] = []
    found = found_in(lapsed, lambda row: rechained(row, change))
    assert said[0] in found


def test_a_clock_that_was_set_right_is_not_called_a_change(town: Town) -> None:
    town.in_force().at("2017-10-12 18:00").do("note", text="The clock is ahead.")
    town.at("2017-10-12 11:00").confirm()
    town.do("note", text="It was set right.")
    said = "event 10 is of before the last one: the clock went back, or somebody changed it"
    found = [f"unexplained: SO-2017-0042: 2017-10-12T11:00:00+02:00: {said}"]
    assert judged(exported(town)) == (1, found)


def test_a_mail_that_left_after_a_clock_was_set_right_is_in_order(town: Town) -> None:
    town.in_force(until="2018-10-12 07:50").at("2018-10-12 09:00").tick()
    town.at("2018-10-12 08:10").confirm()
    town.later(minutes=40).deliver()
    accepted = town.mails("accepted_at < created_at", where="created_at > '2018-10-12'")
    assert accepted == [True, True]
    assert judged(exported(town)) == (0, [])


@pytest.mark.parametrize("old, new", [("P8W", "P9W"), ('"test"', '"prod"'), ("08:00", "09:00")])
def test_a_policy_or_a_name_of_the_register_that_was_changed_is_named(
    lapsed: Path, old: str, new: str
) -> None:
    path = lapsed / "register.json"
    row = json.loads(path.read_text(encoding="utf-8"))
    (event,) = row["ledger"]
    assert old in event["payload"]
    event["payload"] = event["payload"].replace(old, new, 1)
    path.write_text(json.dumps(row), encoding="utf-8")
    assert sentences(lapsed)[0] == "event 1 does not follow from the one before"


def test_a_mail_about_no_single_agreement_that_was_changed_is_named(town: Town) -> None:
    town.in_force().hand_over("financien", "claessen@maastricht.example")
    folder = exported(town.until("2017-10-20 10:00"))
    assert judged(folder) == (0, [])
    path = folder / "mails.jsonl"
    mail = json.loads(path.read_text(encoding="utf-8"))
    parts = {"reply": "450 no", "message_id": "<x>", "accepted_at": None, "attempts": 0}
    for part, value in parts.items():
        path.write_text(json.dumps({**mail, part: value}), encoding="utf-8")
        said = f"mail {mail['id']} about {mail['cause']}: {part} cannot be right"
        assert said in sentences(folder)


@pytest.mark.parametrize(
    "part, value, said",
    [
        ("reply", "550 no", "altered: mail {} about {}: reply cannot be right"),
        ("accepted_at", None, "altered: mail {} about {}: accepted_at cannot be right"),
        ("status", "sent", "altered: mail {} about {}: status cannot be right"),
        ("role", "nobody", "altered: mail {} about {}: message_id cannot be right"),
        ("cause", "note", "unexplained: nothing asked for mail {} (note)"),
        ("merged_into", 77, "altered: mail {} about {}: merged_into cannot be right"),
    ],
)
def test_one_mail_that_was_changed_is_named(
    lapsed: Path, part: str, value: object, said: str
) -> None:
    numbers = []

    def change(row: Row) -> None:
        mail = next(m for m in row["mails"] if m["cause"] == f"{EVALUATION}:P0D")
        mail[part] = value
        numbers.append(mail["id"])

    found = found_in(lapsed, change)
    assert said.format(*numbers, f"{EVALUATION}:P0D") in found


def test_every_part_of_an_event_and_a_mail_is_judged_but_those_that_the_page_tells(
    audit: Path,
) -> None:
    """In an event of each action, and in a mail, each part is another; every hash is made anew."""
    check.REGISTER.clear()
    check.begin(str(audit))
    row, unnoticed = agreement(audit), set[str]()

    def judge(part: str, change: Callable[[Row], object]) -> None:
        tampered = deepcopy(row)
        change(tampered)
        if not check.judged(("", json.dumps(tampered)))[1]:
            unnoticed.add(part)

    events = [json.loads(event["payload"]) for event in row["events"]]
    for n in {event["action"]: n for n, event in enumerate(events)}.values():
        for part in events[n].keys() - {"seq"}:  # which is made anew
            change = tampering(part, events[n][part], n)
            judge(part, partial(rechained, change=change))
    for part, value in row["mails"][0].items():
        judge(f"mail {part}", lambda row: tampering(part, value, 0)(row["mails"]))  # noqa: B023
    kept = {"id", "agreement_id", "doubts", "last_error", "attempts", "reply", "accepted_at"}
    assert unnoticed == {"actor", "superseded", *(f"mail {part}" for part in kept)}


def tampering(part: str, value: Any, n: int) -> Callable[[list[Row]], object]:
    """Return what gives a part of the nth row another value of its kind."""
    other: Any = f"{value}x"
    if isinstance(value, str) and value.endswith("+00:00"):
        other = "2019-01-01T00:00:00+00:00"
    elif isinstance(value, int):
        other = not value if isinstance(value, bool) else value + 1
    elif isinstance(value, list):
        other = []
    return lambda rows: rows[n].update({part: other})


def test_one_mail_that_is_gone_or_there_twice_is_named(lapsed: Path) -> None:
    folder, name = lapsed, f"{EVALUATION}:P0D"
    row = agreement(folder)
    kept = [mail for mail in row["mails"] if mail["cause"] != name]
    put(folder, {**row, "mails": kept})
    assert f"of {name} there is no mail (office)" in sentences(folder)
    put(
        folder,
        {**row, "mails": [*row["mails"], next(m for m in row["mails"] if m["cause"] == name)]},
    )
    assert f"{name} was mailed more than once" in sentences(folder)


def test_a_calendar_that_differs_is_named(lapsed: Path) -> None:
    path = lapsed / "calendar.jsonl"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"2020-05-05", ', ""), encoding="utf-8")
    assert judged(lapsed) == (1, ["altered: calendar: 2020: the holidays of 2020 differ"])


def test_a_year_of_the_calendar_that_was_taken_out_is_named(lapsed: Path) -> None:
    path = lapsed / "calendar.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if '"year": 2019' not in line]
    path.write_text("".join(kept), encoding="utf-8")
    assert sentences(lapsed) == ["the holidays of 2019 differ"]


def test_a_line_that_was_taken_out_is_missed(lapsed: Path) -> None:
    assert without_a_line(lapsed / "agreements.jsonl") == [
        "agreements: 1 on record, 0 in the folder",
        "events: 33 on record, 0 in the folder",
        "mails: 61 on record, 0 in the folder",
    ]


def test_one_that_stands_there_twice_hides_none_that_is_gone(town: Town) -> None:
    town.register(OFFICES, CASE, CASE.replace(REF, "R-2"))
    for office in ("financien", "secretariaat"):
        town.hand_over(office, "claessen@maastricht.example")
    folder = exported(town)
    for name in ("agreements.jsonl", "mails.jsonl"):
        lines = (folder / name).read_text(encoding="utf-8").splitlines(keepends=True)
        assert len(lines) == 2
        (folder / name).write_text(lines[0] * 2, encoding="utf-8")
    assert sentences(folder) == [
        "mail 1 stands in the folder more than once",
        "R-2 stands in the folder more than once",
        "agreements: 2 on record, 1 in the folder",
        "events: 2 on record, 1 in the folder",
        "mails: 2 on record, 1 in the folder",
    ]


@pytest.mark.parametrize(
    "name, what",
    [("agreements.jsonl", "SO-2017-0042"), ("calendar.jsonl", "2099")],
)
def test_a_line_that_stands_there_twice_is_named(lapsed: Path, name: str, what: str) -> None:
    text = (lapsed / name).read_text(encoding="utf-8")
    (lapsed / name).write_text(text + text.splitlines(keepends=True)[-1], encoding="utf-8")
    assert sentences(lapsed) == [f"{what} stands in the folder more than once"]


def test_bytes_that_somebody_wrote_leave_the_others_judged(town: Town) -> None:
    town.in_force()
    (number,) = town.mails("max(id)")
    town.change("UPDATE message SET role = :role WHERE id = :id", role=b"\xff", id=number)
    code, found = judged_by_an_auditor(exported(town))
    assert code == 1
    assert any(line.endswith("message_id cannot be right") for line in found)


def test_an_agreement_whose_first_event_is_gone_is_named(lapsed: Path) -> None:
    row = agreement(lapsed)
    put(lapsed, {**row, "events": row["events"][1:]})
    code, found = judged(lapsed)
    assert code == 1
    said = "2017-06-15T10:00:00+02:00: event 1 does not follow from the one before"
    assert found[0] == f"altered: SO-2017-0042: {said}"


@pytest.mark.parametrize("damage", [r"[" * 100_000, r"{}", r'\1"at":"9999-12-31T23:59:59+00:00"\2'])
def test_an_event_that_nobody_can_read_leaves_the_others_judged(lapsed: Path, damage: str) -> None:
    def change(row: Row) -> None:
        event = row["events"][0]
        event["payload"] = re.sub(r'^(.*)"at":"[^"]*"(.*)$', damage, event["payload"])

    assert any(line.startswith("altered: ") for line in found_in(lapsed, change))


def without_a_line(path: Path) -> list[str]:
    """Return what the judge finds when the last line is taken out of a file."""
    *kept, _ = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(kept), encoding="utf-8")
    code, found = judged(path.parent)
    assert code == 1
    assert all(line.startswith("altered: register: ") for line in found)
    return [line.split(": ", 3)[3] for line in found]


# The judge ---------------------------------------------------------------------------------------


def test_the_judge_is_one_file_of_the_standard_library() -> None:
    text = CHECK.read_text(encoding="utf-8")
    names = {
        line.split()[1].split(".")[0]
        for line in text.splitlines()
        if line.startswith(("import ", "from "))
    }
    assert names <= sys.stdlib_module_names


def test_the_judge_needs_no_time_zones_of_the_computer(lapsed: Path) -> None:
    """As on Windows: neither the system nor a package has any."""
    judge = f"runpy.run_path({str(lapsed / 'check.py')!r}, run_name='__main__')"
    run = f"import runpy, zoneinfo; zoneinfo.reset_tzpath(()); {judge}"
    command = [sys.executable, "-I", "-S", "-c", run, str(lapsed)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize("arguments", [[], ["nowhere"]])
def test_a_folder_that_cannot_be_read_is_one_sentence(arguments: list[str], tmp_path: Path) -> None:
    refused_in_one_sentence(*(str(tmp_path / name) for name in arguments))


def test_a_folder_of_which_somebody_changed_the_shape_is_one_sentence(lapsed: Path) -> None:
    (lapsed / "calendar.jsonl").write_text('{"year": 2020, "holidays": 7}\n', encoding="utf-8")
    refused_in_one_sentence(str(lapsed))


def test_what_cannot_be_read_is_named(lapsed: Path) -> None:
    (lapsed / "agreements.jsonl").write_bytes(b"\xff" * 9_000)
    codec = "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"
    problem = f"ValueError: agreements.jsonl:1: {codec}"
    assert (
        refused_in_one_sentence(str(lapsed)) == f"{lapsed}: kan niet worden gelezen ({problem})\n"
    )
    path = lapsed / "mails.jsonl"
    path.unlink()
    missing = f"FileNotFoundError: [Errno 2] No such file or directory: '{path}'"
    assert (
        refused_in_one_sentence(str(lapsed)) == f"{lapsed}: kan niet worden gelezen ({missing})\n"
    )


@pytest.mark.parametrize(
    "name, cut, place",
    [
        ("register.json", 40, "register.json"),
        ("agreements.jsonl", 40, "agreements.jsonl:1"),
        ("calendar.jsonl", 4, "calendar.jsonl:100"),
    ],
)
def test_a_file_that_is_cut_off_is_named_with_its_line(
    lapsed: Path, name: str, cut: int, place: str
) -> None:
    content = (lapsed / name).read_bytes()
    (lapsed / name).write_bytes(content[:-cut])
    said = refused_in_one_sentence(str(lapsed))
    assert said.startswith(f"{lapsed}: kan niet worden gelezen (ValueError: {place}: ")


def test_who_reads_no_further_ends_the_judge(lapsed: Path) -> None:
    """It said that the folder cannot be read, or left a traceback."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-I", str(CHECK), str(lapsed)]
    with os.fdopen(writing, "wb") as output:
        ran = subprocess.run(command, stdout=output, stderr=subprocess.PIPE, check=False)
    assert (ran.returncode, ran.stderr) == (-signal.SIGPIPE, b"")


def refused_in_one_sentence(*arguments: str) -> str:
    command = [sys.executable, "-I", str(CHECK), *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 2
    assert len(ran.stderr.splitlines()) == 1
    return ran.stderr


# Receipts ----------------------------------------------------------------------------------------


def receipts(town: Town) -> str:
    with town.app.reading() as connection:
        policy = policy_of(connection)
    events = (line.event for line in history(town.app, REF))
    return json.dumps(why(deadlines(town.app, REF), policy, events))


def judged_receipts(path: Path) -> tuple[int, list[str]]:
    command = [sys.executable, "-I", str(CHECK), "--receipts", str(path), "--en"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert not ran.stderr
    *found, summary = ran.stdout.splitlines()
    assert re.match(r"1 agreements, 0 events, [1-9]\d alerts, ", summary)
    return ran.returncode, found


def test_receipts_are_computed_anew_and_one_changed_date_is_named(
    audit: Path, tmp_path: Path
) -> None:
    told, changed = audit.with_name("why.json"), tmp_path / "why.json"
    assert judged_receipts(told) == (0, [])
    text = told.read_text(encoding="utf-8")
    changed.write_text(text.replace('"to": "2020-07-11"', '"to": "2020-07-12"'), encoding="utf-8")
    code, found = judged_receipts(changed)
    assert code == 1
    assert "evaluation is 2020-07-12, by ledger and time 2020-07-11" in found[0]


@pytest.mark.parametrize(
    "path, value",
    [
        ("alert_at", "2020-10-09T09:00:00+02:00"),
        ("occurrence", "expiry:term:2020-10-13:P0D"),
        ("nominal_on", "2020-10-13"),
        ("receipt.alert.day", "2020-10-13"),
        ("receipt.alert.step", "-P1D"),
        ("receipt.alert.moved", [{"day": "2020-10-12", "because": "x"}]),
        ("receipt.arithmetic.0.to", "2017-10-13"),
        ("receipt.arithmetic.1.from", "2017-10-13"),
        ("receipt.arithmetic.1.days", 7),
    ],
)
def test_each_value_of_a_receipt_follows_from_the_others(
    audit: Path, tmp_path: Path, path: str, value: object
) -> None:
    rows = json.loads(audit.with_name("why.json").read_text(encoding="utf-8"))
    row = next(row for row in rows if row["rule"] == "expiry")
    *way, last = path.split(".")
    place = row
    for name in way:
        place = place[int(name)] if name.isdigit() else place[name]
    place[last] = value
    changed = tmp_path / "why.json"
    changed.write_text(json.dumps([row]), encoding="utf-8")
    command = [sys.executable, "-I", str(CHECK), "--receipts", str(changed), "--en"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (ran.returncode, ran.stderr) == (1, "")


def test_a_receipt_names_the_event_that_made_a_fact(audit: Path) -> None:
    rows = json.loads(audit.with_name("why.json").read_text(encoding="utf-8"))
    first = next(row for row in rows if row["rule"] == "expiry")
    made = {fact["field"]: fact["event"] for fact in first["receipt"]["facts"]}
    assert (made["term.length"], made["party.limburg.signed_on"]) == (1, 6)


# What goes over to another register --------------------------------------------------------------


@pytest.mark.parametrize("page", ["docs/operating.md", "docs/nl/operating.md"])
def test_what_another_register_exported_goes_on_here_and_is_not_mailed_again(
    page: str, tmp_path: Path
) -> None:
    """The pages name the facts that no file may tell."""
    there, here = tmp_path / "there", tmp_path / "here"
    there.mkdir()
    here.mkdir()
    with visiting(a_town(f"sqlite:///{there / 'looptijd.db'}", there)) as old:
        old.in_force(until="2020-06-20 10:00")
        old.do("acknowledge", occurrence="payment:3:2019-10-12:+P2W", until="2020-07-31")
        plan = {"obligation__plan__what": "plan", "obligation__plan__on": "2020-06-01"}
        old.do("amend", reason="Later gehoord.", **plan)
        old.do("start_evaluation", evaluation="final")
        (row,) = map(json.loads, (exported(old) / "agreements.jsonl").read_text().splitlines())
    (not_told,) = re.findall(
        r'test\("(\^\(case_owner.*?)"\)', (FOLDER.parents[1] / page).read_text()
    )
    facts = {path: text for path, text in row["facts"].items() if not re.search(not_told, path)}
    with visiting(a_town(f"sqlite:///{here / 'looptijd.db'}", here, "2020-06-20 10:00")) as new:
        file = new.file(json.dumps(facts | {"stage": row["stage"]}), "over.jsonl")
        new.register(OFFICES)
        assert not import_files(new.app, [file], by="griffier Smeets", history=True).problems
        assert new.stage() == "evaluation"
        new.one_pass()
        assert [subject for _, subject in new.relay.shown()] == [
            "Overzicht: 3 openstaande onderwerpen, 3 te laat, voor Concernfinancien",
            "Overzicht: 5 openstaande onderwerpen, 4 te laat, voor Portefeuille Sociaal Domein",
        ]
        steps = [step for step in deadlines(new.app, REF) if step.status == "planned"]
        assert [step.occurrence.name for step in steps if step.occurrence] == [
            "evaluation:final:2020-07-11:P0D",
            "obligation:plan:2020-06-01:+P6W",
            "evaluation:final:2020-07-11:+P2W",
            "evaluation:final:2020-07-11:+P4W",
            "evaluation:final:2020-07-11:+P6W",
            "continuation:term:2020-10-11:-P6W",
            "continuation:term:2020-10-11:-P2W",
            "continuation:term:2020-10-11:-P3D",
            "expiry:term:2020-10-12:P0D",
        ]
