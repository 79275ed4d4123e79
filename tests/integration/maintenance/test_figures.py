"""What monitors read: figures for Prometheus, and one line for Nagios, Icinga and Zabbix."""

import json
import os
import re
import stat
import subprocess
import sysconfig
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from notifications.language import language
from notifications.transport import Outcome, Verdict
from states.model.phrase import Phrase, say
from tests.town import Town
from workflow.app.signs_of_life import leave_sign_of_life, sign_off
from workflow.mail import queue
from workflow.maintenance.doctor import Check, doctor
from workflow.maintenance.figures import measure
from workflow.maintenance.nagios import NagiosState, judged, line, refused, state_of
from workflow.maintenance.prometheus import exposition
from workflow.system.settings import Mail

pytestmark = pytest.mark.on_sqlite

TOMORROW = "2017-10-13 06:00:00.000000"
LOOPTIJD = Path(sysconfig.get_path("scripts")) / "looptijd"


def figures(town: Town) -> dict[str, float]:
    """Return every sample, read by Prometheus' own parser: its name and labels, and its value."""
    return {
        " ".join([sample.name.removeprefix("looptijd_"), *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(exposition(measure(town.app)))
        for sample in family.samples
    }


def test_every_figure_is_told_for_prometheus(town: Town) -> None:
    town.in_force()  # signed on 12 October 2017 at 10:00
    leave_sign_of_life(town.app, "server:1")
    leave_sign_of_life(town.app, "other:2", "The database is away.")
    leave_sign_of_life(town.app, "@relay server", "535 5.7.8 No")
    read = figures(town)
    assert read.pop("ledger_events_total") == town.counts()["event"]
    accepted = read.pop("mail accepted")
    assert accepted == len(town.mails(where="status = 'accepted'")) > 0
    cancelled = read.pop("mail cancelled")
    assert cancelled == len(town.mails(where="status = 'cancelled'"))
    assert read == {
        "info test 0.1.0": 1,
        "measured_timestamp_seconds": 1507795200,  # 08:00 UTC
        "agreements draft": 0,
        "agreements bestuurlijk_overleg": 0,
        "agreements college_decision": 0,
        "agreements signing": 0,
        "agreements active": 1,
        "agreements evaluation": 0,
        "agreements continuation_decision": 0,
        "agreements ended": 0,
        "next_alert_timestamp_seconds": 1507874400,  # tomorrow 08:00: instalment 1 is late
        "overdue_agreements": 0,
        "late_deadlines": 0,
        "failing_agreements": 0,
        "firing_failures": 0,
        "mail queued": 0,
        "mail sending": 0,
        "mail retry": 0,
        "mail unknown": 0,
        "mail refused": 0,
        "mail expired": 0,
        "mail held": 0,
        "daemon_last_look_timestamp_seconds other": 1507795200,
        "daemon_last_look_timestamp_seconds server": 1507795200,
        "daemon_failed other": 1,
        "daemon_failed server": 0,
        "work_timestamp_seconds relay server": 1507795200,
        "work_failed relay server": 1,
        "clock_held": 0,
        "restored": 0,
    }


def test_what_is_late_waits_or_fails_shows_in_the_figures(town: Town) -> None:
    town.in_force().at("2017-10-13 08:11")
    assert figures(town)["overdue_agreements"] == 1
    town.relay.answers(*[Outcome(Verdict.DEFERRED, "450 4.2.0 later")] * 9)
    town.one_pass()
    town.change("UPDATE agreement SET failures = 3")
    town.change("UPDATE register SET clock_held = 'forward'")
    read = figures(town)
    assert (read["overdue_agreements"], read["late_deadlines"]) == (0, 1)  # instalment 1
    assert read["oldest_waiting_mail_timestamp_seconds"] == 1507875060  # 06:11 UTC
    assert read["mail retry"] > 0
    assert (read["failing_agreements"], read["firing_failures"]) == (1, 3)
    assert read["clock_held"] == 1


def test_mail_that_leaves_later_does_not_wait_yet(town: Town) -> None:
    town.in_force()
    waits = "UPDATE message SET status = 'queued', reply = NULL, next_attempt_at = :at"
    assert town.change(f"{waits} WHERE status = 'accepted'", at=TOMORROW)
    assert "oldest_waiting_mail_timestamp_seconds" not in figures(town)


def test_every_family_has_its_help_and_a_name_that_may_stand_in_a_file(town: Town) -> None:
    town.change("UPDATE register SET installation = :name", name='a "b" \\ c')
    families = list(text_string_to_metric_families(exposition(measure(town.app))))
    assert len(families) == 18
    assert all(family.documentation.endswith(".") for family in families)
    assert families[0].samples[0].labels["installation"] == 'a "b" \\ c'


def test_a_daemon_that_was_restarted_is_one_and_one_that_stays_away_is_told_for_a_week(
    town: Town,
) -> None:
    town.in_force()  # at 10:00
    for daemon in ("one:1", "two:1", "@relay two", "@verify"):
        leave_sign_of_life(town.app, daemon)
    for time, daemon in (("10:14", "one:2"), ("10:16", "one:2")):
        town.at(f"2017-10-12 {time}")
        leave_sign_of_life(town.app, daemon)
    assert sorted(measure(town.app).looks) == ["one", "two"]
    assert warned(town) == [AWAY]
    town.at("2017-10-19 10:00")
    leave_sign_of_life(town.app, "one:2")
    assert warned(town) == []
    leave_sign_of_life(town.later(minutes=1).app, "one:2")
    kept = measure(town.app)
    assert (sorted(kept.looks), sorted(kept.work)) == (["one"], ["verify"])


def test_a_daemon_that_was_stopped_on_purpose_is_not_missed(town: Town) -> None:
    town.in_force()
    for daemon in ("one:1", "two:1"):
        leave_sign_of_life(town.app, daemon)
    sign_off(town.app, "two:1")
    leave_sign_of_life(town.later(minutes=16).app, "one:1")
    assert warned(town) == []


def test_of_a_daemon_that_was_stopped_the_doctor_says_when(town: Town) -> None:
    town.in_force()  # at 10:00
    leave_sign_of_life(town.app, "one:1")
    leave_sign_of_life(town.app)  # of `looptijd tick`
    sign_off(town.later(minutes=5).app, "one:1")
    shown = "The daemon was stopped on Thursday 12 October 2017 10:05: start it again."
    assert (warned(town), alive(town)) == ([shown], [True])
    assert (warned(town.later(minutes=15)), alive(town)) == ([shown], [False])
    assert measure(town.app).looks.keys() == {"tick"}
    leave_sign_of_life(town.app, "one:2")
    assert (warned(town), alive(town)) == ([], [True])


def test_what_a_daemon_reported_is_told_for_a_quarter_of_an_hour(town: Town) -> None:
    town.in_force()  # at 10:00
    leave_sign_of_life(town.app, "one:1", "The database is away.")

    def told(when: str) -> list[tuple[bool, str]]:
        checks = town.at(f"2017-10-12 {when}").checks("daemon_error")
        return [(check.ok, str(check.detail)) for check in checks]

    assert told("10:14:59") == [(False, "one:1 reported: The database is away.")]
    assert told("10:15") == []


def test_where_no_daemon_has_run_for_an_hour_since_it_was_made_something_is_wrong(
    town: Town,
) -> None:
    shown = "No daemon has run yet: start looptijd-daemon."  # made on 1 June 2017 at 10:00
    assert (warned(town.at("2017-06-01 10:59")), alive(town)) == ([shown], [True])
    assert (warned(town.at("2017-06-01 11:00")), alive(town)) == ([shown], [False])


def test_where_another_daemon_watches_one_that_was_stopped_is_not_told(town: Town) -> None:
    town.in_force()
    leave_sign_of_life(town.app, "two:1")
    leave_sign_of_life(town.app, "one:1")
    sign_off(town.later(minutes=1).app, "one:1")
    assert (warned(town), alive(town)) == ([], [True])


def test_how_a_relay_answered_is_told_only_where_mail_leaves_through_one(town: Town) -> None:
    leave_sign_of_life(town.app, "@relay server", "535 5.7.8 No")
    smtp = town.configured(mail=Mail(transport="smtp", host="relay.example", port=26))
    (failed,) = [str(one.detail) for one in doctor(smtp.app) if not one.ok]
    assert failed.startswith("The relay relay.example:26 cannot be used by the daemon on server: ")
    assert [one for one in doctor(town.app) if not one.ok] == []


def test_what_a_relay_answered_is_told_for_an_hour_longer_than_a_day(town: Town) -> None:
    """A daemon greets once a day: one that does so no more has fallen away, or has no relay."""
    leave_sign_of_life(town.app, "@relay server", "535 5.7.8 No")
    smtp = town.configured(mail=Mail(transport="smtp", host="relay.example", port=26))
    assert [one.ok for one in smtp.later(hours=24, minutes=59).checks("relay")] == [True, False]
    assert [one.ok for one in smtp.later(minutes=1).checks("relay")] == [True]


def test_one_that_was_killed_long_before_does_not_hide_when_the_last_was_stopped(
    town: Town,
) -> None:
    town.in_force()  # at 10:00
    leave_sign_of_life(town.app, "one:1")
    leave_sign_of_life(town.later(minutes=15).app, "one:2")
    sign_off(town.app, "one:2")
    shown = "The daemon was stopped on Thursday 12 October 2017 10:15: start it again."
    assert (warned(town), alive(town)) == ([shown], [True])


AWAY = (
    "The daemon on two was last seen on Thursday 12 October 2017 10:00 and was not stopped on"
    " purpose; another one, or looptijd tick, watches."
)


def alive(town: Town) -> list[bool]:
    """Return whether the doctor is content with the daemons."""
    return [check.ok for check in town.checks("daemon")]


def warned(town: Town) -> list[str]:
    """Return what the doctor warns of about daemons."""
    checks = [check for check in town.checks("daemon") if check.warns]
    return [language("en").say(check.detail) for check in checks]


# Nagios ------------------------------------------------------------------------------------------


def a_check(*, ok: bool = True, warns: bool = False, detail: Phrase) -> Check:
    return Check(name="daemon", ok=ok, warns=warns, detail=detail)


FINE = a_check(detail=say("Fine."))
WARNS = a_check(warns=True, detail=say("Look | at\nthis."))
WRONG = a_check(ok=False, warns=True, detail=say("Wrong."))


def test_what_is_wrong_is_critical_and_a_warning_is_a_warning() -> None:
    assert state_of([FINE]) == 0
    assert state_of([FINE, WARNS]) == 1
    assert state_of([WARNS, WRONG, FINE]) == 2


def test_a_lost_mail_that_was_sent_once_more_is_no_figure_that_alarms_for_ever(town: Town) -> None:
    town.in_force(until="2020-07-13 09:00")
    town.change("UPDATE message SET status = 'refused' WHERE id IN (1, 2)")
    assert figures(town)["mail refused"] == 2
    queue.resend(town.app, "1")
    assert figures(town)["mail refused"] == 1
    assert [str(check.detail) for check in town.checks("mail")] == ["Mail needs a look: refused 1."]


def test_the_line_tells_the_gravest_first_and_then_the_figures(town: Town) -> None:
    town.in_force()
    leave_sign_of_life(town.app, "server:1")
    shown = judged([FINE, WARNS, WRONG], measure(town.later(minutes=2).app), language("en"))
    events = town.counts()["event"]
    assert shown == (
        "LOOPTIJD CRITICAL - daemon: Wrong. - daemon: Look / at this."
        " | agreements=1;;;0 overdue=0;;0;0 late=0;;;0 failing=0;;0;0 mail_queued=0;;;0"
        " mail_retry=0;;;0"
        " mail_unknown=0;;;0 mail_refused=0;;;0 mail_expired=0;;;0 oldest_mail=U;;;0"
        f" last_look=120s;;900;0 events={events}c;;;0"
    )
    assert judged([FINE], measure(town.app), language("nl")).startswith(
        "LOOPTIJD OK - Controles in orde: 1. | agreements=1"
    )


def test_a_long_story_is_cut_before_the_figures() -> None:
    shown = line(NagiosState.CRITICAL, "x" * 5000, ["a=1"])
    assert shown == f"LOOPTIJD CRITICAL - {'x' * 1000} | a=1"


# The commands ------------------------------------------------------------------------------------


def run(folder: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the real command in a folder, in English."""
    return subprocess.run(
        [LOOPTIJD, "--lang", "en", *words],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **more},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    "words, more, code, shown",
    [
        ((), {}, 2, "LOOPTIJD CRITICAL - There is no register in "),
        ((), {"LOOPTIJD_MAIL__PORT": "x"}, 3, "LOOPTIJD UNKNOWN - LOOPTIJD_MAIL__PORT: mail.port"),
        (("--bogus",), {}, 3, "LOOPTIJD UNKNOWN - No such option"),
    ],
)
def test_a_monitor_gets_its_line_whatever_is_wrong(
    words: tuple[str, ...], more: dict[str, str], code: int, shown: str, tmp_path: Path
) -> None:
    ran = run(tmp_path, "doctor", "--nagios", *words, **more)
    assert (ran.returncode, ran.stderr) == (code, "")
    assert ran.stdout.startswith(shown)
    assert ran.stdout.count("\n") == 1


def test_the_commands_tell_a_monitor_how_it_is_and_write_its_file_in_one_step(
    tmp_path: Path,
) -> None:
    assert run(tmp_path, "init").returncode == 0
    judgement = run(tmp_path, "doctor", "--nagios")
    assert judgement.returncode == 1
    assert re.fullmatch(
        r"LOOPTIJD WARNING - daemon: No daemon has run yet: .* \| [^|]*", judgement.stdout[:-1]
    )
    assert run(tmp_path, "metrics", "--output", "looptijd.prom").returncode == 0
    file = tmp_path / "looptijd.prom"
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    names = {family.name for family in text_string_to_metric_families(file.read_text("utf-8"))}
    assert {"looptijd_agreements", "looptijd_ledger_events"} <= names
    for options in ([], ["--output", "looptijd.prom"]):
        printed = json.loads(run(tmp_path, "metrics", "--json", *options).stdout)["metrics"]
        assert printed.startswith("# HELP looptijd_info ")
    screen = run(tmp_path, "metrics", "--output", "-").stdout
    assert screen.startswith("# HELP looptijd_info ")
    assert not (tmp_path / "-").exists()
    refused = run(tmp_path, "metrics", "--output", "nowhere/looptijd.prom")
    assert refused.returncode == 2
    assert refused.stderr == (
        "looptijd: nowhere/looptijd.prom cannot be written: No such file or directory.\n"
    )
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_what_could_not_be_checked_is_one_line_without_figures() -> None:
    away = (say("The database | is away."), say("See the log."))
    told = refused(NagiosState.CRITICAL, away, language("en"))
    assert told == "LOOPTIJD CRITICAL - The database / is away. See the log."
