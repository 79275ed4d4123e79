"""The tutorial's commands, in each language: each ends as told and prints what is shown.

Those of the English page, which do the same, are typed into a shell that starts the real script.
"""

import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.commands import CASE, ROOT
from tests.acceptance.processes import SCRIPTS, started, surroundings

# A command, the lines that it prints, and its exit code where the tutorial asks for it.
STEP = re.compile(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)(?:\$ echo \$\?\n(\d)\n)?", re.MULTILINE)


def block(kind: str, page: str) -> str:
    """Return what a page's blocks of one kind hold, together."""
    return "".join(re.findall(rf"^```{kind}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL))


def missing(shown: str, printed: str) -> list[str]:
    """Return the shown lines that were not printed, in this order; `…` stands for anything."""
    rest = iter(printed.splitlines())
    return [
        line
        for line in shown.splitlines()
        if line != "…"
        and not any(re.fullmatch(re.escape(line).replace("…", ".*"), other) for other in rest)
    ]


def printed_in_a_shell(commands: list[str], folder: Path) -> list[tuple[str, str]]:
    """Run commands in one shell; return what each printed, and its exit code."""
    done = subprocess.run(
        ["/bin/sh", "-c", "".join(f'{command}\necho "@$?"\n' for command in commands)],
        cwd=folder,
        env=surroundings(folder) | {"PATH": f"{SCRIPTS}:/usr/bin:/bin"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=100,
        check=True,
    )
    return re.findall(r"(.*?)^@(\d+)\n", done.stdout, re.MULTILINE | re.DOTALL)


def printed_by_forks(commands: list[str], folder: Path) -> list[tuple[str, str]]:
    """Run commands as forks; return what each printed, and its exit code."""
    return [printed_by_one(*shlex.split(command), folder=folder) for command in commands]


def printed_by_one(name: str, *words: str, folder: Path) -> tuple[str, str]:
    """Run a command; return what it printed, and its exit code."""
    with started(
        name,
        *words,
        cwd=folder,
        env=surroundings(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    ) as process:
        shown, _ = process.communicate(timeout=100)
    return shown, str(process.returncode)


@pytest.mark.parametrize(
    "name, run", [("tutorial.md", printed_in_a_shell), ("nl/tutorial.md", printed_by_forks)]
)
def test_each_command_of_the_tutorial_ends_and_prints_as_shown(
    name: str, run: Callable[[list[str], Path], list[tuple[str, str]]], tmp_path: Path
) -> None:
    page = (ROOT / "docs" / name).read_text(encoding="utf-8")
    settings = tmp_path / "looptijd.toml"
    settings.write_text(block("toml", page), encoding="utf-8")
    settings.chmod(0o644)
    shutil.copy(CASE, tmp_path)
    steps = STEP.findall(block("console", page))
    ran = run([command for command, _, _ in steps], tmp_path)
    ended: list[tuple[str, str, list[str]]] = [
        (command, code or "0", []) for command, _, code in steps
    ]
    assert ended == [
        (command, code, missing(shown, printed))
        for (command, shown, _), (printed, code) in zip(steps, ran, strict=True)
    ]
