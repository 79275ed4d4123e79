"""A real Debian for tests, in a container that systemd boots, thrown away afterwards.

    debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,sudo,python3,python3-venv,\\
exim4-daemon-light,postgresql,bash-completion,man-db bookworm FOLDER

made once (three minutes); LOOPTIJD_TEST_DEBIAN names the FOLDER, which stays as it is. Root only.
"""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

DEBIAN = os.environ.get("LOOPTIJD_TEST_DEBIAN", "")
NSPAWN, NSENTER = shutil.which("systemd-nspawn"), shutil.which("nsenter")
PATIENCE = 120
BLOCK = re.compile(r"^```\n(.*?)^```$", re.MULTILINE | re.DOTALL)

in_debian = pytest.mark.skipif(
    not (DEBIAN and NSPAWN and NSENTER and os.geteuid() == 0),
    reason="needs root, systemd-nspawn, and a Debian in LOOPTIJD_TEST_DEBIAN: see tests/debian.py",
)


class Machine:
    """A Debian that runs; commands are typed in it as root."""

    def __init__(self, leader: str) -> None:
        self.leader = leader
        self.transcript: list[str] = []

    def tries(self, script: str, *, typed: str = "") -> "subprocess.CompletedProcess[str]":
        """Run a script in the machine's root's home; it ends at the first line that fails."""
        assert NSENTER
        return subprocess.run(
            [
                *(NSENTER, "--target", self.leader, "--all", "env", "-i"),
                *("HOME=/root", "LANG=C.UTF-8", "TERM=dumb", "COLUMNS=200"),
                "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin",
                *("bash", "-e", "-c", f"cd /root\n{script}"),
            ],
            input=typed,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )

    def does(self, script: str, *, typed: str = "") -> str:
        """Run a script, which must succeed; return what it printed."""
        ran = self.tries(script, typed=typed)
        self.transcript += [script, ran.stdout + ran.stderr]
        assert ran.returncode == 0, "\n".join(self.transcript[-4:])
        return ran.stdout

    def waits_for(self, script: str) -> None:
        """Wait until a script succeeds."""
        end = time.monotonic() + PATIENCE
        while (ran := self.tries(script)).returncode:
            assert time.monotonic() < end, f"{script}\n{ran.stdout}\n{ran.stderr}"
            time.sleep(0.5)


@contextmanager
def a_debian(shared: Path) -> Iterator[Machine]:
    """Boot the Debian; what is in `shared` stands in /root, and what is written is forgotten."""
    assert NSPAWN
    process = subprocess.Popen(
        [
            *(NSPAWN, "--quiet", "--boot", "--volatile=overlay", f"--directory={DEBIAN}"),
            *("--machine=looptijd-test", "--register=no", "--keep-unit", "--console=pipe"),
            f"--bind-ro={shared}:/shared",
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        end = time.monotonic() + PATIENCE
        while not (leaders := children.read_text(encoding="ascii").split()):
            assert time.monotonic() < end, "it did not boot"
            time.sleep(0.2)
        machine = Machine(leaders[0])
        machine.waits_for("systemctl is-system-running --wait | grep -E 'running|degraded'")
        machine.does("cp -R /shared/. /root")
        yield machine
    finally:
        process.terminate()
        process.wait(PATIENCE)


def commands(page: Path) -> list[str]:
    """Return the blocks of commands of a page, in order."""
    return BLOCK.findall(page.read_text(encoding="utf-8"))
