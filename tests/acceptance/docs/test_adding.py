"""The worked examples of docs/adding.md: a rule and an action that nobody thought of, in a copy."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.commands import ROOT

PRODUCT = ("states", "workflow", "notifications", "scheduler.py", "docs")
DIFF = re.compile(r"```diff\n(.*?\n)```", re.DOTALL)
WHO_LOOKS = Path(__file__).with_name("every_output.py")
TEMPLATES = [f"notifications/templates/{code}/archiving.j2" for code in ("en", "nl")]


def diffs() -> list[str]:
    """Return the examples, in the order in which the page has them; an empty line is context."""
    page = (ROOT / "docs" / "adding.md").read_text(encoding="utf-8")
    return [re.sub(r"(?m)^$(?=\n.)", " ", diff) for diff in DIFF.findall(page)]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Give a copy of the product, with nothing added."""
    for name in PRODUCT:
        source = ROOT / name
        ignored = shutil.ignore_patterns("screenshots")
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=ignored)
        else:
            shutil.copy(source, tmp_path)
    return tmp_path


def add(copy: Path, *examples: str) -> None:
    git = shutil.which("git")
    assert git
    subprocess.run(
        [git, "apply", "-"], cwd=copy, input="".join(examples), text=True, check=True, timeout=60
    )


def lacks(copy: Path) -> tuple[list[str], dict[str, str]]:
    """Let every output of the copy tell of what was added; return what is missing, and their text.

    What raises says so under the name of the output.
    """
    ran = subprocess.run(
        [sys.executable, WHO_LOOKS, copy],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy), "LOOPTIJD_TEST_RAISE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    return found["missing"], found["printed"]


@pytest.mark.timeout(240)
def test_a_rule_and_an_action_are_a_declaration_and_a_template_in_two_languages(copy: Path) -> None:
    rule, mail, action = diffs()[:3]
    add(copy, rule, action)

    assert lacks(copy)[0] == TEMPLATES
    add(copy, mail)
    missing, printed = lacks(copy)

    assert missing == []
    silent = [name for name, text in printed.items() if "the archive" not in text.lower()]
    assert silent == []


def test_a_command_is_a_line_and_a_module_of_its_name(copy: Path) -> None:
    *_, command = diffs()
    add(copy, command)

    assert "count       Count the agreements." in ran_in(copy, "--lang", "en", "--help")
    assert ran_in(copy, "init")
    assert json.loads(ran_in(copy, "count", "--json")) == {"agreements": 0}
    assert ran_in(copy, "--lang", "en", "count") == "Agreements in the register: 0.\n"


def ran_in(copy: Path, *words: str) -> str:
    """Run a command of the copy; return what it prints."""
    return subprocess.run(
        [sys.executable, "-c", "from workflow.cli import main; main()", *words],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
