"""Folders in which an operator stands, with the real case at the stage that a test needs."""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.acceptance.commands import CASE, REF, Operator

SETTINGS = """
language = "en"
[municipality]
name = "Gemeente Maastricht"
installation = "acceptance"
"""
LONG = """
[[office]]
key = "grondzaken"
name = "Portefeuille Grondzaken"
[[office.holder]]
name = "wethouder"
email = "wethouder@maastricht.example"
from = 2014-05-20

[[agreement]]
ref = "LANG-1"
title = "Erfpacht tot 2077"
office = "grondzaken"
[agreement.term]
length = "P60Y"
start = 2017-10-12
[[agreement.evaluation]]
key = "final"
before_end = "P3M"
[[agreement.party]]
key = "maastricht"
name = "Gemeente Maastricht"
own = true
[agreement.contribution]
kind = "fee"
payee = "Grondbedrijf"
budget_line = "Erfpacht"
budgeted_through = 9999
[[agreement.instalment]]
number = 1
amount = "250.50"
due_on = 2076-07-11
payee = "Gemeente Beesel"
[[agreement.instalment]]
number = 2
amount = "250.50"
due_on = 2077-07-12
"""


def monthly(ref: str, office: str, year: int) -> str:
    """Return an import file of what is paid each month and has no end, in force since January."""
    on = f"{year}-01-10"
    return f"""
[[agreement]]
ref = "{ref}"
title = "Lidmaatschap"
office = "{office}"
term = {{ open_ended = true, start = {year}-01-15 }}
contribution = {{ amount = "333.33", every = "P1M", payee = "Gemeente Beesel" }}
party = [{{ key = "maastricht", name = "Gemeente Maastricht", own = true, signed_on = {on} }}]
decision = [{{ on = {on}, outcome = "as_proposed" }}]
"""


SIGNED = (
    ("maastricht", "2017-10-02"),
    ("limburg", "2017-10-05"),
    ("waterschap", "2017-10-09"),
    ("beesel", "2017-10-10"),
    ("verbindend-leiden", "2017-10-12"),
)


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    """Give an operator in an empty folder, with nothing configured."""
    return Operator(folder=tmp_path)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a disk of eight megabytes, with room for the log; only root may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(place)]
    if subprocess.run(mounting, check=False, capture_output=True).returncode:
        pytest.skip("a disk of its own needs the right to mount one")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)  # noqa: S607


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the registers once, for all workers of a run; tests work on copies.

    What tests only read is a copy too: SQLite makes files beside a register that is read, and
    takes them away again while another worker copies the folder.
    """
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared
    home = shared / "registers"
    with (shared / "registers.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "ready").exists():
            make(home)
            (home / "ready").touch()
    return home


def make(home: Path) -> None:
    """Register the real case and another; decide on the case; then let all of them sign.

    The case is signed in October 2017, entered today: its term is over and nobody decided. The
    other agreement, which ends in 2077, is active.
    """
    first = Operator(folder=home / "registered")
    first.folder.mkdir(parents=True)
    (first.folder / "long.toml").write_text(LONG, encoding="utf-8")
    first.configures(SETTINGS).does("init")
    first.does("import", CASE, "long.toml")
    then = copied(first, home / "decided")
    then.does("do", REF, "submit")
    then.does("do", REF, "agree", "on=2017-07-05", "attended=wethouder Gerats")
    then.does("do", REF, "decide", "outcome=as_proposed", "on=2017-09-26", "label=Conform")
    last = copied(then, home / "signed")
    with ThreadPoolExecutor(2) as hands:
        done = (hands.submit(sign_the_case, last), hands.submit(begin_the_other, last))
    for work in done:
        work.result()
    for register in (first, then, last):
        copied(register, home / "read" / register.folder.name)


def sign_the_case(operator: Operator) -> None:
    """Let all five parties sign, the last on 12 October 2017."""
    for party, on in SIGNED:
        operator.does("do", REF, "sign", f"party={party}", f"on={on}", "signatory=burgemeester")


def begin_the_other(operator: Operator) -> None:
    """Bring the other agreement from draft to active."""
    operator.does("do", "LANG-1", "skip_overleg", "--reason", "één partij")
    operator.does("do", "LANG-1", "decide", "outcome=mandate", "on=2017-09-26", "basis=art. 3")
    operator.does("do", "LANG-1", "sign", "party=maastricht", "on=2017-10-01")


@pytest.fixture
def registered(made: Path) -> Operator:
    """Give both agreements in draft; only to read, for every test stands in the same folder."""
    return Operator(folder=made / "read" / "registered")


@pytest.fixture
def signed(made: Path) -> Operator:
    """Give the case, ended, and the other, active; only to read."""
    return Operator(folder=made / "read" / "signed")


@pytest.fixture
def case_registered(made: Path, tmp_path: Path) -> Operator:
    """Give both agreements in draft."""
    return copied(Operator(folder=made / "registered"), tmp_path / "register")


@pytest.fixture
def case_decided(made: Path, tmp_path: Path) -> Operator:
    """Give the real case in signing, the other in draft."""
    return copied(Operator(folder=made / "decided"), tmp_path / "register")


@pytest.fixture
def decided_that_day(operator: Operator) -> Operator:
    """Give the real case alone, decided on the day itself: its dates are still ahead."""
    decided = operator.at("2017-09-26T09:00:00+02:00")
    decided.does("init")
    decided.does("import", CASE)
    decided.does("do", REF, "submit")
    decided.does("do", REF, "agree", "on=2017-07-05", "attended=wethouder Gerats")
    decided.does("do", REF, "decide", "outcome=as_proposed", "on=2017-09-26")
    return decided


@pytest.fixture
def case_signed(made: Path, tmp_path: Path) -> Operator:
    """Give the real case, ended, and an agreement that is active until 2077."""
    return copied(Operator(folder=made / "signed"), tmp_path / "register")


def copied(operator: Operator, folder: Path) -> Operator:
    """Give the same register in a folder of its own."""
    shutil.copytree(operator.folder, folder, dirs_exist_ok=True)
    return Operator(folder=folder)
