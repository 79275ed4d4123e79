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
    """Return each key of a shape that is missing or whose value is of another kind."""
    missing = {key: "is missing" for key in shape if key not in document}
    present = {key: document[key] for key in shape if key in document}
    return missing | {key: item for key, item in present.items() if not shape[key](item)}


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
    "occurrence": maybe(occurrence),
    "step": maybe(step),
    "nominal_on": maybe(day),
    "alert_at": maybe(instant),
    "status": written("planned|fired|superseded|waived|unknown"),
    "state": state,
    "fired_at": maybe(instant),
    "unknown_because": maybe(text),
    "moves_to": maybe(stage),
    "office": text,
    "explanation": each(text),
}
TERM: Shape = {
    "length": maybe(written(r"P\d+[DWMY]")),
    "starts_on": maybe(day),
    "last_day": maybe(day),
    "unknown_because": maybe(text),
}
PARTY: Shape = {
    "key": text,
    "name": text,
    "own": flag,
    "signed_on": maybe(day),
    "signatory": maybe(text),
}
INSTALMENT: Shape = {
    "number": count,
    "amount": maybe(amount),
    "currency": text,
    "fiscal_year": maybe(count),
    "due_on": maybe(day),
    "payee": maybe(text),
    "status": written("expected|paid|waived|superseded"),
    "state": state,
    "paid_on": maybe(day),
    "reference": maybe(text),
}
OBLIGATION: Shape = {
    "key": text,
    "number": maybe(count),
    "what": text,
    "by": text,
    "due_on": maybe(day),
    "unknown_because": maybe(text),
    "every": maybe(written(r"P\d+[DWMY]")),
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
ACTION: Shape = {"name": text, "ready": flag, "objections": each(text)}
DOSSIER: Shape = {
    "ref": text,
    "title": text,
    "stage": stage,
    "stage_label": text,
    "outcome": maybe(outcome),
    "office": text,
    "term": shaped(TERM),
    "parties": each(shaped(PARTY)),
    "instalments": each(shaped(INSTALMENT)),
    "obligations": each(shaped(OBLIGATION)),
    "evaluations": each(shaped(EVALUATION)),
    "decisions": each(shaped({"on": day, "outcome": text})),
    "deadlines": each(shaped(DEADLINE)),
    "actions": each(shaped(ACTION)),
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
    "changes": each(shaped(CHANGE)),
    "reason": maybe(text),
    "occurrence": maybe(occurrence),
    "superseded": each(occurrence),
    "undoes": maybe(count),
    "nominal_on": maybe(day),
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
    "reply": maybe(text),
    "last_error": maybe(text),
}
OFFICE: Shape = {
    "key": text,
    "name": text,
    "holder": maybe(text),
    "email": maybe(text),
    "resolves_through": maybe(text),
    "agreements": count,
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
    "mails": each(shaped({"to": text, "subject": text})),
}
PASS: Shape = {
    "fired": count,
    "superseded": count,
    "failed": count,
    "mails": shaped({"accepted": count, "retry": count, "unknown": count, "refused": count}),
}
PROBLEM: Shape = {
    "file": text,
    "line": maybe(count),
    "key": maybe(lambda value: isinstance(value, str)),
    "problem": text,
    "remedy": text,
}
IMPORTED: Shape = {
    "created": each(text),
    "unchanged": each(text),
    "warnings": lambda value: isinstance(value, list),
    "problems": each(shaped(PROBLEM)),
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
    "problems": each(shaped({"ref": text, "problem": text})),
}
ERROR: Shape = {"error": text, "objections": each(text)}
