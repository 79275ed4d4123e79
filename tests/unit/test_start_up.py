"""What a command imports before it does anything: nothing that only few commands need."""

import subprocess
import sys

SLOW = ("alembic", "aiosmtplib", "apscheduler")


def test_looking_at_an_agreement_imports_nothing_that_is_needed_for_migrating_or_running() -> None:
    code = "import sys, workflow.schema; print(*(n for n in sys.modules if '.' not in n))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(SLOW).isdisjoint(ran.stdout.split())
