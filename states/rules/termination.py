"""Early termination: the agreement runs to a new last day and ends there."""

from datetime import date

from msgspec.structs import replace

from states.dates.tacit_renewal import end_by_notice, minimum_end, renews, terms_to_end
from states.dates.term_dates import day_of, end_of, start_of
from states.model.agreement import Agreement, Termination
from states.model.arithmetic import Dated
from states.model.fact_words import field_name
from states.model.phrase import Phrase, say
from states.rules.action import ON, Action, Argument, Mailed, Request


def _was_terminated(agreement: Agreement, _request: Request) -> Phrase | None:
    if agreement.termination is None:
        return None
    return say(
        "The agreement was terminated already and ends on {day}; {action} corrects it.",
        day=agreement.termination.ends_on,
        action=say("amend"),
    )


def _before_the_start(agreement: Agreement, request: Request) -> Phrase | None:
    start, ends_on = start_of(agreement), request.get("ends_on") or request.get("on")
    if ends_on is None or not isinstance(start, Dated) or ends_on >= start.day:
        return None
    return say("The new last day lies before the start, {start}.", start=start.day)


def _before_the_minimum(agreement: Agreement, request: Request) -> Phrase | None:
    minimum, ends_on = minimum_end(agreement), request.get("ends_on") or request.get("on")
    if ends_on is None or not isinstance(minimum, Dated) or ends_on >= minimum.day:
        return None
    clause, day = agreement.quoted("term.minimum"), minimum.day
    if clause:
        return say(
            "It cannot end before {day}: “{clause}” Where all parties agree otherwise, amend"
            " {field} first.",
            day=day,
            clause=clause,
            field=field_name("term.minimum"),
        )
    return say(
        "It cannot end before {day}, for its minimum term is {minimum} ({field})."
        " Where all parties agree otherwise, amend that first.",
        day=day,
        minimum=agreement.term.minimum,
        field=field_name("term.minimum"),
    )


def _after_the_end(agreement: Agreement, request: Request) -> Phrase | None:
    """Object to a last day after every end to which notice leads, or of which it is asked now."""
    longest = terms_to_end(agreement)[-1][1] if renews(agreement) else agreement
    end, ends_on = end_by_notice(longest, request.on), request.get("ends_on")
    if ends_on is None or not isinstance(end, Dated) or ends_on <= end.day:
        return None
    return say("The new last day lies after the end of the term, {end}.", end=end.day)


def _terminate(agreement: Agreement, request: Request) -> Agreement:
    ended = Termination(on=request.on, ends_on=request.get("ends_on") or request.on)
    return replace(agreement, termination=ended)


TERMINATE = Action(
    name="terminate",
    label=say("record that the agreement is terminated"),
    done=say("the termination was recorded"),
    mailed=Mailed(
        what=say("the agreement is terminated"),
        stands=lambda agreement: agreement.termination is not None,
        dated=lambda agreement: day_of(end_of(agreement)),
    ),
    effect=_terminate,
    arguments=(Argument(name="ends_on", kind=date, may_be_future=True, asked=True), ON),
    objections=(_was_terminated, _before_the_start, _before_the_minimum, _after_the_end),
    needs_reason=True,
)
