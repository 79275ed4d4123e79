"""`looptijd show`: one agreement on one screen."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import product

import click

from states.dates.instalments import Payment, PaymentStatus, open_payments, payments
from states.dates.obligations import Turn
from states.dates.policy import Policy
from states.dates.term_dates import day_of, end_of, start_of
from states.model.agreement import Agreement
from states.model.arithmetic import Dated
from states.model.fact_words import field_name
from states.model.money import Money, total
from states.model.phrase import Named, Phrase, listed, say
from states.model.stage import Rule, Stage, Unknown, subject_of
from states.rules.gaps import Gap
from workflow.agreements import queries
from workflow.agreements.queries import AgreementDetails, DeadlineLine
from workflow.cli.command import Command, operator_command
from workflow.cli.commands.list import MARKS
from workflow.engine.deadline_words import listed_on, listed_step, subject
from workflow.engine.standing import GONE, STATE_WORDS, DeadlineState, shown_through
from workflow.outputs.json.views import evaluations, owed

MOST_CONCERNS = 6
MOST_OPEN = 5
MOST_DATES = 6
FISCAL_YEAR = 3
DONE, NOT_DONE = "✓", "–"
SETTLED = (DeadlineState.DONE, DeadlineState.WAIVED, DeadlineState.DROPPED)


@click.command("show", epilog="leiden")
@click.argument("ref")
@operator_command
def show_command(command: Command, *, ref: str) -> None:
    """Show the agreement REF: stage, term, parties, money, what is watched, what can be done."""
    found = queries.details(command.app, ref)
    if command.as_json:
        command.print_json(command.views.details(found, command.policy))
        return
    agreement = found.agreement
    command.screen.entry(f"{agreement.ref}  ", agreement.title, "bold")
    _print_concerns(command, found)
    command.screen.line()
    command.screen.pairs(_head(command, found))
    _print_parties(command, agreement)
    _print_money(command, found)
    _print_obligations(command, found)
    _print_evaluations(command, found)
    _print_watched(command, found)
    print_gaps(command, agreement.ref, found.gaps)
    _print_actions(command, found)


def _head(command: Command, found: AgreementDetails) -> list[tuple[str, str]]:
    agreement, term, owner = found.agreement, found.agreement.term, found.agreement.case_owner
    starts_on, last_day = day_of(start_of(agreement)), day_of(end_of(agreement))
    unknown, first = found.unknown_because, command.language.short_day(starts_on)
    length = command.language.period(term.length) if term.length else ""
    ran = f"{first} {command.say(say('through'))} {command.language.short_day(last_day)}"
    if term.open_ended and not last_day:
        ran, unknown = command.say(say("from {first}, without an end", first=first)), None
    rows = [
        (say("stage"), _stage_line(command, agreement)),
        (say("term"), f"{length}  {ran if starts_on or last_day else ''}".strip()),
        (say("extended"), command.views.extended(agreement)),
        (say("unknown because"), command.say(unknown) if unknown else ""),
        (say("tacit renewal"), command.views.renewal(agreement, found.line.standings, found.today)),
        (say("can end"), command.views.can_end(found)),
        *command.views.moved_end(agreement),
        (say("college"), "; ".join(_decisions(command, agreement))),
        (say("continuation"), "; ".join(_continuations(command, agreement))),
        (say("office"), _office(found)),
        (say("case owner"), command.language.write(found.opened(owner.name)) if owner else ""),
        (
            say("public"),
            "" if agreement.public else command.say(say("no: the agreement is not public")),
        ),
        (say("predecessor"), agreement.predecessor or ""),
        (say("successor"), agreement.successor or ""),
    ]
    return [(command.say(name), value) for name, value in rows if value]


def _decisions(command: Command, agreement: Agreement) -> Iterator[str]:
    """Yield what the college decided, in order: the outcome and its day."""
    for item in agreement.decision.values():
        outcome = item.label or command.language.named(Named(item.outcome.value))
        yield f"{outcome}, {command.language.short_day(item.on)}"


def _continuations(command: Command, agreement: Agreement) -> Iterator[str]:
    for item in agreement.continuation.values():
        outcome = command.language.named(Named(item.outcome.value))
        yield f"{outcome}, {command.language.short_day(item.on)}"


def _office(found: AgreementDetails) -> str:
    """Return the office by its name, with its key where that is another word."""
    key = found.agreement.office
    return f"{found.offices[key].name} ({key})" if key in found.offices else key


def _stage_line(command: Command, agreement: Agreement) -> str:
    number = list(Stage).index(agreement.stage) + 1
    return f"{number}/{len(Stage)} {command.views.stage(agreement.stage, agreement.ending)}"


def _iso(command: Command, day: date | None) -> str:
    return day.isoformat() if day else command.language.write(None)


def _print_parties(command: Command, agreement: Agreement) -> None:
    command.heading(say("Parties"))
    rows = []
    for party in agreement.party.values():
        own = f" ({command.say(say('our own'))})" if party.own else ""
        states = ", ".join(map(command.say, command.views.party(party, agreement)))
        rows.append((f"{DONE if party.signed_on else NOT_DONE} {party.name}{own}", states))
    command.screen.pairs(rows)


def _print_concerns(command: Command, found: AgreementDetails) -> None:
    """Print what asks for attention, each sort with its mark, and below it what is suspect."""
    attention = found.line.attention
    if not attention and not found.warnings:
        return
    command.heading(say("Attention"))
    for concern in attention[:MOST_CONCERNS]:
        command.bullets([concern], mark=MARKS[concern.kind])
    command.more(len(attention) - MOST_CONCERNS)
    command.bullets(found.warnings, mark="?")


def _print_evaluations(command: Command, found: AgreementDetails) -> None:
    if not found.agreement.evaluation:
        return
    command.heading(say("Evaluations"))
    rows = []
    for item in evaluations(found.agreement, found.states):
        name = say("final evaluation") if item["final"] else say("interim evaluation")
        mark = "!" if item["state"] is DeadlineState.LATE else " "
        called = f"{mark} {command.say(name)} ({item['key']})"
        held = command.say(command.views.held(item))
        rows.append((called, f"{_iso(command, item['due_on']):<10}  {held}"))
    command.screen.pairs(rows, margin="")


def _print_money(command: Command, found: AgreementDetails) -> None:
    """Print what was paid as a sum, and the instalments that come next, what is late first."""
    every = payments(found.agreement, shown_through(found.today))
    if not every:
        return
    command.heading(say("Instalments"))
    for mark, sentence in _summary(command, every, found.agreement):
        command.bullets([sentence], mark)
    if still_open := open_payments(found.agreement, shown_through(found.today)):
        _print_open(command, still_open, found)


def _summary(
    command: Command, every: Sequence[Payment], agreement: Agreement
) -> Iterator[tuple[str, Phrase]]:
    """Yield what is settled: a sentence for each way, and who else pays, which adds to none.

    What had no end has no number of instalments that an end took away.
    """
    untold = {PaymentStatus.EXPECTED}
    if agreement.term.open_ended:
        untold.add(PaymentStatus.SUPERSEDED)
    settled: dict[tuple[PaymentStatus, str], list[Money]] = {}
    for item in every:
        sort = item.status, _not_ours(command, item, agreement)
        settled.setdefault(sort, []).append(item.money)
    for status, note in product(PaymentStatus, sorted({note for _, note in settled})):
        of_it = settled.get((status, note), [])
        if of_it and status not in untold:
            label = command.say(status.words) + note
            amount = total(of_it).words
            told = say("{count} {status}: {total}", count=len(of_it), status=label, total=amount)
            yield DONE if status is PaymentStatus.PAID else NOT_DONE, told


def _not_ours(command: Command, item: Payment, agreement: Agreement) -> str:
    """Return in brackets that the money comes back, or who else pays it; nothing where we do."""
    if item.is_refund:
        return f" ({command.say(say('refund'))})"
    payer = agreement.other_party(item.payer)
    return f" ({command.say(say('payer'))}: {payer})" if payer else ""


def _print_open(command: Command, still_open: list[Payment], found: AgreementDetails) -> None:
    """Print what is open; where an amount needs words, they have the fiscal year's room."""
    first = still_open[:MOST_OPEN]
    heads = [say("number"), say("due"), say("amount"), say("fiscal year"), say("payee")]
    agreement, states = found.agreement, found.states
    rows = [
        _row(command, agreement, item, states[subject_of(Rule.PAYMENT, item.number)])
        for item in first
    ]
    if any(item.amount is None and item.money.words for item in first):
        del heads[FISCAL_YEAR]
        for row in rows:
            del row[FISCAL_YEAR]
    command.table(heads, rows, elastic=len(heads) - 1, marked=True)
    left = still_open[MOST_OPEN:]
    last = max(filter(None, (day_of(item.due) for item in left)), default=None)
    through = say("and {count} more, through {day}", count=len(left), day=str(last))
    command.more(len(left), through if last else None)


