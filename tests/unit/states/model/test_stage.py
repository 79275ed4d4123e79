from datetime import date

import pytest

from states.model.period import Period
from states.model.stage import OccurrenceName, Rule, Step


def test_the_name_of_an_occurrence_says_which_step_of_which_deadline_it_is() -> None:
    name = OccurrenceName.parse("payment:2:2018-10-12:-P4W")
    assert name == OccurrenceName(
        Rule.PAYMENT, "2", date(2018, 10, 12), Step(sign=-1, period=Period(days=28))
    )
    assert (name.subject, name.deadline) == ("payment:2", "payment:2:2018-10-12")


@pytest.mark.parametrize(
    "cause", ["", None, "event:4", "digest:sociaal-domein:2018-W20", "incident:clock:2018-05-01"]
)
def test_a_cause_that_is_no_occurrence_names_none(cause: str | None) -> None:
    assert OccurrenceName.of(cause) is None


@pytest.mark.parametrize(
    "text", ["payment:2:2018-10-12:P4X", "paid:2:2018-10-12:P0D", "payment:2:2018-13-12:P0D"]
)
def test_a_name_that_no_release_has_written_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        OccurrenceName.parse(text)
