"""`looptijd export` and the file of events, as an administrator meets them."""

import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.acceptance.commands import REF, Operator, a_daemon
from tests.acceptance.conftest import SETTINGS

FOLLOWED = f"""{SETTINGS}
[daemon]
tick_seconds = 1
[events]
file = "feed/events.jsonl"
source = "urn:nld:oin:00000001823288444000:systeem:looptijd"
"""


def test_a_register_goes_out_as_calendars_as_csv_as_json_and_as_a_dossier(
    case_signed: Operator,
) -> None:
    ran = case_signed.runs("export", "--ics", "--office", "grondzaken")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("BEGIN:VCALENDAR")
    assert ran.out.count("BEGIN:VEVENT") == 4
    assert [row["ref"] for row in case_signed.reads("export")] == ["LANG-1", REF]
    header, first, *_ = case_signed.does("export", "--csv").splitlines()
    assert (header[:9], first[:24]) == ("ref,title", "LANG-1,Erfpacht tot 2077")
    shown = case_signed.reads("export", REF, "--output", "dossier")
    there = [path for path in (case_signed.folder / "dossier").rglob("*") if path.is_file()]
    assert shown["files"] == sorted(
        str(p.relative_to(case_signed.folder / "dossier")) for p in there
    )
    assert (case_signed.folder / "dossier").stat().st_mode & 0o077 == 0


def test_the_payment_list_goes_out_as_csv_as_json_and_for_excel(registered: Operator) -> None:
    header, first, *_ = registered.does("export", "--payments").splitlines()
    assert header.startswith("ref,title,stage_label,office,number,kind,refund,payer,payee,amount,")
    assert first.startswith("LANG-1,Erfpacht tot 2077,draft,grondzaken,1,fee,false,")
    assert [row["amount"] for row in registered.reads("export", "--payments")][:1] == ["250.50"]
    excel = registered.does("export", "--payments", "--excel").splitlines()[1]
    assert excel.startswith("LANG-1;Erfpacht tot 2077;concept;grondzaken;1;vergoeding;nee;")
    assert ";250,50;EUR;ja;11-7-2076;2076;" in excel


def test_the_register_goes_out_as_an_sqlite_file_that_is_replaced_whole(
    case_signed: Operator,
) -> None:
    for _ in range(2):
        told = case_signed.reads("export", "--sqlite", "register.sqlite")
    assert told == {"file": "register.sqlite"}
    file = case_signed.folder / "register.sqlite"
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as opened:
        assert opened.execute("SELECT ref FROM agreement ORDER BY ref").fetchall() == [
            ("LANG-1",),
            (REF,),
        ]


def test_calendars_are_written_anew_in_the_folder_where_they_are(case_signed: Operator) -> None:
    for _ in range(2):
        case_signed.does("export", "--ics", "--output", "calendars")
    files = sorted(path.name for path in (case_signed.folder / "calendars").iterdir())
    assert "grondzaken.ics" in files
    assert not [name for name in files if name.startswith(".")]


@pytest.mark.parametrize(
    "arguments, code, said",
    [
        ((), 2, "Choose one"),
        (("--ics", "--csv"), 2, "Choose one"),
        (("--csv", "--payments"), 2, "Choose one"),
        (("--ics", "--excel"), 2, "--excel goes with --csv or --payments"),
        (("--csv", "--sqlite", "f.sqlite"), 2, "Choose one"),
        (("--sqlite", "f.sqlite", "--office", "grondzaken"), 2, "--sqlite takes the whole"),
        (("--gpp", "concepts", "--output", "d"), 2, "--gpp takes the whole"),
        (("--audit", "audit", "--office", "grondzaken"), 2, "--audit takes the whole"),
        (("--sqlite", "no/such/f.sqlite"), 2, "cannot be written"),
        ((REF,), 2, "Name a new folder"),
        ((REF, "--office", "grondzaken", "--output", "d"), 2, "--office"),
        (("NOBODY", "--output", "d"), 4, "NOBODY"),
        (("--csv", "--office", "nowhere"), 4, "nowhere"),
        (("--csv", "--output", "no/such/folder"), 2, "cannot be written"),
        ((REF, "--output", "looptijd.toml"), 2, "exists already"),
        (("--csv", "--output", "looptijd.toml"), 2, "is what looptijd works with"),
        (("--payments", "--output", "./looptijd.db"), 2, "is what looptijd works with"),
        (("--sqlite", "looptijd.db"), 2, "is what looptijd works with"),
    ],
)
def test_what_cannot_be_exported_is_one_sentence_and_leaves_nothing(
    registered: Operator, arguments: tuple[str, ...], code: int, said: str
) -> None:
    before = files_in(registered.folder)
    ran = registered.runs("export", *arguments)
    assert (ran.code, len(ran.problems), said in ran.err) == (code, 1, True)
    assert files_in(registered.folder) == before


