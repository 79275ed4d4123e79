"""The administrator's pages, typed as they stand on a fresh Debian."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.debian import Machine, a_debian, commands, in_debian
from workflow import __version__

ROOT = Path(__file__).parents[3]
PAGE, POSTGRESQL = ROOT / "docs" / "administration.md", ROOT / "docs" / "postgresql.md"
pytestmark = [in_debian, pytest.mark.timeout(900)]

TOML = re.compile(r"^```toml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MAKE = shutil.which("make") or "make"
EXIM = """
primary_hostname = relay.test
local_interfaces = 127.0.0.1
daemon_smtp_ports = 2525
acl_smtp_rcpt = rcpt
begin acl
rcpt:
  accept authenticated = *
  deny message = Authentication required
begin routers
nowhere:
  driver = redirect
  data = :blackhole:
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_advertise_condition = true
  server_prompts = :
  server_condition = ${if and{{eq{$auth2}{looptijd}}{eq{$auth3}{geheim}}}}
  server_set_id = $auth2
"""
OURS_TO_KEEP = " ".join(
    f"-not -path '{kept}*'" for kept in ("/etc/looptijd", "/etc/credstore/", "/etc/exim4/")
)
ANSWERS = [
    *("en", "Gemeente Maastricht", "production", ""),
    *("smtp", "localhost", "2525", "none", "looptijd", ""),
    *("Looptijd <looptijd@maastricht.example>", "beheer@maastricht.example", ""),
]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the bundle of this version in a folder."""
    subprocess.run([MAKE, "bundle"], cwd=ROOT, check=True)
    folder = tmp_path_factory.mktemp("shared")
    bundle = f"looptijd-{__version__}-bundle.tar.gz"
    (folder / bundle).write_bytes((ROOT / "dist" / bundle).read_bytes())
    (folder / "exim.conf").write_text(EXIM, encoding="utf-8")
    return folder


@pytest.fixture
def machine(shared: Path) -> Iterator[Machine]:
    """Give a fresh Debian with a relay, and an operator called jan."""
    with a_debian(shared) as made:
        made.does("useradd --create-home jan; systemctl stop exim4")
        made.does("install -m 644 exim.conf /etc/exim4/looptijd-test.conf")
        made.does("systemd-run --quiet /usr/sbin/exim4 -C /etc/exim4/looptijd-test.conf -bdf")
        made.waits_for("bash -c '</dev/tcp/127.0.0.1/2525'")
        yield made


def typed(block: str) -> str:
    """Return what is typed at the commands that ask for something."""
    if "init --setup" in block:
        return "".join(f"{answer}\n" for answer in ANSWERS)
    return "geheim\n" if "/dev/stdin" in block else ""


def as_on_a_screen(block: str) -> str:
    """Return a block in which the questions are asked at a terminal."""
    return re.sub(
        r"^(sudo looptijd init --setup)$", r'script -qec "\1" /dev/null', block, flags=re.MULTILINE
    )


def test_the_administrators_page_works_as_it_stands(machine: Machine) -> None:
    blocks = [block.replace("VERSION", __version__) for block in commands(PAGE)]
    *setting_up, removing = blocks
    assert "uninstall.sh" in removing
    for block in setting_up:
        machine.does(as_on_a_screen(block), typed=typed(block))

    machine.waits_for(
        'sudo -u looptijd looptijd --lang en doctor | grep "took the daemon\'s greeting"'
    )
    machine.does("systemctl start looptijd-backup looptijd-verify looptijd-metrics")
    health = machine.tries("sudo -u looptijd looptijd doctor --nagios")
    assert health.returncode == 0, health.stdout
    assert machine.does("sudo -u nobody cat /run/looptijd/looptijd.prom").startswith("# HELP")
    assert len(machine.does("ls /var/backups/looptijd").split()) == 1
    assert "exposure level for looptijd.service: 1." in machine.does(
        "systemd-analyze security --no-pager looptijd"
    )

    jan = machine.tries(
        "cd /home/jan; setpriv --reuid=jan --regid=jan --init-groups looptijd --lang en list"
    )
    assert jan.stderr == (
        "looptijd: /etc/looptijd/looptijd.toml cannot be read: Permission denied."
        " Type: sudo -u looptijd looptijd --lang en list\n"
    )

    machine.does(
        "echo verkeerd > /etc/credstore/looptijd.mail.password; systemctl restart looptijd"
    )
    machine.waits_for("sudo -u looptijd looptijd doctor --nagios | grep 'CRITICAL.*535 '")
    assert "relay_failed" in machine.does("journalctl -u looptijd -p err --no-pager")

    left = machine.does(removing)
    assert "Left as it is: /var/lib/looptijd\n" in left
    assert machine.tries("systemctl cat looptijd").returncode != 0
    assert machine.does(f"find /usr /opt /etc -name '*looptijd*' {OURS_TO_KEEP}") == ""


def test_the_page_on_postgresql_works_as_it_stands(machine: Machine) -> None:
    for block in commands(PAGE)[:2]:
        machine.does(block.replace("VERSION", __version__))
    toml = TOML.findall(POSTGRESQL.read_text(encoding="utf-8"))[0]
    machine.does(f"cat > /etc/looptijd/looptijd.toml <<'END'\n{toml}END")
    machine.does("systemctl start postgresql")
    machine.waits_for("sudo -u postgres psql -c 'SELECT 1'")
    for block in commands(POSTGRESQL):
        if block.startswith("sudo "):
            machine.does(block)
    machine.does("systemctl start looptijd")
    machine.waits_for("sudo -u looptijd looptijd --lang en doctor | grep 'sign of life'")
    checked = machine.does("sudo -u looptijd looptijd --lang en doctor")
    assert "✗" not in checked, checked
    forbidden = machine.tries("sudo -u looptijd psql looptijd -c 'DELETE FROM event'")
    assert "permission denied" in forbidden.stderr
