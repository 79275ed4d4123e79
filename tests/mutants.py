"""make mutants: does a test fail when the procedure, the engine or the life of a mail is changed?

cosmic-ray changes one operator, number or word at a time in a copy of the project, and runs the
tests that are meant to notice. A sample is drawn from a seed; `--all` takes every change.
"""

import argparse
import os
import random
import shlex
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

PROJECT = Path(__file__).parents[1]
PLACE = PROJECT / ".cache" / "mutants"
COSMIC_RAY = PLACE / "bin" / "cosmic-ray"
SECONDS_A_MUTANT = 300
IGNORED = (".git", ".venv", ".cache", ".mypy_cache", ".ruff_cache", "build", "dist", "__pycache__")
FACTS = "tests/unit/states/model/test_facts.py"
# Not a fault to be found: `|` stands in types, whose changes end at once; `is` and `==` are the
# same for None and for the members of an enumeration.
LEFT_OUT = (
    "core/ReplaceBinaryOperator_BitOr_%",
    "core/ReplaceComparisonOperator_Is_Eq",
    "core/ReplaceComparisonOperator_IsNot_NotEq",
)


Draw = Callable[[list[str]], list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is changed, and which tests are asked."""

    name: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]
    sample: int


SUBJECTS = (
    Subject(
        name="states",
        modules=("states",),
        tests=(
            "tests/unit/states",
            "tests/unit/engine",
            "--ignore=tests/unit/engine/test_engine_properties.py",
            "--ignore=tests/unit/engine/test_stateful.py",
            "--ignore=tests/unit/engine/test_summer_time.py",
            f"--deselect={FACTS}::test_any_agreement_reads_back_from_what_was_written",
        ),
        sample=250,
    ),
    Subject(
        name="the engine",
        modules=("workflow/engine",),
        tests=(
            "tests/unit/engine",
            "tests/integration/agreements",
            "tests/integration/outputs/test_calendars.py",
            "tests/integration/mail/test_attached_dates.py",
            "tests/integration/mail/test_delivery.py",
            "tests/integration/mail/test_settled_by_mistake.py",
            "tests/integration/maintenance/test_policy.py",
            "tests/integration/maintenance/test_seal_days.py",
            "-k=not(postgresql)",
            "--ignore=tests/unit/engine/test_stateful.py",
            "--ignore=tests/unit/engine/test_taken_back.py",
        ),
        sample=100,
    ),
    Subject(
        name="the life of a mail",
        modules=("notifications/retry_policy.py", "workflow/mail/outcomes.py"),
        tests=(
            "tests/unit/notifications/test_retry_policy.py",
            "tests/chaos/test_interleavings.py",
        ),
        sample=100,
    ),
    Subject(
        name="the outbox",
        modules=("workflow/store/outbox",),
        tests=(
            "tests/integration/mail/test_catch_up.py",
            "tests/integration/mail/test_delivery.py",
            "tests/integration/mail/test_instalments_together.py",
            "tests/integration/mail/test_leased_mail.py",
            "tests/integration/mail/test_long_stop.py",
            "tests/integration/mail/test_overviews.py",
            "tests/integration/mail/test_queue.py",
            "tests/integration/mail/test_recipients.py",
            "tests/integration/mail/test_settled_by_mistake.py",
            "tests/integration/mail/test_waiting_mail.py",
            "tests/integration/mail/test_attached_dates.py",
            "tests/integration/maintenance/test_backup.py",
            "-k=not(postgresql)",
        ),
        sample=60,
    ),
)


def main() -> int:
    """Change, test, and print what survived; return 1 when the unchanged project fails."""
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("--all", action="store_true", help="every change, not a sample")
    parser.add_argument("--sample", type=int, help="how many changes of each subject")
    parser.add_argument("--seed", type=int, default=1, help="of the sample")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--subject", choices=[subject.name for subject in SUBJECTS])
    chosen = parser.parse_args()
    copies = [_copy(number) for number in range(chosen.workers)]
    for subject in SUBJECTS:
        if chosen.subject in {None, subject.name}:
            _try(subject, copies, _drawn(subject, chosen))
    return 0


def _drawn(subject: Subject, chosen: argparse.Namespace) -> Draw:
    """Return how the changes of a subject are drawn."""
    size, chance = chosen.sample or subject.sample, random.Random(chosen.seed)  # noqa: S311
    return lambda jobs: jobs if chosen.all else chance.sample(jobs, min(size, len(jobs)))


def _copy(number: int) -> Path:
    """Return a fresh copy of the project, compiled: a changed file is known by what it holds."""
    copy = PLACE / f"copy-{number}"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(PROJECT, copy, ignore=shutil.ignore_patterns(*IGNORED))
    _run(sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "checked-hash", copy)
    return copy


def _try(subject: Subject, copies: Sequence[Path], draw: Draw) -> None:
    """Try a subject's changes in the copies, side by side."""
    first = copies[0]
    _configure(subject, first)
    _run(*_tests_of(subject), cwd=first)  # what is unchanged passes, and the tests are compiled
    _run(COSMIC_RAY, "init", "mutants.toml", "session.sqlite", cwd=first)
    with closing(sqlite3.connect(first / "session.sqlite")) as session:
        wanted = _wanted(session)
    every, wanted = len(wanted), draw(wanted)
    for copy in copies:
        if copy != first:
            _configure(subject, copy)
            shutil.copy(first / "session.sqlite", copy)
    for number, copy in enumerate(copies):
        _keep(copy, wanted[number :: len(copies)])
    with ThreadPoolExecutor(len(copies)) as pool:
        list(pool.map(_execute, copies))
    _tell(subject, every, list(chain.from_iterable(map(_results, copies))))


def _tests_of(subject: Subject) -> tuple[str | Path, ...]:
    python = PROJECT / ".venv" / "bin" / "python"
    return (python, "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider", *subject.tests)


def _configure(subject: Subject, copy: Path) -> None:
    modules = ", ".join(f'"{module}"' for module in subject.modules)
    command = shlex.join(map(str, _tests_of(subject))).replace("'", "")
    (copy / "session.sqlite").unlink(missing_ok=True)
    (copy / "mutants.toml").write_text(
        f"[cosmic-ray]\nmodule-path = [{modules}]\ntimeout = {SECONDS_A_MUTANT}\n"
        f'excluded-modules = []\ntest-command = "{command}"\n'
        '[cosmic-ray.distributor]\nname = "local"\n',
        encoding="utf-8",
    )


def _wanted(session: sqlite3.Connection) -> list[str]:
    """Return the changes worth trying, in the order of the text."""
    left_out = " AND ".join(["operator_name NOT LIKE ?"] * len(LEFT_OUT))
    query = (
        f"SELECT job_id FROM mutation_specs WHERE {left_out} ORDER BY module_path, start_pos_row,"  # noqa: S608
        " start_pos_col, operator_name, operator_args, occurrence"
    )
    return [job for (job,) in session.execute(query, LEFT_OUT)]


def _keep(copy: Path, jobs: Sequence[str]) -> None:
    with closing(sqlite3.connect(copy / "session.sqlite")) as session, session:
        session.execute("CREATE TEMP TABLE kept (job_id)")
        session.executemany("INSERT INTO kept VALUES (?)", [(job,) for job in jobs])
        for table in ("mutation_specs", "work_items"):
            session.execute(f"DELETE FROM {table} WHERE job_id NOT IN (SELECT * FROM kept)")  # noqa: S608


def _execute(copy: Path) -> None:
    _run(COSMIC_RAY, "exec", "mutants.toml", "session.sqlite", cwd=copy, written="")


def _results(copy: Path) -> Iterator[tuple[str, str]]:
    query = (
        "SELECT test_outcome, worker_outcome, diff, module_path, start_pos_row, operator_name"
        " FROM work_results JOIN mutation_specs USING (job_id) ORDER BY module_path, start_pos_row"
    )
    with closing(sqlite3.connect(copy / "session.sqlite")) as session:
        for outcome, worker, diff, module, row, operator in session.execute(query):
            shown = [line for line in diff.splitlines() if _is_changed(line)]
            yield (outcome or worker).lower(), f"{module}:{row} {operator}\n" + "\n".join(shown)


def _is_changed(line: str) -> bool:
    """Tell whether a line of a difference is one that was changed."""
    return line[:1] in {"+", "-"} and line[:3] not in {"+++", "---"}


def _tell(subject: Subject, every: int, results: Sequence[tuple[str, str]]) -> None:
    counts = Counter(outcome for outcome, _ in results)
    score = 100 * (len(results) - counts["survived"]) / max(len(results), 1)
    kinds = ", ".join(f"{number} {kind}" for kind, number in counts.most_common())
    sys.stdout.write(f"{subject.name}: {len(results)} of {every} changes, {kinds}: {score:.1f} %\n")
    for _, change in sorted(result for result in results if result[0] == "survived"):
        sys.stdout.write(f"survived {change}\n")


def _run(*command: object, cwd: Path = PROJECT, written: str | None = None) -> None:
    """Run a program quietly; what is unchanged is compiled once, so nothing more is `written`."""
    surroundings: Mapping[str, str] = os.environ | {"PYTEST_DEBUG_TEMPROOT": "/dev/shm"}  # noqa: S108
    if written is not None:
        surroundings = {**surroundings, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=surroundings,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{command[0]} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


if __name__ == "__main__":
    sys.exit(main())
