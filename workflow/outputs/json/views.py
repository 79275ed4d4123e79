"""What every command tells, as values under the keys of docs/reference/interface.md.

JSON, a page of the report and a dossier are made of them.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from msgspec.structs import asdict

from states.dates.college import Meeting
from states.dates.instalments import Payment, payments
from states.dates.obligations import Turn, turns
from states.dates.policy import Policy
from states.dates.tacit_renewal import earliest_end, notice_for, term_named
from states.dates.term_dates import day_of, due_of, end_of, start_of
from states.model.agreement import Agreement, Party, Renewal, Suspension
from states.model.arithmetic import Dated
from states.model.phrase import Phrase, say
from states.model.stage import OccurrenceName, Rule, Unknown, subject_of
from states.process import MAILED, PROCESS
from workflow.agreements import queries
from workflow.agreements.act import Possible
from workflow.agreements.timeline import Timeline
from workflow.agreements.worklist import WorkItem
from workflow.engine.deadline_words import occurrence_in_words
from workflow.engine.past_dates import owed_in_earlier_terms
from workflow.engine.private_values import ERASED
from workflow.engine.standing import STATE_WORDS, DeadlineState, Standing, notice_of, shown_through
from workflow.intake.files.records import FileProblem
from workflow.intake.result import Imported
from workflow.outputs.json.values import Parts, Plain, parts_of
from workflow.people.office_queries import OfficeLine
from workflow.store.outbox.messages import OutboxRow

OF_LINE = (
    *("ref", "title", "stage", "outcome", "office"),
    *("starts_on", "last_day", "next_on", "next_rule", "attention"),
)
OF_PARTY = (
    *("name", "own", "signed_on", "signatory", "capacity", "power_of_attorney"),
    *("decided_on", "decision", "joined_on", "left_on", "merged_into"),
)

NOT_HELD = {
    DeadlineState.LATE: STATE_WORDS[DeadlineState.LATE],
    DeadlineState.PASSED: say("never held"),
    DeadlineState.DROPPED: STATE_WORDS[DeadlineState.DROPPED],
}


class Views(Plain, frozen=True):
    """Gives everything that a command prints, as values; `plain` writes them as JSON."""

    # list --------------------------------------------------------------------------------------

    def line(self, line: queries.Listed) -> Parts:
        """Return a row of `list`; of an agreement that cannot be read most is null."""
        if isinstance(line, queries.UnreadableRow):
            return dict.fromkeys(OF_LINE) | parts_of(line, "ref", "stage", "attention")
        agreement = line.agreement
        return {
            **parts_of(agreement, "ref", "title", "stage"),
            "outcome": agreement.ending,
            "office": agreement.office,
            "starts_on": day_of(start_of(agreement)),
            "last_day": day_of(end_of(agreement)),
            **parts_of(line, "next_on", "next_rule", "attention"),
        }

    # today -------------------------------------------------------------------------------------

    def work(self, item: WorkItem, meeting: Meeting | None) -> Parts:
        """Return a row of `today`, with the line that records what is asked."""
        ref, action = item.agreement.ref, item.action
        standing, money = item.standing, item.standing.money
        return {
            **parts_of(item.agreement, "ref", "title"),
            **parts_of(standing.deadline, "rule", "about"),
            **parts_of(item, "what", "state", "on", "days"),
            "amount": money and money.amount,
            "currency": money and money.currency,
            "amount_certain": money and money.is_certain,
            **parts_of(standing, "office"),
            "next_on": item.next_on,
            **parts_of(standing, "by_itself"),
            "command": f"looptijd do {ref} {action}" if action else None,
            "college_on": meeting.on if meeting else None,
            "papers_by": meeting.papers_by if meeting else None,
        }

    # payments ----------------------------------------------------------------------------------

    def state_of(self, _item: Payment, state: DeadlineState) -> str:
        """Return how an instalment of the payment list stands."""
        return state.value

    # deadlines and why -------------------------------------------------------------------------

    def deadline(self, line: queries.DeadlineLine, policy: Policy) -> Parts:
        """Return a row of `deadlines`; one without a date has only its rule and the reason."""
        occurrence, nominal = line.occurrence, line.deadline.nominal
        return {
            "ref": line.agreement.ref,
            **parts_of(line.deadline, "rule", "about"),
            "occurrence": occurrence.name if occurrence else None,
            "step": occurrence.step.name if occurrence else None,
            "nominal_on": line.deadline.nominal_on,
            "alert_at": occurrence.alert_at if occurrence else None,
            **parts_of(line, "status", "state"),
            "fired_at": line.recorded.at if line.recorded and line.status == "fired" else None,
            "unknown_because": nominal.because if isinstance(nominal, Unknown) else None,
            "moves_to": occurrence.step.moves_to if occurrence else None,
            "escalates": bool(occurrence and policy.escalates(line.deadline, occurrence.step)),
            **parts_of(line, "office", "explanation"),
        }

    # timeline ----------------------------------------------------------------------------------

    def timeline(self, line: Timeline) -> Parts:
        """Return an agreement in time, its days in order."""
        return {
            **parts_of(line.agreement, "ref", "title", "office"),
            **parts_of(line, "starts_on", "last_day", "goes_on"),
            "marks": [parts_of(mark, "on", "kind", "state", "text") for mark in line.marks],
        }

    # show --------------------------------------------------------------------------------------

    def details(self, details: queries.AgreementDetails, policy: Policy) -> Parts:
        """Return everything of `show`."""
        agreement, money, stand = details.agreement, details.agreement.contribution, details.states
        opened, owner = details.opened, agreement.case_owner
        return {
            **parts_of(agreement, "ref", "title"),
            "short_title": agreement.called,
            **parts_of(agreement, "purpose", "public", "stage"),
            "stage_label": PROCESS[agreement.stage].label,
            "outcome": agreement.ending,
            "office": agreement.office,
            "case_owner": owner and {"name": opened(owner.name), "email": opened(owner.email)},
            "term": self._term(details),
            "parties": [
                {"key": key, **parts_of(party, *OF_PARTY)} for key, party in agreement.party.items()
            ],
            "contribution": money and asdict(money),
            "instalments": [*instalments(details)],
            "obligations": [obligation(*item, agreement) for item in owed(details)],
            "evaluations": [*evaluations(agreement, stand)],
            "suspensions": rows_of(agreement.suspension, "on", "resumed_on", "moves_end"),
            "extensions": rows_of(agreement.extension, "length", "contribution"),
            "sources": rows_of(agreement.source, "field", "quote", "status"),
            "documents": rows_of(agreement.document, "title", "dated", "url"),
            "decisions": [*decisions(agreement)],
            "deadlines": [self.deadline(line, policy) for line in details.steps],
            "actions": [self.possible(item) for item in details.possible],
            "attention": details.line.attention,
            "warnings": details.warnings,
            **parts_of(agreement, "predecessor", "successor"),
            "version": details.line.dossier.seq,
        }

    def _term(self, details: queries.AgreementDetails) -> Parts:
        agreement, term = details.agreement, details.agreement.term
        notice = notice_of(details.line.standings)
        return {
            "length": term.length,
            "starts_on": day_of(start_of(agreement)),
            "last_day": day_of(end_of(agreement)),
            "unknown_because": details.unknown_because,
            "start_rule": term.start,
            **parts_of(term, "open_ended", "renewal", "renewal_length", "notice", "minimum"),
            "can_end_on": day_of(earliest_end(agreement, details.today)),
            "notice_on": notice and notice.on,
        }

    def extended(self, agreement: Agreement) -> str:
        """Return by what the term was extended or renewed, in order, in words."""
        lengths = (item.length for item in agreement.extension.values())
        return " + ".join(map(self.language.period, lengths))

    def renewal(self, agreement: Agreement, found: Iterable[Standing], today: date) -> str:
        """Return by what a term renews by itself, and by when that can be stopped."""
        term = agreement.term
        if term.renewal is not Renewal.TACIT:
            return ""
        notice = notice_of(found)
        if notice is None:
            return self.language.say(say("not any more"))
        if not notice.on:
            return self.language.say(say("by {length}", length=term.renewal_length))
        later = term_named(agreement, notice.deadline.about)
        end = day_of(end_of(later)) if later is not agreement else None
        words = say("by {length}; give notice by {day}")
        if notice.on < today or not notice.deadline.steps:
            words = say("by {length}; notice could be given through {day}")
        elif end:
            words = say("by {length}; give notice by {day}, with {end} as the last day")
        parts = {
            "length": term.renewal_length,
            "day": self.language.short_day(notice.on),
            "end": end and self.language.short_day(end),
        }
        return self.language.say(Phrase(words.text, parts))

    def can_end(self, details: queries.AgreementDetails) -> str:
        """Return from which day on what is open-ended can end, and by when notice is given."""
        earliest = earliest_end(details.agreement, details.today)
        if earliest is None:
            return ""
        if not isinstance(earliest, Dated):
            return self.language.say(say("Unknown, because {reason}.", reason=earliest.because))
        day, notice = earliest.day, details.agreement.term.notice
        by = notice_for(earliest, notice).day if notice else None
        words = say("on {day} at the earliest", day=day)
        if by and by >= details.today:
            words = say("on {day} at the earliest; give notice by {by}", day=day, by=by)
        return self.language.say(words)

    def party(self, party: Party, agreement: Agreement) -> Iterator[Phrase]:
        """Yield what happened with a party, in the order of its dates."""
        short_day = self.language.short_day
        if party.joined_on:
            yield say("party from {day}", day=short_day(party.joined_on))
        if party.signed_on:
            who = filter(None, (short_day(party.signed_on), party.signatory, party.capacity))
            yield say("signed on {day}", day=", ".join(who))
        elif not party.left_on:
            yield say("not signed") if agreement.ending else say("not signed yet")
        if party.merged_into:
            other = agreement.party.get(party.merged_into)
            yield say("merged into {name}", name=other and other.name)
        if party.left_on:
            yield say("party through {day}", day=short_day(party.left_on))

    def held(self, evaluation: Parts) -> Phrase:
        """Return when an evaluation was held, or that it was not."""
        if evaluation["held_on"]:
            return say("held on {day}", day=self.language.short_day(evaluation["held_on"]))
        return NOT_HELD.get(evaluation["state"], say("not held yet"))

    def moved_end(self, agreement: Agreement) -> Iterator[tuple[Phrase, str]]:
        """Yield what else moved the last day: that it rested, and that it was ended early."""
        rests = [self._rest(item, agreement) for item in agreement.suspension.values()]
        if rests:
            yield say("suspended"), "; ".join(map(self.language.say, rests))
        if early := agreement.termination:
            on, last = map(self.language.short_day, (early.on, early.ends_on))
            words = say("on {day}; the last day is {last}", day=on, last=last)
            yield say("terminated"), self.language.say(words)

    def _rest(self, item: Suspension, agreement: Agreement) -> Phrase:
        first = self.language.short_day(item.on)
        if not item.resumed_on:
            return say("since {first}", first=first)
        last, early = self.language.short_day(item.resumed_on), agreement.termination
        is_fixed = agreement.term.open_ended or (early and early.on <= item.on)
        if item.moves_end and not is_fixed:
            return say("from {first} to {last}, which moved the end", first=first, last=last)
        return say("from {first} to {last}", first=first, last=last)

    def possible(self, item: Possible) -> Parts:
        """Return an action with its objections."""
        return {
            "name": item.action.name,
            "ready": not item.objections,
            "objections": item.objections,
            "keys": [argument.name for argument in item.action.arguments],
            "needs_reason": item.action.needs_reason,
        }

    # history -----------------------------------------------------------------------------------

    def event(self, line: queries.HistoryLine) -> Parts:
        """Return a row of `history`."""
        event = line.event
        return {
            **parts_of(event, "seq", "at"),
            "actor": self.opened(event.actor),
            **parts_of(event, "action", "on"),
            "from": event.stage_before,
            "to": event.stage,
            "outcome": event.ending,
            "changes": [
                parts_of(change, "field", "old", "new")
                for change in self.opened_changes(event).changes
            ],
            "reason": self.opened(event.reason),
            "occurrence": event.occurrence,
            "superseded": [*event.superseded, *event.waived],
            **parts_of(event, "reopened", "undoes", "nominal_on", "caught_up", "late_by"),
            "hash": line.hash,
        }

    # mail --------------------------------------------------------------------------------------

    def mail(self, row: OutboxRow, *, held: str | None) -> Parts:
        """Return a row of `mail list`; `held` tells why nothing leaves at the moment."""
        erased = row.subject is not None and row.address is None
        return {
            "id": str(row.id),
            **parts_of(row, "ref", "rule"),
            "occurrence": row.cause,
            "role": row.role,
            "office": row.office or None,
            "to": ERASED if erased else row.address,
            "subject": row.subject,
            "status": row.status_while(held),
            **parts_of(row, "attempts", "message_id", "created_at", "next_attempt_at"),
            **parts_of(row, "accepted_at", "reply", "last_error"),
            "merged_into": str(row.merged_into) if row.merged_into else None,
        }

    def mail_called(self, mail: Parts, agreement: Agreement) -> str:
        """Return a mail by its subject; one that has no words yet by what it is about."""
        if mail["subject"]:
            return str(mail["subject"])
        rule, name = mail["rule"], mail["occurrence"]
        of_step = occurrence_in_words(name, agreement) if OccurrenceName.of(name) else None
        mailed = MAILED.get(rule)
        return self.language.say(of_step or (mailed and mailed.what) or say(rule))

    # import and offices ------------------------------------------------------------------------

    def imported(self, result: Imported) -> Parts:
        """Return what an import did."""
        return {
            **parts_of(result, "created", "unchanged", "offices", "summaries"),
            "warnings": [{"ref": ref, "warning": warning} for ref, warning in result.warnings],
            "problems": [self.problem(problem) for problem in result.problems],
            "forecast": result.forecast and result.forecast.counts(),
        }

    def problem(self, problem: FileProblem) -> Parts:
        """Return one problem of a file."""
        place = {"sheet": problem.sheet or None, "column": problem.column or None}
        return parts_of(problem, "file", "line", "key", "problem", "remedy") | place

    def office(self, line: OfficeLine) -> Parts:
        """Return a row of `office list`."""
        return {
            **parts_of(line.office, "key", "name"),
            **parts_of(line, "holder", "email", "resolves_through"),
            "fallback": line.office.fallback,
            **parts_of(line, "agreements", "erased"),
        }


# Parts that need no language ---------------------------------------------------------------------


def rows_of(entries: Mapping[Any, object], *names: str) -> list[Parts]:
    """Return these parts of each entry of a list of facts."""
    return [parts_of(entry, *names) for entry in entries.values()]


def instalments(details: queries.AgreementDetails) -> Iterator[Parts]:
    """Yield each instalment as it stands."""
    stand = details.states
    for item in payments(details.agreement, shown_through(details.today)):
        if state := stand.get(subject_of(Rule.PAYMENT, item.number)):
            yield {
                **parts_of(item, "number", "amount"),
                "amount_label": item.money.words,
                **parts_of(item, "currency", "fiscal_year"),
                "due_on": day_of(item.due),
                **parts_of(item, "payee", "payer"),
                "refund": item.is_refund,
                "status": item.status,
                **parts_of(item.facts, "paid_on", "paid_amount", "reference"),
                "state": state,
            }


def owed(details: queries.AgreementDetails) -> Iterator[tuple[Turn, DeadlineState]]:
    """Yield each turn of what is owed as it stands, those of earlier terms first."""
    agreement, stand, today = details.agreement, details.states, details.today
    yield from owed_in_earlier_terms(agreement, today)
    for turn in turns(agreement, shown_through(today)):
        if state := stand.get(subject_of(Rule.OBLIGATION, turn.about)):
            yield turn, state


def obligation(item: Turn, state: DeadlineState, agreement: Agreement) -> Parts:
    """Return one turn of what a party owes; `number` is null where it is owed once."""
    own = next(key for key, party in agreement.party.items() if party.own)
    recurs = item.owed.every or (item.owed.before_end and agreement.extension)
    return {
        "key": item.key,
        "number": item.number if recurs else None,
        "what": item.owed.what,
        "by": item.owed.by or own,
        "due_on": day_of(item.due),
        "unknown_because": item.due.because if isinstance(item.due, Unknown) else None,
        **parts_of(item.owed, "every", "office", "clause"),
        "fulfilled_on": item.facts.on,
        "reference": item.facts.reference,
        "state": state,
    }


def evaluations(agreement: Agreement, stand: Mapping[str, DeadlineState]) -> Iterator[Parts]:
    """Yield a row for each evaluation and each date it was held for, with how it stands."""
    for key, item in agreement.evaluation.items():
        due = day_of(due_of(agreement, item))
        for day in [*sorted(item.held.keys() - {due}), due]:
            held = item.held.get(day) if day else None
            yield {
                "key": key,
                "final": item.is_final,
                "due_on": day,
                "held_on": held and held.on,
                "report": held and held.report,
                "conclusion": held and held.conclusion,
                "state": DeadlineState.DONE if held else stand[subject_of(Rule.EVALUATION, key)],
            }


def decisions(agreement: Agreement) -> Iterator[Parts]:
    """Yield the decisions of the college, then those on the continuation, under the same keys."""
    by_one = ("label", "reference", "basis", "until", "successor", "last_day")
    unsaid = dict.fromkeys(("on", "outcome", *by_one)) | {"points": {}}
    for item in agreement.decision.values():
        said = parts_of(item, "on", "outcome", "label", "reference", "basis", "until")
        yield {"about": "proposal", **unsaid, **said, "points": dict(item.point)}
    for last_day, then in agreement.continuation.items():
        said = parts_of(then, "on", "outcome", "reference", "successor")
        yield {"about": "continuation", **unsaid, **said, "last_day": last_day}
