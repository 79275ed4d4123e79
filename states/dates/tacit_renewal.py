"""What goes on by itself: a tacit renewal, and what is open-ended until notice can end it."""

from datetime import date

from msgspec.structs import replace

from states.dates.term_dates import day_of, due_of, end_of, end_with, natural_end_of, start_of
from states.dates.term_decisions import decision_of
from states.model.agreement import Agreement, Evaluation, Extension, Renewal, Suspension
from states.model.arithmetic import DAY, Dated, after, before, given, last_day
from states.model.disputes import disputed
from states.model.memo import remembered
from states.model.period import Period
from states.model.phrase import say
from states.model.stage import BEFORE_ACTIVE, Unknown

MOST = 1200  # renewals at once: a hundred years of months
GIVEN_TODAY = say("Notice that is given today, {day}.")
SAFE_READING = say("One day earlier is {day}; of the two readings the earlier is kept.")


@remembered
def renews(agreement: Agreement) -> bool:
    """Tell whether the agreement goes on by itself after its last day."""
    if agreement.term.renewal is not Renewal.TACIT or agreement.termination:
        return False
    return decision_of(agreement) is None


def renewed(agreement: Agreement, times: int = 1) -> Agreement:
    """Return the agreement with so many renewals more, counted as R1 counts an extension."""
    assert agreement.term.renewal_length
    first = max(agreement.extension, default=0) + 1
    extension = Extension(length=agreement.term.renewal_length)
    more = dict.fromkeys(range(first, first + times), extension)
    return replace(agreement, extension={**agreement.extension, **more})


def renewed_to_its_end(agreement: Agreement) -> Agreement:
    """Return it with each renewal that time does not bring: it ends, or rests, on a later day.

    A termination names the last day; a suspension that moves the end and goes on lets it rest. What
    is owed, and when it is evaluated, follows the term.
    """
    rests = agreement.suspension.items()
    over = {key: item for key, item in rests if item.resumed_on or not item.moves_end}
    until = next((item.on for key, item in rests if key not in over), None)
    until = agreement.termination.ends_on if agreement.termination else until
    if until is None or agreement.term.renewal is not Renewal.TACIT:
        return agreement
    for _ in range(MOST):
        end = natural_end_of(replace(agreement, suspension=over))
        if not isinstance(end, Dated) or end.day >= until or decision_of(agreement):
            break
        agreement = renewed(agreement)
    return agreement


def without_renewals_ahead(agreement: Agreement, today: date) -> Agreement:
    """Return it without the renewals that come after today and were entered for a termination.

    Their last day was a mistake, or is another now: time brings them, unless notice is given.
    """
    ends_on = agreement.termination.ends_on if agreement.termination else today
    while agreement.was_renewed:
        before_it = _in_the_term(agreement, max(agreement.extension) - 1)
        end = natural_end_of(before_it)
        is_ahead = isinstance(end, Dated) and end.day >= max(today, ends_on)
        is_renewal = renewed(before_it).extension == agreement.extension
        if not (is_ahead and is_renewal) or decision_of(before_it):
            break
        agreement = before_it
    return agreement


@remembered
def paid_through(agreement: Agreement) -> Dated | Unknown:
    """Return the last day of the last term for which a periodic contribution was agreed.

    Where the agreement renews tacitly the coming term counts: its first instalment has leads too.
    A suspension adds no instalments: it moves the end, not what was agreed to be paid.
    """
    terms = list(agreement.extension.values())
    if agreement.term.renewal_length and renews(agreement):
        terms.append(Extension(length=agreement.term.renewal_length))
    while terms and not terms[-1].contribution:
        terms.pop()
    return end_with(agreement, [item.length for item in terms])


@remembered
def unpaid_years(agreement: Agreement) -> tuple[tuple[date, date], ...]:
    """Return of each extension without contribution its first day and its last."""
    terms = list(agreement.extension.values())
    lengths = [item.length for item in terms]
    each = (
        [day_of(end_with(agreement, lengths[:count])) for count in (number, number + 1)]
        for number, item in enumerate(terms)
        if not item.contribution
    )
    return tuple((before_it + DAY, last) for before_it, last in each if before_it and last)


@remembered
def terms_to_end(agreement: Agreement) -> tuple[tuple[str, Agreement], ...]:
    """Return each term that notice can end, by name: the one that runs, and perhaps some that come.

    Those are the terms for which notice has to be given while this one runs: its period is no
    shorter than a renewal. They are named by the number of their renewal, also once they run.
    """
    number = max(agreement.extension, default=0)
    was_ahead = number and _falls_within(_in_the_term(agreement, number - 1), agreement)
    terms = [(str(number) if was_ahead else "term", agreement)]
    longer = renewed(replace(agreement, termination=None))
    while _falls_within(agreement, longer):
        terms.append((str(max(longer.extension)), longer))
        longer = renewed(longer)
    return tuple(terms)


