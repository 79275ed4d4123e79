"""Backing up, putting back and adopting, as an administrator does it at a terminal."""

import os
import pty
import re
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.acceptance.cli.test_terminal import a_terminal
from tests.acceptance.commands import CASE, LOGIN, PATIENCE, REF, Operator, until
from tests.acceptance.conftest import LONG, monthly
from tests.acceptance.processes import started, surroundings

SETTINGS = """
language = "nl"
[municipality]
name = "Gemeente Maastricht"
installation = "productie"
"""


def answering(operator: Operator, *arguments: str, answer: str) -> str:
    """Run `looptijd` at a terminal, type an answer, and return everything that stood there."""
    ours, theirs = pty.openpty()
    with started(
        "looptijd",
        *arguments,
        cwd=operator.folder,
        env=surroundings(operator.folder, operator.environment),
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    ) as process:
        os.write(ours, f"{answer}\n".encode())
        out, _ = process.communicate(timeout=30)
    os.close(ours)
    os.close(theirs)
    assert process.returncode == 0, out
    return str(out)


TOLD_AGAIN = """
import os, shutil, signal

clear_away = shutil.rmtree
shutil.rmtree = lambda folder, **how: (
    os.kill(os.getpid(), signal.SIGHUP), clear_away(folder, **how)
)
"""


def registered(folder: Path) -> Operator:
    """Give an operator whose register holds the real case, in the college's decision."""
    folder.mkdir(exist_ok=True)
    operator = Operator(folder=folder).configures(SETTINGS)
    operator.does("init")
    operator.does("import", CASE)
    operator.does("do", REF, "submit")
    return operator


