"""What an instalment pays for where its day stands clamped, and what is certain of it."""

from datetime import date
from decimal import Decimal

from states.dates.instalments import payments, unsure_facts
from states.dates.term_dates import day_of
from states.model.money import Doubt
from tests.agreements import agreement

BY_THE_QUARTER = {
    "term.start": "2024-10-31",
    "term.length": "P2Y",
    "contribution.every": "P3M",
    "termination.on": "2025-01-15",
    "termination.ends_on": "2025-04-30",
}
"""31 October, 31 January, 30 April (which pays from 1 May on), 31 July …"""


def asked(**changes: str) -> list[str]:
    terminated = agreement({**BY_THE_QUARTER, **changes})
    found = payments(terminated, date(2030, 1, 1))
    return [f"{item.number} {day_of(item.due)} {item.status}" for item in found]


def test_what_is_due_on_the_last_day_for_after_it_is_dropped_by_a_termination() -> None:
    assert asked()[:4] == [
        "1 2024-10-31 expected",
        "2 2025-01-31 expected",
        "3 2025-04-30 superseded",
        "4 2025-07-31 superseded",
    ]


def test_what_is_named_for_the_last_day_itself_is_asked() -> None:
    named = asked(**{"instalment.3.due_on": "2025-04-30"})

    assert named[2:4] == ["3 2025-04-30 expected", "4 2025-07-31 superseded"]


def test_a_fact_is_unsure_unless_the_source_states_it() -> None:
    sources = {
        "source.1.field": "contribution.amount",
        "source.1.status": "inferred",
        "source.2.field": "contribution.every",
        "source.2.status": "stated",
    }
    assert unsure_facts(agreement(sources)) == {"contribution.amount"}


def test_what_nobody_has_named_is_not_known_and_what_waits_for_its_figure_not_indexed() -> None:
    unnamed = {"contribution.amount": None, "contribution.every": None}
    on_a_day = {"instalment.1.due_on": "2018-10-12"}
    [payment] = payments(agreement({**unnamed, **on_a_day}), date(2019, 1, 1))
    assert (payment.money.amount, payment.money.doubt) == (None, Doubt.NOT_KNOWN)

    indexed = {"term.start": "2017-10-12", "contribution.indexation": "CPI"}
    _, second, *_ = payments(agreement(indexed), date(2019, 1, 1))
    assert (second.money.amount, second.money.doubt) == (Decimal("1000.00"), Doubt.NOT_INDEXED)


def test_each_instalment_of_a_year_is_as_sure_as_the_figure_of_that_year() -> None:
    """The second half of the year was certain of a figure that the first half was not."""
    halves = {
        "term.start": "2017-10-12",
        "contribution.every": "P6M",
        "contribution.indexation": "CPI",
        "instalment.3.amount": "1035.00",
        "source.1.status": "assumed",
    }

    def told(field: str) -> list[str]:
        found = payments(agreement({**halves, "source.1.field": field}), date(2019, 10, 1))
        return [str(item.money.words) for item in found][1:4]

    assert told("instalment.3.amount") == [
        "€ 1000.00",
        "€ 1035.00, not certain",
        "€ 1035.00, not certain",
    ]
    assert told("contribution.amount") == ["€ 1000.00, not certain", "€ 1035.00", "€ 1035.00"]
