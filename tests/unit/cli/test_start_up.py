"""What a command imports before it does anything: nothing that only few commands need."""

import os
import subprocess
import sys

import pytest

SLOW = ("alembic", "aiosmtplib", "apscheduler")


def test_looking_at_an_agreement_imports_nothing_that_is_needed_for_migrating_or_running() -> None:
    code = "import sys, workflow.store.schema; print(*(n for n in sys.modules if '.' not in n))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(SLOW).isdisjoint(ran.stdout.split())


@pytest.mark.parametrize("command", ["show", "list", "do"])
def test_who_looks_or_acts_waits_for_nothing_that_makes_mails_and_calendars(command: str) -> None:
    code = f"import sys, workflow.cli.commands.{command}; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    imported = set(ran.stdout.split())
    assert f"workflow.cli.commands.{command}" in imported
    assert imported.isdisjoint({"aiosmtplib", "icalendar", "jinja2", "prometheus_client"})


def test_what_a_library_logs_is_not_printed() -> None:
    """SQLAlchemy tells, with where it stood in the code, that Ctrl-C came while it closed."""
    code = "import logging, workflow.cli.command; logging.getLogger('sqlalchemy.pool').error('x')"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (ran.stdout, ran.stderr) == ("", "")


@pytest.mark.parametrize(
    "words, shown",
    [("--version", "looptijd, version"), ("--help", "Toon de overeenkomsten"), ("", "plain,list")],
)
def test_what_needs_no_command_imports_none(words: str, shown: str) -> None:
    completing = {
        "_LOOPTIJD_COMPLETE": "bash_complete",
        "COMP_WORDS": "looptijd ",
        "COMP_CWORD": "1",
    }
    ran = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "from workflow.cli import main; main()", words],
        env={**os.environ, "LC_ALL": "nl_NL.UTF-8", **({} if words else completing)},
        capture_output=True,
        text=True,
        check=True,
    )
    imported = {line.rpartition("|")[2].strip() for line in ran.stderr.splitlines()}

    assert shown in ran.stdout
    assert "click" in imported
    assert imported.isdisjoint({"importlib.metadata", "json", "sqlalchemy", "pydantic", "rich"})
    ours = {name for name in imported if name.startswith("workflow.")}
    assert ours == {
        "workflow.cli",
        "workflow.cli.help_language",
        "workflow.system",
        "workflow.system.settings_path",
        "workflow.system.streams",
    }