@pytest.mark.parametrize(
    "file", ["password", "theme.css", "templates/letter.txt", "events", "looptijd.db-wal", "mark"]
)
def test_no_export_comes_in_the_place_of_what_looptijd_works_with(
    case_registered: Operator, file: str
) -> None:
    folder = case_registered.folder
    (folder / "templates").mkdir()
    (mark,) = folder.glob("looptijd-*-*.json")
    file = mark.name if file == "mark" else file
    case_registered.configures(
        'language = "en"\nmail = { password_file = "password", templates = "templates" }\n'
        'report.theme = "theme.css"\nevents = { file = "events", source = "urn:nld:oin:1:x" }\n'
    )
    ran = case_registered.runs("export", "--csv", "--output", file)
    sentence = f"looptijd: {file} is what looptijd works with: name another file."
    assert (ran.code, ran.problems) == (2, [sentence])


@pytest.mark.parametrize("config", ["../looptijd.toml", "{folder}/looptijd.toml"])
def test_who_stands_in_a_folder_that_is_gone_goes_to_another(
    case_registered: Operator, config: str
) -> None:
    gone = case_registered.folder / "gone"
    gone.mkdir()
    leaving = ("/bin/sh", "-c", 'rmdir "$PWD" && exec "$0" "$@"')
    file = config.format(folder=case_registered.folder)
    export = ("--lang", "en", "--config", file, "export", "--csv", "--output", "x.csv")
    ran = case_registered.runs(*export, first=leaving, at=gone)
    sentence = "looptijd: The folder where you stand is gone: go to another."
    assert (ran.code, ran.problems) == (2, [sentence])


def test_an_export_may_have_our_name_beside_the_register(case_registered: Operator) -> None:
    ran = case_registered.runs("export", "--csv", "--output", "looptijd-2026.csv")
    assert (ran.code, ran.err) == (0, "looptijd-2026.csv is written.\n")


def test_a_link_to_itself_is_a_link_like_any_other(case_registered: Operator) -> None:
    (case_registered.folder / "loop").symlink_to("loop")
    ran = case_registered.runs("export", "--csv", "--output", "loop")
    assert (ran.code, ran.problems) == (2, ["looptijd: loop is a link or no file: name a file."])


def files_in(folder: Path) -> list[str]:
    """Return the files of a folder; SQLite's own beside the register come and go with readers."""
    return sorted(path.name for path in folder.iterdir() if "looptijd.db-" not in path.name)


def test_a_source_that_is_no_uri_is_refused_at_the_start(case_registered: Operator) -> None:
    case_registered.configures(f'{SETTINGS}\n[events]\nfile = "events.jsonl"\n')
    ran = case_registered.runs("list")
    assert ran.code == 2
    assert "events.source" in ran.err
    assert "urn:nld:oin:OIN:systeem:" in ran.err


def test_the_daemon_writes_what_happens_to_the_file(case_registered: Operator) -> None:
    case_registered.configures(FOLLOWED)
    file = case_registered.folder / "feed" / "events.jsonl"
    with a_daemon(case_registered, "--config", "looptijd.toml") as daemon:
        case_registered.does("do", REF, "note", "text=Iemand volgt dit.")
        assert last_of(file, "nl.looptijd.agreement.note")["subject"] == REF
        daemon.stops()
    written = file.read_bytes()
    case_registered.does("tick")
    assert file.read_bytes() == written


def test_a_tick_that_cannot_write_the_file_has_fired_and_mailed_and_says_so(
    case_registered: Operator,
) -> None:
    case_registered.configures(FOLLOWED)
    (case_registered.folder / "feed").write_text("in the way", encoding="utf-8")
    ran = case_registered.runs("tick")
    assert (ran.code, "fired" in ran.out, len(ran.problems)) == (1, True, 1)
    assert "feed" in ran.err
    checks = case_registered.runs("doctor", "--json").json()["checks"]
    shown = {check["name"]: check["ok"] for check in checks}
    assert (shown["daemon"], shown["events"]) == (True, False)


def last_of(file: Path, kind: str) -> dict[str, str]:
    """Wait until the last event in a file is of a kind; return it."""
    for _ in range(150):
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        if lines and (event := json.loads(lines[-1]))["type"] == kind:
            return dict(event)
        time.sleep(0.1)
    raise AssertionError(f"no {kind} came")
