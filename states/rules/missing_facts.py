"""Facts that an alert will need and that nobody has entered: they are asked for in time."""

from collections.abc import Iterator
from datetime import date

from states.dates.instalments import Payment, amount_path, is_ours, open_payments, year_figure
from states.dates.policy import Policy
from states.dates.term_dates import ENDS, day_of, end_of, start_of, suspension_of
from states.model.agreement import Agreement, Contribution, Fulfilment
from states.model.arithmetic import Dated, after, before, given, plus
from states.model.disputes import disputed_fields
from states.model.fact_fields import fact_type_at, keyed
from states.model.fact_types import LATEST, Key, StartRule
from states.model.fact_words import fact_words
from states.model.period import Period
from states.model.phrase import Phrase, say
from states.model.stage import Deadline, Rule, Unknown
from states.rules.deadline_rules import ended, horizon, steps
from states.rules.rule import DeadlineRule

AHEAD = Period(days=56)
ASKS = steps((Period(),), (Period(days=28), AHEAD), last_escalates=False)
NEEDED_NOW = say("Every date depends on it from {day} on.")
NEEDED_BY = say("It is needed on {day}.")
FIRST_ALERT = say("The first alert that needs it leaves on {day}.")
FISCAL_YEAR = say("The fiscal year begins on {day}.")
RESTS = say("The agreement has rested since {day}.")
BUDGET = "contribution.budgeted_through"
MissingFacts = Iterator[tuple[str, Dated]]


def missing_fact(agreement: Agreement, policy: Policy, today: date) -> Iterator[Deadline]:
    """Ask for each fact that is unknown or disputed, eight weeks before an alert needs it."""
    first: dict[str, Dated] = {}
    for field, nominal in _asked(agreement, policy, today):
        if field not in first or nominal.day < first[field].day:  # by the first alert that needs it
            first[field] = nominal
    for field, nominal in first.items():
        yield Deadline(
            rule=Rule.MISSING_FACT,
            about=field,
            nominal=nominal,
            steps=ASKS,
            closed=ended(agreement),
            named=_named(field, agreement, horizon(agreement, policy, today)),
        )


def _named(field: str, agreement: Agreement, horizon: date) -> Phrase:
    """Return what a fact is called; of a budget the first year that has none."""
    if field != BUDGET:
        return fact_words(field, agreement)
    lacking = (
        item for item in open_payments(agreement, horizon) if BUDGET in _lacking(item, agreement)
    )
    return say("the budget for {year}", year=str(next(lacking).fiscal_year))


def _asked(agreement: Agreement, policy: Policy, today: date) -> MissingFacts:
    yield from _start(agreement)
    yield from _signatures(agreement)
    yield from _end(agreement, policy)
    yield from _disputes(agreement)
    yield from _obligations(agreement)
    if agreement.contribution or agreement.instalment:
        yield from _due_dates(agreement, policy, today)
        yield from _payments(agreement, policy, today)


# Start and end -----------------------------------------------------------------------------------


def _start(agreement: Agreement) -> MissingFacts:
    decided = agreement.decided_on
    if decided and agreement.term.start is StartRule.UNKNOWN:
        yield "term.start", given(decided, NEEDED_NOW)


def _signatures(agreement: Agreement) -> MissingFacts:
    """Ask for signatures by a start that is known already, and of who joins later."""
    start = start_of(agreement)
    for key, party in agreement.party.items():
        if party.signed_on or party.left_on:
            continue
        if party.joined_on:
            yield f"party.{key}.signed_on", before(given(party.joined_on, NEEDED_BY), AHEAD)
        elif isinstance(start, Dated):
            yield f"party.{key}.signed_on", before(given(start.day, NEEDED_BY), AHEAD)


def _end(agreement: Agreement, policy: Policy) -> MissingFacts:
    start, end, resting = start_of(agreement), end_of(agreement), suspension_of(agreement)
    term = agreement.term
    if isinstance(start, Unknown) or isinstance(end, Dated) or term.open_ended:
        return
    if resting and resting[1].moves_end:
        yield f"suspension.{resting[0]}.resumed_on", _resumption(resting[1].on, policy)
    elif not (term.length or term.last_day or term.ends_before):
        yield "term.length", given(start.day, NEEDED_NOW)


def _resumption(suspended_on: date, policy: Policy) -> Dated:
    """Ask after as long as the longest lead before an evaluation: dates may fall in that time."""
    leads = policy.alerts.evaluation_before or (AHEAD,)
    longest = max(leads, key=lambda period: plus(suspended_on, period))
    return after(given(suspended_on, RESTS), longest)


DRIVE_DATES = (
    "evaluation.",
    "obligation.",
    "contribution.every",
    "extension.",
    "suspension.",
    "term.minimum",
    "term.notice",
    "term.start",
    "termination.ends_on",
    *ENDS,
)


def _disputes(agreement: Agreement) -> MissingFacts:
    since = day_of(start_of(agreement)) or agreement.decided_on
    for field in disputed_fields(agreement):
        drives_a_date = field.startswith(DRIVE_DATES) or field.endswith((".signed_on", ".due_on"))
        if since and drives_a_date and not is_settled(agreement, field):
            yield field, given(since, NEEDED_NOW)


