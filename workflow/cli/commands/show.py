"""`looptijd show`: one agreement on one screen."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import product

import click

from states.dates.instalments import PaymentStatus, payments
from states.dates.policy import Policy
from states.dates.tacit_renewal import earliest_end, notice_for
from states.model.arithmetic import Dated
from states.model.fact_words import field_name
from states.model.money import Money, total
from states.model.period import parse_period
from states.model.phrase import Named, Phrase, listed, say
from states.model.stage import Stage
from states.rules.gaps import Gap
from workflow.agreements.queries import LAST, AgreementDetails, DeadlineLine, details, is_to_come
from workflow.cli.command import Command, operator_command
from workflow.cli.commands.list import MARKS
from workflow.engine.deadline_words import listed_on, listed_step, subject
from workflow.engine.standing import STATE_WORDS, DeadlineState, shown_through
from workflow.outputs.json.values import Json

MOST_CONCERNS = 6
MOST_OPEN = 5
MOST_DATES = 6
OPEN = PaymentStatus.EXPECTED.value
FISCAL_YEAR = 3
DONE, NOT_DONE = "✓", "–"
SETTLED = (DeadlineState.DONE, DeadlineState.WAIVED, DeadlineState.DROPPED)


@click.command("show")
@click.argument("ref")
@operator_command
def show_command(command: Command, *, ref: str) -> None:
    """Show the agreement REF: stage, term, parties, money, what is watched, what can be done."""
    found = details(command.app, ref)
    document = command.views.details(found, command.policy)
    if command.as_json:
        command.print_json(document)
        return
    command.screen.entry(f"{document['ref']}  ", document["title"], "bold")
    _print_concerns(command, found)
    command.screen.line()
    command.screen.pairs(_head(command, found, document))
    _print_parties(command, document)
    _print_money(command, found, document)
    _print_obligations(command, document)
    _print_evaluations(command, document)
    _print_watched(command, found, document)
    print_gaps(command, found.dossier.agreement.ref, found.gaps)
    _print_actions(command, found)


def _head(command: Command, found: AgreementDetails, document: Json) -> list[tuple[str, str]]:
    term = document["term"]
    unknown = term["unknown_because"]
    length = command.language.period(parse_period(term["length"])) if term["length"] else ""
    first, last = _day(command, term["starts_on"]), _day(command, term["last_day"])
    ran = f"{first} {command.say(say('through'))} {last}"
    if term["open_ended"] and not term["last_day"]:
        ran, unknown = command.say(say("from {first}, without an end", first=first)), None
    known = term["starts_on"] or term["last_day"]
    suspended = [_suspended(command, item) for item in document["suspensions"]]
    rows = [
        (say("stage"), _stage_line(command, document)),
        (say("term"), f"{length}  {ran if known else ''}".strip()),
        (say("extended"), command.views.extended(document)),
        (say("unknown because"), unknown or ""),
        (say("tacit renewal"), command.views.renewal(document)),
        (say("can end"), _can_end(command, found)),
        (say("suspended"), "; ".join(suspended)),
        (say("college"), _decided(command, document, "proposal")),
        (say("continuation"), _decided(command, document, "continuation")),
        (say("office"), _office(found)),
        (say("case owner"), (document["case_owner"] or {}).get("name") or ""),
        (say("predecessor"), document["predecessor"] or ""),
        (say("successor"), document["successor"] or ""),
    ]
    return [(command.say(name), value) for name, value in rows if value]


def _decided(command: Command, document: Json, about: str) -> str:
    """Return what was decided about it, in order: the outcome and its day."""
    told = (item for item in document["decisions"] if item["about"] == about)
    named = command.language.named
    return "; ".join(
        f"{item.get('label') or named(Named(item['outcome']))}, {_day(command, item['on'])}"
        for item in told
    )


def _office(found: AgreementDetails) -> str:
    """Return the office by its name, with its key where that is another word."""
    key = found.dossier.agreement.office
    return f"{found.offices[key].name} ({key})" if key in found.offices else key


def _can_end(command: Command, found: AgreementDetails) -> str:
    """Write from which day on what is open-ended can end, and by when notice is given for it."""
    agreement = found.dossier.agreement
    earliest, notice = earliest_end(agreement, found.today), agreement.term.notice
    if not isinstance(earliest, Dated):
        unknown = say("Unknown, because {reason}.", reason=earliest.because) if earliest else None
        return command.say(unknown) if unknown else ""
    by = notice_for(earliest, notice).day if notice else None
    if by and by >= found.today:
        return command.say(
            say("on {day} at the earliest; give notice by {by}", day=earliest.day, by=by)
        )
    return command.say(say("on {day} at the earliest", day=earliest.day))


def _suspended(command: Command, item: Json) -> str:
    resumed = item["resumed_on"]
    days = {"first": _day(command, item["on"]), "last": _day(command, resumed) if resumed else ""}
    if not resumed:
        return command.say(say("since {first}", **days))
    if item["moves_end"]:
        return command.say(say("from {first} to {last}, which moved the end", **days))
    return command.say(say("from {first} to {last}", **days))


def _stage_line(command: Command, document: Json) -> str:
    stage = Stage(document["stage"])
    number = list(Stage).index(stage) + 1
    label = document["stage_label"]
    ending = document["outcome"]
    ended = f" ({command.views.ending(ending)})" if ending else ""
    return f"{number}/{len(Stage)} {label}{ended}"


def _day(command: Command, text: str | None) -> str:
    words = command.language
    return words.short_day(date.fromisoformat(text)) if text else words.write(None)


def _print_parties(command: Command, document: Json) -> None:
    command.heading(say("Parties"))
    rows = []
    for party in document["parties"]:
        signed = party["signed_on"]
        own = f" ({command.say(say('our own'))})" if party["own"] else ""
        states = ", ".join(command.say(state) for state in _party_states(command, document, party))
        rows.append((f"{DONE if signed else NOT_DONE} {party['name']}{own}", states))
    command.screen.pairs(rows)


def _party_states(command: Command, document: Json, party: Json) -> Iterator[Phrase]:
    """Yield what happened with a party, in the order of its dates."""
    if party["joined_on"]:
        yield say("party from {day}", day=_day(command, party["joined_on"]))
    if party["signed_on"]:
        yield say("signed on {day}", day=_day(command, party["signed_on"]))
    elif not party["left_on"]:
        yield say("not signed yet")
    if party["merged_into"]:
        names = {other["key"]: other["name"] for other in document["parties"]}
        yield say("merged into {name}", name=names.get(party["merged_into"]))
    if party["left_on"]:
        yield say("party through {day}", day=_day(command, party["left_on"]))


def _print_concerns(command: Command, found: AgreementDetails) -> None:
    """Print what asks for attention, each sort with its mark, and below it what is suspect."""
    if not found.attention and not found.warnings:
        return
    command.heading(say("Attention"))
    for concern in found.attention[:MOST_CONCERNS]:
        command.bullets([concern], mark=MARKS[concern.kind])
    more = len(found.attention) - MOST_CONCERNS
    if more > 0:
        command.more(more)
    command.bullets(found.warnings, mark="?")


def _print_evaluations(command: Command, document: Json) -> None:
    if not document["evaluations"]:
        return
    command.heading(say("Evaluations"))
    rows = []
    for item in document["evaluations"]:
        held = _day(command, item["held_on"])
        state = say("held on {day}", day=held) if item["held_on"] else say("not held yet")
        if item["state"] in {DeadlineState.LATE, DeadlineState.PASSED}:
            state = STATE_WORDS[DeadlineState(item["state"])]
        name = say("final evaluation") if item["final"] else say("interim evaluation")
        due = item["due_on"] or command.language.write(None)
        mark = "!" if item["state"] == DeadlineState.LATE else " "
        called = f"{mark} {command.say(name)} ({item['key']})"
        rows.append((called, f"{due:<10}  {command.say(state)}"))
    command.screen.pairs(rows, margin="")


def _print_money(command: Command, found: AgreementDetails, document: Json) -> None:
    """Print what was paid as a sum, and the instalments that come next, what is late first."""
    every = document["instalments"]
    if not every:
        return
    command.heading(say("Instalments"))
    for mark, sentence in _summary(command, found):
        command.bullets([sentence], mark)
    still_open = [item for item in every if item["status"] == OPEN]
    if still_open:
        others = {party["key"]: party["name"] for party in document["parties"] if not party["own"]}
        _print_open(command, still_open, others)


def _summary(command: Command, found: AgreementDetails) -> Iterator[tuple[str, Phrase]]:
    """Yield what is settled: one sentence for each way, and one for refunds, which add to none."""
    settled: dict[tuple[PaymentStatus, bool], list[Money]] = {}
    for item in payments(found.dossier.agreement, shown_through(found.today)):
        settled.setdefault((item.status, item.is_refund), []).append(item.money)
    for status, is_refund in product(PaymentStatus, (False, True)):
        of_it = settled.get((status, is_refund), [])
        if of_it and status is not PaymentStatus.EXPECTED:
            label = command.views.status(status)
            label = f"{label} ({command.say(say('refund'))})" if is_refund else label
            amount = total(of_it).words
            told = say("{count} {status}: {total}", count=len(of_it), status=label, total=amount)
            yield DONE if status is PaymentStatus.PAID else NOT_DONE, told


def _print_open(command: Command, still_open: list[Json], others: Mapping[str, str]) -> None:
    """Print what is open; where an amount needs words, they have the fiscal year's room."""
    first = still_open[:MOST_OPEN]
    heads = [say("number"), say("due"), say("amount"), say("fiscal year"), say("payee")]
    rows = [_row(command, item, others.get(item["payer"])) for item in first]
    if any(item["amount"] is None and item["amount_label"] for item in first):
        del heads[FISCAL_YEAR]
        for row in rows:
            del row[FISCAL_YEAR]
    command.table(heads, rows, elastic=len(heads) - 1, marked=True)
    left = still_open[MOST_OPEN:]
    if left:
        last = left[-1]["due_on"] or command.language.write(None)
        more = say("and {count} more, through {day}", count=len(left), day=last)
        command.screen.line(f"    {command.say(more)}")


