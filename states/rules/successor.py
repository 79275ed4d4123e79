"""The successor: the draft of the agreement that follows, with what carries over."""

from collections.abc import Iterator

from msgspec.structs import replace

from states.dates.instalments import first_of_its_year
from states.model.agreement import Agreement, Contribution, Instalment, Obligation, Party, Term
from states.model.arithmetic import DAY
from states.model.fact_types import Key, StartRule
from states.rules.continuation import last_day_of


def successor_of(agreement: Agreement) -> Agreement:
    """Return the draft of the agreement that follows: same parties, money and term, no signatures.

    A length carries over; a fixed end does not, so the successor's end is unknown until it is
    entered.
    """
    assert agreement.successor
    return Agreement(
        ref=agreement.successor,
        title=agreement.title,
        short_title=agreement.short_title,
        purpose=agreement.purpose,
        public=agreement.public,
        woo=agreement.woo and replace(agreement.woo, published_on=None, url=None),
        office=agreement.office,
        case_owner=agreement.case_owner,
        term=_next_term(agreement),
        party=_staying(agreement),
        evaluation={
            key: replace(item, started_for=None, held={})
            for key, item in agreement.evaluation.items()
            if item.on is None
        },
        contribution=_next_contribution(agreement),
        instalment=dict(_next_instalments(agreement)),
        obligation=dict(_next_obligations(agreement)),
        predecessor=agreement.ref,
    )


def _staying(agreement: Agreement) -> dict[Key, Party]:
    return {
        key: Party(name=party.name, own=party.own)
        for key, party in agreement.party.items()
        if party.own or party.left_on is None
    }


def _next_contribution(agreement: Agreement) -> Contribution | None:
    """Carry over what was paid at last, indexed; the total was that of the term before.

    What a party paid that does not stay is not carried over: without a payer it would be ours to
    pay. Of amounts that others pay the currency, the payee and the office hold on.
    """
    money = agreement.contribution
    if money is None:
        return None
    if not _stays(agreement, money.payer):
        others = any(_next_instalments(agreement))
        return replace(money, amount=None, total=None, payer=None) if others else None
    every = money.every
    figures = [
        item.amount
        for number, item in sorted(agreement.instalment.items())
        if item.amount and every and every.months and number == first_of_its_year(number, every)
    ]
    amount = figures[-1] if money.indexation and figures else money.amount
    return replace(money, amount=amount, total=None)


def _next_instalments(agreement: Agreement) -> Iterator[tuple[int, Instalment]]:
    """Carry amounts over that were written out; their dates are entered anew."""
    money = agreement.contribution or Contribution()
    if money.every:
        return
    for number, item in agreement.instalment.items():
        payer = item.payer
        if item.amount is not None and _stays(agreement, payer or money.payer):
            yield (
                number,
                Instalment(amount=item.amount, payee=item.payee, payer=payer, refund=item.refund),
            )


def _next_obligations(agreement: Agreement) -> Iterator[tuple[Key, Obligation]]:
    """Carry over what the parties that stay owe, but for what was owed once on a day."""
    for key, owed in agreement.obligation.items():
        if _stays(agreement, owed.by) and (owed.every or owed.on is None):
            yield key, replace(owed, fulfilment={})


def _stays(agreement: Agreement, party: Key | None) -> bool:
    """Tell whether who pays or owes something, by default our own municipality, goes on."""
    return party is None or party in _staying(agreement)


def _next_term(agreement: Agreement) -> Term:
    term = agreement.term
    fixed = not isinstance(term.start, StartRule)
    return replace(
        term,
        start=last_day_of(agreement) + DAY if fixed else term.start,
        last_day=None,
        ends_before=None,
    )
