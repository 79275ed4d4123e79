"""The JSON of the contract: dates, instants in the configured zone, amounts and ids as text."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from notifications.language import Language
from notifications.outbox import MessageStatus
from states.agreement import Agreement, Decision, Evaluation
from states.anchors import due_of, end_of, start_of
from states.money import Payment, PaymentStatus, payments
from states.phrase import Phrase, Refusal, say
from states.policy import Policy
from states.process import PROCESS
from states.stage import Ending, Stage, Unknown
from states.term import Dated
from workflow.importing.found import FileProblem
from workflow.sealing import ERASED, is_sealed
from workflow.service.acting import Possible
from workflow.service.reading import DeadlineLine, HistoryLine, Line, OfficeLine, Whole
from workflow.service.registering import Imported
from workflow.service.simulating import Foreseen

Json = dict[str, Any]
STATUSES = {
    PaymentStatus.EXPECTED: say("expected"),
    PaymentStatus.PAID: say("paid"),
    PaymentStatus.WAIVED: say("waived"),
    PaymentStatus.SUPERSEDED: say("superseded"),
}
ENDINGS = {
    Ending.WITHDRAWN: say("withdrawn"),
    Ending.REJECTED: say("rejected"),
    Ending.TERMINATED: say("terminated"),
    Ending.EXPIRED: say("expired"),
    Ending.CONTINUED: say("continued"),
    Ending.LAPSED: say("lapsed without a decision"),
}


class Views:
    """Writes values as the contract's JSON, its sentences in one language."""

    def __init__(self, language: Language, local: Callable[[datetime], datetime]) -> None:
        """Keep the language of sentences and the zone of instants."""
        self.language = language
        self.local = local

    def plain(self, value: Any) -> Any:  # noqa: PLR0911 - one return for each kind
        """Return a value as JSON knows it."""
        if isinstance(value, datetime):
            return self.local(value).isoformat()
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, Phrase):
            return self.language.say(value)
        if isinstance(value, Enum):
            return value.value
        if value is None or isinstance(value, bool | int | str):
            return value
        if isinstance(value, Mapping):
            return {str(key): self.plain(item) for key, item in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.plain(item) for item in value]
        return f"{value:.2f}" if isinstance(value, Decimal) else str(value)

    def _document(self, parts: Json) -> Json:
        return {name: self.plain(part) for name, part in parts.items()}

    def error(self, refusal: Refusal) -> Json:
        """Return a refusal: its first sentence, and every sentence as an objection."""
        sentences = [self.language.say(sentence) for sentence in refusal.sentences]
        return {"error": sentences[0] if sentences else str(refusal), "objections": sentences}

    def stage(self, stage: Stage | None, ending: Ending | None) -> str:
        """Return a stage in words, an ended one with how it ended."""
        if stage is None:
            return ""
        label = self.language.say(PROCESS[stage].label)
        return f"{label} ({self.language.say(ENDINGS[ending])})" if ending else label

    def ending(self, name: str) -> str:
        """Return how an agreement ended, in words."""
        return self.language.say(ENDINGS[Ending(name)])

    def status(self, name: str) -> str:
        """Return where an instalment stands, in words."""
        return self.language.say(STATUSES[PaymentStatus(name)])

    # list --------------------------------------------------------------------------------------

    def line(self, line: Line) -> Json:
        """Return a row of `list`."""
        agreement = line.agreement
        return self._document(
            {
                "ref": agreement.ref,
                "title": agreement.title,
                "stage": agreement.stage,
                "outcome": agreement.ending,
                "office": agreement.office,
                "starts_on": day_of(start_of(agreement)),
                "last_day": day_of(end_of(agreement)),
                "next_on": self.local(line.next_at).date() if line.next_at else None,
                "next_rule": line.next_rule,
                "attention": line.attention,
            }
        )

    # deadlines and why -------------------------------------------------------------------------

    def deadline(self, line: DeadlineLine, policy: Policy) -> Json:
        """Return a row of `deadlines`; one without a date has only its rule and the reason."""
        occurrence, nominal = line.occurrence, line.deadline.nominal
        return self._document(
            {
                "ref": line.agreement.ref,
                "rule": line.deadline.rule,
                "about": line.deadline.about,
                "occurrence": occurrence.name if occurrence else None,
                "step": occurrence.step.name if occurrence else None,
                "nominal_on": line.deadline.nominal_on,
                "alert_at": occurrence.alert_at if occurrence else None,
                "status": line.status,
                "fired_at": line.recorded.at if line.recorded and line.status == "fired" else None,
                "unknown_because": nominal.because if isinstance(nominal, Unknown) else None,
                "moves_to": occurrence.step.moves_to if occurrence else None,
                "escalates": bool(occurrence and policy.escalates(line.deadline, occurrence.step)),
                "office": line.agreement.office,
                "explanation": line.explanation,
            }
        )

    # show --------------------------------------------------------------------------------------

    def whole(self, whole: Whole, policy: Policy) -> Json:
        """Return everything of `show`."""
        agreement = whole.dossier.agreement
        return self._document(
            {
                "ref": agreement.ref,
                "title": agreement.title,
                "short_title": agreement.called,
                "purpose": agreement.purpose,
                "public": agreement.public,
                "stage": agreement.stage,
                "stage_label": PROCESS[agreement.stage].label,
                "outcome": agreement.ending,
                "office": agreement.office,
                "case_owner": self._case_owner(whole),
                "term": self._term(whole),
                "parties": [self._party(agreement, key) for key in agreement.party],
                "contribution": self._contribution(agreement),
                "instalments": [payment(item) for item in shown_payments(agreement, whole.today)],
                "evaluations": list(evaluations(agreement)),
                "decisions": [*map(decision, agreement.decision.values()), *continued(agreement)],
                "deadlines": [self.deadline(line, policy) for line in whole.steps],
                "actions": [self.possible(item) for item in whole.possible],
                "attention": whole.attention,
                "warnings": whole.warnings,
                "predecessor": agreement.predecessor,
                "successor": agreement.successor,
                "version": whole.dossier.seq,
            }
        )

    def _case_owner(self, whole: Whole) -> Json | None:
        owner = whole.dossier.agreement.case_owner
        if owner is None:
            return None
        return {
            "name": self._private(whole, owner.name),
            "email": self._private(whole, owner.email),
        }

    def _private(self, whole: Whole, text: str) -> Any:
        return whole.private.get(text, ERASED) if is_sealed(text) else text

    def _term(self, whole: Whole) -> Json:
        term = whole.dossier.agreement.term
        unknown = next((a for a in (whole.start, whole.end) if isinstance(a, Unknown)), None)
        return {
            "length": term.length,
            "starts_on": day_of(whole.start),
            "last_day": day_of(whole.end),
            "unknown_because": unknown.because if unknown else None,
            "start_rule": term.start,
            "open_ended": term.open_ended,
            "renewal": term.renewal,
        }

    def _party(self, agreement: Agreement, key: Any) -> Json:
        party = agreement.party[key]
        return {
            "key": key,
            "name": party.name,
            "own": party.own,
            "signed_on": party.signed_on,
            "signatory": party.signatory,
            "capacity": party.capacity,
        }

    def _contribution(self, agreement: Agreement) -> Json | None:
        money = agreement.contribution
        if money is None:
            return None
        names = ("kind", "amount", "currency", "every", "payee", "office", "budget_line", "total")
        return {name: getattr(money, name) for name in names}

    def possible(self, item: Possible) -> Json:
        """Return an action with its objections."""
        return self._document(
            {
                "name": item.action.name,
                "ready": not item.objections,
                "objections": item.objections,
                "keys": [argument.name for argument in item.action.arguments],
                "needs_reason": item.action.needs_reason,
            }
        )

    # history -----------------------------------------------------------------------------------

    def event(self, line: HistoryLine) -> Json:
        """Return a row of `history`."""
        event = line.event
        return self._document(
            {
                "seq": event.seq,
                "at": event.at,
                "actor": event.actor,
                "action": event.action,
                "on": event.on,
                "from": event.stage_before,
                "to": event.stage,
                "outcome": event.ending,
                "changes": [{"field": c.field, "old": c.old, "new": c.new} for c in event.changes],
                "reason": event.reason,
                "occurrence": event.occurrence,
                "superseded": [*event.superseded, *event.waived],
                "reopened": event.reopened,
                "nominal_on": event.nominal_on,
                "caught_up": event.caught_up,
                "late_by": event.late_by,
                "hash": line.hash,
            }
        )

    # mail --------------------------------------------------------------------------------------

    def mail(self, row: Any, *, held: str | None) -> Json:
        """Return a row of `mail list`; `held` tells why nothing leaves at the moment."""
        waits = row.status in {MessageStatus.QUEUED.value, MessageStatus.RETRY.value}
        return self._document(
            {
                "id": str(row.id),
                "ref": row.ref,
                "rule": row.rule,
                "occurrence": row.cause,
                "role": row.role,
                "office": row.office,
                "to": row.address,
                "subject": row.subject,
                "status": MessageStatus.HELD if held and waits else row.status,
                "attempts": row.attempts,
                "message_id": row.message_id,
                "created_at": row.created_at,
                "next_attempt_at": row.look_at,
                "accepted_at": row.accepted_at,
                "reply": row.reply,
                "last_error": row.last_error,
                "carried_by": str(row.carried_by) if row.carried_by else None,
            }
        )

    # simulate ----------------------------------------------------------------------------------

    def foreseen(self, item: Foreseen) -> Json:
        """Return a row of `simulate`."""
        event = item.event
        rule = (event.occurrence or event.action).partition(":")[0]
        return self._document(
            {
                "at": item.at,
                "ref": item.ref,
                "rule": rule,
                "occurrence": event.occurrence,
                "nominal_on": event.nominal_on,
                "caught_up": event.caught_up,
                "from": event.stage_before,
                "to": event.stage,
                "outcome": event.ending,
                "mails": item.mails,
            }
        )

    # import and offices ------------------------------------------------------------------------

    def imported(self, result: Imported) -> Json:
        """Return what an import did."""
        return self._document(
            {
                "created": result.created,
                "unchanged": result.unchanged,
                "offices": result.offices,
                "warnings": [{"ref": ref, "warning": warning} for ref, warning in result.warnings],
                "problems": [self.problem(problem) for problem in result.problems],
            }
        )

    def problem(self, problem: FileProblem) -> Json:
        """Return one problem of a file."""
        return self._document(
            {
                "file": problem.file,
                "line": problem.line,
                "key": problem.key,
                "problem": problem.problem,
                "remedy": problem.remedy,
            }
        )

    def office(self, line: OfficeLine) -> Json:
        """Return a row of `office list`."""
        return {
            "key": line.office.key,
            "name": line.office.name,
            "holder": line.holder,
            "email": line.email,
            "resolves_through": line.resolves_through,
            "fallback": line.office.fallback,
            "agreements": line.agreements,
        }


