"""Money: what several amounts come to, and what is told of what is not certain about them."""

from decimal import Decimal

import pytest

from notifications.language import language
from states.model.money import Doubt, Money, total, totals

FIRST = Money(amount=Decimal("1000.00"))
NOT_STATED = Money(amount=Decimal("500.00"), doubt=Doubt.NOT_STATED)
NOT_INDEXED = Money(amount=Decimal("250.00"), doubt=Doubt.NOT_INDEXED)
NOT_KNOWN = Money(amount=None, doubt=Doubt.NOT_KNOWN)


@pytest.mark.parametrize(
    "found, told",
    [
        ([FIRST, FIRST], "€ 2.000,00"),
        ([FIRST, NOT_STATED], "€ 1.500,00, niet zeker"),
        ([FIRST, NOT_STATED, NOT_INDEXED], "zonder indexering € 1.750,00"),
        ([NOT_INDEXED, NOT_KNOWN], "minstens € 250,00"),
    ],
)
def test_a_total_says_what_is_most_in_doubt_about_it(found: list[Money], told: str) -> None:
    words = total(found).words
    assert words is not None
    assert language("nl").say(words) == told


@pytest.mark.parametrize("found", [[], [NOT_KNOWN], [NOT_KNOWN, NOT_KNOWN]])
def test_of_what_nobody_knows_no_amount_is_told(found: list[Money]) -> None:
    assert total(found).words is None
    assert str(total(found).figure) == "unknown"
    assert totals(found) == []


def test_what_waits_for_its_figure_has_an_amount_and_is_no_fact() -> None:
    assert (NOT_INDEXED.amount, NOT_INDEXED.fact, NOT_INDEXED.is_certain) == (
        Decimal("250.00"),
        None,
        False,
    )
    assert (NOT_STATED.fact, NOT_STATED.is_certain) == (Decimal("500.00"), False)


def test_each_currency_has_a_total_of_its_own() -> None:
    dollars = Money(amount=Decimal("5.00"), currency="USD")
    assert totals([dollars, FIRST, NOT_INDEXED]) == [
        Money(amount=Decimal("1250.00"), doubt=Doubt.NOT_INDEXED),
        dollars,
    ]
