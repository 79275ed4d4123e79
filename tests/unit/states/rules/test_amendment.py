"""Facts by the paths that files and amendments write."""

import pytest

from states.rules.amendment import fact_type_of


@pytest.mark.parametrize(
    "written, kept",
    [
        ("evaluation.final.held_on", "evaluation.final.held.2020-07-11.on"),
        ("evaluation.final.report", "evaluation.final.held.2020-07-11.report"),
        ("evaluation.final.conclusion", "evaluation.final.held.2020-07-11.conclusion"),
        ("evaluation.final.on", "evaluation.half.on"),
    ],
)
def test_how_an_evaluation_was_held_is_read_as_it_is_kept(written: str, kept: str) -> None:
    assert fact_type_of(written) is fact_type_of(kept) is not None


def test_only_an_evaluation_has_been_held() -> None:
    assert fact_type_of("obligation.report.held_on") is None
