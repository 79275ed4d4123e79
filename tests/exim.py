"""A real relay for tests: Debian's exim on loopback, with its own configuration, spool and mailbox.

    with exim(authority, users=["bastiaens"]) as relay:
        ...  # mail to 127.0.0.1, relay.port, under STARTTLS, as looptijd with the password geheim
        assert [to for to, _ in relay.mails()] == ["bastiaens@maastricht.example"]

It knows one domain and these users, delivers into one folder, and has no route to anywhere else.
"""

import mailbox
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import trustme

EXIM: Final = shutil.which("exim4", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
ACCOUNT: Final = "Debian-exim"
CONFIGURATION: Final = """
primary_hostname = relay.test
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
spool_directory = {folder}/spool
log_file_path = {folder}/%s.log
pid_file_path = {folder}/exim.pid
exim_user = {user}
exim_group = {group}
deliver_drop_privilege
keep_environment =
smtp_accept_queue_per_connection = 0
queue_only = {queue_only}
acl_smtp_rcpt = rcpt
tls_advertise_hosts = *
tls_certificate = {folder}/certificate.pem
tls_privatekey = {folder}/key.pem

begin acl
rcpt:
  deny message = Authentication required
       !authenticated = *
  accept domains = maastricht.example
         verify = recipient
  deny message = Unknown

begin routers
users:
  driver = accept
  domains = maastricht.example
  local_parts = {users}
  transport = folder

begin transports
folder:
  driver = appendfile
  directory = {folder}/mail
  maildir_format
  envelope_to_add

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_advertise_condition = ${{if def:tls_in_cipher}}
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{looptijd}}}}{{eq{{$auth3}}{{geheim}}}}}}}}
  server_set_id = $auth2
"""


class Exim:
    """One exim: it can be killed and started again, on the same port and spool."""

    def __init__(self, folder: Path, account: dict[str, Any]) -> None:
        self.folder, self.account = folder, account
        self.port = _free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it listens."""
        self.process = self._run("-bdf")
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise RuntimeError((self.folder / "output").read_text())

    def kill(self) -> None:
        """Kill it with everything that it is doing."""
        if self.process:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)
            self.process = None

    def run_queue(self) -> None:
        """Deliver what it has queued, once."""
        self._run("-qf").wait(60)

    def queued(self) -> int:
        """Return how many mails it has queued."""
        return len([*(self.folder / "spool" / "input").rglob("*-H")])

    def mails(self) -> list[tuple[str, str]]:
        """Return to whom it delivered, with the Message-ID, sorted."""
        found = mailbox.Maildir(self.folder / "mail", create=False)
        return sorted((mail["Envelope-to"], mail["Message-ID"]) for mail in found)

    def _run(self, what: str) -> subprocess.Popen[bytes]:
        assert EXIM
        with (self.folder / "output").open("ab") as output:
            return subprocess.Popen(
                [EXIM, "-C", self.folder / "exim.conf", what],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                env={"PATH": "/usr/sbin:/usr/bin:/bin"},
                start_new_session=True,
                **self.account,
            )


@contextmanager
def exim(
    authority: trustme.CA, *, users: Iterable[str], queue_only: bool = False
) -> Iterator[Exim]:
    """Run an exim that these users of maastricht.example have a mailbox at."""
    folder = Path(tempfile.mkdtemp(prefix="looptijd-exim-", dir="/tmp"))  # its account must enter
    account = pwd.getpwnam(ACCOUNT) if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    ids = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    relay = Exim(folder, ids if os.geteuid() == 0 else {})
    text = CONFIGURATION.format(
        port=relay.port,
        folder=folder,
        user=account.pw_uid,
        group=account.pw_gid,
        queue_only=str(queue_only).lower(),
        users=" : ".join(users),
    )
    (folder / "exim.conf").write_text(text)
    certificate = authority.issue_cert("127.0.0.1")
    certificate.private_key_pem.write_to_path(str(folder / "key.pem"))
    for part in certificate.cert_chain_pems:
        part.write_to_path(str(folder / "certificate.pem"), append=True)
    for path in (folder, *folder.iterdir()):
        os.chown(path, account.pw_uid, account.pw_gid)
    try:
        relay.start()
        yield relay
    finally:
        relay.kill()
        shutil.rmtree(folder)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port
