"""Folders in which an operator stands, with the real case at the stage that a test needs."""

import shutil
from collections.abc import Callable
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
key = "sociaal-domein"
name = "Portefeuille Sociaal Domein"
[[office.holder]]
name = "wethouder"
email = "wethouder@maastricht.example"
from = 2014-05-20

[[agreement]]
ref = "LANG-1"
title = "Erfpacht tot 2077"
office = "sociaal-domein"
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
[[agreement.party]]
key = "beesel"
name = "Gemeente Beesel"
[agreement.contribution]
kind = "fee"
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
SIGNED = (
    ("maastricht", "2017-10-02"),
    ("limburg", "2017-10-05"),
    ("waterschap", "2017-10-09"),
    ("beesel", "2017-10-10"),
    ("verbindend-leiden", "2017-10-12"),
)
Copied = Callable[[Path], Operator]


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    """Give an operator in an empty folder, with nothing configured."""
    return Operator(folder=tmp_path)


@pytest.fixture(scope="session")
def registered(tmp_path_factory: pytest.TempPathFactory) -> Operator:
    """Register the real case, once; tests work on copies."""
    made = Operator(folder=tmp_path_factory.mktemp("registered")).configures(SETTINGS)
    made.does("init")
    made.does("import", CASE)
    return made


@pytest.fixture(scope="session")
def decided(registered: Operator, tmp_path_factory: pytest.TempPathFactory) -> Operator:
    """Bring the real case to signing, and register an agreement that waits for its decision."""
    made = copied(registered, tmp_path_factory.mktemp("decided"))
    (made.folder / "long.toml").write_text(LONG, encoding="utf-8")
    made.does("import", "long.toml")
    made.does("do", REF, "submit")
    made.does("do", REF, "agree", "on=2017-07-05", "attended=wethouder Gerats")
    made.does("do", REF, "decide", "outcome=as_proposed", "on=2017-09-26", "label=Conform")
    return made


@pytest.fixture(scope="session")
def signed(decided: Operator, tmp_path_factory: pytest.TempPathFactory) -> Operator:
    """Let every party sign in October 2017, entered today: the term is over, nobody decided.

    The other agreement, which ends in 2077, is active.
    """
    made = copied(decided, tmp_path_factory.mktemp("signed"))
    for party, on in SIGNED:
        made.does("do", REF, "sign", f"party={party}", f"on={on}", "signatory=de burgemeester")
    made.does("do", "LANG-1", "skip_overleg", "--reason", "buren")
    made.does("do", "LANG-1", "decide", "outcome=mandate", "on=2017-09-26", "basis=art. 3")
    for party in ("maastricht", "beesel"):
        made.does("do", "LANG-1", "sign", f"party={party}", "on=2017-10-01")
    return made


@pytest.fixture
def case_registered(registered: Operator, tmp_path: Path) -> Operator:
    """Give the real case in draft."""
    return copied(registered, tmp_path / "register")


@pytest.fixture
def case_decided(decided: Operator, tmp_path: Path) -> Operator:
    """Give the real case in signing."""
    return copied(decided, tmp_path / "register")


@pytest.fixture
def case_signed(signed: Operator, tmp_path: Path) -> Operator:
    """Give the real case, ended, and an agreement that is active until 2077."""
    return copied(signed, tmp_path / "register")


def copied(operator: Operator, folder: Path) -> Operator:
    """Give the same register in a folder of its own."""
    shutil.copytree(operator.folder, folder, dirs_exist_ok=True)
    return Operator(folder=folder)
