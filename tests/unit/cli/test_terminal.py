"""What a terminal shows of nothing."""

import pytest

from workflow.cli.terminal import Terminal


def test_a_list_of_nothing_takes_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    Terminal().bullets([])
    assert capsys.readouterr().out == ""
    Terminal().bullets(["one"])
    assert capsys.readouterr().out == "  – one\n"
