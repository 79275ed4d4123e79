"""An agreement in time: what happened on which day, and what is still to come."""

from collections.abc import Iterator
from datetime import date

from msgspec import Struct

from states.dates.obligations import turns_of_earlier_terms
from states.dates.policy import Policy
from states.dates.term_dates import day_of, end_of, in_force_from, start_of
from states.model.agreement import Agreement
from states.model.fact_words import called
from states.model.phrase import Named, Phrase, say
from states.model.stage import BEFORE_ACTIVE, NEVER_BEGAN, Closed, MarkKind
from states.process import RULES
from states.rules.deadline_rules import has_no_end
from states.rules.obligations import owed_in_words
from workflow.agreements.queries import the_office
from workflow.app.app import App, policy_and_today
from workflow.engine.offices import Office
from workflow.engine.past_dates import owed_in_earlier_terms
from workflow.engine.standing import OF_A_RENEWAL, STATE_WORDS, DeadlineState, Standing, standings
from workflow.store import agreements, offices

YEARS_AHEAD = 5


class TimelineMark(Struct, frozen=True, kw_only=True):
    """One day that matters."""

    on: date
    kind: MarkKind
    state: DeadlineState
    text: Phrase
    told: Phrase


class Timeline(Struct, frozen=True, kw_only=True):
    """One agreement's term with its marks in order; without `last_day` it goes on or is unknown.

    One that is not in force may have its days all the same; one that never began has no term.
    """

    agreement: Agreement
    starts_on: date | None
    last_day: date | None
    goes_on: bool
    in_force: bool
    marks: tuple[TimelineMark, ...]


def timeline(agreement: Agreement, policy: Policy, today: date, horizon: date) -> Timeline:
    """Return what happened to an agreement and what is to come, up to and including `horizon`."""
    marks = [*_of_facts(agreement, today), *_of_deadlines(agreement, policy, today, horizon)]
    began = agreement.ending not in NEVER_BEGAN
    return Timeline(
        agreement=agreement,
        starts_on=day_of(start_of(agreement)) if began else None,
        last_day=day_of(end_of(agreement)) if began else None,
        goes_on=has_no_end(agreement),
        in_force=agreement.stage not in BEFORE_ACTIVE,
        marks=tuple(sorted((m for m in marks if m.on <= horizon), key=lambda mark: mark.on)),
    )


# What the facts tell of --------------------------------------------------------------------------


def _of_facts(agreement: Agreement, today: date) -> Iterator[TimelineMark]:
    for on, kind, text in _happened(agreement):
        state = DeadlineState.DONE if on <= today else DeadlineState.AHEAD
        if kind is MarkKind.TERM and agreement.stage in BEFORE_ACTIVE:
            state = DeadlineState.NOT_ASKED
        yield TimelineMark(on=on, kind=kind, state=state, text=text, told=STATE_WORDS[state])


def _happened(agreement: Agreement) -> Iterator[tuple[date, MarkKind, Phrase]]:
    if agreement.overleg:
        agreed = say("agreed in the bestuurlijk overleg")
        yield agreement.overleg.agreed_on, MarkKind.DECISION, agreed
    yield from _decided(agreement)
    for party in agreement.party.values():
        if party.signed_on:
            yield party.signed_on, MarkKind.DECISION, say("signed by {name}", name=party.name)
    began, in_force = agreement.ending not in NEVER_BEGAN, day_of(in_force_from(agreement))
    if in_force and began:
        yield in_force, MarkKind.TERM, say("first day")
    yield from _done(agreement)
    for rest in agreement.suspension.values():
        yield rest.on, MarkKind.TERM, say("suspended")
        if rest.resumed_on:
            yield rest.resumed_on, MarkKind.TERM, say("resumed")
    last_day = day_of(end_of(agreement))
    if last_day and began:
        yield last_day, MarkKind.TERM, say("last day")


def _done(agreement: Agreement) -> Iterator[tuple[date, MarkKind, Phrase]]:
    for item in agreement.evaluation.values():
        for held in item.held.values():
            yield held.on, MarkKind.EVALUATION, say("{name} was held", name=called(item))
    for turn in turns_of_earlier_terms(agreement):
        if turn.facts.on:
            yield turn.facts.on, MarkKind.OBLIGATION, say("{name} was fulfilled", name=turn.what)


def _decided(agreement: Agreement) -> Iterator[tuple[date, MarkKind, Phrase]]:
    for item in agreement.decision.values():
        outcome = item.label or Named(item.outcome.value)
        sentence = say("decision of the college: {outcome}", outcome=outcome)
        yield item.on, MarkKind.DECISION, sentence
    for then in agreement.continuation.values():
        sentence = say("continuation decided: {outcome}", outcome=say(then.outcome.value))
        yield then.on, MarkKind.DECISION, sentence
    if agreement.termination:
        yield agreement.termination.on, MarkKind.DECISION, say("terminated")


# What the deadlines tell of ----------------------------------------------------------------------

SHOWN_BY_FACTS = {Closed.HELD, Closed.DECIDED}


def _of_deadlines(
    agreement: Agreement, policy: Policy, today: date, horizon: date
) -> Iterator[TimelineMark]:
    for item in standings(agreement, policy, today, horizon):
        kind = RULES[item.deadline.rule].mark
        is_void = item.state is DeadlineState.DROPPED and item.deadline.rule in OF_A_RENEWAL
        if kind and item.on and not is_void and item.deadline.closed not in SHOWN_BY_FACTS:
            text = _sentence(item, agreement)
            yield TimelineMark(on=item.on, kind=kind, state=item.state, text=text, told=item.told)
    for turn, state in owed_in_earlier_terms(agreement, today):
        if (day := day_of(turn.due)) and not turn.facts.on:
            what, told = owed_in_words(agreement, turn), STATE_WORDS[state]
            yield TimelineMark(on=day, kind=MarkKind.OBLIGATION, state=state, text=what, told=told)


def _sentence(standing: Standing, agreement: Agreement) -> Phrase:
    """Return what a deadline is about, an instalment with its amount and who else pays it."""
    item, amount = standing.payment, standing.money and standing.money.words
    if item is None or amount is None:
        return standing.words
    about, payer = item.number, agreement.other_party(item.payer)
    if item.is_refund:
        return say("instalment {about}: {amount} back", about=about, amount=amount)
    if payer:
        theirs = {"about": about, "amount": amount, "payer": payer}
        return say("instalment {about}: {amount}, payer: {payer}", **theirs)
    return say("instalment {about}: {amount}", about=about, amount=amount)


def horizon(today: date) -> date:
    """Return the last day that is drawn: the end of the fifth year after this one."""
    return date(today.year + YEARS_AHEAD, 12, 31)


def timeline_of(app: App, ref: str) -> Timeline:
    """Return one agreement in time."""
    with app.reading() as connection:
        policy, today = policy_and_today(connection, app)
        agreement = agreements.the_agreement(connection, ref).dossier.agreement
        return timeline(agreement, policy, today, horizon(today))


def timelines_of_office(app: App, key: str) -> tuple[Office, list[Timeline]]:
    """Return an office with the agreements that it keeps, in order of reference."""
    with app.reading() as connection:
        office = the_office(offices.every(connection), key)
        policy, today = policy_and_today(connection, app)
        kept = (item.dossier.agreement for item in agreements.of_office(connection, office.key))
        return office, [
            timeline(agreement, policy, today, horizon(today))
            for agreement in kept
            if agreement.office == office.key
        ]