def _row(command: Command, agreement: Agreement, item: Payment, state: DeadlineState) -> list[str]:
    """Write one instalment; where another party pays it, that party stands before the payee."""
    mark, due = _due(command, item.due, state)
    payer = agreement.other_party(item.payer)
    payee = command.language.write(item.payee)
    amount = command.language.write(item.money.words)
    if item.is_refund:  # it says so, for it is never netted
        amount = f"{amount} ({command.say(say('refund'))})"
    return [
        f"{mark} {item.number}",
        due,
        amount,
        str(item.fiscal_year or "–"),
        f"{payer} → {payee}" if payer else payee,
    ]


def _due(command: Command, due: Dated | Unknown, state: DeadlineState) -> tuple[str, str]:
    """Return the mark and the day of what is open; what is late, or has passed, says so."""
    day = _iso(command, day_of(due))
    if state not in GONE:
        return " ", day
    mark = "!" if state is DeadlineState.LATE else "×"
    return mark, f"{day} {command.say(STATE_WORDS[state])}"


def _print_obligations(command: Command, found: AgreementDetails) -> None:
    """Print of what was settled how much, and of each party what it owes next."""
    agreement = found.agreement
    every = [*owed(found)]
    if not every:
        return
    command.heading(say("Obligations"))
    settled = Counter(state for _, state in every if state in SETTLED)
    for state, count in settled.items():
        told = say("{count} {status}", count=count, status=STATE_WORDS[state])
        command.bullets([told], DONE if state is DeadlineState.DONE else NOT_DONE)
    still_open = [(turn, state) for turn, state in every if state not in SETTLED]
    still_open.sort(key=_by_day)
    passed = [item for item in still_open if item[1] is DeadlineState.PASSED]
    asked = [item for item in still_open if item[1] is not DeadlineState.PASSED]
    first = sorted(passed[:MOST_OPEN] + asked[:MOST_OPEN], key=_by_day)  # neither hides the other
    rows = [_obligation_row(command, agreement, *item) for item in first]
    if rows:
        heads = (say("by when"), say("party"), say("what"))
        command.table(heads, rows, elastic=1, marked=True)
    command.more(len(still_open) - len(rows))


