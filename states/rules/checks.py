"""What makes facts impossible (problems) and what makes them suspect (warnings, never repairs)."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import count, islice, takewhile

from msgspec.structs import replace

from states.dates.instalments import amount_of, is_void, is_written_out, open_payments, payments
from states.dates.obligations import A_TERM, turns, turns_of
from states.dates.recurrence import MOST
from states.dates.tacit_renewal import paid_through, renewed_to_its_end, renews
from states.dates.term_dates import day_of, dues_of, end_of, end_with, natural_end_of, start_of
from states.dates.term_decisions import decision_of
from states.dates.working_days import SATURDAY
from states.model.agreement import Agreement, Contribution, Renewal
from states.model.arithmetic import Dated, plus
from states.model.fact_types import AN_ADDRESS, EARLIEST, LATEST, Key, StartRule, is_hidden
from states.model.fact_words import called, fact_words, field_name, field_names, in_money
from states.model.facts import Problem
from states.model.period import Period
from states.model.phrase import Phrase, listed, say
from states.model.stage import Continuation, Stage, Unknown
from states.rules.missing_facts import is_settled

FULL_DATE = len("2017-10-12")
MONTH = Period(1)
SOME_DAY = date(2001, 1, 1)
YEAR, THREE_YEARS, TEN_YEARS = Period(12), Period(36), Period(120)
FEW = 3
WHOLE_MONTHS = say("Write whole months, such as {year} or {months}.", year=YEAR, months=Period(3))


WAYS_TO_END = ("length", "last_day", "ends_before", "open_ended")
WAYS_TO_EVALUATE = ("before_end", "after_start", "on")


def problems(agreement: Agreement) -> list[Problem]:
    """Return everything that makes these facts impossible together."""
    return [problem for check in PROBLEMS for problem in check(agreement)]


def warnings(agreement: Agreement) -> list[Phrase]:
    """Return everything that is suspect; the facts stay as they were written."""
    return [warning for check in WARNINGS for warning in check(agreement)]


def _problem(path: str, problem: Phrase, remedy: Phrase) -> Problem:
    return Problem(path=path, problem=problem, remedy=remedy)


def _one_of(group: str, names: Sequence[str], given: Sequence[object]) -> Phrase:
    """Return which facts exclude each other; of several that are known, how one is taken away."""
    one_of = say("Give one of: {names}.", names=field_names(group, *names))
    known = [name for name, value in zip(names, given, strict=True) if value is not None]
    if not known:
        return one_of
    return say(
        "{remedy} What does not hold is taken away with {field}={unknown}.",
        remedy=one_of,
        field=field_name(f"{group}.{known[0]}"),
        unknown=say("unknown"),
    )


# Problems ----------------------------------------------------------------------------------------


def _own_party(agreement: Agreement) -> Iterator[Problem]:
    own = sum(party.own for party in agreement.party.values())
    if own != 1:
        owns = {"field": field_name("party.PARTY.own"), "yes": say("yes")}
        wrong = say("{count} parties are marked {field}={yes}.", count=own, **owns)
        yield _problem("party", wrong, say("Mark exactly one: the municipality of this register."))


def _one_term(agreement: Agreement) -> Iterator[Problem]:
    term = agreement.term
    given = [term.length, term.last_day, term.ends_before, term.open_ended or None]
    if sum(item is not None for item in given) > 1:
        wrong = say("the end is given more than once.")
        yield _problem("term", wrong, _one_of("term", WAYS_TO_END, given))


def _renewal_and_minimum(agreement: Agreement) -> Iterator[Problem]:
    term = agreement.term
    tacit = term.renewal is Renewal.TACIT
    if tacit and term.open_ended:
        wrong = say("an open-ended agreement has no end at which it could renew.")
        yield _problem(
            "term.renewal", wrong, say("Leave {field} out.", field=field_name("term.renewal"))
        )
    if term.minimum and not term.open_ended:
        wrong = say("only an open-ended agreement has a minimum term.")
        remedy = say(
            "Give {open_ended}={yes}, or leave {minimum} out.",
            open_ended=field_name("term.open_ended"),
            yes=say("yes"),
            minimum=field_name("term.minimum"),
        )
        yield _problem("term.minimum", wrong, remedy)
    if tacit and not (term.renewal_length and term.notice):
        wrong = say("a tacit renewal needs its length and its notice period.")
        needed = field_names("term", "renewal_length", "notice")
        yield _problem("term.renewal", wrong, say("Give both: {names}.", names=needed))


def _extended_by_nothing(agreement: Agreement) -> Iterator[Problem]:
    """Nobody would be asked to decide again, and it would end."""
    is_over = agreement.termination or agreement.stage is Stage.ENDED
    decided = None if is_over else decision_of(agreement)
    if decided and decided[1].outcome is Continuation.EXTEND:
        number = max(agreement.extension, default=0) + 1
        wrong = say("it was extended after this day, and it is not said by how much.")
        field = field_name(f"extension.{number}.length")
        yield _problem(f"continuation.{decided[0]}", wrong, say("Give {field}.", field=field))


def _one_date_each(agreement: Agreement) -> Iterator[Problem]:
    for key, item in agreement.evaluation.items():
        path = f"evaluation.{key}"
        given = [item.before_end, item.after_start, item.on]
        if sum(part is not None for part in given) != 1:
            wrong = say("an evaluation has exactly one date.")
            yield _problem(path, wrong, _one_of(path, WAYS_TO_EVALUATE, given))
        if item.before_end is not None:
            yield from _no_end(agreement, path)


def _no_end(agreement: Agreement, path: str) -> Iterator[Problem]:
    if agreement.is_endless:
        wrong = say("an open-ended agreement has no end to count back from.")
        others = field_names(path, "after_start", "on")
        yield _problem(
            f"{path}.before_end", wrong, say("Give instead one of: {names}.", names=others)
        )


def _money(agreement: Agreement) -> Iterator[Problem]:
    contribution = agreement.contribution
    written = [number for number, item in agreement.instalment.items() if item.amount is not None]
    if contribution and contribution.amount is None and not written:
        wrong = say("a contribution needs an amount.")
        field = field_name("contribution.amount")
        remedy = say("Give {field}, or write each instalment.", field=field)
        yield _problem("contribution.amount", wrong, remedy)
    every = contribution.every if contribution else None
    if every and (every.days or every < MONTH):
        wrong = say("instalments follow each other by a month or more.")
        yield _problem("contribution.every", wrong, WHOLE_MONTHS)
    elif contribution:
        yield from _too_many(agreement)


def _too_many(agreement: Agreement) -> Iterator[Problem]:
    if isinstance(start_of(agreement), Dated) and isinstance(paid_through(agreement), Unknown):
        return  # without a known end they are listed only as far as one looks ahead
    yield from _too_often("contribution", payments(agreement, LATEST))


def _too_often(path: str, dates: Iterable[object], most: int = MOST) -> Iterator[Problem]:
    if len([*islice(dates, most + 1)]) > most:
        wrong = say("these terms give more than {most} dates.", most=most)
        yield _problem(f"{path}.every", wrong, say("Choose a longer period."))


def _fiscal_years(agreement: Agreement) -> Iterator[Problem]:
    """A year is written whole: 26 would be the year 26, in which nothing is budgeted."""
    years = {f"instalment.{n}.fiscal_year": i.fiscal_year for n, i in agreement.instalment.items()}
    if agreement.contribution:
        years["contribution.budgeted_through"] = agreement.contribution.budgeted_through
    for path, year in years.items():
        if year is not None and year < EARLIEST.year:
            wrong = say("{year} is no fiscal year.", year=year)
            yield _problem(path, wrong, say("Write a year of four digits, such as 2026."))


def _paid_amounts(agreement: Agreement) -> Iterator[Problem]:
    for number, item in agreement.instalment.items():
        if item.paid_amount is not None and item.paid_on is None:
            path = f"instalment.{number}.paid_amount"
            wrong = say("an amount was paid, and nothing says on which day.")
            remedy = say(
                "Give {day} as well, or take the amount away with {field}={unknown}.",
                day=field_name(f"instalment.{number}.paid_on"),
                field=field_name(path),
                unknown=say("unknown"),
            )
            yield _problem(path, wrong, remedy)


def _ends_before_it_starts(agreement: Agreement) -> bool:
    start, end = day_of(start_of(agreement)), day_of(end_of(agreement))
    return start is not None and end is not None and end < start


def _dates_in_order(agreement: Agreement) -> Iterator[Problem]:
    start, end = day_of(start_of(agreement)), day_of(end_of(agreement))
    if _ends_before_it_starts(agreement) and not isinstance(agreement.term.start, StartRule):
        wrong = say("the last day {end} lies before the start {start}.", end=end, start=start)
        yield _problem("term", wrong, say("Correct the start or the end."))
    if end and end > LATEST:
        wrong = say("the last day {end} lies too far ahead.", end=end)
        yield _problem("term", wrong, say("Dates up to {latest} are accepted.", latest=LATEST))


def _suspensions(agreement: Agreement) -> Iterator[Problem]:
    rested: date | None = None
    for number, item in sorted(agreement.suspension.items()):
        if item.resumed_on and item.resumed_on < item.on:
            wrong = say("the agreement was resumed before it was suspended.")
            yield _problem(f"suspension.{number}", wrong, _to_correct(number))
        if number > 1 and (rested is None or item.on < rested):
            wrong = say("this suspension begins before the one before it was over.")
            yield _problem(f"suspension.{number}.on", wrong, _to_correct(number))
        rested = item.resumed_on


def _to_correct(number: int) -> Phrase:
    return say(
        "Correct one of: {names}.", names=field_names(f"suspension.{number}", "on", "resumed_on")
    )


def _parties_that_move(agreement: Agreement) -> Iterator[Problem]:
    for key, party in agreement.party.items():
        if party.joined_on and party.left_on and party.left_on < party.joined_on:
            wrong = say("this party left before it joined.")
            names = field_names(f"party.{key}", "joined_on", "left_on")
            remedy = say("Correct one of: {names}.", names=names)
            yield _problem(f"party.{key}.left_on", wrong, remedy)
        if party.merged_into is not None and party.merged_into not in agreement.party:
            wrong = say("there is no party “{key}” to have merged into.", key=party.merged_into)
            path = f"party.{key}.merged_into"
            remedy = say("Add that party, or correct {field}.", field=field_name(path))
            yield _problem(path, wrong, remedy)
        if party.merged_into is not None and party.left_on is None:
            path = f"party.{key}.left_on"
            wrong = say("this party was merged, and nothing says since when.")
            remedy = say("Give its last day as {field}.", field=field_name(path))
            yield _problem(path, wrong, remedy)


def _payers(agreement: Agreement) -> Iterator[Problem]:
    named = {"contribution.payer": (agreement.contribution or Contribution()).payer}
    named |= {f"instalment.{n}.payer": item.payer for n, item in agreement.instalment.items()}
    for path, payer in named.items():
        if payer is not None:
            yield from _no_party(agreement, path, payer)


def _no_party(agreement: Agreement, path: str, key: str) -> Iterator[Problem]:
    if key not in agreement.party:
        wrong, names = say("there is no party “{key}”.", key=key), ", ".join(agreement.party)
        yield _problem(path, wrong, say("Accepted here: {names}.", names=names))


def _positive_periods(agreement: Agreement) -> Iterator[Problem]:
    term = agreement.term
    for name in ("length", "renewal_length", "minimum"):
        if getattr(term, name) == Period():
            wrong = say("a term of no length is no term.")
            remedy = say("Write a period such as {period}.", period=THREE_YEARS)
            yield _problem(f"term.{name}", wrong, remedy)
    if term.renewal_length and plus(EARLIEST, term.renewal_length) < plus(EARLIEST, MONTH):
        wrong = say("a renewal lasts a month or more.")
        remedy = say("Write a period such as {period}.", period=YEAR)
        yield _problem("term.renewal_length", wrong, remedy)


def _obligations(agreement: Agreement) -> Iterator[Problem]:
    signed = _once_signed(agreement) if agreement.obligation else agreement
    for key, owed in agreement.obligation.items():
        path = f"obligation.{key}"
        given = [owed.on, owed.after_start, owed.before_end]
        if sum(part is not None for part in given) > 1:
            wrong = say("an obligation has one date, or one first date.")
            remedy = _one_of(path, ("on", "after_start", "before_end"), given)
            yield _problem(path, wrong, remedy)
        if owed.every and (owed.every.days or owed.every < MONTH):
            wrong = say("what recurs does so by a month or more.")
            yield _problem(f"{path}.every", wrong, WHOLE_MONTHS)
        elif owed.every and owed.before_end is not None:
            yield from _too_often(path, _of_a_long_term(owed.every, owed.before_end), A_TERM)
        elif isinstance(natural_end_of(signed), Dated):
            yield from _too_often(path, turns_of(signed, key, LATEST))
        if owed.before_end is not None:
            yield from _no_end(agreement, path)
        if owed.by is not None:
            yield from _no_party(agreement, f"{path}.by", owed.by)


def _of_a_long_term(every: Period, before_end: Period) -> Iterator[date]:
    """Yield as many dates as recur before an end: renewals make a term as long as that."""
    through = plus(EARLIEST, before_end)
    dates = (plus(EARLIEST, every * number) for number in count())
    return takewhile(lambda day: day <= through, dates)


def _web_addresses(agreement: Agreement) -> Iterator[Problem]:
    """What stands in a register is read all the same: what cannot be read misses its dates."""
    named = {f"document.{n}.url": item.url for n, item in agreement.document.items()}
    named["woo.url"] = agreement.woo.url if agreement.woo else None
    for path, url in named.items():
        if any(map(is_hidden, url or "")):
            wrong = say("this web address holds a character that nobody sees.")
            yield _problem(path, wrong, AN_ADDRESS)


def _once_signed(agreement: Agreement) -> Agreement:
    """Return it as when all have signed, where that day does not change how many dates there are.

    Else the last signature would be refused for what stood there from the beginning.
    """
    counts = agreement.term.length or isinstance(agreement.term.start, date)
    if not (agreement.unsigned and counts):
        return agreement
    signed = {k: replace(p, signed_on=p.signed_on or SOME_DAY) for k, p in agreement.party.items()}
    return replace(agreement, party=signed)


PROBLEMS: tuple[Callable[[Agreement], Iterator[Problem]], ...] = (
    _own_party,
    _one_term,
    _renewal_and_minimum,
    _extended_by_nothing,
    _one_date_each,
    _money,
    _fiscal_years,
    _paid_amounts,
    _dates_in_order,
    _suspensions,
    _parties_that_move,
    _payers,
    _positive_periods,
    _obligations,
    _web_addresses,
)


# Warnings ----------------------------------------------------------------------------------------


def _documents_after_the_decision(agreement: Agreement) -> Iterator[Phrase]:
    decided = agreement.decided_on
    for document in agreement.document.values():
        dated = earliest(document.dated)
        if decided and dated and dated > decided:
            yield say(
                "The document “{title}” is dated {dated}, after the decision of {decided} that"
                " cites it. It is kept as written, and no date depends on it.",
                title=document.title,
                dated=date_as_written(document.dated),
                decided=decided,
            )


def earliest(dated: str | None) -> date | None:
    """Return the first day that a date, a month or a year as written may mean.

    None where it means no day, as in a ledger that somebody changed.
    """
    match = re.fullmatch(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?", dated or "")
    if not match:
        return None
    try:
        return date(*(int(part or 1) for part in match.groups()))
    except ValueError:
        return None


def date_as_written(dated: str | None) -> date | str | None:
    """Return a date as a day that is told as every other; a month or a year as it was written."""
    return earliest(dated) if len(dated or "") == FULL_DATE else dated


def _decisions_in_the_weekend(agreement: Agreement) -> Iterator[Phrase]:
    for decision in agreement.decision.values():
        if decision.on.weekday() >= SATURDAY:
            yield say("The college decided on {day}, a day of the weekend.", day=decision.on)


def _totals_that_differ(agreement: Agreement) -> Iterator[Phrase]:
    money = agreement.contribution
    if not money or _is_uncounted(agreement, money):
        return
    total, currency = money.total, money.currency
    words = say("The total of {total} differs from the instalments together, {counted}.")
    if total is None and is_written_out(agreement, money):
        total = money.amount  # of which these are the parts
        words = say("The contribution of {total} differs from the instalments together, {counted}.")
    if total is None:
        return
    owed = [item for item in payments(agreement, LATEST) if not item.is_refund]
    first = day_of(end_with(agreement, [])) or LATEST  # it may be of the term without extensions
    agreed = [item for item in owed if item.begins is None or item.begins <= first]
    counted, of_first = (
        sum((item.amount or Decimal() for item in part), Decimal()) for part in (owed, agreed)
    )
    if total not in {counted, of_first}:
        yield say(
            words.text,
            total=in_money(total, currency),
            counted=in_money(counted, currency),
        )


def _is_uncounted(agreement: Agreement, money: Contribution) -> bool:
    term, is_periodic = agreement.term, money.every is not None
    goes_on = term.open_ended or (is_periodic and renews(agreement))
    is_unknown = is_periodic and not term.length and isinstance(start_of(agreement), Unknown)
    return goes_on or is_unknown or money.indexation is not None


def _paid_otherwise(agreement: Agreement) -> Iterator[Phrase]:
    money = agreement.contribution or Contribution()
    for number, item in sorted(agreement.instalment.items()):
        paid, agreed = item.paid_amount, amount_of(agreement, number)
        if paid is not None and agreed is not None and paid != agreed:
            yield say(
                "Instalment {number} was {amount}, but {paid} was paid.",
                number=number,
                amount=in_money(agreed, money.currency),
                paid=in_money(paid, money.currency),
            )


def _paid_for_no_term(agreement: Agreement) -> Iterator[Phrase]:
    """Yield what was paid by the period for a term that ended before it."""
    end, money = end_of(agreement), agreement.contribution
    if not isinstance(end, Dated) or money is None or money.every is None:
        return
    for item in payments(agreement, end.day):
        due = day_of(item.due)
        if item.facts.paid_on and is_void(agreement, item.begins) and due and due > end.day:
            yield say(
                "Instalment {number} ({amount}) was paid, but falls due on {due}, after the last"
                " day: see whether the money has to come back.",
                number=item.number,
                amount=item.money.figure,
                due=due,
            )


def _last_of_all(agreement: Agreement) -> date | None:
    """Return the day after which nobody is reminded; None where it goes on by itself."""
    return None if renews(agreement) else day_of(end_of(agreement))


def _after_the_end(agreement: Agreement) -> Iterator[Phrase]:
    end = _last_of_all(agreement)
    for number, item in agreement.instalment.items():
        is_settled = item.paid_on or item.waived_on
        if end and item.due_on and item.due_on > end and not is_settled:
            yield say(
                "Instalment {number} falls due on {due}, after the last day {end};"
                " after the end nobody is reminded of it.",
                number=number,
                due=item.due_on,
                end=end,
            )


def _owed_after_the_end(agreement: Agreement) -> Iterator[Phrase]:
    end = _last_of_all(agreement)
    for turn in turns(agreement, LATEST) if end else ():
        due = day_of(turn.due)
        is_settled = turn.facts.on or turn.facts.waived_on
        if end and due and due > end and not turn.owed.every and not is_settled:
            yield say(
                "“{what}” is due on {due}, after the last day {end}; after the end nobody is"
                " reminded of it.",
                what=turn.what,
                due=due,
                end=end,
            )


def _evaluated_after_the_end(agreement: Agreement) -> Iterator[Phrase]:
    end = _last_of_all(agreement)
    for item, due in dues_of(agreement):
        if end and isinstance(due, Dated) and due.day > end and due.day not in item.held:
            yield say(
                "{what} is due on {due}, after the last day {end}; after the end nobody is asked"
                " for it.",
                what=called(item),
                due=due.day,
                end=end,
            )


def _named_after_leaving(agreement: Agreement) -> Iterator[Phrase]:
    """Yield each party that left and has something to do, or money to get, that falls due later."""
    for key, party in agreement.party.items():
        gone = None if party.own else party.left_on
        left = (
            [what for due, what in _open_with(agreement, key, gone) if due > gone] if gone else []
        )
        if left:
            more = [say("…")] if len(left) > FEW else []
            yield say(
                "{party} is a party through {day}, but still stands with what comes after that:"
                " {names}. See who takes its place.",
                party=party.name,
                day=gone,
                names=listed([*left[:FEW], *more]),
            )


def _alone(agreement: Agreement) -> Iterator[Phrase]:
    """Yield since when our own party has nobody to agree with, where the agreement goes on."""
    own = [party.name for party in agreement.party.values() if party.own]
    gone = [party.left_on for party in agreement.party.values() if not party.own]
    left = max((day for day in gone if day), default=None)
    end = _last_of_all(agreement) or LATEST
    if agreement.ending is None and left and None not in gone and left < end:
        yield say(
            "After {day} nobody but {own} is a party, while the agreement goes on: see whether it"
            " has to end.",
            day=left,
            own=listed(own),
        )


def _open_with(agreement: Agreement, key: Key, day: date) -> Iterator[tuple[date, Phrase]]:
    """Yield what a party owes or is paid, with its date; without an end, that of ten years."""
    name = agreement.party[key].name
    horizon = plus(day, TEN_YEARS) if agreement.is_endless else LATEST
    for item in open_payments(agreement, horizon):
        if (item.payer == key or item.payee == name) and isinstance(item.due, Dated):
            yield item.due.day, say("instalment {about}", about=item.number)
    for turn in turns(agreement, horizon):
        if turn.owed.by == key and turn.closed is None and isinstance(turn.due, Dated):
            yield turn.due.day, say("{what}", what=turn.what)


def _signed_after_the_end(agreement: Agreement) -> Iterator[Phrase]:
    """Whatever was agreed, a signature that was given can be recorded."""
    if _ends_before_it_starts(agreement):
        yield say(
            "The agreement starts with a signature of {start}, after its last day {end}.",
            start=day_of(start_of(agreement)),
            end=day_of(end_of(agreement)),
        )


def _odd_currencies(agreement: Agreement) -> Iterator[Phrase]:
    money = agreement.contribution
    if money and not re.fullmatch(r"[A-Z]{3}", money.currency, re.ASCII):
        yield say(
            "The currency is “{currency}” and no code of three capitals, such as EUR: it is"
            " counted apart.",
            currency=money.currency,
        )


def _short_terms(agreement: Agreement) -> Iterator[Phrase]:
    if agreement.term.length and agreement.contribution and agreement.contribution.every:
        every, length = agreement.contribution.every, agreement.term.length
        if plus(SOME_DAY, every) > plus(SOME_DAY, length):
            yield say("The instalments' period is longer than the term: one instalment remains.")


def _ends_after_its_term(agreement: Agreement) -> Iterator[Phrase]:
    ended, end = agreement.termination, natural_end_of(renewed_to_its_end(agreement))
    if ended and isinstance(end, Dated) and ended.ends_on > end.day:
        yield say(
            "The termination names {day} as the last day, after the end of the term, {end}: what"
            " recurs, such as a yearly contribution, is not counted for the days between. See"
            " whether the term is right ({fields}).",
            day=ended.ends_on,
            end=end.day,
            fields=field_names("term", "length", "last_day"),
        )


def _assumptions(agreement: Agreement) -> Iterator[Phrase]:
    for source in agreement.source.values():
        is_told = source.status == "assumed" and not is_settled(agreement, source.field)
        if is_told or source.status == "disputed":
            what, status = fact_words(source.field, agreement), say(source.status.value)
            yield say("{what} is {status}.", what=what, status=status)


WARNINGS: tuple[Callable[[Agreement], Iterator[Phrase]], ...] = (
    _documents_after_the_decision,
    _decisions_in_the_weekend,
    _totals_that_differ,
    _paid_otherwise,
    _paid_for_no_term,
    _after_the_end,
    _owed_after_the_end,
    _evaluated_after_the_end,
    _named_after_leaving,
    _alone,
    _signed_after_the_end,
    _odd_currencies,
    _short_terms,
    _ends_after_its_term,
    _assumptions,
)
