"""What systemd makes of the folders at each start of the machine."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

DEPLOY = Path(__file__).parents[3] / "deploy"
TMPFILES = shutil.which("systemd-tmpfiles")
USER = "root:x:0:0::/:/bin/sh\nlooptijd:x:990:990::/:/bin/sh\n"
GROUP = "root:x:0:\nlooptijd:x:990:\n"


@pytest.mark.skipif(
    not TMPFILES or os.geteuid() != 0, reason="needs root and systemd-tmpfiles of systemd 252"
)
def test_the_daemon_can_enter_a_folder_of_templates_beside_its_configuration(
    tmp_path: Path,
) -> None:
    etc, folder = tmp_path / "etc", tmp_path / "etc" / "looptijd"
    (etc / "tmpfiles.d").mkdir(parents=True)
    shutil.copy(DEPLOY / "looptijd.tmpfiles", etc / "tmpfiles.d" / "looptijd.conf")
    (etc / "passwd").write_text(USER, encoding="utf-8")
    (etc / "group").write_text(GROUP, encoding="utf-8")
    (folder / "templates").mkdir(parents=True, mode=0o755)
    (folder / "looptijd.toml").write_text("", encoding="utf-8")
    assert TMPFILES
    subprocess.run([TMPFILES, f"--root={tmp_path}", "--create", "looptijd.conf"], check=True)
    modes = {path.name: f"{path.stat().st_mode & 0o7777:o}" for path in folder.iterdir()}
    assert modes == {"looptijd.toml": "640", "templates": "2750"}
    assert {path.stat().st_gid for path in folder.iterdir()} == {990}