def _by_day(item: tuple[Turn, DeadlineState]) -> date:
    return day_of(item[0].due) or date.max


def _obligation_row(
    command: Command, agreement: Agreement, turn: Turn, state: DeadlineState
) -> list[str]:
    mark, due = _due(command, turn.due, state)
    number = f" (nr. {turn.number})" if turn.owed.every else ""
    party = agreement.other_party(turn.owed.by) or agreement.own_name or "–"
    return [f"{mark} {due}", party, turn.owed.what + number]


def _print_watched(command: Command, found: AgreementDetails) -> None:
    """Print each date that is watched once, with the alert that comes next.

    Why the term is unknown stands above it, and not a second time.
    """
    command.heading(say("What is watched"))
    following = _next_alerts(found, command.policy)
    dates = [line for line in following if line.occurrence]
    if not following:
        command.screen.line(f"  {command.say(say('Nothing.'))}")
    if dates:
        heads = (say("about"), say("date"), say("next alert"))
        rows = [_watch_row(command, line) for line in dates[:MOST_DATES]]
        command.table(heads, rows, marked=True)
    unknown: dict[str, list[Phrase]] = {}
    for line in following:
        if line.occurrence is None:
            reason = command.say(line.explanation[0])
            unknown.setdefault(reason, []).append(subject(line.deadline))
    told = command.say(say("Unknown, because {reason}.", reason=found.unknown_because))
    for reason, what in unknown.items():
        apart = f"{reason[:1].lower()}{reason[1:]}"  # it stands within a line
        why = say("unknown, as the term is.") if reason == told else apart
        command.bullets([say("{what}: {reason}", what=listed(what), reason=why)], mark="?")
    count, ref = len(dates) - MOST_DATES, found.agreement.ref
    command.more(count, say("and {count} more: looptijd deadlines {ref}", count=count, ref=ref))


