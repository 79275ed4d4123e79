"""The weekly digest as the real commands send it, and what an operator does with what it says."""

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from tests.acceptance.commands import CASE, Operator, a_daemon, until

MONDAYS = """
language = "en"
[mail]
digest = "monday"
[daemon]
tick_seconds = 1
"""
THURSDAY, MONDAY = "2017-06-01T10:00:00+02:00", "2017-06-05T08:00:10+02:00"


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    """Give who registered the source case on Thursday 1 June 2017."""
    made = Operator(folder=tmp_path).configures(MONDAYS)
    made.at(THURSDAY).does("init")
    made.at(THURSDAY).does("import", CASE)
    return made


def digests(operator: Operator) -> list[EmailMessage]:
    """Return the digests that were handed over."""
    files = sorted((operator.folder / "mail").glob("*.eml"))
    mails = [message_from_bytes(file.read_bytes(), EmailMessage, policy=default) for file in files]
    return [mail for mail in mails if str(mail["Subject"]).startswith("Weekly overview")]


def words(mail: EmailMessage) -> str:
    """Return the plain text of a mail, its lines joined."""
    body = mail.get_body(("plain",))
    assert body
    return " ".join(body.get_content().split())


def test_one_tick_queues_and_sends_it_and_the_next_sends_no_other(operator: Operator) -> None:
    monday = operator.at(MONDAY)
    assert monday.reads("tick")["mails"]["accepted"] == 1
    assert monday.reads("tick")["mails"]["accepted"] == 0
    (mail,) = digests(operator)
    assert "(SO-2017-0042): entered in the register" in words(mail)


def test_the_command_in_it_finds_what_was_changed_since(operator: Operator) -> None:
    operator.at(MONDAY).does("tick")
    command = re.search(
        r"looptijd (verify --at 2017-06-04 --fingerprint \w{64})", words(*digests(operator))
    )
    assert command
    assert operator.at(MONDAY).runs(*command[1].split()).code == 0
    assert operator.at(MONDAY).runs(*command[1][:-6].split()).code == 2
    assert operator.at(MONDAY).runs(*f"{command[1][:-6]}{'0' * 6}".split()).code == 1


def test_a_daemon_sends_it(operator: Operator) -> None:
    with a_daemon(operator.at(MONDAY), "--config", "looptijd.toml") as daemon:
        until(lambda: len(digests(operator)) == 1)
        daemon.stops()