def test_a_register_is_backed_up_put_back_looked_at_and_adopted(tmp_path: Path) -> None:
    operator = registered(tmp_path)
    operator.does("backup", "nacht.db")
    operator.does("do", REF, "agree", "on=2017-07-05", "attended=wethouder Gerats")
    operator.does("do", REF, "decide", "outcome=as_proposed", "on=2017-09-26")
    for name in ("looptijd.db", "looptijd.db-wal", "looptijd.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    shutil.copy(tmp_path / "nacht.db", tmp_path / "looptijd.db")

    refused = operator.runs("do", REF, "agree", "on=2017-07-05")
    assert refused.code == 5
    (problem,) = refused.problems  # and none says that what was recorded stays
    assert problem.startswith("looptijd: Dit register is teruggezet")
    assert operator.runs("tick").code == 5
    assert operator.runs("doctor").code == 1
    assert operator.reads("show", REF)["stage"] == "bestuurlijk_overleg"

    adopted = operator.reads("adopt", "--mail", "drop", "--by", "beheer")
    lost = 3  # agree, decide, and the alert of a signature that is late by years
    assert (adopted["lost"], adopted["fired"], adopted["mail"]) == (lost, [], "drop")
    told = (
        "het register is van deze installatie geworden  beheer\n       · mail die wachtte: weglaten"
    )
    assert told in operator.does("history").replace(f"{LOGIN} (--by beheer)", "beheer")
    operator.does("do", REF, "agree", "on=2017-07-05")
    assert operator.reads("verify")["ok"] is True
    nothing = operator.runs("adopt")
    assert nothing.code == 3


def test_who_adopts_is_told_that_the_file_may_still_hold_who_was_erased_again(
    tmp_path: Path,
) -> None:
    operator = registered(tmp_path)
    operator.does("backup", "nacht.db")
    operator.does("erase", "wethouder Gerats", "--reason", "verzoek")
    operator.puts_back("nacht.db")
    hurried = replace(operator, environment={"LOOPTIJD_TEST_BUSY_SECONDS": "0.1"})
    with closing(sqlite3.connect(tmp_path / "looptijd.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM event").fetchone()
        told = hurried.does("adopt", "--mail", "drop").splitlines()
    assert told[-1] == (
        "Het bestand van de database kon niet opnieuw worden geschreven: de database is in gebruik"
        " of de schijf is vol. Daardoor kan in het bestand nog staan wat is gewist. Geef de"
        " opdracht looptijd erase opnieuw als het rustig is en er ruimte is."
    )


def test_a_copy_for_another_installation_asks_what_becomes_of_its_mail(tmp_path: Path) -> None:
    operator = registered(tmp_path)
    operator.does("do", REF, "agree", "on=2017-07-05", "attended=wethouder Gerats")
    operator.does("do", REF, "decide", "outcome=as_proposed", "on=2017-09-26")
    operator.configures(SETTINGS.replace("productie", "oefening"))
    assert operator.reads("tick")["mails"] == {
        "accepted": 0,
        "retry": 0,
        "unknown": 0,
        "refused": 0,
    }
    ticked = operator.runs("tick")
    assert (ticked.code, ticked.problems) == (
        0,
        ["looptijd: Uit dit register mag geen mail weg. Wachtende mails: 5. Zie: looptijd doctor"],
    )
    listed = operator.reads("mail", "list")
    tried = operator.reads("mail", "retry", listed[0]["id"])
    shown = operator.reads("mail", "show", listed[0]["id"])
    assert [row["status"] for row in (listed[0], tried, shown)] == ["held", "held", "held"]
    silent = operator.runs("adopt")
    assert silent.code == 2
    assert "--mail versturen" in silent.problems[0]
    with a_terminal(operator, "adopt") as terminal:
        terminal.shows("Wat het register tegenhield: een andere installatie")
        terminal.asks("De mail hierover (versturen, vasthouden, weglaten)")
        terminal.types("\x03")
        terminal.shows("Er is niets opgeslagen.")
        assert terminal.ends() == 130
    shown = answering(operator, "adopt", answer="hold")
    assert "productie → oefening" in shown
    assert "oefening" in shown.splitlines()[-1]
    assert {row["status"] for row in operator.reads("mail", "list")} == {"held"}
    assert "sociaal-domein" in operator.does("mail", "list").splitlines()[1]
    held = operator.reads("mail", "list", "--status", "held")
    operator.does("mail", "retry", held[0]["id"])
    assert operator.reads("tick")["mails"]["accepted"] == 1


def test_who_adopts_is_shown_what_fell_due_what_fails_and_whom_nobody_could_erase(
    tmp_path: Path,
) -> None:
    """Piet was erased after the backup; what he wrote in it stands beside what nobody can read."""
    operator = Operator(folder=tmp_path).configures(SETTINGS)
    (tmp_path / "register.toml").write_text(LONG, encoding="utf-8")
    (tmp_path / "monthly.toml").write_text(monthly("MAAND-1", "grondzaken", 2025), encoding="utf-8")
    then = operator.at("2025-01-20T10:00:00+01:00")
    then.does("init")
    then.does("import", "register.toml")
    then.does("import", "--history", "monthly.toml")
    then.does("do", "LANG-1", "note", "text=gebeld", "--by", "Piet Jansen")
    then.does("backup", "nacht.db")
    then.does("erase", "Piet Jansen", "--reason", "verzoek")
    operator.puts_back("nacht.db")
    with closing(sqlite3.connect(tmp_path / "looptijd.db")) as database, database:
        database.execute("DROP TRIGGER event_is_never_updated")
        damage = "UPDATE event SET payload = '{}' WHERE stream = 'agreement:LANG-1' AND seq = 1"
        assert database.execute(damage).rowcount == 1
        damage = "UPDATE agreement SET stage = 'limbo', next_alert_at = ? WHERE ref = 'LANG-1'"
        assert database.execute(damage, ["2025-01-20 09:00:00.000000"]).rowcount == 1

    with a_terminal(operator.at("2026-12-01T10:00:00+01:00"), "adopt", columns=200) as terminal:
        terminal.asks("De mail hierover (versturen, vasthouden, weglaten):")
        shown = [line.strip() for line in terminal.before.strip().splitlines()]
        terminal.types("later\n")
        terminal.shows("\nDit kan: versturen, vasthouden, weglaten.\n")
        terminal.asks("De mail hierover (versturen, vasthouden, weglaten):")
        terminal.types("weglaten\n")
        terminal.shows("Het register hoort nu bij de installatie “productie”.")
        assert terminal.ends() == 0
    assert shown[:8] == [
        "Het is teruggezet uit een reservekopie (2025-01-20 10:00)",
        "– Installatie: productie",
        "– Gebeurtenissen van het verloren register die hier ontbreken: 1",
        "– Namen en notities die opnieuw worden gewist: 0",
        "– Sindsdien aan de beurt gekomen en nu vastgelegd: 25",
        "– Mails om te versturen, vast te houden of weg te laten: 49",
        (
            "– Namen en notities die niet opnieuw konden worden gewist, want iets waarin zij staan"
            " kan niet worden gelezen: 1. Wat dat is: looptijd verify"
        ),
        "MAAND-1  termijn 1, 2 weken erna",
    ]
    assert shown[26:] == [
        "MAAND-1  termijn 20, 2 weken erna",
        "en nog 5",
        "✗ bij LANG-1 gaat iets mis; zie: looptijd doctor",
    ]


def test_who_is_asked_about_the_mail_leaves_a_backup_that_is_put_back_as_it_is(
    tmp_path: Path,
) -> None:
    operator = registered(tmp_path)
    operator.does("do", REF, "agree", "on=2017-07-05", "attended=wethouder Gerats")
    operator.does("backup", "nacht.db")
    operator.does("do", REF, "decide", "outcome=as_proposed", "on=2017-09-26")
    operator.configures(SETTINGS.replace("productie", "oefening"))
    with a_terminal(operator, "adopt") as terminal:
        terminal.asks("De mail hierover (versturen, vasthouden, weglaten)")
        operator.configures(SETTINGS)
        operator.does("do", REF, "note", "text=verloren")
        operator.puts_back("nacht.db")
        terminal.types("\x03")
        assert terminal.ends() == 130
    actions = [event["action"] for event in operator.reads("history", REF)]
    assert actions == ["register", "submit", "agree"]


def test_a_backup_becomes_a_register_in_an_empty_place(tmp_path: Path) -> None:
    operator = registered(tmp_path / "oud")
    operator.does("backup", tmp_path / "nacht.db")
    (tmp_path / "nieuw").mkdir()
    elsewhere = Operator(folder=tmp_path / "nieuw").configures(SETTINGS)
    elsewhere.does("restore", tmp_path / "nacht.db")
    assert elsewhere.runs("tick").code == 5
    adopted = elsewhere.does("adopt")
    assert "Het is teruggezet uit een reservekopie (" in adopted
    assert "Installatie: productie\n" in adopted
    assert "Mails om te versturen: 0\n" in adopted
    assert elsewhere.reads("show", REF) == operator.reads("show", REF)
    again = elsewhere.runs("restore", tmp_path / "nacht.db")
    assert (again.code, len(again.problems)) == (3, 1)
    assert elsewhere.runs("restore", "nergens.db").code == 2


def test_who_puts_back_a_backup_of_an_older_release_is_told_the_steps_in_an_order_that_works(
    tmp_path: Path,
) -> None:
    registered(tmp_path / "oud").does("backup", tmp_path / "nacht.db")
    with closing(sqlite3.connect(tmp_path / "nacht.db")) as backup, backup:
        backup.execute("UPDATE register SET rules_version = 1")
    (tmp_path / "nieuw").mkdir()
    elsewhere = Operator(folder=tmp_path / "nieuw").configures(SETTINGS)
    told = elsewhere.does("restore", tmp_path / "nacht.db")
    assert told.endswith("en ga verder: looptijd init, looptijd adopt\n")
    assert elsewhere.runs("adopt").code == 5  # it follows other rules: init comes first
    elsewhere.does("init")
    assert "Het is teruggezet uit een reservekopie (" in elsewhere.does("adopt")


def test_where_temporary_files_have_no_room_that_place_is_named(tmp_path: Path) -> None:
    """The backup was named, which has room enough."""
    registered(tmp_path / "oud").does("backup", tmp_path / "nacht.db")
    (tmp_path / "nieuw").mkdir()
    elsewhere = Operator(folder=tmp_path / "nieuw").configures(SETTINGS)
    full = elsewhere.on_a_full_disk(100_000, "restore", tmp_path / "nacht.db")
    assert full.code == 2
    (problem,) = full.problems
    assert re.fullmatch(r"looptijd: /.+/looptijd-\w+/register\.db .*: .+\.", problem)
    assert "nacht" not in problem


def test_a_backup_for_which_a_disk_has_no_room_is_not_called_whole(
    tmp_path: Path, small_disk: Path
) -> None:
    """There was for its log; that the file itself did not hold it all SQLite says to nobody."""
    operator = registered(tmp_path / "oud")
    operator.does("backup", tmp_path / "nacht.db")
    room = (tmp_path / "nacht.db").stat().st_size * 5 // 2
    (small_disk / "filler").write_bytes(bytes(shutil.disk_usage(small_disk).free - room))
    full = operator.runs("backup", small_disk / "nacht.db")
    assert full.code == 5
    assert full.problems[0].endswith(
        "/register.db: de database of de schijf is vol. Maak ruimte op de schijf waarop dit staat"
        " en probeer het opnieuw: er gaat niets verloren van wat is vastgelegd."
    )
    assert [path.name for path in small_disk.iterdir()] == ["filler"]
    (small_disk / "filler").unlink()
    operator.does("backup", small_disk / "nacht.db")
    assert (small_disk / "nacht.db").stat().st_size == (tmp_path / "nacht.db").stat().st_size


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGHUP])
def test_who_is_told_to_stop_leaves_no_copy_of_the_register(
    tmp_path: Path, by: signal.Signals
) -> None:
    with waiting_restore(tmp_path) as (process, scratch):
        process.send_signal(by)
        assert process.wait(PATIENCE) == -by
        assert list(scratch.iterdir()) == []


