"""What an amendment may not change: a payment keeps its amount, and a new one holds from a day."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal

from msgspec.structs import replace

from states.dates import instalments
from states.dates.term_dates import end_of, start_of
from states.model.agreement import Agreement, Instalment, Source
from states.model.arithmetic import DAY, Dated
from states.model.fact_types import LATEST
from states.model.fact_words import field_name
from states.model.phrase import Phrase, say
from states.model.stage import Unknown
from states.rules.action import Request
from states.rules.amendment import amended

AMOUNT = "contribution.amount"
PERIOD = "contribution.every"
CURRENCY = "contribution.currency"
INDEXATION = "contribution.indexation"


def with_kept_amounts(before: Agreement, after: Agreement, request: Request) -> Agreement:
    """Write down the amounts that stay, and the new one where it holds and another stood.

    Those that are entered by their number along with it stay as they are entered; and while the
    dates are not known, those that were. A year keeps its figure where the indexation ends.
    """
    kept = instalments.numbers_paid(before)
    amounts: dict[int, Decimal | None] = {}
    money = after.contribution
    if AMOUNT in request.facts and money and money.amount is not None:
        if _have_one_period(before, after):  # else a number has another day
            kept.update(_due_before(before, request.get("from") or request.today))
        if not instalments.is_written_out(after, money) and isinstance(start_of(before), Dated):
            amounts = {
                number: money.amount
                for number, item in after.instalment.items()
                if item.amount is not None and item.waived_on is None
                if instalments.year_figure(money, number) is None
            }
    elif INDEXATION in request.facts and before.contribution and before.contribution.indexation:
        every = instalments.payments(before, LATEST)
        kept.update(item.number for item in every if item.amount is not None)
    amounts |= {number: instalments.amount_of(before, number) for number in kept}
    written = {
        number: replace(after.instalment.get(number) or Instalment(), amount=amount)
        for number, amount in sorted(amounts.items())
        if f"instalment.{number}.amount" not in request.facts
        and amount is not None
        and amount != instalments.amount_of(after, number)
    }
    source = _sources(before, after, written, kept)
    changed = replace(after, instalment={**after.instalment, **written}, source=source)
    if request.get("correction"):
        return changed
    return with_amounts_paid(before, changed, instalments.numbers_paid(before))


def _sources(
    before: Agreement, after: Agreement, written: Mapping[int, Instalment], kept: Collection[int]
) -> Mapping[int, Source]:
    """Return the sources, but none that leaves an amount in doubt that is written down now.

    One that is kept and to be paid is in doubt as it was until now.
    """
    fields = {number: f"instalment.{number}.amount" for number in written}
    was = {
        fields[number]: instalments.amount_path(before, number)
        for number, item in written.items()
        if number in kept and not (item.paid_on or item.waived_on)
    }
    found = after.source.items()
    stay = {n: said for n, said in found if not (said.in_doubt and said.field in fields.values())}
    added = [
        replace(said, field=field)
        for said in before.source.values()
        for field, doubtful in was.items()
        if said.in_doubt and said.field == doubtful
    ]
    first = max({*stay, *before.source}, default=0) + 1  # a number that a file names stays another
    return {**stay, **dict(enumerate(added, first))}


def with_amounts_paid(before: Agreement, after: Agreement, paid_so: Iterable[int]) -> Agreement:
    """Write down what was paid where another amount is agreed for that instalment later."""
    written = {}
    for number in after.instalment.keys() & paid_so:
        item, paid = after.instalment[number], instalments.amount_of(before, number)
        agreed = instalments.amount_of(after, number)
        if item.paid_on and item.paid_amount is None and agreed != paid:
            written[number] = replace(item, paid_amount=paid)
    return replace(after, instalment={**after.instalment, **written})


def _due_before(agreement: Agreement, day: date) -> Iterator[int]:
    """Yield what falls due before a day, also in the terms that a tacit renewal is yet to bring."""
    if agreement.term.renewal_length and isinstance(start_of(agreement), Dated):
        endless = replace(agreement.term, length=None, last_day=None, ends_before=None)
        agreement = replace(agreement, term=replace(endless, open_ended=True))
    for item in instalments.payments(agreement, min(day, LATEST)):
        if isinstance(item.due, Dated) and item.due.day < day:
            yield item.number


def _holds_for_nothing(agreement: Agreement, request: Request) -> Phrase | None:
    """Object to a day where no amount is entered, or where none of before it can be kept."""
    if request.get("from") is None:
        return None
    if AMOUNT not in request.facts:
        field = field_name(AMOUNT)
        return say(
            "“{key}” says from which day another {field} holds.", key=say("from"), field=field
        )
    after = amended(agreement, request.facts)
    if after.contribution is None or _have_one_period(agreement, after):
        return None
    return say(
        "“{key}” keeps the amounts of the days before it, and by this period there are none: the"
        " amount would hold for all that is not paid. Leave “{key}” out.",
        key=say("from"),
    )


def _holds_after_the_end(agreement: Agreement, request: Request) -> Phrase | None:
    """Object where an amount would hold from within a term that nobody has agreed on.

    An extension that begins before that day would have the new amount at once.
    """
    day = request.get("from")
    if day is None or AMOUNT not in request.facts:
        return None
    after = amended(agreement, request.facts)
    end = end_of(after)
    if after.term.renewal_length or not isinstance(end, Dated) or day <= end.day + DAY:
        return None
    return say(
        "{day} lies after the last day, {end}. First record the longer term, then the amount.",
        day=day,
        end=end.day,
    )


def _holds_from_where_no_date_is_known(agreement: Agreement, request: Request) -> Phrase | None:
    """Object while nobody can tell which instalments fall before the day; all would change."""
    if (day := request.get("from")) is None:
        return None
    found = instalments.open_payments(agreement, day)
    reason = next((item.due.because for item in found if isinstance(item.due, Unknown)), None)
    if reason is None:
        return None
    return say(
        "Which instalments fall before {day} is not known: {reason}.", day=day, reason=reason
    )


def _renumbers_what_was_entered(agreement: Agreement, request: Request) -> Phrase | None:
    """Object where the numbers of what was entered would be those of other days (R9).

    The second of four quarters would be the second year, which then seems paid or waived, or has
    the amount of before another one held.
    """
    if PERIOD not in request.facts or request.get("correction"):
        return None
    number = renumbered(agreement, amended(agreement, request.facts))
    if number is None:
        return None
    return say(
        "Instalment {number} was paid, waived or entered by its number; by another period that"
        " number has another day. Enter day and amount of each that is still to come, and waive the"
        " rest. If the period was a mistake from the beginning: {key}=yes.",
        number=number,
        key=say("correction"),
    )


def renumbered(before: Agreement, after: Agreement) -> int | None:
    """Return the last instalment of which facts were entered, where its number has another day."""
    last = max(before.instalment.keys() & after.instalment, default=1)
    is_same = before.contribution is None or _have_one_period(before, after)
    return None if last == 1 or is_same else last


def _have_one_period(before: Agreement, after: Agreement) -> bool:
    """Tell whether both have a contribution, paid by the same period."""
    then, money = before.contribution, after.contribution
    return then is not None and money is not None and then.every == money.every


def _tells_what_was_paid_in_another_currency(
    agreement: Agreement, request: Request
) -> Phrase | None:
    paid, money = instalments.numbers_paid(agreement), agreement.contribution
    if CURRENCY not in request.facts or request.get("correction") or not (paid and money):
        return None
    if request.facts[CURRENCY] == money.currency:
        return None
    return say(
        "Instalment {number} was paid in {currency}. If the currency was a mistake from the"
        " beginning: {key}=yes.",
        number=min(paid),
        currency=money.currency,
        key=say("correction"),
    )


def _is_of_no_instalment(agreement: Agreement, request: Request) -> Phrase | None:
    """Object to facts of an instalment that the contribution does not give: they hold for nothing.

    Where it is paid once, another would even take its place. What a renewal brings may be entered.
    """
    if not any(path.startswith("instalment.") for path in request.facts):
        return None
    after, known = amended(agreement, request.facts), agreement.instalment
    before = replace(after, instalment={n: i for n, i in after.instalment.items() if n in known})
    return of_no_instalment(before, after.instalment.keys() - known.keys())


def of_no_instalment(agreement: Agreement, entered: Collection[int]) -> Phrase | None:
    """Return which of these numbers its contribution does not give, or None where all may be."""
    money, term = agreement.contribution, agreement.term
    if not (entered and money and money.amount) or instalments.is_written_out(agreement, money):
        return None
    if term.renewal_length or term.open_ended or isinstance(start_of(agreement), Unknown):
        return None
    there = {item.number for item in instalments.payments(agreement, LATEST)}
    beyond = {*entered} - there
    if not beyond or not there:
        return None
    if not money.every:
        return say(
            "There is no instalment {number}: the contribution is paid once. To pay it in parts,"
            " enter {amount} as {unknown}, and the amount of each part, in one go.",
            number=min(beyond),
            amount=field_name("contribution.amount"),
            unknown=say("unknown"),
        )
    return say(
        "There is no instalment {number}: by the contribution and the term the last is {last}.",
        number=min(beyond),
        last=max(there),
    )


AMOUNTS_THAT_CANNOT_HOLD = (
    _is_of_no_instalment,
    _holds_for_nothing,
    _holds_from_where_no_date_is_known,
    _holds_after_the_end,
    _renumbers_what_was_entered,
    _tells_what_was_paid_in_another_currency,
)
