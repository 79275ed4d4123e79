"""One mail in words: what it is about, in what capacity somebody gets it, and where it stands."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from states.change import Role
from states.phrase import Phrase, say
from states.stage import Rule
from workflow.cli.running import Desk
from workflow.cli.wording import occurrence_in_words

ROLES = {
    Role.OFFICE.value: say("the office"),
    Role.FINANCE.value: say("the office that pays"),
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
    ("carried_by", say("carried by mail")),
    ("message_id", say("Message-ID")),
)


def mail_in_words(desk: Desk, document: dict[str, Any], status: str) -> Iterator[tuple[str, str]]:
    """Yield each part that a mail has, with its name."""
    for name, label in LABELS:
        value = document[name]
        if value is not None:
            yield desk.say(label), _part(desk, name, value, status)


def _part(desk: Desk, name: str, value: Any, status: str) -> str:
    if name == "status":
        return status
    if name == "occurrence":
        return cause_in_words(desk, value)
    if name == "role":
        return desk.say(ROLES[value]) if value in ROLES else str(value)
    return (
        desk.language.moment(datetime.fromisoformat(value)) if name.endswith("_at") else str(value)
    )


def cause_in_words(desk: Desk, cause: str) -> str:
    """Return what a mail is about; what is not a step of a date keeps its name."""
    rule = cause.partition(":")[0]
    if rule in set(Rule):
        return desk.say(occurrence_in_words(cause))
    return desk.say(CAUSES[rule]) if rule in CAUSES else cause


CAUSES = {
    "event": say("an action"),
    "digest": say("the weekly overview"),
    "incident": say("an incident"),
    "summary": say("what is open"),
    "test": say("a test"),
}
