"""What the engine returns: events of one transaction, what must be told, and the dossier after."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from states.model.agreement import Agreement
from states.model.stage import Ending, Stage


class Status(StrEnum):
    """What was recorded of an occurrence; `planned` and `unknown` are derived, never recorded."""

    FIRED = "fired"
    SUPERSEDED = "superseded"
    WAIVED = "waived"
    PLANNED = "planned"
    UNKNOWN = "unknown"


class Record(Struct, frozen=True):
    """That an occurrence was dealt with, and when (UTC)."""

    status: Status
    at: datetime


def maybe() -> bool:
    """Answer where no ledger can be asked."""
    return True


class Dossier(Struct, frozen=True, kw_only=True):
    """An agreement with the number of its last event and everything recorded of its deadlines.

    `undoable` asks the ledger whether anything in it can be taken back; else it may be.
    """

    agreement: Agreement
    recorded: Mapping[str, Record] = {}
    seq: int = 0
    undoable: Callable[[], bool] = maybe


class FactChange(Struct, frozen=True, array_like=True):
    """One fact before and after, as text; None is unknown."""

    field: str
    old: str | None
    new: str | None


IN_THE_LEDGER = {"stage_before": "from", "stage": "to"}


class Event(Struct, frozen=True, kw_only=True, rename=IN_THE_LEDGER):
    """One thing that happened; `at` is in UTC, `on` the civil date it happened on.

    `caught_up` marks an alert that became computable after it was due (R7); `late_by` counts whole
    seconds between the moment an alert could first fire and the moment it did. `mails` counts the
    messages that were queued with it. `undoes` is the number of the event that it takes back; an
    undo of earlier releases does not tell.
    """

    seq: int
    at: Annotated[datetime, Meta(tz=True)]
    actor: str
    action: str
    on: date | None = None
    stage_before: Stage | None = None
    stage: Stage | None = None
    ending: Ending | None = None
    changes: tuple[FactChange, ...] = ()
    reason: str | None = None
    occurrence: str | None = None
    nominal_on: date | None = None
    caught_up: bool = False
    late_by: int = 0
    superseded: tuple[str, ...] = ()
    waived: tuple[str, ...] = ()
    reopened: tuple[str, ...] = ()
    mails: int = 0
    undoes: int | None = None

    @property
    def cause(self) -> str:
        """Return what a mail about it is caused by: the occurrence, or else this event."""
        return self.occurrence or f"event:{self.seq}"

    @property
    def moved(self) -> bool:
        """Tell whether the agreement went to another stage."""
        return self.stage is not self.stage_before

    @property
    def changed_something(self) -> bool:
        """Tell whether a fact or the stage is another than it was."""
        return bool(self.changes) or self.moved

    @property
    def said(self) -> tuple[FactChange, ...]:
        """Return the changes of facts that somebody entered, or that time has made."""
        return tuple(c for c in self.changes if not c.field.startswith(FOUND_OUT))


def apply(changes: Iterable[FactChange], facts: dict[str, str]) -> None:
    """Enter what changes into the facts."""
    for change in changes:
        if change.new is None:
            facts.pop(change.field, None)
        else:
            facts[change.field] = change.new


def undo(events: Sequence[Event], facts: Mapping[str, str]) -> dict[str, str]:
    """Return the facts as they were before these events, which led to what they are."""
    found = dict(facts)
    for event in reversed(events):
        apply((FactChange(c.field, c.new, c.old) for c in event.changes), found)
    return found


class Role(StrEnum):
    """In what capacity somebody is told."""

    OFFICE = "office"
    FINANCE = "finance"
    ACTING = "acting"
    CASE_OWNER = "case_owner"
    ESCALATION = "escalation"


class Addressee(Struct, frozen=True, array_like=True):
    """To whom an alert goes: a role, and the office whose holder is looked up when it is sent."""

    role: Role
    office: str


class Alert(Struct, frozen=True, kw_only=True):
    """What must be told of one occurrence or event; leaves not before `leaves_at` (UTC).

    `is_open`: the action that lets it fire does not settle it at once.
    """

    rule: str
    cause: str
    leaves_at: datetime
    addressees: tuple[Addressee, ...]
    caught_up: bool = False
    late_by: int = 0
    escalates: bool = False
    is_open: bool = True


class Plan(Struct, frozen=True, kw_only=True):
    """The reminders after event `seq`, in order, as text, and when more than a reminder is due.

    The key tells whether anything changed of what it was derived from.
    """

    seq: int
    key: str
    steps: str


class Change(Struct, frozen=True, kw_only=True):
    """Everything that one transaction writes about one agreement.

    `open_again` holds the steps that fired of what was closed before and is open now: a mail of
    them that was cancelled because of that leaves after all. `reopened` are those of them of which
    the date was there before. Where another office is asked, or another case owner, `asks_others`
    holds all that fired of what is open.
    """

    dossier: Dossier
    events: tuple[Event, ...]
    alerts: tuple[Alert, ...]
    next_alert_at: datetime | None
    open_again: frozenset[str] = frozenset()
    reopened: frozenset[str] = frozenset()
    asks_others: frozenset[str] = frozenset()
    successor: Agreement | None = None
    plan: Plan | None = None


ENGINE = "looptijd"
FOUND_OUT = ("known_on.", "replaces.")  # facts that the engine finds out on the way
FIRE, SETTLE, REGISTER = "fire", "settle", "register"
SUPERSEDE, REOPEN = "supersede", "reopen"
