"""What one mail has to tell one reader, as values; the templates get these as text only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from states.change import Role
from states.period import Period
from states.phrase import Phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """A name and an address."""

    name: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One thing that is told: a deadline's step, or an action.

    `template` is the rule (unsigned, held_over, activation, payment, evaluation, continuation,
    expiry) or the action (decide, terminate). `asks` is False where the mail only informs.
    `details` holds what only this template needs (its module's comment says which).
    """

    template: str
    cause: str
    nominal_on: date | None = None
    overdue: bool = False
    caught_up: bool = False
    late_by_days: int = 0
    escalates: bool = False
    reminder: int = 1
    clause: str | None = None
    decided_on: date | None = None
    asks: bool = True
    details: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """The agreement that a letter is about."""

    ref: str
    title: str
    called: str
    public: bool
    parties: tuple[str, ...]
    starts_on: date | None
    last_day: date | None
    length: Period | None
    amount: Decimal | None
    currency: str
    every: Period | None
    case_owner: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One mail before it has words: who writes whom, in which thread, on which topics.

    The most urgent topic comes first and gives the subject. `written_at` is local time with zone.
    """

    language: str
    municipality: str
    role: Role
    office: str
    to: Mailbox
    sender: Mailbox
    reply_to: Mailbox | None
    message_id: str
    thread: str
    written_at: datetime
    about: About
    topics: tuple[Topic, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One open deadline in an overview."""

    ref: str
    called: str
    public: bool
    what: Phrase
    nominal_on: date
    overdue: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """A mail about an office and no single agreement: what is open there, most urgent first.

    `kind` is handover (to who holds the office from `from_on`) or summary (after an import);
    `more` counts what is open besides the items.
    """

    language: str
    municipality: str
    kind: str
    office: str
    to: Mailbox
    sender: Mailbox
    message_id: str
    written_at: datetime
    from_on: date | None
    items: tuple[Item, ...]
    more: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """A mail with its words; `content` is the whole message as it goes to the relay."""

    subject: str
    text: str
    html: str
    content: bytes
