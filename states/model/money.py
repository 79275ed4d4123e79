"""Money: what an instalment, or several together, come to, and what is not certain about it."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import IntEnum

from msgspec import Struct

from states.model.fact_words import in_money
from states.model.phrase import Phrase, say


class Doubt(IntEnum):
    """What is not certain about an amount, the least of it first."""

    NONE = 0
    NOT_STATED = 1
    """It is inferred, assumed or disputed."""
    NOT_INDEXED = 2
    """It waits for the figure of its year: the amount is the one without indexation."""
    NOT_KNOWN = 3
    """Nobody has entered it; of several together: one of them."""


class Money(Struct, frozen=True, kw_only=True):
    """An amount with its currency, None where nothing of it is known, and the doubt about it."""

    amount: Decimal | None
    currency: str = "EUR"
    doubt: Doubt = Doubt.NONE

    @property
    def is_certain(self) -> bool:
        """Tell whether it was paid, or is known and nothing will change it."""
        return self.doubt is Doubt.NONE

    @property
    def fact(self) -> Decimal | None:
        """Return the amount for programs: None until somebody entered it."""
        return self.amount if self.doubt < Doubt.NOT_INDEXED else None

    @property
    def figure(self) -> Phrase:
        """Return the amount alone, for where the doubt about it is told beside it."""
        return in_money(self.amount, self.currency)

    @property
    def words(self) -> Phrase | None:
        """Return the amount with what is not certain about it; None where nothing is known."""
        if self.amount is None:
            return None
        form = IN_DOUBT.get(self.doubt)
        return say(form.text, amount=self.figure) if form else self.figure


IN_DOUBT = {
    Doubt.NOT_STATED: say("{amount}, not certain"),
    Doubt.NOT_INDEXED: say("without indexation {amount}"),
    Doubt.NOT_KNOWN: say("at least {amount}"),
}


def total(found: Sequence[Money]) -> Money:
    """Return what amounts of one currency come to, with what is most in doubt about them."""
    known = [one.amount for one in found if one.amount is not None]
    return Money(
        amount=sum(known, Decimal()) if known else None,
        currency=found[0].currency if found else "EUR",
        doubt=max((one.doubt for one in found), default=Doubt.NONE),
    )


def totals(found: Iterable[Money]) -> list[Money]:
    """Return the total of each currency of which an amount is known, in order of currency."""
    by_currency: dict[str, list[Money]] = {}
    for one in found:
        by_currency.setdefault(one.currency, []).append(one)
    sums = (total(by_currency[currency]) for currency in sorted(by_currency))
    return [one for one in sums if one.amount is not None]
