"""The Debian package: installed, upgraded, removed and purged on a real Debian."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.debian import Machine, a_debian, in_debian
from workflow import __version__

ROOT = Path(__file__).parents[3]
MAKE = shutil.which("make") or "make"
PACKAGE = f"looptijd_{__version__}_amd64.deb"
pytestmark = in_debian

SETTINGS = """
language = "en"
[municipality]
installation = "test"
[database]
url = "sqlite:////var/lib/looptijd/looptijd.db"
[mail]
directory = "/var/lib/looptijd/mail"
operator = "beheer@maastricht.example"
"""


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """Give a Debian with the package in /root."""
    subprocess.run([MAKE, "deb"], cwd=ROOT, check=True)
    shutil.copy(ROOT / "dist" / PACKAGE, tmp_path)
    with a_debian(tmp_path) as made:
        yield made


def test_the_package_brings_all_and_takes_all_but_the_data_with_it(machine: Machine) -> None:
    installed = machine.does(f"apt-get install -y ./{PACKAGE}")
    assert "Go on: sudo looptijd init --setup" in installed
    assert machine.does("looptijd --version") == f"looptijd, version {__version__}\n"
    assert machine.does("man looptijd-backup").startswith("LOOPTIJD-BACKUP(1)")
    assert "looptijd" in machine.does("cat /usr/share/bash-completion/completions/looptijd")
    assert "/etc/sudoers.d/looptijd: parsed OK" in machine.does("visudo -c")
    machine.does(f"cat > /etc/looptijd/looptijd.toml << 'END'\n{SETTINGS}END\nlooptijd init")
    machine.does("systemctl enable --now looptijd looptijd-backup.timer")
    machine.does("systemctl start looptijd-backup looptijd-verify looptijd-metrics")
    machine.waits_for("sudo -u looptijd looptijd doctor --nagios")

    machine.does(f"apt-get install -y --reinstall ./{PACKAGE}")  # as an upgrade does
    assert machine.does("systemctl is-active looptijd") == "active\n"
    machine.waits_for("sudo -u looptijd looptijd doctor --nagios")

    machine.does("apt-get remove -y looptijd")
    assert machine.tries("systemctl is-active looptijd").stdout == "inactive\n"
    assert machine.does("ls /etc/looptijd") == "looptijd.toml\n"
    machine.does("apt-get purge -y looptijd")
    left = machine.does(
        "find / -xdev -name '*looptijd*' -not -path '/proc/*' -not -path '/root/*'"
        " -not -path '/shared/*' -not -path '/run/*' | sed 's/looptijd-.*/looptijd-…/' | sort -u"
    )
    data = ("/var/backups/looptijd", "/var/lib/looptijd")
    assert [path for path in left.split() if not path.startswith(data)] == []
    assert "/var/lib/looptijd/looptijd.db" in left
    assert "looptijd:x:" in machine.does("getent passwd looptijd")
    assert machine.tries("getent group looptijd-operators").returncode == 2
