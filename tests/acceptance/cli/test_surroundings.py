"""Commands in surroundings that lack something: they end with their code, and say what they can."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from fcntl import F_SETPIPE_SZ, fcntl, ioctl
from pathlib import Path
from termios import FIONREAD

import pytest
from msgspec.structs import replace

from tests.acceptance.cli import every_command
from tests.acceptance.commands import REF, ROOT, Operator, Ran, a_daemon, state, until
from tests.acceptance.conftest import LONG
from tests.acceptance.processes import SCRIPTS, started, surroundings
from workflow.cli import COMMANDS

LITTLE = 4096  # the least that a pipe holds

CANNOT = "looptijd: What is printed cannot be written: No space left on device."
RECORDED = "looptijd: What was to be recorded is recorded all the same."
UNKNOWN = 3  # of a monitor
PROPOSAL = "Project Łódź, met een looptijd van twee jaar en een bijdrage van € 1.000,00."
DRAFT = '{"title": "Łódź", "source": [{"field": "title", "quote": "Project Łodz"}]}'
# What answers on standard output, and how it ends; first what records.
RECORDING = {
    "init": 0,
    "import new.toml": 0,
    f"do {REF} note text=x": 0,
    f"do {REF} note text=y --json": 0,
    "tick": 0,
    "mail resend 1": 0,
    "office handover grondzaken --to Gerats --email gerats@maastricht.example": 0,
    "erase gerats@maastricht.example --reason asked": 0,
    "policy adopt": 0,
    "clock confirm": 0,
}
ANSWERING = {
    "import new.toml --dry-run": 0,
    "import none.toml": 2,
    "new --from nota.txt": 0,
    "new --from nota.txt --draft draft.jsonl": 1,
    "new --from nota.txt --output read.toml --json": 0,
    "today": 0,
    f"check {REF}": 0,
    "completion bash": 0,
    "list": 0,
    "list --attention --json": 0,
    f"show {REF}": 0,
    "show NOBODY --json": 4,
    f"deadlines {REF}": 0,
    f"why {REF}": 0,
    f"history {REF}": 0,
    f"timeline {REF}": 0,
    "report --output site": 0,
    f"do {REF}": 0,
    "mail list": 0,
    "mail preview summary": 0,
    "office list": 0,
    "policy diff": 0,
    f"simulate {REF} --until 2099-01-01": 0,
    "quarantine list": 0,
    "doctor": 1,
    "doctor --nagios": 2,
    "metrics": 0,
    "verify": 0,
    "export --csv": 0,
    f"export {REF} --output dossier": 0,
    "backup backup.db": 0,
    "diagram": 0,
    "--help": 0,
    "lijst --json": 2,
}
# What speaks on standard errors only.
TELLING = {
    "export --csv --output register.csv": 0,
    f"do {REF} submit": 3,
    "do": 2,
    "mail": 2,
    "show NOBODY": 4,
    f"quarantine release {REF}": 3,
    "restore backup.db": 3,
    "adopt": 3,
    "new": 2,
    "new --from nota.txt --output nieuw.toml": 0,
    "new --from nota.txt --output new.toml": 2,
    "new --from none.txt": 2,
    "lijst": 2,
}
ENDS = RECORDING | ANSWERING | TELLING
LACKING = {
    "all signs but ASCII": ("", {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}),
    "signs and input": ("<&-", {"PYTHONIOENCODING": "latin-1"}),
    "output": (">&-", {}),
    "errors": ("2>&-", {}),
    "all streams": ("<&- >&- 2>&-", {}),
    "room for output": (">/dev/full", {}),
    "room for errors": ("2>/dev/full", {"PYTHONIOENCODING": "ascii"}),
}


def test_every_command_is_tried() -> None:
    assert {*COMMANDS} <= {words.split()[0] for words in ENDS}


@pytest.mark.parametrize("lacks", LACKING)
def test_every_command_ends_with_its_code_and_says_what_it_can(
    case_signed: Operator, lacks: str
) -> None:
    without, environment = LACKING[lacks]
    ran = every(replace(case_signed, environment=environment), without)
    full = lacks == "room for output"
    codes = dict.fromkeys(RECORDING | ANSWERING, 1) | {"doctor --nagios": UNKNOWN} if full else {}
    assert {words: end.code for words, end in ran.items()} == ENDS | codes
    silent = [words for words, end in ran.items() if not end.out and not end.err]
    assert "2>" in without or silent == [] or (lacks == "output" and not {*silent} & {*TELLING})
    assert [end for end in ran.values() if "Traceback" in end.err or "ignored" in end.err] == []
    if full:
        assert [w for w in ran if CANNOT in ran[w].problems] == [*(RECORDING | ANSWERING)]
        assert [w for w in ran if RECORDED in ran[w].problems] == [*RECORDING]
    assert recorded(case_signed) == (2, 3)


def every(operator: Operator, without: str) -> dict[str, Ran]:
    """Run every command where something is lacking; return how each ended."""
    folder = operator.folder
    (folder / "new.toml").write_text(
        LONG.replace("LANG-1", "LANG-2").replace("Erfpacht tot", "Łódź tot"), encoding="utf-8"
    )
    (folder / "nota.txt").write_text(PROPOSAL, encoding="utf-8")
    (folder / "draft.jsonl").write_text(DRAFT, encoding="utf-8")
    script = f'exec "$0" "$@" >>out 2>>err {without}'
    subprocess.run(
        ["/bin/sh", "-c", script, sys.executable, every_command.__file__, json.dumps([*ENDS])],
        cwd=folder,
        env=surroundings(folder, operator.environment) | {"PYTHONPATH": str(ROOT)},
        timeout=120,
        check=False,
    )
    ended = json.loads((folder / "ended.json").read_text(encoding="ascii"))
    return {words: Ran(**end) for words, end in zip(ENDS, ended, strict=True)}


def recorded(operator: Operator) -> tuple[int, int]:
    """Return how many notes the ledger holds, and how many agreements there are."""
    with closing(sqlite3.connect(operator.folder / "looptijd.db")) as database:
        notes = "SELECT count(*) FROM event WHERE payload LIKE '%\"note\"%'"
        rows = [database.execute(notes), database.execute("SELECT count(*) FROM agreement")]
        first, second = (int(row.fetchone()[0]) for row in rows)
    return first, second


@pytest.mark.parametrize("lacks", LACKING)
def test_the_real_command_ends_as_its_fork_does(case_registered: Operator, lacks: str) -> None:
    without, environment = LACKING[lacks]
    operator = replace(case_registered, environment=environment, real=True)
    first = ("/bin/sh", "-c", f'exec "$0" "$@" {without}')
    ran = operator.runs("do", REF, "note", "text=x", first=first)
    said = [CANNOT, RECORDED] if lacks == "room for output" else []
    assert (ran.code, ran.problems) == (len(said) // 2, said)
    assert recorded(case_registered) == (1, 2)


@pytest.mark.parametrize("words", ["lijst --json", "doctor --nagios --all", "list"])
def test_who_prints_to_nobody_has_not_done_well(registered: Operator, words: str) -> None:
    """Of wrong usage it was exit code 0, which to a monitor is OK."""
    reading, writing = os.pipe()
    os.close(reading)
    with (
        os.fdopen(writing, "wb") as gone,
        started(
            "looptijd",
            *words.split(),
            env=surroundings(registered.folder),
            cwd=registered.folder,
            stdout=gone,
            stderr=subprocess.PIPE,
        ) as process,
    ):
        assert (process.wait(), process.stderr and process.stderr.read()) == (1, b"")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_what_is_paused_while_it_prints_prints_it_whole(
    case_registered: Operator, unbuffered: str
) -> None:
    """Who reads is slow; a stop cuts a write short of which the pipe has taken a part."""
    env = surroundings(case_registered.folder, {"PYTHONUNBUFFERED": unbuffered})
    reading, writing = os.pipe()
    fcntl(writing, F_SETPIPE_SZ, LITTLE)
    folder = case_registered.folder
    with started(
        "looptijd", "show", REF, "--json", env=env, real=True, cwd=folder, stdout=writing
    ) as process:
        os.close(writing)
        until(lambda: unread(reading) == LITTLE)
        process.send_signal(signal.SIGSTOP)
        until(lambda: state(Path(f"/proc/{process.pid}")) == "T")
        process.send_signal(signal.SIGCONT)
        until(lambda: state(Path(f"/proc/{process.pid}")) != "T")
        with os.fdopen(reading, encoding="utf-8") as printed:
            assert json.load(printed)["ref"] == REF
    assert process.returncode == 0


def unread(pipe: int) -> int:
    """Return how many bytes wait in a pipe."""
    return int.from_bytes(ioctl(pipe, FIONREAD, bytes(4)), sys.byteorder)


@pytest.mark.parametrize("without", ["<&- >&-", "2>&-", "<&- >&- 2>&-", "2>/dev/full"])
def test_a_daemon_without_its_streams_watches_and_gives_their_numbers_to_no_file(
    case_decided: Operator, without: str
) -> None:
    settings = (case_decided.folder / "looptijd.toml").read_text(encoding="utf-8")
    case_decided.configures(f"{settings}\n[daemon]\ntick_seconds = 1\n")
    first = ("/bin/sh", "-c", f'exec "$0" "$@" {without}')
    with a_daemon(case_decided, "--config", "looptijd.toml", first=first, tells=False) as daemon:
        until(lambda: "accepted" in {mail["status"] for mail in case_decided.reads("mail", "list")})
        streams = [
            Path(f"/proc/{daemon.process.pid}/fd/{number}").readlink() for number in range(3)
        ]
        daemon.stops()
    usual = {Path("/dev/null"), Path("/dev/full"), daemon.log}
    assert [stream for stream in streams if stream not in usual] == []
    assert case_decided.reads("verify")["ok"]


@pytest.mark.parametrize("words", ["--config looptijd.toml", "--foo"])
@pytest.mark.parametrize("without", ["2>&-", "<&- >&- 2>&-", "2>/dev/full"])
def test_a_daemon_that_cannot_say_why_it_refuses_keeps_its_exit_code(
    operator: Operator, words: str, without: str
) -> None:
    script = f'exec "$0" {words} {without}'
    operator.configures('language = "en"\nlangauge = "nl"\n')
    done = subprocess.run(
        ["/bin/sh", "-c", script, SCRIPTS / "looptijd-daemon"],
        cwd=operator.folder,
        env=surroundings(operator.folder),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
