"""Names and addresses that come in: a name is one line, and no token of the ledger."""

import pytest

from workflow.engine.contacts import contact_problems


def wrong(name: str) -> list[str]:
    facts = {"holder.name": name, "holder.email": "smit@maastricht.example"}
    return [item.path for item in contact_problems("holder", facts)]


def test_a_name_of_one_line_is_accepted() -> None:
    assert wrong("A. Smit") == []


@pytest.mark.parametrize("name", ["A. Smit\nB. Smit", "A. Smit\u202e", ""])
def test_a_name_that_is_no_line_is_a_problem_and_nothing_to_trip_over(name: str) -> None:
    assert wrong(name) == ["holder.name"]
