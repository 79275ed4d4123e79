"""What the Debian package does around its files, with a systemctl that only tells how it stands."""

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[3] / "deploy" / "debian"
SHELL = shutil.which("sh") or "sh"
SYSTEMCTL = """#!/bin/sh
[ "$1" != show ] || { echo STATE; exit; }
[ "$*" != "--quiet is-active looptijd" ] || { [ STATE = active ]; exit; }
echo "$*" >> PLACE/asked
"""
OTHERS = ("systemd-sysusers", "systemd-tmpfiles", "groupadd", "runuser", "python3")


def runs(place: Path, script: str, *words: str, state: str = "active") -> list[str]:
    """Run a script of the package in a place of its own; return what it asked of systemd."""
    (place / "run" / "systemd" / "system").mkdir(parents=True, exist_ok=True)
    (place / "usr").mkdir(exist_ok=True)
    programs = place / "bin"
    programs.mkdir(exist_ok=True)
    for name in ("systemctl", *OTHERS):
        told = SYSTEMCTL.replace("STATE", state).replace("PLACE", str(place))
        (programs / name).write_text(told if name == "systemctl" else "#!/bin/sh\n")
        (programs / name).chmod(0o755)
    text = (SCRIPTS / script).read_text(encoding="utf-8").replace("@PYTHON@", "python3")
    moved = text.replace("/run/", f"{place}/run/").replace("/usr/lib/looptijd", f"{place}/usr")
    asked = place / "asked"
    asked.unlink(missing_ok=True)
    environment = {"PATH": f"{programs}:/usr/bin:/bin"}
    subprocess.run([SHELL, "-c", moved, script, *words], env=environment, check=True)
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
