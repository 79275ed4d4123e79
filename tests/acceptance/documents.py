"""The shapes of the documents of docs/reference/interface.md: each key with what it may hold."""

import re
from collections.abc import Callable, Mapping
from typing import Any

Kind = Callable[[Any], bool]
Shape = Mapping[str, Kind]


def text(value: Any) -> bool:
    """Tell whether this is text with something in it."""
    return isinstance(value, str) and value != ""


def flag(value: Any) -> bool:
    """Tell whether this is true or false."""
    return isinstance(value, bool)


def count(value: Any) -> bool:
    """Tell whether this is a whole number."""
    return isinstance(value, int) and not isinstance(value, bool)


def written(pattern: str) -> Kind:
    """Return a test for text of exactly this pattern."""
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


day = written(r"\d{4}-\d\d-\d\d")
instant = written(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")
amount = written(r"\d+\.\d\d")
digest = written(r"[0-9a-f]{64}")
number = written(r"\d+")
occurrence = written(r"[a-z_]+:[a-z0-9_.-]+:\d{4}-\d\d-\d\d:[-+]?P\d+[DWMY]")
step = written(r"[-+]?P\d+[DWMY]")
period = written(r"P\d+[DWMY]")
rule = written(
    "unsigned|held_over|activation|payment|obligation|evaluation|continuation|expiry|notice|renewal"
    "|missing_fact"
)
stage = written(
    "draft|bestuurlijk_overleg|college_decision|signing|active|evaluation"
    "|continuation_decision|ended"
)
outcome = written("withdrawn|rejected|terminated|expired|continued|lapsed")
mail_status = written("queued|sending|accepted|retry|unknown|refused|expired|cancelled|held")


def nothing(value: Any) -> bool:
    """Tell whether this is null."""
    return value is None


def maybe(kind: Kind) -> Kind:
    """Return a test for null or a kind."""
    return lambda value: value is None or kind(value)


def each(kind: Kind) -> Kind:
    """Return a test for a list of a kind, which may be empty."""
    return lambda value: isinstance(value, list) and all(map(kind, value))


def shaped(shape: Shape) -> Kind:
    """Return a test for an object of a shape."""
    return lambda value: isinstance(value, dict) and not faults(value, shape)


def faults(document: Any, shape: Shape) -> dict[str, Any]:
    """Return each key that is missing, that the shape does not tell, or of another kind."""
    missing = {key: "is missing" for key in shape if key not in document}
    untold = {key: "is not told" for key in document if key not in shape}
    present = {key: document[key] for key in shape if key in document}
    wrong = {key: item for key, item in present.items() if not shape[key](item)}
    return missing | untold | wrong


state = written("unknown|not_asked|ahead|asked|late|done|passed|waived|dropped")
LINE: Shape = {
    "ref": text,
    "title": text,
    "stage": stage,
    "outcome": maybe(outcome),
    "office": text,
    "starts_on": maybe(day),
    "last_day": maybe(day),
    "next_on": maybe(day),
    "next_rule": maybe(rule),
    "attention": each(text),
}
DEADLINE: Shape = {
    "ref": text,
    "rule": rule,
    "about": text,
    "occurrence": maybe(occurrence),
    "step": maybe(step),
    "nominal_on": maybe(day),
    "alert_at": maybe(instant),
    "status": written("planned|fired|superseded|waived|unknown"),
    "state": state,
    "fired_at": maybe(instant),
    "unknown_because": maybe(text),
    "moves_to": maybe(stage),
    "escalates": flag,
    "office": text,
    "explanation": each(text),
}
WORK: Shape = {
    "ref": text,
    "title": text,
    "rule": rule,
    "about": text,
    "what": text,
    "state": state,
    "on": day,
    "days": count,
    "amount": maybe(amount),
    "currency": maybe(text),
    "amount_certain": maybe(flag),
    "office": text,
    "next_on": maybe(day),
    "by_itself": maybe(text),
    "command": maybe(text),
    "college_on": maybe(day),
    "papers_by": maybe(day),
}
TIMELINE: Shape = {
    "ref": text,
    "title": text,
    "office": text,
    "starts_on": maybe(day),
    "last_day": maybe(day),
    "goes_on": flag,
    "marks": each(shaped({"on": day, "kind": text, "state": state, "text": text})),
}
GAP: Shape = {
    "field": text,
    "objection": text,
    "why": text,
    "source": maybe(text),
    "remedy": text,
    "answered": maybe(text),
}
CALENDAR: Shape = {
    "timezone": text,
    "alert_time": written(r"\d\d:\d\d"),
    "closed_days": each(day),
    "equated_days_known": each(day),
}
COUNTED: Shape = {
    "rule": maybe(written(r"R\d")),
    "from": maybe(day),
    "period": maybe(period),
    "days": maybe(count),
    "to": day,
}
LEAVING: Shape = {
    "from": day,
    "step": step,
    "moved": each(shaped({"day": day, "because": text})),
    "day": day,
    "waits_until": maybe(day),
    "at": instant,
}
RECEIPT: Shape = {
    "rules": count,
    "calendar": shaped(CALENDAR),
    "facts": each(shaped({"field": text, "value": text, "event": maybe(count)})),
    "arithmetic": each(shaped(COUNTED)),
    "alert": maybe(shaped(LEAVING)),
    "other_reading": maybe(day),
}
EXPLAINED: Shape = {**DEADLINE, "receipt": shaped(RECEIPT)}
TERM: Shape = {
    "length": maybe(period),
    "starts_on": maybe(day),
    "last_day": maybe(day),
    "unknown_because": maybe(text),
    "start_rule": text,
    "open_ended": flag,
    "renewal": written("decision|tacit"),
    "renewal_length": maybe(period),
    "notice": maybe(period),
    "notice_on": maybe(day),
    "minimum": maybe(period),
    "can_end_on": maybe(day),
}
PARTY: Shape = {
    "key": text,
    "name": text,
    "own": flag,
    "signed_on": maybe(day),
    "signatory": maybe(text),
    "capacity": maybe(text),
    "power_of_attorney": maybe(text),
    "decided_on": maybe(day),
    "decision": maybe(text),
    "joined_on": maybe(day),
    "left_on": maybe(day),
    "merged_into": maybe(text),
}
CONTRIBUTION: Shape = {
    "kind": written("contribution|subsidy|membership_fee|fee"),
    "amount": maybe(amount),
    "currency": text,
    "every": maybe(period),
    "payee": maybe(text),
    "payer": maybe(text),
    "office": maybe(text),
    "budget_line": maybe(text),
    "budgeted_through": maybe(count),
    "indexation": maybe(text),
    "total": maybe(amount),
}
INSTALMENT: Shape = {
    "number": count,
    "amount": maybe(amount),
    "amount_label": text,
    "currency": text,
    "fiscal_year": maybe(count),
    "due_on": maybe(day),
    "payee": maybe(text),
    "payer": maybe(text),
    "refund": flag,
    "status": written("expected|paid|waived|superseded"),
    "state": state,
    "paid_on": maybe(day),
    "paid_amount": maybe(amount),
    "reference": maybe(text),
}
OBLIGATION: Shape = {
    "key": text,
    "number": maybe(count),
    "what": text,
    "by": text,
    "due_on": maybe(day),
    "unknown_because": maybe(text),
    "every": maybe(period),
    "office": maybe(text),
    "clause": maybe(text),
    "fulfilled_on": maybe(day),
    "reference": maybe(text),
    "state": state,
}
EVALUATION: Shape = {
    "key": text,
    "final": flag,
    "due_on": maybe(day),
    "held_on": maybe(day),
    "state": state,
    "report": maybe(text),
    "conclusion": maybe(text),
}
DECISION: Shape = {
    "about": written("proposal|continuation"),
    "on": day,
    "outcome": text,
    "label": maybe(text),
    "reference": maybe(text),
    "basis": maybe(text),
    "until": maybe(day),
    "points": lambda value: isinstance(value, dict),
    "successor": maybe(text),
    "last_day": maybe(day),
}
ACTION: Shape = {
    "name": text,
    "ready": flag,
    "objections": each(text),
    "keys": each(text),
    "needs_reason": flag,
}
DOSSIER: Shape = {
    "ref": text,
    "title": text,
    "short_title": text,
    "purpose": maybe(text),
    "public": flag,
    "stage": stage,
    "stage_label": text,
    "outcome": maybe(outcome),
    "office": text,
    "case_owner": maybe(shaped({"name": text, "email": maybe(text)})),
    "term": shaped(TERM),
    "parties": each(shaped(PARTY)),
    "contribution": maybe(shaped(CONTRIBUTION)),
    "instalments": each(shaped(INSTALMENT)),
    "obligations": each(shaped(OBLIGATION)),
    "evaluations": each(shaped(EVALUATION)),
    "suspensions": each(shaped({"on": day, "resumed_on": maybe(day), "moves_end": flag})),
    "extensions": each(shaped({"length": period, "contribution": maybe(flag)})),
    "sources": each(shaped({"field": text, "quote": text, "status": text})),
    "documents": each(shaped({"title": text, "dated": maybe(text), "url": maybe(text)})),
    "decisions": each(shaped(DECISION)),
    "deadlines": each(shaped(DEADLINE)),
    "actions": each(shaped(ACTION)),
    "attention": each(text),
    "warnings": each(text),
    "predecessor": maybe(text),
    "successor": maybe(text),
    "version": count,
}
CHANGE: Shape = {"field": text, "old": lambda _: True, "new": lambda _: True}
EVENT: Shape = {
    "seq": count,
    "at": instant,
    "actor": text,
    "action": text,
    "on": maybe(day),
    "from": maybe(stage),
    "to": stage,
    "outcome": maybe(outcome),
    "changes": each(shaped(CHANGE)),
    "reason": maybe(text),
    "occurrence": maybe(occurrence),
    "superseded": each(occurrence),
    "reopened": each(occurrence),
    "undoes": maybe(count),
    "nominal_on": maybe(day),
    "caught_up": flag,
    "late_by": count,
    "hash": digest,
}
MAIL: Shape = {
    "id": number,
    "ref": maybe(text),
    "rule": maybe(text),
    "occurrence": maybe(text),
    "office": maybe(text),
    "to": maybe(text),
    "subject": maybe(text),
    "status": mail_status,
    "attempts": count,
    "message_id": written(r"<[^<>@\s]+@[^<>@\s]+>"),
    "created_at": instant,
    "next_attempt_at": maybe(instant),
    "accepted_at": maybe(instant),
    "merged_into": maybe(number),
    "role": text,
    "reply": maybe(text),
    "last_error": maybe(text),
}
WHOLE_MAIL: Shape = {
    **MAIL,
    "headers": maybe(lambda value: isinstance(value, dict)),
    "text": maybe(text),
    "html": maybe(text),
}
OFFICE: Shape = {
    "key": text,
    "name": text,
    "holder": maybe(text),
    "email": maybe(text),
    "resolves_through": maybe(text),
    "fallback": maybe(text),
    "agreements": count,
    "erased": flag,
}
FORESEEN: Shape = {
    "at": instant,
    "ref": text,
    "rule": rule,
    "occurrence": occurrence,
    "nominal_on": day,
    "caught_up": flag,
    "from": stage,
    "to": stage,
    "outcome": maybe(outcome),
    "mails": each(shaped({"to": text, "subject": text})),
}
PASS: Shape = {
    "fired": count,
    "superseded": count,
    "failed": count,
    "mails": shaped({"accepted": count, "retry": count, "unknown": count, "refused": count}),
    "clock": maybe(text),
    "events": maybe(text),
}
PROBLEM: Shape = {
    "file": text,
    "line": maybe(count),
    "key": maybe(lambda value: isinstance(value, str)),
    "problem": text,
    "remedy": text,
    "sheet": maybe(text),
    "column": maybe(text),
}
IMPORTED: Shape = {
    "created": each(text),
    "unchanged": each(text),
    "offices": each(text),
    "summaries": each(text),
    "warnings": each(shaped({"ref": text, "warning": text})),
    "problems": each(shaped(PROBLEM)),
    "forecast": maybe(lambda value: isinstance(value, dict)),
}
DOCTOR: Shape = {"ok": flag, "checks": each(shaped({"name": text, "ok": flag, "detail": text}))}
POLICY: Shape = {
    "settings": lambda value: isinstance(value, list),
    "new": each(occurrence),
    "moved": each(occurrence),
    "gone": each(occurrence),
    "suppressed": each(occurrence),
    "moments": lambda value: isinstance(value, dict),
}
PROOF: Shape = {
    "ok": flag,
    "agreements": count,
    "events": count,
    "fingerprint": maybe(shaped({"day": day, "hash": digest})),
    "problems": each(shaped({"ref": text, "problem": text})),
}
ERROR: Shape = {"error": text, "objections": each(text)}
