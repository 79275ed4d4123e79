"""Tracing: everything that the register keeps of one person, found before any of it is erased."""

import quopri
from collections.abc import Collection, Iterator, Mapping
from collections.abc import Set as AbstractSet
from difflib import get_close_matches
from email.header import decode_header, make_header
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from enum import Enum, auto

from msgspec import Struct

from notifications.retry_policy import MessageStatus
from states.model.events import Event, FactChange
from states.model.fact_types import parse_line, parse_text, parse_url
from states.rules.amendment import fact_type_of
from workflow.engine.ledger import decode, owner_of
from workflow.people.persons import Naming, PrivateValues, compared, names_in, private_values_of
from workflow.store import erasure, ledger
from workflow.store.database import Transaction
from workflow.store.outbox.messages import OPERATOR, OutboxRow

MOST_LOOKED_AT = 20
OF_TEXT = (parse_line, parse_text, parse_url)
DONE = {
    *(MessageStatus.ACCEPTED, MessageStatus.REFUSED),
    *(MessageStatus.EXPIRED, MessageStatus.CANCELLED),
}


class Fate(Enum):
    """What becomes of a mail that names somebody."""

    WIPED = auto()
    """It is done, or an operator has to let it go: its words and its address go."""
    COMPOSED_ANEW = auto()
    """It waits and nobody can have it yet: it gets new words and another reader."""
    KEPT = auto()
    """It is under way or in doubt: if it is sent again, it has to be the same."""


class MailTrace(Struct, frozen=True, kw_only=True):
    """A mail that names somebody; `texts` are the relay's answers that do."""

    id: int
    status: str
    fate: Fate | None
    texts: Mapping[str, str]


class Traces(Struct, frozen=True, kw_only=True):
    """What the register keeps of one person: private values, what events say of them, and mails.

    `naming_tokens` are those of the tokens whose value names the person; an address that another
    has as well does not.
    """

    naming: Naming
    naming_tokens: Collection[str]
    tokens: Collection[str]
    changes: Mapping[str, tuple[FactChange, ...]]
    mails: tuple[MailTrace, ...]


def trace(connection: Transaction, person: str) -> Traces | None:
    """Return everything that is kept of a person, or None when nobody has this name or address.

    1. Values that are the name or the address, whoever entered them.
    2. What stood beside them as contact data: the address of a name, the name of an address.
    3. Actors, reasons and notes that hold one of these, unless another has it as well.
    4. Mails to that address, or that name the person.

    Of who stands in reasons and notes alone only a whole name is taken: no single word, which may
    be anybody's, no part of a name that is known, and nothing that a dossier has, such as a party.
    """
    streams = _Streams(connection)
    exact = _exact(connection, {compared(person)})
    own = {token for token, stream in exact.items() if token in streams.of(stream).contacts}
    contact = own | set(streams.paired(own))
    written = ledger.opened(connection, sorted(own)).values()  # ß for the ss that was typed
    naming = Naming([person, *written, *streams.of_nobody_else(contact, contact - own)])
    free, is_part = streams.naming(naming)
    tokens = contact | free.keys()
    mails, is_named = _mails(connection, naming, compared(person))
    is_noted = free and not is_part and ("@" in person or len(person.split()) > 1)
    if not (exact or is_named or (is_noted and not still_named(connection, naming))):
        return None
    concerned = erasure.streams_with(connection, contact).union(free.values())
    changes = {stream: streams.of(stream).erased(tokens) for stream in sorted(concerned)}
    values = ledger.opened(connection, sorted(tokens)).items()
    return Traces(
        naming=naming,
        naming_tokens={token for token, value in values if naming.is_in(value)},
        tokens=tokens,
        changes=changes,
        mails=mails,
    )


def still_named(connection: Transaction, naming: Naming) -> tuple[str, ...]:
    """Return the agreements and offices whose own facts name somebody: they belong to a dossier."""

    def names(payload: str) -> bool:
        return naming.is_in(payload) and any(map(naming.is_in, _texts(decode(payload))))

    streams = erasure.streams_where(connection, names)
    return tuple(name or kind for kind, name in map(owner_of, streams))


def _texts(event: Event) -> Iterator[str | None]:
    for change in event.changes:
        fact_type = fact_type_of(change.field)
        if fact_type is None or fact_type.parse in OF_TEXT:
            yield change.new


