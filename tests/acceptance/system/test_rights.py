"""Who lacks rights gets one sentence with the line to type, and no register of their own."""

import os
import pwd
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.commands import CASE, REF, WITHOUT_PRIVILEGE, Operator
from tests.acceptance.processes import SCRIPTS, surroundings

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a file another's")
UNSHARE = "/usr/bin/unshare"
OTHER = pwd.getpwnam("games")
# A server with a configuration in /etc/looptijd that only its group may enter.
SERVER = 'mount --bind "$0" /etc && exec "$@"'


APART = """
language = "en"
[daemon]
state_directory = "state"
[database]
url = "sqlite:///data/looptijd.db"
"""


def of_another(*paths: Path) -> None:
    """Let these be another user's only."""
    for path in paths:
        path.chmod(0o700 if path.is_dir() else 0o600)
        os.chown(path, OTHER.pw_uid, OTHER.pw_gid)


@pytest.fixture
def english(operator: Operator) -> Operator:
    """Give an operator who is spoken to in English, with a register."""
    operator.configures('language = "en"\n').does("init")
    return operator


@pytest.fixture
def server(tmp_path: Path) -> Path:
    """Give a folder that can stand for /etc, with a configuration that is another's."""
    etc = tmp_path / "etc"
    (etc / "looptijd").mkdir(parents=True)
    for name in ("passwd", "group", "nsswitch.conf"):
        shutil.copy(f"/etc/{name}", etc / name)
    file = etc / "looptijd" / "looptijd.toml"
    file.write_text('language = "en"\n', encoding="utf-8")
    (etc / "looptijd").chmod(0o2750)
    file.chmod(0o640)
    os.chown(etc / "looptijd", 0, OTHER.pw_gid)
    os.chown(file, 0, OTHER.pw_gid)
    if subprocess.run([UNSHARE, "--mount", "true"], check=False, capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount: unshare --mount is refused")
    return etc


@pytest.mark.parametrize(
    "words, cannot",
    [
        (("list",), "read"),
        (("init",), "read"),
        (("init", "--setup"), "used"),
        (("import", "new register.toml"), "read"),
    ],
)
def test_who_may_not_enter_the_configurations_folder_is_led_to_it_and_makes_no_register(
    server: Path, tmp_path: Path, words: tuple[str, ...], cannot: str
) -> None:
    of_another(server / "looptijd")
    home = tmp_path / "home"
    home.mkdir()
    ran = subprocess.run(
        [
            *(UNSHARE, "--mount", "sh", "-c", SERVER, server),
            *(sys.executable, "-c", WITHOUT_PRIVILEGE, SCRIPTS / "looptijd", "--lang", "en"),
            *words,
        ],
        cwd=home,
        env=surroundings(home),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    line = shlex.join(["--lang", "en", *words])
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == (
        f"looptijd: /etc/looptijd/looptijd.toml cannot be {cannot}: Permission denied."
        f" Type: sudo -u games looptijd {line}\n"
    )
    assert list(home.iterdir()) == []


def test_who_may_write_the_systems_configuration_is_asked_for_that_one(
    server: Path, tmp_path: Path
) -> None:
    (server / "looptijd" / "looptijd.toml").unlink()
    ran = subprocess.run(
        [
            *(UNSHARE, "--mount", "sh", "-c", SERVER, server, SCRIPTS / "looptijd", "--lang", "en"),
            *("init", "--setup"),
        ],
        cwd=tmp_path,
        env=surroundings(tmp_path),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    told = "there is no terminal. Write /etc/looptijd/looptijd.toml yourself: name under"
    assert (ran.returncode, told in ran.stderr) == (2, True)


def test_a_register_of_another_is_opened_by_the_line_that_is_told(english: Operator) -> None:
    data = english.folder / "data"
    data.mkdir()
    english.configures(APART).does("init")
    line = "Type: sudo -u games looptijd list"
    of_another(data / "looptijd.db")
    closed = english.without_privilege("list")
    assert (closed.code, len(closed.problems)) == (5, 1)
    assert closed.err.startswith("looptijd: The database cannot be used: ")
    assert closed.err.endswith(f". {line}\n")
    of_another(data)
    shut = english.without_privilege("list")
    why = f"{data}/looptijd.db cannot be opened: Permission denied"
    assert (shut.code, shut.err) == (5, f"looptijd: The database cannot be used: {why}. {line}\n")


@pytest.mark.parametrize("closed", [".", "case.toml"])
def test_a_file_that_the_service_may_not_read_is_handed_over(
    english: Operator, closed: str
) -> None:
    home = english.folder / "home of jan"
    home.mkdir()
    shutil.copy(CASE, home / "case.toml")
    of_another(home / closed)
    ran = english.without_privilege("import", "home of jan/case.toml")
    assert ran.code == 2
    assert ran.problems == [
        (
            "home of jan/case.toml: the file cannot be read (Permission denied). Hand it over as"
            " yourself: sudo -u root looptijd import - < 'home of jan/case.toml'"
        )
    ]
    assert ran.out == "Nothing was written; problems: 1.\n"
    with CASE.open("rb") as content:
        taken = subprocess.run(
            [SCRIPTS / "looptijd", "import", "-"],
            cwd=english.folder,
            env=surroundings(english.folder),
            stdin=content,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert taken.stdout.startswith("Agreements: 1 registered, 0 unchanged."), taken.stderr


def test_who_shares_the_state_folder_with_the_daemon_knows_of_a_backup_what_it_knows(
    english: Operator,
) -> None:
    """It was taken for no copy, and what the daemon knew of it was written over."""
    register = english.folder / "looptijd.db"
    english.does("import", CASE)
    old = register.read_bytes()
    english.does("do", REF, "submit")
    for mark in english.folder.glob("looptijd-*.json"):
        os.chown(mark, OTHER.pw_uid, OTHER.pw_gid)
    register.write_bytes(old)
    refused = english.without_privilege("do", REF, "submit")
    assert refused.code == 5
    assert "its last event is number 6, that of the state folder 7" in refused.err


def test_a_backup_into_a_folder_that_is_anothers_shows_in_doctor(english: Operator) -> None:
    (english.folder / "backups").mkdir()
    of_another(english.folder / "backups")
    ran = english.without_privilege("backup", "--scheduled", "--keep", "14", "backups")
    assert ran.code == 2
    assert ran.err.endswith(".backup cannot be used: Permission denied.\n")
    assert "✗ backup: It failed on" in english.runs("doctor").out


@pytest.mark.parametrize(
    "words",
    [
        ("backup", "theirs/b"),
        ("report", "--output", "theirs/r"),
        ("metrics", "--output", "theirs/m"),
    ],
)
def test_where_the_service_may_not_write_the_place_is_named_and_nothing_is_an_internal_error(
    english: Operator, words: tuple[str, ...]
) -> None:
    theirs = english.folder / "theirs"
    theirs.mkdir()
    of_another(theirs)
    english.configures(APART).does("init")
    ran = english.without_privilege(*words)
    assert ran.code == 2
    assert len(ran.problems) == 1
    assert "Permission denied. You work as root: name a place that root may use." in ran.err
    assert list(theirs.iterdir()) == []


def test_a_report_is_written_into_a_folder_whose_parent_is_closed(english: Operator) -> None:
    parent = english.folder / "srv"
    (parent / "report").mkdir(parents=True)
    parent.chmod(0o555)
    shared = english.without_privilege("report", "--output", "srv/report")
    assert (shared.code, shared.err) == (0, "")
    assert (parent / "report" / "index.html").is_file()
    refused = english.without_privilege("report", "--output", "srv/other")
    assert refused.code == 2
    assert refused.err.startswith(f"looptijd: {parent} cannot be used: Permission denied.")


def test_what_root_makes_the_daemon_can_open(operator: Operator) -> None:
    home = operator.folder / "var"
    home.mkdir()
    of_another(home)
    operator.configures(
        '[database]\nurl = "sqlite:///var/looptijd.db"\n[mail]\ndirectory = "var/mail"\n'
        '[events]\nfile = "var/events.jsonl"\nsource = "urn:nld:oin:0:systeem:looptijd"\n'
    )
    operator.does("init")
    operator.does("mail", "test", "beheer@maastricht.example")
    operator.does("tick")
    made = {path.name: path.stat().st_uid for path in home.iterdir()}
    assert {"looptijd.db", "mail", "events.jsonl", "events.jsonl.lock"} <= made.keys()
    assert set(made.values()) == {OTHER.pw_uid}
    os.chown(home / "looptijd.db", 0, 0)  # made by root with an older release
    operator.does("init")
    assert (home / "looptijd.db").stat().st_uid == OTHER.pw_uid


@pytest.mark.parametrize("folder", ["srv", "srv/new"])
def test_a_report_that_root_writes_into_anothers_folder_is_theirs(
    operator: Operator, folder: str
) -> None:
    """Or they could not move its folders out of the way of their own next report."""
    (operator.folder / "srv").mkdir()
    of_another(operator.folder / "srv")
    operator.does("init")
    operator.does("report", "--output", folder)
    made = {path.stat().st_uid for path in (operator.folder / "srv").rglob("*")}
    assert made == {OTHER.pw_uid}


def test_a_link_in_the_place_of_the_database_gives_nothing_of_roots_away(
    operator: Operator,
) -> None:
    home, roots = operator.folder / "var", operator.folder / "root's"
    home.mkdir()
    roots.write_text("root's", encoding="utf-8")
    (home / "looptijd.db").symlink_to(roots)
    of_another(home)
    operator.configures('[database]\nurl = "sqlite:///var/looptijd.db"\n')
    assert operator.runs("init").code == 5
    assert roots.stat().st_uid == 0


def test_a_database_that_is_anothers_in_a_folder_of_root_stays_theirs(operator: Operator) -> None:
    operator.does("init")
    of_another(operator.folder / "looptijd.db")
    operator.does("init")
    assert (operator.folder / "looptijd.db").stat().st_uid == OTHER.pw_uid


def test_templates_in_a_folder_that_is_closed_are_one_check_that_fails(english: Operator) -> None:
    """It ended doctor as a whole: nothing else was told."""
    english.configures('language = "en"\n[mail]\ntemplates = "own"\n')
    template = english.folder / "own" / "en" / "letter.j2"
    template.parent.mkdir(parents=True)
    template.write_text("Dear", encoding="utf-8")
    template.parent.chmod(0o600)
    checks = english.without_privilege("doctor", "--json").json()["checks"]
    told = [check["detail"] for check in checks if check["name"] == "templates"]
    assert f"{template}, line 1: [Errno 13] Permission denied: '{template}'" in told
    assert {"clock", "overdue", "mail"} < {check["name"] for check in checks}
