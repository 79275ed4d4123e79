"""The deadlines of a tacit renewal: giving notice in time, and the renewal itself."""

from collections.abc import Iterator
from datetime import date

from msgspec.structs import replace

from states.dates.instalments import is_ours, of_renewal
from states.dates.policy import Policy
from states.dates.tacit_renewal import notice_date, renewed, renews, term_named, terms_to_end
from states.dates.term_dates import day_of, end_of, natural_end_of, start_of
from states.model.agreement import Agreement, Renewal
from states.model.arithmetic import Dated
from states.model.money import total
from states.model.period import Period
from states.model.phrase import Phrase, say
from states.model.stage import DATE_ITSELF, Closed, Deadline, MarkKind, Rule, Stage, Step
from states.rules.deadline_rules import day_after, ended, steps
from states.rules.rule import OF_THE_TERM, DeadlineRule, chosen

LAST_CALL = replace(DATE_ITSELF, escalates=True)
RENEWS = (Step(sign=0, period=Period(), at_midnight=True, moves_to=Stage.ACTIVE, renews=True),)


def notice(agreement: Agreement, policy: Policy, _today: date) -> Iterator[Deadline]:
    """Announce each day by which notice must be given, and call it on that day."""
    if agreement.term.renewal is Renewal.TACIT:
        leads = steps(policy.alerts.evaluation_before, (), last_escalates=False)
        calls = (*(lead for lead in leads if lead.sign), LAST_CALL)
        start = day_of(start_of(agreement))
        for about, term in terms_to_end(agreement):
            by = notice_date(term)
            is_void = start and isinstance(by, Dated) and by.day < start  # nobody could give it
            yield Deadline(
                rule=Rule.NOTICE,
                about=about,
                nominal=by,
                steps=() if is_void else calls,
                closed=_closed(agreement),
                named=_end_in_words(agreement, about),
            )


def renewal(agreement: Agreement, _policy: Policy, _today: date) -> Iterator[Deadline]:
    """Renew the agreement at 00:00 of the day after its last day."""
    if agreement.term.renewal is Renewal.TACIT:
        yield Deadline(
            rule=Rule.RENEWAL,
            about="term",
            nominal=day_after(end_of(agreement)),
            steps=RENEWS,
            closed=_closed(agreement),
        )


def _closed(agreement: Agreement) -> Closed | None:
    return ended(agreement) or (None if renews(agreement) else Closed.DECIDED)


def _end_in_words(agreement: Agreement, about: str) -> Phrase | None:
    """Name the end of a term that comes or came by a renewal of which notice was asked before."""
    day = _later_end(agreement, about)
    return say("giving notice, with {day} as the last day", day=day) if day else None


def _of_facts(agreement: Agreement, deadline: Deadline) -> Phrase | None:
    """Name the end of which notice was asked; the facts tell it no more where its day moved."""
    if (named := _end_in_words(agreement, deadline.about)) is None:
        return None
    term = replace(term_named(agreement, deadline.about), termination=None)
    return named if day_of(notice_date(term)) == deadline.nominal_on else None


def _later_end(agreement: Agreement, about: str) -> date | None:
    if about == "term" or agreement.term.renewal is not Renewal.TACIT:
        return None
    return day_of(natural_end_of(term_named(agreement, about)))


def _request(agreement: Agreement, about: str, _what: Phrase) -> Phrase:
    if day := _later_end(agreement, about):
        return say("decide: let it end on {day}, or let it renew", day=day)
    return say("decide: give notice, or let it renew")


def _on_its_date(agreement: Agreement, about: str) -> Phrase:
    if day := _later_end(agreement, about):
        return say("last day to give notice of ending on {day}", day=day)
    return say("last day to give notice")


def _renews(agreement: Agreement, deadline: Deadline) -> Phrase | None:
    """Say through which day it goes on if nobody acts, and what that costs where it is known."""
    term = term_named(agreement, deadline.about)
    last = day_of(end_of(renewed(term)))
    owed = (item for item in of_renewal(term) if not item.facts.waived_on)
    ours = [item.money for item in owed if is_ours(item, agreement)]
    if not ours:
        return say("it goes on through {day}", day=last)
    amount = total(ours).words
    if amount is None:
        return say("it goes on through {day}, for an amount that is not known", day=last)
    return say("it goes on through {day} ({amount})", day=last, amount=amount)


def _was_renewed(agreement: Agreement) -> bool:
    return agreement.was_renewed and agreement.stage is not Stage.ENDED


NOTICE = DeadlineRule(
    rule=Rule.NOTICE,
    watch=notice,
    short=say("notice"),
    noun=say("giving notice"),
    request=_request,
    on_its_date=_on_its_date,
    of_facts=_of_facts,
    recorded_by=("decide outcome=…", "start_decision", "terminate ends_on=…"),
    recorded_first=lambda _, about: () if about == "term" else ("terminate ends_on=…",),
    by_itself=_renews,
    mark=MarkKind.NOTICE,
    depends_on=("term.notice", *OF_THE_TERM),
    has_date=True,
    urgency=3,
    step_names=lambda alerts: iter([LAST_CALL.name, *chosen("evaluation_before")(alerts)]),
    release=2,
)
RENEWAL = DeadlineRule(
    rule=Rule.RENEWAL,
    watch=renewal,
    short=say("renewal"),
    noun=say("the tacit renewal"),
    by_itself=_renews,
    happened=say("the agreement was renewed tacitly"),
    mark=MarkKind.TERM,
    at_midnight=True,
    informs=True,
    stands=_was_renewed,
    step_names=lambda _alerts: iter([DATE_ITSELF.name]),
    release=2,
)
