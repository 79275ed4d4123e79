"""The Debian package: installed, upgraded, removed and purged on a real Debian."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.debian import Machine, a_debian, in_debian
from workflow import __version__

ROOT = Path(__file__).parents[3]
MAKE, SHELL = shutil.which("make") or "make", shutil.which("sh") or "sh"
PACKAGE = f"looptijd_{__version__}_amd64.deb"
pytestmark = [in_debian, pytest.mark.timeout(900)]

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


OLDER, OLDER_PACKAGE = "0.0.9", "looptijd_0.0.9_amd64.deb"
REF = "SO-2017-0042"


@pytest.fixture(scope="module")
def package() -> Path:
    """Make the package of this version."""
    subprocess.run([MAKE, "deb"], cwd=ROOT, check=True)
    return ROOT / "dist" / PACKAGE


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a package of the same sources that calls itself an older version."""
    copy = tmp_path_factory.mktemp("older")
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
    version = copy / "workflow" / "__init__.py"
    version.write_text(version.read_text(encoding="utf-8").replace(__version__, OLDER))
    surroundings = {**os.environ, "PYTHON": sys.executable, "PYTHONPATH": "."}
    subprocess.run([SHELL, "deploy/deb.sh"], cwd=copy, env=surroundings, check=True)
    return copy / "dist" / OLDER_PACKAGE


@pytest.fixture
def machine(package: Path, tmp_path: Path) -> Iterator[Machine]:
    """Give a Debian with the package in /root."""
    shutil.copy(package, tmp_path)
    with a_debian(tmp_path) as made:
        yield made


@pytest.fixture
def upgradable(package: Path, older: Path, tmp_path: Path) -> Iterator[Machine]:
    """Give a Debian on which the older version runs, with a register, and the newer in /root."""
    shutil.copy(package, tmp_path)
    shutil.copy(older, tmp_path)
    with a_debian(tmp_path) as made:
        made.does(f"apt-get install -y ./{OLDER_PACKAGE}")
        made.does(f"cat > /etc/looptijd/looptijd.toml << 'END'\n{SETTINGS}END\nlooptijd init")
        case = "/usr/share/doc/looptijd/examples/verbindend-leiden.toml"
        made.does(f"looptijd import {case}")
        made.does(f"looptijd do {REF} skip_overleg --reason haast --yes")
        made.does(f"looptijd do {REF} decide outcome=as_proposed on=2017-09-26 --yes")
        made.does("systemctl enable --now looptijd looptijd-backup.timer")
        made.waits_for("sudo -u looptijd looptijd mail list --json | grep accepted")
        made.waits_for("sudo -u looptijd looptijd doctor --nagios")
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


def stands(machine: Machine) -> dict[str, str]:
    """Return what may not change under an upgrade: the register, its mail, and what was set."""
    asked = {
        "history": f"looptijd history {REF} --json",
        "agreement": f"looptijd show {REF} --json",
        "mail": "looptijd mail list --json",
        "files": "ls /var/lib/looptijd/mail",
        "settings": "cat /etc/looptijd/looptijd.toml",
        "timer": "systemctl is-enabled looptijd looptijd-backup.timer",
    }
    return {name: machine.does(f"sudo -u looptijd {script}") for name, script in asked.items()}


def leader(machine: Machine) -> str:
    return machine.does("systemctl show --property MainPID --value looptijd")


def test_an_upgrade_keeps_the_register_and_starts_the_daemon_of_the_new_version(
    upgradable: Machine,
) -> None:
    before, old = stands(upgradable), leader(upgradable)
    assert upgradable.does("looptijd --version") == f"looptijd, version {OLDER}\n"

    upgradable.does(f"apt-get install -y ./{PACKAGE}")

    assert upgradable.does("looptijd --version") == f"looptijd, version {__version__}\n"
    assert upgradable.does("systemctl is-active looptijd") == "active\n"
    assert leader(upgradable) != old
    upgradable.waits_for("sudo -u looptijd looptijd doctor --nagios")
    assert stands(upgradable) == before
    assert '"problems": []' in upgradable.does("sudo -u looptijd looptijd verify --json")
    log = upgradable.does("journalctl -u looptijd -o cat --no-pager")
    assert log.count('"event": "started"') == 2
    assert log.count('"level": "error"') == 0

    upgradable.does(f"apt-get install -y --allow-downgrades ./{OLDER_PACKAGE}")  # and back
    upgradable.waits_for("sudo -u looptijd looptijd doctor --nagios")
    assert upgradable.does("looptijd --version") == f"looptijd, version {OLDER}\n"
    assert stands(upgradable) == before


def test_what_stands_still_stays_so_after_an_upgrade(upgradable: Machine) -> None:
    upgradable.does("systemctl stop looptijd")
    before = stands(upgradable)

    upgradable.does(f"apt-get install -y ./{PACKAGE}")

    assert upgradable.tries("systemctl is-active looptijd").stdout == "inactive\n"
    assert stands(upgradable) == before
