"""One agreement as JSON: its row in the list, its deadlines, and everything of `show`."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from typing import Any

from states.dates.instalments import Payment, payments
from states.dates.policy import Policy
from states.dates.tacit_renewal import notice_date
from states.dates.term_dates import day_of, due_of, end_of, start_of
from states.model.agreement import Agreement, Decision, Evaluation, Extension, Source, Suspension
from states.model.stage import Rule, Unknown
from states.process import PROCESS
from workflow.agreements.act import Possible
from workflow.agreements.queries import AgreementDetails, DeadlineLine, ListRow, UnreadableRow
from workflow.agreements.timeline import Timeline
from workflow.engine.private_values import ERASED, is_token
from workflow.engine.standing import DeadlineState, standings
from workflow.outputs.json.values import Json, Plain

OF_LINE = (
    *("ref", "title", "stage", "outcome", "office"),
    *("starts_on", "last_day", "next_on", "next_rule", "attention"),
)


class DossierViews(Plain):
    """Writes agreements."""

    # list --------------------------------------------------------------------------------------

    def line(self, line: ListRow | UnreadableRow) -> Json:
        """Return a row of `list`; of an agreement that cannot be read most is null."""
        if isinstance(line, UnreadableRow):
            sentence = {"ref": line.ref, "stage": line.stage, "attention": line.attention}
            return self.document(dict.fromkeys(OF_LINE) | sentence)
        agreement = line.agreement
        return self.document(
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
        return self.document(
            {
                "ref": line.agreement.ref,
                "rule": line.deadline.rule,
                "about": line.deadline.about,
                "occurrence": occurrence.name if occurrence else None,
                "step": occurrence.step.name if occurrence else None,
                "nominal_on": line.deadline.nominal_on,
                "alert_at": occurrence.alert_at if occurrence else None,
                "status": line.status,
                "state": line.state,
                "fired_at": line.recorded.at if line.recorded and line.status == "fired" else None,
                "unknown_because": nominal.because if isinstance(nominal, Unknown) else None,
                "moves_to": occurrence.step.moves_to if occurrence else None,
                "escalates": bool(occurrence and policy.escalates(line.deadline, occurrence.step)),
                "office": line.agreement.office,
                "explanation": line.explanation,
            }
        )

    # timeline ----------------------------------------------------------------------------------

    def timeline(self, line: Timeline) -> Json:
        """Return an agreement in time, its days in order."""
        marks = [
            {"on": mark.on, "kind": mark.kind, "state": mark.state, "text": mark.text}
            for mark in line.marks
        ]
        return self.document(
            {
                "ref": line.agreement.ref,
                "title": line.agreement.title,
                "office": line.agreement.office,
                "starts_on": line.starts_on,
                "last_day": line.last_day,
                "goes_on": line.goes_on,
                "marks": marks,
            }
        )

    # show --------------------------------------------------------------------------------------

    def details(self, details: AgreementDetails, policy: Policy) -> Json:
        """Return everything of `show`."""
        agreement = details.dossier.agreement
        stand = _states(agreement, policy, details.today)
        return self.document(
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
                "case_owner": self._case_owner(details),
                "term": self._term(details),
                "parties": [self._party(agreement, key) for key in agreement.party],
                "contribution": self._contribution(agreement),
                "instalments": [
                    payment(item) | {"state": stand[f"{Rule.PAYMENT}:{item.number}"]}
                    for item in shown_payments(agreement, details.today)
                ],
                "evaluations": [
                    row | {"state": DeadlineState.DONE if row["held_on"] else stand[_name(row)]}
                    for row in evaluations(agreement)
                ],
                "suspensions": [*map(suspension, agreement.suspension.values())],
                "extensions": [*map(extension, agreement.extension.values())],
                "sources": [*map(source, agreement.source.values())],
                "decisions": [*map(decision, agreement.decision.values()), *continued(agreement)],
                "deadlines": [self.deadline(line, policy) for line in details.steps],
                "actions": [self.possible(item) for item in details.possible],
                "attention": details.attention,
                "warnings": details.warnings,
                "predecessor": agreement.predecessor,
                "successor": agreement.successor,
                "version": details.dossier.seq,
            }
        )

    def _case_owner(self, details: AgreementDetails) -> Json | None:
        owner = details.dossier.agreement.case_owner
        if owner is None:
            return None
        return {
            "name": self._private(details, owner.name),
            "email": self._private(details, owner.email),
        }

    def _private(self, details: AgreementDetails, text: str) -> Any:
        return details.private.get(text, ERASED) if is_token(text) else text

    def _term(self, details: AgreementDetails) -> Json:
        term = details.dossier.agreement.term
        unknown = next((a for a in (details.start, details.end) if isinstance(a, Unknown)), None)
        return {
            "length": term.length,
            "starts_on": day_of(details.start),
            "last_day": day_of(details.end),
            "unknown_because": unknown.because if unknown else None,
            "start_rule": term.start,
            "open_ended": term.open_ended,
            "renewal": term.renewal,
            "renewal_length": term.renewal_length,
            "notice": term.notice,
            "notice_on": day_of(notice_date(details.dossier.agreement)) if term.notice else None,
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
            "power_of_attorney": party.power_of_attorney,
            "decided_on": party.decided_on,
            "decision": party.decision,
            "joined_on": party.joined_on,
            "left_on": party.left_on,
            "merged_into": party.merged_into,
        }

    def _contribution(self, agreement: Agreement) -> Json | None:
        money = agreement.contribution
        if money is None:
            return None
        return {field.name: getattr(money, field.name) for field in fields(money)}

    def possible(self, item: Possible) -> Json:
        """Return an action with its objections."""
        return self.document(
            {
                "name": item.action.name,
                "ready": not item.objections,
                "objections": item.objections,
                "keys": [argument.name for argument in item.action.arguments],
                "needs_reason": item.action.needs_reason,
            }
        )


# Parts that need no language ---------------------------------------------------------------------


def shown_payments(agreement: Agreement, today: date) -> list[Payment]:
    """Return the instalments; of an open-ended agreement those of the next year as well."""
    return list(payments(agreement, _end_of_next_year(today)))


def _end_of_next_year(today: date) -> date:
    return date(today.year + 1, 12, 31)


def _states(agreement: Agreement, policy: Policy, today: date) -> Mapping[str, DeadlineState]:
    """Return how each deadline stands, by what it is about."""
    found = standings(agreement, policy, today, _end_of_next_year(today))
    return {item.deadline.subject: item.state for item in found}


def _name(evaluation: Json) -> str:
    return f"{Rule.EVALUATION}:{evaluation['key']}"


def payment(item: Payment) -> Json:
    """Return one instalment."""
    return {
        "number": item.number,
        "amount": item.amount,
        "currency": item.currency,
        "fiscal_year": item.fiscal_year,
        "due_on": day_of(item.due),
        "payee": item.payee,
        "payer": item.payer,
        "refund": item.is_refund,
        "status": item.status,
        "paid_on": item.facts.paid_on,
        "paid_amount": item.facts.paid_amount,
        "reference": item.facts.reference,
    }


def suspension(item: Suspension) -> Json:
    """Return one suspension."""
    return {"on": item.on, "resumed_on": item.resumed_on, "moves_end": item.moves_end}


def extension(item: Extension) -> Json:
    """Return one extension or renewal."""
    return {"length": item.length, "contribution": item.contribution}


def source(item: Source) -> Json:
    """Return where a fact comes from."""
    return {"field": item.field, "quote": item.quote, "status": item.status}


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
