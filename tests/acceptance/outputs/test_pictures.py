"""The commands that draw: report, timeline and diagram, as an operator runs them."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.acceptance.commands import CASE, REF, Operator


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    """Give an operator whose register holds the source case."""
    operator = Operator(folder=tmp_path).configures('language = "en"\n')
    operator.does("init")
    operator.does("import", str(CASE))
    return operator


def test_a_report_says_where_it_is_and_keeps_off_what_is_not_its_own(operator: Operator) -> None:
    assert (
        operator.does("report", "--output", "site")
        == "The report is in site/index.html; agreements: 1.\n"
    )
    assert operator.reads("report", "--output", "site") == {"output": "site", "agreements": 1}
    (operator.folder / "site" / "mine.txt").touch()
    refused = operator.runs("report", "--output", "site")
    assert refused.code == 2
    assert refused.err == (
        f"looptijd: {operator.folder}/site holds something else than a report; name a new folder,"
        " or an earlier report to replace.\n"
    )


def test_a_timeline_is_of_an_agreement_or_of_an_office(operator: Operator) -> None:
    assert operator.reads("timeline", REF)["marks"] == []
    assert [line["ref"] for line in operator.reads("timeline", "--office", "sociaal-domein")] == [
        REF
    ]
    for wrong in ((), (REF, "--office", "sociaal-domein")):
        assert operator.runs("timeline", *wrong).code == 2
    assert operator.runs("timeline", "--office", "nobody").code == 4


def test_the_agreements_of_an_office_are_drawn_one_without_a_start_as_a_name(
    operator: Operator,
) -> None:
    then = operator.at("2026-12-01T10:00:00+01:00")
    drawn = then.does("timeline", "--office", "sociaal-domein").splitlines()
    assert drawn[:5] == [
        "Portefeuille Sociaal Domein",
        "",
        "                           2026    2027    2028     2029     2030    2031",
        "  SO-2017-0042 Verbindend…        │",
        "",
    ]
    assert then.does("timeline", "--office", "financien") == "There is nothing to list.\n"


def test_the_procedure_is_a_picture_too(operator: Operator) -> None:
    picture = operator.does("diagram", "--svg")
    assert ET.fromstring(picture).tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314
    assert json.loads(operator.does("diagram", "--svg", "--json"))["svg"] == picture.rstrip("\n")
