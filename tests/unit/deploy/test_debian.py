"""What the Debian package does around its files, with a systemctl that only tells how it stands."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[3] / "deploy" / "debian"
SHELL = shutil.which("sh") or "sh"
SYSTEMCTL = """#!/bin/sh
[ "$1" != show ] || { echo STATE; exit; }
[ "$1" != is-enabled ] || { [ STATE = active ]; exit; }
echo "$*" >> PLACE/asked
"""
OTHERS = ("systemd-sysusers", "systemd-tmpfiles", "getent", "groupadd", "groupdel", "runuser")
DISABLED = (
    "looptijd: the daemon is disabled: sudo systemctl enable --now looptijd, and its timers\n"
)


def runs(
    place: Path, script: str, *words: str, state: str = "active", fails: str = ""
) -> list[str]:
    """Run a script of the package in a place of its own; return what it asked of systemd."""
    (place / "run" / "systemd" / "system").mkdir(parents=True, exist_ok=True)
    (place / "usr" / "lib" / "looptijd").mkdir(parents=True, exist_ok=True)
    programs = place / "bin"
    programs.mkdir(exist_ok=True)
    for name in ("systemctl", "python3", *OTHERS):
        told = SYSTEMCTL.replace("STATE", state).replace("PLACE", str(place))
        other = f"#!/bin/sh\nexit {8 if name == fails else 0}\n"
        (programs / name).write_text(told if name == "systemctl" else other)
        (programs / name).chmod(0o755)
    text = (SCRIPTS / script).read_text(encoding="utf-8").replace("@PYTHON@", "python3")
    moved = re.sub(r"(?<![\w/])/(run|etc|var|usr/lib|usr/share)/", rf"{place}/\1/", text)
    asked = place / "asked"
    asked.unlink(missing_ok=True)
    environment = {"PATH": f"{programs}:/usr/bin:/bin"}
    with (place / "said").open("w") as said:
        command = [SHELL, "-c", moved, script, *words]
        subprocess.run(command, env=environment, check=True, stdout=said, stderr=said)
    return asked.read_text(encoding="utf-8").splitlines() if asked.exists() else []


@pytest.mark.parametrize(
    "state, starts",
    [("active", True), ("activating", True), ("inactive", False), ("failed", False)],
)
def test_a_daemon_that_ran_or_was_about_to_starts_again_after_an_upgrade(
    tmp_path: Path, state: str, *, starts: bool
) -> None:
    """One that waits for its database is being started again and again: it is activating."""
    assert runs(tmp_path, "prerm", "upgrade", "1.0", state=state) == ["stop looptijd"]
    asked = runs(tmp_path, "postinst", "configure", "0.9")
    assert asked == ["daemon-reload", *(["start looptijd"] if starts else [])]
    assert runs(tmp_path, "postinst", "configure", "0.9") == ["daemon-reload"]


def test_after_an_upgrade_that_broke_off_the_daemon_starts_again(tmp_path: Path) -> None:
    runs(tmp_path, "prerm", "upgrade", "1.0")
    asked = runs(tmp_path, "postinst", "abort-upgrade", "1.0")
    assert asked == ["daemon-reload", "start looptijd"]


def test_an_upgrade_whose_init_refuses_says_where_to_go_on_and_starts_the_daemon(
    tmp_path: Path,
) -> None:
    """It may wait for its owner's `init`, as on PostgreSQL: it is started again until it can."""
    runs(tmp_path, "prerm", "upgrade", "1.0")
    asked = runs(tmp_path, "postinst", "configure", "0.9", fails="runuser")
    assert asked == ["daemon-reload", "start looptijd"]
    assert (tmp_path / "said").read_text(encoding="utf-8") == (
        "looptijd: the database was not brought up to date: see"
        f" {tmp_path}/usr/share/doc/looptijd/docs/upgrading.md\n"
    )


@pytest.mark.parametrize("why", ["upgrade", "failed-upgrade"])
def test_no_upgrade_disables_the_daemon(tmp_path: Path, why: str) -> None:
    assert runs(tmp_path, "prerm", why, "1.0") == ["stop looptijd"]


def test_who_removes_the_package_disables_the_daemon_and_its_timers(tmp_path: Path) -> None:
    asked = runs(tmp_path, "prerm", "remove")
    assert [line.split()[0] for line in asked] == ["stop", "disable"]
    assert asked[1].split()[-4:] == [
        "looptijd",
        "looptijd-backup.timer",
        "looptijd-verify.timer",
        "looptijd-metrics.timer",
    ]


@pytest.mark.parametrize(
    "state, before, told",
    [
        ("inactive", "0.9", DISABLED),
        ("active", "0.9", ""),
        (
            "inactive",
            "",
            "Go on: sudo looptijd init --setup, then: sudo systemctl enable --now looptijd\n",
        ),
    ],
)
def test_who_installs_again_what_was_removed_is_told_that_the_daemon_is_disabled(
    tmp_path: Path, state: str, before: str, told: str
) -> None:
    """Of what was removed dpkg tells the version, as it does for an upgrade."""
    runs(tmp_path, "postinst", "configure", before, state=state)
    assert (tmp_path / "said").read_text(encoding="utf-8") == told


def test_a_purge_takes_nothing_of_another_unit_and_minds_no_operator_with_that_first_group(
    tmp_path: Path,
) -> None:
    units, secrets = tmp_path / "etc" / "systemd" / "system", tmp_path / "etc" / "credstore"
    ours = ("looptijd.service.d", "looptijd-backup.timer.d", "looptijd-metrics.service.d")
    for folder in (*ours, "looptijd-test.service.d"):
        (units / folder).mkdir(parents=True)
    secrets.mkdir()
    for name in ("looptijd.mail.password", "looptijd-test.mail.password"):
        (secrets / name).write_text("geheim", encoding="utf-8")
    (tmp_path / "etc" / "looptijd").mkdir()
    (tmp_path / "var" / "lib" / "looptijd").mkdir(parents=True)

    runs(tmp_path, "postrm", "purge", fails="groupdel")

    left = {path.name for path in (tmp_path / "etc").rglob("*") if "looptijd" in path.name}
    assert left == {"looptijd-test.service.d", "looptijd-test.mail.password"}
    assert (tmp_path / "said").read_text(encoding="utf-8").splitlines() == [
        "Left as it is: the group looptijd-operators",
        f"Left as it is: {tmp_path}/var/lib/looptijd",
    ]
