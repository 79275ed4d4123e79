"""Commands in surroundings that lack something: they end with their code, and say what they can."""

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from tests.acceptance.commands import REF, Operator

NOT_FOUND = 4
ENDS = {
    ("list",): 0,
    ("do", REF, "note", "text=x"): 0,
    ("show", "NOBODY"): NOT_FOUND,
}
LACKING = {
    "ASCII": ("", {"PYTHONIOENCODING": "ascii"}),
    "Latin 1": ("", {"PYTHONIOENCODING": "latin-1"}),
    "C": ("", {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}),
    "no input": ("<&-", {}),
    "no output": (">&-", {}),
    "no errors": ("2>&-", {}),
    "nothing": ("<&- >&- 2>&-", {}),
    "errors on a full disk": ("2>/dev/full", {}),
}


@pytest.mark.parametrize("lacks", LACKING)
def test_a_command_ends_with_its_code_and_records_what_it_should(
    case_registered: Operator, lacks: str
) -> None:
    without, environment = LACKING[lacks]
    operator = replace(case_registered, environment=environment, real=True)
    first = ("/bin/sh", "-c", f'exec "$0" "$@" {without}')
    for words, code in ENDS.items():
        ran = operator.runs(*words, first=first)
        assert (words, ran.code) == (words, code), ran
        assert not code or ran.err or "2>" in without
    assert notes(case_registered) == 1


def test_on_a_full_disk_it_is_said_that_what_was_done_is_recorded(
    case_registered: Operator,
) -> None:
    operator = replace(case_registered, real=True)
    full = ("/bin/sh", "-c", 'exec "$0" "$@" >/dev/full')
    cannot = "looptijd: What is printed cannot be written: No space left on device."
    recorded = "looptijd: What was to be recorded is recorded all the same."
    done = operator.runs("do", REF, "note", "text=x", first=full)
    assert (done.code, done.problems) == (1, [cannot, recorded])
    assert operator.runs("list", first=full).problems == [cannot]
    assert notes(case_registered) == 1


def notes(operator: Operator) -> int:
    """Return how many notes the ledger holds."""
    with closing(sqlite3.connect(operator.folder / "looptijd.db")) as database:
        query = "SELECT count(*) FROM event WHERE payload LIKE '%\"note\"%'"
        return int(database.execute(query).fetchone()[0])