def test_a_second_hang_up_breaks_no_clearing_away_off(tmp_path: Path) -> None:
    """The terminal tells of it, and then the shell."""
    (tmp_path / "sitecustomize.py").write_text(TOLD_AGAIN, encoding="utf-8")
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    with waiting_restore(tmp_path, "env", f"PYTHONPATH={path}") as (process, scratch):
        process.send_signal(signal.SIGHUP)
        assert process.wait(PATIENCE) == -signal.SIGHUP
        assert list(scratch.iterdir()) == []


def test_who_is_to_go_on_when_the_terminal_is_gone_does(tmp_path: Path) -> None:
    with waiting_restore(tmp_path, "nohup") as (process, _):
        process.send_signal(signal.SIGHUP)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.5)
        process.terminate()
        assert process.wait(PATIENCE) == -signal.SIGTERM


@contextmanager
def waiting_restore(folder: Path, *first: str) -> Iterator[tuple["subprocess.Popen[str]", Path]]:
    """Give a restore that waits for another program, and the folder of its temporary files."""
    registered(folder / "oud").does("backup", folder / "nacht.db")
    scratch, place = folder / "tmp", folder / "nieuw"
    for each in (scratch, place):
        each.mkdir()
    elsewhere = Operator(folder=place, environment={"TMPDIR": str(scratch)}, real=True)
    elsewhere.configures(SETTINGS)
    with closing(sqlite3.connect(place / "looptijd.db", isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("BEGIN IMMEDIATE")
        with elsewhere.starts("restore", folder / "nacht.db", first=first) as process:
            until(lambda: any(scratch.glob("looptijd-*/register.db")))
            yield process, scratch


def test_a_fingerprint_needs_its_day(tmp_path: Path) -> None:
    operator = registered(tmp_path)
    for arguments in (["--fingerprint", "abc", "--at", "2020-01-01"], ["--at", "2020-01-01"]):
        assert operator.runs("verify", *arguments).code == 2
    unknown = operator.runs("verify", "--fingerprint", "0" * 64, "--at", "2020-01-01")
    assert unknown.code == 1
    assert operator.reads("verify", "--quick")["ok"] is True


def test_where_no_day_is_sealed_yet_it_is_told_that_nothing_was_checked(
    operator: Operator,
) -> None:
    operator.configures(SETTINGS).does("init")
    assert operator.does("verify", "--quick").splitlines()[-1] == (
        "Er is nog geen dag verzegeld, dus er viel niets te controleren. De bewaking verzegelt elke"
        " dag die voorbij is. Zonder --quick wordt alles gecontroleerd."
    )
