"""The benchmarks run: whoever changes the code sees at once when one of them no longer does."""

import gc
from pathlib import Path

import pytest

from benchmarks.__main__ import BENCHMARKS, NAMED, main
from benchmarks.measuring import Limit, Spread, Table, Target
from benchmarks.report import PAGE, markdown, put
from benchmarks.words import duration, size

TIMES = {"looptijd": [1.0, 2.0, 4.0], "other": [3.0, 4.0, 4.0]}
FOR_FIRING = {"daemons", "jobs", "postgresql_databases", "rows", "sqlite_files", "tasks"}
PEERS = {"by_hand", "by_pendulum", "machines"}
WANTED = (Target(beside="other", at_least=1), Limit(beside="other", at_most=0.4))


@pytest.fixture(scope="module")
def collected() -> None:
    """Let no stopwatch go through what other tests left: it collects garbage before it starts."""
    gc.collect()
    gc.freeze()


@pytest.mark.usefixtures("collected")
@pytest.mark.parametrize("name", BENCHMARKS + NAMED)
def test_a_benchmark_runs(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = PAGE.read_bytes()

    assert main(["--quick", name]) == 0

    assert f"## {name} (" in capsys.readouterr().out
    assert PAGE.read_bytes() == before


@pytest.mark.parametrize("name", BENCHMARKS + NAMED)
def test_a_benchmark_has_its_place_in_the_page(name: str) -> None:
    assert "| kept |" in put(PAGE.read_text(encoding="utf-8"), name, "| kept |")


def test_a_ratio_is_taken_round_by_round() -> None:
    assert Target(beside="other", at_least=1).reached(TIMES) == Spread(1.0, 2.0, 3.0)
    assert Limit(beside="other", at_most=0.5).reached(TIMES) == Spread(1 / 3, 0.5, 1.0)


def test_what_was_wanted_is_judged_by_the_median() -> None:
    shown = markdown([Table(title="T", unit="a mail", times=TIMES, targets=WANTED, notes=("N.",))])

    assert (
        "| looptijd beside other | **2.00** times as fast | 1.00 – 3.00 | ≥ 1.00 | met |" in shown
    )
    assert "| **0.50** times as much | 0.33 – 1.00 | ≤ 0.40 | **missed** |" in shown
    assert shown.endswith("- N.")


@pytest.mark.parametrize(
    "seconds, shown",
    [(0.0000005, "500 ns"), (0.0000123, "12.3 µs"), (0.00412, "4.12 ms"), (61.0, "61.0 s")],
)
def test_a_duration_is_told_in_three_digits(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


def test_a_size_is_told_in_three_digits() -> None:
    assert (size(640), size(12_345), size(3_210_000)) == ("640 B", "12.3 kB", "3.21 MB")


def test_every_module_of_the_folder_is_a_benchmark_or_serves_them() -> None:
    serves = {"__init__", "__main__", "measuring", "report", "words", "world"} | FOR_FIRING | PEERS
    serves |= {"hello", "idle_daemon", "imports_only", "one_query", "plot", "processes"}
    serves |= {"asking", "mailers", "sink", "size"}
    found = {path.stem for path in Path(PAGE.parents[1], "benchmarks").glob("*.py")}

    assert found - serves == set(BENCHMARKS + NAMED)
