"""What one mail has to tell one reader, as values; the templates get these as text only."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from email.utils import unquote

from msgspec import Struct

from states.model.events import Role
from states.model.money import Money
from states.model.period import Period
from states.model.phrase import Phrase

QUOTED = re.compile(r'"([^"\\]|\\.)*"')


class Mailbox(Struct, frozen=True, kw_only=True):
    """A name and an address."""

    name: str
    email: str

    @classmethod
    def of(cls, text: str) -> "Mailbox":
        """Return NAME <ADDRESS>, or an address alone, whose name is empty.

        A name has any sign: the library would take what stands before its comma for the address.
        """
        name, _, email = text.strip().rpartition("<")
        name = name.strip()
        name = unquote(name) if QUOTED.fullmatch(name) else name
        return cls(name=name, email=email.removesuffix(">"))


class Contact(Struct, frozen=True, kw_only=True):
    """Who answers questions about the mails; the telephone may be empty."""

    box: Mailbox
    phone: str


class InstalmentLine(Struct, frozen=True, kw_only=True):
    """One of several instalments that are told together; `phase` as in a payment's details."""

    number: int
    amount: Phrase | None
    due_on: date
    fiscal_year: int | None
    phase: str
    replaces: date | None


class Topic(Struct, frozen=True, kw_only=True):
    """One thing that is told: a deadline's step, or an action.

    `template` is the name of the rule or of the action, or `instalments`, which tells `lines` of
    one agreement together. `role` is that in which it is told, as of several each may have its own.
    `asks` is False where the mail only informs. `replaces` is the date of an earlier mail about the
    same thing, which no longer holds. `last` tells that no other mail asks for it, `told_before`
    that earlier ones asked the office that is asked first, `for_both` that who reads it stands for
    who is told besides. `meant_for` is the office in whose place it is read. `details` holds what
    only this template needs: texts, numbers, dates, periods, phrases, or sequences of these.
    """

    template: str
    role: Role = Role.OFFICE
    nominal_on: date | None = None
    overdue: bool = False
    caught_up: bool = False
    late_by_days: int = 0
    escalates: bool = False
    last: bool = False
    told_before: bool = True
    for_both: bool = False
    meant_for: str | None = None
    reminder: int = 1
    clause: str | None = None
    decided_on: date | None = None
    asks: bool = True
    replaces: date | None = None
    typed: tuple[str, ...] = ()
    """What an operator types to record that it was done, a line each after `looptijd do REF`."""
    lines: tuple[InstalmentLine, ...] = ()
    details: Mapping[str, object] = {}


class About(Struct, frozen=True, kw_only=True):
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
    money: Phrase | None
    case_owner: str | None
    amount_note: Phrase | None = None
    """What is not certain about the amount, or when it does not hold."""
    documents: tuple[tuple[str, str], ...] = ()
    """Titles and addresses of pages."""
    end_unknown: Phrase | None = None
    """Why the last day is not known, where there is to be one."""
    goes_on: Phrase | None = None
    """Who has not signed what is owed, or what becomes of it after the last day."""


class CalendarEvent(Struct, frozen=True, kw_only=True):
    """One day in a calendar.

    `uid` stays the same for ever. `sequence` grows, and `changed_at` moves, with each change of
    what is shown; so the same event gives the same text. `private` asks others not to look.
    `changed` is what a mail hands over besides the dates that it tells.
    """

    uid: str
    sequence: int
    changed_at: datetime
    day: date
    summary: str
    description: str
    cancelled: bool = False
    private: bool = False
    changed: bool = False


def method_of(dates: tuple[CalendarEvent, ...]) -> str:
    """Return what a calendar does with dates (RFC 5546): where all are cancelled it drops them."""
    return "CANCEL" if all(event.cancelled for event in dates) else "PUBLISH"


class MailFrame(Struct, frozen=True, kw_only=True):
    """What every mail has before it has words: who writes whom, in what language, and when.

    `reply_to` reads the answers, `contact` answers questions. `written_at` is local time with zone.
    `follows` is the Message-ID of the last mail about the agreement that reached this reader.
    """

    language: str
    municipality: str
    role: Role = Role.OFFICE
    office: str
    to: Mailbox
    sender: Mailbox
    reply_to: Mailbox | None = None
    contact: Contact | None = None
    message_id: str
    written_at: datetime
    follows: str | None = None
    dates: tuple[CalendarEvent, ...] = ()
    """What the reader may put in a calendar."""


class Letter(MailFrame, frozen=True, kw_only=True):
    """One mail about one agreement; the most urgent topic comes first and gives the subject."""

    about: About
    topics: tuple[Topic, ...]
    meant_for: str | None = None
    """The office in whose place all of it is read, as nobody can be reached there."""


class Item(Struct, frozen=True, kw_only=True):
    """One thing that is open on some day, in an overview; `what` names it in a few words.

    `rank` orders what asks differently much, the lowest first. `asks` is False where it only
    informs, `passed` tells of a day for notice that went by unused, `renewed` of one that began
    with a renewal, `by_itself` of what happens on the date and asks nobody. `above` is the office
    that is told now as well, `asked_too` the one that is asked too where another is told for once.
    """

    ref: str
    called: str
    public: bool
    what: Phrase
    nominal_on: date | None
    overdue: bool
    passed: bool = False
    renewed: bool = False
    rank: int = 0
    asks: bool = True
    above: str | None = None
    asked_too: str | None = None
    by_itself: bool = False
    money: Money | None = None


class Overview(MailFrame, frozen=True, kw_only=True):
    """One mail about several agreements to one office.

    `kind` is handover (to a new holder, who has the office from `from_on` on), summary (after an
    existing register was brought in) or catch_up (what should have been told before: `is_late`
    where we were late, `is_known_late` where the facts were, `is_renewed` where a renewal brought
    new dates). A catch-up may go to a case owner. `stands_in` tells that it is read in the place of
    who holds the office. `items` come in any order.
    """

    kind: str
    from_on: date | None = None
    items: tuple[Item, ...]
    stands_in: bool = False
    is_late: bool = False
    is_known_late: bool = False
    is_renewed: bool = False


class DoneItem(Struct, frozen=True, kw_only=True):
    """One agreement with which something was done, each thing in a few words."""

    ref: str
    called: str
    public: bool
    what: tuple[Phrase, ...]


class Fingerprint(Struct, frozen=True, kw_only=True):
    """The seal of the last day that was closed: a SHA-256 in hexadecimal over every event."""

    day: date
    hash: str


class Week(Struct, frozen=True, kw_only=True):
    """What one office is told of its week: `coming` has a date in ninety days.

    It was `done` in the seven days before `day`. Without a `fingerprint` no day has been sealed
    yet.
    """

    day: date
    late: tuple[Item, ...]
    coming: tuple[Item, ...]
    done: tuple[DoneItem, ...]
    fingerprint: Fingerprint | None

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to tell."""
        return not (self.late or self.coming or self.done)


class Digest(Overview, frozen=True, kw_only=True):
    """The weekly mail to one office; its `items` are late, or open though their date is past."""

    week: Week


class Composed(Struct, frozen=True, kw_only=True):
    """A mail with its words; `content` is the whole message as it goes to the relay."""

    subject: str
    text: str
    html: str
    content: bytes