# Parts that need no language ---------------------------------------------------------------------


def day_of(anchor: object) -> date | None:
    """Return a known date, or None."""
    return anchor.day if isinstance(anchor, Dated) else None


def shown_payments(agreement: Agreement, today: date) -> list[Payment]:
    """Return the instalments; of an open-ended agreement those of the next year as well."""
    return list(payments(agreement, date(today.year + 1, 12, 31)))


def payment(item: Payment) -> Json:
    """Return one instalment."""
    return {
        "number": item.number,
        "amount": item.amount,
        "currency": item.currency,
        "fiscal_year": item.fiscal_year,
        "due_on": day_of(item.due),
        "payee": item.payee,
        "status": item.status,
        "paid_on": item.facts.paid_on,
        "paid_amount": item.facts.paid_amount,
        "reference": item.facts.reference,
    }


def evaluations(agreement: Agreement) -> list[Json]:
    """Return a row for each evaluation and each date it was held for."""
    return [
        row for key, item in agreement.evaluation.items() for row in _held(agreement, key, item)
    ]


def _held(agreement: Agreement, key: str, item: Evaluation) -> list[Json]:
    due = day_of(due_of(agreement, item))
    days = [day for day in item.held if day != due]
    return [_evaluation(key, item, day) for day in [*sorted(days), due]]


def _evaluation(key: str, item: Evaluation, due: date | None) -> Json:
    held = item.held.get(due) if due else None
    return {
        "key": key,
        "final": item.is_final,
        "due_on": due,
        "held_on": held and held.on,
        "report": held and held.report,
        "conclusion": held and held.conclusion,
    }


def decision(item: Decision) -> Json:
    """Return a decision of the college."""
    return {
        "about": "proposal",
        "on": item.on,
        "outcome": item.outcome,
        "label": item.label,
        "reference": item.reference,
        "basis": item.basis,
        "until": item.until,
        "points": dict(item.point),
    }


def continued(agreement: Agreement) -> list[Json]:
    """Return the decisions on the continuation."""
    return [
        {
            "about": "continuation",
            "on": item.on,
            "outcome": item.outcome,
            "reference": item.reference,
            "successor": item.successor,
            "last_day": last_day,
        }
        for last_day, item in agreement.continuation.items()
    ]