def _obligations(agreement: Agreement) -> MissingFacts:
    """Ask for the date of what is owed from the start on, and nobody knows when."""
    start = start_of(agreement)
    for key, owed in agreement.obligation.items():
        is_dated = owed.on or owed.after_start or owed.before_end
        field = f"obligation.{key}.on"
        if not is_dated and not is_settled(agreement, field) and isinstance(start, Dated):
            yield field, before(given(start.day, NEEDED_BY), AHEAD)


def is_settled(agreement: Agreement, field: str) -> bool:
    """Tell whether a fact is of what was paid, fulfilled or waived: its date is needed no more.

    What recurs has turns to come, and what is counted back from the end is owed in each term anew.
    The figure of a year is settled with the last instalment of that year.
    """
    group, key, name = keyed(field)
    if group == "instalment":  # by its text: a source may name what is none
        every = (item for number, item in agreement.instalment.items() if str(number) == key)
        is_done = any(item.paid_on or item.waived_on for item in every)
        left = open_payments(agreement, LATEST) if is_done and name == "amount" else ()
        return is_done and all(amount_path(agreement, item.number) != field for item in left)
    if group == "obligation" and (owed := agreement.obligation.get(Key(key))):
        done = owed.fulfilment.get(1, Fulfilment())
        return not (owed.every or owed.before_end) and bool(done.on or done.waived_on)
    return False


# Money -------------------------------------------------------------------------------------------


def _due_dates(agreement: Agreement, policy: Policy, today: date) -> MissingFacts:
    """Ask for due dates that were never written down, before the year or the start they lie in."""
    if agreement.contribution and agreement.contribution.every:
        return
    start = start_of(agreement)
    for item in open_payments(agreement, horizon(agreement, policy, today)):
        year = item.facts.fiscal_year
        if isinstance(item.due, Dated) or item.facts.due_on:
            continue
        if year:
            needed = given(date(year, 1, 1), FISCAL_YEAR)
            yield f"instalment.{item.number}.due_on", before(before(needed, AHEAD), AHEAD)
        elif isinstance(start, Dated):
            yield f"instalment.{item.number}.due_on", before(given(start.day, NEEDED_BY), AHEAD)


def _payments(agreement: Agreement, policy: Policy, today: date) -> MissingFacts:
    """Ask what the first open instalment that lacks it needs: payee, amount, budget."""
    its_steps = steps(policy.alerts.payment_before, policy.alerts.payment_after)
    found: set[str] = set()
    if not its_steps:
        return
    for item in open_payments(agreement, horizon(agreement, policy, today)):
        lacking = [field for field in _lacking(item, agreement) if field not in found]
        found.update(lacking)
        if lacking and isinstance(item.due, Dated):
            deadline = Deadline(rule=Rule.PAYMENT, about="", nominal=item.due, steps=its_steps)
            day = policy.natural_day(deadline, its_steps[0])
            asked = before(Dated(day, FIRST_ALERT.text, item.due), AHEAD)
            yield from ((field, asked) for field in lacking)


def _lacking(item: Payment, agreement: Agreement) -> Iterator[str]:
    if isinstance(item.due, Unknown):
        return
    money = agreement.contribution
    if item.amount is None:
        yield f"instalment.{_with_the_figure(item, money)}.amount"
    if not is_ours(item, agreement):
        return
    if item.payee is None:
        yield "contribution.payee" if money else f"instalment.{item.number}.payee"
    if money and money.budget_line is None:
        yield "contribution.budget_line"
    if money and item.fiscal_year and item.fiscal_year > (money.budgeted_through or 0):
        yield BUDGET


def _with_the_figure(item: Payment, money: Contribution | None) -> int:
    """Return the instalment whose amount is asked for: with an indexation, its year's first."""
    if money and money.amount is not None:
        return year_figure(money, item.number) or item.number
    return item.number


def _not_entered(agreement: Agreement, about: str) -> Iterator[str]:
    """Yield what records what no amendment enters.

    A signature that is not there is signed for; of a dispute about what is no fact the source is
    told better.
    """
    group, key, name = keyed(about)
    party = agreement.party.get(Key(key)) if (group, name) == ("party", "signed_on") else None
    if party and not party.signed_on:
        yield f"sign party={key} on=…"
    elif fact_type_at(Agreement, about) is None:
        named = (number for number, item in agreement.source.items() if item.field == about)
        yield from (f"amend source.{number}.field=…" for number in named)


def _request(agreement: Agreement, about: str, what: Phrase) -> Phrase:
    """Ask to confirm what is disputed, for it stands there; to enter what does not."""
    is_there = about in disputed_fields(agreement)
    return say("confirm {what}", what=what) if is_there else say("enter {what}", what=what)


MISSING_FACT = DeadlineRule(
    rule=Rule.MISSING_FACT,
    watch=missing_fact,
    short=say("missing fact"),
    noun=say("a missing fact"),
    of_facts=lambda agreement, deadline: fact_words(deadline.about, agreement),
    request=_request,
    recorded_by=("amend {about}=…",),
    recorded_first=_not_entered,
    waits_when_known_late=True,
    urgency=8,
    step_names=lambda _alerts: (step.name for step in ASKS),
    release=2,
)
