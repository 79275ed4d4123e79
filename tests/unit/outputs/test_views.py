"""What `show` and the report say of a term, in the same words."""

from typing import Any

import pytest

from notifications.language import language
from states.model.events import Status
from workflow.agreements.queries import STATUS
from workflow.outputs.json.views import Views

VIEWS = Views(language("nl"), lambda moment: moment)


def whole(notice: str | None, *states: tuple[str, str]) -> dict[str, Any]:
    term = {"renewal": "tacit", "renewal_length": "P1Y", "notice_on": notice}
    rows = [{"rule": "notice", "nominal_on": day, "state": state} for day, state in states]
    return {"term": term, "deadlines": rows, "extensions": [{"length": "P1Y"}, {"length": "P6M"}]}


@pytest.mark.parametrize(
    "notice, states, sentence",
    [
        (
            "2026-06-29",
            [("2026-06-29", "asked")],
            "met 1 jaar; opzeggen kan uiterlijk op 29 juni 2026",
        ),
        (
            "2026-06-29",
            [("2026-06-29", "passed")],
            "met 1 jaar; opzeggen kon tot en met 29 juni 2026",
        ),
        (
            "2027-06-29",
            [("2026-06-29", "passed"), ("2027-06-29", "ahead")],
            "met 1 jaar; opzeggen kan uiterlijk op 29 juni 2027",
        ),
        (
            "2027-06-29",
            [("2026-06-29", "passed"), ("2027-06-29", "dropped")],
            "niet meer: over de voortzetting is besloten, of de overeenkomst is beëindigd",
        ),
        (None, [], "met 1 jaar"),
    ],
)
def test_a_day_for_notice_that_passed_is_told_as_past(
    notice: str | None, states: list[tuple[str, str]], sentence: str
) -> None:
    assert VIEWS.renewal(whole(notice, *states)) == sentence


def test_extensions_are_told_in_order() -> None:
    assert VIEWS.extended(whole(None)) == "1 jaar + 6 maanden"


def test_a_date_that_holds_no_more_is_dropped_and_an_alert_that_did_not_leave_is_skipped() -> None:
    assert VIEWS.state("dropped") == VIEWS.status("superseded") == "vervallen"
    assert language("nl").say(STATUS[Status.SUPERSEDED]) == "overgeslagen"