def _in_the_term(agreement: Agreement, number: int) -> Agreement:
    """Return the agreement before every extension after this one."""
    kept = {key: item for key, item in agreement.extension.items() if key <= number}
    return replace(agreement, extension=kept)


def _falls_within(term: Agreement, later: Agreement) -> bool:
    """Tell whether notice that ends a later term has to be given by the last day of this one."""
    end, by = natural_end_of(term), notice_date(replace(later, termination=None))
    return isinstance(end, Dated) and isinstance(by, Dated) and by.day <= end.day


def term_named(agreement: Agreement, about: str) -> Agreement:
    """Return the agreement in the term that a deadline for giving notice is, or was, about."""
    last = max(agreement.extension, default=0)
    number = last if about == "term" else int(about)
    if number < last:
        return _as_it_ran(replace(_in_the_term(agreement, number), termination=None))
    if number == last:
        return agreement
    return renewed(replace(agreement, termination=None), number - last)


def _as_it_ran(term: Agreement) -> Agreement:
    """Return an earlier term without the suspensions that began after it: they moved later ends."""
    kept: dict[int, Suspension] = {}
    for number, item in sorted(term.suspension.items(), key=lambda rest: rest[1].on):
        end = natural_end_of(replace(term, suspension=kept))
        if isinstance(end, Dated) and end.day < item.on:
            break
        kept = {**kept, number: item}
    return replace(term, suspension=kept) if len(kept) < len(term.suspension) else term


def term_before(agreement: Agreement, first: date) -> Agreement | None:
    """Return the agreement in the term that was over when a day began, if one was."""
    for number in reversed(range(max(agreement.extension, default=0))):
        term = term_named(agreement, str(number))
        if day_of(natural_end_of(term)) == first - DAY:
            return term
    return None


@remembered
def finals_of_term(agreement: Agreement) -> tuple[Evaluation, ...]:
    """Return the final evaluations on which it is decided what comes after the term that runs.

    One with a day of its own, not counted back from the end, that was due and held in an earlier
    term is none of them: on that one the longer term was decided. After what is open-ended comes
    nothing, so nothing is decided on its evaluations.
    """
    finals, last = agreement.final_evaluations, max(agreement.extension, default=0)
    if agreement.term.open_ended:
        return ()
    if not (finals and last):
        return finals
    before_it = day_of(natural_end_of(term_named(agreement, str(last - 1))))
    return tuple(item for item in finals if not _was_before(agreement, item, before_it))


def _was_before(agreement: Agreement, item: Evaluation, end: date | None) -> bool:
    day = day_of(due_of(agreement, item))
    held = item.held.get(day) if day else None
    if day is None or held is None or end is None or item.before_end is not None:
        return False
    return max(day, held.on) <= end


def end_by_notice(agreement: Agreement, given_on: date) -> Dated | Unknown:
    """Return the last day to which notice leads: of the first term for which it is in time."""
    if renews(agreement):
        while (by := day_of(notice_date(agreement))) and by < given_on:
            agreement = renewed(agreement)
    return natural_end_of(agreement)


def notice_date(agreement: Agreement) -> Dated | Unknown:
    """Return the day by which notice must be given: the safe reading of the two.

    The notice period before the last day, or a day earlier; the earlier is kept, both are shown.
    """
    end = end_of(agreement)
    unsure = disputed(agreement, "term.notice")
    if isinstance(end, Unknown) or unsure:
        return unsure or end
    assert agreement.term.notice
    return notice_for(end, agreement.term.notice)


def notice_for(end: Dated, notice: Period) -> Dated:
    """Return the day by which notice must be given for an end, by the safe reading."""
    nominal = before(end, notice)
    return Dated(nominal.day - DAY, SAFE_READING.text, nominal)


def minimum_end(agreement: Agreement) -> Dated | Unknown | None:
    """Return the last day of the minimum term (R1); None where none was agreed."""
    minimum, start = agreement.term.minimum, start_of(agreement)
    if minimum is None:
        return None
    if isinstance(start, Unknown):
        return start
    return disputed(agreement, "term.minimum") or last_day(start, minimum)


def earliest_end(agreement: Agreement, today: date) -> Dated | Unknown | None:
    """Return the first day on which an open-ended agreement can end; None where it may any day.

    That is the last day of its minimum term, or what a notice that is given today leads to. Of what
    is not in force nobody can give notice; what was withdrawn or rejected has no end to come.
    """
    notice, minimum = agreement.term.notice, minimum_end(agreement)
    if not agreement.is_endless or agreement.ending:
        return None
    if notice is None or isinstance(minimum, Unknown) or agreement.stage in BEFORE_ACTIVE:
        return minimum
    given_today = after(given(today, GIVEN_TODAY), notice)
    return minimum if minimum and minimum.day > given_today.day else given_today
