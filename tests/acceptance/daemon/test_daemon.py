"""The daemon as a process: it starts, fires, sends, stops, and shares its database."""

import json
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.acceptance.commands import CASE, REF, ROOT, Operator, a_daemon, quick, until
from tests.acceptance.processes import SCRIPTS, surroundings
from tests.smtp_sink import Trick, sink

EVALUATION = "evaluation:final:2020-07-11:P0D"
BEFORE = "2020-07-10T07:59:57+02:00"


def evaluation_mails(operator: Operator) -> list[str]:
    """Return the status of each mail about the evaluation."""
    rows = operator.reads("mail", "list")
    return [row["status"] for row in rows if row["occurrence"] == EVALUATION]


def started_in_vain(operator: Operator, *command: str | Path) -> subprocess.CompletedProcess[str]:
    """Return how a daemon ended that did not begin to watch."""
    return subprocess.run(
        [*command],
        cwd=operator.folder,
        env=surroundings(operator.folder),
        capture_output=True,
        encoding="utf-8",
        timeout=20,
        check=False,
    )


def test_a_daemon_that_nobody_configured_refuses_to_start_and_names_config(
    operator: Operator,
) -> None:
    operator.configures('language = "en"\n')  # the daemon never looks here
    done = started_in_vain(operator, SCRIPTS / "looptijd-daemon")
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert "--config" in done.stderr
    uninitialised = started_in_vain(
        operator, SCRIPTS / "looptijd-daemon", "--config", "looptijd.toml"
    )
    assert (uninitialised.returncode, uninitialised.stdout) == (5, "")
    assert "looptijd init" in uninitialised.stderr


def test_a_refusal_to_start_is_one_line_that_no_screen_acts_on(operator: Operator) -> None:
    operator.configures('language = "en"\nmunicipality.name = "a\\u001b[31m\\nDaemon: ok"\n')
    done = started_in_vain(operator, SCRIPTS / "looptijd-daemon", "--config", "looptijd.toml")
    told = "looptijd.toml: municipality.name: “a�[31m Daemon: ok” is not accepted."
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"looptijd-daemon: {told}")
    assert len(done.stderr.splitlines()) == 1


def test_what_nobody_expects_at_the_start_is_one_line_by_kind_and_place(
    operator: Operator,
) -> None:
    at_fault = "import scheduler; scheduler.app_of = lambda _: {}['geheim']"
    done = started_in_vain(
        operator, sys.executable, "-c", f"{at_fault}; raise SystemExit(scheduler.main())"
    )
    line = json.loads(done.stderr)
    assert (done.returncode, line["event"], line["error"]) == (1, "failed", "KeyError")
    assert "geheim" not in done.stderr