def resembling(connection: Transaction, person: str) -> list[str]:
    """Return contact names and addresses that hold this text, or else names that look like it.

    A mistyped address names nobody: all of one organisation look alike.
    """
    rows = {compared(found[1].value): found for found in ledger.privates(connection)}
    part = compared(person)
    names = [text for text in rows if "@" not in part + text]
    near = [text for text in rows if part in text] or get_close_matches(part, names, cutoff=0.8)
    streams = _Streams(connection)
    found = [rows[text] for text in near[:MOST_LOOKED_AT]]
    return [row.value for stream, row in found if row.token in streams.of(stream).contacts]


def _exact(connection: Transaction, texts: AbstractSet[str]) -> dict[str, str]:
    rows = ledger.privates(connection)
    return {row.token: stream for stream, row in rows if not names_in(row.value).isdisjoint(texts)}


class _Streams(Struct):
    """The streams of the ledger that were looked into, each read once."""

    connection: Transaction
    read: dict[str, PrivateValues] = {}

    def of(self, stream: str) -> PrivateValues:
        """Return the private values of a stream."""
        if stream not in self.read:
            self.read[stream] = private_values_of(ledger.events(self.connection, stream))
        return self.read[stream]

    def paired(self, own: AbstractSet[str]) -> Iterator[str]:
        """Yield what stood beside somebody's own values in any stream."""
        for stream in erasure.streams_with(self.connection, own):
            yield from self.of(stream).paired(own)

    def of_nobody_else(self, contact: Collection[str], paired: Collection[str]) -> list[str]:
        """Return the values of paired tokens that are contact data of nobody else."""
        values = ledger.opened(self.connection, sorted(paired)).values()
        others = _exact(self.connection, {compared(value) for value in values}) if paired else {}
        used = [
            token
            for token, stream in others.items()
            if token not in contact and token in self.of(stream).contacts
        ]
        kept = {compared(value) for value in ledger.opened(self.connection, used).values()}
        return [value for value in values if compared(value) not in kept]

    def naming(self, naming: Naming) -> tuple[dict[str, str], bool]:
        """Return the tokens, with their stream, of actors, reasons and notes that name somebody.

        Besides whether contact data does, or holds what would be a part of it.
        """
        found = {
            row.token: stream
            for stream, row in ledger.privates(self.connection)
            if naming.is_in(row.value)
        }
        free = {token: at for token, at in found.items() if token not in self.of(at).contacts}
        return free, len(free) < len(found)


# Mail --------------------------------------------------------------------------------------------


def _mails(
    connection: Transaction, naming: Naming, person: str
) -> tuple[tuple[MailTrace, ...], bool]:
    """Return the mails that name somebody, and whether one is addressed to this very person."""
    found: list[MailTrace] = []
    is_named = False
    for row in erasure.mails(connection):
        boxes, body = _parts(row.content)
        is_theirs = person in map(compared, [row.address or "", *boxes])
        named = is_theirs or any(map(naming.is_in, [row.address, *boxes, body]))
        texts = {
            name: text
            for name in ("reply", "last_error")
            if naming.is_in(text := getattr(row, name))
        }
        fate = _fate(row, named=named)
        if fate or texts:
            found.append(MailTrace(id=row.id, status=row.status, fate=fate, texts=texts))
        is_named = is_named or is_theirs
    return tuple(found), is_named


def _fate(row: OutboxRow, *, named: bool) -> Fate | None:
    if row.status == MessageStatus.SENDING and not row.doubts and row.role != OPERATOR:
        return Fate.KEPT  # its words are being written, anew where it has some
    if not named:
        return None
    if row.status in DONE or (row.status == MessageStatus.HELD and not row.doubts):
        return Fate.WIPED  # who retries what is held has it composed anew
    anew = row.is_to_leave and not row.doubts and row.role != OPERATOR
    return Fate.COMPOSED_ANEW if anew else Fate.KEPT


def _parts(content: bytes | None) -> tuple[list[str], str]:
    """Return the names and addresses of who reads and who is answered, and the words."""
    head, _, body = (content or b"").partition(b"\r\n\r\n")
    headers = BytesHeaderParser().parsebytes(head)
    boxes = getaddresses([*headers.get_all("To", []), *headers.get_all("Reply-To", [])])
    texts = [str(make_header(decode_header(name))) for name, _ in boxes]
    words = quopri.decodestring(body).decode(errors="replace")
    return [*texts, *(email for _, email in boxes)], words