def _row(command: Command, item: Json, other_payer: str | None) -> list[str]:
    """Write one instalment; where another party pays it, that party stands before the payee."""
    mark, due = _due(command, item)
    payee = item["payee"] or command.language.write(None)
    return [
        f"{mark} {item['number']}",
        due,
        _amount(command, item),
        str(item["fiscal_year"] or "–"),
        f"{other_payer} → {payee}" if other_payer else payee,
    ]


def _due(command: Command, item: Json) -> tuple[str, str]:
    """Return the mark and the day of what is open; what is late says so."""
    due = item["due_on"] or command.language.write(None)
    if item["state"] != DeadlineState.LATE:
        return " ", due
    return "!", f"{due} {command.say(STATE_WORDS[DeadlineState.LATE])}"


def _amount(command: Command, item: Json) -> str:
    """Write an amount; a refund says so, for it is never netted."""
    shown = item["amount_label"] or command.language.write(None)
    return f"{shown} ({command.say(say('refund'))})" if item["refund"] else shown


def _print_obligations(command: Command, document: Json) -> None:
    """Print of what was settled how much, and of each party what it owes next."""
    every = document["obligations"]
    if not every:
        return
    command.heading(say("Obligations"))
    settled = Counter(DeadlineState(item["state"]) for item in every if item["state"] in SETTLED)
    for state, count in settled.items():
        told = say("{count} {status}", count=count, status=STATE_WORDS[state])
        command.bullets([told], DONE if state is DeadlineState.DONE else NOT_DONE)
    names = {party["key"]: party["name"] for party in document["parties"]}
    still_open = [item for item in every if item["state"] not in SETTLED]
    still_open.sort(key=lambda item: item["due_on"] or LAST)
    rows = [_obligation_row(command, item, names) for item in still_open[:MOST_OPEN]]
    if rows:
        heads = (say("by when"), say("party"), say("what"))
        command.table(heads, rows, elastic=2, marked=True)
    if more := len(still_open) - len(rows):
        command.more(more)


