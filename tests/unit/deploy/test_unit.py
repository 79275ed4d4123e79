"""The systemd unit: as closed as the administrator's guide says, by systemd's own measure."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
UNIT = ROOT / "deploy" / "looptijd.service"


@pytest.fixture
def analyze() -> str:
    """Give systemd's tool for judging units, where there is one that can judge a file."""
    found = shutil.which("systemd-analyze")
    if not found:
        pytest.skip("systemd-analyze is missing: install systemd to judge the unit")
    shown = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout
    if int(re.findall(r"\d+", shown)[0]) < 252:
        pytest.skip("this systemd cannot judge a file, or counts otherwise")
    return found


def test_the_unit_is_judged_ok_with_the_figure_that_the_guide_tells(analyze: str) -> None:
    ran = subprocess.run(
        [analyze, "security", "--offline=true", "--no-pager", "--threshold=15", UNIT],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "1.2 OK" in ran.stdout.splitlines()[-1]
    assert "exposure level 1.2 (OK)" in (ROOT / "docs" / "administration.md").read_text("utf-8")


def test_the_unit_starts_what_is_installed_and_waits_for_its_word() -> None:
    lines = UNIT.read_text("utf-8").splitlines()
    assert "Type=notify" in lines
    assert "WatchdogSec=10min" in lines
    assert [line for line in lines if line.startswith("ExecStart=")] == [
        "ExecStart=/opt/looptijd/current/bin/looptijd-daemon --config /etc/looptijd/looptijd.toml"
    ]


def test_a_backup_runs_where_its_folder_is_away_and_so_can_say_it_to_the_doctor() -> None:
    lines = (ROOT / "deploy" / "looptijd-backup.service").read_text("utf-8").splitlines()
    assert "ReadWritePaths=-/var/backups/looptijd" in lines
