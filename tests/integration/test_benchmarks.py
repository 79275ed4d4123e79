"""The benchmarks run: whoever changes the code sees at once when one of them no longer does."""

from pathlib import Path

import pytest

from benchmarks.__main__ import BENCHMARKS, main
from benchmarks.measuring import Spread, Table, Target
from benchmarks.report import PAGE, duration, put


@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_benchmark_runs(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = PAGE.read_bytes()

    assert main(["--quick", name]) == 0

    assert f"## {name} (" in capsys.readouterr().out
    assert PAGE.read_bytes() == before


@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_benchmark_has_its_place_in_the_page(name: str) -> None:
    assert "| kept |" in put(PAGE.read_text(encoding="utf-8"), name, "| kept |")


def test_a_ratio_is_taken_round_by_round() -> None:
    table = Table(title="", unit="", times={"looptijd": [1.0, 2.0, 4.0], "other": [3.0, 4.0, 4.0]})

    assert table.times_as_fast(Target(beside="other", at_least=1)) == Spread(1.0, 2.0, 3.0)


@pytest.mark.parametrize(
    "seconds, told",
    [(0.0000005, "500 ns"), (0.0000123, "12.3 µs"), (0.00412, "4.12 ms"), (61.0, "61.0 s")],
)
def test_a_duration_is_told_in_three_digits(seconds: float, told: str) -> None:
    assert duration(seconds) == told


def test_every_module_of_the_folder_is_a_benchmark_or_serves_them() -> None:
    serves = {"__init__", "__main__", "measuring", "report"}
    found = {path.stem for path in Path(PAGE.parents[1], "benchmarks").glob("*.py")}

    assert found - serves == set(BENCHMARKS)