def _obligation_row(command: Command, item: Json, names: Mapping[str, str]) -> list[str]:
    mark, due = _due(command, item)
    number = f" (nr. {item['number']})" if item["number"] else ""
    return [f"{mark} {due}", names[item["by"]], item["what"] + number]


def _print_watched(command: Command, found: AgreementDetails, document: Json) -> None:
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
    told = command.say(
        say("Unknown, because {reason}.", reason=document["term"]["unknown_because"])
    )
    for reason, what in unknown.items():
        why = say("unknown, as the term is.") if reason == told else reason
        command.bullets([say("{what}: {reason}", what=listed(what), reason=why)], mark="?")
    if len(dates) > MOST_DATES:
        ref = found.dossier.agreement.ref
        more = say(
            "and {count} more: looptijd deadlines {ref}", count=len(dates) - MOST_DATES, ref=ref
        )
        command.screen.line(f"    {command.say(more)}")


def _next_alerts(found: AgreementDetails, policy: Policy) -> list[DeadlineLine]:
    """Return the first step to come of each date; dates that are not known stand last."""
    coming = [line for line in found.steps if is_to_come(line, policy, found.today)]
    return list({line.deadline.name: line for line in reversed(coming)}.values())[::-1]


def _watch_row(command: Command, line: DeadlineLine) -> list[str]:
    about, occurrence = f"  {command.say(subject(line.deadline))}", line.occurrence
    assert occurrence
    at = command.app.local(occurrence.alert_at).date()
    step = command.say(listed_step(occurrence))
    return [about, str(listed_on(line.deadline)), f"{at} ({step})"]


def print_gaps(command: Command, ref: str, found: Sequence[Gap]) -> None:
    """Print what had better be settled before anybody signs, each with why and what to write."""
    if found:
        command.heading(say("Before signing"))
        for gap in found:
            command.bullets(
                [say("{what} ({field})", what=gap.objection, field=field_name(gap.field))], "?"
            )
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
    how = say("how and why not: looptijd do {ref}", ref=found.dossier.agreement.ref)
    command.bullets([how], mark=" ")
