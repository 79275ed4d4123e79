"""Words for what has a name that programs use: steps, actions, kinds of attention."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from states.model.agreement import Agreement
from states.model.events import Role, Status
from states.model.phrase import Phrase, say
from states.model.stage import OccurrenceName
from workflow.agreements.attention import Concern, ConcernKind
from workflow.cli.command import Command
from workflow.engine.deadline_words import occurrence_in_words

STATUS = {
    Status.PLANNED: say("planned"),
    Status.FIRED: say("fired"),
    Status.SUPERSEDED: say("superseded"),
    Status.WAIVED: say("waived"),
    Status.UNKNOWN: say("unknown"),
}
MARKS = {
    ConcernKind.LATE: "!",
    ConcernKind.BLOCKED: "×",
    ConcernKind.INCOMPLETE: "?",
    ConcernKind.NOTABLE: "·",
}

ROLES = {
    Role.OFFICE.value: say("the office"),
    Role.FINANCE.value: say("the office that pays"),
    Role.ACTING.value: say("the office that acts"),
    Role.CASE_OWNER.value: say("the case owner"),
    Role.ESCALATION.value: say("the office above"),
    "operator": say("the operator"),
}
LABELS: tuple[tuple[str, Phrase], ...] = (
    ("id", say("number")),
    ("ref", say("reference")),
    ("occurrence", say("about")),
    ("role", say("sent to")),
    ("office", say("office")),
    ("to", say("to")),
    ("subject", say("subject")),
    ("status", say("status")),
    ("attempts", say("attempts")),
    ("created_at", say("made")),
    ("next_attempt_at", say("next attempt")),
    ("accepted_at", say("accepted at")),
    ("reply", say("the relay's answer")),
    ("last_error", say("last error")),
    ("merged_into", say("carried by mail")),
    ("message_id", say("Message-ID")),
)
CAUSES = {
    "event": say("an action"),
    "digest": say("the weekly overview"),
    "incident": say("an incident"),
    "summary": say("what is open"),
    "test": say("a test"),
}


def concerns_in_words(concerns: Sequence[Concern]) -> list[Phrase]:
    """Return how much of which kind asks for attention, the most urgent first."""
    counts = {kind: sum(item.kind is kind for item in concerns) for kind in ConcernKind}
    words = {
        ConcernKind.LATE: say("{count} late", count=counts[ConcernKind.LATE]),
        ConcernKind.BLOCKED: say("blocked"),
        ConcernKind.INCOMPLETE: say("incomplete"),
        ConcernKind.NOTABLE: say("needs a look"),
    }
    phrases = [words[kind] for kind in ConcernKind if counts[kind]]
    return phrases[:-1] if len(phrases) > 1 and counts[ConcernKind.NOTABLE] else phrases


def mail_in_words(command: Command, document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each part that a mail has, with its name; its status and cause are in words."""
    for name, label in LABELS:
        value = document[name]
        if value is not None:
            yield command.say(label), _part(command, name, value)


def _part(command: Command, name: str, value: Any) -> str:
    if name == "role":
        return command.say(ROLES[value]) if value in ROLES else str(value)
    if name.endswith("_at"):
        return command.language.moment(datetime.fromisoformat(value))
    return str(value)


def cause_in_words(command: Command, cause: str, agreement: Agreement | None) -> str:
    """Return what a mail is about; what is not a step of a date keeps its name."""
    if OccurrenceName.of(cause):
        return command.say(occurrence_in_words(cause, agreement))
    kind = cause.partition(":")[0]
    return command.say(CAUSES[kind]) if kind in CAUSES else cause