def _next_alerts(found: AgreementDetails, policy: Policy) -> list[DeadlineLine]:
    """Return the first step to come of each date, soonest first; what is not known stands last."""
    first: dict[str, DeadlineLine] = {}
    for line in found.steps:
        if queries.is_to_come(line, policy, found.today):
            first.setdefault(line.deadline.name, line)
    return list(first.values())


def _watch_row(command: Command, line: DeadlineLine) -> list[str]:
    about, occurrence = f"  {command.say(subject(line.deadline))}", line.occurrence
    assert occurrence
    if queries.waits_for_the_decision(line):
        return [about, str(listed_on(line.deadline)), command.say(STATE_WORDS[line.state])]
    at = command.policy.day_of(occurrence.alert_at)
    step = command.say(listed_step(occurrence))
    return [about, str(listed_on(line.deadline)), f"{at} ({step})"]


def print_gaps(command: Command, ref: str, found: Sequence[Gap]) -> None:
    """Print what had better be settled before anybody signs, each with why and what to write."""
    if found:
        command.heading(say("Before signing"))
        for gap in found:
            what = say("{what} ({field})", what=gap.objection, field=field_name(gap.field))
            command.bullets([what], mark="?")
            print_reasons(command, gap)
        command.bullets([how_to_answer(ref)], mark=" ")


def how_to_answer(ref: str) -> Phrase:
    """Return the line that answers what objects to signing."""
    return say(
        "Answer one with: looptijd do {ref} {note} {field}=FIELD {words}=REASON",
        ref=ref,
        note=say("note"),
        field=say("field"),
        words=say("text"),
    )


def print_reasons(command: Command, gap: Gap) -> None:
    """Print why something will hurt, what to write, and who asks for it."""
    asked = [say("asked for by: {source}", source=gap.source)] if gap.source else []
    command.bullets([gap.why, gap.remedy, *asked], mark=" ")


def _print_actions(command: Command, found: AgreementDetails) -> None:
    """Print the names of what can be done; how, and why not, is told by `looptijd do REF`."""
    command.heading(say("What can be done now"))
    ready = [say(item.action.name) for item in found.possible if not item.objections]
    command.bullets([listed(ready)], mark="✓")
    refused = [say(item.action.name) for item in found.possible if item.objections]
    if refused:
        command.bullets([say("not now: {names}", names=listed(refused))], mark="✗")
    how = say("how and why not: looptijd do {ref}", ref=found.agreement.ref)
    command.bullets([how], mark=" ")