def test_the_journal_takes_a_refusal_to_start_as_an_error(operator: Operator) -> None:
    journal = operator.folder / "journal"
    with journal.open("wb") as stream:
        stream.flush()
        found = journal.stat()
        subprocess.run(
            [SCRIPTS / "looptijd-daemon"],
            cwd=operator.folder,
            env=surroundings(operator.folder)
            | {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"},
            stderr=stream,
            timeout=20,
            check=False,
        )
    assert journal.read_text(encoding="utf-8").startswith("<3>looptijd-daemon: ")


def test_the_daemon_sends_what_waits_tells_systemd_and_stops_on_sigterm(
    case_decided: Operator,
) -> None:
    quick(case_decided)
    waiting = len(case_decided.reads("mail", "list"))
    shown = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    with shown, ExitStack() as running:
        address = str(case_decided.folder / "notify")
        shown.bind(address)
        shown.settimeout(20)
        asked = {"NOTIFY_SOCKET": address}
        systemd = replace(case_decided, environment=asked, real=True)  # the others are forks
        daemon = running.enter_context(a_daemon(systemd, "--config", "looptijd.toml"))
        heard = {shown.recv(100).partition(b"\n")[0] for _ in range(3)}
        assert heard == {b"READY=1", b"WATCHDOG=1"}
        until(lambda: "mail_accepted" in daemon.events())
        checked = case_decided.reads("doctor")
        assert checked["ok"]
        beat = next(check for check in checked["checks"] if check["name"] == "daemon")
        assert "sign of life" in beat["detail"]
        passed = case_decided.reads("tick")
        assert passed["failed"] == 0
        assert daemon.stops(signal.SIGTERM) < 5
        shown.settimeout(1)
        last = b""
        while last != b"STOPPING=1":
            last = shown.recv(100).partition(b"\n")[0]
    lines = daemon.lines()
    assert [line["event"] for line in lines][:1] == ["started"]
    assert [line["event"] for line in lines][-1:] == ["stopped"]
    assert all({"at", "level", "event"} <= set(line) for line in lines)
    mails = case_decided.reads("mail", "list")
    assert len(mails) == waiting
    accepted = [row for row in mails if row["status"] == "accepted"]
    files = list((case_decided.folder / "mail").glob("*.eml"))
    assert len(files) == len(accepted) > 0
    ids = {message_from_bytes(path.read_bytes(), policy=default)["Message-ID"] for path in files}
    assert ids == {row["message_id"] for row in accepted}


@pytest.fixture
def case_2020(tmp_path: Path) -> Operator:
    """Give a case that is evaluated on Friday 10 July 2020, entered in time, and no mail of old."""
    folder = Operator(folder=tmp_path).configures('language = "en"\n')
    then = folder.at("2020-07-01T12:00:00+02:00")
    then.does("init")
    text = CASE.read_text(encoding="utf-8")
    parties = text.index("[[agreement.party]]", text.index("own = true"))
    money = text.index("[agreement.contribution]")
    points = text.index("[[agreement.decision_point]]")
    alone = text[:parties] + text[points:]
    (tmp_path / "case.toml").write_text(alone, encoding="utf-8")
    assert parties < money < points
    then.does("import", "case.toml")
    then.does("do", REF, "skip_overleg", "--reason", "besproken op 5 juli 2017")
    then.does("do", REF, "decide", "outcome=as_proposed", "on=2017-09-26")
    then.does("do", REF, "sign", "party=maastricht", "on=2017-10-12")
    then.does("tick")
    return folder


def test_two_daemons_on_one_file_fire_each_occurrence_once_and_send_each_mail_once(
    case_2020: Operator,
) -> None:
    early = quick(case_2020).at(BEFORE)
    with (
        a_daemon(early, "--config", "looptijd.toml", name="one") as one,
        a_daemon(early, "--config", "looptijd.toml", name="two") as two,
    ):
        until(lambda: "fire" in one.events() + two.events())
        now = case_2020.at("2020-07-10T08:00:20+02:00")
        until(lambda: evaluation_mails(now).count("accepted") == 2)
        assert one.stops(signal.SIGINT) < 5
        assert two.stops(signal.SIGTERM) < 5
    fired = [
        (line["ref"], line["occurrence"])
        for line in one.lines() + two.lines()
        if line["event"] == "fire"
    ]
    assert fired == [(REF, EVALUATION)]
    late = case_2020.at("2020-07-10T08:01:00+02:00")
    events = [row for row in late.reads("history", REF) if row["occurrence"] == EVALUATION]
    assert [(row["at"][:16], row["from"], row["to"]) for row in events] == [
        ("2020-07-10T08:00", "active", "evaluation")
    ]
    assert 0 <= events[0]["late_by"] <= 5
    mails = [row for row in late.reads("mail", "list") if row["occurrence"] == EVALUATION]
    assert [(row["to"], row["status"], row["attempts"]) for row in mails] == [
        ("secretariaat.sociaal@maastricht.example", "accepted", 1),
        ("dossierhouder@maastricht.example", "accepted", 1),
    ]
    assert late.reads("verify")["ok"]


def test_a_daemon_that_is_paused_and_continued_watches_on(case_decided: Operator) -> None:
    quick(case_decided)
    with a_daemon(case_decided, "--config", "looptijd.toml") as daemon:
        until(lambda: "mail_accepted" in daemon.events())
        daemon.pauses()
        time.sleep(2.5)  # longer than it waits for a signal
        case_decided.does("mail", "resend", "1")
        accepted = daemon.events().count("mail_accepted")
        daemon.process.send_signal(signal.SIGCONT)
        until(lambda: daemon.events().count("mail_accepted") > accepted)
        assert daemon.process.poll() is None
        assert "stopped" not in daemon.events()
        assert daemon.stops() < 5


def test_a_hang_up_stops_it_in_order_and_is_no_end_for_systemd(case_decided: Operator) -> None:
    quick(case_decided)
    heard = ("env", "--default-signal=HUP")  # whoever runs the tests may ignore it
    with a_daemon(case_decided, "--config", "looptijd.toml", first=heard) as daemon:
        assert daemon.stops(signal.SIGHUP, code=129) < 5
        assert daemon.events()[-1] == "stopped"
    unit = (ROOT / "deploy" / "looptijd.service").read_text(encoding="utf-8")
    assert "\nRestart=on-failure\n" in unit
    assert "129" not in unit


def test_under_nohup_a_hang_up_is_nothing(case_decided: Operator) -> None:
    quick(case_decided)
    with a_daemon(case_decided, "--config", "looptijd.toml", first=("nohup",)) as daemon:
        daemon.process.send_signal(signal.SIGHUP)
        time.sleep(2.5)  # longer than it waits for a signal
        assert daemon.process.poll() is None
        assert daemon.stops() < 5


def test_a_relay_receives_the_mails_once(case_decided: Operator) -> None:
    with sink() as relay:
        smtp = f'[mail]\ntransport = "smtp"\nhost = "127.0.0.1"\nport = {relay.port}\ntls = "none"'
        quick(case_decided, smtp)
        with a_daemon(case_decided, "--config", "looptijd.toml") as daemon:
            until(lambda: daemon.events().count("mail_accepted") >= 2)
            time.sleep(2)  # two more looks, at which nothing may leave again
            daemon.stops()
    accepted = case_decided.reads("mail", "list", "--status", "accepted")
    assert len(relay.mails) == len(accepted)
    wires = [message_from_bytes(mail.content, policy=default) for mail in relay.mails]
    assert {mail["Message-ID"] for mail in wires} == {row["message_id"] for row in accepted}
    assert {row["to"] for row in accepted} == {mail.rcpt_tos[0] for mail in relay.mails}
    assert {mail.mail_from for mail in relay.mails} == {"looptijd@example.org"}


def test_a_relay_that_is_silent_after_the_dot_holds_up_no_stop_and_the_mail_stays_in_doubt(
    case_decided: Operator,
) -> None:
    with sink({"BODY": Trick.SILENCE}) as relay:
        smtp = f'[mail]\ntransport = "smtp"\nhost = "127.0.0.1"\nport = {relay.port}\ntls = "none"'
        quick(case_decided, smtp)
        with a_daemon(case_decided, "--config", "looptijd.toml") as daemon:
            until(lambda: relay.count("DATA") >= 1)
            assert daemon.stops() < 25
    assert daemon.events()[-1] == "stopped"
    with closing(sqlite3.connect(case_decided.folder / "looptijd.db")) as database:
        in_doubt = database.execute("SELECT status FROM message WHERE in_doubt").fetchall()
    assert set(in_doubt) == {("sending",)}


def test_a_database_that_another_program_holds_locked_holds_up_no_stop(
    case_decided: Operator,
) -> None:
    quick(case_decided)
    file = case_decided.folder / "looptijd.db"
    with (
        a_daemon(case_decided, "--config", "looptijd.toml") as daemon,
        closing(sqlite3.connect(file, isolation_level=None)) as other,
    ):
        until(lambda: "mail_accepted" in daemon.events())
        other.execute("BEGIN IMMEDIATE")
        assert daemon.stops() < 25


def test_a_clock_that_jumped_fires_nothing_until_somebody_confirms_it(
    case_signed: Operator,
) -> None:
    case_signed.does("tick")
    later = case_signed.at("2076-05-15T09:00:00+02:00")
    held = later.runs("tick", "--json")
    assert (held.code, held.json()["fired"]) == (1, 0)
    (told,) = later.runs("tick").problems
    assert told.startswith("looptijd: The clock jumped (")
    assert told.endswith(
        " → 2076-05-15 09:00); nothing fires. See that the server's clock is right, then run:"
        " looptijd clock confirm"
    )
    checked = later.runs("doctor", "--json")
    assert checked.code == 1
    clock = [check["ok"] for check in checked.json()["checks"] if check["name"] == "clock"]
    assert clock == [False]
    later.does("clock", "confirm")
    assert later.reads("tick")["fired"] >= 1
